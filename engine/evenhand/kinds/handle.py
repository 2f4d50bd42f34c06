"""Accounts on social networks and messengers: `@name on IG`, `telegram: name_k`, `discord name#4417`, `u/name`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import regex

from ..errors import OptionError, nearest
from ..frequencies import SHARE
from ..matcher import Detector, Kind, Literal, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document, fold, split_words

MAX_HANDLES = 100
_REACH = 40  # characters between an @name and the service it is on

SERVICES = (
    "instagram insta ig snapchat snap telegram telega tg whatsapp watsapp whatsap wa wechat weixin viber skype discord twitter "
    "tiktok facebook fb linkedin behance dribbble kik reddit youtube threads vk imo messenger signal line zalo kakaotalk mastodon "
    "bluesky pinterest twitch onlyfans fansly телеграм телеграмм телега тг инста инстаграм инстаграме вотсап ватсап вайбер скайп "
    "телеграме дискорд вк टेलीग्राम इंस्टाग्राम व्हाट्सएप تلغرام تيليجرام انستغرام واتساب"
).split()
# These are ordinary words too: a name must follow behind a sign, not just stand there.
_ORDINARY = frozenset("line signal snap messenger threads imo wa x vk".split())
_LINKS = r"(?:\s*(?:is|id|ist|es|est|handle|user(?:name)?|nick(?:name)?|name|account|acc|as|under|at|me|:|=|-|–|->|@|\(|,|e|é|to|hesab\w*|nik|ник|логин|यूजरनेम))"
_NAME = r"[a-z0-9](?:[a-z0-9._-]{1,28}[a-z0-9_])"
_AT_NAME = regex.compile(rf"(?<![a-z0-9@./_-])@\s?(?P<name>{_NAME})(?![a-z0-9@/])")
_TAG = regex.compile(r"(?<![\p{L}\p{N}#/])(?P<name>[\p{L}\p{N}][\p{L}\p{N}._-]{1,31}#\d{4})(?!\d)")
_SKYPE = regex.compile(r"(?<![\p{L}\p{N}])(?P<name>live:[a-z0-9._-]{3,40})")
_REDDIT = regex.compile(rf"(?<![\p{{L}}\p{{N}}/.])(?P<name>/?u/{_NAME})")


def _account_look(name: str) -> bool:
    """Whether a word has the look of an account rather than of prose: a digit, an underscore or a dot in it."""
    has_letter = any(char.isalpha() for char in name)
    inner = "_" in name or ("." in name.strip(".") and not name.endswith((".com", ".it", ".in")))
    return has_letter and (any(char.isdigit() for char in name) or inner)


def _after_service(string: str, services: str) -> Iterator[tuple[int, int, str]]:
    """`service [is|id|:|...] name`."""
    pattern = regex.compile(
        rf"(?<![\p{{L}}\p{{N}}@/._-])(?P<service>{services})(?P<link>{_LINKS}{{0,4}})\s*(?P<name>@?{_NAME})(?![a-z0-9@/])"
    )
    for found in pattern.finditer(string, overlapped=True):
        name, link = found["name"].lstrip("@"), found["link"]
        if not link and found.start("name") == found.end("service"):
            continue
        signed = found["name"].startswith("@") or any(sign in link for sign in ":=@")
        ordinary = found["service"] in _ORDINARY
        word = name.strip("._-")
        if found["name"].startswith("@") or (_account_look(word) and (signed or not ordinary or "id" in link.split())):
            yield found.start("service"), found.end("name"), found["service"]
        elif (
            signed
            and not ordinary
            and word not in SHARE
            and len(word) >= 5
            and "is" not in link.split()
            and _ends(string, found.end())
        ):
            yield found.start("service"), found.end("name"), found["service"]


def _ends(string: str, position: int) -> bool:
    """Whether a name is the last word: what goes on as prose is no name."""
    return regex.match(r"\s*(?:[.,;!)]|$)", string[position:]) is not None


def _before_service(string: str, services: str) -> Iterator[tuple[int, int, str]]:
    """`@name` with a service near it, and `name_7 on service`."""
    near = regex.compile(rf"(?<![\p{{L}}\p{{N}}@./])(?P<service>{services})(?![\p{{L}}\p{{N}}])")
    for found in _AT_NAME.finditer(string):
        window = string[max(0, found.start() - _REACH) : found.end() + _REACH]
        if service := near.search(window):
            yield found.start(), found.end(), service["service"]
    pattern = regex.compile(
        rf"(?<![\p{{L}}\p{{N}}@./_-])(?P<name>{_NAME})\s+(?:on|en|auf|sur|su|na|no|di|sa|pe|в|на|у|para|pe|par)\s+(?:my\s+|the\s+|mi\s+|meu\s+)?(?P<service>{services})(?![\p{{L}}\p{{N}}])"
    )
    for found in pattern.finditer(string, overlapped=True):
        if _account_look(found["name"]) and not regex.fullmatch(r"[a-z]?\d+[a-z]{0,3}", found["name"]):
            yield found.start(), found.end(), found["service"]


def _tags(string: str, services: str) -> Iterator[tuple[int, int, str]]:
    if "discord" in string:
        yield from ((m.start("name"), m.end("name"), "discord") for m in _TAG.finditer(string))
    if "reddit" in string:
        yield from ((m.start("name"), m.end("name"), "reddit") for m in _REDDIT.finditer(string))
    yield from ((m.start("name"), m.end("name"), "skype") for m in _SKYPE.finditer(string))


def _search(document: Document, services: str, bare: bool) -> Iterable[Match]:
    string = document.folded.string
    spans = [*_tags(string, services), *_after_service(string, services), *_before_service(string, services)]
    if bare:
        spans += [(m.start(), m.end(), "no service named") for m in _AT_NAME.finditer(string)]
    matches: list[Match] = []
    for count, (start, end, service) in enumerate(sorted(set(spans), key=lambda span: (span[0], -span[1], span[2]))):
        a, b = document.folded.span(start, end)
        if matches and a < matches[-1].end:
            continue
        capped = count >= MAX_HANDLES
        matches.append(Match(a, b, f"account ({service}) in {document.chain(a, b)}", capped))
        if capped:
            break
    return matches


def _services(options: Any, surroundings: Surroundings) -> tuple[str, ...]:
    value = options.get("services")
    if value is None:
        return tuple(SERVICES)
    if isinstance(value, dict):
        if value["list"] not in surroundings.lists:
            raise OptionError(
                f"unknown list `{value['list']}`", nearest(value["list"], surroundings.lists), ("services",)
            )
        value = [phrase.template for phrase in surroundings.lists[value["list"]]]
    return tuple(fold(word).string for word in value)


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher for the services."""
    services = _services(options, surroundings)
    bare = bool(options.get("bare", False))
    ordered = "|".join(regex.escape(word) for word in sorted(services, key=len, reverse=True))
    literals = frozenset(
        Literal(" ".join(split_words(word)), open_end=True) for word in services if word not in _ORDINARY
    )
    ordinary = "|".join(word for word in services if word in _ORDINARY)
    patterns = {r"live:", r"u/[a-z0-9]"}
    if bare:
        patterns.add(r"@\s?[a-z0-9]")
    elif ordinary:  # the other services are literals: where one stands, the trigger is pulled already
        patterns |= {rf"@\s?[a-z0-9][^\x00]{{0,75}}(?:{ordinary})", rf"(?:{ordinary})[^\x00]{{0,45}}@\s?[a-z0-9]"}
    patterns |= {
        rf"(?:^|[^a-z0-9]){word}[^a-z0-9]+(?:[a-z]+[^a-z0-9]+)?[a-z0-9._-]+[0-9_.][a-z0-9]"
        for word in services
        if word in _ORDINARY
    }
    trigger = Trigger(literals, patterns=frozenset(patterns))
    return Detector(("handle", str(options)), trigger, lambda document: _search(document, ordered, bare))


SCHEMA = {
    "description": "Accounts on social networks and messengers.",
    "type": "object",
    "properties": {
        "services": {
            "description": "Names of the services (default: the usual ones); a list of words, or `{list: name}`.",
            "type": ["array", "object"],
            "items": {"type": "string", "minLength": 1},
            "properties": {"list": {"type": "string"}},
            "required": ["list"],
            "additionalProperties": False,
        },
        "bare": {"type": "boolean", "description": "Take an `@name` without a service too (false)."},
    },
    "additionalProperties": False,
}
KIND = Kind("handle", "accounts on social networks and messengers", SCHEMA, build, "handle: {}")
