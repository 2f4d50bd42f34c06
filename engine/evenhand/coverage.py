"""Which parts of a policy its own tests make fire: rules, templates, their alternatives, list entries, excuses, exceptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .building import build_tree
from .compiled import Rule
from .errors import Place
from .kinds.terms import Spelling, Terms
from .match import covers, matches
from .parsed import ParsedPolicy, ParsedRule, Sample
from .phrase_matcher import Form, Phrase, Phrases
from .phrases import Choice, Gap, Node, Row, Term, Word, shortened, spelled
from .policy import Policy
from .specimens import read_specimens
from .testing import all_rules, waiver_failure
from .text import Document
from .tree import Leaf
from .views import Flat, Words
from .written import Path, Table, Written, nodes, rules_written, tables_of, tables_written

_MAX_ROWS = 500
Alternative = tuple[int, int]  # the identity of a choice and the number of its branch


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a test should make fire: whose it is, what it is, where it stands, and whether some test did."""

    owner: str
    what: str
    place: Place
    fired: bool


@dataclass
class _Fired:
    """What was seen while the tests ran."""

    alternatives: set[Alternative] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)
    terms: set[tuple[tuple[str, ...], bool, bool]] = field(default_factory=set)

    def see(self, alternatives: Iterable[Alternative], choices: Mapping[int, Choice]) -> None:
        for identity, number in alternatives:
            self.alternatives.add((identity, number))
            self.nodes.add(id(choices[identity].branches[number]))


def coverage(parsed: ParsedPolicy, policy: Policy, wanted: Callable[[str], bool] = lambda name: True) -> list[Part]:
    """Every part of the rules that are wanted, of the lists, macros and lexicons they use, and of the exceptions."""
    compiled = {rule.id: rule for rule in all_rules(parsed, policy.compiled)}
    written, tables, specimens = rules_written(parsed), tables_written(parsed), read_specimens(parsed)
    fired = _Fired()
    parts: list[Part] = []
    used: dict[Table, str] = {}
    for rule in parsed.rules:
        if wanted(rule.id):
            parts += _of_rule(parsed, rule, specimens.get(rule.id, ()), compiled[rule.id], written[rule.id], fired)
            value = [rule.find, list(rule.unless)]
            used.update(dict.fromkeys(tables_of(value, rule.pack, tables), rule.pack))
    for table, pack in used.items():
        parts += _of_table(parsed, table, pack, tables[table], fired)
    waivers = {waiver.id: waiver for waiver in policy.compiled.waivers}
    for each in parsed.exceptions:
        if wanted(each.id):
            live = waivers.get(each.id)
            works = live is not None and not waiver_failure(live, each.test, compiled)
            parts.append(Part(each.id, "the exception", each.place, works))
    return list(dict.fromkeys(parts))


# --- rules ----------------------------------------------------------------------------------------------------------


def _of_rule(
    parsed: ParsedPolicy, rule: ParsedRule, specimens: Sequence[Sample], compiled: Rule, written: Written, fired: _Fired
) -> Iterator[Part]:
    every = [Document(sample.feedback) for sample in (*rule.hits, *specimens, *rule.misses)]
    hits = [document for document in every[: len(every) - len(rule.misses)] if matches(compiled, document)]
    yield Part(rule.id, "the rule", rule.place, bool(hits))
    surroundings = parsed.words.surroundings(rule.pack)
    named = _named(surroundings)
    trees: list[tuple[Path, Mapping[str, Any], list[Document]]] = [(("find",), rule.find, hits)]
    bare_rule = replace(compiled, unless=())
    for number, excuse in enumerate(rule.unless):
        tree: Mapping[str, Any] = {key: value for key, value in excuse.items() if key != "where"}
        where = excuse.get("where", "match")
        built = build_tree(tree, surroundings)
        excused = any(
            covers(document, found, where, match)
            for document in every
            for match in matches(bare_rule, document)
            for found in built.find(document)
        )
        yield Part(rule.id, f"excuse {number + 1}", written.place("unless", number), excused)
        trees.append((("unless", number), tree, every))
    for start, tree, documents in trees:
        for path, node in nodes(tree, start):
            seen = every if "not" in path else documents
            built = build_tree(node, surroundings)
            if isinstance(built, Leaf):
                yield from _of_leaf(rule.id, built.matcher, written, path, node, _Seen(seen, named, fired))


@dataclass(frozen=True)
class _Seen:
    """The texts in which something should fire, the nodes that have a name, and where to note what fires."""

    documents: Sequence[Document]
    named: frozenset[int]
    fired: _Fired


def _named(surroundings: Any) -> frozenset[int]:
    """The identities of what stands in lists and macros: they are parts of these, not of the phrases they stand in."""
    entries = {id(phrase.node) for phrases in surroundings.lists.values() for phrase in phrases}
    return frozenset(entries | {id(phrase.node) for phrase in surroundings.macros.values()})


