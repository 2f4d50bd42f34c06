"""The evidence as plain values, in words, and as one HTML page that can be filed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..audit.charts import whiskers
from ..audit.inputs import command
from ..cache import ENGINE_VERSION
from ..digests import engine
from ..errors import InputError
from ..pages import page
from .chance import holm, p_value, rate_ratio, wilson
from .run import Evidence
from .tally import LEVELS, RATINGS, ROLES, Subject, Swaps

VERSION = 1
SIGNIFICANT = 0.05
_TOP = 15  # rules in a picture, pairs in a table

# Which values of a fact are set against each other: the first as a multiple of the second.
_COMPARED: Mapping[str, tuple[tuple[str, tuple[Any, ...]], tuple[str, tuple[Any, ...]]]] = {
    "rating": (("1-2 stars", (1, 2)), ("4-5 stars", (4, 5))),
    "role": (("clients", ("client",)), ("freelancers", ("freelancer",))),
}
_VALUES: Mapping[str, tuple[Any, ...]] = {"rating": RATINGS, "role": ROLES}


# --- plain values ---------------------------------------------------------------------------------------------------


def as_plain(evidence: Evidence) -> dict[str, Any]:
    """The evidence as plain values, of which everything else is made; the same evidence gives the same values."""
    options, policy = evidence.options, evidence.policy
    return {
        "evenhand": VERSION,
        "kind": "neutrality",
        "version": ENGINE_VERSION,
        "engine": engine(),
        "policy": policy.name,
        "policy_version": policy.version,
        "policy_file": options.policy_file,
        "inputs": [dict(each) for each in evidence.inputs],
        "columns": dict(options.columns),
        "read": options.plain(),
        "seed": options.seed,
        "sample": options.sample,
        "identities": None if options.identities is None else str(options.identities),
        "rows": evidence.rows,
        "unread": evidence.unread,
        "judged_again": {
            "with_findings": evidence.flips.texts - evidence.again,
            "sampled_without_findings": evidence.again,
        },
        "passed": evidence.passed,
        "rates": _rates(evidence),
        "comparisons": {fact: _comparisons(evidence, fact) for fact in _COMPARED},
        "flips": _flips(evidence),
        "swaps": _swaps(evidence),
    }


def _ordered(seen: Iterable[Subject]) -> list[Subject]:
    return sorted(seen, key=lambda subject: (LEVELS.index(subject[0]), subject[1]))


def _rates(evidence: Evidence) -> list[dict[str, Any]]:
    """The share of rows that each rule, each category and any rule speaks against, in each slice."""
    rates = evidence.rates
    table = []
    for subject in _ordered(rates.seen):
        row: dict[str, Any] = {"level": subject[0], "name": subject[1]}
        for fact, values in _VALUES.items():
            row[fact] = {_key(value): _share(*rates.counted(subject, fact, [value])) for value in values}
        table.append(row)
    return table


def _key(value: Any) -> str:
    return "none" if value is None else str(value)


def _share(found: int, of: int) -> dict[str, Any]:
    low, high = wilson(found, of)
    return {"found": found, "rows": of, "share": _rounded(found / of) if of else None, "low": _rounded(low), "high": _rounded(high)}  # fmt: skip


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _comparisons(evidence: Evidence, fact: str) -> list[dict[str, Any]]:
    """Two ends of a fact against each other; `p_holm` allows for all comparisons on the same level."""
    rates, ((_, these), (_, those)) = evidence.rates, _COMPARED[fact]
    table: list[dict[str, Any]] = []
    for level in LEVELS:
        on_level = [subject for subject in _ordered(rates.seen) if subject[0] == level]
        counts = [(*rates.counted(each, fact, these), *rates.counted(each, fact, those)) for each in on_level]
        p_values = [p_value(*each) for each in counts]
        for subject, four, p, adjusted in zip(on_level, counts, p_values, holm(p_values), strict=True):
            ratio = rate_ratio(*four) if four[0] or four[2] else None
            table.append(
                {
                    "level": level,
                    "name": subject[1],
                    "found": four[0],
                    "rows": four[1],
                    "other_found": four[2],
                    "other_rows": four[3],
                    "ratio": None if ratio is None else _rounded(ratio[0]),
                    "low": None if ratio is None else _rounded(ratio[1][0]),
                    "high": None if ratio is None else _rounded(ratio[1][1]),
                    "p": _rounded(p),
                    "p_holm": _rounded(adjusted),
                    "differs": adjusted < SIGNIFICANT,
                }
            )
    return table


def _flips(evidence: Evidence) -> dict[str, Any]:
    flips = evidence.flips
    declared = {rule.id: rule for rule in evidence.policy.compiled.rules if rule.ground and rule.when}
    return {
        "texts": flips.texts,
        "judged": flips.judged,
        "failed": dict(sorted(flips.failed.items())),
        "failures": flips.listed,
        "grounds": [
            {"rule": name, "reads": sorted(rule.when), "ground": rule.ground, "texts": flips.grounded[name]}
            for name, rule in sorted(declared.items())
        ],
    }


def _swaps(evidence: Evidence) -> dict[str, Any]:
    swaps = evidence.swaps
    uneven = sorted(swaps.found, key=lambda each: (LEVELS.index(each[0][0]), each[0][1], each[1]))
    return {
        "judged": swaps.judged,
        "kinds": {
            kind: {"groups": len(groups), "texts": swaps.texts[kind]} for kind, groups in evidence.groups.items()
        },
        "found": [_unevenly(swaps, subject, kind) for subject, kind in uneven],
    }


def _unevenly(swaps: Swaps, subject: Subject, kind: str) -> dict[str, Any]:
    """How evenly a rule finds a kind's groups; `missed` and `singled_out` say in how many of the texts tried."""

    def of(counter: Mapping[tuple[Subject, str, str], int]) -> dict[str, dict[str, int]]:
        groups = sorted(group for named, of_kind, group in counter if (named, of_kind) == (subject, kind))
        tried = swaps.tried
        return {group: {"texts": counter[subject, kind, group], "of": tried[subject, kind, group]} for group in groups}

    pairs = [(count, *key[2:]) for key, count in swaps.pairs.items() if key[:2] == (subject, kind)]
    return {
        "level": subject[0],
        "name": subject[1],
        "kind": kind,
        "texts": swaps.found[subject, kind],
        "uneven": swaps.uneven[subject, kind],
        "missed": of(swaps.missed),
        "singled_out": of(swaps.singled),
        "pairs": [
            {"written": written, "swapped_in": group, "changed": count}
            for count, written, group in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:]))
        ],
    }


