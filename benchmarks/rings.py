"""Rings: time and memory as histories grow, what is found and what is not on markets that are made up, beside simple methods."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import duckdb

import evenhand as ev
from evenhand.reciprocity import Rings, rings
from evenhand.thresholds import ExemptGroup
from market import HELD_OUT, HIDDEN, Market, Planted, market, name

Figures = dict[str, Any]
Groups = list[set[str]]

PROGRAM = """
import json, sys, time
from dataclasses import replace
import evenhand as ev
from evenhand.reciprocity import rings
from evenhand.thresholds import ExemptGroup
policy = ev.load()
agencies = tuple(ExemptGroup(str(at), tuple(each)) for at, each in enumerate(json.loads(sys.stdin.read())))
policy.reciprocity = replace(policy.reciprocity, exempt_groups=agencies)
begin = time.perf_counter()
done = rings(sys.argv[1], sys.argv[2], policy)
taken = time.perf_counter() - begin
# what `getrusage` says of a process itself counts what its parent had before it began
peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"seconds": taken, "MB": peak, "rows": done.rows, "A": [each.members for each in done.tier("A")], "B": [each.members for each in done.tier("B")]}))
"""


# --- simple methods -------------------------------------------------------------------------------------------------

_CONTRACTS = """
    CREATE OR REPLACE TABLE c AS
    SELECT contract_id, min(CASE WHEN author = 'client' THEN author_id ELSE recipient_id END) AS client,
        min(CASE WHEN author = 'client' THEN recipient_id ELSE author_id END) AS freelancer,
        count(*) = 2 AND min(rating) = 5 AS praise, max(epoch(created_at)) - min(epoch(created_at)) AS apart
    FROM read_parquet('{file}') GROUP BY contract_id"""
_PAIRS = "SELECT client, freelancer, count(*) FROM c WHERE praise GROUP BY 1, 2 ORDER BY 1, 2"


def _connected(file: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": os.cpu_count() or 1})
    connection.execute(_CONTRACTS.format(file=file))
    return connection


def quick_praise(file: Path) -> Groups:
    """Mutual top rating within 24 hours."""
    with _connected(file) as connection:
        found = connection.execute(
            "SELECT DISTINCT client, freelancer FROM c WHERE praise AND apart <= 86400"
        ).fetchall()
    return [set(each) for each in found]


def repeated_praise(file: Path) -> Groups:
    """Three or more contracts with mutual top rating."""
    with _connected(file) as connection:
        found = connection.execute(f"SELECT client, freelancer FROM ({_PAIRS}) AS p (client, freelancer, n) WHERE n >= 3").fetchall()  # fmt: skip
    return [set(each) for each in found]


def _graph(file: Path, *, directed: bool) -> Any:
    import igraph

    with _connected(file) as connection:
        pairs = connection.execute(_PAIRS).fetchall()
    return igraph.Graph.TupleList(((client, freelancer) for client, freelancer, _ in pairs), directed=directed)


def strong_components(file: Path) -> Groups:
    """Strongly connected components of the hire graph, of 2 to 60 people."""
    graph = _graph(file, directed=True)
    parts = graph.connected_components(mode="strong")
    return [{graph.vs[at]["name"] for at in part} for part in parts if 2 <= len(part) <= 60]


def communities(file: Path) -> Groups:
    """Communities of 3 to 60 people (Leiden), with more pairs than hold them together."""
    graph = _graph(file, directed=False)
    parts = graph.community_leiden(objective_function="modularity", n_iterations=2)
    found = []
    for part in parts:
        if 3 <= len(part) <= 60 and graph.induced_subgraph(part).ecount() > len(part) - 1:
            found.append({graph.vs[at]["name"] for at in part})
    return found


def dense_blocks(file: Path, blocks: int = 20) -> Groups:
    """The densest blocks, peeled off one by one (the innermost core each time)."""
    graph = _graph(file, directed=False)
    found = []
    for _ in range(blocks):
        cores = graph.coreness()
        most = max(cores, default=0)
        if most < 2:
            break
        block = [at for at, core in enumerate(cores) if core == most]
        found.append({graph.vs[at]["name"] for at in block})
        graph.delete_vertices(block)
    return found


METHODS: Mapping[str, Callable[[Path], Groups]] = {
    "mutual top rating within 24 h": quick_praise,
    "3 contracts with mutual top rating": repeated_praise,
    "strong components of the hire graph": strong_components,
    "communities (Leiden)": communities,
    "densest blocks": dense_blocks,
}


# --- truth ----------------------------------------------------------------------------------------------------------


def people(planted: Planted) -> set[str]:
    """The members of a ring, by the ids of the rows."""
    return set(map(name, planted.members))


def covers(groups: Sequence[set[str]], planted: Planted) -> bool:
    """Whether some group holds at least half of a ring."""
    members = people(planted)
    return any(2 * len(members & group) >= len(members) for group in groups)


def true_ones(groups: Sequence[set[str]], planted: Sequence[Planted]) -> int:
    """How many groups consist at least by half of members of one ring."""
    rings_of: dict[str, list[int]] = {}
    for at, each in enumerate(planted):
        for member in people(each):
            rings_of.setdefault(member, []).append(at)
    count = 0
    for group in groups:
        shared = Counter(at for member in group for at in rings_of.get(member, ()))
        count += bool(shared) and 2 * shared.most_common(1)[0][1] >= len(group)
    return count


def exempting(policy: ev.Policy, made: Market) -> ev.Policy:
    """The policy that knows the registered agencies of a market."""
    known = ev.Policy(policy.compiled)
    groups = tuple(ExemptGroup(f"agency {at}", tuple(map(name, each))) for at, each in enumerate(made.agencies))
    known.reciprocity = replace(policy.reciprocity, exempt_groups=groups)
    return known


# --- time and memory ------------------------------------------------------------------------------------------------


def by_size(counts: Sequence[int], rounds: int) -> Iterator[Figures]:
    """Seconds and memory of whole runs in processes of their own, and of the simple methods on the same rows, interleaved."""
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            file = Path(folder) / f"{count}.parquet"
            made = market(count, HELD_OUT)
            made.write(file)
            own: list[Figures] = []
            others: dict[str, list[float]] = {method: [] for method in METHODS}
            precision: Figures = {}
            for turn in range(rounds):
                own.append(_alone(file, Path(folder) / f"out-{count}-{turn}", made))
                for method, run in METHODS.items():
                    begin = perf_counter()
                    groups = run(file)
                    others[method].append(perf_counter() - begin)
                    if not turn:
                        precision[method] = _judged(groups, made)
            yield {
                "rows": own[0]["rows"],
                "seconds": median(each["seconds"] for each in own),
                "MB": max(each["MB"] for each in own),
                "tiers": {
                    "tier A": _judged([*map(set, own[0]["A"])], made),
                    "tiers A and B": _judged([*map(set, own[0]["A"] + own[0]["B"])], made),
                },
                "methods": {each: {"seconds": median(others[each]), **precision[each]} for each in METHODS},
            }
            file.unlink()


def _alone(file: Path, out: Path, made: Market) -> Figures:
    agencies = json.dumps([[*map(name, each)] for each in made.agencies])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(file), str(out)], input=agencies, capture_output=True, text=True, check=True, env=environment)  # fmt: skip
    figures: Figures = json.loads(run.stdout)
    return figures


def _judged(given: Groups, made: Market) -> Figures:
    """How good groups are: registered agencies are nobody's mistake, and more than 60 people together say nothing."""
    agencies = [set(map(name, each)) for each in made.agencies]
    groups = [group for group in given if len(group) <= 60 and not any(group <= agency for agency in agencies)]
    closed = [each for each in made.planted if each.shape != "hub"]
    long_pairs = {frozenset((name(one), name(other))) for one, other in made.long_pairs}
    return {
        "groups": len(groups),
        "precision": true_ones(groups, made.planted) / len(groups) if groups else 1.0,
        "recall": sum(covers(groups, each) for each in closed) / max(1, len(closed)),
        "long pairs": sum(len(group) == 2 and frozenset(group) in long_pairs for group in groups),
    }


