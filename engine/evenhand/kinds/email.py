"""E-mail addresses, plain and disguised: `a@b.co`, `name (at) host dot com`, `name at gmail`, `n a m e @ h o s t . c o m`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import regex

from ..domains import AT_WORDS, DOT_WORDS, PLAIN_SUFFIXES, PROVIDERS, registered
from ..frequencies import SHARE
from ..matcher import Detector, Kind, Literal, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document

MAX_CANDIDATES = 100

_DOTS, _ATS, _HOSTS = "|".join(DOT_WORDS), "|".join(AT_WORDS), "|".join(PROVIDERS)
_DOT = rf"(?:\s?\.\s?|\s?[(\[{{<*_-]{{1,2}}\s?(?:{_DOTS}|\.)\s?[)\]}}>*_-]{{1,2}}\s?|\s+(?:{_DOTS})\s+)"
_SIGN = rf"(?:\s?@\s?|\s?[(\[{{<*_-]{{1,2}}\s?(?:{_ATS}|a|@|et|ät)(?:\ssign)?\s?[)\]}}>*_-]{{1,2}}\s?|\s+(?:{'|'.join(AT_WORDS[1:])}|at\ssign)\s+)"
_PIECE = r"[\p{L}\p{N}_+%'-]{1,64}"
_LOCAL = rf"(?P<local>{_PIECE}(?:(?:\.|\s+(?:{_DOTS})\s+|\s?[(\[]\s?(?:{_DOTS})\s?[)\]]\s?){_PIECE}){{0,3}})"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?"
_PLAIN = regex.compile(
    rf"(?:\"[^\"\n]{{1,64}}\"|[\p{{L}}\p{{N}}.!#$%&'*+/=?^_`{{|}}~-]{{1,64}})@{_LABEL}(?:\.{_LABEL}){{1,5}}"
)
_DISGUISED = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}]){_LOCAL}{_SIGN}(?P<host>{_LABEL}(?:{_DOT}{_LABEL}){{1,3}})(?![\p{{L}}\p{{N}}])"
)
_SAID = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}]){_LOCAL}\s+(?:at|on)\s+(?P<host>{_LABEL}(?:{_DOT}{_LABEL}){{1,3}})(?![\p{{L}}\p{{N}}])"
)
_PROVIDER = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}]){_LOCAL}(?:\s?@\s?|{_SIGN}|\s+(?:at|on|en|bei|auf|sur|na|no|su|di)\s+|\s+)(?P<host>{_HOSTS})(?:{_DOT}?\s?(?:com|ru|de|pl|it|fr|ua|net|me)\b)?(?![\p{{L}}\p{{N}}])"
)
_SPACED = regex.compile(r"(?<!\S)(?:[\p{L}\p{N}._@()-]\s){5,80}[\p{L}\p{N}](?!\S)")
_LEAD = regex.compile(
    r"(?:e-?mail|mail|correo|courriel|posta|poczta|e-?posta|write|reach|contact|hit|ping|message|address|inbox|escrib\w*|escrev\w*|ecri\w*|scriv\w*"
    r"|schreib\w*|napisz|pisz\w*|yaz\w*|hubungi|kirim|пиши\w*|почт\w*|имейл|мейл|find|invoice\w*)\P{L}"
)


_AT_ANCHOR = regex.compile(
    rf"@|[(\[{{<*_-]\s?(?:{_ATS}|a|et)\b|(?<![\p{{L}}\p{{N}}])(?:{'|'.join(AT_WORDS[1:])})(?![\p{{L}}\p{{N}}])|\sat\ssign"
)
_SAID_ANCHOR = regex.compile(r"\s(?:at|on)\s")
_HOST_ANCHOR = regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{_HOSTS})(?![\p{{L}}\p{{N}}])")
_REACH = 130  # characters on both sides of an anchor: the longest local part and host we look for


def _around(anchor: regex.Pattern[str], pattern: regex.Pattern[str], string: str) -> Iterator[regex.Match[str]]:
    """Matches of a pattern near an anchor: the pattern itself is too dear for the whole text."""
    end = 0
    for found in anchor.finditer(string):
        if found.start() < end:
            continue
        start, end = max(0, found.start() - _REACH), min(len(string), found.end() + _REACH)
        while start and start < found.start() and string[start - 1].isalnum():
            start += 1
        yield from pattern.finditer(string, start, end)


def _looks_like_account(local: str) -> bool:
    return any(char.isdigit() or char in "._+" for char in local)


def _led(string: str, start: int) -> bool:
    return _LEAD.search(string[max(0, start - 45) : start + 1]) is not None


def _host_of(written: str) -> str:
    parts = regex.split(rf"[^\p{{L}}\p{{N}}-]+(?:(?:{_DOTS})[^\p{{L}}\p{{N}}]+)?", written)
    return ".".join(part for part in parts if part and part not in DOT_WORDS)


def _plain(document: Document) -> Iterator[tuple[int, int, str]]:
    if "@" not in document.folded.string:
        return
    for found in _PLAIN.finditer(document.folded.string):
        start, end = found.span()
        host = found[0].rpartition("@")[2].rstrip(".")
        if registered(host) or host.rpartition(".")[2] in ("example", "test", "invalid", "tld", "localhost"):
            local = found[0].rpartition("@")[0]
            if local.strip(".") and not local.startswith(("/", "=")):
                yield start + len(found[0]) - len(found[0].lstrip("!'*/`({|.")), end, "plain"


def _disguised(document: Document) -> Iterator[tuple[int, int, str]]:
    string = document.folded.string
    for found in _around(_AT_ANCHOR, _DISGUISED, string):
        host = _host_of(found["host"])
        meant = host.rpartition(".")[2] in PLAIN_SUFFIXES or regex.fullmatch(r"[^\s]+", found["host"])
        if meant and registered(host) and _plausible(found, string, strong=True):
            yield (*found.span(), "disguised")
    for found in _around(_SAID_ANCHOR, _SAID, string):
        host = _host_of(found["host"])
        if host.rpartition(".")[2] in PLAIN_SUFFIXES and registered(host) and _plausible(found, string, strong=False):
            yield (*found.span(), "spelled out")
    for found in _around(_HOST_ANCHOR, _PROVIDER, string):
        if found["host"] not in ("mail", "web", "live", "proton", "wp", "ukr") and _plausible(
            found, string, strong=False
        ):
            yield (*found.span(), "provider named")


def _plausible(found: regex.Match[str], string: str, *, strong: bool) -> bool:
    """Whether what stands before the at sign is an account: ordinary words stand before `at` all the time."""
    local, start = found["local"], found.start()
    ordinary = local in SHARE or local in ("info", "sales", "set", "word", "words", "app", "inbox")
    if strong and ("@" in found[0] or not ordinary):
        host_dots = found["host"].count(".")
        spaced = any(char.isspace() for char in found["host"])
        return not (spaced and host_dots and "@" not in found[0] and ordinary)
    if _looks_like_account(local):
        return True
    return not ordinary and _led(string, start)


def _spaced(document: Document) -> Iterator[tuple[int, int, str]]:
    string = document.folded.string
    if "@" not in string and "(at)" not in string:
        return
    for found in _SPACED.finditer(string):
        joined = "".join(found[0].split()).replace("(at)", "@").replace("(dot)", ".")
        inner = _PLAIN.search(joined)
        if inner and registered(inner[0].rpartition("@")[2]):
            yield (*found.span(), "letters set apart")


def _search(document: Document, *, disguised: bool) -> Iterable[Match]:
    spans = list(_plain(document))
    if disguised:
        spans += [*_disguised(document), *_spaced(document)]
    view = document.folded
    found: list[Match] = []
    for count, (start, end, how) in enumerate(sorted(set(spans), key=lambda s: (s[0], -s[1]))):
        if found and view.span(start, end)[0] < found[-1].end:
            continue
        capped = count >= MAX_CANDIDATES
        a, b = view.span(start, end)
        found.append(Match(a, b, f"e-mail address, {how}, in {document.chain(a, b)}", capped))
        if capped:
            break
    return found


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher."""
    disguised = options.get("disguised", True)
    suffixes = "|".join(sorted(PLAIN_SUFFIXES))
    ascii_dots = "|".join(word for word in DOT_WORDS if word.isascii())
    trigger = Trigger(
        patterns=frozenset(
            {
                r"@[a-z0-9\xff][a-z0-9\xff-]{0,62}\.[a-z0-9\xff]",
                rf"@\s?[a-z0-9\xff][a-z0-9\xff-]{{0,62}}\s?\.\s?(?:[a-z0-9\xff-]{{1,63}}\s?\.\s?)?(?:{suffixes}|\xff)",
                rf"@\s?[a-z0-9\xff][a-z0-9\xff-]{{0,62}}(?:\s?[(\[{{<*_-]|\s+(?:{ascii_dots})\s)",
                r"@\s[a-z0-9\xff]\s",
                r"[)\]}>*_-]\s?@",
            }
        )
    )
    if disguised:
        near_at = (frozenset({*AT_WORDS, "a", "et", "on"}),)
        trigger |= Trigger(
            frozenset({Literal(word, beside=near_at) for word in DOT_WORDS})
            | frozenset(Literal(word) for word in AT_WORDS if word not in ("at",))
            | frozenset(
                Literal(word) for word in PROVIDERS if word not in ("mail", "web", "live", "proton", "wp", "ukr")
            ),
            patterns=frozenset(
                {
                    rf"[(\[{{<*_-]\s?(?:{'|'.join(w for w in AT_WORDS if w.isascii())}|a|et|@)\s?[)\]}}>*_-]",
                    rf"\s(?:at|on)\s+[a-z0-9\xff-]{{1,63}}(?:\s?\.\s?[a-z0-9\xff-]{{1,63}})?\s?\.\s?(?:{suffixes})",
                }
            ),
        )
    return Detector(("email", disguised), trigger, lambda document: _search(document, disguised=disguised))


SCHEMA = {
    "description": "E-mail addresses.",
    "type": "object",
    "properties": {"disguised": {"type": "boolean", "description": "Find disguised ones too (true)."}},
    "additionalProperties": False,
}
KIND = Kind("email", "e-mail addresses, disguised ones too", SCHEMA, build, "email: {}")
