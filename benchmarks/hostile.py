"""Texts made to be slow: each aims at one part of the engine, and each must be answered soon and honestly."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator


def _random(name: str) -> random.Random:
    return random.Random(f"hostile {name}")


def _soup(name: str, signs: str, length: int) -> str:
    return "".join(_random(name).choices(signs, k=length))


def _words(name: str, words: str, length: int) -> str:
    chosen = _random(name).choices(words.split(), k=length // 2)
    return " ".join(chosen)[:length]


def _base64(length: int) -> str:
    return base64.b64encode(_random("base64").randbytes(length)).decode()[:length]


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda length: (unit * (length // len(unit) + 1))[:length]


SHAPES: dict[str, Callable[[int], str]] = {
    "digits": lambda n: _soup("digits", "0123456789", n),
    "digits and separators": lambda n: _soup("separators", "0123456789 -().+/", n),
    "letter a": _repeated("a"),
    "letters apart": _repeated("f u c k "),
    "zero-width soup": lambda n: _soup("zero-width", "fuck\u200b\u200c\u200d\u2060\ufeff\u00ad", n),
    "combining marks": _repeated("a" + "\u0301" * 40),
    "nested brackets": lambda n: "([{<" * (n // 8) + ">}])" * (n // 8),
    "confusables": lambda n: _soup("confusables", "fuсkаоеріхуѕ f𝐮𝒸𝓀 ＦＵＣＫ ѕһіт", n),
    "spelled digits": lambda n: _words("spelled", "one two three four five six seven eight nine oh double", n),
    "digits in scripts": lambda n: _soup("scripts", "٠١٢٣४५६７８９0123 ", n),
    "@ soup": lambda n: _soup("at", "a.b@-_", n),
    "e-mails": _repeated("a.b@c.d@e.com "),
    "said e-mails": _repeated("a at b dot c "),
    "links": _repeated("http://a.b/c?d="),
    "dots": _repeated("a.b.c."),
    "base64": _base64,
    "newlines": _repeated("\n"),
    "spaces": _repeated(" "),
    "leet": lambda n: _soup("leet", "a@4s$5i1!o0 e3t7", n),
    "swear words": _repeated("shit fuck cunt "),
    "emoji": _repeated("👩‍👩‍👧‍👦🏳️‍🌈🇫🇺"),
    "one long sentence": lambda n: _words(
        "sentence", "if you give me five stars then I will pay refund text call add", n
    ),
}
SIZES = (20_000, 100_000)  # the longest text that the shipped policy reads as a whole; a hundred kilobytes and more


def hostile(length: int) -> Iterator[tuple[str, str]]:
    """(name, text) of every shape, so many characters long."""
    for name, make in SHAPES.items():
        yield name, make(length)
