"""Credentials: keys of known shapes, assignments as in configuration files, and logins told in prose."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from ..disguise import bare_key
from ..matcher import Detector, Kind, Literal, Matcher, Several, Surroundings, Trigger, apart
from ..model import Match
from ..text import Document

_MAX_SECRETS = 100

# --- keys of known shapes, over the text as written: case counts ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a service's keys, and the trigger for it: folded, and beginning with something rare."""

    name: str
    shape: str
    trigger: str


SHAPES = (
    Shape(
        "AWS key", r"(?:AKIA|ABIA|ACCA|ASIA|A3T[A-Z0-9])[A-Z0-9]{16}", "(?:akia|abia|acca|asia|a3t[a-z0-9])[a-z0-9]{16}"
    ),
    Shape("Azure secret", r"[\w~.]{3}\dQ~[\w~.-]{31,34}|AccountKey=[A-Za-z0-9+/]{86}==", "[0-9]q~|accountkey="),
    Shape("GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,}", "gh[pousr]_[a-z0-9]{36}|github_pat_"),
    Shape(
        "GitLab token",
        r"gl(?:pat|dt|rt|ft|cbt|soat|ffct)-[\w-]{20,50}|gloas-[\w-]{64}|glimt-[\w-]{25}|glptt-[\w-]{40}"
        r"|glagent-[\w-]{50,200}"
        r"|GR1348941[\w-]{20,50}",
        "gl(?:pat|dt|rt|ft|cbt|soat|ffct|oas|imt|ptt|agent)-[a-z0-9_-]{20}|gr1348941",
    ),
    Shape(
        "Slack token",
        r"(?:xox[abeoprs](?:\.xox[bp])?|xapp)-(?=(?:[A-Za-z-]*\d){4})(?=[\d-]*[A-Za-z])[\w-]{16,}",
        "x ?o ?x ?[abeoprs] ?[-.] ?[0-9a-z]|xapp-",
    ),
    Shape("Slack hook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/]{30,}", r"hooks\.slack\.com/"),
    Shape("Stripe key", r"[sr]k_(?:test|live|prod)_[A-Za-z0-9]{10,}", "k_(?:test|live|prod)_"),
    Shape("Google key", r"AIza[\w-]{35}|GOCSPX-[\w-]{28}|ya29\.[\w-]{20,}", r"aiza[a-z0-9_-]{35}|gocspx-|ya29\."),
    Shape("Twilio key", r"(?:SK|AC)[0-9a-f]{32}", "(?:sk|ac)[0-9a-f]{32}"),
    Shape("SendGrid key", r"SG\.[\w-]{16,32}\.[\w-]{32,64}", r"sg\.[a-z0-9_-]{16}"),
    Shape(
        "AI key",
        r"sk-(?!ant-)(?:proj-|svcacct-|admin-)?(?=[\w-]*\d)[\w-]{32,}|sk-ant-(?:api|admin)\d\d-[\w-]{93}AA"
        r"|(?:hf_|api_org_)[A-Za-z]{34}|pplx-[A-Za-z0-9]{48}",
        "sk-[a-z0-9_-]{32}|hf_[a-z]{34}|api_org_|pplx-",
    ),
    Shape("JSON web token", r"ey[A-Za-z0-9]{17,}\.ey[\w/]{17,}(?:\.[\w/-]*={0,2})?", r"\.ey[a-z0-9_/]{17}"),
    Shape(
        "private key",
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=\s\\]{16,4000}",
        "private key(?: block)?-----",
    ),
    Shape(
        "package token",
        r"npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,}|(?:rubygems_|dckr_pat_)[\w-]{20,}",
        "npm_[a-z0-9]{36}|pypi-age|rubygems_|dckr_pat_",
    ),
    Shape("Telegram bot token", r"\d{8,10}:[\w-]{35}", "[0-9]{8}:[a-z0-9_-]{35}"),
    Shape("Discord token", r"[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}", r"\.[a-z0-9_-]{6}\.[a-z0-9_-]{27}"),
    Shape("Mailchimp key", r"[0-9a-f]{32}-us\d{1,2}", "[0-9a-f]-us[0-9]"),
    Shape("Artifactory key", r"(?:AKC|AP[\dA-F])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{10,}", "(?:akc|ap[0-9a-f])[a-z0-9]{10}"),
    Shape(
        "Facebook token",
        r"EAA[A-Z][A-Za-z0-9]{80,}|\d{15,16}\|[\w-]{27,40}",
        r"eaa[a-z0-9]{60}|[0-9]{15}\|[a-z0-9_-]{27}",
    ),
    Shape("pair of hexes", r"[0-9a-f]{8}:[0-9a-f]{8}", "[0-9a-f]{8}:[0-9a-f]{8}"),
    Shape(
        "service token",
        r"hv[sb]\.[\w-]{60,}|HRKU-[\w-]{50,}|dapi[0-9a-f]{32}|API-[A-Z0-9]{26}|sha256~[\w-]{43}|s-s4t2(?:ud"
        r"|af)-[0-9a-f]{64}"
        r"|sgp_(?:local_|[0-9a-fA-F]{16}_)?[0-9a-fA-F]{40}|sntry[su]_[\w+/=-]{40,}|sq0[a-z]{3}-[\w-]{22,43}"
        r"|ntn_\d{11}[A-Za-z0-9]{35}|gl(?:sa|c)_[\w=-]{32,}|fm[12]_[\w+/=]{60,}|shp(?:at|ca|pa|ss)_[0-9a-f]{32}"
        r"|do[opr]_v1_[0-9a-f]{64}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|lin_api_\w{40}|ATATT3[\w=-]{40,}|key-[0-9a-f]{32}"
        r"|NRAK-[A-Z0-9]{27}|pul-[0-9a-f]{40}|dp\.(?:pt|st)\.\w{40,}"
        r"|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
        r"hv[sb]\.[a-z0-9_-]{60}|hrku-|dapi[0-9a-f]{32}|api-[a-z0-9]{26}|sha256~|s4t2(?:ud|af)-|sgp_[a-f0-9l]"
        r"|sntry[su]_|sq0[a-z]{3}-"
        r"|ntn_[0-9]|gl(?:sa|c)_|fm[12]_|shp(?:at|ca|pa|ss)_|do[opr]_v1_|pmak-|lin_api_|atatt3|key-[0-9a-f]{32}|nrak-"
        r"|pul-[0-9a-f]{40}|dp\.(?:pt|st)\.|a3-[a-z0-9]{6}-",
    ),
    Shape(
        "address with password",
        r"[a-z][a-z0-9+.-]{1,12}://[^\s:/@\"'<>{}$]{1,60}:[^\s:/@\"'<>{}$]{3,60}@[\w.-]+",
        r"://[^\s:/@]{1,60}:[^\s:/@]{3}",
    ),
    Shape(
        "authorization",
        r"(?i:authorization: ?(?:bearer|basic|token|api-token) )(?=[\w+/=~.-]*\d)[\w+/=~.-]{16,}"
        r"|curl\s(?:[^\n]{0,80}\s)?(?:-u|--user)\s+[\"']?(?=[^\s\"']*\d)[^\s\"':$<{]*:[^\s\"'$<{\[]{4,}"
        r"|curl\s(?:[^\n]{0,80}\s)?(?:-u|--user)\s+[\"'](?=[^\s\"']*\d)[^\s\"':$<{]{8,}:[\"']",
        r"authorization: ?(?:bearer|basic|token|api-token) |curl\s",
    ),
)
_SHAPES = {each.name: re.compile(rf"(?<![A-Za-z0-9_])(?:{each.shape})(?![A-Za-z0-9_])") for each in SHAPES}
_SPACED_SLACK = re.compile(r"(?<![^\W_])x ?o ?x ?[abeoprs](?: ?- ?[0-9a-z]+){2,6}(?![^\W_])")
_IN_ORDER = 9  # so many letters in order, or digits with their second round, are nobody's key, but somebody's sample
_FILLED = re.compile(
    "XXXX|1234567890?123"
    rf"|(?i:{'|'.join(ascii_lowercase[at : at + _IN_ORDER] for at in range(26 - _IN_ORDER + 1))})"
)
_FILLER = 4  # a key of so few different characters is a gap to be filled in


