"""One text through the compiled core: scan, candidates, and the matches that rules confirm on the text."""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from .compile import SHORTHAND, Compiled, Rule, Scratches
from .matcher import apart
from .model import Feedback, Match
from .text import Document, Flat, View, WrittenOut, split_words, undisguised_string
from .tree import Tree

_WORDS_OF_ASCII = bytes(
    code + 32 if 65 <= code <= 90 else code if 97 <= code <= 122 or 48 <= code <= 57 else 32 for code in range(256)
)

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


# Texts in a column are told apart by a character that no ASCII text holds, and rows of words by one that no word holds.
_BETWEEN = " \xff "
_ROW = b"\x01"
_WORDS_OF_ROWS = _WORDS_OF_ASCII[:0xFF] + _ROW


class InAscii(NamedTuple):
    """What an ASCII text may match: rules with the branches of their trees, and what was made of the text on the way."""

    candidates: dict[int, list[int]]
    disguised: bool
    flat: Flat
    written_out: WrittenOut | None

    def document(self, feedback: Feedback) -> Document:
        """The document of that text, with what is known of it."""
        return Document(
            feedback,
            disguised=self.disguised,
            shorthand=self.written_out is not None,
            flat=self.flat,
            written_out=self.written_out,
        )


_Hit = tuple[int, int]  # what was hit, and where it ends
_SPACE = 32


def _note(number: int, start: int, end: int, flags: int, hits: object) -> None:
    hits.append((number, end))  # type: ignore[attr-defined]


class _Thread(threading.local):
    """What each thread has for itself: hyperscan refuses a scratch that another scan is using."""

    scratches: Scratches | None = None


