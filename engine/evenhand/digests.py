"""A hash for each rule of all that can change what it finds: rules with the same hash need not be judged again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from .cache import APART
from .compiled import Compiled, Rule, Waiver
from .loader import form_of

_LIBRARIES = ("better-profanity", "hyperscan", "phonenumbers", "publicsuffixlist", "python-stdnum", "regex")


@cache
def engine() -> str:
    """A hash of this package's own files and of the libraries that it judges with."""
    digest = hashlib.sha256(str([version(name) for name in _LIBRARIES]).encode())
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        if file.parent.name not in APART:
            digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def rules(compiled: Compiled) -> dict[str, str]:
    """The hash of each rule, by id."""
    return {rule.id: of_rule(rule, compiled.waivers, compiled.text_limit) for rule in compiled.rules}


def forms(compiled: Compiled) -> frozenset[str]:
    """What the rules of a loaded policy find, as `loader.parse` trusts it: it need not be checked again."""
    return frozenset(form_of(rule.words, rule.pack, rule.find, rule.unless, rule.when) for rule in compiled.rules)


def of_rule(rule: Rule, waivers: Sequence[Waiver], text_limit: int) -> str:
    """The hash of a rule under these exceptions."""
    own = [rule.category, rule.clause, rule.status, str(rule.outcome), dict(rule.message), rule.when]
    excused = [[each.id, each.find, each.scope] for each in waivers if rule.id in each.rules]
    return rule.words.form(
        rule.pack, own, [rule.active, rule.rollout], rule.find, list(rule.unless), excused, text_limit
    )
