"""Check and record in one call: no verdict leaves before its record is safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TypeVar

from ..errors import InputError
from ..model import Admission, Feedback, LatePermission, Submission, Verdict
from ..policy import Policy
from ..watched import Watched
from .journal import Sink
from .record import checked_id, in_utc, record_of, secret

F = TypeVar("F")


@dataclass(frozen=True)
class Recorder:
    """A policy whose decisions are recorded; as cheap to make as to keep, and safe to share among threads if its sink is.

    `policy` may be one that is watched: each decision is recorded with the one in force. `salt` (16 bytes or more) keeps
    texts from being guessed by their hashes. What the sink raises is passed on, and then there is no verdict.
    """

    policy: Policy | Watched
    sink: Sink
    salt: bytes | str

    def __post_init__(self) -> None:
        if not isinstance(self.policy, Policy | Watched):
            raise InputError("`policy` is no policy; pass `evenhand.load(path)` or `evenhand.watch(path)`")
        secret(self.salt, "salt")

    def check(self, feedback: str | Feedback, *, id: str | int, at: datetime | None = None) -> Verdict:
        """`policy.check`, recorded; `at` is the instant of the decision (default: now)."""
        checked_id(id)
        instant = datetime.now(UTC) if at is None else in_utc(at)
        policy, feedback = self._in_force(), _named(feedback, id)
        begin = perf_counter()
        verdict = policy.check(feedback)
        ms = (perf_counter() - begin) * 1000
        self.sink.append(record_of(policy, feedback, verdict, id=id, at=instant, salt=self.salt, ms=ms))
        return verdict

    def admit(
        self,
        feedback: Feedback,
        *,
        id: str | int,
        now: datetime,
        given: Sequence[Submission] = (),
        permissions: Sequence[LatePermission] = (),
    ) -> Admission:
        """`policy.admit`, recorded with `now` as its instant."""
        checked_id(id)
        policy, feedback = self._in_force(), _named(feedback, id)
        begin = perf_counter()
        admission = policy.admit(feedback, now=now, given=given, permissions=permissions)
        ms = (perf_counter() - begin) * 1000
        self.sink.append(record_of(policy, feedback, admission, id=id, at=now, salt=self.salt, ms=ms))
        return admission

    def _in_force(self) -> Policy:
        return self.policy.policy if isinstance(self.policy, Watched) else self.policy


def _named(feedback: F, name: str | int) -> F | Feedback:
    """The feedback under the name of its record, by which rollouts choose; what is no feedback is refused later."""
    if isinstance(feedback, str):
        return Feedback(feedback, id=str(name))
    if isinstance(feedback, Feedback) and feedback.id is None:
        return replace(feedback, id=str(name))
    return feedback