class Matching:
    """Finds which rules a text may break, and where; safe for threads, holds no text."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._threads = _Thread()
        # what the fast path reads, bound once
        self._literals = compiled.literals.scan
        self._patterns = compiled.patterns.scan
        self._rows = compiled.tables.rows
        self._row_of = compiled.tables.row_of
        self._narrowings = compiled.tables.narrowings
        self._beside = compiled.tables.beside
        self._sets: list[frozenset[str] | None] = [None] * len(self._beside)  # each is made at first use
        self._longer = compiled.tables.longer
        self._titled = compiled.tables.titled
        self._margin = [""] * compiled.tables.margin
        self._always = compiled.tables.always
        self._disguise = compiled.tables.disguise

    def scratches(self) -> Scratches:
        """This thread's scratches."""
        own = self._threads.scratches
        if own is None:
            own = self._threads.scratches = Scratches(self.compiled)
        return own

    def in_ascii(self, text: str, *, titled: bool = False) -> InAscii | None:
        """What an ASCII text may match, when neither the counterparty nor its earlier texts are known.

        None, for most feedback: no rule may match. `titled` says that the contract's title is known.
        """
        own = self._threads.scratches or self.scratches()
        raw = text.encode()
        flat = Flat(raw.translate(_WORDS_OF_ASCII).decode().split())
        scanned = flat.string.encode()
        hits: list[_Hit] = []
        self._literals(scanned, _note, 0, hits, own.literals)
        return self._in_row(text, raw.lower(), hits, flat, scanned, titled=titled)

    def in_column(self, texts: Sequence[str], titled: Sequence[bool]) -> Iterator[InAscii | None]:
        """What `in_ascii` gives for each of the texts, with one scan for the words of all of them."""
        if not texts:
            return
        own = self.scratches()
        joined = _BETWEEN.join(texts).encode("latin-1")
        scanned = b" %b " % b" ".join(joined.translate(_WORDS_OF_ROWS).split())
        hits: list[_Hit] = []
        self._literals(scanned, _note, 0, hits, own.literals)
        hits.sort(key=itemgetter(1))
        start, at = 0, 0
        for text, lowered, title in zip(texts, joined.lower().split(_BETWEEN.encode("latin-1")), titled, strict=True):
            end = scanned.find(_ROW, start)
            if end < 0:
                end = len(scanned)
            behind = bisect_right(hits, end, at, key=itemgetter(1))
            row = scanned[start:end]
            own_hits = [(number, stop - start) for number, stop in hits[at:behind]]
            yield self._in_row(text, lowered, own_hits, Flat(row.decode().split()), row, titled=title)
            start, at = end + 1, behind

    def _in_row(
        self, text: str, lowered: bytes, hits: list[_Hit], flat: Flat, scanned: bytes, *, titled: bool
    ) -> InAscii | None:
        """The candidates for an ASCII text whose words were scanned already."""
        own = self._threads.scratches or self.scratches()
        seen: list[_Hit] = []
        self._patterns(lowered, _note, 0, seen, own.patterns)
        disguised = bool(seen) and any(number in self._disguise for number, _ in seen)
        found = self._targets(hits + seen, flat, flat, scanned, disguised=disguised, titled=titled)
        written_out = None
        if SHORTHAND in found:
            written_out = self._written_out(text, View(text.lower()), flat)
            found = self._in_shorthand(hits + seen, found, flat, written_out, disguised=disguised, titled=titled)
        for least, target in self._longer:
            if len(text) >= least and (titled or target not in self._titled):
                found.add(target)
        if disguised:
            found |= self._in_bare(text.lower(), own, titled=titled)
        return InAscii(self.by_rule(found), disguised, flat, written_out) if found else None

    def candidates(self, document: Document) -> dict[int, list[int]]:
        """The rules that the document may match, each with the branches of its tree that may."""
        own = self.scratches()
        folded = document.folded.string
        hits: list[_Hit] = []
        scanned = document.flat.string.encode()
        self._literals(scanned, _note, 0, hits, own.literals)
        self._patterns(_one_byte(folded), _note, 0, hits, own.patterns)
        regexes = self.compiled.regexes
        if regexes is not None and not document.text.isascii():
            regexes.scan(folded.encode(), _note, 0, hits, own.regexes)
            regexes.scan(document.text.encode(), _note, 0, hits, own.regexes)
        document.disguised = any(number in self._disguise for number, _ in hits)
        feedback = document.feedback
        titled = bool(feedback.contract and feedback.contract.title)
        flat, disguised = document.flat, document.disguised
        found = self._targets(hits, flat, flat, scanned, disguised=disguised, titled=titled)
        if SHORTHAND in found:
            document.written_out = self._written_out(document.text, document.folded, flat)
            found = self._in_shorthand(hits, found, flat, document.written_out, disguised=disguised, titled=titled)
        document.shorthand = document.written_out is not None
        length = len(document.text) if document.text.isascii() else 1 << 62
        longer = {target for least, target in self._longer if length >= least}
        found |= longer if titled else longer - self._titled
        if disguised:
            found |= self._in_bare(folded, own, titled=titled)
        if feedback.counterparty is not None or feedback.known:
            known = self.compiled.tables.known
            found.update(known if titled else set(known) - self._titled)
        return self.by_rule(found)

    def by_rule(self, targets: set[int]) -> dict[int, list[int]]:
        """Targets as rules, each with the branches of its tree that may match."""
        by_rule: dict[int, list[int]] = {}
        for target in sorted(targets):
            rule, branch = self.compiled.tables.targets[target]
            by_rule.setdefault(rule, []).append(branch)
        return by_rule

    def _targets(
        self, hits: Iterable[_Hit], flat: Flat, whole: Flat, scanned: bytes, *, disguised: bool, titled: bool
    ) -> set[int]:
        """What the hits ask for, as far as the words of the text do not rule it out.

        `flat` are the words that were scanned, `whole` those that may stand beside them.
        """
        passed = frozenset() if titled else self._titled  # as good as found: nobody asks for them
        found = {*passed, *self._always}
        rows, row_of, narrowings, sets = self._rows, self._row_of, self._narrowings, self._sets
        if disguised:  # what must stand around a word may be written as anything
            found.update(asked[0] for hit, _ in hits for asked in rows[row_of[hit]])
            return found - passed
        words = [*self._margin, *flat.words]
        margin = len(self._margin) - 1
        for hit, end in hits:
            at = -1
            for target, narrowing in rows[row_of[hit]]:
                if target in found:
                    continue
                beside, around = narrowings[narrowing]
                if around and at < 0:  # which word the hit ends in
                    at = margin + scanned.count(b" ", 0, end) - (scanned[end - 1] == _SPACE)
                for number, first, behind in around:
                    if (sets[number] or self._set(number)).isdisjoint(words[at + first : at + behind]):
                        break
                else:
                    for number in beside:
                        if (sets[number] or self._set(number)).isdisjoint(whole.set):
                            break
                    else:
                        found.add(target)
        found -= passed
        return found

    def _set(self, number: int) -> frozenset[str]:
        made = self._sets[number]
        if made is None:
            made = self._sets[number] = frozenset(self._beside[number].split())
        return made

    def _written_out(self, text: str, folded: View, flat: Flat) -> WrittenOut | None:
        shorthand = self.compiled.shorthand
        return None if shorthand is None else shorthand.write_out(text, folded, flat.set)

    def _in_shorthand(
        self,
        hits: Sequence[_Hit],
        found: set[int],
        flat: Flat,
        written_out: WrittenOut | None,
        *,
        disguised: bool,
        titled: bool,
    ) -> set[int]:
        """What a text asks for as it stands and written out: what one reading asks for may stand beside in the other."""
        found.discard(SHORTHAND)
        if written_out is None:
            return found
        own = self.scratches()
        long = written_out.flat
        whole = Flat([*flat.words, *long.words])
        found |= self._targets(hits, flat, whole, flat.string.encode(), disguised=disguised, titled=titled)
        scanned = long.string.encode()
        hits_there: list[_Hit] = []
        self._literals(scanned, _note, 0, hits_there, own.literals)
        if self.compiled.written_out is not None:
            self.compiled.written_out.scan(scanned, _note, 0, hits_there, own.written_out)
        found |= self._targets(hits_there, long, whole, scanned, disguised=disguised, titled=titled)
        found.discard(SHORTHAND)
        return found

    def _in_bare(self, folded: str, own: Scratches, *, titled: bool) -> set[int]:
        """What the undisguised words ask for."""
        if self.compiled.bare is None or (bare := undisguised_string(folded)) is None:
            return set()
        hits: list[_Hit] = []
        words = f" {' '.join(split_words(bare))} ".encode()
        self.compiled.bare.scan(words, _note, 0, hits, own.bare)
        found = {asked[0] for number, _ in hits for asked in self._rows[self._row_of[number]]}
        return found if titled else found - self._titled


