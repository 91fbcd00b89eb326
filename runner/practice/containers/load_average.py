"""How many processors were wanted at a time, lately: what /proc/loadavg has."""

from __future__ import annotations

import math
import time

PERIODS = (60.0, 300.0, 900.0)
"""Seconds, as the kernel has them: what is older counts less and less."""
STEP = 0.5
"""Seconds in which what was wanted is only added up."""


class LoadAverage:
    """Over 1, 5 and 15 minutes."""

    def __init__(self) -> None:
        self._values = [0.0] * len(PERIODS)
        self._at = time.monotonic()
        self._wanted = 0.0
        """Seconds since then."""

    def add(self, seconds: float) -> None:
        """Somebody used a processor for so long, or waited for one."""
        self._wanted += seconds
        if time.monotonic() - self._at >= STEP:
            self._decay()

    def add_past(self, seconds: float, share: float = 1.0) -> None:
        """Somebody used that share of a processor all the time for so long, until now."""
        self._decay()
        self._values = [
            value + share * during(seconds, period)
            for value, period in zip(self._values, PERIODS, strict=True)
        ]

    def values(self) -> list[float]:
        self._decay()
        return list(self._values)

    def _decay(self) -> None:
        now = time.monotonic()
        passed, wanted, self._at, self._wanted = now - self._at, self._wanted, now, 0.0
        self._values = [
            value * math.exp(-passed / period) + wanted / period
            for value, period in zip(self._values, PERIODS, strict=True)
        ]


def during(seconds: float, period: float) -> float:
    """What one processor adds to the average of a period that was wanted for the last so many seconds."""
    return 1 - math.exp(-seconds / period)