# --- in words -------------------------------------------------------------------------------------------------------


def in_words(plain: Mapping[str, Any]) -> str:
    """The evidence in a few lines: the flip test, what differs more than chance has it, and uneven groups."""
    flips = plain["flips"]
    lines = [f"{plain['rows']:,} rows judged" + (f", {plain['unread']:,} could not be" if plain["unread"] else "")]
    lines += [_flip_words(flips), *(f"  {each}" for each in _failures(flips))]
    lines += [
        f"  `{each['rule']}` reads {' and '.join(each['reads'])} on a ground: {each['ground']}"
        for each in flips["grounds"]
    ]
    for fact, said in _difference_words(plain).items():
        lines.append(f"by {fact}, more than chance has it: {'' if said else 'none'}".rstrip())
        lines += [f"  {each}" for each in said]
    uneven = [*_group_words(plain)]
    lines.append(f"groups not treated alike: {'' if uneven else 'none'}".rstrip())
    return "\n".join([*lines, *(f"  {each}" for each in uneven)])


def _flip_words(flips: Mapping[str, Any]) -> str:
    state = "failed" if flips["failed"] else "passed"
    return f"flip test {state}: {flips['texts']:,} texts judged {flips['judged']:,} times with other ratings and roles"


def _failures(flips: Mapping[str, Any]) -> Iterator[str]:
    for rule, count in flips["failed"].items():
        first = next((each for each in flips["failures"] if each["rule"] == rule), None)
        like = f", such as {first['id']} ({first['as_given']}, then {first['as']})" if first else ""
        yield f"`{rule}` changes its mind on {count:,} texts{like}"