def _keys(document: Document) -> Iterator[Match]:
    for name, shape in _SHAPES.items():
        for match in shape.finditer(document.text):
            filler = _FILLED.search(match[0]) is not None or (
                len(set(match[0][-16:])) <= _FILLER and name != "Artifactory key"
            )
            if not filler and (name != "JSON web token" or _is_web_token(match[0])):
                yield Match(*match.span(), f"secret: {name} in text as written")
    for match in _SPACED_SLACK.finditer(document.folded.string):
        if " " in match[0] and sum(map(str.isdigit, match[0])) > _FILLER:
            yield Match(*document.folded.span(*match.span()), "secret: Slack token with spaces")


def _is_web_token(token: str) -> bool:
    """Whether the head of a token is an object when it is decoded; one that starts so by chance is not."""
    head = token.partition(".")[0]
    try:
        return isinstance(json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4))), dict)
    except ValueError:
        return False


# --- assignments ----------------------------------------------------------------------------------------------------

_KEY_WORDS = (
    r"passw(?:or)?d|passwd|passphrase|(?:(?<![a-z])|db|my)pass(?![a-z])|pwd|secrete?(?![a-z])|token(?![a-z])"
    r"|api[_-]?key"
    r"|access[_.-]?(?:key|id)|(?<!public)[_-]key|private[_-]?key|credentials?|sonar\.login|wifi[_-]?key"
)
_NAME = rf"(?<![A-Za-z0-9])[\w.-]{{0,40}}?(?:{_KEY_WORDS})[\w.-]{{0,30}}"
_SET = r"[\"'\])]{0,2}\s{0,10}(?:::=|:=|\?=|=>|!==|===|!=|==|=|:)\s{0,10}"
_QUOTED = r"@?(?:\"(?P<a>[^\"\n]{4,120})\"|'(?P<b>[^'\n]{4,120})'|`(?P<c>[^`\n]{4,120})`)"
_ASSIGNED = re.compile(
    rf"(?i){_NAME}(?:{_SET}(?:{_QUOTED}|(?P<d>[^\s\"'`]{{4,120}}))|\s{{1,3}}{_QUOTED.replace('?P<', '?P<q')})"
)
_COMPARED = re.compile(rf"(?i)[\"'](?P<a>[^\"'\n]{{4,120}})[\"']\s?[!=]==?\s?{_NAME}")
_PLACEHOLDER = re.compile(
    r"(?i)\[?(?:\$[({]?\w|<|%|\{\w*\}|\[[a-z])|.*(?:fake|example|placeholder|insert|your[_-]|real_|change_?me|x{4}"
    r"|#{4})"
    r"|[A-Z_]+$|https?:|xox|csrf|[^:]*:\[|[\w-]+=[a-z]+$|[\w.]+\("
    r"|.*[a-z]-?v?\d+(?:\.\d+)+\.?(?:$|[_:-])|v?\d+(?:\.\d+)+|[\w.-]+\.[a-z]{2,4}(?::\d+)?$"
)
_SHORTEST_KEY = 10  # passwords may be shorter, but nobody issues such keys
_KEY_NAME = re.compile(r"(?:api|access)[_.-]?key")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LETTER, _DIGIT, _SIGN = re.compile(r"[^\W\d_]"), re.compile(r"\d"), re.compile(r"[!@#$%^&*+=~?{}|]")


