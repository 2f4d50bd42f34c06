"""From rows of feedback to pairs of people, in SQL that DuckDB and Spark both run.

`feedback` has a row for each row that could be read: `line`, `author`, `recipient` (text), `rating` (thousandths), `sent` and
`ended` (microseconds since 1970 in UTC; `ended` may be null), `contract` (text or null), `value` (thousandths or null), `role`
(`client`, `freelancer` or null: that of the author) and `text`. All numbers are whole, so that sums do not depend on the order
in which they are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..thresholds import Thresholds

SECOND = 1_000_000  # microseconds
DAY = 86_400 * SECOND
STRATA = (1, 2, 3, 5, 9)  # pairs with as many contracts (from this number on) are comparable

FEEDBACK = ("line", "author", "recipient", "rating", "sent", "ended", "contract", "value", "role", "text")


def numbered(*, by_role: bool) -> str:
    """Feedback with a contract each, for histories that name none: the n-th of each party to the other makes the n-th."""
    role = ", role" if by_role else ""
    return f"""
        SELECT line, author, recipient, rating, sent, ended, value, role, text,
            CAST(row_number() OVER (PARTITION BY author, recipient{role} ORDER BY sent, line) AS VARCHAR(20)) AS contract
        FROM feedback"""


def contracts(source: str, *, by_role: bool) -> str:
    """A row a contract: the parties, both ratings and times, the end and the value.

    Where roles are not known, the parties stand in the order of their ids. Of a party that wrote more than once the lowest
    rating and the latest time count.
    """
    if by_role:
        client = "CASE WHEN role = 'client' THEN author ELSE recipient END"
        freelancer = "CASE WHEN role = 'client' THEN recipient ELSE author END"
        first = "role = 'client'"
    else:
        client, freelancer, first = "least(author, recipient)", "greatest(author, recipient)", "author < recipient"
    return f"""
        SELECT contract, client, freelancer,
            min(CASE WHEN by_client THEN rating END) AS by_client,
            min(CASE WHEN NOT by_client THEN rating END) AS by_freelancer,
            max(CASE WHEN by_client THEN sent END) AS client_at,
            max(CASE WHEN NOT by_client THEN sent END) AS freelancer_at,
            max(ended) AS ended, max(value) AS value
        FROM (
            SELECT contract, rating, sent, ended, value, {first} AS by_client, {client} AS client, {freelancer} AS freelancer
            FROM {source} {"WHERE role IS NOT NULL" if by_role else ""}
        ) AS sided
        GROUP BY contract, client, freelancer"""


def low_value(limits: Thresholds, valued: int) -> str:
    """The value below which contracts are of low value."""
    at = int(valued * limits.low_value_percentile / 100)
    return f"SELECT value FROM contracts WHERE value IS NOT NULL ORDER BY value LIMIT 1 OFFSET {at}"


def pairs(limits: Thresholds, low: int | None) -> str:
    """A row for each client and freelancer: how often they worked together, and how that looked."""
    positive = round(limits.positive_rating_min * 1_000)
    apart, after = _us(limits.fast_turnaround), _us(limits.fast_after_contract_end)
    begun = "least(coalesce(ended, client_at, freelancer_at), coalesce(client_at, freelancer_at), coalesce(freelancer_at, client_at))"
    done = "greatest(coalesce(client_at, freelancer_at), coalesce(freelancer_at, client_at))"
    fast = f"abs(client_at - freelancer_at) <= {apart} AND greatest(client_at, freelancer_at) - coalesce(ended, least(client_at, freelancer_at)) <= {after}"
    return f"""
        SELECT client, freelancer,
            count(*) AS contracts,
            sum(CASE WHEN by_client >= {positive} AND by_freelancer >= {positive} THEN 1 ELSE 0 END) AS positive,
            sum(CASE WHEN {fast} THEN 1 ELSE 0 END) AS fast,
            sum(CASE WHEN value < {low if low is not None else "NULL"} THEN 1 ELSE 0 END) AS low,
            count(value) AS valued,
            count(by_client) AS client_ratings, coalesce(sum(by_client), 0) AS client_stars,
            count(by_freelancer) AS freelancer_ratings, coalesce(sum(by_freelancer), 0) AS freelancer_stars,
            min({begun}) AS begun, max({done}) AS done
        FROM contracts
        GROUP BY client, freelancer"""


def traded(limits: Thresholds) -> str:
    """The pairs that may be part of a group: praise both ways at least once. `established` ones are no evidence themselves."""
    established = "FALSE"
    if limits.established_pair.action == "exempt":
        known = limits.established_pair
        established = f"p.done - p.begun >= {_us(known.span)} AND p.contracts >= {known.contracts}"
        if not limits.established_pair.role_swap:
            established += " AND back.client IS NULL"
    return f"""
        SELECT p.client, p.freelancer, p.contracts, p.positive, p.fast, p.low, p.valued, p.begun, p.done,
            CASE WHEN {established} THEN TRUE ELSE FALSE END AS established
        FROM pairs p
        LEFT JOIN pairs back ON back.client = p.freelancer AND back.freelancer = p.client
        LEFT JOIN exempt one ON one.member = p.client
        LEFT JOIN exempt other ON other.member = p.freelancer AND other.agency = one.agency
        WHERE p.positive > 0 AND other.member IS NULL"""


def trimmed(source: str) -> str:
    """The hires whose client is hired too and whose freelancer hires too: the others are on no cycle."""
    return f"""
        SELECT client, freelancer FROM {source}
        WHERE client IN (SELECT freelancer FROM {source}) AND freelancer IN (SELECT client FROM {source})"""


# Of three people who all worked with each other one at least is hired and hires: the middle of the triangle. Whoever works with
# hundreds on both sides is left out as a middle, since each two of the others would be looked at. Where nobody knows who hired whom, pairs
# are ordered by their ids, and a triangle has its middle between the two others.
_WEDGES = 50_000

BETWEEN = f"""
    SELECT member FROM users
    WHERE hires > 0 AND hired > 0 AND hires * hired <= {_WEDGES}"""

TRIANGLES = """
    SELECT before.client AS first, before.freelancer AS middle, behind.freelancer AS last
    FROM traded before
    JOIN between_ m ON m.member = before.freelancer
    JOIN traded behind ON behind.client = m.member AND behind.freelancer <> before.client
    JOIN traded closing ON closing.client = before.client AND closing.freelancer = behind.freelancer"""

# The hires that are a side of some triangle, and of how many.
SIDES = """
    SELECT client, freelancer, CAST(count(*) AS BIGINT) AS triangles FROM (
        SELECT first AS client, middle AS freelancer FROM triangles
        UNION ALL SELECT middle, last FROM triangles
        UNION ALL SELECT first, last FROM triangles
    ) AS sides
    GROUP BY client, freelancer ORDER BY client, freelancer"""

USERS = """
    SELECT member, sum(hires) AS hires, sum(hired) AS hired FROM (
        SELECT client AS member, count(*) AS hires, 0 AS hired FROM traded GROUP BY client
        UNION ALL
        SELECT freelancer AS member, 0 AS hires, count(*) AS hired FROM traded GROUP BY freelancer
    ) AS sides
    GROUP BY member"""


SWAPPED = """
    SELECT count(*) FROM traded t JOIN traded back ON back.client = t.freelancer AND back.freelancer = t.client"""


def strata() -> str:
    """How pairs with so many contracts look: how many, how many of them mostly fast, mostly of low value."""
    number = (
        "CASE "
        + " ".join(f"WHEN contracts >= {least} THEN {at}" for at, least in reversed([*enumerate(STRATA)]))
        + " END"
    )
    return f"""
        SELECT {number} AS stratum, count(*) AS pairs,
            sum(CASE WHEN 2 * fast >= contracts THEN 1 ELSE 0 END) AS fast,
            sum(CASE WHEN valued > 0 THEN 1 ELSE 0 END) AS valued,
            sum(CASE WHEN valued > 0 AND 2 * low >= valued THEN 1 ELSE 0 END) AS low
        FROM traded WHERE NOT established GROUP BY 1 ORDER BY 1"""


DAYS = f"""
    SELECT CAST(floor(begun / {DAY}) AS BIGINT) AS day, count(*) AS pairs FROM traded
    WHERE NOT established GROUP BY 1 ORDER BY 1"""


# Everybody's partners, whether they may be evidence or not.
KNOWN = """
    SELECT member, sum(hires) AS hires, sum(hired) AS hired FROM (
        SELECT client AS member, count(*) AS hires, 0 AS hired FROM pairs GROUP BY client
        UNION ALL
        SELECT freelancer AS member, 0 AS hires, count(*) AS hired FROM pairs GROUP BY freelancer
    ) AS sides
    GROUP BY member"""


def _spokes(centre: str, spoke: str) -> str:
    return f"""
        SELECT t.{centre} AS centre, '{centre}' AS side, t.{spoke} AS spoke,
            CASE WHEN 2 * fast >= contracts AND (valued = 0 OR 2 * low >= valued) THEN 1 ELSE 0 END AS quick,
            CASE WHEN k.hires + k.hired = 1 THEN 1 ELSE 0 END AS alone,
            CASE WHEN k.hires > 0 AND k.hired > 0 THEN 1 ELSE 0 END AS on_both
        FROM traded t JOIN known k ON k.member = t.{spoke}
        WHERE NOT t.established"""


# Each pair from both of its ends: a centre, and a partner as a spoke of it.
SPOKES = f"{_spokes('client', 'freelancer')} UNION ALL {_spokes('freelancer', 'client')}"

SPOKE_SHARES = """
    SELECT side, count(*) AS pairs, sum(alone) AS alone, sum(on_both) AS on_both FROM spokes GROUP BY side ORDER BY side"""


# How much the shares differ from one centre to the next: sums over centres with a number of partners that many have.
SPOKE_SPREAD = """
    SELECT side, sum(n) AS n, sum(n * n) AS nn,
        sum(alone) AS alone, sum(alone * alone) AS alone_2, sum(alone * n) AS alone_n,
        sum(on_both) AS on_both, sum(on_both * on_both) AS on_both_2, sum(on_both * n) AS on_both_n
    FROM (
        SELECT side, centre, count(*) AS n, sum(alone) AS alone, sum(on_both) AS on_both
        FROM spokes GROUP BY side, centre HAVING count(*) BETWEEN 5 AND 60
    ) AS counted
    GROUP BY side ORDER BY side"""


def centres(least: int) -> str:
    """People with many partners of one kind, on one side."""
    return f"""
        SELECT centre, side, count(*) AS partners, sum(quick) AS quick, sum(alone) AS alone, sum(on_both) AS on_both
        FROM spokes GROUP BY centre, side
        HAVING sum(quick) >= {least} OR sum(alone) >= {least} OR sum(on_both) >= {least}
        ORDER BY centre, side"""


SPOKES_OF_CHOSEN = """
    SELECT s.centre, s.side, c.kind, s.spoke
    FROM spokes s JOIN chosen c ON c.centre = s.centre AND c.side = s.side
    WHERE (c.kind = 'quick' AND s.quick = 1) OR (c.kind = 'alone' AND s.alone = 1) OR (c.kind = 'both' AND s.on_both = 1)
    ORDER BY s.centre, s.side, c.kind, s.spoke"""


PAIRS_OF_MEMBERS = """
    SELECT p.client, p.freelancer, p.contracts, p.positive, p.fast, p.low, p.valued,
        p.client_ratings, p.client_stars, p.freelancer_ratings, p.freelancer_stars, p.begun, p.done,
        CASE WHEN t.client IS NULL THEN FALSE ELSE TRUE END AS traded,
        coalesce(t.established, FALSE) AS established
    FROM pairs p
    LEFT JOIN traded t ON t.client = p.client AND t.freelancer = p.freelancer
    WHERE p.client IN (SELECT member FROM members) OR p.freelancer IN (SELECT member FROM members)
    ORDER BY p.client, p.freelancer"""

CONTRACTS_OF_GROUPS = """
    SELECT contract, client, freelancer, by_client, by_freelancer, client_at, freelancer_at, ended, value
    FROM contracts
    WHERE client IN (SELECT member FROM members) AND freelancer IN (SELECT member FROM members)
    ORDER BY coalesce(ended, client_at, freelancer_at), contract, client, freelancer"""

TEXTS_OF_GROUPS = """
    SELECT line, author, recipient, contract, sent, role, rating, text
    FROM feedback
    WHERE text IS NOT NULL AND author IN (SELECT member FROM members) AND recipient IN (SELECT member FROM members)
    ORDER BY line"""


def _us(length: timedelta) -> int:
    return round(length.total_seconds()) * SECOND


def rounds(most: int = 30) -> Iterator[int]:
    """How often the graph is trimmed at most: what is left then is trimmed by hand."""
    return iter(range(most))
