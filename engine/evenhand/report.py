"""One set of remarks in the formats that people, editors and build servers read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .errors import Place
from .model import Finding, Outcome, Verdict
from .rows import Row

FORMATS = ("text", "json", "jsonl", "sarif", "junit", "github")
JSON_VERSION = 1
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about a place: which rule or check says it, how bad it is (`error`, `warning`, `note`)."""

    place: Place
    code: str
    level: str
    message: str


LEVELS = {Outcome.reject: "error", Outcome.hold: "warning", Outcome.nudge: "note", Outcome.allow: "note"}


def remark_of(row: Row, finding: Finding) -> Remark:
    """A finding in a row as a remark."""
    message = f"{finding.outcome}: `{finding.text}` breaks {finding.clause} ({finding.why})"
    return Remark(row.place, finding.rule, LEVELS[finding.outcome], message)


def verdict_json(row: Row, verdict: Verdict) -> dict[str, Any]:
    """One verdict as plain values: `id`, `place`, `outcome`, `findings`, `shadow`, `excused`, `policy_version`."""
    return {
        "id": row.id,
        "place": str(row.place),
        "outcome": str(verdict.outcome),
        "findings": [_plain(finding) for finding in verdict.findings],
        "shadow": [_plain(finding) for finding in verdict.shadow],
        "excused": [{**_plain(each.finding), "exception": each.exception} for each in verdict.excused],
        "policy_version": verdict.policy_version,
    }


def _plain(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "outcome": str(finding.outcome)}


def to_json(kind: str, entries: Sequence[Mapping[str, Any]], **facts: Any) -> str:
    """A versioned JSON object: `{"evenhand": 1, "kind": ..., facts, "entries": [...]}`."""
    content = {"evenhand": JSON_VERSION, "kind": kind, **facts, "entries": list(entries)}
    return json.dumps(content, ensure_ascii=False, indent=2)


def to_jsonl(entries: Iterable[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
    return "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)


def to_sarif(remarks: Sequence[Remark], version: str) -> str:
    """SARIF 2.1.0, with one result a remark."""
    codes = sorted({remark.code for remark in remarks})
    driver = {
        "name": "evenhand",
        "version": version,
        "rules": [{"id": code} for code in codes],
    }
    results = [
        {
            "ruleId": remark.code,
            "ruleIndex": codes.index(remark.code),
            "level": remark.level,
            "message": {"text": remark.message},
            "locations": [{"physicalLocation": _location(remark.place)}],
        }
        for remark in remarks
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _location(place: Place) -> dict[str, Any]:
    # an absolute or odd name must be a valid URI reference
    from urllib.parse import quote

    return {
        "artifactLocation": {"uri": quote(place.file)},
        "region": {"startLine": place.line, "startColumn": place.column},
    }


def to_junit(suite: str, cases: Sequence[tuple[str, str, str]]) -> str:
    """JUnit XML from (class name, case name, failure or "")."""
    failures = sum(bool(failure) for _, _, failure in cases)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    head = f'tests="{len(cases)}" failures="{failures}" errors="0" time="0"'
    lines.append(f"<testsuites name={quoteattr(suite)} {head}>")
    lines.append(
        f'<testsuite name={quoteattr(suite)} {head} skipped="0" hostname="localhost" timestamp="1970-01-01T00:00:00">'
    )
    for owner, name, failure in cases:
        lines.append(f'<testcase classname={_attribute(owner)} name={_attribute(name)} time="0">')
        if failure:
            first = failure.splitlines()[0]
            lines.append(f'<failure type="failure" message={_attribute(first)}>{escape(_printable(failure))}</failure>')
        lines.append("</testcase>")
    return "\n".join([*lines, "</testsuite>", "</testsuites>"])


def _attribute(text: str) -> str:
    return quoteattr(_printable(text).replace("\n", " "))


def _printable(text: str) -> str:
    """XML 1.0 has no way to write most control characters."""
    return "".join(
        char if char in "\t\n" or (char >= " " and char not in "\ufffe\uffff") else "\ufffd" for char in text
    )


_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def to_github(remarks: Iterable[Remark]) -> str:
    """Workflow commands that annotate a pull request."""
    lines = []
    for remark in remarks:
        place = remark.place
        where = f"file={_property(place.file)},line={place.line},col={place.column},title={_property(remark.code)}"
        lines.append(f"::{_GITHUB[remark.level]} {where}::{_message(remark.message)}")
    return "\n".join(lines)


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