def _assignments(document: Document) -> Iterator[Match]:
    for pattern in (_ASSIGNED, _COMPARED):
        for match in pattern.finditer(document.text):
            group = next(name for name, value in match.groupdict().items() if value)
            value = match[group].rstrip(",.;:)]" if group == "d" else "")
            name = match[0].lower().partition(value.lower())[0]
            written = group.removeprefix("q") != "d"
            is_id = "csrf" in name or (_UUID.fullmatch(value) and ("id" in name or not written))
            is_code = not written and "=>" in name
            if (
                is_id
                or is_code
                or _FILLED.search(value)
                or (len(value) < _SHORTEST_KEY and _KEY_NAME.search(name))
                or _PLACEHOLDER.match(value)
                or _KNOWN_TERMS.fullmatch(value)
                or not _random(value, quoted=written)
            ):
                continue
            yield Match(match.start(), match.start(group) + len(value), "secret: assignment in text as written")


def _random(value: str, quoted: bool) -> bool:
    """Whether a value looks chosen to be guessed by nobody: letters among digits or signs; in quotes also a phrase."""
    if len(value) < 6 or not _LETTER.search(value):
        return False
    if _SIGN.search(value[:-1]) or (_DIGIT.search(value) and not re.fullmatch(r"\d+(?:st|nd|rd|th|[a-z]{1,5})", value)):
        return quoted or _DIGIT.search(value) is not None or len(_SIGN.findall(value)) > 1
    return quoted and value.count(" ") > 2


# --- logins told in prose -------------------------------------------------------------------------------------------

