"""Leet, repeats and letters that stand apart, undone: what a text says beneath its disguise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

import regex

from .views import Flat, View, split_words

_LEET = str.maketrans("013456789@$!|+<€£¥¢¡§×∂∩∪⊂", "oieasgtbgasiitceiycisxdnuc")
_LEET_SIGNS = "013-9@$!|+<€£¥¢¡§×∂∩∪⊂"
# A word written with signs for letters: a sign before a letter, or digits and money signs behind one.
_LEET_WORD = re.compile(
    rf"(?<![^\s\"'(\[<.,;:/-])(?=[^\s.,;:/]*[a-z])[a-z{_LEET_SIGNS}]*(?:[{_LEET_SIGNS}][a-z]|[a-z][013-9@$€£¥¢])[a-z0-9@$|€£¥¢]*(?:[!+](?=[a-z])[a-z0-9@$|€£¥¢]*)*"
)
_SIGNED = re.compile(rf"(?<!\S)[^\s{_LEET_SIGNS}]*+[{_LEET_SIGNS}]\S*")  # what may hold such a word
_LETTER = re.compile("[a-z]")
_DIGIT = re.compile("[0-9]")
_DOTTED = re.compile(r"[\W_]*(?=[^\W\d_][\W_](?:.[\W_])*[^\W\d_])[^\W_](?:[\W_][^\W_]){2,}[\W_]*")  # f!u!c!k, s-h-1-t
_SPACED_LEET = re.compile(rf"(?<!\S)(?:[a-z{_LEET_SIGNS}]\s){{2,}}[a-z{_LEET_SIGNS}](?!\S)")
# The same in Cyrillic, where other signs stand for other letters.
_LEET_CYRILLIC = str.maketrans("03461@$89!", "озчбиасвяи")
_LEET_CYRILLIC_WORD = re.compile(
    r"(?<![^\s\"'(\[<.,;:/-])[а-яіїєґ0-9@$!]*(?:[а-яіїєґ][034618@$9!]+[а-яіїєґ]|(?<![0-9])[0346@][а-яіїєґ]{2})[а-яіїєґ0-9@$]*"
)
_CYRILLIC = re.compile("[а-яіїєґ]")
_UNITS = re.compile(
    r"\$?\d+(?:st|nd|rd|th|k|x|d|am|pm|h|hr|hrs|m|min|mins|mb|gb|tb|kb|km|cm|mm|kg|px|s|ms|p|fps|w|usd|eur|ft|lbs?|oz|yrs?|rs|mp|mph|[kmg]?hz|dd|er|stars?)?\+?|[a-z]{1,2}\d|[a-z]\d+|\d+[a-z]\d*",
    re.A,
)
# "@united" is a mention; what a leading @ disguises is short and goes on with a consonant: "@sshole", "@nal".
_MENTION = re.compile(r"@(?:[aeiou]|[a-z]{8})")
BARE_KEY = str.maketrans("l", "i")
_LONG_RUN = re.compile(r"([^\W\d_])\1\1")


def squeeze(word: str) -> str:
    """Runs of one letter made single."""
    return "".join(char for char, _ in groupby(word))


def bare_key(word: str) -> str:
    """The form under which the disguised and the plain spelling of a word meet: `a$$hole` and `asshole` give `ashoie`."""
    return squeeze(word.translate(BARE_KEY))


def undo_leet(folded: str) -> str:
    """The folded text with signs and digits read as letters; as long as it was."""

    def replace(match: re.Match[str]) -> str:
        word = match[0]
        return word if _UNITS.fullmatch(word) or _MENTION.match(word) else word.translate(_LEET)

    def undo(chunk: re.Match[str]) -> str:
        if _DOTTED.fullmatch(chunk[0]):  # the signs between single letters stand for no letter
            return _DIGIT.sub(lambda digit: digit[0].translate(_LEET), chunk[0])
        if _CYRILLIC.search(chunk[0]):
            return _LEET_CYRILLIC_WORD.sub(lambda word: word[0].translate(_LEET_CYRILLIC), chunk[0])
        return _LEET_WORD.sub(replace, chunk[0])

    string = _SIGNED.sub(undo, folded)
    return _SPACED_LEET.sub(lambda m: m[0].translate(_LEET) if _LETTER.search(m[0]) else m[0], string)


_RUN = re.compile(r"([^\W\d_])\1+")
# Three or more single letters with a gap between them, one and the same or any signs: "f.u.c.k", "f u c k", "f_u-c*k".
_SPACED_LETTERS = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?P<gap>\s\s|[\W_])[^\W\d_](?:(?P=gap)[^\W\d_])+|(?:(?:[^\w\s]|_)[^\W\d_]){2,})(?![^\W_])"
)
# Beside such a run two letters with the same sign between them are a word too: "r.a.t.e m.e", but not "e.g.".
_PAIR = re.compile(r"(?<![^\s\"'(])(?!e\.g|i\.e|[ap]\.m|u\.[sk]|e\.u)[^\W\d_]([^\w\s]|_)[^\W\d_](?=[^\w\s]*(?:\s|$))")
_GAP = re.compile(r"[\W_]+")
# A picture or a sign within a word: "wo🔥rk", "st_ars".
_WITHIN = regex.compile(r"(?<=[^\W\d_])[[_~^=*\p{So}\p{Sk}]--[`]]{1,3}(?=[^\W\d_])", regex.V1)


def _stands_plain(chunk: str) -> bool:
    return not (_LONG_RUN.search(chunk) or _WITHIN.search(chunk))


def gaps(leet: str) -> Iterator[tuple[int, int]]:
    """What stands between letters that are one word."""
    for run in _apart(leet):
        yield from (gap.span() for gap in _GAP.finditer(leet, *run.span()))
    yield from (gap.span() for gap in _WITHIN.finditer(leet))


def _apart(leet: str) -> list[re.Match[str]]:
    """Where letters are set apart."""
    runs = list(_SPACED_LETTERS.finditer(leet))
    if not runs:
        return runs
    signs = {gap[0] for run in runs for gap in _GAP.finditer(run[0])}
    return runs + [pair for pair in _PAIR.finditer(leet) if pair[1] in signs]


def repeats(leet: str) -> bool:
    """Whether some letter stands three times in a row."""
    return _LONG_RUN.search(leet) is not None


def plain_keys(folded: str, leet: str) -> list[str]:
    """The keys (see `bare_key`) of the words in which nothing is disguised, letters set apart included."""
    chunks = zip(folded.split(), leet.split(), strict=True)
    plain = " ".join(chunk for chunk, undone in chunks if chunk == undone and _stands_plain(chunk))
    return split_words(_RUN.sub(r"\1", plain.translate(BARE_KEY)))


def undoing_steps(folded: str, leet: str) -> Iterator[str]:
    """What was undone in a stretch of the folded text, in words."""
    yield from (f"leet ({a} -> {b})" for a, b in dict.fromkeys(zip(folded, leet, strict=True)) if a != b)
    yield from (f"spacing ({run[0]} -> {_GAP.sub('', run[0])})" for run in _apart(leet))
    yield from (f"within a word ({gap} -> nothing)" for gap in dict.fromkeys(_WITHIN.findall(leet)))
    yield from (f"repeats ({run[0] * 3}... -> {run[0]})" for run in dict.fromkeys(_LONG_RUN.findall(leet)))


def _is_plain(folded: str, leet: str) -> bool:
    return leet == folded and _stands_plain(leet) and not _SPACED_LETTERS.search(leet)


def undisguised_string(folded: str) -> str | None:
    """What `undisguise` shows, without its map to the text: cheap enough to look whether the map is worth making."""
    leet = undo_leet(folded)
    if _is_plain(folded, leet):
        return None
    kept, at = "", 0
    for start, end in sorted(gaps(leet)):
        kept += leet[at:start]
        at = max(at, end)
    return _RUN.sub(r"\1", (kept + leet[at:]).translate(BARE_KEY))


def undisguised_flat(folded: str) -> Flat | None:
    """The words of what `undisguise` shows; None where nothing is disguised."""
    string = undisguised_string(folded)
    return None if string is None else Flat(split_words(string))


def undisguise(view: View) -> View | None:
    """Leet signs read as letters, letters set apart joined, runs of a letter made single, l and i made one.

    None where nothing is disguised.
    """
    leet = undo_leet(view.string)
    if _is_plain(view.string, leet):
        return None
    between = {p for gap in gaps(leet) for p in range(*gap)}
    kept = [p for p in range(len(leet)) if p not in between]
    keyed = "".join(map(leet.__getitem__, kept)).translate(BARE_KEY)
    repeated = {p for run in _RUN.finditer(keyed) for p in range(run.start() + 1, run.end())}
    firsts = [p for p in range(len(keyed)) if p not in repeated]
    lasts = [*(p - 1 for p in firsts[1:]), len(keyed) - 1]
    starts, ends = view.starts or range(len(leet)), view.ends or range(1, len(leet) + 1)
    return View(
        "".join(map(keyed.__getitem__, firsts)), [starts[kept[p]] for p in firsts], [ends[kept[p]] for p in lasts]
    )
