"""Accounts on social networks and messengers: `@name on IG`, `telegram: name_k`, `discord name#4417`, `u/name`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from ..errors import OptionError, nearest
from ..frequencies import SHARE
from ..matcher import Detector, Kind, Literal, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document
from ..views import View, fold, split_words

MAX_HANDLES = 100
_REACH = 40  # characters between an @name and the service it is on

# --- words ----------------------------------------------------------------------------------------------------------

SERVICES = (
    "instagram insta ig snapchat snap telegram telega tg whatsapp watsapp whatsap wa wechat weixin viber skype "
    "discord twitter tiktok facebook fb linkedin behance dribbble kik reddit youtube threads vk imo messenger "
    "signal line zalo kakao kakaotalk mastodon bluesky pinterest twitch onlyfans fansly x wickr телеграм телеграмм телега "
    "тг инста инстаграм инстаграме вотсап ватсап вайбер скайп телеграме дискорд вк टेलीग्राम इंस्टाग्राम व्हाट्सएप "
    "تلغرام تيليجرام انستغرام واتساب"
).split()
# These are ordinary words too: a name must follow behind a sign, not just stand there.
_ORDINARY = frozenset("line signal messenger threads imo wa x vk".split())
# Short forms that hardly anybody writes but before a name.
_CODES = frozenset("ig tg insta telega snapchat wickr kik".split())
# "@everyone", "@media", "@property": signs of other trades.
_NOT_NAMES = frozenset(
    "all angular apply autowired bean channel charset component config dataclass deprecated entity everyone export "
    "font-face get here id import include inject injectable input keyframes layer media mention mentions mixin "
    "module named nestjs nonnull nullable output override page param path post property props pytest react "
    "repository rest return returns route service password passwords someone staticmethod supports test tests "
    "throws todo transactional types user username vue".split()
)
# "telegram: aiogram3 bot", "instagram: 3_posts weekly": what the service is used or built for follows.
_WORK = (
    "ads? api app audience bots? calls? campaigns? captions? channels? clients? clone content engagement feeds? "
    "feature filters? followers? format group groups growth handler integration library likes login manager "
    "marketing mini module page pages plugin passwords? posts? profile profiles reels? script sdk server setup shop "
    "stickers? stories story strategy template templates token tool videos? views? web webhook widget"
).split()
_WORK_NEXT = regex.compile(rf"\W{{0,2}}(?:{'|'.join(_WORK)})(?!\p{{L}})")
_WORK_NAME = regex.compile(rf"(?:{'|'.join(_WORK)})")
_TECHNICAL = frozenset("ads api client config http https oauth plugin script sdk token webhook webhooks www".split())
_TICKETS = frozenset(
    "ticket issue invoice order pr bug case task build room milestone item ref version release day".split()
)
_ENGLISH_ENDING = regex.compile(
    r"(?:ed|ing|ly|ive|ent|ant|ence|ance|als?|ous|able|ible|ics?|ful|less|ness|ions?|ments?|ate|ers?|ors?|ist|ish|"
    r"ty|ies|[^s]s|gy|line|ige|ures?|ary|ory|some|like|wise|ward|proof|ken|ight)$"
)
_UNIT = regex.compile(r"[a-z]{0,2}\d+(?:[.,]\d+)*[a-z]{0,3}")

# --- how an account is written --------------------------------------------------------------------------------------

_L = r"[\p{L}\p{M}\p{N}]"
_LINK_WORDS = (
    r"is|id|ist|es|est|handle|user\s?name|user|usuario|nick|nickname|name|account|acc|contact|as|under|at|me|e|to|it's|"
    r"hesabim|nik|arroba|arobase|chiocciola|klammeraffe"
)
_LINK = (
    rf"(?:\s{{0,2}}(?:(?:{_LINK_WORDS}|ник|логин|аккаунт|यूजरनेम)(?![\p{{L}}\p{{M}}\p{{N}}_.-])|"
    r"[:=(,➜➡→👉]|-(?:>|(?![a-z0-9]))|@(?=\s)))"
)
_NAME = r"[a-z0-9](?:[a-z0-9._-]{1,28}[a-z0-9_])"
_SAID = r"underscore|underline|dot|punkt|punto|ponto|point|kropka|nokta|tiret bas|guion bajo|unterstrich"
_SAID_NAME = rf"{_NAME}(?:\s(?:{_SAID})\s[a-z0-9]{{2,20}}){{1,3}}"
_AT_NAME = regex.compile(rf"(?<![a-z0-9@./_-])@(?P<name>{_NAME})(?![a-z0-9@/(])")
_TAG = regex.compile(r"(?<![\p{L}\p{N}#/])(?P<name>(?P<word>[\p{L}\p{N}][\p{L}\p{N}._-]{1,31})#\d{4})(?!\d)")
_SKYPE = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])(?P<name>live(?::|\scolon\s)(?:\.cid\.)?(?:{_SAID_NAME}|[a-z0-9](?:[a-z0-9._-]{{1,38}}[a-z0-9])))"
)
_REDDIT = regex.compile(rf"(?<![\p{{L}}\p{{N}}/.])(?P<name>/?u/{_NAME})")
_LED = regex.compile(
    r"(?:add|find|follow|dm|pm|text|message|reach|contact|ping|hit|write|catch|call|see)\s"
    r"(?:me|us|him|her|them)(?!\p{L})|"
    r"(?<!\p{L})(?:i'm|i am|im|he's|he is|she's|she is|known|named|called|nick(?:name)?|username|handle)(?!\p{L})"
)
_OF_SOMEBODY = regex.compile(r"(?:my|his|her|our)\s(?:\p{L}+\s)?$")
_ENDS = regex.compile(r"\s*(?:[.,;!)\n]|$)")
_PREPOSITION_WORDS = "on|in|over|via|en|auf|bei|sur|su|na|no|di|sa|pe|para|par"
_PREPOSITION = rf"(?:{_PREPOSITION_WORDS}|в|на|у)"
# Letters set apart, read as words: "snap: b r a m b l e underscore fox".
_APART = regex.compile(r"(?<![^\s(\"'\[:])(?:[\p{L}\p{N}:@._-]\s){2,40}[\p{L}\p{N}._-](?![\p{L}\p{N}@])")


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What is looked for, made from the names of the services."""

    after: regex.Pattern[str]  # `service [is|id|:|...] name`
    near: regex.Pattern[str]  # a service that stands alone
    before: regex.Pattern[str]  # `name on service`, `name (service)`
    services: frozenset[str]
    bare: bool