# --- what is found --------------------------------------------------------------------------------------------------


def detection(policy: ev.Policy, seeds: Sequence[int], rows: int) -> Figures:
    """What is found on markets of held-out seeds: by what rings hide, by shape, by size; and what is found that should not be."""
    rings_: list[tuple[Planted, str]] = []  # with the tier in which each was found, or ""
    total: Counter[str] = Counter()
    for seed in seeds:
        made = market(rows, seed)
        done = _run(policy, made)
        tiers = {tier: [set(each.members) for each in done.tier(tier)] for tier in ("A", "B")}
        for each in made.planted:
            rings_.append((each, "A" if covers(tiers["A"], each) else "B" if covers(tiers["B"], each) else ""))
        for tier, groups in tiers.items():
            total[tier] += len(groups)
            total[f"true {tier}"] += true_ones(groups, made.planted)
        flagged = [*tiers["A"], *tiers["B"]]
        total["long pairs"] += len(made.long_pairs)
        total["long pairs flagged"] += sum(
            any({name(a), name(b)} <= group for group in flagged) for a, b in made.long_pairs
        )
        total["estimated"] += round(1_000 * done.estimate.false)
        total["users"] += made.users
    closed = [each for each in rings_ if each[0].shape != "hub"]
    return {
        "seeds": [min(seeds), max(seeds)],
        "rows": rows,
        "rings": len(rings_),
        "found": dict(total),
        "precision A": total["true A"] / max(1, total["A"]),
        "precision A + B": (total["true A"] + total["true B"]) / max(1, total["A"] + total["B"]),
        "false A": total["A"] - total["true A"],
        "estimated false A": total["estimated"] / 1_000,
        "hidden": [
            _row(
                f"{hides}, {said}",
                [each for each in closed if each[0].hidden == hides and (each[0].camouflage > 0) is hidden],
            )
            for hides in HIDDEN
            for hidden, said in ((False, "no honest contracts"), (True, "honest contracts too"))
        ],
        "shape": [
            _row(shape, [each for each in rings_ if each[0].shape == shape]) for shape in ("clique", "cycle", "hub")
        ],
        "size": [
            _row(said, [each for each in closed if low <= len(each[0].members) <= high])
            for said, low, high in (("3 to 4 members", 3, 4), ("5 to 7", 5, 7), ("8 to 10", 8, 10))
        ],
        "recruited": [
            _row(said, [each for each in closed if (each[0].recruited > 0) is some])
            for said, some in (("only made-up accounts", False), ("real accounts recruited", True))
        ],
        "hubs": [
            _row(f"hub, {hides}", [each for each in rings_ if each[0].shape == "hub" and each[0].hidden == hides])
            for hides in HIDDEN
        ],
    }


