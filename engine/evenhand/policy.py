"""The policy as callers hold it: load it once, check feedback, ask the gate, admit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from .cache import cache_folder
from .compile import compile_policy
from .compiled import Compiled
from .decide import Spent, among, decide, over_length
from .digests import forms
from .errors import InputError
from .gate import Gate, gate_rules
from .loader import parse
from .model import (
    ROLES,
    Admission,
    Contract,
    Feedback,
    LatePermission,
    Outcome,
    Party,
    Submission,
    Verdict,
)
from .parsed import ParsedPolicy
from .prefilter import Prefilter
from .text import Document
from .thresholds import thresholds


class Policy:
    """A compiled policy: immutable, safe to share among threads and across a fork.

    `version` is a hash of everything that can change a verdict; `gate` rules on who may write when;
    `reciprocity` says from when on people who rate each other are shown to a reviewer.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.name = compiled.name
        self.version = compiled.version
        self.gate = Gate(gate_rules(compiled.gate))
        self.reciprocity = thresholds(compiled.audit.get("reciprocity", {}))
        self._prefilter = Prefilter(compiled)
        self._in_ascii = self._prefilter.in_ascii
        self._limit = compiled.text_limit
        self._clean = Verdict(Outcome.allow, (), (), compiled.version)

    def __repr__(self) -> str:
        return f"<Policy {self.name!r} {self.version}: {len(self.compiled.rules)} rules>"

    def __reduce__(self) -> tuple[type[Policy], tuple[Compiled]]:
        """Policies can be sent to other processes, and to machines with the same processor."""
        return Policy, (self.compiled,)

    @property
    def prefilter(self) -> Prefilter:
        """Which rules a text may break, for drivers that judge more than one text at a time."""
        return self._prefilter

    def check(self, feedback: str | Feedback) -> Verdict:
        """Checks one text against every rule; the feedback is never changed and nothing of it is kept.

        Raises `InputError` (a `ValueError`) for what is no feedback: another type, a lone surrogate, a rating of 7.
        """
        if type(feedback) is str:
            text, checked = feedback, None
        else:
            checked = checked_feedback(feedback)
            text = checked.text
        if text.isascii() and len(text) <= self._limit and (checked is None or _nothing_known(checked)):
            contract = checked.contract if checked else None
            found = self._in_ascii(text, titled=bool(contract and contract.title))
            if found is None:
                return self._clean
            return decide(self.compiled, found.document(checked or Feedback(text)), found.candidates)
        return self.examine(checked or checked_feedback(feedback))

    def admit(
        self,
        feedback: Feedback,
        *,
        now: datetime,
        given: Sequence[Submission] = (),
        permissions: Sequence[LatePermission] = (),
    ) -> Admission:
        """Gate and content in one call, before feedback is stored; `feedback` must carry its `contract` and `author`.

        `accepted` is true when the gate allows it and no finding rejects it. Raises `InputError`.
        """
        checked = checked_feedback(feedback)
        if checked.contract is None:
            raise InputError(
                "`feedback.contract` is missing; pass `Contract(id=..., client=..., freelancer=..., ended_at=...)`"
            )
        if checked.author is None:
            raise InputError('`feedback.author` is missing; pass "client" or "freelancer"')
        ruling = self.gate.may_submit(
            checked.contract, author=checked.author, now=now, given=given, permissions=permissions
        )
        verdict = self.check(checked)
        outcome = verdict.outcome if ruling.allowed else Outcome.reject
        return Admission(outcome < Outcome.reject, outcome, ruling, verdict)

    def examine(self, feedback: Feedback, *, only: frozenset[int] | None = None, spent: Spent | None = None) -> Verdict:
        """The verdict on feedback that is known to be valid, whatever its text; `only` names rules by their numbers."""
        document = Document(within_limit(self.compiled, feedback))
        verdict = decide(self.compiled, document, among(self._prefilter.candidates(document), only), spent)
        return with_length(self.compiled, verdict, feedback)


def within_limit(compiled: Compiled, feedback: Feedback) -> Feedback:
    """The feedback with as much of its text as is read."""
    limit = compiled.text_limit
    return feedback if len(feedback.text) <= limit else replace(feedback, text=feedback.text[:limit])


