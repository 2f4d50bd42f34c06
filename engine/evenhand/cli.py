"""The command line: every command reads, calls the library, and prints; nothing is decided here."""

from __future__ import annotations

import json
import logging
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from importlib.resources.abc import Traversable
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, TextIO, TypeVar

import click

from . import __version__
from .errors import EvenhandError, InputError, PolicyError, Problem
from .files import shipped
from .model import Finding, Outcome, Verdict
from .policy import Policy, load
from .report import FORMATS, Remark, remark_of, to_github, to_json, to_jsonl, to_junit, to_sarif, verdict_json
from .rows import Row, read_instant, read_rows

FOUND, FAILED = 1, 2
F = TypeVar("F", bound=Callable[..., Any])

# --- what the commands share ----------------------------------------------------------------------------------------


def _options(*names: str) -> Callable[[F], F]:
    def add(command: F) -> F:
        for name in reversed(names):
            command = _SHARED[name](command)
        return command

    return add


_SHARED: dict[str, Callable[[Any], Any]] = {
    "policy": click.option("--policy", type=click.Path(), help="Policy file (default: the nearest policies.yaml, else the shipped one)."),
    "format": click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True),
    "output": click.option("-o", "--output", type=click.Path(), help="Write the report to a file."),
    "select": click.option("--select", multiple=True, metavar="PREFIX", help="Only rules whose id starts so."),
    "ignore": click.option("--ignore", multiple=True, metavar="PREFIX", help="No rules whose id starts so."),
    "fail-on": click.option(
        "--fail-on", type=click.Choice([str(o) for o in Outcome][1:]), default="nudge", show_default=True,
        help="The mildest outcome that makes the exit code 1.",
    ),
    "exit-zero": click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found."),
}  # fmt: skip


def _nearest(name: str) -> Path | None:
    here = Path.cwd()
    return next((folder / name for folder in (here, *here.parents) if (folder / name).is_file()), None)


def _policy_path(option: str | None) -> str | None:
    if option is not None:
        return option
    found = _nearest("policies.yaml")
    return str(found.relative_to(Path.cwd())) if found and found.parent == Path.cwd() else str(found) if found else None


def _load(option: str | None) -> Policy:
    return load(_policy_path(option))


def _emit(text: str, output: str | None) -> None:
    if output is None or output == "-":
        click.echo(text)
        return
    try:
        Path(output).write_text(click.unstyle(text) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"`{output}` cannot be written: {error.strerror}; name a file in a folder that exists"
        ) from None