@cache
def _patterns(services: tuple[str, ...], bare: bool) -> _Patterns:
    """The patterns, made at first use: a start need not wait for what most texts do not need."""
    names = "|".join(regex.escape(word) for word in sorted(services, key=len, reverse=True))
    service = rf"(?P<service>{names})(?!{_L})"
    return _Patterns(
        regex.compile(
            rf"(?<![{_L}@/._-]){service}(?P<link>{_LINK}{{0,4}}+)\s{{0,2}}"
            rf"(?P<name>@?(?:{_SAID_NAME}|{_NAME}))(?![a-z0-9@/])",
            regex.V1,
        ),
        regex.compile(rf"(?<![{_L}@./]){service}", regex.V1),
        regex.compile(
            rf"(?<![{_L}@./_-])(?P<name>@?{_NAME})"
            rf"(?P<join>\s{{1,2}}{_PREPOSITION}\s{{1,2}}(?:(?:my|the|mi|meu)\s)?|\s?\((?=[^()]{{2,20}}\)))"
            rf"{service}",
            regex.V1,
        ),
        frozenset(services),
        bare,
    )


def _is_ordinary(word: str) -> bool:
    return (
        len(word) < 5
        or word in SHARE
        or _ENGLISH_ENDING.search(word) is not None
        or _WORK_NAME.fullmatch(word) is not None
    )


