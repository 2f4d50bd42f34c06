"""Plain scalars: what a word without quotes stands for, and what other readers of YAML would take it for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from .places import shown

_TYPED: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
# No more digits than other readers of YAML and JSON keep.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,22}")


def typed(text: str) -> bool | int | float | str | None:
    """The value of a plain scalar."""
    if text in _TYPED:
        return _TYPED[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


_WORDS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("true", "yes", "y", "on"), ("true", "the truth value")),
    **dict.fromkeys(("false", "no", "n", "off"), ("false", "the truth value")),
    "null": ("null", "no value"),
}


def _sixties(digits: str) -> float:
    """`12:30` counts in sixties."""
    total = 0.0
    for part in digits.lstrip("+-").split(":"):
        total = total * 60 + float(part)
    return -total if digits.startswith("-") else total


# What YAML 1.1 (octal, in sixties, with underscores) or 1.2 (0o17, 1e3, 08) makes of plain text; the first that fits.
_NUMBERS: Sequence[tuple[re.Pattern[str], Callable[[str], float]]] = [
    (re.compile(r"[-+]?0[0-7_]+|0o[0-7]+"), lambda digits: int(digits.replace("o", ""), 8)),
    (re.compile(r"[-+]?0b[01_]+"), lambda digits: int(digits, 2)),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+"), lambda digits: int(digits, 16)),
    (re.compile(r"[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)"), _sixties),
    (re.compile(r"[-+]?[0-9][0-9_]*"), int),
    (re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), lambda digits: float(digits.replace(".", ""))),
]
_ISO_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].*)?")  # staff write dates unquoted: they stay text
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*")


def _other_number(text: str) -> str | None:
    """The number that another reader takes a plain text for."""
    for pattern, convert in _NUMBERS:
        if pattern.fullmatch(text):
            try:
                number = f"{convert(text.replace('_', '')):.15g}" if len(text) <= 40 else ""
            except (ValueError, OverflowError):  # `0x_`
                number = ""
            return number if _INTEGER.fullmatch(number) or _DECIMAL.fullmatch(number) else "a number"
    return None


def surprise(text: str) -> tuple[str, str] | None:
    """Why a plain scalar that is not typed here is refused all the same, and how to write it."""
    quoted = in_quotes(text)
    if found := _WORDS.get(text.lower()):
        meant, sense = found
        return _taken(text, meant), f"{quoted} if you mean the word, `{meant}` if you mean {sense}"
    if text in ("=", "<<"):
        return f"`{text}` has a sense of its own for other YAML readers", quoted
    if text[:1] not in "+-.0123456789":
        return None
    if number := _other_number(text):
        mean = "" if number == "a number" else f" if you mean the text, `{number}` if you mean the number"
        return _taken(text, number), quoted + mean
    if _TIME.fullmatch(text) and not _ISO_TIME.fullmatch(text):
        return _taken(text, "a time"), f"{quoted}, or as in `2026-03-01`"
    return None


def in_quotes(text: str) -> str:
    return f'write "{text}" in quotes' if len(text) <= 40 else "write it in quotes"


def _taken(text: str, other: str) -> str:
    return f"{shown(text)} is text here, but other YAML readers take it for {other}"
