"""Types a lab's commands into the shell and follows each to its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from runner.labs.model import Command
from runner.session.attempt_state import AttemptState
from runner.session.events import CommandFinished, CommandStarted, Event, OutputReceived, PromptAnswered
from runner.shell import NOT_HERE, Answered, CommandEnd, Output, Shell

Numbered = tuple[int, Command]
"""A command, and its index among its step's."""


class CommandRunner:
    """Runs the lab's commands in the shell. `state` returns the state of the attempt."""

    def __init__(self, shell: Shell, state: Callable[[], AttemptState], *, practice: bool = False) -> None:
        """`practice`: the shell's cluster is the practice cluster."""
        self._shell, self._state, self.practice = shell, state, practice

    def not_done(self, step: str, commands: Sequence[Command]) -> Sequence[Numbered]:
        """The commands after those that succeeded in a row, with their numbers."""
        return tuple(enumerate(commands))[self._state().step(step).done :]

    async def run_all(
        self, step: str, commands: Sequence[Numbered], *, slowly: bool = False
    ) -> AsyncGenerator[Event, None]:
        """Run the commands in order, up to the first failure.

        A command during which an earlier run was interrupted is run again; it may then fail because it had already
        taken effect, which does not stop the following ones.
        """
        again = self._state().interrupted
        for index, command in commands:
            finished: CommandFinished | None = None
            async with aclosing(self.run(step, index, command, slowly=slowly)) as events:
                async for event in events:
                    if isinstance(event, CommandFinished):
                        finished = event
                    yield event
            if finished is None or (finished.end.exit_code != 0 and (step, index) != again):
                return

    async def run(
        self, step: str, index: int, command: Command, *, slowly: bool = False
    ) -> AsyncGenerator[Event, None]:
        """One command, followed to its end; then its `otherwise`, where it failed.

        A command that needs a real cluster is not run on the practice cluster, and counts as done.
        """
        if command.needs == "real-cluster" and self.practice:
            yield CommandFinished(step, index, command.command, CommandEnd(0, 0.0, NOT_HERE))
            return
        end: CommandEnd | None = None
        async with aclosing(self._typed(step, index, command, slowly=slowly)) as events:
            async for event in events:
                if isinstance(event, CommandFinished):
                    end = event.end
                yield event
        if end and end.exit_code != 0 and command.otherwise and end.reason != "interrupted":
            other = Command(command=command.otherwise, timeout=command.timeout)
            async with aclosing(self._typed(step, index, other)) as events:
                async for event in events:
                    yield event

    async def _typed(
        self, step: str, index: int, command: Command, *, slowly: bool = False
    ) -> AsyncGenerator[Event, None]:
        yield CommandStarted(step, index, command.command, tuple(self._shell.remarks()))
        async with aclosing(self._shell.run(command, slowly=slowly)) as happenings:
            async for happening in happenings:
                match happening:
                    case Output():
                        yield OutputReceived(step, happening.text)
                    case Answered():
                        yield PromptAnswered(step, index, happening.expect, happening.send)
                    case CommandEnd():
                        yield CommandFinished(step, index, command.command, happening)
