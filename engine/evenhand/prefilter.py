"""Which rules a text may match at all: scans of it, and what the hits ask for."""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from .asking import Asking, Group, Read, begin, stand, stands
from .codes import readings
from .compiled import Compiled, Scratches
from .disguise import undisguised_flat
from .model import Feedback
from .tables import CODED, SHORTHAND
from .text import Document, WrittenOut
from .views import Flat, View

_WORDS_OF_ASCII = bytes(
    code + 32 if 65 <= code <= 90 else code if 97 <= code <= 122 or 48 <= code <= 57 else 32 for code in range(256)
)

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


# Texts in a column are told apart by a character that no ASCII text holds, and rows of words by one that no word holds.
_BETWEEN = " \xff "
_ROW = b"\x01"
_WORDS_OF_ROWS = _WORDS_OF_ASCII[:0xFF] + _ROW


class InAscii(NamedTuple):
    """What an ASCII text may match: rules with the branches of their trees, and the text as far as it was looked at."""

    candidates: dict[int, list[int]]
    looked_at: Document

    def document(self, feedback: Feedback) -> Document:
        """The document of the feedback that has this text."""
        self.looked_at.feedback = feedback
        return self.looked_at


_Hit = tuple[int, int]  # what was hit, and where it ends
_SPACE = 32


def _note(number: int, start: int, end: int, flags: int, hits: object) -> None:
    hits.append((number, end))  # type: ignore[attr-defined]


class _Thread(threading.local):
    """What each thread has for itself: hyperscan refuses a scratch that another scan is using."""

    scratches: Scratches | None = None


