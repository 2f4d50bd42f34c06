"""`evenhand check`: feedback in, verdicts out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

import click

from .. import __version__
from ..errors import Problem
from ..model import Finding, Outcome, Verdict
from ..policy import Policy
from ..report import remark_of, to_github, to_json, to_jsonl, to_junit, to_sarif, verdict_json
from ..rows import Row
from .shared import FAILED, FOUND, emit, load_policy, one_line, options, rows_of, wanted


@click.command()
@click.argument("inputs", nargs=-1, metavar="[FILE]...")
@click.option("--text", "texts", multiple=True, help="Check this text.")
@click.option("--samples", is_flag=True, help="Check the sample feedback that is shipped with evenhand.")
@options("policy", "format", "output", "select", "ignore", "fail-on", "exit-zero")
def check(
    inputs: tuple[str, ...], texts: tuple[str, ...], samples: bool, policy: str | None, form: str, output: str | None,
    select: tuple[str, ...], ignore: tuple[str, ...], fail_on: str, exit_zero: bool,
) -> None:  # fmt: skip
    """Check feedback: files of JSON lines ({"text": ...}) or of one text a line; `-` reads standard input."""
    if not inputs and not texts and not samples:
        raise click.UsageError("nothing to check: name a file, `-` for standard input, --text or --samples")
    loaded = load_policy(policy)
    judged: list[tuple[Row, Verdict]] = []
    bad: list[Problem] = []
    for row in rows_of(inputs, texts, samples):
        if isinstance(row, Problem):
            bad.append(row)
            continue
        judged.append((row, _filtered(loaded.check(row.feedback), select, ignore)))
    emit(_check_report(loaded, judged, form), output)
    for problem in bad:
        click.echo(f"{problem}", err=True)
    worst = max((verdict.outcome for _, verdict in judged), default=Outcome.allow)
    if bad:
        click.echo(f"{len(bad)} lines could not be read", err=True)
        sys.exit(FAILED)
    sys.exit(FOUND if worst >= Outcome(fail_on) and not exit_zero else 0)


def _filtered(verdict: Verdict, select: Sequence[str], ignore: Sequence[str]) -> Verdict:
    if not select and not ignore:
        return verdict
    findings = tuple(finding for finding in verdict.findings if wanted(finding.rule, select, ignore))
    outcome = max((finding.outcome for finding in findings), default=Outcome.allow)
    return Verdict(outcome, findings, verdict.shadow, verdict.policy_version)


def _check_report(policy: Policy, judged: Sequence[tuple[Row, Verdict]], form: str) -> str:
    remarks = [remark_of(row, finding) for row, verdict in judged for finding in verdict.findings]
    match form:
        case "json":
            entries = [verdict_json(row, verdict) for row, verdict in judged]
            return to_json("check", entries, policy=policy.name, policy_version=policy.version)
        case "jsonl":
            return to_jsonl(verdict_json(row, verdict) for row, verdict in judged)
        case "sarif":
            return to_sarif(remarks, __version__)
        case "junit":
            cases = [
                (str(row.place), row.id, "\n".join(remark_of(row, f).message for f in v.findings)) for row, v in judged
            ]
            return to_junit("evenhand check", cases)
        case "github":
            return to_github(remarks)
    return _check_text(policy, judged)


_COLOURS = {Outcome.allow: "green", Outcome.nudge: "cyan", Outcome.hold: "yellow", Outcome.reject: "red"}


def _check_text(policy: Policy, judged: Sequence[tuple[Row, Verdict]]) -> str:
    lines: list[str] = []
    for row, verdict in judged:
        lines += [*_verdict_lines(policy, row, verdict), ""]
    counts = Counter(verdict.outcome for _, verdict in judged)
    says = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    lines.append(f"{len(judged)} checked: {says or 'nothing'}   policy: {policy.name} {policy.version}")
    return "\n".join(lines)


def _verdict_lines(policy: Policy, row: Row, verdict: Verdict) -> Iterator[str]:
    from ..explain import marked

    colour = _COLOURS[verdict.outcome]
    name = row.id if row.id == str(row.place) else f"{row.place} {row.id}"
    yield f"{click.style(f'{verdict.outcome!s:<6}', fg=colour, bold=True)} {click.style(name, dim=True)}"
    yield f"  {one_line(marked(row.feedback.text, verdict.findings))}"
    for reproach, findings in groupby(sorted(verdict.findings, key=_reproach), key=_reproach):
        yield from _reproach_lines(policy, reproach, list(findings))


def _reproach(finding: Finding) -> tuple[str, str]:
    """What all findings of the same reproach have in common: the clause, and what the author is told."""
    return finding.clause, finding.message


def _reproach_lines(policy: Policy, reproach: tuple[str, str], findings: Sequence[Finding]) -> Iterator[str]:
    clause, message = reproach
    outcome = max(finding.outcome for finding in findings)
    heading = policy.compiled.clauses.get(clause, clause).split(":")[0]
    yield f"    clause  {heading} ({clause}), {outcome}"
    if message:
        yield f"    author  {message}"
    for text, same in groupby(findings, key=lambda finding: one_line(finding.text).strip()):
        yield f"      {click.style(text, bold=True)}"
        for finding in same:
            yield f"        rule    {finding.rule}"
            yield f"        reason  {one_line(finding.why)}"
