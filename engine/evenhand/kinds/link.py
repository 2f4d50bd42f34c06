"""Links: addresses of pages, plain and disguised; all of them, or those of certain domains, endings or words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import regex

from ..domains import DOT_WORDS, PLAIN_SUFFIXES, is_wordy, registered
from ..errors import OptionError, nearest
from ..frequencies import SHARE
from ..matcher import Detector, Kind, Literal, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document
from ..views import View, fold

MAX_LINKS = 200

# --- which endings prose does not write by a missing space ----------------------------------------------------------

# "bueno.es un", "done.pk", "alone.la": short words of one language or another, besides those that `domains` knows.
_SHORT_WORDS = frozenset("es la si su il et au za ve ne ma mo ni pa sa na ke ka ng al by la mr ms st pt".split())
# "see README.md": what a name before one of these stands for is a file.
_FILES = frozenset("ai md mk ml mov ps py rs sh so st vi zip".split())
_SOURCES = frozenset("md mk ps py sh".split())
_OTHER_FILES = frozenset(
    "css csv doc docx eps gif html java jpg js json jsx pdf php png ps psd svg ts txt xls xlsx xml yaml".split()
)
_MORE = frozenset(
    "cc edu gov mil mobi icu cyou asia ws pw jp cn ir kr tw vn hu sg sk kz bg th hk hr uz lt lv ee rs lk np om qa "
    "kw eg gr ge nu cx рф рус укр бел".split()
)
_PLAIN = PLAIN_SUFFIXES | _MORE
# Words that are endings too: before the end of a sentence they are more likely one ("find it at brambleton.in.").
_AT_SENTENCE_END = frozenset(
    "it in us id me ch ro se fi be at to my am es pt pro top name click pics video fun life live online world one "
    "webcam blog best sexy link fans home casa desi guru work media rocks store shop host art love today cloud "
    "space wiki page bio site tech design photo photos social email chat zone lol wtf gay dating la si su nu".split()
)
_SURE = frozenset("com net org info biz xyz mobi icu edu gov mil xxx porn".split())
# The second part of endings of two: "co.in", "ac.uk".
_SECOND = "co com net org ac gov edu or ne go gob nic gen ltd plc sch nhs".split()
_NOT_HOSTS = frozenset("etc ltd inc pvt corp vs st no eg ie mr mrs dr asp vb ado microsoft socket ml ef".split())
_ENGLISH_ENDING = regex.compile(r"(?:ed|ing|ly|able|ible|ness|tion|ment|ments|tions|ful|less|ous)$")

# --- how a link is written ------------------------------------------------------------------------------------------

# Letters of scripts with spaces: in the others a domain stands within a run of letters ("看example.com吧").
_L = r"[[\p{L}\p{M}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]"
_LABEL = rf"{_L}(?:[{_L}_-]{{0,62}})"
_URL = (
    rf"(?:(?P<scheme>(?<!{_L})[a-z][a-z+]{{1,11}}\s?:\s?/\s?/\s?)(?:[^\s/@]{{1,80}}@)?|(?P<www>(?<![{_L}@])www\d?\.)|"
    rf"(?<![{_L}@_-]|@\s)(?<![{_L}@.]\.))"
    rf"(?P<host>(?>{_LABEL}(?:\.{_LABEL}){{1,6}}))(?!@)(?P<port>:\d{{2,5}}(?!\d))?"
    rf"(?P<path>[/?#](?:[[^\s<>\"]--[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Hangul}}\p{{Thai}}]])*)?"
)
_ANCHOR = regex.compile(r"\.[^\s!-/:-@\[-`{-~]|:\s?/")  # one of these stands in every plain link
_SCHEME, _HOST = 16, 480  # no scheme or host is longer
_ADDRESS = regex.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_AT_END = regex.compile(r"\s*(?:[,;!?)\]\n]|\.+(?:\s|$)|$)")

_WORDS = "|".join([*DOT_WORDS, "d0t"])
_WRAPPED = rf"\s?[(\[{{<]\s?(?:{_WORDS}|\.|,)\s?[)\]}}>]\s?"
_HIDDEN_DOT = rf"(?:{_WRAPPED}|\s+(?:{_WORDS})\s+|\s\.\s?|\.\s|\s?[•·∙⋅●]\s?|,)"
_SLASH = r"(?:/|[(\[{<]?\s?(?:slash|barra|schragstrich|barre oblique|garis miring|слэш|слеш)\s?[)\]}>]?)"
_HIDDEN = (
    rf"(?:(?<!{_L})[a-z]{{2,6}}\s?:\s?/\s?/\s?|(?<![{_L}@.]|@\s))"
    rf"(?P<label>{_LABEL})(?:(?P<dot>\.|{_HIDDEN_DOT})(?P<label>{_LABEL})){{1,4}}(?!@)"
    rf"(?P<path>(?:\s?{_SLASH}\s?[\w.-]+)*)"
)
_HIDDEN_ANCHOR = (
    rf"{_WRAPPED}|\s(?:{_WORDS})\s|\s\.\s?(?:com|net|org|xxx|porn)\b|\.\s(?:com|xxx|porn)\b|www\s?\.\s|"
    r",(?:com|xxx)\b|[•·∙⋅●]\s?(?:com|xxx)\b"
)
_REACH = 140  # characters on both sides of a hidden dot
_AFTER_AT = regex.compile(r"(?:@|[(\[{<]\s?(?:at|a|@)\s?[)\]}>])\s?$")
_SAID_SUFFIXES = {"c0m": "com", "ком": "com", "ру": "ru"}
# "the dot com boom", "a dot net developer": the endings themselves are spoken of.
_DETERMINERS = frozenset(
    "a an the this that his her my your our their its of and or to from off early old new every each any".split()
)
_SPOKEN_OF = regex.compile(
    r"\s*(?:era|boom|bubble|bust|crash|start-?ups?|millionaires?|developers?|core|framework|apps?|programmers?|code|"
    r"backend|stack|domains?|addresse?s?|extensions?|suffix(?:es)?|tld|version)(?!\p{L})"
)
_JOINED_TO = regex.compile(r"\s+(?:for|and|or|to)\s")  # "swap .com for .xxx"
# Letters set apart, read as words: "f a n s l y dot c o m".
_APART = regex.compile(r"(?<![^\s(\"'\[:])(?:[\p{L}\p{N}:/@._-]\s){2,80}[\p{L}\p{N}:/@._-](?![\p{L}\p{N}@])")

# Endings that a space may stand before, after a name that a rule gives; and such names with the endings they may have.
_SPACE_SUFFIXES = ("com", "net", "org", "tv", "ee", "xxx")
_Pairs: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]

# Words that hold another one innocently: "essex" is no "sex".
_INNOCENT = regex.compile(
    r"(?:es|sus|wes|middle)sex|sext(?:ant|et|on|upl)|denud|cummi[tn]|unisex|bisex|asex|xxx(?=[ivl])"
)
_LEET = str.maketrans("013457@$", "oieastas")


@dataclass(frozen=True, slots=True)
class _Forms:
    """How a link is written, plain and disguised, and what a disguised one has."""

    plain: regex.Pattern[str]
    hidden: regex.Pattern[str]
    hidden_anchor: regex.Pattern[str]


@cache
def _forms() -> _Forms:
    """The patterns, made at first use: a start need not wait for what most texts do not need."""
    return _Forms(*(regex.compile(source, regex.V1) for source in (_URL, _HIDDEN, _HIDDEN_ANCHOR)))


@dataclass(frozen=True, slots=True)
class Found:
    """A link: where in the text, its host, its path, how it is written.

    `grade` is `sure` (a scheme, `www.` or a path), `bare` (a name that looks like a domain) or `unclear` (the ending is
    a word too: taken only by a rule that asks for this very domain, ending or word). `limit` is no link: here the
    search gave up.
    """

    start: int
    end: int
    host: str
    path: str
    how: str
    grade: str = "bare"

    @property
    def spellings(self) -> tuple[str, ...]:
        """Where words are looked for: as written, and with digits read as letters where it is surely a link."""
        if self.grade == "unclear":
            return (self.host.rpartition(".")[0],)
        where = self.host + self.path
        return where, where.translate(_LEET)


def _is_public(host: str) -> bool:
    """Whether the host lies under a public suffix; the list is loaded only for endings that are not well known."""
    name, _, suffix = host.rpartition(".")
    if suffix in _SURE and name:
        return True
    return registered(host) is not None


def _is_ordinary(label: str) -> bool:
    return (len(label) > 1 and label in SHARE) or label in _NOT_HOSTS or _ENGLISH_ENDING.search(label) is not None


def _without_tail(host: str) -> str:
    """The host without the words a missing space added: "example.com.thanks" -> "example.com"; "" if there is none."""
    while "." in host and not _is_public(host):
        host = host.rpartition(".")[0]
    return host if "." in host else ""


def _path_end(path: str) -> int:
    """The length of a path without the punctuation and the closing brackets of the sentence around it."""
    end = len(path)
    if path.endswith("'s"):
        end -= 2
    extra = {closing: path.count(closing) - path.count(opening) for closing, opening in _CLOSING.items()}
    while end:
        last = path[end - 1]
        if last in _CLOSING and extra[last] > 0:
            extra[last] -= 1
        elif last not in ".,;:!?'*":
            break
        end -= 1
    return end


# --- plain links ----------------------------------------------------------------------------------------------------


def _plain(view: View, text: str) -> Iterator[Found]:
    string = view.string
    for found in _whole(string):
        leads, begin = bool(found["scheme"] or found["www"]), found.start("host")
        host, path, end = _parts(found, leads)
        if not host:
            continue
        written = text[slice(*view.span(begin, begin + len(host)))]
        grade = "sure" if leads else _grade(host, path, written, string, (begin, end))
        if grade:
            yield Found(*view.span(found.start(), end), host, path, "plain", grade)


def _whole(string: str) -> Iterator[regex.Match[str]]:
    """Plain links, looked for at their dots and schemes: the pattern is too dear for the whole text."""
    pattern, end = _forms().plain, 0
    for anchor in _ANCHOR.finditer(string):
        at, stop = anchor.span()
        if at < end:
            continue
        if string[at] == ":":
            first, stop = max(end, at - _SCHEME), stop + _HOST
        else:
            first = at
            while first > end and first > at - _HOST and not string[first - 1].isspace():
                first -= 1
        while near := pattern.search(string, first, stop):
            if near.start() >= anchor.end():
                break
            if found := pattern.match(string, near.start()):
                end = found.end()
                yield found
                break
            first = near.start() + 1


def _parts(found: regex.Match[str], leads: bool) -> tuple[str, str, int]:
    """The host, the path and where they end, without what belongs to the sentence; no host where there is no link."""
    host = found["host"].rstrip("_-")
    begin = found.start("host")
    if _ADDRESS.fullmatch(host):
        whole = host if leads or regex.match(r"/[a-z]", found["path"] or "") else ""
    else:
        whole = _without_tail(host)
    if whole != host or len(host) < len(found["host"]):  # a path behind a tail is not this host's
        return whole, "", begin + len(whole)
    path = (found["path"] or "")[: _path_end(found["path"] or "")]
    if path:
        return whole, path, found.start("path") + len(path)
    return whole, "", found.end("port") if found["port"] else begin + len(whole)


def _grade(host: str, path: str, written: str, string: str, span: tuple[int, int]) -> str:
    """How far a bare name was meant as a domain: `done.so` and `main.py` were not."""
    name, _, suffix = host.rpartition(".")
    if regex.match(r"/[\w~@%-]", path) and not _is_file_or_word(name, suffix, path):
        return "sure"
    ending = written.rpartition(".")[2]
    if not (ending.islower() or written.isupper() or ending == "Com" or (ending.isalpha() and not ending.isascii())):
        return ""
    labels = name.split(".")
    if span[0] and string[span[0] - 1] == "/" and suffix not in _SURE:
        return ""  # "/tmp/out.log" is a file on a disk
    if labels[-1] in _NOT_HOSTS or (len(labels) > 1 and host.count(".") == sum(len(part) == 1 for part in labels)):
        return ""
    doubtful = is_wordy(suffix) or suffix in _SHORT_WORDS or suffix in _FILES or suffix not in _PLAIN
    if suffix in _SURE and len(labels[-1]) > 1:
        return "bare"
    if not doubtful and not _is_ordinary(labels[-1]) and len(labels[-1]) > 1:
        return "bare"
    if len(labels) > 1 and labels[-1] in _SECOND and len(suffix) == 2 and not _is_ordinary(labels[-2]):
        return "bare"
    ends = suffix in _AT_SENTENCE_END and _AT_END.match(string, span[1])
    return "bare" if ends and len(labels[-1]) > 2 and not any(map(_is_ordinary, labels)) else "unclear"


def _is_file_or_word(name: str, suffix: str, path: str) -> bool:
    """Whether a name with a path is prose or files: `works.in/out`, `logo.ai/eps`, `app.py/main.rs`."""
    tail = path[1:].strip("/")
    if suffix in _SOURCES or (
        suffix in _FILES and (tail in _OTHER_FILES or tail in _FILES or regex.fullmatch(r"[\w-]+\.[a-z]{2,4}", tail))
    ):
        return True
    prose = is_wordy(suffix) or suffix in _SHORT_WORDS or suffix not in _PLAIN
    return prose and regex.fullmatch(r"[a-z.]+", tail) is not None and _is_ordinary(name.rpartition(".")[2])


# --- disguised links ------------------------------------------------------------------------------------------------


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


def _hidden(view: View) -> Iterator[Found]:
    string = view.string
    for count, found in enumerate(_around(_forms().hidden_anchor, _forms().hidden, string)):
        if count >= MAX_LINKS:
            yield Found(*view.span(*found.span()), "", "", "", "limit")
            return
        if _AFTER_AT.search(string, max(0, found.start() - 8), found.start()):
            continue
        labels, dots = found.captures("label"), found.captures("dot")
        labels[-1] = labels[-1].rstrip("_-")
        full = len(labels)
        while len(labels) > 1:
            suffix = _SAID_SUFFIXES.get(labels[-1], labels[-1])
            host = ".".join([*labels[:-1], suffix])
            path = "".join(found["path"].split()) if len(labels) == full else ""
            end = found.ends("label")[len(labels) - 1]
            if grade := _hidden_grade(labels, suffix, dots[: len(labels) - 1], path, string[end : end + 24]):
                if _is_public(host):
                    path = regex.sub(rf"^{_SLASH}", "/", path)
                    start, stop = view.span(found.start(), found.end() if path else end)
                    yield Found(start, stop, host, path, "disguised", grade)
                    break
            labels.pop()


def _hidden_grade(labels: Sequence[str], suffix: str, dots: Sequence[str], path: str, after: str) -> str:
    """How far labels with hidden dots between them were meant as a domain; "" for not at all."""
    hidden = [dot for dot in dots if dot != "."]
    name = labels[-2]
    if not hidden or (suffix not in _PLAIN and not path and labels[0] != "www"):
        return ""
    wordy = is_wordy(suffix) or suffix in _SHORT_WORDS or suffix in _FILES
    if any(dot.strip()[:1] in tuple("([{<") for dot in hidden):
        return "bare"
    if name in _DETERMINERS or name in _NOT_HOSTS or (not path and _SPOKEN_OF.match(after)):
        return ""
    if any(any(char.isalpha() for char in dot) for dot in hidden):
        return _said_grade(name, suffix, hidden, path, wordy)
    if labels[0] == "www" or (path and suffix in _PLAIN and not wordy):
        return "bare"
    meant = suffix in ("com", "xxx", "porn") and not _is_ordinary(name) and len(name) > 2
    return "bare" if meant and not _JOINED_TO.match(after) else ""


def _said_grade(name: str, suffix: str, dots: Sequence[str], path: str, wordy: bool) -> str:
    english = any(dot.strip() in ("dot", "point") for dot in dots)
    if any(dot.strip() == "point" for dot in dots) and suffix not in ("com", "net", "org", "fr"):
        return ""
    if suffix == "net" and _is_ordinary(name):
        return ""
    return "unclear" if wordy and english and not path else "bare"


def _named(view: View, names: regex.Pattern[str]) -> Iterator[Found]:
    """Domains that a rule names, with a space for the dot: `examplehub com /name`."""
    for found in names.finditer(view.string):
        start, end = view.span(*found.span())
        path = regex.sub(rf"^{_SLASH}", "/", "".join(found["path"].split()))
        yield Found(start, end, f"{found['name']}.{found['suffix']}", path, "without its dot")


# --- which links a rule wants ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which links are asked for; nothing at all asks for every link."""

    domains: tuple[str, ...] = ()
    tlds: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    bare: bool = True

    @property
    def everything(self) -> bool:
        """Whether every link is asked for."""
        return not (self.domains or self.tlds or self.words)

    def takes(self, link: Found) -> bool:
        """Whether a link is one of those."""
        if any(_of_domain(link, domain) for domain in self.but) or (not self.bare and link.grade != "sure"):
            return False
        if self.everything:
            return link.grade != "unclear"
        if link.host.rpartition(".")[2] in self.tlds or any(_of_domain(link, domain) for domain in self.domains):
            return True
        return self._holds_word(link)

    def _holds_word(self, link: Found) -> bool:
        for spelling in link.spellings if self.words else ():
            clean = _INNOCENT.sub("-", spelling)
            if any(word in clean for word in self.words):
                return True
        return False