# Words that lead in a password, folded.
_PASSWORDS = (
    "password passwort passw passwd passphrase passcode pass pw pwd psw kennwort contrasena contrasenya clave senha "
    "mdp haslo wachtwoord parola sifre sifresi losenord adgangskode salasana jelszo heslo sandi пароль пароля "
    "парол 비밀번호 पासवर्ड السر المرور"
).split()
_LOGINS = (
    "login logins user username userid usuario benutzer identifiant utente логин uzytkownik kullanici usr creds "
    "credentials zugangsdaten acceso acces"
).split()
_PHRASES = ("mot de passe", "palavra passe", "kata sandi", "mat khau", "密码", "密碼", "パスワード")
_CODE_FOR = (
    r"(?:door|gate|entry|alarm|lock ?box|access|safe|garage|key ?pad|building) code|pin(?: ?code| number)?|passcode"
)

_TELLS = r"(?:=|:|-+>|/|is|was|are|es|ist|est|e|to|jest|adalah|lautet|war|era|heisst|c'est|oldugu|это|是|は)"
_PAIR = re.compile(r"[\w.@-]+:(?=[^$]*\d)[^$<{\[/]{5,}")  # admin:hunter22
_SETS = re.compile(r"\s?[:=]")
_TOKEN = re.compile(r"[!-~]+|[^\s!-~]+")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][ .\-_]){4,30}[^\W_](?![^\W_])")
_REACH = 4  # words between a lead-in and its value
_KNOWN_TERMS = re.compile(
    r"(?i)(?:oauth|openid|wcag|iso-?|base|sha-?|md|argon|bcrypt|scrypt|pbkdf|tls|ssl|http|utf-?|web|ipv|k8s|s3|log4j|wp|php|vue"
    r"|angular|html"
    r"|css|es|python|drupal|magento|aes-?|rsa-?|ed|x|v)\d[\w.-]*|[2-9]fa|mfa|2-?step|2-?factor|e-?mail|[a-z]+/[a-z]+"
    r"|.*[@/]\S+\.[a-z]{2,}.*"
    r"|\d+(?:[.,:/-]\d+)*(?:st|nd|rd|th|am|pm|h|hrs?|x|k|m|s|ms|min|mins|days?|%|\+)?|\d+-?(?:\d+-?)?(?:character"
    r"|char|digit"
    r"|step|factor|word)s?"
    r"|[a-z]+-[a-z]+(?:-[a-z]+)*"
)
_EDGES = "\"'`“”„«»‘’()[]<>,;:"


def _lead_ends(document: Document) -> Iterator[tuple[str, int, bool]]:
    """Where lead-ins end in the folded view, and whether what follows is a password."""
    words = document.words
    for index, word in enumerate(words.words):
        if word in _PASSWORD_WORDS or word in _LOGIN_WORDS:
            yield word, words.spans[index][1], word in _PASSWORD_WORDS
    for phrase in _PHRASES:
        for match in re.finditer(phrase, document.folded.string):
            yield phrase, match.end(), True
    if not document.bare_flat.set.isdisjoint(_BARE) and document.bare is not None:
        for index, word in enumerate(document.bare.words):
            if word in _BARE and document.words.view is not None:
                start, end = document.bare.span(index, index)
                if document.text[start:end].lower() != _BARE[word]:
                    yield _BARE[word], document.folded.inside(0, end)[1], True


_PASSWORD_WORDS, _LOGIN_WORDS = frozenset(_PASSWORDS), frozenset(_LOGINS)
_BARE = {bare_key(word): word for word in _PASSWORDS if len(word) > 5 and word.isascii()}


def _logins(document: Document) -> Iterator[Match]:
    string = document.folded.string
    for lead, end, password in _lead_ends(document):
        if found := _told(string, end, password):
            start, stop = document.folded.span(*found)
            yield Match(start, stop, f"secret: login, led in by `{lead}` in {document.chain(start, stop)}")
    for match in _CODE.finditer(string):
        yield Match(*document.folded.span(*match.span(1)), "secret: code, led in by a word for it")


_CODE = re.compile(rf"(?<![^\W_])(?:{_CODE_FOR})\s?(?:is|was|:|=|#)\W{{0,3}}(\d{{4,8}}#?)(?![\w%]|[.,-]\d)")


def _told(string: str, end: int, password: bool) -> tuple[int, int] | None:
    """The value that a lead-in announces: the first word that looks like one, told or next to it."""
    if re.match(r"-[a-z]{2}", string[end : end + 3]):  # user-friendly, pass-through
        return None
    told = _SETS.match(string, end) is not None
    position = end
    for count in range(_REACH + 2):
        token = _TOKEN.search(string, position, end + 80)
        if token is None or (count and string[end : token.start()].rstrip()[-1:] == "."):
            return None
        spaced = _SPACED.search(string, token.start(), token.start() + 64)
        if spaced and spaced.start() - token.start() < 2 and _is_spelt(spaced[0]):
            return spaced.span()
        core = token[0].strip(_EDGES + "=.")
        pair = _PAIR.fullmatch(core) is not None
        if core and (password or told or pair) and _is_value(core, told=told or pair, first=not count):
            at = string.index(core, token.start())
            return at, at + len(core)
        told = re.fullmatch(_TELLS, token[0].strip("\"'")) is not None or token[0][-1] in ":="
        position = token.end()
    return None


