"""Checks that prove that a part of a rule has no effect: rules within rules, excuses that excuse all, dead alternatives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..building import build_tree
from ..compiled import Rule, Waiver
from ..errors import Place
from ..kinds.terms import Terms
from ..match import covers, matches
from ..model import Feedback, Match
from ..mutants import changed_trees
from ..parsed import ParsedRule
from ..phrase_matcher import Phrase, Phrases
from ..phrases import Node, Word, shortened, spelled
from ..text import Document
from ..tree import Leaf, Tree
from ..written import Path, nodes
from .advice import Advice, Found, Subject

_MOST = 200  # rows of words of one template or list: beyond that nothing is proven


@dataclass(frozen=True)
class _Fixed:
    """A template or list of a rule that can match by itself, and every text that it matches undisguised."""

    path: Path
    shown: str
    texts: tuple[str, ...]


# --- rules within rules ---------------------------------------------------------------------------------------------


def shadowed(subject: Subject) -> Found:
    """Rules all of whose hits another rule of the same category finds with the same spans."""
    by_category: defaultdict[str, list[ParsedRule]] = defaultdict(list)
    for rule in subject.parsed.rules:
        by_category[rule.category].append(rule)
    for rule in subject.parsed.rules:
        documents = [Document(hit.feedback) for hit in rule.hits]
        ours = [matches(subject.rules[rule.id], document) for document in documents]
        for other in by_category[rule.category] if rule.hits else ():
            theirs = subject.rules[other.id]
            pairs = zip(documents, ours, strict=True)
            if other is not rule and all(_within(found, matches(theirs, document)) for document, found in pairs):
                message = f"rule `{other.id}` finds everything that the hits of `{rule.id}` show"
                hint = "add a hit that only this rule finds, or drop the rule"
                yield Advice(rule.place, "shadowed", message, hint, rule.hits[0].feedback.text, rule.id)
                break


def _within(ours: Sequence[Match], theirs: Sequence[Match]) -> bool:
    return all(any(b.start <= a.start and a.end <= b.end for b in theirs) for a in ours)


def subsumed(subject: Subject) -> Found:
    """Rules that cannot find anything undisguised that another rule of the same category does not find."""
    order = {rule.id: number for number, rule in enumerate(subject.parsed.rules)}
    within: set[tuple[str, str]] = set()
    for rule in subject.parsed.rules:
        texts = _texts(subject, rule)
        for other in subject.parsed.rules if texts else ():
            if other is rule or other.category != rule.category or not _lasting(subject, other):
                continue
            if other.status not in (rule.status, "enforce") or (other.id, rule.id) in within:
                continue
            if all(_found_whole(subject.rules[other.id], text) for text in texts):
                within.add((rule.id, other.id))
                again = ", and it stands first" if order[other.id] < order[rule.id] else ""
                message = f"whatever `{rule.id}` finds, rule `{other.id}` finds too{again}"
                yield Advice(rule.place, "subsumed", message, "drop the rule, or the words of both", texts[0], rule.id)
                break


def _texts(subject: Subject, rule: ParsedRule) -> list[str]:
    """Every text that the rule matches undisguised; none where there are too many to list, or they depend on more."""
    parts = list(_fixed(subject, rule))
    texts = [text for part in parts for text in (part.texts if part else ())]
    return texts if all(parts) and len(texts) <= _MOST else []


def _lasting(subject: Subject, rule: ParsedRule) -> bool:
    """Whether what the rule finds in a text it finds wherever the text goes on before and behind."""
    return not rule.when and not rule.unless and _stays(rule.find, subject)


def _stays(raw: Mapping[str, Any], subject: Subject) -> bool:
    """Whether a tree holds only words that nothing around them can excuse."""
    allowing = {
        table.name
        for table, written in subject.tables.items()
        if table.what == "lexicons" and any(group.get("allowed") for group in written.value)
    }
    for _, node in nodes(raw):
        kind = next(iter(node))
        options = node[kind]
        if kind not in ("any", "all", "near", "count", "phrase", "terms", "list"):
            return False
        if kind == "terms" and isinstance(options, dict) and options.get("lexicon") in allowing:
            return False
    return True


def _found_whole(rule: Rule, text: str) -> bool:
    return any(match.start == 0 and match.end == len(text) for match in matches(rule, Document(Feedback(text))))


def _fixed(subject: Subject, rule: ParsedRule) -> Iterator[_Fixed | None]:
    """The templates and lists of which each can match by itself; None for what cannot be listed."""
    surroundings = subject.parsed.words.surroundings(rule.pack)
    for path, node in _branches(rule.find, ("find",)):
        built = build_tree(node, surroundings)
        yield from _fixed_leaf(path, built)


def _branches(raw: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if "any" not in raw:
        yield path, raw
        return
    for index, part in enumerate(raw["any"]):
        yield from _branches(part, (*path, "any", index))


def _fixed_leaf(path: Path, tree: Tree) -> Iterator[_Fixed | None]:
    matcher = tree.matcher if isinstance(tree, Leaf) else None
    if isinstance(matcher, Phrase | Phrases):
        parts = matcher.parts if isinstance(matcher, Phrases) else (matcher,)
        for number, part in enumerate(parts):
            shown, texts = f"template `{shortened(part.template.template)}`", _listed(part.template.node)
            yield _Fixed((*path, "phrase", number), shown, texts) if texts else None
    elif isinstance(matcher, Terms) and not any(t.open_start or t.open_end or t.allowed for t in matcher.terms):
        texts = tuple(" ".join(term.words) for term in matcher.terms)
        yield _Fixed(path, matcher.name, texts) if len(texts) <= _MOST else None
    else:
        yield None


def _listed(node: Node) -> tuple[str, ...]:
    rows = spelled(node, _MOST)
    if rows is None or any(word.open_end for row in rows for word in row):
        return ()
    return tuple(_text(row) for row in rows)


def _text(row: Sequence[Word]) -> str:
    return " ".join(word.text for word in row)


# --- what is excused always -----------------------------------------------------------------------------------------


def swallowed(subject: Subject) -> Found:
    """Templates and lists all of whose matches an entry of `unless`, or an exception, excuses."""
    for rule in subject.parsed.rules:
        excuses = list(_excuses(subject, rule))
        for part in _fixed(subject, rule) if excuses else ():
            if part is None:
                continue
            for what, tree, where in excuses:
                if all(_excused_in(tree, where, text) for text in part.texts):
                    message = f"{what} excuses every match of {part.shown} of rule `{rule.id}`"
                    place = subject.written[rule.id].place(*part.path)
                    yield Advice(place, "swallowed", message, "narrow the excuse", part.texts[0], rule.id)
                    break


def _excuses(subject: Subject, rule: ParsedRule) -> Iterator[tuple[str, Tree, str]]:
    surroundings = subject.parsed.words.surroundings(rule.pack)
    for number, excuse in enumerate(rule.unless, 1):
        raw = {key: value for key, value in excuse.items() if key != "where"}
        if _stays(raw, subject):
            yield f"`unless` entry {number}", build_tree(raw, surroundings), excuse.get("where", "match")
    for each in subject.parsed.exceptions:
        if rule.id in each.rules and _stays(each.find, subject):
            waiver = Waiver(each.id, each.expires, frozenset(each.rules), each.find, subject.parsed.words)
            yield f"exception `{each.id}`", waiver.tree, "match"


def _excused_in(tree: Tree, where: str, text: str) -> bool:
    document = Document(Feedback(text))
    whole = Match(0, len(text), "")
    return any(covers(document, excuse, where, whole) for excuse in tree.find(document))


# --- what can never matter ------------------------------------------------------------------------------------------


def unreachable(subject: Subject) -> Found:
    """Templates and alternatives that others cover, and branches of `any` that stand there twice."""
    said: set[tuple[Place, str]] = set()  # rules may share what stands at an anchor: it is said once
    for rule in subject.parsed.rules:
        written = subject.written[rule.id]
        for path, node in _all_nodes(rule):
            for inner, message, witness in _covered_in(node):
                place = written.place(*path, *inner)
                if (place, message) not in said:
                    said.add((place, message))
                    whole = f"{message} in rule `{rule.id}`"
                    yield Advice(place, "unreachable", whole, "take it out", witness, rule.id)


def _all_nodes(rule: ParsedRule) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield from nodes(rule.find, ("find",))
    for number, raw in enumerate(rule.unless):
        yield from nodes({key: value for key, value in raw.items() if key != "where"}, ("unless", number))


def _covered_in(node: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    if "phrase" in node:
        for change in changed_trees(node):
            if change.same:
                part = change.what.removesuffix(" dropped")
                yield change.path, f"{part} finds nothing new: {change.same},", part.split("`")[1]
    parts = node.get("any", ())
    for index, part in enumerate(parts):
        if part in parts[:index]:
            yield ("any", index), "a branch of `any` stands there twice", ""


def impossible(subject: Subject) -> Found:
    """`all` and `near` that ask for what they forbid."""
    for rule in subject.parsed.rules:
        written = subject.written[rule.id]
        for path, node in nodes(rule.find, ("find",)):
            parts = node.get("all") or node.get("near", {}).get("all", ())
            forbidden = [part["not"] for part in parts if "not" in part]
            for part in (part for part in parts if "not" not in part):
                witness = _asked_and_forbidden(subject, rule, part, forbidden)
                if witness is not None:
                    message = f"rule `{rule.id}` asks for what it forbids in the same `{next(iter(node))}`"
                    yield Advice(written.place(*path), "impossible", message, "narrow the `not`", witness, rule.id)


def _asked_and_forbidden(
    subject: Subject, rule: ParsedRule, part: Mapping[str, Any], forbidden: Sequence[Mapping[str, Any]]
) -> str | None:
    """A text that shows that whatever the part finds is forbidden; "" where there is none, None where it is not so."""
    if part in forbidden:
        return next(iter(_texts(subject, replace(rule, find=part))), "")
    texts = _texts(subject, replace(rule, find=part))
    surroundings = subject.parsed.words.surroundings(rule.pack)
    for other in forbidden if texts else ():
        tree = build_tree(other, surroundings)
        if _stays(other, subject) and all(tree.find(Document(Feedback(text))) for text in texts):
            return texts[0]
    return None