def _account_look(name: str, written: str) -> bool:
    """Whether a word has the look of an account rather than of prose: a digit, an underscore or a dot in it."""
    if (
        not any(char.isalpha() for char in name)
        or _UNIT.fullmatch(name)
        or regex.split(r"[._\d]", name)[0] in _TECHNICAL
    ):
        return False
    if " " in name or any(char.isdigit() or char == "_" for char in name):
        return True
    head, dot, tail = name.partition(".")
    if not dot or tail in ("com", "net", "org", "it", "in", "js", "py", "io") or head == "etc":
        return False
    # "the best.From now on": a missing space, no name
    new_sentence = written.partition(".")[2][:1].isupper() and not written[:1].isupper()
    return not new_sentence and not all(len(part) < 3 or part in SHARE for part in name.split("."))


def _after_service(view: View, text: str, patterns: _Patterns) -> Iterator[tuple[int, int, str]]:
    """`service [is|id|:|...] name`."""
    string = view.string
    for found in patterns.after.finditer(string, overlapped=True):
        name, link, service = found["name"].lstrip("@"), found["link"], found["service"]
        if found.start("name") == found.end("service") or not _may_be_name(string, found, name, patterns):
            continue
        # "on telegram, @name on snapchat": the name belongs to what follows
        if _is_apart(view, text, found) or ("," in link and patterns.before.match(string, found.start("name"))):
            continue
        written = text[slice(*view.span(found.end("name") - len(name), found.end("name")))]
        words = frozenset(split_words(link))
        signed = any(sign in link for sign in ":=@(") or found["name"].startswith("@")
        if found["name"].startswith("@"):
            taken = True
        elif _account_look(name, written):
            plain = service not in _ORDINARY
            said = signed or bool(words & {"id", "username", "handle"}) or ("as" in words and _is_on(string, found))
            taken = plain or (said and not name[0].isdigit())
        else:
            taken = _is_named(string, found, name, words, signed=signed)
        if taken:
            end = found.end("name")
            end += "(" in link and string[end : end + 1] == ")"
            yield (*view.span(found.start("service"), end), service)


def _is_apart(view: View, text: str, found: regex.Match[str]) -> bool:
    """Whether the letters of the service itself are set apart: other kinds look for its name."""
    written = text[slice(*view.span(*found.span("service")))]
    return len(written.split()) > len(found["service"].split())


def _is_on(string: str, found: regex.Match[str]) -> bool:
    """Whether somebody is *on* the service: "she's on line as", but not "in line as"."""
    return string[: found.start("service")].endswith((" on ", " via ", " auf ", " en ", " su "))


def _may_be_name(string: str, found: regex.Match[str], name: str, patterns: _Patterns) -> bool:
    """Whether nothing speaks against a name: `@everyone`, `4k`, `Instagram is instagram`, `telegram: aiogram3 bot`."""
    if name in _NOT_NAMES or name in patterns.services or _UNIT.fullmatch(name):
        return False
    return _WORK_NEXT.match(string, found.end()) is None


def _is_named(string: str, found: regex.Match[str], name: str, words: frozenset[str], *, signed: bool) -> bool:
    """Whether a plain word is the name of an account: it is no common word, and the statement ends with it."""
    service, start = found["service"], found.start("service")
    if service in _ORDINARY or _is_ordinary(name) or not _ENDS.match(string, found.end()):
        return False
    if words & {"id", "username", "handle", "user", "nick", "nickname", "usuario"}:
        return True
    if _OF_SOMEBODY.search(string, max(0, start - 25), start):
        return len(name) > 6 and (signed or "-" in found["link"] or "is" in words or not words)
    led = _LED.search(string, max(0, start - 40), start) is not None
    if signed and "is" not in words:
        return len(name) > 6
    if words & {"as", "under"}:
        return led and len(name) > 6
    alone = regex.search(r"(?:^|[.,;!\n(])\s*$", string[max(0, start - 5) : start]) is not None
    return service in _CODES and not words and len(name) > 6 and (led or alone)