def _row(said: str, chosen: Sequence[tuple[Planted, str]]) -> Figures:
    count = max(1, len(chosen))
    return {
        "name": said,
        "rings": len(chosen),
        "A": sum(tier == "A" for _, tier in chosen) / count,
        "A + B": sum(tier != "" for _, tier in chosen) / count,
    }


def _run(policy: ev.Policy, made: Market) -> Rings:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "market.parquet"
        made.write(file)
        return rings(file, None, exempting(policy, made))


def clean_market(policy: ev.Policy, seeds: Sequence[int], rows: int) -> Figures:
    """Tier A a million users in markets without rings, with all who look suspicious and are not."""
    first = users = 0
    for seed in seeds:
        made = market(rows, seed, rings=0)
        first += len(_run(policy, made).tier("A"))
        users += made.users
    return {"users": users, "A": first, "A a million users": 1e6 * first / users}


def network(policy: ev.Policy, folder: Path) -> Figures:
    """The share of people known to be benign, and known to be frauds, who are flagged in a real network of ratings."""
    truth = {line.split(",")[0]: int(line.split(",")[1]) for line in (folder / "otc_gt.csv").read_text().split()}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "network.csv"
        file.write_text("author_id,recipient_id,rating,created_at\n" + (folder / "otc_network.csv").read_text())
        known = ev.Policy(policy.compiled)
        known.reciprocity = replace(policy.reciprocity, positive_rating_min=1.0)
        done = rings(file, None, known)
    flagged = {member for each in done.findings for member in each.members}
    kinds = {"benign": 1, "fraud": -1}
    return {
        "findings": len(done.findings),
        "flagged": len(flagged),
        **{
            kind: {
                "flagged": sum(label == sign and who in flagged for who, label in truth.items()),
                "of": [*truth.values()].count(sign),
            }
            for kind, sign in kinds.items()
        },
    }


