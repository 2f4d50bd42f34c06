"""A hash for each rule of all that can change what it finds: rules with the same hash need not be judged again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .compile import Compiled, Rule
from .loader import as_json

_NAME = re.compile(r"\w[\w-]*")
_LIBRARIES = ("better-profanity", "hyperscan", "phonenumbers", "publicsuffixlist", "python-stdnum", "regex")


@cache
def engine() -> str:
    """A hash of this package's own files and of the libraries that it judges with."""
    digest = hashlib.sha256(str([version(name) for name in _LIBRARIES]).encode())
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        if file.parent.name not in ("audit", "cli"):
            digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def rules(compiled: Compiled) -> dict[str, str]:
    """The hash of each rule, by id."""
    return {rule.id: _rule(compiled, rule) for rule in compiled.rules}


def _rule(compiled: Compiled, rule: Rule) -> str:
    own = [
        [rule.category, rule.clause, rule.status, str(rule.outcome), dict(rule.message), rule.when, rule.find],
        list(rule.unless),
    ]
    waivers = [[each.id, each.find] for each in compiled.waivers if rule.id in each.rules]
    words = _words(rule, as_json([own, waivers]))
    shared = [rule.words.regions, rule.words.short, compiled.text_limit, waivers]
    return hashlib.sha256(as_json([own, words, shared]).encode()).hexdigest()[:16]


def _words(rule: Rule, written: str) -> Mapping[str, Any]:
    """The lists, macros and lexicons that a rule may mean, and those that they may mean.

    Any name that occurs counts: a word that only looks like one makes a rule be judged again, which does no harm.
    """
    store, pack = rule.words, rule.pack
    known: dict[str, list[Any]] = {}
    tables = [store.lexicons, store.lists.get("", {}), store.lists.get(pack, {})]
    for table in [*tables, store.macros.get("", {}), store.macros.get(pack, {})]:
        for name, meant in table.items():
            known.setdefault(name, []).append(meant)
    found: dict[str, Any] = {}
    asked = set(_NAME.findall(written)) & known.keys()
    while asked:
        name = asked.pop()
        found[name] = known[name]
        asked |= (set(_NAME.findall(as_json(known[name]))) & known.keys()) - found.keys()
    return found
