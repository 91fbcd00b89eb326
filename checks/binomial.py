"""Whether a number of hits is one that a share brings about: exact binomial probabilities, never a fixed margin."""

from __future__ import annotations

import math
from enum import Enum, auto
from functools import lru_cache

USUAL = 0.05
"""Of all first looks at a share that is just as wanted, so many are not usual: more requests are sent then."""
FIRST, LAST = 1e-6, 1e-5
"""Of all looks at a share that is just as wanted, so many at most are taken to be wrong: at once, and after more requests."""
MORE = 3
"""Times as many requests that are sent where the first ones do not decide."""
APART = 0.1
"""A share that is so far from the wanted one is to be told from it."""
MISSED = 0.05
"""Of all looks at such a share, so many at most pass."""


class Answer(Enum):
    YES = auto()
    NO = auto()
    UNCLEAR = auto()  # more requests will tell


def judge(hits: int, of: int, share: float, *, last: bool) -> Answer:
    """Whether `hits` out of `of` are what a `share` brings about. 0 and 1 have no chance in them."""
    if share in (0.0, 1.0):
        return Answer.YES if hits == round(of * share) else Answer.NO
    if hits in _region(of, share, LAST if last else USUAL):
        return Answer.YES
    if last or hits not in _region(of, share, FIRST):
        return Answer.NO
    return Answer.UNCLEAR


def enough_for(share: float) -> int:
    """Requests that tell a share from one that is APART from it (in fifties, at most 1000)."""
    others = [each for each in (share - APART, share + APART) if 0.0 <= each <= 1.0]
    for count in range(50, 1000, 50):
        if all(_missed(count, share, other) <= MISSED for other in others):
            return count
    return 1000


def _missed(count: int, share: float, other: float) -> float:
    """How probable it is that a look at the other share passes at once."""
    if share in (0.0, 1.0):
        return (1.0 - other if share == 0.0 else other) ** count
    return sum(_probability(hits, count, other) for hits in _region(count, share, USUAL))


@lru_cache(maxsize=1024)
def _region(count: int, share: float, outside: float) -> range:
    """The numbers of hits without those that are too few or too many: each side has half of `outside` at most."""
    return range(_tail(count, share, outside / 2), count - _tail(count, 1.0 - share, outside / 2) + 1)


def _tail(count: int, share: float, most: float) -> int:
    """How many of the lowest numbers of hits have together a probability of `most` at most."""
    total = 0.0
    for hits in range(count + 1):
        total += _probability(hits, count, share)
        if total > most:
            return hits
    return count


def _probability(hits: int, count: int, share: float) -> float:
    if share in (0.0, 1.0):
        return 1.0 if hits == round(count * share) else 0.0
    ways = math.lgamma(count + 1) - math.lgamma(hits + 1) - math.lgamma(count - hits + 1)
    return math.exp(ways + hits * math.log(share) + (count - hits) * math.log1p(-share))