def _before_service(view: View, text: str, patterns: _Patterns) -> Iterator[tuple[int, int, str]]:
    """`@name` with a service near it, `name_7 on service`, `name_7 (service)`."""
    string = view.string
    for found in _AT_NAME.finditer(string):
        name = found["name"]
        if not _may_be_name(string, found, name, patterns):
            continue
        written = text[slice(*view.span(*found.span("name")))]
        service = _service_near(view, text, found, patterns) if _account_look(name, written) else None
        if service:
            yield (*view.span(*found.span()), service)
    for found in patterns.before.finditer(string, overlapped=True):
        name = found["name"].lstrip("@")
        if not _may_be_name(string, found, name, patterns) or _is_apart(view, text, found):
            continue
        written = text[slice(*view.span(found.end("name") - len(name), found.end("name")))]
        signed = found["name"].startswith("@") and found["service"] not in _ORDINARY
        if signed or _account_look(name, written) or _is_led(string, found, name):
            end = found.end("name") if found["name"].startswith("@") else found.end()
            end += "(" in found["join"] and end == found.end()
            yield (*view.span(found.start("name"), end), found["service"])


def _service_near(view: View, text: str, found: regex.Match[str], patterns: _Patterns) -> str | None:
    """A service within a few words of an @name; one that is an ordinary word must stand right beside it."""
    string = view.string
    start, end = max(0, found.start() - _REACH), min(len(string), found.end() + _REACH)
    for service in patterns.near.finditer(string, start, end):
        if _is_apart(view, text, service):
            continue
        between = (
            string[service.end() : found.start()]
            if service.end() <= found.start()
            else string[found.end() : service.start()]
        )
        count = len(between.split())
        if count <= (2 if service["service"] in _ORDINARY else 5):
            return str(service["service"])
    return None


def _is_led(string: str, found: regex.Match[str], name: str) -> bool:
    """`find me as brambleton on telegram`."""
    if len(name) < 7 or found["service"] in _ORDINARY or _is_ordinary(name) or not _ENDS.match(string, found.end()):
        return False
    before = string[max(0, found.start() - 30) : found.start()]
    return (
        _LED.search(before) is not None
        and regex.search(r"\b(?:as|under|am|i'm|im|is|named|called|nick)\s$", before) is not None
    )