def _of_domain(link: Found, domain: str) -> bool:
    """An entry is a domain, a domain with the start of a path, or a name that any suffix may follow."""
    name, slash, path = domain.partition("/")
    if slash and not link.path.lstrip("/").startswith(path):
        return False
    hosts = {link.host} if link.grade == "unclear" else {link.host, link.host.translate(_LEET)}
    if "." in name:
        return any(host == name or host.endswith("." + name) for host in hosts)
    return any(name in host.split(".")[:-1] for host in hosts)


# --- the matcher ----------------------------------------------------------------------------------------------------


def _links(document: Document, obfuscated: bool) -> list[Found]:
    """Every link, found once a document for all rules that ask for some of them."""
    view, text = document.folded, document.text
    links = [*_plain(view, text)]
    if obfuscated:
        links += _hidden(view)
        joined, places = view.without_spaces(_APART)
        if places:
            links += [
                Found(link.start, link.end, link.host, link.path, "letters set apart", link.grade)
                for link in (*_plain(joined, text), *_hidden(joined))
                if any(start < link.end and link.start < end for start, end in places)
            ]
    return sorted(links, key=lambda link: (link.start, -link.end, link.host))


def _search(document: Document, wanted: Wanted, obfuscated: bool, pairs: _Pairs) -> Iterable[Match]:
    links = document.once(("links", obfuscated), lambda: _links(document, obfuscated))
    if pairs:
        named = _named(document.folded, _names_pattern(pairs))
        links = sorted((*links, *named), key=lambda link: (link.start, -link.end, link.host))
    matches: list[Match] = []
    for count, link in enumerate(links):
        if link.grade == "limit":
            matches.append(Match(link.start, link.end, "link: stopped at its limit of links", capped=True))
            break
        if not wanted.takes(link) or (matches and link.start < matches[-1].end):
            continue
        capped = count >= MAX_LINKS
        chain = document.chain(link.start, link.end)
        matches.append(Match(link.start, link.end, f"link to {link.host}, {link.how}, in {chain}", capped))
        if capped:
            break
    return matches


