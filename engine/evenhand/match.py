"""One text through the compiled core: scan, candidates, and the matches that rules confirm on the text."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from .codes import Reading, in_code, readings
from .compile import Compiled, Rule, Scratches, Waiver
from .matcher import apart
from .model import Feedback, Match
from .tables import CODED, SHORTHAND, UNITS, Window
from .text import Document, Flat, View, WrittenOut, bare_key, sentence_ends, undisguised_flat
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
    """What an ASCII text may match: rules with the branches of their trees, and the text as far as it was looked at."""

    candidates: dict[int, list[int]]
    looked_at: Document

    def document(self, feedback: Feedback) -> Document:
        """The document of the feedback that has this text."""
        self.looked_at.feedback = feedback
        return self.looked_at


_Hit = tuple[int, int]  # what was hit, and where it ends
_SPACE = 32
# Words, and beginnings of words, of which one must stand somewhere.
_Wanted = tuple[frozenset[str], tuple[str, ...]]
# The same in a window around a hit: from the first number of words behind it to before the second.
_Near = tuple[frozenset[str], tuple[str, ...], int, int]
# Words of which one must stand so many words or sentences off at most.
_Reached = tuple[_Wanted, int, str]
# A target, with what else must stand near the hit, anywhere in the text, and in reach.
_Asked = tuple[int, tuple[_Near, ...], tuple[_Wanted, ...], tuple[_Reached, ...]]
_Group = tuple[_Near | None, list[_Asked]]
# Whether it matters where a row was hit; one in which a word of theirs must stand, if all have; and what is asked for.
_Row = tuple[bool, _Near | None, list[_Group]]
# Targets, each with what must stand anywhere.
_Anywhere = list[tuple[int, tuple[_Wanted, ...]]]


def _note(number: int, start: int, end: int, flags: int, hits: object) -> None:
    hits.append((number, end))  # type: ignore[attr-defined]


def _begin(words: Iterable[str], begun: tuple[str, ...]) -> bool:
    for word in words:  # a loop, for every text comes here again and again
        if word.startswith(begun):
            return True
    return False


def _stands(window: _Near, words: Sequence[str], at: int) -> bool:
    exact, begun, first, behind = window
    near = words[at + first : at + behind]
    return not exact.isdisjoint(near) or (bool(begun) and _begin(near, begun))


def _stand(windows: Iterable[_Near], words: Sequence[str], at: int) -> bool:
    for window in windows:
        if not _stands(window, words, at):
            return False
    return True


def _united(several: Sequence[_Wanted]) -> _Wanted:
    exact, begun = zip(*several, strict=True)
    return frozenset().union(*exact), tuple(dict.fromkeys(chain.from_iterable(begun)))


class _Read:
    """The words of a text, as it stands and undisguised (None where nothing is disguised), later with shorthand written out too."""

    def __init__(self, folded: str, flat: Flat, bare: Flat | None) -> None:
        self.flat = flat
        self.bare = bare
        self.words = flat.set if bare is None else flat.set | bare.set  # the different words of all readings
        self._folded = folded
        self._one_reading = True
        self._begun: dict[tuple[str, ...], bool] = {}  # whether some word begins so: asked for again and again
        self._sentences: dict[tuple[int, int], frozenset[str]] = {}

    def take_in(self, long: Flat) -> None:
        """Adds the words as they read with shorthand written out."""
        self.words = self.words | long.set
        self._one_reading = False
        self._begun.clear()

    def lacks(self, wanted: _Wanted) -> bool:
        """Whether none of what is wanted stands in any reading."""
        exact, begun = wanted
        if not begun or not exact.isdisjoint(self.words):
            return exact.isdisjoint(self.words)
        if begun not in self._begun:
            self._begun[begun] = _begin(self.words, begun)
        return not self._begun[begun]

    def lacks_one(self, several: Iterable[_Wanted]) -> bool:
        """Whether it lacks something of what is wanted."""
        for wanted in several:
            if self.lacks(wanted):
                return True
        return False

    def reaches(self, at: int, several: Iterable[_Reached]) -> bool:
        """Whether all that is wanted stands in reach of a word; where there are several readings, it may stand anywhere."""
        if not self._one_reading:
            return True
        for (exact, begun), most, unit in several:
            near = self._near(at, most, unit)
            if exact.isdisjoint(near) and not (begun and _begin(near, begun)):
                return False
        return True

    def _near(self, at: int, most: int, unit: str) -> frozenset[str]:
        """The words at most so many words off, or in the sentences at most so many off."""
        words = self.flat.words
        if unit == "words":
            return frozenset(words[max(0, at - most) : at + most + 1])
        ends, sentence = self._ends, bisect_left(self._ends, at)
        if (sentence, most) not in self._sentences:
            first, last = sentence - most, sentence + most
            begin = ends[first - 1] + 1 if first > 0 else 0
            near = frozenset(words[begin : ends[last] + 1 if last < len(ends) else None])
            self._sentences[sentence, most] = near
        return self._sentences[sentence, most]

    @cached_property
    def _ends(self) -> list[int]:
        """Which words end a sentence."""
        return sentence_ends(self._folded)


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
        self._regexes = [each.scan for each in compiled.regexes]
        self._row_of = compiled.tables.row_of
        self._beside = compiled.tables.beside
        self._sets: list[_Wanted | None] = [None] * len(self._beside)  # each is made at first use
        self._spellings: list[_Wanted | None] = [None] * len(self._beside)
        self._asked: list[_Row | None] = [None] * len(compiled.tables.rows)  # and so is each of these
        self._asked_anywhere: list[_Anywhere | None] = [None] * len(compiled.tables.rows)
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
        read = _Read(lowered, flat, bare)
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
        self._scan_signs(_one_byte(folded), hits, own)
        if not document.text.isascii():
            for database, scratch in zip(self.compiled.in_unicode, own.in_unicode, strict=True):
                database.scan(folded.encode(), _note, 0, hits, scratch)
                database.scan(document.text.encode(), _note, 0, hits, scratch)
        document.disguised = any(number in self._disguise for number, _ in hits)
        document.disguised = bool(document.bare_flat.words)
        feedback = document.feedback
        titled = bool(feedback.contract and feedback.contract.title)
        flat = document.flat
        read = _Read(folded, flat, document.bare_flat if document.disguised else None)
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
        self, hits: Iterable[_Hit], flat: Flat, scanned: bytes, read: _Read, passed: frozenset[int]
    ) -> set[int]:
        """What the hits ask for, as far as the text's words do not rule it out; `flat` are those that were scanned."""
        if read.bare is not None:
            return self._anywhere(hits, read, passed)
        found = {*passed, *self._always}
        words, margin = [*self._margin, *flat.words], len(self._margin)
        for groups, at in self._standing(hits, words, scanned):
            for window, asked in groups:
                if window is not None and not _stands(window, words, at):
                    continue
                for target, around, beside, within in asked:
                    if target in found or not _stand(around, words, at) or read.lacks_one(beside):
                        continue
                    if not within or read.reaches(at - margin, within):
                        found.add(target)
        found -= passed
        return found

    def _standing(
        self, hits: Iterable[_Hit], words: Sequence[str], scanned: bytes
    ) -> Iterator[tuple[list[_Group], int]]:
        """What each hit asks for and which word it ends in, where some word of its windows stands in one of them."""
        row_of, asked_of = self._row_of, self._asked
        margin = len(self._margin) - 1
        so_far, counted = 0, 0  # hits come in the order of their ends, those of the patterns behind the others
        for hit, end in hits:
            windowed, whole, groups = asked_of[row_of[hit]] or self._resolved(row_of[hit])
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
                    if exact.isdisjoint(near) and not (begun and _begin(near, begun)):
                        continue
            yield groups, at

    def _anywhere(self, hits: Iterable[_Hit], read: _Read, passed: frozenset[int]) -> set[int]:
        """The same where words are disguised: what must stand near a hit may stand anywhere, in any reading."""
        found = {*self._always}
        for row in {self._row_of[hit] for hit, _ in hits}:
            for target, several in self._asked_anywhere[row] or self._resolved_anywhere(row):
                if target not in found and target not in passed:
                    if not read.lacks_one(several):
                        found.add(target)
        return found

    def _resolved_anywhere(self, row: int) -> _Anywhere:
        """What a row asks for where words are disguised; made when such a text hits the row first."""
        asked = self._asked_anywhere[row] = [
            (target, tuple(map(self._spelled, [*(number for number, _, _ in each.around), *each.beside])))
            for target, each in self.compiled.tables.asked(row)
        ]
        return asked

    def _resolved(self, row: int) -> _Row:
        """What a row asks for, by the first window of each; made when the row is hit first."""
        groups: dict[Window | None, list[_Asked]] = {}
        for target, (beside, around, within) in self.compiled.tables.asked(row):
            rest = tuple(map(self._near, around[1:]))
            reached = tuple((self._set(number), most, UNITS[unit]) for number, most, unit in within)
            asked_for = target, rest, tuple(map(self._set, beside)), reached
            groups.setdefault(around[0] if around else None, []).append(asked_for)
        made = [(window and self._near(window), asked) for window, asked in groups.items()]
        windows = [window for window, _ in made if window is not None]
        whole = None
        if len(windows) == len(made) > 0:
            wanted = _united([(exact, begun) for exact, begun, _, _ in windows])
            whole = *wanted, min(first for *_, first, _ in windows), max(behind for *_, behind in windows)
        if len(made) == 1:  # one look is enough
            made = [(None, made[0][1])]
        placed = bool(windows) or any(within for _, several in made for *_, within in several)
        asked = self._asked[row] = placed, whole, made
        return asked

    def _spelled(self, number: int) -> _Wanted:
        """A set of words, with their keys among the undisguised ones."""
        made = self._spellings[number]
        if made is None:
            exact, begun = self._set(number)
            keys = frozenset(map(bare_key, exact)), tuple(map(bare_key, begun))
            made = self._spellings[number] = _united([(exact, begun), keys])
        return made

    def _near(self, window: Window) -> _Near:
        number, first, behind = window
        return *self._set(number), first, behind

    def _set(self, number: int) -> _Wanted:
        made = self._sets[number]
        if made is None:
            words = self._beside[number].split()
            begun = tuple(word[:-1] for word in words if word.endswith("*"))
            made = self._sets[number] = frozenset(word for word in words if not word.endswith("*")), begun
        return made

    def _restored(self, folded: str, flat: Flat) -> Mapping[str, str]:
        """Disguised words of a text, which may be written out though no shorthand stands there."""
        shorthand = self.compiled.shorthand
        return shorthand.disguised_in(folded, flat.set) if self._restores and shorthand is not None else {}

    def _written_out(self, text: str, folded: View, flat: Flat, restored: Mapping[str, str]) -> WrittenOut | None:
        shorthand = self.compiled.shorthand
        return None if shorthand is None else shorthand.write_out(text, folded, flat.set, restored)

    def _in_shorthand(
        self, hits: Sequence[_Hit], found: set[int], read: _Read, written_out: WrittenOut | None, passed: frozenset[int]
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

    def _in_bare(self, bare: Flat, read: _Read, own: Scratches, passed: frozenset[int]) -> set[int]:
        """What the undisguised words ask for."""
        if self.compiled.bare is None:
            return set()
        hits: list[_Hit] = []
        self.compiled.bare.scan(bare.string.encode(), _note, 0, hits, own.bare)
        return self._anywhere(hits, read, passed)


def _one_byte(folded: str) -> bytes:
    """The folded text with one byte a character: 0xFF for whatever is not ASCII."""
    return folded.encode() if folded.isascii() else _NOT_ASCII.sub("\xff", folded).encode("latin-1")


def applies(rule: Rule, feedback: Feedback) -> bool:
    """Whether the rule applies today, and the facts of the feedback are those that it asks for in `when`."""
    when = rule.when
    if not rule.active:
        return False
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
    trees = [rule.tree] if branches is None else [rule.branches[branch] for branch in branches]
    found = _unexcused(rule, trees, document)
    for reading in readings(document):
        found += _in_code(rule, trees, document, reading)
    return apart(found)


def _unexcused(rule: Rule, trees: Sequence[Tree], document: Document) -> list[Match]:
    found = sorted({match for tree in trees for match in tree.find(document)})
    if found and rule.unless:
        found = [match for match in found if match.capped or not _excused(rule, match, document)]
    return found


def _in_code(rule: Rule, trees: Sequence[Tree], document: Document, reading: Reading) -> Iterator[Match]:
    """What the rule finds in a text as a code reads, where that stands in the text and is not excused there either.

    Where the search gave up, that stays said, whatever the text there is.
    """
    for match in _unexcused(rule, trees, reading.document):
        start, end = reading.span(match.start, match.end)
        there = Match(start, end, f"{match.why}, read {reading.name}", match.capped)
        coded = in_code(document.text[start:end], reading.document.text[match.start : match.end])
        if match.capped or (coded and not _excused(rule, there, document)):
            yield there


def _excused(rule: Rule, match: Match, document: Document) -> bool:
    return any(
        covers(document, excuse, where, match) for tree, where in rule.excuses for excuse in _found(tree, document)
    )


def _found(tree: Tree, document: Document) -> Iterator[Match]:
    yield from tree.find(document)


def excuses(waiver: Waiver, rule: Rule, match: Match, document: Document) -> bool:
    """Whether an exception excuses what a rule found."""
    return waiver.concerns(rule.id, document.feedback) and any(
        covers(document, excuse, "match", match) for excuse in waiver.tree.find(document)
    )


def covers(document: Document, excuse: Match, where: str, match: Match) -> bool:
    """Whether an excuse stands near enough to a match: touching it, in one of its sentences, or anywhere."""
    if where == "text":
        return True
    if where == "sentence":
        first, last = document.sentence_of(match.start, match.end)
        begin, end = document.sentence_of(excuse.start, excuse.end)
        return begin <= last and first <= end
    return excuse.start < match.end and match.start < excuse.end
