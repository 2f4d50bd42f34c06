"""`make bench`: the engine beside named peers and its floor, interleaved in one process on the same texts."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

import evenhand as ev
import rings
from audits import beside_floors, by_rows, by_terms, draw, show_audits, show_growth
from corpus import clean_ascii, made_up, sample
from floor import bare_scans, floor
from hostile import SIZES, hostile
from loading import loading
from market import HELD_OUT
from peers import PEERS
from timing import Series, affordable, latencies

Figures = dict[str, Any]
WANTED_LOAD, WANTED_HOSTILE, WANTED_FLOOR = 50, 50, 3  # warm load and hostile text in ms; multiple of the floor


def main() -> None:
    asked = arguments()
    try:
        policy = ev.load(asked.policy)
        texts = sample(asked.corpus, asked.texts) if asked.corpus else made_up(asked.texts)
    except ev.EvenhandError as error:
        raise SystemExit(str(error)) from None
    except OSError as error:
        raise SystemExit(f"`{error.filename}` cannot be read: {error.strerror}; pass a file of JSON lines") from None
    measure(policy, texts, asked)


def measure(policy: ev.Policy, texts: Sequence[str], asked: argparse.Namespace) -> None:
    begin = perf_counter()
    figures: Figures = {"setting": setting(policy, texts, asked.corpus)}
    show_setting(figures["setting"])
    for part in asked.parts:
        PARTS[part](figures, policy, texts, asked)
    print(f"\n{perf_counter() - begin:.0f} s in all")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def measure_calls(figures: Figures, policy: ev.Policy, texts: Sequence[str], asked: argparse.Namespace) -> None:
    figures["peers"] = show_peers(beside_peers(policy, texts, asked.rounds, asked.seconds))
    figures["clean"] = show_clean(clean(policy, texts))
    figures["hostile"] = show_hostile(under_attack(policy))
    figures["loading"] = show_loading(loading(str(asked.policy or "")))


def measure_audits(figures: Figures, policy: ev.Policy, texts: Sequence[str], asked: argparse.Namespace) -> None:
    path = str(asked.policy or "")
    figures["audit"] = show_audits(beside_floors(policy, path, texts, asked.rows))
    figures["terms"] = show_growth("terms", list(by_terms([100, 1_000, 10_000, 100_000])))
    figures["rows"] = show_growth("rows", list(by_rows([10**power for power in range(4, asked.most + 1)], path)))
    if asked.picture:
        draw(asked.picture, figures["terms"], figures["rows"])


def measure_rings(figures: Figures, policy: ev.Policy, texts: Sequence[str], asked: argparse.Namespace) -> None:
    seeds = range(HELD_OUT, HELD_OUT + asked.seeds)
    sizes = rings.show_sizes(
        [*rings.by_size([10**power for power in range(5, asked.most_rings + 1)], min(3, asked.rounds))]
    )
    found = rings.show_detection(rings.detection(policy, seeds, 1_000_000))
    clean_seeds = range(HELD_OUT + asked.seeds, HELD_OUT + 2 * asked.seeds)
    figures["rings"] = {"sizes": sizes, "found": found, "clean": rings.show_clean(rings.clean_market(policy, clean_seeds, 1_000_000))}  # fmt: skip
    if asked.network:
        figures["rings"]["network"] = rings.show_network(rings.network(policy, asked.network))
    if asked.rings_picture:
        rings.draw(asked.rings_picture, sizes, found)


PARTS = {"calls": measure_calls, "audits": measure_audits, "rings": measure_rings}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--corpus", type=Path, help="a file of JSON lines with `text` (default: texts that are made up)"
    )
    parser.add_argument("--policy", type=Path, help="the policy to measure (default: the shipped one)")
    parser.add_argument("--texts", type=int, default=2000, help="how many texts (default: 2000)")
    parser.add_argument("--rounds", type=int, default=5, help="how many interleaved rounds (default: 5)")
    parser.add_argument("--seconds", type=float, default=3, help="for each peer and round; slow ones get fewer texts")
    parser.add_argument("--rows", type=int, default=60_000, help="rows of the audit beside its floors (default: 60000)")
    parser.add_argument(
        "--most", type=int, default=5, help="audits grow up to ten to this power of rows (default: 5; 7 takes an hour)"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS], help="what to measure (default: all)")
    parser.add_argument("--seeds", type=int, default=6, help="held-out markets of a million rows each (default: 6)")
    parser.add_argument(
        "--most-rings", type=int, default=6, help="rings in up to ten to this power of rows (default: 6)"
    )
    parser.add_argument("--network", type=Path, help="a folder with otc_network.csv and otc_gt.csv: a real network")
    parser.add_argument("--rings-picture", type=Path, help="draw how rings grow and what is found into this SVG file")
    parser.add_argument("--picture", type=Path, help="draw how audits grow into this SVG file")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args()


# --- the setting ----------------------------------------------------------------------------------------------------


def setting(policy: ev.Policy, texts: Sequence[str], corpus: Path | None) -> Figures:
    outcomes = [str(policy.check(text).outcome) for text in texts]
    return {
        "policy": f"{policy.name} {policy.version}",
        "rules": len(policy.compiled.rules),
        "evenhand": ev.__version__,
        "hyperscan": version("hyperscan"),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "texts": len(texts),
        "source": corpus.name if corpus else "made up",
        "mean characters": round(mean(map(len, texts))),
        "ASCII": sum(map(str.isascii, texts)) / len(texts),
        "outcomes": {outcome: outcomes.count(outcome) / len(texts) for outcome in sorted(set(outcomes))},
    }


def show_setting(own: Figures) -> None:
    outcomes = ", ".join(f"{share:.1%} {name}" for name, share in own["outcomes"].items())
    print(f"policy    {own['policy']}, {own['rules']} rules")
    print(
        f"texts     {own['texts']} {own['source']}, mean {own['mean characters']} characters, {own['ASCII']:.0%} ASCII"
    )
    print(f"outcomes  {outcomes}")
    print(f"on        Python {own['python']}, {own['machine']}, hyperscan {own['hyperscan']}")


# --- peers ----------------------------------------------------------------------------------------------------------


def beside_peers(policy: ev.Policy, texts: Sequence[str], rounds: int, seconds: float) -> Iterator[Series | str]:
    """The series of every contender, and a line for every peer that is absent."""
    contenders = [
        Series("evenhand", policy.check, len(texts)),
        Series("floor: fold, two scans", floor(policy.compiled), len(texts)),
        Series("floor: scans alone", bare_scans(policy.compiled, texts), len(texts)),
    ]
    for peer in PEERS:
        if not peer.installed:
            yield f"{peer.name}: absent; pip install {peer.package}"
            continue
        try:
            call = peer.prepare(policy)
            contenders.append(Series(f"{peer.name} {peer.installed}", call, affordable(call, texts, seconds)))
        except Exception as error:  # a peer that breaks is told, and does not end the benchmark
            yield f"{peer.name}: does not run here: {type(error).__name__}: {error}"
    for number in range(rounds):
        if sys.stderr.isatty():
            print(f"round {number + 1} of {rounds}", end="\r", file=sys.stderr)
        for contender in contenders:
            contender.round(policy.check, texts)
    yield from contenders


def show_peers(contenders: Iterator[Series | str]) -> list[Figures]:
    listed = list(contenders)
    print(f"\n{'':<36}{'texts/s':>12}{'p50 us':>12}{'p99 us':>12}{'texts':>8}   time taken, evenhand = 1")
    table = [
        {
            "name": each.name,
            "texts/s": each.rate,
            "p50 us": each.microseconds(0.5),
            "p99 us": each.microseconds(0.99),
            "texts": each.count,
            "times as long": each.ratio,
        }
        for each in listed
        if isinstance(each, Series)
    ]
    for row in table:
        shown = "1" if row["name"] == "evenhand" else f"{row['times as long']:,.2f}{_wanted(row)}"
        print(
            f"{row['name']:<36}{row['texts/s']:>12,.0f}{row['p50 us']:>12,.1f}{row['p99 us']:>12,.1f}"
            f"{row['texts']:>8,}   {shown}"
        )
    for line in listed:
        if isinstance(line, str):
            print(line)
    print("Peers that cannot do all texts in a round get the first ones; each is compared with evenhand on those.")
    return table


def _wanted(row: Figures) -> str:
    least = next((peer.wanted for peer in PEERS if row["name"].startswith(f"{peer.name} ")), 0)
    return f" (wanted: {least:,})" + " !" * (row["times as long"] < least) if least else ""


# --- clean texts and the floor --------------------------------------------------------------------------------------


def clean(policy: ev.Policy, texts: Sequence[str], rounds: int = 15) -> list[Figures]:
    """The common case beside the floor: short, ASCII, nothing found."""
    allowed = {
        "made up, 300 characters": [text for text in clean_ascii(300) if not policy.check(text).findings],
        "of these texts, 250 to 350": [
            text for text in texts if text.isascii() and 250 <= len(text) <= 350 and not policy.check(text).findings
        ][:200],
    }
    table = []
    for name, chosen in allowed.items():
        if not chosen:
            continue
        repeated = (chosen * (400 // len(chosen) + 1))[:400]
        both = Series("floor", floor(policy.compiled), len(repeated))
        for _ in range(rounds):
            both.round(policy.check, repeated)
        ours = Series("evenhand", policy.check, len(repeated), own=both.ours)
        row = {
            "name": name,
            "texts": len(chosen),
            "floor p50 us": both.microseconds(0.5),
            "times the floor": both.p50_ratio,
        }
        table.append({**row, "p50 us": ours.microseconds(0.5), "p99 us": ours.microseconds(0.99)})
    return table


def show_clean(table: list[Figures]) -> list[Figures]:
    print(
        f"\n{'clean ASCII text':<36}{'p50 us':>12}{'p99 us':>12}{'floor us':>12}   floor = 1 (wanted: {WANTED_FLOOR})"
    )
    for row in table:
        print(
            f"{row['name']:<36}{row['p50 us']:>12.2f}{row['p99 us']:>12.2f}{row['floor p50 us']:>12.2f}"
            f"   {row['times the floor']:.2f}{_over(row['times the floor'], WANTED_FLOOR)}"
        )
    return table


# --- hostile texts --------------------------------------------------------------------------------------------------


def under_attack(policy: ev.Policy, times: int = 3) -> list[Figures]:
    """Milliseconds for every hostile text, and what came out."""
    table = []
    for size in SIZES:
        for name, text in hostile(size):
            verdict = policy.check(text)
            taken = median(latencies(policy.check, [text] * times)) / 1e6
            rules = sorted({finding.rule for finding in verdict.findings})
            table.append(
                {"name": name, "characters": size, "ms": taken, "outcome": str(verdict.outcome), "rules": rules}
            )
    return table


def show_hostile(table: list[Figures]) -> list[Figures]:
    sizes = "".join(f"{f'{size:,} characters':>26}" for size in SIZES)
    print(f"\n{'hostile text':<24}{sizes}   (wanted: {WANTED_HOSTILE} ms)")
    for name in dict.fromkeys(row["name"] for row in table):
        cells = [
            f"{row['ms']:>12.1f} ms{_over(row['ms'], WANTED_HOSTILE) or '  '} {row['outcome']:<8}"
            for row in table
            if row["name"] == name
        ]
        print(f"{name:<24}{''.join(cells)}")
    return table


# --- loading --------------------------------------------------------------------------------------------------------


def show_loading(table: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    print("\nnew process, ms" + "".join(f"{step:>14}" for step in next(iter(table.values()))))
    for name, steps in table.items():
        flag = f"   load wanted: {WANTED_LOAD}{_over(steps['load'], WANTED_LOAD)}" if name == "warm" else ""
        print(f"{name:<15}" + "".join(f"{taken:>14.1f}" for taken in steps.values()) + flag)
    return table


def _over(value: float, wanted: float) -> str:
    return " !" if value > wanted else ""


if __name__ == "__main__":
    main()