def _of_leaf(
    owner: str, matcher: Any, written: Written, path: Path, node: Mapping[str, Any], seen: _Seen
) -> Iterator[Part]:
    kind = next(iter(node))
    match matcher:
        case Phrase() | Phrases():
            phrases = matcher.parts if isinstance(matcher, Phrases) else (matcher,)
            options = node[kind]
            inner: Path = ("any",) if isinstance(options, Mapping) else ()
            where = _where(matcher, seen.documents)
            for number, phrase in enumerate(phrases):
                place = written.place(*path, kind, *inner, number)
                yield from _of_phrase(owner, phrase, place, replace(seen, documents=where[number]))
        case Terms():
            terms = _terms_fired(matcher, seen.documents)
            seen.fired.terms |= terms
            options = node[kind]
            words = options if isinstance(options, list) else options.get("words") if isinstance(options, dict) else ()
            for term, word in zip(matcher.terms, words or (), strict=False):
                yield Part(owner, f"word `{word}`", written.place(*path, kind), _key(term) in terms)
            if not words:
                yield Part(owner, f"`{kind}`", written.place(*path), bool(terms))
        case _:
            yield Part(owner, f"`{kind}`", written.place(*path), any(matcher.find(each) for each in seen.documents))


def _where(matcher: Phrase | Phrases, documents: Sequence[Document]) -> Mapping[int, Sequence[Document]]:
    """The texts in which each phrase may stand."""
    if isinstance(matcher, Phrase):
        return {0: documents}
    where: defaultdict[int, list[Document]] = defaultdict(list)
    for document in documents:
        for number in matcher.tried(document):
            where[number].append(document)
    return where


def _of_phrase(owner: str, phrase: Phrase, place: Place, seen: _Seen) -> Iterator[Part]:
    node = phrase.template.node
    choices = {id(choice): choice for choice in _choices(node)}
    found = [document for document in seen.documents if any(True for _ in phrase.find(document))]
    for document in found:
        seen.fired.see(_taken(phrase, document), choices)
    yield Part(owner, f"template `{shortened(phrase.template.template)}`", place, bool(found))
    for choice, number in _alternatives(node, seen.named):
        what = f"alternative `{shortened(shown(choice.branches[number]))}`"
        yield Part(owner, what, place, (id(choice), number) in seen.fired.alternatives)


def _choices(node: Node) -> Iterator[Choice]:
    match node:
        case Choice(branches):
            yield node
            for branch in branches:
                yield from _choices(branch)
        case Row(parts):
            for part in parts:
                yield from _choices(part)


def _alternatives(node: Node, named: frozenset[int], top: bool = True) -> Iterator[tuple[Choice, int]]:
    """The branches of the choices that stand in the template itself; what is optional counts, its absence does not."""
    if id(node) in named and not top:
        return
    match node:
        case Choice(branches):
            if any(id(branch) in named for branch in branches) or _apostrophe(branches):
                return
            for number, branch in enumerate(branches):
                if branch != Row() and not (isinstance(branch, Row) and not branch.parts):
                    yield node, number
                    yield from _alternatives(branch, named, False)
        case Row(parts):
            for part in parts:
                yield from _alternatives(part, named, False)


def _apostrophe(branches: Sequence[Node]) -> bool:
    """Whether the choice was made of one word with an apostrophe, which staff wrote once."""
    rows = [spelled(branch, 4) for branch in branches]
    if len(rows) != 2 or not all(rows):
        return False
    first, second = (("".join(word.text for word in row) for row in each or ()) for each in rows)
    return list(first) == list(second)


def shown(node: Node) -> str:
    """A node as a template would write it."""
    match node:
        case Word(text, open_end):
            return text + "*" * open_end
        case Gap(most):
            return f"..{most}"
        case Row(parts):
            return " ".join(map(shown, parts))
        case Choice(branches):
            return "(" + "|".join(map(shown, branches)) + ")"


# --- what a match went through --------------------------------------------------------------------------------------


def _taken(phrase: Phrase, document: Document) -> set[Alternative]:
    """The alternatives through which the matches of a phrase in a text can be read, in any view."""
    node = phrase.template.node
    taken = _in_view(phrase.plain, node, document.flat, document.words)
    if document.bare is not None and phrase.tolerate:
        taken |= _in_view(phrase.bare, node, document.bare_flat, document.bare)
    written = phrase.written_out(document)
    if written is not None and phrase.long is phrase.plain:
        taken |= _in_view(phrase.plain, node, written.flat, written.words)
    return taken


def _in_view(form: Form, node: Node, flat: Flat, words: Words) -> set[Alternative]:
    taken: set[Alternative] = set()
    for first, last in form.stretches(flat, lambda: words):
        taken |= _ends(node, flat.words[first : last + 1], 0, form.key).get(last + 1 - first, set())
    return taken