def with_length(compiled: Compiled, verdict: Verdict, feedback: Feedback) -> Verdict:
    """The verdict on what was read of the feedback; where that is not all, a human has to look at the rest."""
    length = len(feedback.text)
    if length <= compiled.text_limit:
        return verdict
    finding = over_length(compiled, Document(feedback), length)
    outcome = max(verdict.outcome, finding.outcome)
    return replace(verdict, outcome=outcome, findings=(*verdict.findings, finding))


def _nothing_known(feedback: Feedback) -> bool:
    return feedback.counterparty is None and not feedback.known


def checked_feedback(feedback: object) -> Feedback:
    """The feedback, if every field is what it should be; raises `InputError` that says which is not."""
    if isinstance(feedback, str):
        feedback = Feedback(str(feedback))
    if not isinstance(feedback, Feedback):
        raise InputError(f"feedback is {_a(feedback)}; pass a `str` or `evenhand.Feedback(text=...)`")
    _check_text("feedback.text", feedback.text)
    _check_text("feedback.id", "" if feedback.id is None else feedback.id)
    if feedback.author is not None and feedback.author not in ROLES:
        raise InputError(f'`feedback.author` is {feedback.author!r}; pass "client" or "freelancer"')
    rating = feedback.rating
    if rating is not None and (isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 5):
        raise InputError(f"`feedback.rating` is {rating!r}; pass a whole number from 1 to 5, or None")
    if not isinstance(feedback.locale, str) or not feedback.locale:
        raise InputError(f'`feedback.locale` is {feedback.locale!r}; pass a tag such as "en" or "pt-BR"')
    if feedback.contract is not None and not isinstance(feedback.contract, Contract):
        raise InputError(f"`feedback.contract` is {_a(feedback.contract)}; pass `evenhand.Contract(...)`")
    if feedback.contract is not None and feedback.contract.title is not None:
        _check_text("feedback.contract.title", feedback.contract.title)
    _check_party(feedback.counterparty)
    if isinstance(feedback.known, str) or not isinstance(feedback.known, Sequence):
        raise InputError(f"`feedback.known` is {_a(feedback.known)}; pass a list of texts")
    for each in feedback.known:
        _check_text("feedback.known", each)
    return feedback


def _check_party(party: object) -> None:
    if party is None:
        return
    if not isinstance(party, Party):
        raise InputError(f"`feedback.counterparty` is {_a(party)}; pass `evenhand.Party(...)`")
    for name in ("name", "email", "phone", "company"):
        if (value := getattr(party, name)) is not None:
            _check_text(f"feedback.counterparty.{name}", value)


def _check_text(name: str, text: object) -> None:
    if not isinstance(text, str):
        raise InputError(f"`{name}` is {_a(text)}; pass a `str`")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"`{name}` holds a lone surrogate at character {error.start}; decode the bytes as UTF-8, or JSON with both halves"
            ) from None


def _a(value: object) -> str:
    return "None" if value is None else f"of type `{type(value).__name__}`"


def load(
    path: str | Path | None = None,
    *,
    cache: Path | str | Literal[False] | None = None,
    on: date | None = None,
) -> Policy:
    """Loads a policy and all it includes; None loads the one shipped with evenhand.

    `cache` is the folder for compiled policies (default: the user's; False: none), `on` the day on which exceptions must
    not have expired (default: today in UTC). Raises `PolicyError`, whose `problems` each have a place.
    """
    if path is not None and not isinstance(path, str | Path):
        raise InputError(f"`path` is {_a(path)}; pass the path of a policy file, or None for the shipped policy")
    folder = cache_folder() if cache is None else None if cache is False else Path(cache)
    day = on if on is not None else datetime.now(UTC).date()
    return Policy(compile_policy(path, cache=folder, on=day))


def load_with_files(path: str | Path | None = None, *, on: date | None = None) -> tuple[ParsedPolicy, Policy]:
    """A policy as its files say it, and loaded: for who tests or explains it. Raises what `load` raises.

    What was compiled before is sound, so of the files only what is new is checked.
    """
    policy = load(path, on=on)
    return parse(path, trusted=forms(policy.compiled)), policy