def _spaced_names(domains: Sequence[str]) -> _Pairs:
    """Names of domains with the endings a space may stand before: "zoom us" is no link, "examplehub com" is one."""
    pairs = []
    for domain in domains:
        name, _, suffix = domain.partition("/")[0].partition(".")
        if len(name) >= 4 and name.isalnum() and (not suffix or suffix in _SPACE_SUFFIXES):
            pairs.append((name, (suffix,) if suffix else _SPACE_SUFFIXES))
    return tuple(pairs)


@cache
def _names_pattern(pairs: _Pairs) -> regex.Pattern[str]:
    each = "|".join(rf"(?P<name>{name})\s(?P<suffix>{'|'.join(suffixes)})" for name, suffixes in pairs)
    return regex.compile(rf"(?<![{_L}@._-])(?:{each})(?![{_L}])(?P<path>(?:\s?{_SLASH}\s?[\w.-]+)*)", regex.V1)


def _trigger(wanted: Wanted, obfuscated: bool, pairs: _Pairs) -> Trigger:
    suffixes = "|".join(sorted(suffix for suffix in _PLAIN if suffix.isascii()))
    seconds = "|".join(_SECOND)
    patterns = {
        r":\s?/\s?/\s?[a-z0-9\xff]",
        r"www\d?\.",
        rf"[a-z0-9\xff_-]\.(?:{suffixes})(?:[^a-z0-9@]|$)",
        rf"[a-z0-9\xff_-]\.(?:{seconds})\.[a-z][a-z](?:[^a-z]|$)",
        rf"[a-z0-9\xff_-]\.(?:{'|'.join(sorted(_AT_SENTENCE_END))})(?:[\s,;!?)\]./]|$)",
        r"\.[a-z0-9\xff][a-z0-9\xff-]{0,62}(?::\d{2,5})?/[a-z0-9\xff~@_%-]",
    }
    literals = frozenset(Literal(suffix) for suffix in _PLAIN if not suffix.isascii())
    if not wanted.everything:
        patterns |= {rf"\.{regex.escape(tld)}(?:[^a-z0-9]|$)" for tld in wanted.tlds if tld.isascii()}
        patterns |= {
            rf"{regex.escape(word)}[a-z0-9\xff._-]{{0,63}}\.[a-z\xff]" for word in wanted.words if word.isascii()
        }
        hosts = {domain.partition("/")[0] for domain in wanted.domains}
        if not all(word.isascii() for word in (*wanted.words, *wanted.tlds, *hosts)):
            patterns.add(r"\xff\.[a-z\xff]")
        patterns |= {regex.escape(host) + ("" if "." in host else r"\.[a-z\xff]") for host in hosts if host.isascii()}
    if obfuscated:
        words, hidden = _hidden_trigger()
        literals |= words | {Literal(f"{name} {suffix}") for name, suffixes in pairs for suffix in suffixes}
        patterns |= hidden
    return Trigger(literals, patterns=frozenset(patterns))