def _ends(node: Node, words: Sequence[str], at: int, key: Callable[[str], str]) -> dict[int, set[Alternative]]:
    """Where the node may end, with the alternatives that lead there."""
    match node:
        case Word(text, open_end):
            fits = at < len(words) and (words[at].startswith(key(text)) if open_end else words[at] == key(text))
            return {at + 1: set()} if fits else {}
        case Gap(most):
            return {end: set() for end in range(at, min(at + most, len(words)) + 1)}
        case Choice(branches):
            found: defaultdict[int, set[Alternative]] = defaultdict(set)
            for number, branch in enumerate(branches):
                for end, taken in _ends(branch, words, at, key).items():
                    found[end] |= {(id(node), number), *taken}
            return found
        case Row(parts):
            places: dict[int, set[Alternative]] = {at: set()}
            for part in parts:
                onward: defaultdict[int, set[Alternative]] = defaultdict(set)
                for place, before in places.items():
                    for end, taken in _ends(part, words, place, key).items():
                        onward[end] |= before | taken
                places = onward
            return places


# --- terms ----------------------------------------------------------------------------------------------------------


def _key(term: Term) -> tuple[tuple[str, ...], bool, bool]:
    return term.words, term.open_start, term.open_end


def _terms_fired(matcher: Terms, documents: Iterable[Document]) -> set[tuple[tuple[str, ...], bool, bool]]:
    """The terms that are found by themselves in some of the texts."""
    return {
        _key(term)
        for document in documents
        for term in {spelling.term for spelling in _candidates(matcher, document)}
        if replace(matcher, key=("terms", str(term)), terms=(term,)).find(document)
    }


def _candidates(matcher: Terms, document: Document) -> Iterator[Spelling]:
    for index, flat in ((matcher.plain, document.flat), (matcher.bare, document.bare_flat)):
        for position in index.places(flat):
            yield from index.at(flat.words, position)
    if matcher.may_be_masked and "*" in document.folded.string:
        yield from (spelling for spellings in matcher.masked.exact.values() for spelling in spellings)


# --- lists, macros and lexicons -------------------------------------------------------------------------------------


def _of_table(parsed: ParsedPolicy, table: Table, pack: str, written: Written, fired: _Fired) -> Iterator[Part]:
    surroundings = parsed.words.surroundings(pack)
    named = _named(surroundings)
    owner = str(table)
    if table.what == "lexicons":
        yield from _of_lexicon(parsed, table, written, fired)
        return
    phrases = [surroundings.macros[table.name]] if table.what == "macros" else surroundings.lists[table.name]
    for number, phrase in enumerate(phrases):
        place = written.place(number) if table.what == "lists" else written.place()
        if table.what == "lists":
            rows = spelled(phrase.node, _MAX_ROWS) or ()
            as_term = any((tuple(w.text for w in row), False, row[-1].open_end) in fired.terms for row in rows)
            seen = as_term or id(phrase.node) in fired.nodes
            yield Part(owner, f"entry `{shortened(phrase.template)}`", place, seen)
            if as_term:
                continue  # how its alternatives fare is not known
        for choice, branch in _alternatives(phrase.node, named):
            what = f"alternative `{shortened(shown(choice.branches[branch]))}`"
            yield Part(owner, what, place, (id(choice), branch) in fired.alternatives)


def _of_lexicon(parsed: ParsedPolicy, table: Table, written: Written, fired: _Fired) -> Iterator[Part]:
    surroundings = parsed.words.surroundings("")
    in_phrases = {
        phrase.template for phrase in surroundings.lists.get(table.name, ()) if id(phrase.node) in fired.nodes
    }
    for g, group in enumerate(written.value):
        for t, term in enumerate(group.get("terms", ())):
            found = next(each for each in surroundings.lexicons[table.name] if str(each) == _plain(term))
            seen = _key(found) in fired.terms or str(found) in in_phrases
            yield Part(str(table), f"term `{term}`", written.place(g, "terms", t), seen)


def _plain(term: str) -> str:
    from .phrases import read_term

    return str(read_term(term))


# --- what to print --------------------------------------------------------------------------------------------------


def share(parts: Sequence[Part]) -> float:
    """The percentage of parts that fired; 100 where there are none."""
    return 100 * sum(part.fired for part in parts) / len(parts) if parts else 100.0


def coverage_text(parts: Sequence[Part]) -> str:
    """What never fires, the owners with the least share first, and the share of the whole."""
    owners: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        owners[part.owner].append(part)
    lines = []
    for owner, own in sorted(owners.items(), key=lambda each: (share(each[1]), each[0])):
        fired = sum(part.fired for part in own)
        if fired < len(own):
            lines.append(f"{share(own):3.0f} %  {owner}: {fired} of {len(own)} parts fire")
            lines += [f"       {part.place}: {part.what} never fires" for part in own if not part.fired]
    fired, full = sum(part.fired for part in parts), sum(share(own) == 100 for own in owners.values())
    lines.append(f"coverage {share(parts):.1f} %: {fired} of {len(parts)} parts fire, {full} of {len(owners)} in full")
    return "\n".join(lines)