def _difference_words(plain: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each fact, a sentence for each rule that differs."""
    return {
        fact: [_difference(each, fact) for each in table if each["level"] == "rule" and each["differs"]]
        for fact, table in plain["comparisons"].items()
    }


def _difference(row: Mapping[str, Any], fact: str) -> str:
    (these, _), (those, _) = _COMPARED[fact]
    interval = f"95 % {row['low']:.2f} to {row['high']:.2f}, p {_p(row['p_holm'])} after Holm"
    return f"`{row['name']}` finds something in texts of {these} {row['ratio']:.2f} times as often as of {those} ({interval})"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _group_words(plain: Mapping[str, Any]) -> Iterator[str]:
    for row in plain["swaps"]["found"]:
        if row["level"] == "rule" and row["uneven"]:
            said = [f"{verb} {', '.join(row[key])}" for key, verb in (("missed", "misses"), ("singled_out", "singles out")) if row[key]]  # fmt: skip
            yield f"`{row['name']}`, {row['kind']}: {'; '.join(said)} (uneven in {row['uneven']:,} of {row['texts']:,} texts)"


# --- files ----------------------------------------------------------------------------------------------------------


def write(folder: str | Path, evidence: Evidence) -> dict[str, Any]:
    """Writes `neutrality.json` and `neutrality.html` into a folder; raises `InputError` when it cannot."""
    plain, out = as_plain(evidence), made(folder)
    try:
        written = json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
        (out / "neutrality.json").write_text(written, encoding="utf-8")
        (out / "neutrality.html").write_text(as_html(plain), encoding="utf-8")
    except OSError as error:
        raise InputError(f"`{folder}` cannot be written: {error.strerror}; name another folder") from None
    return plain


def made(folder: str | Path) -> Path:
    """The folder, made where there is none; raises `InputError` before hours of judging are lost for want of one."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"`{folder}` cannot be written: {error.strerror}; name another folder") from None
    return Path(folder)


def as_html(plain: Mapping[str, Any]) -> str:
    """The page; it needs nothing else and no network."""
    rules = [each for each in plain["comparisons"]["rating"] if each["level"] == "rule"]
    return page(
        "evenhand.neutrality",
        "report.html",
        plain=plain,
        pictures=[*_pictures(plain)],
        compared=_COMPARED,
        differences=_difference_words(plain),
        tested=sum(each["ratio"] is not None for each in rules),
        uneven=[row for row in plain["swaps"]["found"] if row["uneven"]],
        even=[row for row in plain["swaps"]["found"] if not row["uneven"] and row["level"] == "rule"],
        command=_command(plain),
        number=lambda value: f"{value:,}",
        percent=_percent,
        p=_p,
        top=_TOP,
    )


def _percent(share: Mapping[str, Any]) -> str:
    if not share["rows"]:
        return "–"
    return f"{100 * share['share']:.2f} % ({100 * share['low']:.2f}–{100 * share['high']:.2f})"


def _pictures(plain: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    overall = plain["rates"][0]
    names: Sequence[tuple[str, Callable[[str], str]]] = [
        ("rating", lambda key: "no rating" if key == "none" else "1 star" if key == "1" else f"{key} stars"),
        ("role", lambda key: "no role" if key == "none" else key),
    ]
    rows = {said(key): share for fact, said in names for key, share in overall[fact].items() if share["rows"]}
    if rows:
        drawn = {name: (100 * each["share"], 100 * each["low"], 100 * each["high"]) for name, each in rows.items()}
        title = "Share of rows with findings, by rating and role"
        text = "; ".join(f"{name}: {_percent(each)}" for name, each in rows.items())
        yield {"title": title, "svg": Markup(whiskers(title, drawn, "% of rows, with 95 % intervals")), "text": text}
    ratios = [each for each in plain["comparisons"]["rating"] if each["level"] == "rule" and each["ratio"] is not None]
    if ratios:
        top = sorted(ratios, key=lambda each: (each["p"], each["name"]))[:_TOP]
        drawn = {each["name"]: (each["ratio"], each["low"], each["high"]) for each in top}
        title = "Rate in 1-2 star feedback as a multiple of that in 4-5 star feedback"
        text = "; ".join(f"{each['name']}: {each['ratio']:.2f} ({each['low']:.2f}–{each['high']:.2f})" for each in top)
        svg = whiskers(title, drawn, "times as often, with 95 % intervals", even=1.0)
        yield {"title": title, "svg": Markup(svg), "text": text}


def _command(plain: Mapping[str, Any]) -> str:
    """The command that gives the same evidence."""
    more = [f"--policy {shlex.quote(plain['policy_file'])}"] if plain["policy_file"] else []
    more += [f"--sample {plain['sample']}", f"--seed {plain['seed']}"]
    more += [f"--identities {shlex.quote(plain['identities'])}"] if plain["identities"] else []
    return command("neutrality", plain, *more)
