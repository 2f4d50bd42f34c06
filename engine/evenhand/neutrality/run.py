"""From stored feedback to the evidence: judges it, flips ratings and roles, swaps groups, and counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from ..audit.inputs import Reading, Source, sources
from ..columns import FIELDS, Facts, Judge, Judged
from ..errors import InputError
from ..model import ROLES, Verdict
from ..policy import Policy
from .identities import Identities, Mention, read_identities
from .tally import Flips, Rates, Subject, Swaps, subjects

_ROWS = 1_024  # rows of stored feedback read in one go
_TOGETHER = 100  # texts whose variants are judged in one go

# (rows judged so far, how much is done from 0 to 1): called after every chunk
Progress = Callable[[int, float], None]


@dataclass(frozen=True)
class Options(Reading):
    """What to read and how much of it to judge again; every field has the default of the command line.

    `sample` is the share (0 to 1) of the texts without findings that are judged again as those with findings are;
    `seed` chooses another sample. `identities` is a table of groups, None the shipped one.
    """

    sample: float = 0.05
    seed: int = 0
    identities: str | Path | None = None
    policy_file: str | None = None  # only told in the report


@dataclass
class Evidence:
    """The counts, and what they were taken from."""

    policy: Policy
    options: Options
    inputs: Sequence[Mapping[str, Any]]
    groups: Mapping[str, Sequence[str]]
    rows: int = 0
    unread: int = 0
    again: int = 0  # texts without findings that were judged again
    rates: Rates = field(default_factory=Rates)
    flips: Flips = field(default_factory=Flips)
    swaps: Swaps = field(default_factory=Swaps)

    @property
    def passed(self) -> bool:
        """Whether no verdict changed with the rating or the role by a rule without a ground."""
        return not self.flips.failed


class _Text(NamedTuple):
    """A text to judge again, and how it was judged."""

    name: str
    text: str
    facts: Facts
    verdict: Verdict | None


def neutrality(
    inputs: Sequence[str | Path], policy: Policy, options: Options | None = None, progress: Progress | None = None
) -> Evidence:
    """Judges everything in the inputs (files, folders, patterns, database addresses, `-`) and counts what differs.

    The same inputs, policy and options give the same evidence. Raises `InputError` for inputs and options that cannot be
    used, `PolicyError` for a table of groups that cannot; a bad row is counted and never ends the run.
    """
    chosen = options or Options()
    if not 0 <= chosen.sample <= 1:
        raise InputError(f"`sample` is {chosen.sample}; pass a share from 0 to 1")
    found = sources([str(each) for each in inputs], chosen.asked(_ROWS))
    identities = read_identities(chosen.identities)
    evidence = Evidence(policy, chosen, [dict(source.identity) for source in found], identities.groups)
    judge, again = Judge(policy, chosen.columns), _Again(evidence, identities)
    waiting: list[_Text] = []
    for batch, done in _batches(found):
        waiting += _counted(evidence, judge.judge(batch))
        while len(waiting) >= _TOGETHER:
            again(waiting[:_TOGETHER])
            del waiting[:_TOGETHER]
        if progress is not None:
            progress(evidence.rows, done)
    again(waiting)
    return evidence


def _batches(found: Sequence[Source]) -> Iterator[tuple[pa.RecordBatch, float]]:
    for at, source in enumerate(found):
        for chunk in source.chunks(None):
            yield chunk.batch, (at + chunk.done) / len(found)


def _counted(evidence: Evidence, judged: Judged) -> Iterator[_Text]:
    """Counts the rows of a batch; gives those to be judged again."""
    for row, (text, facts) in enumerate(zip(judged.texts, judged.facts, strict=True)):
        if row in judged.problems or text is None:
            evidence.unread += 1
            continue
        evidence.rows += 1
        verdict = judged.verdicts.get(row)
        against = subjects(verdict)
        evidence.rates.add(against, facts.rating, facts.author)
        if against or sampled(text, evidence.options.sample, evidence.options.seed):
            evidence.again += not against
            name = judged.ids[row]
            yield _Text(f"row {evidence.rows + evidence.unread}" if name is None else name, text, facts, verdict)


def sampled(text: str, share: float, seed: int) -> bool:
    """Whether a text is in the sample: a matter of its hash and the seed, so the same on every machine."""
    digest = hashlib.blake2b(f"{seed}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


# --- judging again --------------------------------------------------------------------------------------------------


class _Again:
    """Judges texts with other ratings, other roles and other groups."""

    def __init__(self, evidence: Evidence, identities: Identities) -> None:
        self._evidence, self._identities = evidence, identities
        self._judge = Judge(evidence.policy)
        self._grounds = {rule.id: rule.ground for rule in evidence.policy.compiled.rules}

    def __call__(self, texts: Sequence[_Text]) -> None:
        """Counts what changes in some texts."""
        variants = [_flipped(each.facts) for each in texts]
        flat = [(each.text, facts) for each, other in zip(texts, variants, strict=True) for facts in other]
        verdicts = iter(self._verdicts(flat))
        for each, other in zip(texts, variants, strict=True):
            self._compare(each, [(facts, next(verdicts)) for facts in other])
        self._swap(texts)

    def _verdicts(self, rows: Sequence[tuple[str, Facts]]) -> list[Verdict | None]:
        if not rows:
            return []
        judged = self._judge.judge(_batch(rows))
        return [judged.verdicts.get(row) for row in range(len(rows))]

    def _compare(self, given: _Text, others: Sequence[tuple[Facts, Verdict | None]]) -> None:
        """Counts each rule that says otherwise about the text once."""
        flips = self._evidence.flips
        flips.texts += 1
        flips.judged += len(others)
        before, changed = _said(given.verdict), set[str]()
        for facts, verdict in others:
            for rule in sorted({name for name, *_ in before ^ _said(verdict)} - changed):
                changed.add(rule)
                if self._grounds.get(rule):
                    flips.grounded[rule] += 1
                else:
                    flips.fail({"id": given.name, "rule": rule, "as_given": _told(given.facts), "as": _told(facts)})

    def _swap(self, texts: Sequence[_Text]) -> None:
        for each in texts:
            for mention in self._identities.mentions(each.text):
                if _of_counterparty(each, mention):
                    continue
                swapped = dict(self._identities.swapped(each.text, mention))
                verdicts = self._verdicts([(text, each.facts) for text in swapped.values()])
                against: dict[str, frozenset[Subject]] = {mention.group: subjects(each.verdict)}
                against |= {group: subjects(verdict) for group, verdict in zip(swapped, verdicts, strict=True)}
                self._evidence.swaps.add(mention.kind, mention.group, against)


def _flipped(given: Facts) -> list[Facts]:
    """The facts with each other rating and role; those that change one of the two come first."""
    every = [given._replace(rating=rating, author=role) for rating in range(1, 6) for role in ROLES]
    alone = [given._replace(rating=rating) for rating in range(1, 6)] + [given._replace(author=role) for role in ROLES]
    return [facts for facts in dict.fromkeys([*alone, *every]) if facts != given]


def _said(verdict: Verdict | None) -> frozenset[tuple[str, int, int, str]]:
    """What a verdict says about the text, without the words for it."""
    findings = verdict.findings if verdict is not None else ()
    return frozenset((each.rule, each.start, each.end, str(each.outcome)) for each in findings)


def _told(facts: Facts) -> str:
    stars = "no rating" if facts.rating is None else f"{facts.rating} star{'s' if facts.rating > 1 else ''}"
    return f"{stars}, {facts.author or 'no role'}"


def _of_counterparty(given: _Text, mention: Mention) -> bool:
    """Whether the words swapped are known details of the other side, which rules look for by their very letters."""
    known = " ".join(str(each) for each in given.facts[4:8] if each is not None).lower()
    return bool(known) and any(given.text[start:end].lower() in known for start, end, _ in mention.spans)


def _batch(rows: Sequence[tuple[str, Facts]]) -> pa.RecordBatch:
    columns: dict[str, pa.Array] = {"text": pa.array([text for text, _ in rows], pa.string())}
    for at, name in enumerate(Facts._fields):
        kind = pa.int64() if name == "rating" else pa.string()
        columns[FIELDS[name][0]] = pa.array([facts[at] for _, facts in rows], kind)
    return pa.record_batch(columns)
