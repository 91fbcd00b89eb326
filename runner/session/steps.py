"""Where a step of a walk stands."""

from __future__ import annotations

from enum import StrEnum


class StepState(StrEnum):
    LOCKED = "locked"  # a step before it has not passed yet: it can be read
    OPEN = "open"  # to be worked on
    RUNNING = "running"  # a command of it runs
    WAITING = "waiting"  # its work is done, and the cluster is not there yet
    PASSED = "passed"
    BROKEN = "broken"  # passed earlier, and does not hold any more
