"""Checks of what rules say beside what they find: tests, messages, clauses, descriptions."""

from __future__ import annotations

import re

from ..errors import Place
from ..words import as_json
from ..written import names_in, tables_of
from .advice import Advice, Found, Subject


def untested(subject: Subject) -> Found:
    """Rules without a hit or without a miss."""
    for rule in subject.parsed.rules:
        for kind, samples in (("hits", rule.hits), ("misses", rule.misses)):
            if not samples:
                message, hint = f"rule `{rule.id}` has no `{kind}`", f"add one under `tests: {kind}:`"
                yield Advice(rule.place, "untested", message, hint, about=rule.id)


def unused_clause(subject: Subject) -> Found:
    """Clauses that no rule enforces, unless a clause below the same heading is enforced."""
    parsed = subject.parsed
    cited = {rule.clause for rule in parsed.rules}
    place = Place("guidelines")
    for source in parsed.sources.values():
        if "guidelines" in source.value:
            place = source.place(("guidelines",))
    for name, text in parsed.clauses.items():
        body = text.partition(": ")[2]
        if name not in cited and body and not name.startswith(("genuine", "professional", "privacy")):
            message, hint = f"no rule enforces clause `{name}`", "write a rule, or drop the clause"
            yield Advice(place, "unused-clause", message, hint, about=name)


def no_message(subject: Subject) -> Found:
    """Rules whose authors are told nothing."""
    for rule in subject.parsed.rules:
        if "en" not in rule.message:
            message = f"rule `{rule.id}` has no English message"
            yield Advice(rule.place, "no-message", message, "add `message: {en: ...}`", about=rule.id)


def missing_locale(subject: Subject) -> Found:
    """Rules without a message in a locale that other rules have."""
    spoken = sorted({locale for rule in subject.parsed.rules for locale in rule.message} - {"en"})
    for rule in subject.parsed.rules:
        for locale in spoken if rule.message else ():
            if locale not in rule.message:
                message = f"rule `{rule.id}` has no message in `{locale}`, as other rules have"
                yield Advice(rule.place, "missing-locale", message, f"add `{locale}:` to its message", about=rule.id)


_QUOTED = re.compile(r"`([^`]+)`")


def stale_about(subject: Subject) -> Found:
    """Descriptions that name a list which the rule does not use, or quote words that it does not hold."""
    for rule in subject.parsed.rules:
        written = subject.written[rule.id]
        about = written.value.get("about", "")
        if not about:
            continue
        value = [rule.find, list(rule.unless)]
        tables = tables_of(value, rule.pack, subject.tables)
        names = {table.name for table in tables}
        held = as_json([value, [subject.tables[table].value for table in tables], written.value.get("when")]).lower()
        gone = [name for name in names_in(about) if name not in names]
        gone += [word for word in _QUOTED.findall(about) if word.strip("{}<>").lower() not in held and word not in gone]
        for name in dict.fromkeys(each.strip("{}<>") for each in gone):
            message = f"the description of rule `{rule.id}` names `{name}`, which the rule does not hold"
            yield Advice(written.place("about"), "stale-about", message, "say what it finds now", name, rule.id)
