"""When a watch is begun anew, and how long its silence is put up with."""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import CannotRead
from runner.world.backoff import about, after, asked_for


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient a watch is; all in seconds."""

    grace: float = 2.0  # how long old data is served after the connection broke
    first_pause: float = 0.1  # before the first new attempt; doubled for each further one
    longest_pause: float = 5.0
    poll: float = 1.5  # between lists where watching is not possible; less than the grace
    forbidden_pause: float = 15.0  # the longest where we are not allowed
    watch_lasts: float = 270.0  # the server ends a watch after that; a little chance is added
    watch_silent: float = (
        100.0  # a watch that is silent for this long is restarted; bookmarks come each minute
    )
    pulse: float = 12.0  # a server that is silent for this long is probed; below 15, so that the
    # probe uses the same connection as last time
    idle: float = 120.0  # a list that nobody reads and nobody waits for is closed after that


class Pauses:
    """How long to wait before the next attempt: longer each time, with chance, bounded."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._failures = 0

    def next(self, error: CannotRead | None, *, listed: bool, lasted: float) -> float:
        timing = self._timing
        if lasted > timing.longest_pause:
            self._failures = 0
            if error is None:
                return 0.0
        self._failures += 1
        forbidden = error is not None and error.reason == "forbidden"
        longest = timing.forbidden_pause if forbidden else timing.longest_pause
        pause = after(self._failures, timing.first_pause, longest)
        if error is None or (listed and not forbidden):
            pause = min(pause, timing.poll)  # only the watch fails: lists keep the data fresh enough
        return max(about(pause), asked_for(error))