# --- shown ----------------------------------------------------------------------------------------------------------


def show_sizes(rows: Sequence[Figures]) -> list[Figures]:
    print(
        f"\n{'rings, rows':<38}{'seconds':>10}{'MB':>8}{'groups':>10}{'precision':>11}{'recall':>8}{'long pairs':>12}"
    )
    for row in rows:
        print(f"{row['rows']:<38,}{row['seconds']:>10.1f}{row['MB']:>8.0f}")
        for method, each in {**row["tiers"], **row["methods"]}.items():
            seconds = f"{each['seconds']:.1f}" if "seconds" in each else ""
            print(
                f"  {method:<36}{seconds:>10}{'':>8}{each['groups']:>10,}{each['precision']:>11.3f}{each['recall']:>8.2f}{each['long pairs']:>12,}"
            )
    return list(rows)


def show_detection(figures: Figures) -> Figures:
    found = figures["found"]
    print(f"\n{'rings, seeds ' + '-'.join(map(str, figures['seeds'])):<44}{'rings':>8}{'tier A':>8}{'A + B':>8}")
    for group in ("hidden", "shape", "size", "recruited", "hubs"):
        for row in figures[group]:
            print(f"{row['name']:<44}{row['rings']:>8}{row['A']:>8.2f}{row['A + B']:>8.2f}")
    print(
        f"precision: tier A {figures['precision A']:.3f} of {found['A']}, both {figures['precision A + B']:.3f} of {found['A'] + found['B']};"
        f" false in tier A {figures['false A']}, estimated {figures['estimated false A']:.1f}"
    )
    print(f"honest long pairs flagged: {found['long pairs flagged']} of {found['long pairs']}")
    return figures


def show_clean(figures: Figures) -> Figures:
    print(f"market without rings: {figures['A']} in tier A of {figures['users']:,} users, {figures['A a million users']:.0f} a million (wanted: 30)")  # fmt: skip
    return figures


def show_network(figures: Figures) -> Figures:
    said = ", ".join(f"{figures[kind]['flagged']} of {figures[kind]['of']} {kind}" for kind in ("benign", "fraud"))
    print(f"real network: {figures['flagged']} people in {figures['findings']} findings; {said}")
    return figures


def draw(path: Path, sizes: Sequence[Figures], found: Figures) -> None:
    """Time and memory by rows, recall by what rings hide: one SVG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6.6), layout="constrained")
    (left, right), (lower, last) = figure.subplots(2, 2)
    rows = [row["rows"] for row in sizes]
    left.plot(rows, [row["seconds"] for row in sizes], marker="o", color="#994455", label="evenhand rings")
    for method, colour in zip(METHODS, ("#b9c2cc", "#9aa6b2", "#6699cc", "#5a6b7b", "#e0b030"), strict=True):
        left.plot(rows, [row["methods"][method]["seconds"] for row in sizes], marker=".", color=colour, label=method)
    left.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds")
    left.legend(frameon=False, fontsize=7)
    right.plot(rows, [row["MB"] for row in sizes], marker="o", color="#994455")
    right.set(xscale="log", xlabel="rows", ylabel="MB at the peak", ylim=(0, None))
    for axes, group in ((lower, "hidden"), (last, "shape")):
        named = [row for row in found[group] if row["rings"]]
        places = range(len(named))
        axes.barh(places, [row["A + B"] for row in named], color="#e0b030", label="tier A or B")
        axes.barh(places, [row["A"] for row in named], color="#994455", label="tier A")
        axes.set_yticks(places, [row["name"] for row in named], fontsize=8)
        axes.invert_yaxis()
        axes.set(xlim=(0, 1), xlabel="share of rings found" + (" (cliques and cycles), by what they hide" if group == "hidden" else ", by shape"))  # fmt: skip
    lower.legend(frameon=False, fontsize=7, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    for axes in (left, right, lower, last):
        axes.grid(color="#d1d9e0", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})
