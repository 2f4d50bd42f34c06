"""The tests of a policy: the hits and misses of its rules, specimens, and protected texts, which are never rejected."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from .compiled import Compiled, Rule, Waiver
from .errors import Place
from .match import covers, matches
from .model import Contract, Feedback, Outcome
from .parsed import ParsedPolicy, ParsedRule, Sample
from .policy import Policy
from .rows import feedback_of
from .specimens import Spans, read_specimens
from .text import Document


@dataclass(frozen=True, slots=True)
class Case:
    """One test and how it went: `failure` is "" when it passed.

    `found` and `expected` are spans in the text, where the test says what to find.
    """

    name: str
    kind: str
    place: Place
    text: str
    failure: str = ""
    found: Spans = ()
    expected: Spans = ()


def run(parsed: ParsedPolicy, policy: Policy, only: Container[str] | None = None) -> Iterator[Case]:
    """Runs the tests of every rule (drafts too), its specimens, every exception and the protected texts.

    They come in the order of the files; `only` limits the rules to those with these ids. Raises `PolicyError` for
    specimens that cannot be read.
    """
    rules = {rule.id: rule for rule in all_rules(parsed, policy.compiled)}
    specimens = read_specimens(parsed)
    for rule in parsed.rules:
        if only is None or rule.id in only:
            yield from run_rule(rule, rules[rule.id], specimens.get(rule.id, ()))
    for waiver in policy.compiled.waivers:
        written = next(each for each in parsed.exceptions if each.id == waiver.id)
        failure = waiver_failure(waiver, written.test, rules)
        yield Case(waiver.id, "exception", written.test.place, written.test.feedback.text, failure)
    yield from run_protected(parsed, policy)


def rule_cases(parsed: ParsedPolicy, policy: Policy, rule: ParsedRule) -> Iterator[Case]:
    """Runs the tests of one rule, whatever its stage."""
    yield from run_rule(rule, next(each for each in all_rules(parsed, policy.compiled) if each.id == rule.id))


def run_rule(parsed: ParsedRule, rule: Rule, specimens: Sequence[Sample] = ()) -> Iterator[Case]:
    """Runs the tests of one rule, and its specimens."""
    for kind, samples, fails in (
        ("hit", parsed.hits, hit_failure),
        ("miss", parsed.misses, miss_failure),
        ("specimen", specimens, specimen_failure),
    ):
        for sample in samples:
            failure = fails(rule, sample)
            found = spans_found(rule, sample.feedback) if failure else ()
            yield Case(rule.id, kind, sample.place, sample.feedback.text, failure, found, sample.spans or ())


def all_rules(parsed: ParsedPolicy, compiled: Compiled) -> Iterator[Rule]:
    """Every rule in compiled form, drafts included."""
    live = {
        rule.id: rule if rule.active else replace(rule, active=True) for rule in compiled.rules
    }  # tests know no calendar
    for rule in parsed.rules:
        yield live.get(rule.id) or Rule(
            rule.id, rule.pack, rule.category, rule.clause, rule.status, parsed.outcomes[rule.category], rule.message,
            rule.when, rule.find, rule.unless, parsed.words,
        )  # fmt: skip


def hit_failure(rule: Rule, sample: Sample) -> str:
    """Why a hit fails, "" if it does not."""
    text = sample.feedback.text
    found = spans_found(rule, sample.feedback)
    if not found:
        return "nothing was found"
    if sample.spans is not None and found != sample.spans:
        return f"found {_shown(text, found)}, expected {_shown(text, sample.spans)}"
    return ""


def miss_failure(rule: Rule, sample: Sample) -> str:
    """Why a miss fails, "" if it does not."""
    found = spans_found(rule, sample.feedback)
    return f"found {_shown(sample.feedback.text, found)}" if found else ""


def specimen_failure(rule: Rule, sample: Sample) -> str:
    """Why a specimen fails, "" if it does not: the rule finds something else in it than when it was made."""
    text = sample.feedback.text
    found = spans_found(rule, sample.feedback)
    if found == (sample.spans or ()):
        return ""
    now = f"found {_shown(text, found)}" if found else "nothing was found"
    before = f"expected {_shown(text, sample.spans)}" if sample.spans else "expected nothing"
    return f"{now}, {before}; if that is meant, run `evenhand specimens --write`"


def spans_found(rule: Rule, feedback: Feedback) -> Spans:
    """Where a rule finds something."""
    return tuple((match.start, match.end) for match in matches(rule, Document(feedback)))


def waiver_failure(waiver: Waiver, sample: Sample, rules: dict[str, Rule]) -> str:
    """An exception's test must be flagged without the exception, and excused by it."""
    document = Document(_in_scope(waiver, sample.feedback))
    found = [match for name in sorted(waiver.rules) for match in matches(rules[name], document)]
    if not found:
        return "no rule of the exception flags this text: the exception is not needed"
    excuses = waiver.tree.find(document)
    if not all(any(covers(document, excuse, "match", match) for excuse in excuses) for match in found):
        return "the exception does not excuse what its rules find here"
    return ""


def _in_scope(waiver: Waiver, feedback: Feedback) -> Feedback:
    """The feedback as one that the exception is for."""
    if not waiver.scope:
        return feedback
    first = {name: ids[0] for name, ids in waiver.scope.items()}
    contract = replace(
        feedback.contract or Contract(),
        id=first.get("contracts"),
        client=first.get("authors"),
        freelancer=first.get("authors"),
    )
    return replace(feedback, contract=contract, author=feedback.author or "client")


def run_protected(parsed: ParsedPolicy, policy: Policy) -> Iterator[Case]:
    """Checks the protected texts: rejected is a failure, flagged at all too unless the line has `"flag": true`."""
    for name, file in parsed.protected:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            place = Place(name, number)
            try:
                facts = json.loads(line)
                verdict = policy.check(feedback_of(facts))
            except (ValueError, KeyError, AttributeError, TypeError) as error:
                yield Case("protected", "protected", place, line, f"this line cannot be used: {error}")
                continue
            failure = ""
            if verdict.outcome is Outcome.reject or (verdict.findings and not facts.get("flag")):
                rules = ", ".join(f"`{f.rule}` {_shown(facts['text'], [(f.start, f.end)])}" for f in verdict.findings)
                failure = f"{verdict.outcome} by {rules}"
            yield Case("protected", "protected", place, facts["text"], failure)


def _shown(text: str, spans: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"[[{text[start:end]}]]" for start, end in spans)
