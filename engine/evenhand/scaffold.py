"""Scaffolds, so that the tenth rule and the tenth kind look like the first."""

from __future__ import annotations

import re

from .errors import InputError, nearest
from .kinds import KINDS


def rule_scaffold(name: str, clause: str, kind: str) -> str:
    """A rule as YAML, indented for a pack; raises `InputError` for an unknown kind or an unusable name."""
    if not re.fullmatch(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", name):
        raise InputError(f"`{name}` is no rule id; use lower-case letters, digits, dots and hyphens")
    if kind not in KINDS:
        raise InputError(f"no kind `{kind}`; {nearest(kind, KINDS)}")
    return f"""\
  - id: {name}
    about: Say in one sentence what this rule is for.
    clause: {clause}
    status: draft
    find:
      {KINDS[kind].example}
    message:
      en: Say what the author should leave out.
    tests:
      hits:
        - "a text with [[what is found]] in marks"
      misses:
        - "an honest text that looks like a hit"
"""


def kind_scaffold(name: str) -> dict[str, str]:
    """The files of a new kind by their paths in a checkout; raises `InputError` for an unusable name."""
    if not re.fullmatch(r"[a-z][a-z_]*", name) or name in KINDS:
        raise InputError(f"`{name}` cannot name a kind; use a new word of lower-case letters")
    code = f'''\
"""Say in one sentence what the kind `{name}` finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..matcher import Detector, Kind, Matcher, Surroundings, Trigger
from ..model import Match
from ..text import Document


def search(document: Document) -> Iterator[Match]:
    """Yields a match for every place; offsets are those of the text as submitted."""
    start = document.folded.string.find("{name}")
    if start >= 0:
        yield Match(*document.folded.span(start, start + {len(name)}), "{name} in folded")


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher from options that the schema accepts."""
    return Detector(("{name}", str(options)), Trigger(patterns=frozenset({{"{name}"}})), search)


SCHEMA = {{"description": "Say what it finds.", "type": "object", "properties": {{}}, "additionalProperties": False}}
KIND = Kind("{name}", "say what it finds", SCHEMA, build, "{name}: {{}}")
'''
    cases = f"""\
kind: {name}
cases:
  - options: {{}}
    hits:
      - "a text with [[{name}]] in it"
    misses:
      - "a text without it"
"""
    return {f"engine/evenhand/kinds/{name}.py": code, f"tests/kinds/{name}.yaml": cases}
