"""E-mail addresses, plain and disguised: `a@b.co`, `name (at) host dot com`, `name at gmail`, letters set apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import regex

from ..domains import AT_WORDS, DOT_WORDS, PLAIN_SUFFIXES, PROVIDERS, is_wordy, registered
from ..frequencies import SHARE
from ..matcher import Detector, Kind, Literal, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document
from ..views import View

MAX_CANDIDATES = 100
_MAX_SIGNS = 200
_STOPPED = "stopped at its limit of addresses"
_REACH = 130  # characters on both sides of an at sign: the longest local part and host we look for

# --- words ----------------------------------------------------------------------------------------------------------

# Only mail is there: `name at gmail` has no other reading. The other providers are portals or companies too.
_MAIL_ONLY = frozenset(
    "gmail googlemail hotmail protonmail icloud ymail rocketmail gmx rediffmail interia mailru".split()
)
# Ordinary words: never without an ending.
_VAGUE = frozenset("mail proton wp web live ukr onet libero zoho".split())
_HOSTS = [*PROVIDERS, "яндекс", "мейл"]
_NAMED_HOSTS = frozenset(_HOSTS) - _VAGUE
_AT_STRONG = [*(word for word in AT_WORDS if word != "at"), "klammeraffe"]
# "vera at gmail", "vera et gmail nokta com", "вера ат"; in their languages all are ordinary words.
_AT_WEAK = "at on et ат en bei auf na no su di".split()
_SUFFIX_WORDS = {"c0m": "com", "ком": "com", "ру": "ru"}
# Endings that are words in prose are none behind an at sign.
_SUFFIXES = PLAIN_SUFFIXES | frozenset(
    "me it es at be pt dk no lt lv sk hu hr bg rs kz jp kr cn tw vn th il edu gov email app pro".split()
)
_RESERVED = frozenset("example test invalid tld localhost".split())
_FUNCTION_WORDS = frozenset(
    "a an the i me you he she him her it us we them they my your his their our to of in on at by for is are was "
    "were be and or not all that this which who what am im s t re ve ll d".split()
)
_ROLES = frozenset(
    "info hello hi hey contact sales admin kontakt contacto contato hola ciao enquiries inquiries".split()
)
_UNIT = regex.compile(r"v?\d+(?:[.,]\d+)*(?:[a-z]{1,3})?|[a-z]\d")
_ORDINARY_ENDING = regex.compile(r"(?:ed|ing|ly|ions?|ments?|ness|able|ful|less)$|^\p{L}{,8}(?:ets|ers|als|els)$")
_LEAD = regex.compile(
    r"(?:e-?mail|mail|correo|courriel|posta|poczta|e-?posta|write|reach|contact|hit|ping|message|address|inbox|drop|"
    r"find me|invoices?|escrib\w*|escrev\w*|ecri\w*|scriv\w*|schreib\w*|napisz|pisz\w*|yaz\w*|hubungi|kirim|"
    r"пиши\w*|почт\w*|имейл|мейл)\P{L}"
)
# "oauth2 gmail api": what is built for a provider is no address there.
_BUILT = regex.compile(
    r"\W*(?:api|integration|filters?|rules?|migration|add-?ins?|add-?ons?|plugins?|accounts?|"
    r"signatures?|sync|templates?|setup)\b"
)

# --- how an address is written --------------------------------------------------------------------------------------

# Letters of scripts with spaces: in the others an address stands within a run of letters ("账户是ana@example.com").
_L = r"[[\p{L}\p{M}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]"
_LABEL = rf"{_L}(?:[{_L}-]{{0,61}}{_L})?"
_ANY_LABEL = r"[\p{L}\p{M}\p{N}-]{1,63}"
_DOTS = "|".join([*DOT_WORDS, "d0t"])
_OPEN, _CLOSE = r"[(\[{<*_-]{1,2}", r"[)\]}>*_-]{1,2}"
_DOT = rf"(?:\s?\.\s?|\s?{_OPEN}\s?(?:{_DOTS}|\.)\s?{_CLOSE}\s?|\s+(?:{_DOTS})\s+|,(?=(?:com|net|org)(?!{_L})))"
_PLAIN = (
    rf"(?P<local>\"[^\"\n]{{1,64}}\"|[{_L}.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}|[a-z0-9._+-]{{0,30}}\p{{Han}}{{1,30}})@"
    rf"(?P<host>{_LABEL}(?:\.{_LABEL}){{1,5}}|{_ANY_LABEL}(?:\.{_ANY_LABEL}){{1,5}})"
)
_STRONG = "|".join(_AT_STRONG)
_SIGN = (
    rf"(?P<wrapped>\s?[(\[{{<]\s?(?:{_STRONG}|at|@|ät)(?:\ssign)?\s?[)\]}}>]\s?|(?<=\S)[(\[](?:a|et)[)\]](?=\S)|"
    rf"(?:\s[*_-]|_)(?:{_STRONG}|at)(?:[*_-]\s|_)|(?<={_L})-at-(?={_L}[{_L}-]*-(?:dot|punkt|punto|ponto)-))|"
    rf"(?P<word>\s+(?:{_STRONG}|(?:at|@)[\s-](?:sign|symbol))\s+)|"
    r"(?P<sign>@)|(?P<spaced>\s@\s?|@\s)|"
    rf"(?P<weak>\s+(?:{'|'.join(_AT_WEAK)})\s+|\.at\.(?=(?:{'|'.join(sorted(_MAIL_ONLY))})\.))|"
    rf"(?P<next>\s(?=(?:{'|'.join(_HOSTS)})(?!{_L})))"
)
_PIECE = rf"[{_L}_+%'-]{{1,64}}"
_JOINER = (
    rf"(?:\.|\s+(?:{_DOTS}|underscore|underline)\s+|\s?[(\[]\s?(?:{_DOTS}|underscore)\s?[)\]]\s?|-(?:dot|underscore)-)"
)
_LOCAL = rf"(?r)(?<!{_L})(?<![{_L}]['’-]){_PIECE}(?:{_JOINER}{_PIECE}){{0,3}}"
# "tintenklecks minus berlin punkt de"
_HYPHENS = r"\s(?:minus|dash|hyphen|bindestrich|guion|tiret|trattino|hifen)\s"
_HOST = rf"(?P<label>{_LABEL}(?:{_HYPHENS}{_LABEL})?)(?:(?P<dot>{_DOT})(?P<label>{_LABEL})){{0,3}}(?!{_L})"
_PROVIDER = rf"(?P<name>{'|'.join(_HOSTS)})(?!{_L})(?:\s(?P<suffix>com|ru|net)(?!{_L}))?"
_ANCHOR = (
    rf"@|[(\[{{<*_-]\s?(?:{_STRONG}|at|a|et|ät)(?:\ssign)?\s?[)\]}}>*_-]|\s(?:{_STRONG}|at[\s-](?:sign|symbol))\s|"
    rf"\.at\.|(?<!{_L})(?:{'|'.join(_HOSTS)})(?!{_L})|\s(?:at|ат)\s+{_L}[{_L}-]{{0,62}}{_DOT}(?={_L})"
)
_NAMED = (
    rf"(?<![{_L}@.])(?:{'|'.join(sorted(_MAIL_ONLY))})(?:\s(?:id|address|account|mail|name))?\s?(?::|=|\sis\s|\s-\s)\s*"
    rf"(?P<local>{_PIECE}(?:\.{_PIECE}){{0,3}})(?![{_L}@])"
)


@dataclass(frozen=True, slots=True)
class _Forms:
    """How an address is written, and its parts."""

    plain: regex.Pattern[str]
    sign: regex.Pattern[str]
    local: regex.Pattern[str]  # read backwards from the at sign: the last piece first
    host: regex.Pattern[str]
    provider: regex.Pattern[str]
    anchor: regex.Pattern[str]
    named: regex.Pattern[str]


@cache
def _forms() -> _Forms:
    """The patterns, made at first use: a start need not wait for what most texts do not need."""
    sources = (_PLAIN, _SIGN, _LOCAL, _HOST, _PROVIDER, _ANCHOR, _NAMED)
    return _Forms(*(regex.compile(source, regex.V1) for source in sources))


# Letters set apart, read as words: "m a r k @ g m a i l . c o m".
_APART = regex.compile(r"(?<![^\s(\"'\[:])(?:[\p{L}\p{N}._@-]\s){2,80}[\p{L}\p{N}._@-](?![\p{L}\p{N}@])")


@dataclass(frozen=True, slots=True)
class _Sign:
    """An at sign and what stands on both sides of it, in a view."""

    kind: str  # how the at sign is written; `limit` is none, here the search gave up
    local: str
    start: int
    end: int
    host: str  # "" after a provider without its ending
    dots: str  # how the least plain dot of the host is written: `plain`, `loose` (a space beside it), `said`
    provider: str


def _is_ordinary(word: str) -> bool:
    return word in SHARE or word in _FUNCTION_WORDS or _ORDINARY_ENDING.search(word) is not None


def _looks_like_account(local: str) -> bool:
    """Whether the local part could not be a word of the sentence: `johnny85`, `first_last`, `jessie.rivers`."""
    if _UNIT.fullmatch(local) or not any(char.isalpha() for char in local):
        return False
    if any(char.isdigit() or char in "_+" for char in local) or "underscore" in local:
        return True
    pieces = [piece for piece in regex.split(r"[^\p{L}\p{M}\p{N}'-]+", local) if piece and piece not in DOT_WORDS]
    return len(pieces) > 1 and not all(map(_is_ordinary, pieces))


# --- plain addresses ------------------------------------------------------------------------------------------------


def _without_tail(host: str, written: str) -> str:
    """The host without the word that a missing space added: "foo.com.Thanks" -> "foo.com"; "" if there is none."""
    while "." in host:
        name, _, suffix = host.rpartition(".")
        ending = written[: len(host)].rpartition(".")[2]
        # "me@official.Build quality": a new sentence, not an ending
        new_sentence = ending[:1].isupper() and ending[1:].islower() and name == written[: len(name)]
        if suffix in _RESERVED or (registered(host) and not (new_sentence and suffix not in PLAIN_SUFFIXES)):
            return host
        host = name
    return ""


_HOSTED = regex.compile(r"@[^\s@.]*\.[^\s@]")  # stands in every plain address


def _plain(view: View, text: str) -> Iterator[tuple[int, int, str]]:
    string = view.string
    for found in _forms().plain.finditer(string) if _HOSTED.search(string) else ():
        written = text[slice(*view.span(*found.span("host")))]
        host = _without_tail(found["host"], written)
        local = found["local"].lstrip("!'*/`({|.=#&?")
        before = string[max(0, found.start() - 40) : found.start("host")]
        # "https://user:pass@host" and "git@host:repo" are no mailboxes
        if not host or not local.strip(".") or "://" in before.rpartition(" ")[2]:
            continue
        end = found.start("host") + len(host)
        if local == "git" and string[end : end + 1] == ":":
            continue
        yield (*view.span(found.end("local") - len(local), end), "plain")


# --- disguised addresses --------------------------------------------------------------------------------------------


def _windows(string: str) -> Iterator[tuple[int, int]]:
    """Where to look for at signs: around what only an address or a provider has."""
    start, end = 0, -1
    for found in _forms().anchor.finditer(string):
        if end >= 0 and found.start() - _REACH > end:
            yield start, end
            start = found.start() - _REACH
        elif end < 0:
            start = max(0, found.start() - _REACH)
        end = min(len(string), found.end() + _REACH)
    if end >= 0:
        yield start, end


def _signs(string: str) -> Iterator[_Sign]:
    looked = 0
    for start, end in _windows(string):
        for found in _forms().sign.finditer(string, start, end):
            looked += 1
            if looked > _MAX_SIGNS:
                yield _Sign("limit", "", *found.span(), "", "", "")
                return
            local = _forms().local.match(string, max(0, found.start() - _REACH), found.start())
            if local is not None and any(char.isalpha() for char in local[0]):
                yield from _with_host(string, str(found.lastgroup), local, found.end())


def _with_host(string: str, kind: str, local: regex.Match[str], position: int) -> Iterator[_Sign]:
    """What an at sign may stand before: a host with its dots, else a provider."""
    word = string[local.end() : position].strip(" .\n")
    found = None if kind == "next" else _forms().host.match(string, position, position + _REACH)
    if found and (kind != "weak" or word in ("at", "ат") or found.captures("label")[0] in _NAMED_HOSTS):
        labels, dots = found.captures("label"), found.captures("dot")
        for count in range(len(labels), 1, -1):
            host = ".".join([*labels[: count - 1], _SUFFIX_WORDS.get(labels[count - 1], labels[count - 1])])
            host = _SAID_HYPHEN.sub("-", host)
            how = _dots(dots[: count - 1])
            if _is_host(kind, host, how, dots[: count - 1]):
                end = found.ends("label")[count - 1]
                yield _Sign(kind, local[0], local.start(), end, host, how, labels[0] if labels[0] in _HOSTS else "")
                return
    provider = _forms().provider.match(string, position)
    vague = provider is not None and provider["name"] in _VAGUE
    if provider is not None and (not vague or (provider["suffix"] and word in ("at", "ат", "@"))):
        suffix = provider["suffix"] or ""
        how = "said" if suffix else "plain"
        yield _Sign(kind, local[0], local.start(), provider.end(), suffix, how, provider["name"])


_SAID_HYPHEN = regex.compile(_HYPHENS)


def _dots(dots: Sequence[str]) -> str:
    kinds = {"plain" if dot == "." else "loose" if dot.strip() == "." else "said" for dot in dots}
    return "said" if "said" in kinds else "loose" if "loose" in kinds else "plain"


def _is_host(kind: str, host: str, how: str, dots: Sequence[str]) -> bool:
    """Whether labels are a host: "at all. it", "@name. No" and "at some point in" are prose."""
    suffix = host.rpartition(".")[2]
    if how == "plain" and kind == "sign":
        return False  # a plain address, and judged as one
    if suffix not in _SUFFIXES and (how != "plain" or kind == "weak"):
        return False
    if how == "loose" and suffix not in ("com", "net", "org"):
        apart = dots[-1].startswith(" ") and kind in ("spaced", "wrapped", "word")
        if not apart or is_wordy(suffix) or suffix not in PLAIN_SUFFIXES:
            return False
    said = {dot.strip() for dot in dots}
    if kind == "weak" and ("," in said or ("point" in said and suffix not in ("com", "net", "org", "fr"))):
        return False
    return registered(host) is not None


def _is_loud(view: View, text: str, sign: _Sign) -> bool:
    """Whether the word is written AT, in a text that does not shout: that is how a disguise is made."""
    start, _ = view.span(sign.start, sign.end)
    written = text[start : start + len(sign.local) + 5]
    return " AT " in written and not written[: len(sign.local)].isupper()


def _is_meant(string: str, sign: _Sign, *, loud: bool) -> bool:
    """Whether an at sign joins an account and its host: ordinary words stand before `at` all the time."""
    local = sign.local
    if local in _FUNCTION_WORDS or _UNIT.fullmatch(local) or _BUILT.match(string, sign.end):
        return False
    account = _looks_like_account(local)
    led = _LEAD.search(string, max(0, sign.start - 45), sign.start + 1) is not None
    role = local in _ROLES
    free = role or not _is_ordinary(local)
    if sign.kind in ("wrapped", "word") or (loud and sign.kind == "weak"):
        return bool(sign.host or account or free)
    if sign.kind == "sign":
        return account or led or sign.dots == "said" or (free and (bool(sign.host) or sign.provider in _MAIL_ONLY))
    if sign.kind == "spaced":
        hidden = sign.dots != "plain" and "." in sign.host
        return account or hidden or (free and (led or bool(sign.provider) or role or local in sign.host))
    return _is_meant_weakly(sign, account=account, led=led, free=free)


def _is_meant_weakly(sign: _Sign, *, account: bool, led: bool, free: bool) -> bool:
    if sign.kind == "next":
        return account and (bool(sign.host) or (led and sign.provider in _MAIL_ONLY))
    if account:
        return bool(sign.host or sign.provider in _MAIL_ONLY or led)
    if not free:
        return False
    if sign.provider:
        sure = sign.provider in _MAIL_ONLY
        return led or (bool(sign.host) and (sure or sign.dots == "said") and sign.local not in _ROLES)
    return sign.dots == "said" and not is_wordy(sign.host.rpartition(".")[2]) and (led or sign.local in _ROLES)


def _disguised(view: View, text: str) -> Iterator[tuple[int, int, str]]:
    string = view.string
    for sign in _signs(string):
        if sign.kind == "limit":
            yield (*view.span(sign.start, sign.end), _STOPPED)
            return
        if _is_meant(string, sign, loud=sign.kind == "weak" and _is_loud(view, text, sign)):
            how = "disguised" if sign.host else "provider named"
            yield (*view.span(sign.start, sign.end), how)
    for found in _forms().named.finditer(string):
        # "gmail: winterberry.audio": the account alone, behind the name of the provider
        start, end = view.span(*found.span("local"))
        written = text[start:end].partition(".")[2]
        if _looks_like_account(found["local"]) and not written[:1].isupper() and not _is_host_name(found["local"]):
            yield (*view.span(*found.span()), "provider named")


def _is_host_name(name: str) -> bool:
    """Whether a name is a host that people write: `smtp.example.com` behind `gmail:` is no account."""
    return name.rpartition(".")[2] in ("com", "net", "org", "de", "ru", "io") and registered(name) is not None


def _spans(document: Document, *, disguised: bool) -> Iterator[tuple[int, int, str]]:
    view, text = document.folded, document.text
    yield from _plain(view, text)
    if not disguised:
        return
    yield from _disguised(view, text)
    joined, places = view.without_spaces(_APART)
    if places:
        for start, end, _ in (*_plain(joined, text), *_disguised(joined, text)):
            if any(a < end and start < b for a, b in places):
                yield start, end, "letters set apart"


def _search(disguised: bool, document: Document) -> Iterable[Match]:
    found: list[Match] = []
    spans = sorted(set(_spans(document, disguised=disguised)), key=lambda span: (span[0], -span[1], span[2]))
    for count, (start, end, how) in enumerate(spans):
        capped = count >= MAX_CANDIDATES or how == _STOPPED
        if found and start < found[-1].end and not capped:
            continue
        found.append(Match(start, end, f"e-mail address, {how}, in {document.chain(start, end)}", capped))
        if capped:
            break
    return found


# --- the matcher ----------------------------------------------------------------------------------------------------

_ANY = r"[a-z0-9\xff]"


def _plain_patterns() -> frozenset[str]:
    return frozenset({rf"@{_ANY}[a-z0-9\xff-]{{0,62}}\.{_ANY}"})


def _disguised_trigger() -> Trigger:
    """The signs and words without which no disguised address stands."""
    suffixes = "|".join(sorted(_SUFFIXES | {"c0m"}))
    ascii_dots = [word for word in [*DOT_WORDS, "d0t"] if word.isascii()]
    dots = "|".join(ascii_dots)
    apart = "|".join(r"\s".join(word) for word in (*ascii_dots, *_AT_STRONG, *sorted(_NAMED_HOSTS)) if word.isascii())
    ats = "|".join([*(word for word in _AT_STRONG if word.isascii()), "at", "@"])
    endings = frozenset({*_SUFFIXES, *_SUFFIX_WORDS})
    label = r"[a-z0-9\xff-]{1,63}"
    said = rf"\s(?:at|\xff\xff)\s+{label}"
    near_at = frozenset({*_AT_STRONG, *_AT_WEAK, "sign", "symbol"})
    return Trigger(
        # "point" and "dot" stand in many reviews; an address needs an at sign and an ending besides
        frozenset({Literal(word, beside=(near_at, endings)) for word in ascii_dots if word != "point"})
        | frozenset({Literal("point", beside=(near_at, frozenset("com net org fr c0m ком".split())))})
        | frozenset(Literal(word) for word in DOT_WORDS if not word.isascii())
        | frozenset(Literal(word) for word in (*_AT_STRONG, *_NAMED_HOSTS, "at sign", "at symbol")),
        patterns=frozenset(
            {
                rf"@\s?{_ANY}[a-z0-9\xff-]{{0,62}}\s?\.\s?(?:[a-z0-9\xff-]{{1,63}}\s?\.\s?)?(?:{suffixes}|\xff)",
                rf"@\s?{_ANY}[a-z0-9\xff-]{{0,62}}(?:\s?[(\[{{<*_-]|\s(?:{dots})\s|,(?:com|net|org))",
                rf"@\s{_ANY}\s",
                r"[)\]}>*_-]\s?@",
                r"@\s?(?:sign|symbol)\s",
                rf"@\s?(?:{'|'.join(sorted(_VAGUE))})\s(?:com|ru|net)",
                rf"[(\[{{<*_-]\s?(?:{ats}|a|et|\xfft)(?:\ssign)?\s?[)\]}}>*_-]",
                rf"{said}(?:\.{label})?\.(?:{suffixes}|\xff)(?:[^a-z0-9]|$)",
                rf"{said}(?:\.{label})?\s?[(\[{{<*_-]{{1,2}}\s?(?:{dots}|\.)",
                rf"\s(?:at|\xff\xff)\s+(?:{'|'.join(sorted(_VAGUE))})\s(?:com|ru|net)",
                rf"{said}(?:\s?\.\s?{label})?\s?\.\s?(?:com|net|org|c0m|\xff\xff\xff)(?:[^a-z]|$)",
                r"[a-z0-9]\s\.\s[a-z0-9]\s[a-z0-9]",
                rf"\s(?:{dots})\s[a-z0-9]\s[a-z0-9]",
                rf"\s(?:{apart}|\xff\s\xff\s\xff\s\xff\s\xff)\s",
                r"[(\[{<*_-]\sa\st\s[)\]}>*_-]",
                r"\.at\.[a-z]",
            }
        ),
    )


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher."""
    disguised = bool(options.get("disguised", True))
    trigger = Trigger(patterns=_plain_patterns())
    if disguised:
        trigger |= _disguised_trigger()
    search: Callable[[Document], Iterable[Match]] = partial(_search, disguised)
    return Detector(("email", disguised), trigger, search)


SCHEMA = {
    "description": "E-mail addresses.",
    "type": "object",
    "properties": {"disguised": {"type": "boolean", "description": "Find disguised ones too (true)."}},
    "additionalProperties": False,
}
KIND = Kind("email", "e-mail addresses, disguised ones too", SCHEMA, build, "email: {}")