def _wanted(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    return (not select or code.startswith(tuple(select))) and not code.startswith(tuple(ignore) or ("\0",))


def _config() -> dict[str, Any]:
    """Defaults from `[tool.evenhand]` of the nearest pyproject.toml, a table a command."""
    file = _nearest("pyproject.toml")
    if file is None:
        return {}
    with suppress(OSError, tomllib.TOMLDecodeError):
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("evenhand", {})
        return {name: value for name, value in table.items() if isinstance(value, dict)}
    return {}


@click.group(context_settings={"auto_envvar_prefix": "EVENHAND", "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evenhand")
@click.pass_context
def cli(context: click.Context) -> None:
    """Checks marketplace feedback against a policy that staff write in YAML."""
    context.default_map = _config()
    if os.environ.get("NO_COLOR"):
        context.color = False


# --- check ----------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[FILE]...")
@click.option("--text", "texts", multiple=True, help="Check this text.")
@click.option("--samples", is_flag=True, help="Check the sample feedback that is shipped with evenhand.")
@_options("policy", "format", "output", "select", "ignore", "fail-on", "exit-zero")
def check(
    inputs: tuple[str, ...], texts: tuple[str, ...], samples: bool, policy: str | None, form: str, output: str | None,
    select: tuple[str, ...], ignore: tuple[str, ...], fail_on: str, exit_zero: bool,
) -> None:  # fmt: skip
    """Check feedback: files of JSON lines ({"text": ...}) or of one text a line; `-` reads standard input."""
    if not inputs and not texts and not samples:
        raise click.UsageError("nothing to check: name a file, `-` for standard input, --text or --samples")
    loaded = _load(policy)
    judged: list[tuple[Row, Verdict]] = []
    bad: list[Problem] = []
    for row in _rows(inputs, texts, samples):
        if isinstance(row, Problem):
            bad.append(row)
            continue
        judged.append((row, _filtered(loaded.check(row.feedback), select, ignore)))
    _emit(_check_report(loaded, judged, form), output)
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
    findings = tuple(finding for finding in verdict.findings if _wanted(finding.rule, select, ignore))
    outcome = max((finding.outcome for finding in findings), default=Outcome.allow)
    return Verdict(outcome, findings, verdict.shadow, verdict.policy_version)


def _rows(inputs: Iterable[str], texts: Iterable[str] = (), samples: bool = False) -> Iterator[Row | Problem]:
    for number, text in enumerate(texts, 1):
        yield from read_rows([json.dumps({"text": text, "id": f"text {number}"}).encode()], "--text")
    if samples:
        yield from read_rows(shipped("rules/samples.jsonl").read_bytes().splitlines(), "samples.jsonl")
    for name in inputs:
        if name == "-":
            yield from read_rows(sys.stdin.buffer, "<stdin>")
            continue
        with _opened(name) as file:
            yield from read_rows(file, name)


def _opened(name: str) -> BinaryIO:
    try:
        return open(name, "rb")
    except OSError as error:
        raise InputError(f"`{name}` cannot be read: {error.strerror}; check the path and its permissions") from None


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
    from .explain import marked

    colour = _COLOURS[verdict.outcome]
    name = row.id if row.id == str(row.place) else f"{row.place} {row.id}"
    yield f"{click.style(f'{verdict.outcome!s:<6}', fg=colour, bold=True)} {click.style(name, dim=True)}"
    yield f"  {_one_line(marked(row.feedback.text, verdict.findings))}"
    for finding in verdict.findings:
        yield from _finding_lines(policy, finding)


def _finding_lines(policy: Policy, finding: Finding) -> Iterator[str]:
    heading = policy.compiled.clauses.get(finding.clause, finding.clause).split(":")[0]
    yield f"    {click.style(_one_line(finding.text), bold=True)}"
    yield f"      rule    {finding.rule} ({finding.category}, {finding.outcome})"
    yield f"      clause  {heading} ({finding.clause})"
    yield f"      reason  {_one_line(finding.why)}"
    yield f"      author  {finding.message}"


def _one_line(text: str, most: int = 400) -> str:
    """The text on one line, without control characters that would move a terminal's cursor."""
    shown = "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


# --- explain --------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("text")
@click.option("--rule", help="Say why this rule matches, or why it does not.")
@click.option("--locale", default="en", show_default=True)
@_options("policy")
def explain(text: str, rule: str | None, locale: str, policy: str | None) -> None:
    """Explain the verdict on one TEXT, character by character; `-` reads it from standard input."""
    from .errors import nearest
    from .explain import explain as explain_text
    from .model import Feedback

    loaded = _load(policy)
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").rstrip("\n")
    try:
        lines = explain_text(loaded, Feedback(text, locale=locale), rule)
    except KeyError:
        hint = nearest(rule or "", [each.id for each in loaded.compiled.rules])
        raise InputError(f"no rule `{rule}`; {hint or 'see `evenhand test` for the names'}") from None
    click.echo("\n".join(_one_line(line, 2000) for line in lines))


# --- gate -----------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
@click.option("--now", help="The instant to rule for (default: the line's `now`).")
@_options("policy", "format", "output")
def gate(inputs: tuple[str, ...], now: str | None, policy: str | None, form: str, output: str | None) -> None:
    """Rule on who may write: JSON lines with `contract`, `author`, `now`, `given` and `permissions`."""
    loaded = _load(policy)
    rulings: list[dict[str, Any]] = []
    bad = 0
    for name in inputs:
        with nullcontext(sys.stdin.buffer) if name == "-" else _opened(name) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    rulings.append({"place": f"{name}:{number}", **_ruling(loaded, json.loads(line), now)})
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    bad += 1
                    click.echo(f"{name}:{number}:1: {error}", err=True)
    _emit(_gate_report(rulings, form), output)
    sys.exit(FAILED if bad else FOUND if any(not ruling["allowed"] for ruling in rulings) else 0)


def _ruling(policy: Policy, facts: Mapping[str, Any], now: str | None) -> dict[str, Any]:
    from .model import LatePermission, Submission
    from .rows import read_contract, required_instant

    instant = read_instant(now or facts.get("now"), "now")
    if instant is None:
        raise InputError("`now` is missing; write it in the line or pass --now")
    given = [
        Submission(each["author"], required_instant(each, "submitted_at"), each.get("contract_id"))
        for each in facts.get("given") or facts.get("feedback") or ()
    ]
    listed = facts.get("permissions") or ([facts["permission"]] if facts.get("permission") else ())
    permissions = [
        LatePermission(e["granted_by"], e["granted_to"], required_instant(e, "granted_at"), e.get("contract_id"))
        for e in listed
    ]
    contract = read_contract(facts["contract"])
    ruling = policy.gate.may_submit(contract, author=facts["author"], now=instant, given=given, permissions=permissions)
    public = policy.gate.visible(contract, given=given, now=instant)
    return {
        "id": facts.get("id"),
        "author": facts["author"],
        "allowed": ruling.allowed,
        "reason": ruling.reason,
        "closes_at": ruling.closes_at and ruling.closes_at.isoformat(),
        "changes_at": ruling.changes_at and ruling.changes_at.isoformat(),
        "message": ruling.message,
        "visible": [each.author for each in public],
    }


def _gate_report(rulings: Sequence[Mapping[str, Any]], form: str) -> str:
    if form == "json":
        return to_json("gate", rulings)
    if form != "text":
        return to_jsonl(rulings)
    lines = []
    for ruling in rulings:
        answer = click.style("yes", fg="green") if ruling["allowed"] else click.style("no ", fg="red")
        lines.append(f"{answer} {ruling['place']} {ruling['author']}: {ruling['reason']}. {ruling['message']}")
        if ruling["visible"]:
            lines.append(f"    public now: {', '.join(ruling['visible'])}")
    return "\n".join(lines)


# --- test and lint --------------------------------------------------------------------------------------------------


@cli.command()
@_options("policy", "format", "output", "select", "ignore", "exit-zero")
@click.option("--coverage", is_flag=True, help="Fail rules without a hit or without a miss.")
def test(
    policy: str | None, form: str, output: str | None, select: tuple[str, ...], ignore: tuple[str, ...],
    exit_zero: bool, coverage: bool,
) -> None:  # fmt: skip
    """Run the tests that rules carry, those of the exceptions, and the protected texts."""
    from .lint import untested
    from .loader import parse
    from .testing import Case, run

    path = _policy_path(policy)
    parsed, loaded = parse(path), load(path)
    cases = [case for case in run(parsed, loaded) if _wanted(case.name, select, ignore)]
    if coverage:
        cases += [Case(a.message.split("`")[1], "coverage", a.place, "", a.message) for a in untested(parsed, loaded)]
    failed = [case for case in cases if case.failure]
    remarks = [Remark(c.place, c.name, "error", f"{c.kind} {_one_line(c.text)!r}: {c.failure}") for c in failed]
    match form:
        case "junit":
            text = to_junit(
                "evenhand test", [(c.name, f"{c.kind} {c.place}: {_one_line(c.text)}", c.failure) for c in cases]
            )
        case "text":
            text = "\n".join([*(f"{r.place}: {r.code}: {r.message}" for r in remarks), _tally(cases, len(failed))])
        case _:
            text = _remarks(remarks, form, "test")
    _emit(text, output)
    sys.exit(FOUND if failed and not exit_zero else 0)


def _tally(cases: Sequence[Any], failed: int) -> str:
    kinds = Counter(case.kind for case in cases)
    says = ", ".join(
        f"{count} {kind}{'' if kind == 'protected' else 'es' if kind == 'miss' else 's'}"
        for kind, count in kinds.items()
    )
    return f"{len(cases)} tests ({says or 'none'}): {len(cases) - failed} passed, {failed} failed"


@cli.command()
@_options("policy", "format", "output", "select", "ignore", "exit-zero")
@click.option(
    "--benign",
    multiple=True,
    type=click.File(encoding="utf-8"),
    help="Ordinary words or names, one a line, that no term should be mistaken for.",
)
def lint(
    policy: str | None,
    form: str,
    output: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exit_zero: bool,
    benign: tuple[TextIO, ...],
) -> None:
    """Look for rules that are untested, shadowed or slow, for terms that find ordinary words, and for unused parts."""
    from .lint import lint as lint_policy
    from .loader import parse

    path = _policy_path(policy)
    try:
        words = [line for file in benign for line in file]
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"a file is not UTF-8: {error}", param_hint="--benign") from None
    advice = [each for each in lint_policy(parse(path), load(path), words) if _wanted(each.check, select, ignore)]
    remarks = [Remark(a.place, a.check, "warning", a.message + (f" ({a.hint})" if a.hint else "")) for a in advice]
    match form:
        case "text":
            text = "\n".join([*map(str, advice), f"{len(advice)} remarks"])
        case "junit":
            text = to_junit("evenhand lint", [(r.code, str(r.place), r.message) for r in remarks])
        case _:
            text = _remarks(remarks, form, "lint")
    _emit(text, output)
    sys.exit(FOUND if advice and not exit_zero else 0)


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


# --- measure --------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
@click.option("--against", type=click.Path(), help="Another policy to compare with, on the same cases.")
@click.option("--show", type=click.Choice(["misses", "false", "rules", "all"]), multiple=True, help="List these too.")
@_options("policy", "format", "output")
def measure(
    inputs: tuple[str, ...],
    against: str | None,
    show: tuple[str, ...],
    policy: str | None,
    form: str,
    output: str | None,
) -> None:
    """Measure the policy on labelled JSON lines (`text`, `labels`, `difficulty`, `gray`)."""
    from . import measure as workshop
    from .measure_report import comparison_lines, figures_json, figures_lines

    rows: list[Row] = []
    bad = 0
    for row in _rows(inputs):
        if isinstance(row, Problem):
            bad += 1
            click.echo(str(row), err=True)
        else:
            rows.append(row)
    figures = workshop.measure(_load(policy), rows)
    if form == "text":
        lines = figures_lines(figures, set(show))
        if against is not None:
            lines += comparison_lines(workshop.measure(load(against), rows), figures)
        text = "\n".join(_one_line(line, 600) for line in lines)
    else:
        text = json.dumps(figures_json(figures), ensure_ascii=False, indent=2 if form == "json" else None)
    _emit(text, output)
    sys.exit(FAILED if bad else 0)


# --- audit ----------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to write; made anew.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="The column of a field: text, id, author, rating, locale, title, name, email, phone, company (of the counterparty), created_at.",
)
@click.option(
    "--input-format", type=click.Choice(["csv", "jsonl", "parquet"]), help="Of all inputs (default: by name)."
)
@click.option("--table", help="The table of a database, perhaps with its schema.")
@click.option("--query", help="What to read from a database, instead of a table.")
@click.option("--key", help="The unique column to read a database by (default: its primary key, or `id`).")
@click.option("--format", "form", type=click.Choice(["parquet", "jsonl", "csv"]), default="parquet", show_default=True)
@click.option("--workers", type=click.IntRange(1), help="Processes to judge with (default: the cores).")
@click.option(
    "--chunk",
    type=click.IntRange(1),
    default=8_192,
    show_default=True,
    help="Rows judged in one go: what a stop loses at most.",
)
@click.option("--resume", is_flag=True, help="Go on with an audit that was stopped; with a finished one, do nothing.")
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="An audit of the same rows: judge only by rules that changed since.",
)
@click.option("--redact", is_flag=True, help="Keep texts out of the report and the findings.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True)
@_options("policy", "fail-on", "exit-zero")
def audit(
    inputs: tuple[str, ...], output: Path, columns: tuple[str, ...], input_format: str | None, table: str | None,
    query: str | None, key: str | None, form: str, workers: int | None, chunk: int, resume: bool, since: Path | None,
    redact: bool, engine: str, policy: str | None, fail_on: str, exit_zero: bool,
) -> None:  # fmt: skip
    """Judge stored feedback: CSV, JSONL and Parquet files, folders and patterns, sqlite:///FILE, postgresql://..., or `-`."""
    named = _columns(columns)
    if engine == "spark":
        from .spark import audit_paths

        given = {
            "--table": table,
            "--query": query,
            "--key": key,
            "--since": since,
            "--resume": resume,
            "--redact": redact,
        }
        if refused := [name for name, value in given.items() if value]:
            raise click.UsageError(f"{refused[0]} does not go with --engine spark")
        worst = audit_paths(inputs, output, _load(policy), named, form, input_format)
    else:
        try:
            from .audit import Options
            from .audit import audit as run
        except ModuleNotFoundError as error:
            raise InputError(f"`{error.name}` is not installed; pip install 'evenhand[audit]'") from None

        options = Options(named, input_format, table, query, key, workers or 0, form, resume, redact, since, chunk)
        try:
            with _progress() as progress:
                done = run(inputs, output, _load(policy), options, progress)
        except KeyboardInterrupt:
            again = f"the same command with --resume goes on, from {output}" if "-" not in inputs else "begin anew"
            raise EvenhandError(f"stopped; {again}") from None
        _tell(done.folder, done.tally.plain())
        worst = done.tally.worst
    sys.exit(FOUND if worst >= Outcome(fail_on) and not exit_zero else 0)


def _columns(given: Iterable[str]) -> dict[str, str]:
    named = dict(each.partition("=")[::2] for each in given)
    if wrong := [name for name, column in named.items() if not column]:
        raise click.BadParameter(f"`{wrong[0]}` names no column; write FIELD=NAME", param_hint="--column")
    return named


@contextmanager
def _progress() -> Iterator[Callable[[int, float], None]]:
    """A bar on standard error, with rate and time left; nothing when that is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,.0f} rows/s"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("judging", total=1.0, rows=0, rate=0.0)
        before: list[tuple[float, int]] = []

        def tell(rows: int, done: float) -> None:
            now = monotonic()
            before.append((now, rows))
            del before[:-20]
            (then, had), passed = before[0], now - before[0][0]
            bar.update(task, completed=done, rows=rows, rate=(rows - had) / passed if now > then else 0.0)

        yield tell


def _tell(folder: Path, counts: Mapping[str, Any]) -> None:
    """What an audit found, in a few lines."""
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in counts["outcomes"].items())
    click.echo(f"{counts['rows']:,} rows judged: {outcomes}")
    if counts["unread"]:
        click.echo(f"{counts['unread']:,} rows could not be judged; their places are in {folder / 'unread.jsonl'}")
    click.echo(f"report: {folder / 'report.html'}")


# --- schema, init, new ----------------------------------------------------------------------------------------------


@cli.command()
@_options("output")
def schema(output: str | None) -> None:
    """Print the JSON Schema of the policy language, for editors."""
    from .schema import language

    _emit(json.dumps(language(), indent=2), output)


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Copy the shipped policy and rules into FOLDER, for a team to own."""
    from .schema import language

    taken = [name for name in ("policies.yaml", "rules") if (folder / name).exists()]
    if taken:
        raise InputError(f"`{folder / taken[0]}` exists; choose an empty folder, nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    _copy(shipped("policies.yaml"), folder / "policies.yaml")
    _copy(shipped("rules"), folder / "rules")
    (folder / "rules" / "schema.json").write_text(json.dumps(language(), indent=2) + "\n", encoding="utf-8")
    click.echo(
        f"wrote {folder / 'policies.yaml'} and {folder / 'rules'}; next: `evenhand test --policy {folder / 'policies.yaml'}`"
    )


def _copy(source: Traversable, target: Path) -> None:
    if source.is_file():
        target.write_bytes(source.read_bytes())
        return
    target.mkdir()
    for entry in source.iterdir():
        _copy(entry, target / entry.name)


@cli.group()
def new() -> None:
    """Write the scaffold of a rule or of a kind."""


@new.command("rule")
@click.argument("name", metavar="ID")
@click.option("--clause", required=True, help="The clause it enforces.")
@click.option("--kind", default="phrase", show_default=True, help="What it looks for.")
def new_rule(name: str, clause: str, kind: str) -> None:
    """Print a rule to paste into a pack; it loads as it is, and its tests fail until you write them."""
    from .scaffold import rule_scaffold

    click.echo(rule_scaffold(name, clause, kind))


@new.command("kind")
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="The checkout to write into (default: print)."
)
def new_kind(name: str, into: Path | None) -> None:
    """Write the file and the case file of a new kind, and say which line to add to the table."""
    from .scaffold import kind_scaffold

    files = kind_scaffold(name)
    for path, content in files.items():
        if into is None:
            click.echo(f"--- {path}\n{content}")
            continue
        target = into / path
        if target.exists():
            raise InputError(f"`{target}` exists; choose another name, nothing was overwritten")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
        click.echo(f"wrote {target}")
    click.echo(f"add `{name}.KIND,` to the table in engine/evenhand/kinds/__init__.py")


# --- running --------------------------------------------------------------------------------------------------------


def _show_problems(error: PolicyError) -> None:
    """Every problem with the lines around it, on standard error."""
    from .source import excerpt

    for problem in error.problems:
        click.echo(f"{click.style(str(problem.place), bold=True)}: {problem.message}", err=True)
        with suppress(OSError, UnicodeDecodeError):
            click.echo(excerpt(_text_of(problem.place.file), problem.place), err=True)
        if problem.hint:
            click.echo(f"  hint: {problem.hint}", err=True)
    count = len(error.problems)
    click.echo(f"{count} {'problem' if count == 1 else 'problems'}; the policy was not loaded", err=True)


def _text_of(name: str) -> str:
    file = Path(name)
    return file.read_text(encoding="utf-8") if file.is_file() else shipped(name).read_text(encoding="utf-8")


class _Speaking(logging.Handler):
    """Shows on standard error what the library says it is doing."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"evenhand: {self.format(record)}", err=True)


def _speak() -> None:
    log = logging.getLogger("evenhand")
    if not log.handlers:
        log.addHandler(_Speaking())
        log.setLevel(logging.INFO)


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script; exits with 0, 1 or 2."""
    _speak()
    try:
        code = cli.main(
            args=list(arguments) if arguments is not None else None, prog_name="evenhand", standalone_mode=False
        )
        sys.exit(code if isinstance(code, int) else 0)
    except PolicyError as error:
        _show_problems(error)
    except EvenhandError as error:
        click.echo(f"evenhand: {error}", err=True)
    except click.ClickException as error:
        error.show()
    except click.exceptions.Abort:
        click.echo("evenhand: stopped", err=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(FAILED)


if __name__ == "__main__":
    main()

__all__ = ["cli", "main"]