# Endings that are common words: behind a "dot" they make an address only with a path behind them.
_SMALL_WORDS = tuple("in it is so at be me my no to am do as us id la".split())


def _hidden_trigger() -> tuple[frozenset[Literal], frozenset[str]]:
    """The words and signs without which no disguised link stands."""
    endings = frozenset(
        {*_PLAIN, *_SAID_SUFFIXES, "www", "slash", "barra", "schragstrich", "oblique", "miring", "слэш", "слеш"}
    )
    words = {word: endings for word in [*DOT_WORDS, "d0t"] if word.isascii()}
    words["point"] = frozenset("com net org fr c0m ком".split())
    words["dot"] = words["d0t"] = endings - frozenset(_SMALL_WORDS)
    literals = frozenset(Literal(word, beside=(beside,)) for word, beside in words.items())
    literals |= {Literal(word) for word in DOT_WORDS if not word.isascii()}
    ascii_dots = "|".join(words)
    ascii_apart = "|".join(r"\s".join(word) for word in words)
    patterns = {
        rf"[(\[{{<]\s?(?:{ascii_dots}|\.|,)\s?[)\]}}>]",
        r"[a-z0-9\xff_-]\s\.\s?(?:com|net|org|xxx|porn)(?:[^a-z]|$)",
        r"[a-z0-9\xff_-]\.\s(?:com|xxx|porn)(?:[^a-z]|$)",
        r"[a-z0-9]\s\.\s[a-z0-9]\s[a-z0-9]",
        rf"\s(?:{ascii_dots})\s{{1,2}}[a-z0-9]\s[a-z0-9]",
        rf"\s(?:{ascii_apart}|\xff\s\xff\s\xff\s\xff\s\xff)\s",
        r"[.\xff]\s(?:c\so\sm|x\sx\sx|p\so\sr\sn)(?:[^a-z]|$)",
        r"w\s?w\s?w\s?\.\s",
        r"[a-z0-9\xff_-],(?:com|xxx)(?:[^a-z0-9]|$)",
        r"\xff\s?(?:com|xxx)(?:[^a-z0-9]|$)",
        r"\s:\s/\s/\s",
        rf"\s(?:dot|d0t)\s{{1,2}}(?:{'|'.join(_SMALL_WORDS)})\s?/",
    }
    return literals, frozenset(patterns)


