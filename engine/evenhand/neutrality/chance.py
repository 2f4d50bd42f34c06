"""What chance alone could do: intervals for shares and ratios, and tests of two shares against each other."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, lgamma, sqrt

_Z = 1.959963984540054  # of the normal distribution, for 95 % on both sides

Interval = tuple[float, float]


def wilson(found: int, of: int) -> Interval:
    """The 95 % interval for a share, from 0 to 1; all of it when nothing was counted (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, spread = found / of, _Z**2 / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half) if found else 0.0, min(1.0, middle + half) if found < of else 1.0


def rate_ratio(found: int, of: int, other_found: int, other_of: int) -> tuple[float, Interval] | None:
    """The first share divided by the second, with its 95 % interval; None when one side was not counted.

    The interval is that of the logarithm (Katz and others 1978); where a share is 0, each count gets a half more.
    """
    if not of or not other_of:
        return None
    a, n, b, m = float(found), float(of), float(other_found), float(other_of)
    if not found or not other_found:
        a, n, b, m = a + 0.5, n + 0.5, b + 0.5, m + 0.5
    ratio = (a / n) / (b / m)
    half = _Z * sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    return ratio, (ratio * exp(-half), ratio * exp(half))


def p_value(found: int, of: int, other_found: int, other_of: int) -> float:
    """How likely two shares differ at least as much when the groups do not (two-sided).

    Pearson's chi-squared test where five or more are expected in every cell (Cochran 1954), else Fisher's exact test.
    """
    whole, hits = of + other_of, found + other_found
    if not of or not other_of or not hits or hits == whole:
        return 1.0
    expected = min(of, other_of) * min(hits, whole - hits) / whole
    if expected < 5:
        return fisher(found, of, hits, whole)
    off = found * (other_of - other_found) - other_found * (of - found)
    squared = whole * off**2 / (of * other_of * hits * (whole - hits))
    return erfc(sqrt(squared / 2))


def fisher(found: int, of: int, hits: int, whole: int) -> float:
    """Fisher's exact test of `found` among `of`, when `hits` were found among the `whole` (two-sided: no likelier tables)."""
    least, most = max(0, of + hits - whole), min(of, hits)
    here = _log_likelihood(found, of, hits, whole)
    logs = (_log_likelihood(each, of, hits, whole) for each in range(least, most + 1))
    return min(1.0, sum(exp(each) for each in logs if each <= here + 1e-7))


def _log_likelihood(found: int, of: int, hits: int, whole: int) -> float:
    return _log_choose(of, found) + _log_choose(whole - of, hits - found) - _log_choose(whole, hits)


def _log_choose(of: int, some: int) -> float:
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """The values with many comparisons allowed for, in their order (Holm 1979)."""
    adjusted, least = [1.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        least = max(least, min(1.0, p_values[at] * (len(p_values) - rank)))
        adjusted[at] = least
    return adjusted
