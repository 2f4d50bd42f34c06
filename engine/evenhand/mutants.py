"""Small changes to what a policy says: a tree, a template, a list; each with the test that would notice it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from .phrases import PhraseError, Word, read_phrase, read_term, spelled
from .tree import read_distance
from .written import Path

_MAX_ROWS = 500
_WIDEST_GAP = 8


@dataclass(frozen=True)
class Change:
    """One change: the path of what it changes, what is there afterwards, what it does, and which test would notice.

    `sort` is what sort of change it is. `text` is the template or term that it takes away, if nothing else changes; `same`
    says why it changes nothing, where that can be shown.
    """

    sort: str
    path: Path
    new: Any
    what: str
    hint: str
    text: str = ""
    same: str = ""


Row = tuple[Word, ...]


def changed_trees(raw: Mapping[str, Any]) -> Iterator[Change]:
    """Every changed form of a tree; `new` is the whole tree, `path` leads to what was changed."""
    name = next(iter(raw))
    options = raw[name]
    changes = _NODES.get(name)
    if changes is not None:
        yield from changes(options)
    if name in ("any", "all"):
        yield from _inside(options, (name,), lambda parts: {name: parts})
    elif name == "near":
        yield from _inside(options["all"], ("near", "all"), lambda parts: {"near": {**options, "all": parts}})
    elif name == "not":
        for change in changed_trees(options):
            yield replace(change, path=("not", *change.path), new={"not": change.new})
    elif name == "count":
        for change in changed_trees(options["of"]):
            new = {"count": {**options, "of": change.new}}
            yield replace(change, path=("count", "of", *change.path), new=new)


def _inside(parts: Sequence[Any], path: Path, whole: Callable[[list[Any]], Any]) -> Iterator[Change]:
    for index, part in enumerate(parts):
        for change in changed_trees(part):
            new = whole([*parts[:index], change.new, *parts[index + 1 :]])
            yield replace(change, path=(*path, index, *change.path), new=new)


def _without(parts: Sequence[Any], index: int) -> list[Any]:
    return [*parts[:index], *parts[index + 1 :]]


def _named(node: Mapping[str, Any]) -> str:
    name = next(iter(node))
    options = node[name]
    shown = f"{name}: {options}" if isinstance(options, str) else name
    return f"`{shown[:60]}`"


# --- nodes ----------------------------------------------------------------------------------------------------------


def _any(parts: Sequence[Any]) -> Iterator[Change]:
    for index, part in enumerate(parts) if len(parts) > 1 else ():
        what = f"branch {_named(part)} of `any` dropped"
        yield Change(
            "branch", ("any", index), {"any": _without(parts, index)}, what, "add a hit that only this branch finds"
        )


def _all(parts: Sequence[Any]) -> Iterator[Change]:
    for index, part, rest in _droppable(parts):
        what, hint = _dropped(part, "all")
        yield Change("part", ("all", index), {"all": rest}, what, hint)


def _droppable(parts: Sequence[Any]) -> Iterator[tuple[int, Any, list[Any]]]:
    for index, part in enumerate(parts):
        rest = _without(parts, index)
        if any("not" not in other for other in rest):
            yield index, part, rest


def _dropped(part: Mapping[str, Any], of: str) -> tuple[str, str]:
    if "not" in part:
        return f"part `not` of `{of}` dropped", "add a miss that holds everything, and what `not` forbids"
    return f"part {_named(part)} of `{of}` dropped", "add a miss that holds everything but this part"


def _near(options: Mapping[str, Any]) -> Iterator[Change]:
    for index, part, rest in _droppable(options["all"]):
        what, hint = _dropped(part, "near")
        new: Any = {"near": {**options, "all": rest}} if len(rest) > 1 else rest[0]
        yield Change("part", ("near", "all", index), new, what, hint)
    distance = read_distance(options["within"])
    count = distance.count + (distance.unit == "sentences")
    wider = f"{max(1, 2 * count)} {distance.unit}"
    what = f"`within: {options['within']}` widened to `{wider}`"
    hint = f"add a miss whose parts stand further apart than {options['within']}, but within {wider}"
    yield Change("distance", ("near", "within"), {"near": {**options, "within": wider}}, what, hint)
    if options.get("ordered"):
        new = {"near": {**options, "ordered": False}}
        yield Change(
            "order", ("near", "ordered"), new, "`ordered` dropped", "add a miss with the parts in another order"
        )


def _count(options: Mapping[str, Any]) -> Iterator[Change]:
    fewer = options["at_least"] - 1
    what = f"`at_least: {options['at_least']}` lowered to {fewer}"
    new = {"count": {**options, "at_least": fewer}}
    yield Change(
        "count",
        ("count", "at_least"),
        new,
        what,
        f"add a miss that holds it {fewer} {'time' if fewer == 1 else 'times'}",
    )


def _not(options: Mapping[str, Any]) -> Iterator[Change]:
    return iter(())  # it is dropped where it stands, in `all` or `near`


# --- leaves ---------------------------------------------------------------------------------------------------------


def _phrase(options: Any) -> Iterator[Change]:
    if isinstance(options, Mapping):
        for change in _phrase(options["any"]):
            new: Any = {"phrase": {**options, "any": change.new["phrase"]}}
            yield replace(change, path=("phrase", "any", *change.path[1:]), new=new)
    elif isinstance(options, str):
        for change in _template(options):
            yield replace(change, path=("phrase",), new={"phrase": change.new})
    else:
        covered = covered_entries(options, as_terms=False)
        for index, template in enumerate(options):
            if len(options) > 1:
                what = f"template `{template}` dropped"
                new = {"phrase": _without(options, index)}
                same = f"`{covered[index]}` finds it too" if index in covered else ""
                yield Change(
                    "template", ("phrase", index), new, what, "add a hit that only this template finds", template, same
                )
            for change in _template(template):
                new = {"phrase": [*options[:index], change.new, *options[index + 1 :]]}
                yield replace(change, path=("phrase", index), new=new)


_STAR = re.compile(r"(?<=\w)\*")
_GAP = re.compile(r"\.\.(\d+)")


def _template(template: str) -> Iterator[Change]:
    """Changed forms of one template, as text."""
    for star in _STAR.finditer(template):
        word = re.split(r"[\s()\[\]|]", template[: star.start()])[-1]
        new = template[: star.start()] + template[star.end() :]
        hint = f"add a hit with a longer word that begins with `{word}`"
        yield Change("star", (), new, f"star of `{word}*` dropped", hint, word)
    for gap in _GAP.finditer(template):
        wider = min(_WIDEST_GAP, 2 * int(gap[1]))
        if wider > int(gap[1]):
            new = f"{template[: gap.start()]}..{wider}{template[gap.end() :]}"
            yield Change(
                "gap", (), new, f"gap `{gap[0]}` widened to `..{wider}`", f"add a miss with {wider} words in the gap"
            )
    for start, end, shown, by in alternatives(template):
        new = template[:start] + template[end:]
        if _reads(new):
            same = f"`{by}` finds it too" if by else ""
            yield Change(
                "alternative", (), new, f"alternative `{shown}` dropped", f"add a hit with `{shown}` there", shown, same
            )


def _reads(template: str) -> bool:
    """Whether the brackets of a template hold something after a change; names are not looked up."""
    return "()" not in template and "[]" not in template and bool(template.strip())


def alternatives(template: str) -> Iterator[tuple[int, int, str, str]]:
    """What to cut out of a template to drop an alternative: from where to where, the alternative, and one that covers it.

    The last is "" where no other alternative is known to cover it.
    """
    opened: list[list[int]] = []
    for at, char in enumerate(template):
        if char in "([":
            opened.append([at])
        elif char == "|" and opened:
            opened[-1].append(at)
        elif char in ")]" and opened:
            yield from _cuts(template, [*opened.pop(), at])


def _cuts(template: str, bars: Sequence[int]) -> Iterator[tuple[int, int, str, str]]:
    if len(bars) == 2:
        return
    shown = [template[start + 1 : end] for start, end in pairwise(bars)]
    # letters that follow at once are part of the word: a star in front of them is no open end
    glued = template[bars[-1] + 1 : bars[-1] + 2] not in ("", " ", ")", "]", "|")
    covered = {} if glued else covered_entries(shown, as_terms=False)
    for index, each in enumerate(shown):
        start, end = (bars[index], bars[index + 1]) if index else (bars[0] + 1, bars[1] + 1)
        yield start, end, each, covered.get(index, "")


def _exchange(options: Mapping[str, Any]) -> Iterator[Change]:
    for part in ("give", "feedback", "tie"):
        for change in _phrase(options[part]):
            new = {"exchange": {**options, part: change.new["phrase"]}}
            yield replace(change, path=("exchange", part, *change.path[1:]), new=new)
    if options.get("direction", "any") != "any":
        what = f"`direction: {options['direction']}` dropped"
        new = {"exchange": {**options, "direction": "any"}}
        yield Change("order", ("exchange", "direction"), new, what, "add a miss with the two the other way round")


def _terms(options: Any) -> Iterator[Change]:
    words = options if isinstance(options, list) else options.get("words", ())
    for change in dropped_entries("terms", words):
        new = change.new if isinstance(options, list) else {**options, "words": change.new}
        inner: Path = () if isinstance(options, list) else ("words",)
        what = f"{change.what}, in `terms`"
        yield replace(change, path=("terms", *inner, *change.path), new={"terms": new}, what=what)


_NODES: Mapping[str, Callable[[Any], Iterator[Change]]] = {
    "any": _any,
    "all": _all,
    "near": _near,
    "count": _count,
    "not": _not,
    "phrase": _phrase,
    "terms": _terms,
    "exchange": _exchange,
}


# --- lists and lexicons ---------------------------------------------------------------------------------------------

_BY_LETTERS = frozenset({"leet", "repeats", "spacing", "split", "joined", "masked"})


def dropped_entries(what: str, value: Any) -> Iterator[Change]:
    """Changed forms of a list, a macro or the groups of a lexicon."""
    if what == "macros":
        for change in _template(value):
            yield change
    elif what == "lexicons":
        for g, group in enumerate(value):
            plain = frozenset(group.get("tolerate", ())) <= _BY_LETTERS
            for change in _of_list(group.get("terms", ()), as_terms=True):
                new = [*value[:g], {**group, "terms": change.new}, *value[g + 1 :]]
                text = change.text if plain else ""
                yield replace(change, path=(g, "terms", *change.path), new=new, text=text)
            for index, allowed in enumerate(group.get("allowed", ())):
                new = [*value[:g], {**group, "allowed": _without(group["allowed"], index)}, *value[g + 1 :]]
                hint = f"add a miss that holds `{allowed}`"
                yield Change("allowed phrase", (g, "allowed", index), new, f"allowed phrase `{allowed}` dropped", hint)
    else:
        yield from _of_list(value, as_terms=what == "terms")


def _of_list(entries: Sequence[str], *, as_terms: bool) -> Iterator[Change]:
    covered = covered_entries(entries, as_terms=as_terms)
    for index, entry in enumerate(entries):
        if len(entries) > 1:
            by = covered.get(index)
            same = f"`{by}` finds it too" if by else ""
            hint = f"add a hit with `{entry}`"
            yield Change(
                "entry", (index,), _without(entries, index), f"`{entry}` dropped", hint, entry.strip("*"), same
            )
        if entry.endswith("*"):
            new = [*entries[:index], entry.rstrip("*"), *entries[index + 1 :]]
            hint = f"add a hit with a longer word that begins with `{entry.rstrip('*')}`"
            yield Change("star", (index,), new, f"star of `{entry}` dropped", hint, entry.strip("*"))


def _rows(entry: str, *, as_terms: bool) -> list[Row] | None:
    """The rows of words that an entry stands for; None where that cannot be said without the lists it names."""
    try:
        if as_terms:
            term = read_term(entry)
            if term.open_start:
                return None
            return [(*map(Word, term.words[:-1]), Word(term.words[-1], term.open_end))]
        return spelled(read_phrase(entry).node, _MAX_ROWS)
    except PhraseError:
        return None


def covered_entries(entries: Sequence[str], *, as_terms: bool) -> dict[int, str]:
    """The entries that find nothing which other entries of the list do not find with the same span, and by which one.

    Of entries that cover each other, the later ones count as covered.
    """
    holders: dict[Row, int] = {}
    rows = [_rows(entry, as_terms=as_terms) for entry in entries]
    for index, own in enumerate(rows):
        for row in own or ():
            holders.setdefault(row, index)
    found: dict[int, str] = {}
    for index, own in enumerate(rows):
        by = [_holder(row, index, holders) for row in own or ()]
        if by and all(each is not None for each in by):
            found[index] = entries[next(each for each in by if each is not None)]
    return found


def _holder(row: Row, index: int, holders: Mapping[Row, int]) -> int | None:
    """Another entry that finds the row: the same row earlier on, or one with its last word's beginning and a star."""
    first = holders.get(row)
    if first is not None and first != index:
        return first
    if not row:
        return None
    *before, last = row
    for length in range(1, len(last.text) + (not last.open_end)):
        wider = holders.get((*before, Word(last.text[:length], True)))
        if wider is not None and wider != index:
            return wider
    return None