def _tags(document: Document, services: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    """Accounts that are told by their form alone: `name#4417`, `u/name`, `live:.cid.9f31`."""
    view, string = document.folded, document.folded.string
    if "discord" in services and "discord" in document.flat.set:
        for found in _TAG.finditer(string):
            if found["word"] not in _TICKETS:
                yield (*view.span(*found.span("name")), "discord")
    for found in _REDDIT.finditer(string) if "reddit" in services else ():
        name = found["name"].rpartition("/")[2]
        if "reddit" in string or (len(name) > 3 and _account_look(name, name)):
            yield (*view.span(*found.span("name")), "reddit")
    for found in _SKYPE.finditer(string) if "skype" in services else ():
        name = regex.split(r":|\scolon\s", found["name"])[1]
        if ".cid." in found["name"] or "skype" in string or _account_look(name, name):
            yield (*view.span(*found.span("name")), "skype")


def _spans(document: Document, patterns: _Patterns) -> Iterator[tuple[int, int, str]]:
    text = document.text
    yield from _tags(document, patterns.services)
    yield from _after_service(document.folded, text, patterns)
    yield from _before_service(document.folded, text, patterns)
    joined, apart = document.once("handle letters", lambda: document.folded.without_spaces(_APART))
    if apart:
        yield from _after_service(joined, text, patterns)
        yield from (span for span in _before_service(joined, text, patterns) if span[2] not in _ORDINARY)
    if patterns.bare:
        for found in _AT_NAME.finditer(document.folded.string):
            if found["name"] not in _NOT_NAMES and not _UNIT.fullmatch(found["name"]):
                yield (*document.folded.span(*found.span()), "no service named")


def _search(document: Document, patterns: _Patterns) -> Iterable[Match]:
    matches: list[Match] = []
    spans = sorted(set(_spans(document, patterns)), key=lambda span: (span[0], -span[1], span[2]))
    for count, (start, end, service) in enumerate(spans):
        if matches and start < matches[-1].end:
            continue
        capped = count >= MAX_HANDLES
        matches.append(Match(start, end, f"account ({service}) in {document.chain(start, end)}", capped))
        if capped:
            break
    return matches


# --- the matcher ----------------------------------------------------------------------------------------------------


def _services(options: Any, surroundings: Surroundings) -> tuple[str, ...]:
    value = options.get("services")
    if value is None:
        return tuple(SERVICES)
    if isinstance(value, dict):
        if value["list"] not in surroundings.lists:
            raise OptionError(
                f"unknown list `{value['list']}`", nearest(value["list"], surroundings.lists), ("services", "list")
            )
        value = [phrase.template for phrase in surroundings.lists[value["list"]]]
    return tuple(fold(word).string for word in value)


def _trigger(services: Sequence[str], bare: bool) -> Trigger:
    """The services, and signs where a service is an ordinary word."""
    literals = frozenset(Literal(" ".join(split_words(word))) for word in services if word not in _ORDINARY)
    forms = {"skype": r"live(?::|\scolon\s)[a-z0-9.]", "reddit": r"(?:^|[^a-z0-9])u/[a-z0-9]"}
    patterns = {pattern for service, pattern in forms.items() if service in services}
    if bare:
        patterns.add(r"@[a-z0-9]")
    ordinary = "|".join(regex.escape(word) for word in services if word in _ORDINARY)
    if ordinary:  # the other services are literals: where one stands, the trigger is pulled already
        gap = r"[^a-z0-9]"
        patterns |= {
            rf"@[a-z0-9][^\x00]{{0,75}}{gap}(?:{ordinary})(?:{gap}|$)",
            rf"(?:^|{gap})(?:{ordinary}){gap}[^\x00]{{0,42}}@\s?[a-z0-9]",
            rf"(?:^|{gap})(?:{ordinary}){gap}{{1,14}}(?:(?:{_LINK_WORDS}){gap}{{1,14}}){{0,4}}"
            r"(?:[a-z][a-z0-9._-]{0,30}(?:[0-9_]|\.[a-z0-9])|[a-z0-9]\s[a-z0-9]\s[a-z0-9])",
            r"[0-9_.][a-z0-9_]{0,30}\s?"
            rf"(?:\(|{gap}{{1,2}}(?:{_PREPOSITION_WORDS}){gap}{{1,2}}(?:(?:my|the|mi|meu){gap})?)"
            rf"(?:{ordinary})(?:{gap}|$)",
        }
    return Trigger(literals, patterns=frozenset(patterns))


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher for the services."""
    services = _services(options, surroundings)
    bare = bool(options.get("bare", False))
    return Detector(
        ("handle", services, bare),
        _trigger(services, bare),
        lambda document: _search(document, _patterns(services, bare)),
    )


SCHEMA = {
    "description": "Accounts on social networks and messengers.",
    "type": "object",
    "properties": {
        "services": {
            "description": "Names of the services (default: the usual ones); a list of words, or `{list: name}`.",
            "type": ["array", "object"],
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "properties": {"list": {"type": "string", "description": "The name of a list."}},
            "required": ["list"],
            "additionalProperties": False,
        },
        "bare": {"type": "boolean", "description": "Take an `@name` without a service too (false)."},
    },
    "additionalProperties": False,
}
KIND = Kind("handle", "accounts on social networks and messengers", SCHEMA, build, "handle: {}")
