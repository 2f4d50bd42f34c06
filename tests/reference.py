"""The slow, obvious engine: every rule on every text, no prefilter, no index, no memo. The oracle for the fast one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex

from evenhand.codes import in_code, readings
from evenhand.compiled import Compiled, Rule
from evenhand.disguise import bare_key
from evenhand.kinds.regex import Regex
from evenhand.kinds.terms import Spelling, Terms, bare_spellings, spellings
from evenhand.match import applies
from evenhand.matcher import Matcher
from evenhand.model import Feedback, Match
from evenhand.phrase_matcher import Phrase, Phrases
from evenhand.phrase_needs import longest, written_out
from evenhand.phrases import Choice, Gap, Node, Row, Word
from evenhand.text import Document
from evenhand.tree import AllOf, AnyOf, Count, Leaf, Near, Not, Tree
from evenhand.views import Words

Span = tuple[int, int]


def findings(compiled: Compiled, feedback: Feedback) -> list[tuple[str, int, int]]:
    """(rule, start, end) of everything the policy finds, in order."""
    return sorted((rule.id, start, end) for rule in compiled.rules for start, end in rule_spans(rule, feedback))


def rule_spans(rule: Rule, feedback: Feedback) -> list[Span]:
    """The spans of one rule: found, in the text or in a code that it announces, not excused, leftmost and longest."""
    document = Document(feedback)
    if not applies(rule, feedback):
        return []
    spans = unexcused(rule, document)
    for reading in readings(document):
        for start, end in unexcused(rule, reading.document):
            there = reading.span(start, end)
            if in_code(document.text[slice(*there)], reading.document.text[start:end]) and not any(
                excused(document, rule, there)
            ):
                spans.append(there)
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def unexcused(rule: Rule, document: Document) -> list[Span]:
    return [span for span in tree_spans(rule.tree, document) if not any(excused(document, rule, span))]


def excused(document: Document, rule: Rule, span: Span) -> Iterator[bool]:
    for tree, where in rule.excuses:
        for start, end in tree_spans(tree, document):
            if where == "text":
                yield True
            elif where == "sentence":
                ours, theirs = document.sentence_of(*span), document.sentence_of(start, end)
                yield theirs[0] <= ours[1] and ours[0] <= theirs[1]
            else:
                yield start < span[1] and span[0] < end


def tree_spans(tree: Tree, document: Document) -> list[Span]:
    match tree:
        case Leaf(matcher):
            return sorted(set(leaf_spans(matcher, document)))
        case AnyOf(parts):
            return sorted({span for part in parts for span in tree_spans(part, document)})
        case AllOf(parts):
            first = next(part for part in parts if not isinstance(part, Not))
            return tree_spans(first, document) if all(tree_spans(part, document) for part in parts) else []
        case Not(part):
            return [] if tree_spans(part, document) else [(0, 0)]
        case Count(at_least, part):
            apart: list[Span] = []
            for span in tree_spans(part, document):
                if not apart or span[0] >= apart[-1][1]:
                    apart.append(span)
            return [(apart[0][0], apart[-1][1])] if len(apart) >= at_least else []
        case Near():
            return near_spans(tree, document)


def near_spans(near: Near, document: Document) -> list[Span]:
    if not all(tree_spans(part, document) for part in near.parts):
        return []
    lists = [tree_spans(part, document) for part in near.parts if not isinstance(part, Not)]
    found = []
    for anchor in lists[0]:
        group = [anchor]
        for spans in lists[1:]:
            fitting = [
                span
                for span in spans
                if span != anchor
                and (not near.ordered or span[0] >= group[-1][1])
                and near.distance.holds(document, Match(*anchor, ""), Match(*span, ""))
            ]
            if not fitting:
                break
            group.append(min(fitting, key=lambda s: (max(s[0] - anchor[1], anchor[0] - s[1], 0), s)))
        else:
            found.append((min(s[0] for s in group), max(s[1] for s in group)))
    return sorted(set(found))


def leaf_spans(matcher: Matcher, document: Document) -> Iterator[Span]:
    match matcher:
        case Terms():
            yield from term_spans(matcher, document)
        case Phrases(parts):
            for part in parts:
                yield from phrase_spans(part, document)
        case Phrase():
            yield from phrase_spans(matcher, document)
        case Regex(written_pattern, written):
            string = document.text if written else document.folded.string
            for found in regex.finditer(written_pattern, string):
                inside = [at for at in range(*found.span()) if not string[at].isspace()] or range(*found.span())
                if found.end() > found.start():
                    span = inside[0], inside[-1] + 1
                    yield span if written else document.folded.span(*span)
        case _:  # detectors: the library's answer on the whole text
            yield from ((match.start, match.end) for match in matcher.find(document))


def phrase_spans(phrase: Phrase, document: Document) -> Iterator[Span]:
    for first, last in stretches(phrase.template.node, document.words):
        yield document.words.span(first, last)
    yield from shorthand_spans(phrase, document)
    if document.bare is None or not phrase.tolerate:
        return
    for first, last in stretches(phrase.template.node, document.bare, bare_key):
        span = document.bare.span(first, last)
        if len(document.disguised_letters(*span)) >= 3 and frozenset() < document.disguises(*span) <= phrase.tolerate:
            yield span


def shorthand_spans(phrase: Phrase, document: Document) -> Iterator[Span]:
    """Where the phrase stands in the text written out, with at least one shorthand inside."""
    written = phrase.shorthand.of_document(document) if phrase.shorthand else None
    if phrase.shorthand is None or written is None:
        return
    for first, last in stretches(written_out(phrase.template.node, phrase.shorthand), written.words):
        span = written.words.span(first, last)
        if any(start < span[1] and span[0] < end for start, end, _, _ in written.replaced):
            yield span


def stretches(node: Node, words: Words, key: Callable[[str], str] = str) -> Iterator[tuple[int, int]]:
    """(first word, last word) of every place where a template stands, leftmost first, none on top of another."""
    at = 0
    while at < len(words.words):
        sentence = [*words.words[: words.stop(at)]]
        end = next(ends(node, sentence, at, key), None)
        if end is not None:
            yield at, end - 1
        at = at + 1 if end is None else end


def ends(node: Node, words: list[str], at: int, key: Callable[[str], str]) -> Iterator[int]:
    """Where a node may end, by trying everything; the preferred end comes first."""
    match node:
        case Word(text, open_end):
            if at < len(words) and (words[at] == key(text) or (open_end and words[at].startswith(key(text)))):
                yield at + 1
        case Gap(most):
            yield from (end for end in range(at, at + most + 1) if end <= len(words))
        case Row(()):
            yield at
        case Row((first, *others)):
            for middle in ends(first, words, at, key):
                yield from ends(Row(tuple(others)), words, middle, key)
        case Choice(branches):
            loose = [branch for branch in branches if "Gap" in repr(branch)]
            for branch in sorted(loose, key=longest, reverse=True):
                yield from ends(branch, words, at, key)
            fixed = [branch for branch in branches if branch not in loose]
            yield from sorted((end for branch in fixed for end in ends(branch, words, at, key)), reverse=True)


def stands(spelling: Spelling, words: Words, at: int) -> bool:
    there = words.words[at : at + len(spelling.words)]
    if len(there) < len(spelling.words):
        return False
    for number, (wanted, found) in enumerate(zip(spelling.words, there, strict=True)):
        start_open = spelling.open_start and number == 0
        end_open = spelling.open_end and number == len(there) - 1
        if start_open and end_open:
            fits = wanted in found
        elif start_open:
            fits = found.endswith(wanted)
        elif end_open:
            fits = found.startswith(wanted)
        else:
            fits = found == wanted
        if not fits:
            return False
    return True


def term_spans(terms: Terms, document: Document) -> Iterator[Span]:
    """At every word, the longest spelling of any term that stands there and is not excused."""
    for at in range(len(document.words.words)):
        lengths = [
            len(spelling.words)
            for term in terms.terms
            for spelling in spellings(term)
            if stands(spelling, document.words, at) and not allowed(spelling, document, at)
        ]
        if lengths:
            start, end = document.words.span(at, at + max(lengths) - 1)
            if not terms.only_disguised or terms.is_disguise(document.text[start:end]):
                yield start, end
    yield from bare_term_spans(terms, document)
    yield from ((match.start, match.end) for match in terms._masked(document))


def bare_term_spans(terms: Terms, document: Document) -> Iterator[Span]:
    if document.bare is None:
        return
    for at in range(len(document.bare.words)):
        lengths = [
            len(spelling.words)
            for term in terms.terms
            for spelling in bare_spellings(term)
            if stands(spelling, document.bare, at) and disguised(spelling, document, at)
        ]
        if lengths:
            yield document.bare.span(at, at + max(lengths) - 1)


def disguised(spelling: Spelling, document: Document, at: int) -> bool:
    assert document.bare is not None
    span = document.bare.span(at, at + len(spelling.words) - 1)
    if not frozenset() < document.disguises(*span) <= spelling.term.tolerate:
        return False
    if len(spelling.words) != len(spelling.term.words):
        return True
    # every letter that the term doubles is doubled in the text
    letters = "".join(char for char in document.disguised_letters(*span) if char.isalnum())
    runs = regex.sub(
        r"(.)\1*",
        lambda run: f"{regex.escape(run[1])}{{{len(run[0])},}}",
        "".join(spelling.term.words).replace("l", "i"),
    )
    whole = regex.match(runs + ("" if spelling.term.open_end else "$"), letters)
    return whole is not None or spelling.term.open_start


def allowed(spelling: Spelling, document: Document, at: int) -> bool:
    return any(
        first <= at and at + len(spelling.words) <= last + 1
        for phrase in spelling.term.allowed
        for first, last in stretches(phrase.node, document.words)
    )


__all__ = ["findings", "rule_spans", "tree_spans"]
