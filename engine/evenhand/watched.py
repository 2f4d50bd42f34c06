"""A policy that follows its files: edits are loaded in the background, and a bad edit leaves in force what was."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from weakref import ReferenceType, WeakSet, ref

from .errors import InputError, Place, PolicyError, Problem
from .loader import locate, policy_texts
from .model import Admission, Feedback, LatePermission, Submission, Verdict
from .policy import Policy, load

LOG = logging.getLogger("evenhand")

OnProblems = Callable[[Sequence[Problem]], object]


class Watched:
    """Holds the policy in force. `policy` is replaced as a whole, so every verdict is by one version from end to end.

    `problems` are those of the last edit, empty when it was put in force. Use it as a context manager, or `close` it.
    """

    def __init__(self, path: Path | str | None, *, every: float | None, on_problems: OnProblems | None) -> None:
        if every is not None and not every > 0:
            raise InputError(f"`every` is {every!r}; pass seconds above 0, or None to call `reload` yourself")
        self._path, self._every, self._on_problems = path, every, on_problems
        self._seen = _fingerprint(path)
        self.policy: Policy = load(path)
        self.problems: tuple[Problem, ...] = ()
        self._begin()

    def _begin(self) -> None:
        self._loading = threading.Lock()
        self._closed = threading.Event()
        _WATCHED.add(self)
        if self._every is not None:
            arguments = (ref(self), self._closed, self._every)
            threading.Thread(target=_look, args=arguments, name="evenhand watch", daemon=True).start()

    def check(self, feedback: str | Feedback) -> Verdict:
        """`Policy.check` of the policy in force."""
        return self.policy.check(feedback)

    def admit(
        self,
        feedback: Feedback,
        *,
        now: datetime,
        given: Sequence[Submission] = (),
        permissions: Sequence[LatePermission] = (),
    ) -> Admission:
        """`Policy.admit` of the policy in force."""
        return self.policy.admit(feedback, now=now, given=given, permissions=permissions)

    def reload(self) -> bool:
        """Looks at the files now; true when another policy was put in force. A bad edit is told in `problems`."""
        with self._loading:
            seen = _fingerprint(self._path)
            return seen != self._seen and self._replace(seen)

    def look(self, before: str) -> str:
        """Loads what changed once it has stopped changing: files of one edit are seldom saved in the same instant.

        Gives what it saw, to be passed at the next look.
        """
        with self._loading:
            seen = _fingerprint(self._path)
            if seen == before and seen != self._seen:
                self._replace(seen)
            return seen

    def _replace(self, seen: str) -> bool:
        self._seen = seen  # also when it is refused: the same bad edit is told once
        try:
            policy = load(self._path)
        except PolicyError as error:
            self._refuse(error.problems)
            return False
        except Exception as error:  # whatever it is, the policy in force goes on and the next edit is looked at
            self._seen = ""  # it may pass without an edit, as a full disk does
            failed = Problem(Place(locate(self._path)[1]), f"the policy could not be loaded: {error}", "see the log")
            if self.problems != (failed,):
                LOG.exception("the policy could not be loaded")
                self._refuse([failed])
            return False
        replaced = (policy.version, policy.compiled.on) != (self.policy.version, self.policy.compiled.on)
        self.policy, self.problems = policy, ()
        return replaced

    def _refuse(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        LOG.warning("the edited policy was refused, %s stays in force", self.policy.version)
        if self._on_problems is not None:
            try:
                self._on_problems(self.problems)
            except Exception:  # what listens may fail, watching goes on
                LOG.exception("`on_problems` failed")

    def close(self) -> None:
        """Stops watching; the policy in force can still be used."""
        self._closed.set()
        _WATCHED.discard(self)

    def __enter__(self) -> Watched:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def forked(self) -> None:
        """Threads do not come along in a fork: the child watches for itself."""
        self._begin()


def watch(
    path: Path | str | None = None, *, every: float | None = 1.0, on_problems: OnProblems | None = None
) -> Watched:
    """Loads a policy and follows edits of its file and of everything it includes.

    Looks `every` so many seconds, in a thread (None: only when `reload` is called), and loads what has not changed since
    the look before; a new day counts as an edit, since exceptions expire. `on_problems` is called with the problems of
    each edit that is refused. Raises `PolicyError` when the first load fails.
    """
    return Watched(path, every=every, on_problems=on_problems)


def _look(watched: ReferenceType[Watched], closed: threading.Event, every: float) -> None:
    """Runs until it is closed, or nobody holds the policy any more."""
    before = ""
    while not closed.wait(every):
        held = watched()
        if held is None:
            return
        before = held.look(before)
        del held


def _fingerprint(path: Path | str | None) -> str:
    """A hash of all files of the policy, and of the day; of the problem where one cannot be read."""
    digest = hashlib.sha256(str(datetime.now(UTC).date()).encode())
    try:
        texts, problems = policy_texts(path)
    except (OSError, ValueError) as error:  # such as a file that vanished between listing and reading
        return f"unreadable: {error}"
    for problem in problems:
        digest.update(str(problem).encode())
    for name, text in texts:
        digest.update(f"{name}\0{len(text)}\0".encode() + text)
    if problems:  # told apart by their bytes, or the next bad edit would look the same
        with suppress(OSError):
            digest.update(locate(path)[0].read_bytes())
    return digest.hexdigest()


_WATCHED: WeakSet[Watched] = WeakSet()


def _after_fork() -> None:
    for watched in list(_WATCHED):
        watched.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
