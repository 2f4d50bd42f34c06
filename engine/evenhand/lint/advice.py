"""What a check of a policy is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..compiled import Rule
from ..errors import Place
from ..parsed import ParsedPolicy
from ..policy import Policy
from ..testing import all_rules
from ..written import Table, Written, rules_written, tables_written


@dataclass(frozen=True, slots=True, order=True)
class Advice:
    """One thing to mend: where, which check says so, what, how, a text that shows it, and the rule or table it is about."""

    place: Place
    check: str
    message: str
    hint: str = ""
    witness: str = ""
    about: str = ""

    def __str__(self) -> str:
        shown = f"; for instance `{self.witness}`" if self.witness else ""
        return f"{self.place}: {self.message}{shown} [{self.check}]" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True)
class Subject:
    """A policy to look at, ordinary words that no term should find, and the day."""

    parsed: ParsedPolicy
    policy: Policy
    benign: tuple[str, ...]
    on: date

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Every rule in compiled form, drafts included."""
        return {rule.id: rule for rule in all_rules(self.parsed, self.policy.compiled)}

    @cached_property
    def written(self) -> dict[str, Written]:
        """Where each rule stands."""
        return rules_written(self.parsed)

    @cached_property
    def tables(self) -> dict[Table, Written]:
        """Where each list, macro and lexicon stands."""
        return tables_written(self.parsed)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: how bad what it finds is (`error`, `warning`, `note`), and what finds it."""

    severity: str
    find: Callable[[Subject], Iterable[Advice]]


Found = Iterator[Advice]
