"""Processors that are used by several: whoever uses more than there is waits, as under the kernel's scheduler."""

from __future__ import annotations

import time

NODE = 4000
"""Thousandths of a processor that a node has."""
QUOTA_PERIOD = 0.1
"""Seconds (the kernel's cfs_period_us): so far ahead of what there is somebody may be before they wait."""


class Processors:
    """`thousandths` of a processor: those of a node, or the limit of a container."""

    def __init__(self, thousandths: int = NODE) -> None:
        self._thousandths = thousandths
        self._free_at = 0.0
        """When all is done that was asked of them."""

    def delay(self, seconds: float) -> float:
        """Take on work of so many seconds; gives the seconds that whoever asked must wait."""
        now = time.monotonic()
        self._free_at = max(now, self._free_at) + seconds * 1000 / self._thousandths
        return max(0.0, self._free_at - now - QUOTA_PERIOD)
