"""Who is using the learner's shell: one action at a time types into it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from runner.session.events import CommandStarted, Event
from runner.session.step_states import Busy


class TerminalUse:
    """`command` is the one that an action is at; "" while the shell is the learner's."""

    def __init__(self) -> None:
        self.command = ""
        self._worker: asyncio.Task[object] | None = None

    @property
    def workers(self) -> list[asyncio.Task[object]]:
        """The task that is using it, if any."""
        return [self._worker] if self._worker else []

    @contextmanager
    def by(self, command: str) -> Iterator[None]:
        """The current task has the shell, beginning with that command. Raises Busy."""
        self.must_be_idle()
        self.command, self._worker = command or "…", asyncio.current_task()
        try:
            yield
        finally:
            self.command, self._worker = "", None

    def follow(self, event: Event) -> None:
        """Another command has begun."""
        if isinstance(event, CommandStarted):
            self.command = event.command

    def must_be_idle(self) -> None:
        """Raises Busy while an action has the shell."""
        if self.command:
            raise Busy(self.command)
