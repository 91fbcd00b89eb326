"""The last lines that each command of a run printed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from runner.grading.terminal_text import Lines
from runner.session.events import CommandFinished, CommandStarted, Event, OutputReceived

LAST_LINES = 6
"""Lines of a command's output that are kept; the transcript has all of them."""


class PrintedOutput:
    """Follows the events; asked by step, and by the number of the run among the step's."""

    def __init__(self) -> None:
        self._runs: dict[str, list[_Tail]] = {}

    def apply(self, event: Event) -> None:
        match event:
            case CommandStarted():
                self._runs.setdefault(event.step, []).append(_Tail())
            case OutputReceived() if event.step in self._runs:
                self._runs[event.step][-1].feed(event.text)
            case CommandFinished():
                runs = self._runs.setdefault(event.step, [])
                if not runs or runs[-1].ended:
                    runs.append(_Tail())  # it never started: not-run
                runs[-1].end()

    def last_lines(self, step: str, number: int) -> Sequence[str]:
        """With the one that has not ended yet."""
        runs = self._runs.get(step, ())
        return runs[number].lines if number < len(runs) else ()


class _Tail:
    def __init__(self) -> None:
        self._printed: deque[str] = deque(maxlen=LAST_LINES)
        self._lines = Lines()
        self.ended = False

    def feed(self, text: str) -> None:
        self._printed.extend(line for line in self._lines.feed(text) if line)

    def end(self) -> None:
        self._printed.extend(self._lines.end())
        self.ended = True

    @property
    def lines(self) -> list[str]:
        return [*self._printed, *([self._lines.current] if self._lines.current else [])]