class Prefilter:
    """Finds which rules a text may break, with the branches of their trees; safe for threads, holds no text."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._threads = _Thread()
        # what the fast path reads, bound once
        self._literals = compiled.literals.scan
        self._patterns = compiled.patterns.scan
        self._regexes = [each.scan for each in compiled.regexes]
        self._row_of = compiled.tables.row_of
        self._asking = Asking(compiled.tables)
        self._longer = compiled.tables.longer
        self._shorter = compiled.tables.shorter
        # as good as found, so nobody asks for them: where no title is known, and where besides nothing is disguised
        self._untitled = compiled.tables.titled
        self._plain = compiled.tables.disguised, compiled.tables.disguised | compiled.tables.titled
        self._margin = [""] * compiled.tables.margin
        self._always = compiled.tables.always
        self._disguise = compiled.tables.disguise
        self._restores = bool(compiled.words.short.get("restored"))
        # whether texts may be asked for that hold nothing
        self._unprompted = bool(self._always or self._longer or self._restores)

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
        seen: list[_Hit] = []
        self._scan_signs(raw.lower(), seen, own)
        return self._in_row(text, hits, seen, flat, scanned, titled=titled)

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
            seen: list[_Hit] = []
            self._scan_signs(lowered, seen, own)
            if at == behind and not seen and not self._unprompted:  # most rows, where few rules are asked
                yield None
            else:
                row = scanned[start:end]
                own_hits = [(number, stop - start) for number, stop in hits[at:behind]]
                yield self._in_row(text, own_hits, seen, Flat(row.decode().split()), row, titled=title)
            start, at = end + 1, behind

    def _scan_signs(self, lowered: bytes, hits: list[_Hit], own: Scratches) -> None:
        """Adds what is hit in a text with its punctuation."""
        self._patterns(lowered, _note, 0, hits, own.patterns)
        for scan, scratch in zip(self._regexes, own.regexes, strict=True):
            scan(lowered, _note, 0, hits, scratch)

    def _in_row(
        self, text: str, hits: list[_Hit], seen: list[_Hit], flat: Flat, scanned: bytes, *, titled: bool
    ) -> InAscii | None:
        """The candidates for an ASCII text: `hits` are in its words, `seen` in the text with its punctuation."""
        own = self._threads.scratches or self.scratches()
        lowered = text.lower()
        bare = None
        if seen and any(number in self._disguise for number, _ in seen):
            bare = undisguised_flat(lowered)
        read = Read(lowered, flat, bare)
        passed = self._passed(titled=titled, plain=bare is None)
        found = self._targets(hits + seen, flat, scanned, read, passed)
        written_out = None
        restored = self._restored(lowered, flat)
        if restored or SHORTHAND in found:
            written_out = self._written_out(text, View(lowered), flat, restored)
            found = self._in_shorthand(hits + seen, found, read, written_out, passed)
        for least, target in self._longer:
            if len(text) >= least and target not in passed:
                found.add(target)
        if bare is not None:
            found |= self._in_bare(bare, read, own, passed)
        found.difference_update(target for most, target in self._shorter if len(flat.words) > most)
        if not found:
            return None
        document = Document(
            Feedback(text),
            disguised=bare is not None,
            shorthand=written_out is not None,
            coded=CODED in found,
            flat=flat,
            bare_flat=bare,
            written_out=written_out,
        )
        by_rule = self._by_rule(found, document)
        return InAscii(by_rule, document) if by_rule else None

    def candidates(self, document: Document) -> dict[int, list[int]]:
        """The rules that the document may match, each with the branches of its tree that may."""
        own = self.scratches()
        folded = document.folded.string
        hits: list[_Hit] = []
        scanned = document.flat.string.encode()
        self._literals(scanned, _note, 0, hits, own.literals)
        self._scan_signs(one_byte(folded), hits, own)
        if not document.text.isascii():
            for database, scratch in zip(self.compiled.in_unicode, own.in_unicode, strict=True):
                database.scan(folded.encode(), _note, 0, hits, scratch)
                database.scan(document.text.encode(), _note, 0, hits, scratch)
        document.disguised = any(number in self._disguise for number, _ in hits)
        document.disguised = bool(document.bare_flat.words)
        feedback = document.feedback
        titled = bool(feedback.contract and feedback.contract.title)
        flat = document.flat
        read = Read(folded, flat, document.bare_flat if document.disguised else None)
        passed = self._passed(titled=titled, plain=document.text.isascii() and not document.disguised)
        found = self._targets(hits, flat, scanned, read, passed)
        restored = self._restored(folded, flat)
        if restored or SHORTHAND in found:
            document.written_out = self._written_out(document.text, document.folded, flat, restored)
            found = self._in_shorthand(hits, found, read, document.written_out, passed)
        document.shorthand = document.written_out is not None
        length = len(document.text) if document.text.isascii() else 1 << 62
        found |= {target for least, target in self._longer if length >= least} - passed
        if document.disguised:
            found |= self._in_bare(document.bare_flat, read, own, passed)
        if feedback.counterparty is not None or feedback.known:
            found |= set(self.compiled.tables.known) - passed
        found.difference_update(target for most, target in self._shorter if len(flat.words) > most)
        document.coded = document.coded and CODED in found
        return self._by_rule(found, document)

    def _by_rule(self, targets: set[int], document: Document) -> dict[int, list[int]]:
        """Targets as rules, each with the branches of its tree that may match the document, as it stands or in a code."""
        by_rule: dict[int, list[int]] = {}
        targets.discard(CODED)
        for target in sorted(targets):
            rule, branch = self.compiled.tables.target(target)
            by_rule.setdefault(rule, []).append(branch)
        for reading in readings(document):
            for rule, branches in self.candidates(reading.document).items():
                by_rule[rule] = sorted({*by_rule.get(rule, ()), *branches})
        return by_rule

    def _passed(self, *, titled: bool, plain: bool) -> frozenset[int]:
        """The targets that nothing asks for in a text; `plain`, where nothing is disguised and all is ASCII."""
        return self._plain[not titled] if plain else frozenset() if titled else self._untitled

    def _targets(
        self, hits: Iterable[_Hit], flat: Flat, scanned: bytes, read: Read, passed: frozenset[int]
    ) -> set[int]:
        """What the hits ask for, as far as the text's words do not rule it out; `flat` are those that were scanned."""
        if read.bare is not None:
            return self._anywhere(hits, read, passed)
        found = {*passed, *self._always}
        words, margin = [*self._margin, *flat.words], len(self._margin)
        for groups, at in self._standing(hits, words, scanned):
            for window, asked in groups:
                if window is not None and not stands(window, words, at):
                    continue
                for target, around, beside, within in asked:
                    if target in found or not stand(around, words, at) or read.lacks_one(beside):
                        continue
                    if not within or read.reaches(at - margin, within):
                        found.add(target)
        found -= passed
        return found

    def _standing(
        self, hits: Iterable[_Hit], words: Sequence[str], scanned: bytes
    ) -> Iterator[tuple[list[Group], int]]:
        """What each hit asks for and which word it ends in, where some word of its windows stands in one of them."""
        row_of, row = self._row_of, self._asking.row
        margin = len(self._margin) - 1
        so_far, counted = 0, 0  # hits come in the order of their ends, those of the patterns behind the others
        for hit, end in hits:
            windowed, whole, groups = row(row_of[hit])
            at = -1
            if windowed:
                if end < so_far:
                    so_far = counted = 0
                counted += scanned.count(b" ", so_far, end)
                so_far = end
                at = margin + counted - (scanned[end - 1] == _SPACE)
                if whole is not None:
                    exact, begun, first, behind = whole
                    near = words[at + first : at + behind]
                    if exact.isdisjoint(near) and not (begun and begin(near, begun)):
                        continue
            yield groups, at

    def _anywhere(self, hits: Iterable[_Hit], read: Read, passed: frozenset[int]) -> set[int]:
        """The same where words are disguised: what must stand near a hit may stand anywhere, in any reading."""
        found = {*self._always}
        for row in {self._row_of[hit] for hit, _ in hits}:
            for target, several in self._asking.anywhere(row):
                if target not in found and target not in passed:
                    if not read.lacks_one(several):
                        found.add(target)
        return found

    def _restored(self, folded: str, flat: Flat) -> Mapping[str, str]:
        """Disguised words of a text, which may be written out though no shorthand stands there."""
        shorthand = self.compiled.shorthand
        return shorthand.disguised_in(folded, flat.set) if self._restores and shorthand is not None else {}

    def _written_out(self, text: str, folded: View, flat: Flat, restored: Mapping[str, str]) -> WrittenOut | None:
        shorthand = self.compiled.shorthand
        return None if shorthand is None else shorthand.write_out(text, folded, flat.set, restored)

    def _in_shorthand(
        self, hits: Sequence[_Hit], found: set[int], read: Read, written_out: WrittenOut | None, passed: frozenset[int]
    ) -> set[int]:
        """What a text asks for as it stands and written out: what one reading asks for may stand beside in the other."""
        found.discard(SHORTHAND)
        if written_out is None:
            return found
        own = self.scratches()
        flat, long = read.flat, written_out.flat
        read.take_in(long)
        found |= self._targets(hits, flat, flat.string.encode(), read, passed)
        scanned = long.string.encode()
        hits_there: list[_Hit] = []
        self._literals(scanned, _note, 0, hits_there, own.literals)
        if self.compiled.written_out is not None:
            self.compiled.written_out.scan(scanned, _note, 0, hits_there, own.written_out)
        found |= self._targets(hits_there, long, scanned, read, passed)
        found.discard(SHORTHAND)
        return found

    def _in_bare(self, bare: Flat, read: Read, own: Scratches, passed: frozenset[int]) -> set[int]:
        """What the undisguised words ask for."""
        if self.compiled.bare is None:
            return set()
        hits: list[_Hit] = []
        self.compiled.bare.scan(bare.string.encode(), _note, 0, hits, own.bare)
        return self._anywhere(hits, read, passed)


def one_byte(folded: str) -> bytes:
    """The folded text with one byte a character: 0xFF for whatever is not ASCII."""
    return folded.encode() if folded.isascii() else _NOT_ASCII.sub("\xff", folded).encode("latin-1")