def _one_byte(folded: str) -> bytes:
    """The folded text with one byte a character: 0xFF for whatever is not ASCII."""
    return folded.encode() if folded.isascii() else _NOT_ASCII.sub("\xff", folded).encode("latin-1")


def applies(rule: Rule, feedback: Feedback) -> bool:
    """Whether the facts of the feedback are those that the rule asks for in `when`."""
    when = rule.when
    if not when:
        return True
    if "author" in when and feedback.author != when["author"]:
        return False
    if "rating" in when:
        least, most = when["rating"].get("min", 1), when["rating"].get("max", 5)
        if feedback.rating is None or not least <= feedback.rating <= most:
            return False
    if "locale" in when and not _locale_in(feedback.locale, when["locale"]):
        return False
    return "contract" not in when or _contract_fits(rule, feedback)


def _locale_in(locale: str, wanted: Iterable[str]) -> bool:
    ours = locale.lower().replace("_", "-")
    return any(ours == each.lower() or ours.startswith(each.lower() + "-") for each in wanted)


def _contract_fits(rule: Rule, feedback: Feedback) -> bool:
    wanted, contract = rule.when["contract"], feedback.contract
    if "known" in wanted and (contract is not None) != wanted["known"]:
        return False
    if "ended_by" in wanted and (contract is None or contract.ended_by != wanted["ended_by"]):
        return False
    if rule.title is None:
        return True
    return bool(contract and contract.title and rule.title.find(Document(Feedback(contract.title))))


def matches(rule: Rule, document: Document, branches: Sequence[int] | None = None) -> list[Match]:
    """Where the rule matches the document: not excused, the leftmost and longest of those that overlap.

    `branches` limits the search to those parts of the rule's tree.
    """
    if not applies(rule, document.feedback):
        return []
    if branches is None:
        branches = range(len(rule.branches))
    found = sorted({match for branch in branches for match in rule.branches[branch].find(document)})
    if found and rule.unless:
        found = [match for match in found if match.capped or not _excused(rule, match, document)]
    return apart(found)


def _excused(rule: Rule, match: Match, document: Document) -> bool:
    return any(
        covers(document, excuse, where, match) for tree, where in rule.excuses for excuse in _found(tree, document)
    )


def _found(tree: Tree, document: Document) -> Iterator[Match]:
    yield from tree.find(document)


def covers(document: Document, excuse: Match, where: str, match: Match) -> bool:
    """Whether an excuse stands near enough to a match: touching it, in one of its sentences, or anywhere."""
    if where == "text":
        return True
    if where == "sentence":
        first, last = document.sentence_of(match.start, match.end)
        begin, end = document.sentence_of(excuse.start, excuse.end)
        return begin <= last and first <= end
    return excuse.start < match.end and match.start < excuse.end