def _listed_words(options: Any, key: str, surroundings: Surroundings) -> tuple[str, ...]:
    value = options.get(key, ())
    if not isinstance(value, dict):
        return tuple(fold(word).string for word in value)
    name = value["list"]
    if name not in surroundings.lists:
        raise OptionError(f"unknown list `{name}`", nearest(name, surroundings.lists), (key, "list"))
    return tuple(fold(phrase.template).string for phrase in surroundings.lists[name])


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher from what is asked for."""
    wanted = Wanted(
        _listed_words(options, "domains", surroundings),
        frozenset(word.lstrip(".") for word in _listed_words(options, "tlds", surroundings)),
        _listed_words(options, "words", surroundings),
        _listed_words(options, "except", surroundings),
        bool(options.get("bare", True)),
    )
    obfuscated = bool(options.get("obfuscated", True))
    pairs = _spaced_names(wanted.domains) if obfuscated and wanted.bare else ()
    trigger = _trigger(wanted, obfuscated, pairs)
    return Detector(
        ("link", wanted, obfuscated), trigger, lambda document: _search(document, wanted, obfuscated, pairs)
    )


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
        "bare": {"type": "boolean", "description": "Take a domain without scheme, `www.` or path too (true)."},
        "obfuscated": {"type": "boolean", "description": "Find disguised ones too (true)."},
    },
    "additionalProperties": False,
}
KIND = Kind("link", "links, disguised ones too", SCHEMA, build, "link: {domains: [example.com]}")
