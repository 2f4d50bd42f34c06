"""Checks of words: lists that nothing uses, entries that others cover, terms that find ordinary words, dear patterns."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import hyperscan as hs

from ..frequencies import SHARE
from ..kinds.terms import spellings
from ..mutants import covered_entries
from ..parsed import ParsedPolicy
from ..phrase_matcher import TOLERATED
from ..phrases import Term, read_term, shortened
from ..views import fold, split_words
from ..written import Path, Written, names_in, nodes
from .advice import Advice, Found, Subject

SLOW_RATIO = 60.0


def dead_list(subject: Subject) -> Found:
    """Lists, macros and lexicons that nothing uses."""
    values = (source.value for source in subject.parsed.sources.values())
    used = {name for value in values for name in names_in(value["groups"] if "lexicon" in value else value)}
    for table, written in subject.tables.items():
        if table.name in used:
            continue
        if table.what == "lexicons":
            place, what = written.source.place(("lexicon",)), f"lexicon `{table.name}`"
        else:
            place, what = written.source.key_place(written.path), f"`{table.name}`"
        yield Advice(place, "dead-list", f"nothing uses {what}", "delete it, or use it", about=table.name)


def covered_term(subject: Subject) -> Found:
    """Entries of a list, a lexicon's group or `terms` all of whose matches another entry finds too."""
    for table, written in subject.tables.items():
        if table.what == "lists":
            yield from _covered(written, (), written.value, table.name, as_terms=False)
        elif table.what == "lexicons":
            for g, group in enumerate(written.value):
                yield from _covered(written, (g, "terms"), group.get("terms", ()), table.name, as_terms=True)
    for rule in subject.parsed.rules:
        written = subject.written[rule.id]
        for path, node in nodes(rule.find, ("find",)):
            options = node.get("terms")
            words = options if isinstance(options, list) else options.get("words") if options else None
            if words:
                inner: Path = () if isinstance(options, list) else ("words",)
                yield from _covered(written, (*path, "terms", *inner), words, rule.id, as_terms=True)


def _covered(written: Written, path: Path, entries: Any, about: str, *, as_terms: bool) -> Found:
    for index, by in covered_entries(entries, as_terms=as_terms).items():
        entry = entries[index]
        message = f"`{shortened(entry)}` finds nothing that `{shortened(by)}` does not find"
        yield Advice(written.place(*path, index), "covered-term", message, "take it out", entry.rstrip("*"), about)


def slow_pattern(subject: Subject) -> Found:
    """Regular expressions that cost far more to scan for than a literal: counted in database size, not in time."""
    literal = _database_size("evenhand")
    for rule in subject.parsed.rules:
        for pattern in _patterns(rule.find):
            size = _database_size(pattern)
            if size > SLOW_RATIO * literal:
                message = f"pattern `{shortened(pattern)}` of rule `{rule.id}` is {size // 1024} KiB compiled"
                hint = "bound its repeats, or start it with a fixed word"
                yield Advice(rule.place, "slow-pattern", message, hint, about=rule.id)


def _patterns(find: Any) -> Iterator[str]:
    if isinstance(find, Mapping):
        for key, value in find.items():
            if key == "regex":
                yield value if isinstance(value, str) else value["pattern"]
            else:
                yield from _patterns(value)
    elif isinstance(find, list | tuple):
        for each in find:
            yield from _patterns(each)


def _database_size(pattern: str) -> int:
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    database.compile(expressions=[pattern.encode()], ids=[0], flags=hs.HS_FLAG_SINGLEMATCH)
    return int(database.size())


_WORST = 10


def collisions(parsed: ParsedPolicy, benign: Iterable[str] = ()) -> Iterator[Advice]:
    """The terms of each lexicon whose foldings find the most ordinary words: common ones, and those that are given."""
    ordinary = {*SHARE, *(word for line in benign for word in split_words(fold(line).string))}
    for source in parsed.sources.values():
        found: list[tuple[int, Advice]] = []
        for g, group in enumerate(source.value.get("groups", ())):
            for t, written in enumerate(group.get("terms", ())):
                hits = _mistaken(read_term(written, tolerate=frozenset(group.get("tolerate", TOLERATED))), ordinary)
                if hits:
                    shown = ", ".join(hits[:4]) + (f" and {len(hits) - 4} more" if len(hits) > 4 else "")
                    place = source.place(("groups", g, "terms", t))
                    hint = "tolerate less in this group, or move the term to a group that does"
                    message, witness = f"`{written}` also finds {shown}", hits[0].split("`")[1]
                    advice = Advice(place, "collision", message, hint, witness, source.value["lexicon"])
                    found.append((-len(hits), advice))
        yield from (each for _, each in sorted(found)[:_WORST])


def collision(subject: Subject) -> Found:
    """The terms of each lexicon whose foldings find the most ordinary words."""
    return collisions(subject.parsed, subject.benign)


def _mistaken(term: Term, ordinary: Container[str]) -> list[str]:
    """The ordinary words that a term finds only because of what it tolerates."""
    return [
        f"`{' '.join(each.words)}` ({each.how})"
        for each in spellings(term)
        if each.how and not each.open_end and all(word in ordinary for word in each.words)
    ]
