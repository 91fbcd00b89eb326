"""What the functions around `sleep`, `wait`, `kill` and `trap` ask for a script's traps: bashkit has no signals."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.container_process import Process
from runner.practice.containers.signal_names import signal_number


class ShellTraps:
    """Of one process."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def pending(self, context: Any) -> int:
        """The number of a signal whose trap is to be run; 0 where there is none."""
        if not self.process.pending or self.process.waits_for_jobs:
            return 0
        return self.process.pending.pop(0)

    async def trap(self, context: Any) -> int:
        """Notes which signals have a trap: `trap ACTION SIGNAL…`; `-` or no action takes it away, "" ignores the signal."""
        words = [word for word in context.argv if word != "--"]
        if len(words) > 1:
            for word in words[1:]:
                number = signal_number(word)
                if number and words[0] == "-":
                    self.process.traps.pop(number, None)
                elif number:
                    self.process.traps[number] = bool(words[0])
        return 0