def _is_spelt(spaced: str) -> bool:
    letters = re.sub(r"[ .\-_]", "", spaced)
    return len(letters) > 5 and len(set(letters)) > 3


def _is_value(core: str, *, told: bool, first: bool) -> bool:
    """Whether a word looks like a password: letters with digits or signs, longer where nothing tells that it is one."""
    if (
        not core.isascii()
        or core[0] in "#@&-"
        or _KNOWN_TERMS.fullmatch(core)
        or _PLACEHOLDER.match(core)
        or not _LETTER.search(core)
    ):
        return False
    digits, signs = len(_DIGIT.findall(core)), len(_SIGN.findall(core[:-1]))
    if told:
        return len(core) > 4 and (digits > 0 or signs > 0)
    return first and len(core) > 7 and digits > 0


# --- the kind -------------------------------------------------------------------------------------------------------

# The words in the names of `_KEY_WORDS`, as they stand in the folded words, where names are in parts.
_INSIDE = (
    "password passwd passphrase passwrd pwd secret token apikey accesskey accessid privatekey wifikey credential sonar "
    "dbpass mypass"
)
_KEY_PATTERN = (
    r"[_-]key[a-z0-9_.-]{0,30}[\"'\])]{0,2}\s{0,10}[:=!?@\"'`]|[=!]=\s?[a-z0-9_.-]{0,40}[_-]key|access[_.-]id"
)
# "pass" is a common word: it counts only beside a sign that sets or compares it.
_PASS_PATTERN = (
    r"(?:^|[^a-z])pass(?:[0-9_.\xff-][a-z0-9_.\xff-]{0,29})?[\"'\])]{0,2}(?:\s{0,10}[:=!?]|\s{1,3}@?[\"'`])"
    r"|[!=]=\s?[a-z0-9_.\xff-]{0,40}pass"
)


def _as_words(phrase: str) -> str:
    """A phrase as the folded words write it: scripts without spaces a character at a time."""
    return phrase if phrase.isascii() else " ".join(phrase)


KINDS: dict[str, tuple[Callable[[Document], Iterator[Match]], Trigger]] = {
    "key": (_keys, Trigger(patterns=frozenset(each.trigger for each in SHAPES))),
    "assignment": (
        _assignments,
        Trigger(
            literals=frozenset(Literal(word, open_end=True, open_start=True) for word in _INSIDE.split()),
            patterns=frozenset({_KEY_PATTERN, _PASS_PATTERN}),
        ),
    ),
    "login": (
        _logins,
        Trigger(
            literals=frozenset(map(Literal, [*_PASSWORDS, *_LOGINS, *map(_as_words, _PHRASES)])),
            bare=frozenset(map(Literal, _BARE)),
            patterns=frozenset({rf"(?:{_CODE_FOR})\s?(?:is|was|:|=|#)[^a-z0-9]{{0,3}}[0-9]{{4}}"}),
        ),
    ),
}


def _search(document: Document, kinds: tuple[str, ...]) -> Iterator[Match]:
    for name in kinds:
        for count, match in enumerate(KINDS[name][0](document)):
            if count >= _MAX_SECRETS:
                yield Match(match.start, match.end, "secret: stopped at its limit of secrets", capped=True)
                break
            yield match


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher for the kinds of secret that are asked for, all by default."""
    kinds = tuple(sorted(options.get("kinds", KINDS)))
    if len(kinds) > 1:
        return Several(("secret", kinds), tuple(build({"kinds": [name]}, surroundings) for name in kinds))
    return Detector(("secret", kinds), KINDS[kinds[0]][1], lambda document: apart(_search(document, kinds)))


SCHEMA = {
    "description": "Credentials: keys of known shapes, assignments as in configuration files, logins told in prose.",
    "type": "object",
    "properties": {
        "kinds": {
            "description": "Which (all): a `key` has a known shape, an `assignment` a name, a `login` a lead-in.",
            "type": "array",
            "items": {"enum": list(KINDS)},
            "minItems": 1,
        }
    },
    "additionalProperties": False,
}
KIND = Kind("secret", "passwords, keys and logins", SCHEMA, build, "secret: {}")
