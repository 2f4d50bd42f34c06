"""Postal addresses: a street with a house number, in the forms of many countries, and what makes it an address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from ..matcher import Detector, Kind, Literal, Matcher, Surroundings, Trigger, apart
from ..model import Match
from ..text import Document

_MAX_STREETS = 200

# --- pieces, over the text as written: capitals tell a name from a word -----------------------------------------------

_NAME = r"(?:\p{Lu}[\p{L}\p{M}'’-]{0,24}\.?)"
_NAMES = rf"{_NAME}(?:[ -]{_NAME}){{0,3}}"
_HOUSE = r"\d{1,5}(?:[ ]?[-/–][ ]?\d{1,4})?(?:[ ]?[a-zA-Z])?(?![\p{L}\p{N}])"
_LINK = (
    r"(?:(?:de las?|de los|de l['’]|del|des|du|de|das|dos|da|do|dei|delle|della|degli|di|d['’]|las?|les?|el|los|of"
    r"|the|van"
    r"|von)[ ]?){0,2}"
)
_LINKED = rf"{_LINK}{_NAME}(?:[ ]{_LINK}{_NAME}){{0,3}}"
_OPEN = r"(?<![\p{L}\p{N}.,/#$€£:-])"
_SHUT = r"(?![\p{L}\p{N}])"
_NO = r"(?:,?[ ](?:n[ºo°]?\.?|núm\.?|nr\.?|no\.?|num\.?|número|numéro|#)?[ :.]{0,2}|,[ ]?)"

# Street words that are hardly anything else, and those that need more proof.
_ROADS = (
    "Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Crescent|Cres|Close|Terrace|Boulevard|Blvd|Parkway|Pkwy|Highway"
    "|Hwy"
    "|Mews|Grove|Gardens|Gdns|Marg|Nagar|Colony"
)
_WEAK_ROADS = (
    "Court|Ct|Place|Pl|Square|Sq|Way|Circle|Cir|Trail|Row|Hill|Walk|Park|Parade|Quay|Wharf|Alley|Plaza|Loop|Rise|View"
    "|Green"
    "|Vale|Gate|Yard|Bypass|Layout|Enclave|Broadway"
)
_COMPOUNDS = (
    "straße|strasse|str\\.|allee|weg|platz|gasse|ring|ufer|damm|chaussee|steig|promenade|straat|laan|plein|gracht"
    "|kade|singel"
    "|dijk|dreef|gatan|vägen|gata|gate|gade|vej|veien|veg|katu|kuja|utca"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR"
    "|PA|RI"
    "|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_BRITISH = r"[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}\b"
_AMERICAN = rf"(?:{_STATES})\.?,?[ ]\d{{5}}(?:-\d{{4}})?\b"


@dataclass(frozen=True, slots=True)
class Form:
    """How streets are written: `needs` is 0 where that is proof enough, 1 for any further proof, 2 for a strong one."""

    name: str
    street: str
    needs: int


_ENGLISH = (
    rf"{_OPEN}{_HOUSE},?[ ](?:(?:[NSEW]|[NS][EW]|North|South|East|West)\.?[ ])?(?:\d{{1,3}}(?:st|nd|rd|th)|{_NAMES})[ ]"
)
FORMS = (
    Form("number, name, street", rf"{_ENGLISH}(?:{_ROADS}){_SHUT}\.?", 1),
    Form("number, name, place", rf"{_ENGLISH}(?:{_WEAK_ROADS}){_SHUT}\.?", 2),
    Form(
        "number, street, postcode",
        rf"(?i){_OPEN}\d{{1,5}}[a-z]?,?[ ](?:[a-z'-]{{2,20}}[ ]){{1,3}}(?:{_ROADS}|{_WEAK_ROADS}){_SHUT}\.?"
        rf"(?:[, ]{{1,2}}[a-z0-9#'-]{{1,20}}){{0,5}}?[, ]{{1,2}}(?:{_BRITISH}|{_AMERICAN})",
        0,
    ),
    Form(
        "street, number",
        rf"(?<!\p{{L}})(?:\p{{Lu}}[\p{{L}}-]{{1,24}}(?:{_COMPOUNDS})|{_NAMES}[ -]"
        rf"(?:Straße|Str\.|Allee|Weg|Platz|Gasse|Ring|Ufer|Damm|Straat|Laan|Plein|Street|Road))[ ]{_HOUSE}",
        1,
    ),
    Form(
        "am, number, postcode",
        rf"(?<!\p{{L}})(?:Am|Im|An de[rn]|Auf de[rm]|Zu[mr]"
        rf"|Unter den)[ ]{_NAMES}[ ]\d{{1,4}}[ ]?[a-z]?,?[ ]\d{{5}}[ ]{_NAME}",
        0,
    ),
    Form(
        "number, rue",
        rf"{_OPEN}\d{{1,4}}(?:[ ]?(?:bis|ter|quater|[A-Da-d]))?,?[ ](?i:rue|boulevard|bd|impasse|chemin|allée|quai)[ ]"
        rf"{_LINK}{_NAMES}",
        0,
    ),
    Form(
        "number, avenue",
        rf"{_OPEN}\d{{1,4}}(?:[ ]?(?:bis|ter|[A-Da-d]))?,?[ ](?i:avenue|av\.|place|cours|route|square|passage)[ ]"
        rf"{_LINK}{_NAMES}",
        2,
    ),
    Form(
        "calle, rua",
        r"(?<!\p{L})(?i:calle|c/|avda\.?|avenida|av\.|carrera|cra\.?|rua|travessa|alameda|rodovia|estrada)[ ]?"
        rf"{_LINKED}{_NO}{_HOUSE}",
        0,
    ),
    Form(
        "plaza, via",
        r"(?<!\p{L})(?i:plaza|pza\.?|paseo|camino|ronda|praça|largo|piazza|corso|viale|vicolo|strada|via)[ ]"
        rf"{_LINKED}{_NO}{_HOUSE}",
        1,
    ),
    Form("Via", rf"(?<=[\p{{Ll}},:][ ])(?:Via|Viale|Piazza|Corso|Vicolo|Piazzale)[ ]{_LINKED}{_NO}{_HOUSE}", 0),
    Form(
        "ulica",
        rf"(?<!\p{{L}})(?i:ul\.|ulic[aęye]|alej[ai]|osiedl[eu])[ ]?{_NAMES}[ ]{_HOUSE}"
        r"(?:[ ]?m\.?[ ]?\d{1,4})?",
        0,
    ),
    Form(
        "улица",
        r"(?<!\p{L})(?i:ул\.|улиц[аеуы]|вул\.|пр\.|просп\.|пр-т|проспект\w{0,2}|пер\.|переул\w{2,4}|наб\.|шоссе|бул\."
        r"|бульвар\w?)"
        rf"[ ]?{_NAMES},?[ ]?(?:д\.|дом|буд\.)?[ ]?{_HOUSE}",
        0,
    ),
    Form(
        "sokak",
        rf"(?<!\p{{L}}){_NAMES}[ ](?:[Ss]okağı|[Ss]okak|[Ss]ok\.?|[Ss]k\.?|[Cc]addesi|[Cc]ad\.?|[Cc]d\.?|[Bb]ulvarı"
        rf"|[Mm]ahallesi|[Mm]ah\.?)(?:[ ,]{{1,2}}{_NAMES}[ ](?:[Ss]okak|[Ss]ok\.?|[Cc]ad\.?))?"
        rf"[ ,]{{1,2}}[Nn](?:o|umara)[ :.]{{0,3}}{_HOUSE}",
        0,
    ),
    Form(
        "jalan",
        rf"(?<!\p{{L}})(?i:jl|jln|jalan|gang|gg)\.?[ ]?{_NAMES}(?:[ ]\d{{1,2}})?,?[ ]"
        rf"(?:[Bb]lok[ ]\w{{1,3}}[ ,]{{1,2}})?[Nn]o(?:mor)?[ .:]{{0,3}}{_HOUSE}",
        0,
    ),
    Form(
        "flat, road",
        r"(?<!\p{L})(?:[Ff]lat|[Pp]lot|[Hh]ouse|[Dd]oor|[Ss]hop|H\.?)[ ]?(?:[Nn]o\.?)?[ :#-]{0,3}\d{1,4}[\w/-]{0,5},"
        rf"[ ](?:{_NAMES},[ ])?{_NAMES}[ ](?:{_ROADS}|{_WEAK_ROADS}|Vihar|Chowk|Cross){_SHUT}",
        1,
    ),
    Form("box", r"(?<!\p{L})[Pp]\.?[ ]?[Oo]\.?[ ]?[Bb]ox[ ]\d{2,6}", 1),
    Form("号", r"\p{Han}{2,12}(?:路|街|道|巷|弄)\d{1,5}[号號]", 0),
)

# --- what else an address has ---------------------------------------------------------------------------------------

_UNIT = (
    r"(?i:apt|apartment|appartement|appt|flat|unit|suite|ste|room|floor|block|blk|bldg|building|tower|wing|daire|kat"
    r"|piso"
    r"|puerta|depto|dpto|apto|bloco|wohnung|etage|int|scala|interno|кв|квартира|корп|к|стр|оф|rt|rw|kec"
    r"|kel)\b\.?[ :]{0,2}"
    r"(?:[Nn]o\.?[ ]?)?#?[ ]?(?:\d[\w-]{0,5}|[A-Z]\d{0,3}\b)|#[ ]?\d{1,5}\b|\d{1,2}(?:st|nd|rd|th)[ ][Ff]loor"
    r"|\d[ºª°][ ]?\w?"
)
_TOWN = r"\p{Lu}[\p{L}'’]{0,24}\p{Ll}(?:[ -]\p{Lu}[\p{L}'’]{0,24}\p{Ll}){0,3}"
_POSTCODE = (
    rf"(?:{_TOWN}[ ])?(?:{_BRITISH}|{_AMERICAN}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d\b|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)[ ]\d{{4}}"
    r"\b|[1-9]\d{2}[ ]?\d{3}\b)"  # Great Britain, United States, Canada, Australia; India, Russia, China
    rf"|(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:[ ][A-Z]{{2}})?[ ]{_TOWN}|\d\d-\d{{3}}(?:[ ]{_TOWN})?|\d{{5}}-\d{{3}}\b"
    rf"|\d{{3}}[ ]\d\d[ ]{_TOWN}"  # most of Europe; Poland; Brazil; Sweden, Greece, the Czech Republic
)
_REST = regex.compile(
    rf"(?:[,;]?[ \n]{{1,3}}|[,;\n]|[ ]?[-–][ ]?)"
    rf"(?:(?P<unit>{_UNIT})|(?P<postcode>{_POSTCODE})|(?<=[,;\n–-][ ]?)(?P<city>{_TOWN}(?:/{_TOWN})?))"
)
_CUES = (
    r"address|lives?|living|based|located|resid\w+|find (?:him|her|them|me|us)|(?:home|house|office|studio|shop|place"
    r"|visit"
    r"|come|drop by)(?: \w+){0,3}? (?:at|is)|by post|in person|reach (?:me|us|him|her|them|my|our)|knock\w*|(?:deliver\w*|ship|send|mail)(?: \w+){0,3}? to|anschrift|adress\w*|wohn\w+"
    r"|direccion|vive|vivo|domicilio|endereco|mor[ao]|indirizzo|abit\w+|adres\w*|mieszka\w*|адрес\w*|жив[её]\w*"
    r"|прожива\w+"
    r"|alamat\w*|tinggal|habite"
)
_CUE = re.compile(rf"(?<![^\W_])(?:{_CUES})(?![^\W_])")
# Right behind the number: it counts something, so no house has it.
_COUNTED = re.compile(
    r"[ ]?(?:[x×%]|(?:min\w*|hours?|hrs?|km|m|miles?|met\w+|blocks?|cuadras?|stops?|stations?|nights?|nuits?|noches"
    r"|tage"
    r"|days?|times|stars?|people|folgen|episod\w+|pages?|seiten|years?|ans|años|anos|anni|lat|euros?|dollars?|rooms?"
    r"|houses|homes"
    r"|shops|stores|restaurants?|locations|units|am|pm|a\.m|p\.m|uhr)(?![^\W_]))",
    re.IGNORECASE,
)


@cache
def _street() -> list[tuple[Form, regex.Pattern[str]]]:
    return [(form, regex.compile(form.street)) for form in FORMS]


def search(document: Document) -> Iterable[Match]:
    """Finds streets with a house number, and takes those that enough else shows to be addresses."""
    return apart(_search(document))


def _search(document: Document) -> Iterator[Match]:
    text = document.text
    looked = 0
    for form, street in _street():
        for match in street.finditer(text):
            looked += 1
            if looked > _MAX_STREETS:
                yield Match(match.start(), match.end(), "address: stopped at its limit of streets", capped=True)
                return
            if _COUNTED.match(text, match.end()):
                continue
            end, proof = _rest(text, match.end())
            if cue := _cue(document, match.start()):
                proof["cue"] = cue
            strong = proof.keys() & {"cue", "unit", "postcode"}
            if form.needs == 0 or strong or (form.needs == 1 and proof):
                shown = ", ".join(f"{what} `{said}`" for what, said in proof.items())
                yield Match(match.start(), end, f"address ({form.name})" + f" with {shown}" * bool(shown))


def _rest(text: str, end: int) -> tuple[int, dict[str, str]]:
    """Where the address ends, and what it has besides the street: unit, postcode, city."""
    proof: dict[str, str] = {}
    while (part := _REST.match(text, end)) and (kind := part.lastgroup or "") not in proof:
        proof[kind] = part[kind]
        end = part.end(kind)
    return end, proof


def _cue(document: Document, start: int) -> str:
    """The word shortly before the street that announces an address."""
    view = document.folded
    at = view.inside(0, start)[1]
    cues = list(_CUE.finditer(view.string, max(0, at - 48), at))
    return cues[-1][0] if cues else ""


# --- the trigger ----------------------------------------------------------------------------------------------------


def _folded(words: str) -> str:
    plain = words.lower().replace("ß", "ss").replace("ä", "a")
    return "|".join(sorted({re.escape(word.replace("\\", "")) for word in plain.split("|")}))


_STOP = "(?:[^a-z0-9]|$)"
# Words of street names that start a search by themselves: hardly any feedback has them.
_STARTERS = (
    "calle avda avenida av carrera cra rua travessa alameda rodovia estrada plaza pza paseo camino ronda praca largo "
    "piazza piazzale corso viale vicolo strada ul ulica ulice ulicy aleja aleji osiedle osiedlu jl jln jalan gang gg "
    "sokak sokagi caddesi bulvari mahallesi 号 號"
)
_RUSSIAN_STARTERS = "ул улиц вул пр просп проспект пер переул наб шоссе бул бульвар"
_WORDS = r"(?:[^\s]{1,30}[ -]"
TRIGGER = Trigger(
    literals=frozenset(
        {*map(Literal, _STARTERS.split()), *(Literal(word, open_end=True) for word in _RUSSIAN_STARTERS.split())}
    ),
    patterns=frozenset(
        {
            rf"[0-9] ?[a-z]?[a-z0-9/-]{{0,5}},? {_WORDS}){{1,7}}(?:{_folded(_ROADS)}|{_folded(_WEAK_ROADS)}|vihar"
            rf"|chowk|cross){_STOP}",
            rf"(?:{_folded(_COMPOUNDS)}|[ -](?:str\.|street|road)) [0-9]",
            rf"(?:am|im|an de[rn]|auf de[rm]|zu[mr]|unter den) {_WORDS}){{1,4}}[0-9]{{1,4}} ?[a-z]?,? [0-9]{{5}}",
            r"[0-9] ?(?:bis|ter|quater|[a-d])?,? (?:rue|boulevard|bd|impasse|chemin|allee|quai|avenue|av\.|place"
            r"|cours|route|square"
            "|passage) ",
            rf"via {_WORDS}){{1,8}}[^\s]{{0,4}}[0-9]",
            r"[^a-z0-9]c/ ?[a-z\xff]|^c/",
            r"[^a-z0-9](?:sok|sk|cad|cd|mah)\.?[ ,]{1,2}n(?:o|umara)[^a-z0-9]{0,3}[0-9]",
            "box [0-9]",
        }
    ),
)


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher; it has no options."""
    return Detector(("address",), TRIGGER, search)


SCHEMA = {
    "description": "Street addresses with a house number, in the forms of many countries.",
    "type": "object",
    "properties": {},
    "additionalProperties": False,
}
KIND = Kind("address", "postal addresses", SCHEMA, build, "address: {}")
