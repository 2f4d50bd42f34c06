"""Confidential numbers: cards, IBANs, national ids, documents, bank accounts, wallets, checked by their checksums."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from ..figures import Run, labelled, runs, spoken, trigger
from ..matcher import Detector, Kind, Literal, Matcher, Several, Surroundings, Trigger, apart
from ..model import Match
from ..text import Document

_MAX_NUMBERS = 100
_REACH = 48  # characters between a lead-in and its number


@dataclass(frozen=True, slots=True)
class Found:
    """A number in the folded view, and what shows it to be one."""

    start: int
    end: int
    why: str


# --- national ids ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Id:
    """A national id of digits. `check` names the module of stdnum that knows its checksum, "" where there is none.

    `grouped` is a way of writing it that needs no lead-in.
    """

    name: str
    check: str
    lengths: tuple[int, ...]
    lead: str
    grouped: str = ""


IDS = (
    Id("SSN", "", (9,), r"s\.?s\.?n|social|social security", r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}"),
    Id("CPF", "br.cpf", (11,), "cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    Id("PESEL", "pl.pesel", (11,), "pesel"),
    Id("Aadhaar", "in_.aadhaar", (12,), r"aa?dh?aa?r|uid(?:ai)?", r"[2-9]\d{3}([ -])\d{4}\1\d{4}"),
    Id("NIR", "fr.nir", (15,), r"nir|secu(?:rite sociale)?", r"[12] \d\d \d\d \d[\da-b] \d{3} \d{3} \d\d"),
    Id("Steuer-ID", "de.idnr", (11,), r"steuer-?id\w*|idnr|steuernummer"),
    Id("TCKN", "tr.tckimlik", (11,), r"tckn|tc kimlik\w*|kimlik\w*|tc no"),
    Id("BSN", "nl.bsn", (9,), r"bsn|burgerservicenummer|sofinummer"),
    Id("NN", "be.nn", (11,), r"rijksregister\w*|registre national", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    Id("NIF", "pt.nif", (9,), r"nif|contribuinte"),
    Id("RSA ID", "za.idnr", (13,), r"rsa id|sa id|id number|identity number"),
    Id("RRN", "kr.rrn", (13,), r"\w*주민\w*", r"\d{6}-[1-4]\d{6}"),
    Id("personnummer", "se.personnummer", (10, 12), "personnummer"),
    Id("fødselsnummer", "no.fodselsnummer", (11,), r"f[o\u00f8]dselsnummer|personnummer"),
    Id("CPR", "dk.cpr", (10,), "cpr"),
    Id("SIN", "ca.sin", (9,), r"sin|social insurance"),
    Id("TFN", "au.tfn", (8, 9), r"tfn|tax file"),
    Id("ИНН", "ru.inn", (10, 12), "инн"),
    Id("РНОКПП", "ua.rntrc", (10,), "рнокпп|іпн|ипн"),
    Id("CNP", "ro.cnp", (13,), "cnp"),
    Id("NHS", "gb.nhs", (10,), "nhs"),
    Id("NIK", "", (16,), "nik|ktp"),
    Id("CNIC", "", (13,), "cnic", r"[1-7]\d{4}-\d{7}-\d"),
    Id("NRIC", "", (12,), r"nric|mykad|i/c|ic no", r"\d{6}-(?:0[1-9]|1[0-6])-\d{4}"),
    Id("CUIT", "ar.cuit", (11,), r"cuit|cuil", r"(?:20|2[3-7]|30|33)-\d{8}-\d"),
    Id("DNI", "", (8,), "dni"),
)


@dataclass(frozen=True, slots=True)
class LetterId:
    """A national id of letters (A) and digits (9). Without a lead-in it counts only as `strict` says, in capitals."""

    name: str
    check: str
    shape: str
    lead: str
    strict: bool


LETTER_IDS = (
    LetterId("PAN", "in_.pan", "AAAAA9999A", "pan", True),
    LetterId("codice fiscale", "it.codicefiscale", "AAAAAA99A99A999A", r"codice fiscale|cf", True),
    LetterId("CURP", "mx.curp", "AAAA999999AAAAAA99", "curp", True),
    LetterId("CURP", "mx.curp", "AAAA999999AAAAAAA9", "curp", True),
    LetterId("DNI", "es.dni", "99999999A", r"dni|nif", True),
    LetterId("NIE", "es.nie", "A9999999A", r"nie|nif", True),
    LetterId("HETU", "fi.hetu", "999999-999A", r"hetu|henkilotunnus", True),
    LetterId("RUT", "cl.rut", "99.999.999-A", "rut", True),
    LetterId("NINO", "", "AA999999A", r"nino|ni number|ni no|national insurance", False),
    LetterId("NRIC", "", "A9999999A", r"nric|fin", False),
    LetterId("PPS", "ie.pps", "9999999A", "ppsn?", False),
)


def _valid(check: str, number: str) -> bool:
    return not check or bool(import_module(f"stdnum.{check}").is_valid(number))


def _lead(document: Document, words: str, start: int) -> str:
    """The lead-in that stands before a number in the folded view, "" when there is none."""
    before = document.folded.string[max(0, start - _REACH) : start]
    found = list(_alone(words).finditer(before))
    return found[-1][0] if found else ""


def _ids(document: Document) -> Iterator[Found]:
    for run in _parts(document):
        written = document.folded.string[run.start : run.end]
        for each in IDS:
            if len(run.digits) not in each.lengths:
                continue
            lead = _lead(document, each.lead, run.start)
            grouped = bool(each.grouped) and re.fullmatch(each.grouped, written) is not None
            if (lead or grouped) and _valid(each.check, run.digits):
                reason = f"led in by `{lead}`" if lead else "grouped as usual"
                reason += ", checksum holds" * bool(each.check)
                yield Found(run.start, run.end, f"{each.name}, {reason}{spoken(run)}")


_ONE = {"A": "[a-z]", "9": "[0-9]", "-": "-?", ".": r"\.?"}


@cache
def _alone(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])")


_SPACE = r"[\W_]{0,3}"
_LETTER_SHAPES = [
    (
        each,
        _alone("".join(_ONE[char] for char in each.shape)),
        _alone(each.lead),
        _alone(_SPACE.join(_ONE[char] for char in each.shape if char in "A9")),
    )
    for each in LETTER_IDS
]


_FEWEST_DIGITS = 4  # every id of letters has so many
_LETTER_TOKEN = re.compile(r"(?=[a-z.-]*[0-9])[a-z0-9.-]{9,}")  # what one that is written as one is part of


def _letter_ids(document: Document) -> Iterator[Found]:
    string = document.folded.string
    if len(re.findall(r"\d", string)) < _FEWEST_DIGITS:
        return
    tokens = [token.span() for token in _LETTER_TOKEN.finditer(string)]
    leads = not document.flat.set.isdisjoint(_LEAD_WORDS)
    for each, compact, lead, spaced in _LETTER_SHAPES:
        strict = each.strict and any(compact.search(string, *token) for token in tokens)
        for match in compact.finditer(string) if strict else ():
            start, end = document.folded.span(*match.span())
            sure = document.text[start:end].isupper() and not labelled(string[: match.start()])
            if sure and _valid(each.check, match[0]):
                yield Found(*match.span(), f"{each.name}, checksum holds")
        for led in lead.finditer(string) if leads else ():
            found = spaced.search(string, led.end(), led.end() + 2 * _REACH)
            if found and found.start() - led.end() <= _REACH and _valid(each.check, re.sub(r"[\W_]", "", found[0])):
                yield Found(*found.span(), f"{each.name}, led in by `{led[0]}`")


# --- cards and banks ------------------------------------------------------------------------------------------------

_ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}(?:\d{3})?)?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}"  # Visa, Mastercard, Amex
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|3(?:0[0-5]\d"
    r"|[689]\d\d)\d{10}"  # Discover, JCB, Diners
    r"|62\d{14,17}|220[0-4]\d{12}|(?:5[0678]|6\d)\d{10,17}|(?:1800"
    r"|2131)\d{11}"  # UnionPay, Mir, Maestro and RuPay, old JCB
)
_CARD_GROUPS = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1)}
_CARD_LEADS = (
    r"(?:credit|debit|bank|visa|master)? ?cards?|visa|master ?card|amex|american express|maestro|discover|rupay|cc"
    r"|kreditkarte\w*"
    r"|ec-?karte|tarjeta|cartao|carte|carta|karta|karty|kart\w*|карт\w+|kartu|बैंक|कार्ड|بطاقه|卡"
)


def _cards(document: Document) -> Iterator[Found]:
    from stdnum import luhn

    for run in _parts(document):
        digits = run.digits
        if len(set(digits)) < 2 or not _ISSUERS.fullmatch(digits) or not luhn.is_valid(digits):
            continue
        lead = _lead(document, _CARD_LEADS, run.start)
        usual = tuple(size for size in run.groups if size) in _CARD_GROUPS or run.one_by_one
        plain = len(digits) in (15, 16) and len(run.figures) == 1 and not labelled(document.folded.string[: run.start])
        if lead or usual or plain:
            reason = f"led in by `{lead}`" if lead else "written as one"
            yield Found(run.start, run.end, f"card, checksum holds, {reason}{spoken(run)}")


# The length of an IBAN by country.
_IBAN_TABLE = """15:NO 16:BE 18:DK,FO,FI,GL,NL,SD 19:MK,SI 20:AT,BA,EE,KZ,XK,LT,LU,MN 21:CH,HR,LI,LV
    22:BG,BH,CR,DE,GB,GE,IE,ME,RS 23:AE,GI,IL,IQ,OM,SO,TL 24:AD,CZ,ES,MD,PK,RO,SA,SE,SK,TN,VG 25:LY,PT,ST 26:IS,TR
    27:BI,DJ,FR,GR,IT,MC,MR,SM 28:AL,AZ,BY,CY,DO,GT,HU,LB,NI,PL,SV 29:BR,EG,PS,QA,UA 30:JO,KW,MU,YE
    31:MT,SC 32:LC 33:RU"""
_IBAN_LENGTHS = {
    country: int(length)
    for length, _, row in (each.partition(":") for each in _IBAN_TABLE.split())
    for country in row.split(",")
}
_IBAN_GAP = r"[\W_]{0,3}"
_COUNTRIES = "|".join(_IBAN_GAP.join(country.lower()) for country in _IBAN_LENGTHS)
_IBAN_START = re.compile(rf"(?<![^\W_])({_COUNTRIES})(?={_IBAN_GAP}\d{_IBAN_GAP}\d)")
_LETTER = re.compile(rf"{_IBAN_GAP}([0-9a-z])")
_IBAN_DIGITS = 7  # so many digits stand in a row in every IBAN: what the trigger looks for


def _ibans(document: Document) -> Iterator[Found]:
    from stdnum import iban

    string = document.folded.string
    for start in _IBAN_START.finditer(string):
        number, end = re.sub(r"[\W_]", "", start[0]), start.end()
        length = _IBAN_LENGTHS[number.upper()]
        while len(number) < length and (char := _LETTER.match(string, end)):
            number += char[1]
            end = char.end()
        whole = not string[end : end + 1].isalnum()
        seen = re.search(rf"\d{{{_IBAN_DIGITS}}}", number) is not None
        if len(number) == length and whole and seen and iban.is_valid(number, check_country=False):
            yield Found(start.start(), end, "IBAN, checksum holds")


_ACCOUNT = (
    r"(?:bank )?(?:account|acct|a/c)\.?(?: ?(?:number|no|nr|num|#))\.?|acct|bank account|kontonummer|konto-?nr|konto"
    r"|numero de cuenta|cuenta"
    r"|n[o\u00ba]? de compte|numero de compte|conta corrente|conto corrente|rekening\w*|hesap no|numer konta"
    r"|khata(?: n(?:umber|o))?"
    r"|(?:номер )?сч[её]та?|account number is"
)
_SORT_CODE = re.compile(
    r"(?<![^\W_])sort(?:[ -]?code)?[^a-z0-9]{1,4}(?:(?:is|no|number)[^a-z0-9]{1,3})?"
    r"(\d\d)(?:[^a-z0-9]{0,3}(?:dash|hyphen|minus)?[^a-z0-9]{0,3})(\d\d)(?:[^a-z0-9]{0,3}(?:dash|hyphen"
    r"|minus)?[^a-z0-9]{0,3})(\d\d)(?!\d)"
)


def _accounts(document: Document) -> Iterator[Found]:
    string = document.folded.string
    for run in _parts(document):
        if 7 <= len(run.digits) <= 20 and (lead := _lead(document, _ACCOUNT, run.start)):
            yield Found(run.start, run.end, f"bank account, led in by `{lead}`{spoken(run)}")
        elif (lead := _lead(document, r"routing|aba|rtn", run.start)) and _valid("us.rtn", run.digits):
            yield Found(run.start, run.end, f"routing number, led in by `{lead}`, checksum holds")
    for match in _SORT_CODE.finditer(string):
        yield Found(match.start(1), match.end(), "sort code, led in by `sort`")


_DOCUMENT = (
    r"pass ?port\w*|pasaporte|passeport|reisepass\w*|passaporto|passaporte|paspor|paszport\w*|паспорт\w*|driv(?:er"
    r"|ing)'?s? licen[cs]e"
    r"|fuhrerschein\w*|permis de conduire|carnet de conducir"
)
_DOCUMENT_NUMBER = re.compile(
    rf"(?<![^\W_])({_DOCUMENT})(?![^\W_])\W{{0,3}}(?:(?:number|no|nr|num|numero|numer|nummer|номер|id|is|was"
    rf"|#)\W{{0,3}}){{0,2}}(?:(?:of|for|belonging to) (?:[^\W\d_]+ ){{0,2}}[^\W\d_]+(?: is| was)?\W{{1,3}})?"
    r"((?=[a-z0-9]*\d[a-z]?\d[a-z]?\d)[a-z]{0,3}\d[a-z0-9]{4,14}(?![^\W_]))?"
)


def _documents(document: Document) -> Iterator[Found]:
    starts = {run.start: run for run in runs(document) if 6 <= len(run.digits) <= 10}
    for match in _DOCUMENT_NUMBER.finditer(document.folded.string):
        if match[2]:
            yield Found(*match.span(2), f"document number, led in by `{match[1]}`")
        elif run := starts.get(match.end()):
            yield Found(run.start, run.end, f"document number, led in by `{match[1]}`{spoken(run)}")


# --- wallets --------------------------------------------------------------------------------------------------------

_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(?:(?P<ether>0x[0-9a-fA-F]{40})|(?P<bitcoin>[13][1-9A-HJ-NP-Za-km-z]{25,34}"
    r"|bc1[02-9ac-hj-np-z]{11,71}"
    r"|BC1[02-9AC-HJ-NP-Z]{11,71})|(?P<tron>T[1-9A-HJ-NP-Za-km-z]{33}))(?![A-Za-z0-9])"
)


_WALLET_TAIL = 12  # so many letters and digits stand behind the first digit of an address


def _wallets(document: Document) -> Iterator[Match]:
    from stdnum import bitcoin

    for match in _WALLET.finditer(document.text):
        coin = match.lastgroup or ""
        if not re.search(rf"\d.{{{_WALLET_TAIL}}}", match[0]):
            continue  # one address in thirty has no digit early enough for the trigger
        valid = coin == "ether" or (bitcoin.is_valid(match[0]) if coin == "bitcoin" else _tron_holds(match[0]))
        if valid:
            yield Match(*match.span(), f"number: {coin} wallet in text as written")


def _tron_holds(address: str) -> bool:
    from stdnum import bitcoin

    raw: bytes = bitcoin.b58decode(address)
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


# --- the kind -------------------------------------------------------------------------------------------------------


def _parts(document: Document) -> list[Run]:
    """The runs that a search starts from: whole, and cut at commas."""
    return document.once("number.parts", lambda: list(_cut(document)))


def _cut(document: Document) -> Iterator[Run]:
    for run in runs(document):
        segments = [run, *run.segments()] if any(run.gaps) else [run]
        for part in segments if len(segments) != 2 else segments[:1]:
            if len(part.digits) >= 7 and part.reachable():
                yield part


# What the digits do not already trigger; each pattern begins near a digit, so texts without digits cost nothing.
_COMPACT = "|".join(
    (
        "[a-z][0-9]{4}[a-z](?:[^a-z0-9]|$)",  # PAN
        "[0-9]{2}[a-z][0-9]{2}[a-z][0-9]{3}[a-z]",  # codice fiscale
        "[0-9]{6}[a-z]{6}",  # CURP
    )
)
_LETTER_LEADS = (
    "pan curp dni nif nie hetu henkilotunnus rut nino ni nric fin pps ppsn cf|codice fiscale|national insurance"
)
_PAPERS = (
    "passport|pass port|pasaporte|passeport|reisepass|passaporto|passaporte|paspor|paszport|паспорт|driver licen"
    "|drivers licen|driver s licen|driving licen|fuhrerschein|permis de conduire|carnet de conducir"
)
_SORT_PATTERN = r"sort(?:[ -]?code)?[^a-z0-9]{1,4}(?:(?:is|no|number)[^a-z0-9]{1,3})?[0-9]{2}[^a-z0-9]"
_ID_WORDS, *_ID_PHRASES = _LETTER_LEADS.split("|")
_LEAD_WORDS = frozenset(_LETTER_LEADS.replace("|", " ").split())
TYPES: dict[str, tuple[Callable[[Document], Iterator[Found]], Trigger]] = {
    "card": (_cards, trigger()),
    "iban": (_ibans, trigger()),
    "national-id": (
        lambda document: (found for search in (_ids, _letter_ids) for found in search(document)),
        trigger()
        | Trigger(
            literals=frozenset(map(Literal, [*_ID_WORDS.split(), *_ID_PHRASES])),
            patterns=frozenset({_COMPACT}),
        ),
    ),
    "document": (
        _documents,
        Trigger(literals=frozenset(Literal(words, open_end=True) for words in _PAPERS.split("|"))),
    ),
    "bank-account": (_accounts, trigger() | Trigger(patterns=frozenset({_SORT_PATTERN}))),
}
_WALLET_TRIGGER = Trigger(patterns=frozenset({rf"[0-9][0-9a-z]{{{_WALLET_TAIL}}}"}))


def _search(document: Document, types: tuple[str, ...]) -> Iterator[Match]:
    count = 0
    for name in types:
        if name == "wallet":
            yield from _wallets(document)
            continue
        for found in TYPES[name][0](document):
            count += 1
            start, end = document.folded.span(found.start, found.end)
            if count > _MAX_NUMBERS:
                yield Match(start, end, "number: stopped at its limit of numbers", capped=True)
                return
            yield Match(start, end, f"number: {found.why} in {document.chain(start, end)}")


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher for the types that are asked for, all by default."""
    types = tuple(sorted(options.get("types", [*TYPES, "wallet"])))
    if len(types) > 1:
        return Several(("number", types), tuple(build({"types": [name]}, surroundings) for name in types))
    pulled = _WALLET_TRIGGER if types == ("wallet",) else TYPES[types[0]][1]
    return Detector(("number", types), pulled, lambda document: apart(_search(document, types)))


SCHEMA = {
    "description": "Numbers that are confidential, each checked by its checksum or the words that lead it in.",
    "type": "object",
    "properties": {
        "types": {
            "description": "Which (all); a `document` is a passport or a licence, a `wallet` holds crypto money.",
            "type": "array",
            "items": {"enum": [*TYPES, "wallet"]},
            "minItems": 1,
        }
    },
    "additionalProperties": False,
}
KIND = Kind("number", "confidential numbers", SCHEMA, build, "number: {types: [card, iban]}")
