"""Links: addresses of pages, plain and disguised; all of them, or those of certain domains, endings or words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import regex

from ..domains import DOT_WORDS, PLAIN_SUFFIXES, is_wordy, registered
from ..errors import OptionError, nearest
from ..matcher import Detector, Kind, Literal, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document, fold

MAX_LINKS = 200

_DOTS = "|".join(DOT_WORDS)
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,62})"
_PATH = r"(?:[/?#][^\s<>\"'\])}]*)?"
_URL = regex.compile(
    rf"(?:(?P<scheme>h(?:tt|xx)ps?|ftp)\s?:\s?/\s?/\s?(?:[^\s/@]{{1,80}}@)?|(?P<www>www\d?\.))?"
    rf"(?<![\p{{L}}\p{{N}}@._-]|@\s)(?P<host>{_LABEL}(?:\.{_LABEL}){{1,6}})\.?(?::\d{{2,5}})?(?P<path>{_PATH})"
)
_HIDDEN_DOT = rf"(?:\s?[(\[{{<]\s?(?:{_DOTS}|\.|,)\s?[)\]}}>]\s?|\s+(?:{_DOTS})\s+|\s\.\s?|\s?\.\s)"
_HIDDEN = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}@.])(?P<host>{_LABEL}(?:(?:{_HIDDEN_DOT}|\.){_LABEL}){{1,3}})(?P<path>(?:\s?(?:/|slash)\s?[\w.-]+)*)"
)
_SPACED = regex.compile(r"(?<!\S)(?:[\p{L}\p{N}/:._-]\s){4,80}[\p{L}\p{N}](?!\S)")


@dataclass(frozen=True, slots=True)
class Found:
    """A link in the folded text: where, its host, its path."""

    start: int
    end: int
    host: str
    path: str
    how: str


def _links(document: Document, *, obfuscated: bool) -> Iterator[Found]:
    string = document.folded.string
    for found in _URL.finditer(string):
        host, path = found["host"].strip("._-"), found["path"] or ""
        if registered(host) and (found["scheme"] or found["www"] or _meant(document, found, host, path)):
            end = found.end() - (len(path) - len(path.rstrip(".,;:!?"))) if path else found.start("host") + len(host)
            yield Found(found.start(), end, host, path, "plain")
    if obfuscated:
        yield from _hidden(string)


def _meant(document: Document, found: regex.Match[str], host: str, path: str) -> bool:
    """Whether a bare name was meant as a domain: `done.so` and `main.py` were not."""
    suffix = host.rpartition(".")[2]
    if path.startswith("/") and len(path) > 1:
        return True
    if suffix not in PLAIN_SUFFIXES:
        return False
    start, end = document.folded.span(found.start("host"), found.start("host") + len(host))
    written = document.text[start:end].rpartition(".")[2]
    if not (written.islower() or document.text[start:end].isupper()):
        return False
    if is_wordy(suffix):
        return path.startswith("/") or any(char.isdigit() or char == "-" for char in host)
    return len(host.rpartition(".")[0]) > 1


_HIDDEN_ANCHOR = regex.compile(
    rf"[(\[{{<]\s?(?:{_DOTS}|\.|,)\s?[)\]}}>]|\s(?:{_DOTS})\s|\s\.\s?\p{{L}}|\.\s(?:com|net|xxx|porn)(?!\p{{L}})"
)
_REACH = 140  # characters on both sides of a hidden dot


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


def _hidden(string: str) -> Iterator[Found]:
    for found in _around(_HIDDEN_ANCHOR, _HIDDEN, string):
        written = found["host"]
        parts = [part for part in regex.split(r"[^\p{L}\p{N}_-]+", written) if part and part not in DOT_WORDS]
        host = ".".join(parts)
        if "." not in host or regex.fullmatch(r"[\p{L}\p{N}._-]+", written):
            continue
        spelled = regex.search(rf"[(\[{{<]|\s(?:{_DOTS})\s", written) is not None
        if registered(host) and (spelled or parts[-1] in ("com", "xxx", "net", "porn")) and parts[-1] in PLAIN_SUFFIXES:
            if (spelled and is_wordy(parts[-1])) or (not spelled and not regex.search(r"\s\.\s?", written)):
                continue
            yield Found(
                found.start(), found.end(), host, "".join(found["path"].split()).replace("slash", "/"), "disguised"
            )
    for found in _SPACED.finditer(string):
        joined = "".join(found[0].split())
        inner = _URL.fullmatch(joined)
        if inner and registered(inner["host"]) and inner["host"].rpartition(".")[2] in PLAIN_SUFFIXES:
            yield Found(found.start(), found.end(), inner["host"], inner["path"] or "", "letters set apart")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which links are asked for; nothing at all asks for every link."""

    domains: tuple[str, ...] = ()
    tlds: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def takes(self, link: Found) -> bool:
        """Whether a link is one of those."""
        if any(_of_domain(link, domain) for domain in self.but):
            return False
        if not (self.domains or self.tlds or self.words):
            return True
        if link.host.rpartition(".")[2] in self.tlds or any(_of_domain(link, domain) for domain in self.domains):
            return True
        where = link.host + link.path
        return any(word in where for word in self.words)


