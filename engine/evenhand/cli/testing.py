"""`evenhand test` and `evenhand lint`: whether a policy does what it says."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from .. import __version__
from ..policy import Policy, load_with_files
from ..report import Remark, to_github, to_json, to_jsonl, to_junit, to_sarif
from .shared import FOUND, emit, one_line, options, policy_path, wanted

if TYPE_CHECKING:
    from ..lint import Advice
    from ..parsed import ParsedPolicy
    from ..testing import Case


@click.command()
@options("policy", "format", "output", "select", "ignore", "exit-zero")
@click.option(
    "--coverage", "cover", is_flag=True, help="Show what no test makes fire; fail rules without a hit or a miss."
)
@click.option("--mutate", is_flag=True, help="Change the policy in small ways and show which changes no test notices.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="With --mutate: try N changes chosen at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="With --sample: which N changes.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="With --coverage or --mutate: exit with 1 below this share.",
)
@click.option("--watch", is_flag=True, help="Run again whenever a file of the policy changes; Ctrl-C ends it.")
def test(
    policy: str | None, form: str, output: str | None, select: tuple[str, ...], ignore: tuple[str, ...],
    exit_zero: bool, cover: bool, mutate: bool, sample: int | None, seed: int, fail_under: float | None, watch: bool,
) -> None:  # fmt: skip
    """Run the tests that rules carry, those of the exceptions, and the protected texts."""
    _check_usage(cover, mutate, sample, fail_under, watch)
    path = policy_path(policy)
    if watch:
        from .watching import watch_tests

        watch_tests(path, lambda name: wanted(name, select, ignore))
        return
    run = _run_tests(path, lambda name: wanted(name, select, ignore), cover=cover)
    below = False
    if cover:
        from ..coverage import coverage as parts_of
        from ..coverage import coverage_text, share

        parts = parts_of(run.parsed, run.policy, lambda name: wanted(name, select, ignore))
        run.remarks += [
            Remark(p.place, "coverage", "note", f"{p.owner}: {p.what} never fires") for p in parts if not p.fired
        ]
        run.text.append(coverage_text(parts))
        below |= fail_under is not None and share(parts) < fail_under
    if mutate:
        from ..mutation import mutate as mutate_policy
        from ..mutation import score_text

        score = mutate_policy(
            run.parsed, run.policy, lambda name: wanted(name, select, ignore), sample=sample, seed=seed,
            progress=_progress,
        )  # fmt: skip
        run.remarks += [
            Remark(m.place, "mutation", "note", f"{m.what}, and no test notices ({m.hint})") for m in score.survivors
        ]
        run.text.append(score_text(score))
        below |= fail_under is not None and score.percent < fail_under
    emit(run.report(form), output)
    sys.exit(FOUND if (run.failed or below) and not exit_zero else 0)


def _check_usage(cover: bool, mutate: bool, sample: int | None, fail_under: float | None, watch: bool) -> None:
    if sample is not None and not mutate:
        raise click.UsageError("`--sample` chooses among changes; add `--mutate`")
    if fail_under is not None and not (cover or mutate):
        raise click.UsageError("`--fail-under` needs a share; add `--coverage` or `--mutate`")
    if watch and (cover or mutate):
        raise click.UsageError("`--watch` runs tests only; leave out `--coverage` and `--mutate`")


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\rtried {done} of {of} changes", err=True, nl=done == of)


@dataclass
class _Run:
    """A run of the tests, and what is to be said about it."""

    parsed: ParsedPolicy
    policy: Policy
    cases: list[Case]
    text: list[str]
    remarks: list[Remark]

    @property
    def failed(self) -> list[Case]:
        return [case for case in self.cases if case.failure]

    def report(self, form: str) -> str:
        """The report in one of the formats; JUnit has the tests alone."""
        match form:
            case "junit":
                cases = [(c.name, f"{c.kind} {c.place}: {one_line(c.text)}", c.failure) for c in self.cases]
                return to_junit("evenhand test", cases)
            case "text":
                tally = _tally(self.cases, len(self.failed))
                return "\n".join([*map(shown_failure, self.failed), tally, *self.text])
        failures = [
            Remark(c.place, c.name, "error", f"{c.kind} {one_line(c.text)!r}: {c.failure}") for c in self.failed
        ]
        return _remarks([*failures, *self.remarks], form, "test")


def _run_tests(path: str | None, chosen: Callable[[str], bool], *, cover: bool = False) -> _Run:
    from ..lint import untested
    from ..testing import Case, run

    parsed, loaded = load_with_files(path)
    cases = [case for case in run(parsed, loaded) if chosen(case.name)]
    if cover:
        bare = [Case(a.message.split("`")[1], "coverage", a.place, "", a.message) for a in untested(parsed, loaded)]
        cases += [case for case in bare if chosen(case.name)]
    return _Run(parsed, loaded, cases, [], [])


def shown_failure(case: Case) -> str:
    """A failed test for people: what was expected and what was found, marked in the text one above the other."""
    from ..specimens import marked

    head = f"{case.place}: {case.name}: {case.kind} {one_line(case.text)!r}: {case.failure}"
    if case.kind not in ("hit", "miss", "specimen") or not (case.found or case.expected):
        return head
    wanted_, found = (one_line(marked(case.text, spans), 2000) for spans in (case.expected, case.found))
    return f"{head}\n    expected  {wanted_}\n    found     {found}"


def _tally(cases: Sequence[Any], failed: int) -> str:
    kinds = Counter(case.kind for case in cases)
    says = ", ".join(
        f"{count} {kind if count == 1 else _SEVERAL.get(kind, kind + 's')}" for kind, count in kinds.items()
    )
    return f"{len(cases)} tests ({says or 'none'}): {len(cases) - failed} passed, {failed} failed"


_SEVERAL = {"miss": "misses", "protected": "protected"}


@click.command()
@options("policy", "format", "output", "select", "ignore", "exit-zero")
@click.option(
    "--benign",
    multiple=True,
    type=click.File(encoding="utf-8"),
    help="Ordinary words or names, one a line, that no term should be mistaken for.",
)
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="The day on which exceptions are looked at (default: today, UTC)."
)
@click.option("--explain", metavar="ID", help="Show what a check looks for and how to mend it, and do nothing else.")
def lint(
    policy: str | None,
    form: str,
    output: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exit_zero: bool,
    benign: tuple[TextIO, ...],
    on: datetime | None,
    explain: str | None,
) -> None:
    """Look for rules that are untested, covered, swallowed or slow, terms that find ordinary words, and unused parts."""
    from ..lint import lint as lint_policy
    from ..lint import page, severity

    if explain is not None:
        emit(page(explain).rstrip(), output)
        return
    path = policy_path(policy)
    try:
        words = [line for file in benign for line in file]
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"a file is not UTF-8: {error}", param_hint="--benign") from None
    day = on.date() if on is not None else None
    every = lint_policy(*load_with_files(path, on=day), words, day)
    advice = [each for each in every if wanted(each.check, select, ignore)]
    remarks = [Remark(a.place, a.check, severity(a), _said(a)) for a in advice]
    match form:
        case "text":
            text = "\n".join([*map(str, advice), f"{len(advice)} remarks"])
        case "junit":
            text = to_junit("evenhand lint", [(r.code, str(r.place), r.message) for r in remarks])
        case _:
            text = _remarks(remarks, form, "lint")
    emit(text, output)
    sys.exit(FOUND if advice and not exit_zero else 0)


def _said(advice: Advice) -> str:
    shown = f"; for instance `{one_line(advice.witness)}`" if advice.witness else ""
    return advice.message + shown + (f" ({advice.hint})" if advice.hint else "")


def _remarks(remarks: Sequence[Remark], form: str, kind: str) -> str:
    entries = [{"place": str(r.place), "code": r.code, "level": r.level, "message": r.message} for r in remarks]
    match form:
        case "json":
            return to_json(kind, entries)
        case "jsonl":
            return to_jsonl(entries)
        case "sarif":
            return to_sarif(remarks, __version__)
    return to_github(remarks)
