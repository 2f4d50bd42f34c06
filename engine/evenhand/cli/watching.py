"""`evenhand test --watch`: the tests run again whenever a file of the policy changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import click

from ..digests import rules as rule_digests
from ..errors import PolicyError
from ..loader import policy_texts
from ..policy import load_with_files
from ..testing import Case, all_rules, run
from .testing import shown_failure

PAUSE = 0.5  # seconds between two looks at the files


@dataclass
class Watch:
    """The tests as they last went, and what the rules and their tests were then."""

    path: str | None
    chosen: Callable[[str], bool]
    seen: object = None
    rules: dict[str, object] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)

    def changed(self) -> bool:
        """Whether a file of the policy is not what it was at the last look."""
        try:
            texts, problems = policy_texts(self.path)
            now: object = (texts, [str(problem.place) for problem in problems])
        except (OSError, PolicyError) as error:  # an editor is just replacing the file, or it is gone
            now = str(error)
        before, self.seen = self.seen, now
        return before != now

    def run(self) -> tuple[list[Case], int]:
        """Runs the tests of the rules that are not what they were; all cases, and how many rules were tested anew.

        Raises `PolicyError`.
        """
        parsed, policy = load_with_files(self.path)
        found = rule_digests(policy.compiled)
        now: dict[str, object] = {
            rule.id: (found.get(rule.id), rule.hits, rule.misses) for rule in parsed.rules if self.chosen(rule.id)
        }
        live = {rule.id for rule in policy.compiled.rules}
        drafts = {rule.id for rule in all_rules(parsed, policy.compiled)} - live  # they have no hash: always run
        stale = {name for name, facts in now.items() if self.rules.get(name) != facts or name in drafts}
        kept: dict[str, list[Case]] = {}
        for case in self.cases:
            if case.name in now and case.name not in stale and case.kind in ("hit", "miss"):
                kept.setdefault(case.name, []).append(case)
        fresh = [case for case in run(parsed, policy, stale) if self.chosen(case.name)]
        self.rules, self.cases = now, [*fresh, *(case for cases in kept.values() for case in cases)]
        return self.cases, len(stale)


def reports(watch: Watch, pause: Callable[[], None]) -> Iterator[str]:
    """A report at the start and after each change; `pause` waits between two looks."""
    while True:
        if watch.changed():
            try:
                cases, tested = watch.run()
            except PolicyError as error:
                yield "\n".join(str(problem) for problem in error.problems)
            else:
                failed = [case for case in cases if case.failure]
                tally = f"{len(cases)} tests, {len(failed)} failed; {tested} rules tested anew"
                yield "\n".join([*map(shown_failure, failed), tally])
        pause()


def watch_tests(path: str | None, chosen: Callable[[str], bool]) -> None:
    """Runs the tests and waits for changes until it is interrupted."""
    try:
        for report in reports(Watch(path, chosen), lambda: time.sleep(PAUSE)):
            click.echo(report)
            sys.stdout.flush()
            if sys.stderr.isatty():
                click.echo("waiting for changes; Ctrl-C ends it", err=True)
    except KeyboardInterrupt:
        return