def _of_domain(link: Found, domain: str) -> bool:
    """An entry is a domain, a domain with the start of a path, or a name that any suffix may follow."""
    name, slash, path = domain.partition("/")
    if slash and not link.path.lstrip("/").startswith(path):
        return False
    if "." in name:
        return link.host == name or link.host.endswith("." + name)
    return name in link.host.split(".")[:-1]


def _all_links(document: Document, obfuscated: bool) -> list[Found]:
    """Every link, found once a document for all rules that ask for some of them."""
    return sorted(_links(document, obfuscated=obfuscated), key=lambda link: (link.start, -link.end))


def _search(document: Document, wanted: Wanted, obfuscated: bool) -> Iterable[Match]:
    matches: list[Match] = []
    links = document.once(("links", obfuscated), lambda: _all_links(document, obfuscated))
    for count, link in enumerate(links):
        start, end = document.folded.span(link.start, link.end)
        if not wanted.takes(link) or (matches and start < matches[-1].end):
            continue
        capped = count >= MAX_LINKS
        matches.append(Match(start, end, f"link to {link.host}, {link.how}, in {document.chain(start, end)}", capped))
        if capped:
            break
    return matches


def _words(options: Any, key: str, surroundings: Surroundings) -> tuple[str, ...]:
    value = options.get(key, ())
    if not isinstance(value, dict):
        return tuple(fold(word).string for word in value)
    name = value["list"]
    if name not in surroundings.lists:
        raise OptionError(f"unknown list `{name}`", nearest(name, surroundings.lists), (key, "list"))
    return tuple(fold(phrase.template).string for phrase in surroundings.lists[name])


def _trigger(wanted: Wanted, obfuscated: bool) -> Trigger:
    suffixes = "|".join(sorted(wanted.tlds or PLAIN_SUFFIXES))
    patterns = {
        r"://",
        r":\s?/\s?/",
        r"www\d?\.",
        rf"[a-z0-9\xff-]\.(?:{suffixes})(?:[^a-z0-9]|$)",
        r"\.[a-z0-9\xff-]{1,63}(?::\d{2,5})?/[^\s]",
    }
    literals: frozenset[Literal] = frozenset()
    if obfuscated:
        endings = frozenset(wanted.tlds or PLAIN_SUFFIXES)
        literals = frozenset(Literal(word, beside=(endings,)) for word in DOT_WORDS)
        ascii_dots = "|".join(word for word in DOT_WORDS if word.isascii())
        patterns |= {
            rf"[(\[{{<]\s?(?:{ascii_dots}|\.|,)\s?[)\]}}>]",
            r"[a-z0-9\xff]\s\.\s?(?:com|net|xxx|porn)",
            r"[a-z0-9\xff]\s?\.\s(?:com|net|xxx|porn)(?:[^a-z]|$)",
            r"[a-z0-9]\s\.\s[a-z]\s[a-z]",
        }
    return Trigger(literals, patterns=frozenset(patterns))


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher from what is asked for."""
    wanted = Wanted(
        _words(options, "domains", surroundings),
        frozenset(word.lstrip(".") for word in _words(options, "tlds", surroundings)),
        _words(options, "words", surroundings),
        _words(options, "except", surroundings),
    )
    obfuscated = options.get("obfuscated", True)
    # a link to a wanted domain is a link all the same, so the trigger asks for any; words make it rarer where they can
    trigger = _trigger(Wanted(), obfuscated)
    return Detector(("link", str(options)), trigger, lambda document: _search(document, wanted, obfuscated))


def _listed(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "type": ["array", "object"],
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "properties": {"list": {"type": "string", "description": "The name of a list."}},
        "required": ["list"],
        "additionalProperties": False,
    }


SCHEMA = {
    "description": "Links; with any of `domains`, `tlds`, `words` only those that fit one of them.",
    "type": "object",
    "properties": {
        "domains": _listed(
            "Domains (`t.me`), with the start of a path (`reddit.com/r/x`), or names before any suffix."
        ),
        "tlds": _listed("Endings, such as `xxx`."),
        "words": _listed("Words in the host or the path."),
        "except": _listed("Domains to leave out."),
        "obfuscated": {"type": "boolean", "description": "Find disguised ones too (true)."},
    },
    "additionalProperties": False,
}
KIND = Kind("link", "links, disguised ones too", SCHEMA, build, "link: {domains: [example.com]}")
