"""How unlikely by chance, in points: minus the decimal logarithm of a probability."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, lgamma, log, log1p, log10, sqrt

_LEAST = 1e-300
_MANY = 200  # trials, from which on their mean share is taken


def points(probability: float) -> float:
    """2 for one in a hundred, 3 for one in a thousand."""
    return -log10(min(1.0, max(probability, _LEAST))) + 0.0


def at_least(count: int, shares: Sequence[float]) -> float:
    """The chance of at least so many hits when each trial hits with its own share (Poisson binomial).

    Of many trials the binomial with their mean share is taken: above the mean it is never less likely (Hoeffding 1956).
    """
    if count <= 0:
        return 1.0
    if count > len(shares):
        return 0.0
    mean = sum(shares) / len(shares)
    if len(shares) > _MANY:
        return at_least_of(count, len(shares), mean) if count > mean * len(shares) + 1 else 1.0
    below = [1.0] + [0.0] * (count - 1)  # how likely 0, 1 ... count - 1 hits are so far
    reached = 0.0
    for share in shares:
        reached += below[-1] * share
        for hits in range(count - 1, 0, -1):
            below[hits] = below[hits] * (1 - share) + below[hits - 1] * share
        below[0] *= 1 - share
    return min(1.0, reached)


def at_least_of(count: int, of: int, share: float) -> float:
    """The chance of at least so many hits of so many with one share (binomial)."""
    if count <= 0 or share >= 1:
        return 1.0
    if count > of or share <= 0:
        return 0.0
    hit, miss = log(share), log1p(-share)
    return min(1.0, sum(exp(_ways(of, hits) + hits * hit + (of - hits) * miss) for hits in range(count, of + 1)))


def _ways(of: int, hits: int) -> float:
    """The logarithm of how many ways there are to choose so many of so many."""
    return lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1)


def at_least_rare(count: int, expected: float) -> float:
    """The chance of at least so many rare events where so many are expected (Poisson)."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    term = exp(-expected + count * log(expected) - lgamma(count + 1))
    whole, at = 0.0, count
    while term > whole * 1e-16 and at < count + 10_000:
        whole += term
        at += 1
        term *= expected / at
    return min(1.0, whole)


def at_least_uneven(count: int, of: int, share: float, spread: float) -> float:
    """The chance of at least so many hits of so many where the share itself differs from case to case (beta binomial).

    `spread` is the correlation of two trials of a case: 0 for a binomial.
    """
    if count <= 0:
        return 1.0
    if spread <= 0 or not 0 < share < 1:
        return at_least_of(count, of, share)
    a, b = share * (1 - spread) / spread, (1 - share) * (1 - spread) / spread
    whole = lgamma(a) + lgamma(b) - lgamma(a + b)
    logs = (
        _ways(of, hits) + lgamma(hits + a) + lgamma(of - hits + b) - lgamma(of + a + b)
        for hits in range(count, of + 1)
    )  # fmt: skip
    return min(1.0, sum(exp(each - whole) for each in logs))


def within(count: int, share: float) -> float:
    """The chance that so many instants lie within some window that holds such a share of all (Naus 1965, first order)."""
    if count < 2 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    return min(1.0, exp(log(count) + (count - 1) * log(share) + log1p((1 / count - 1) * share)))


def above(deviations: float) -> float:
    """The chance to be at least so many standard deviations above the mean (normal)."""
    return erfc(deviations / sqrt(2)) / 2
