"""Runs one command in the shell: types it, watches it, answers its prompts, and ends it at its timeout."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

from runner.shell.key_presses import KeyPresses
from runner.shell.live_shell import CTRL_BACKSLASH, LiveBash
from runner.shell.prompt import Stage
from runner.shell.redact import MASK
from runner.shell.shell_model import Answered, AnswerLike, CommandEnd, CommandLike, Output
from runner.shell.unmarked_prompt import is_unmarked, put_marks_back

_MOST_PENDING = 1_000_000  # characters of output that wait to be fetched
_BREATH = 0.05  # seconds of quiet before a prompt is answered: the program may still be turning its echo off
_UNSURE = 0.3  # seconds of quiet before an unfinished line or lost marks are acted on
_LONG_UNSURE = 1.0  # the same if no prompt with our marks was seen at all


class Running:
    """The life of one command line.

    `grace`: seconds that each way of ending it is given. `released`: called when the learner may type again.
    `slowly`: its keys are typed so that a person can follow.
    """

    def __init__(
        self,
        bash: LiveBash,
        command: CommandLike,
        grace: float,
        released: Callable[[], None],
        *,
        slowly: bool,
    ) -> None:
        self._bash, self._command, self._grace, self._released = bash, command, grace, released
        self._items: deque[Output | Answered] = deque()
        self._called: asyncio.Queue[AnswerLike] = asyncio.Queue()
        self._unfinished = False
        self.interrupted = False
        """Whether somebody pressed Ctrl-C."""
        self.holding = False
        """Whether keys are being typed that the learner's must not mix with."""
        self._prompt = bash.prompt  # this shell's; a new one has its own
        self._presses = KeyPresses(bash, command.keys, slowly=slowly) if command.keys else None
        self._dialogue = None
        if command.answers:
            from runner.shell.dialogue import Dialogue

            self._dialogue = Dialogue(command.answers)

    async def follow(self) -> AsyncGenerator[Output | Answered | CommandEnd, None]:
        """Type the line and yield what happens until the prompt is back; the last is CommandEnd."""
        began = _now()
        deadline = began + self._command.timeout
        self._bash.hear(self._hear)
        helpers = [asyncio.create_task(helper) for helper in (self._answer(), self._press_keys())]
        try:
            await self._type()
            while not self._over and (_now() < deadline or self._left_to_the_learner):
                await self._bash.pulse.until(lambda: bool(self._items) or self._over, 0.1)
                for item in self._take():
                    yield item
                await self._mend()
            end = self._end() if self._over else await self._time_out()
            for item in self._take():
                yield item
            code, reason, waiting_at = end
            if reason == "shell-ended":
                await self._bash.revived()
            yield CommandEnd(code, _now() - began, reason, waiting_at)
        finally:
            self._bash.hear(None)
            for helper in helpers:
                helper.cancel()
            self._release()
            if not self._over:  # nobody follows it any more
                self._bash.interrupt()

    # typing the line

    async def _type(self) -> None:
        self._prompt.begin()
        text = self._command.command.strip("\r\n").replace("\x1b", "")
        line = text.encode()
        if not text.isprintable():  # line ends and tabs would be taken for Enter and completion
            line = b"\x1b[200~" + line + b"\x1b[201~"
        self.holding = True
        self._bash.write(line + b"\r")
        await self._bash.pulse.until(lambda: self._started or self._over, self._grace)
        if not self._command.keys or self._over:
            self._release()

    def _release(self) -> None:
        self.holding = False
        self._released()

    @property
    def _started(self) -> bool:
        return self._prompt.commands > 0 or self._prompt.goes_on

    @property
    def _over(self) -> bool:
        return self._prompt.stage is Stage.ENDED or (self._prompt.prompts > 0 and self._bash.ready)

    async def _mend(self) -> None:
        """What would keep the prompt from coming: an unfinished line, or marks that the command removed."""
        bash, quiet = self._bash, self._bash.terminal.quiet_for()
        if bash.prompt.goes_on and quiet > _UNSURE:
            self._unfinished = True
            await bash.interrupt_until(lambda: self._over, self._grace)
        elif is_unmarked(bash) and quiet > (_UNSURE if bash.prompt.drawn_unmarked else _LONG_UNSURE):
            await put_marks_back(bash)

    # what it prints

    def _hear(self, text: str, words: str) -> None:
        if self._items and isinstance(last := self._items[-1], Output):
            self._items[-1] = _joined(last, text)
        else:
            self._items.append(Output(text))
        if self._dialogue:
            for answer in self._dialogue.hear(words):
                self._called.put_nowait(answer)

    def _take(self) -> Sequence[Output | Answered]:
        items = [item for item in self._items if not isinstance(item, Output) or item.text]
        self._items.clear()
        return items

    # answering its prompts

    async def _answer(self) -> None:
        bash = self._bash
        while True:
            answer = await self._called.get()
            await bash.pulse.until(lambda: bash.terminal.quiet_for() > _BREATH, 1.0)
            if self._over:
                return
            shown = MASK if bash.terminal.hidden_input else answer.send
            enter = b"" if answer.send.endswith(("\r", "\n")) else b"\r"
            bash.write(answer.send.encode() + enter, to_program=True)
            self._items.append(Answered(answer.expect, shown))
            bash.pulse.beat()

    async def _press_keys(self) -> None:
        """Type the keys into the full-screen program that the command opens."""
        if self._presses is None:
            return
        try:
            await self._presses.press(self._command.timeout)
            # an editor that is closing throws away what was typed meanwhile
            if not self._presses.stopped:
                await self._bash.pulse.until(lambda: self._over, 1.0)
        finally:
            self._release()

    @property
    def _left_to_the_learner(self) -> bool:
        """Whether they stopped the keys: in the editor they take the time that they need."""
        return self._presses is not None and self._presses.stopped

    def stop_keys(self) -> None:
        """Type no more of the keys: the learner goes on."""
        if self._presses is not None and self._presses.open(quiet=0):
            self._presses.stopped = True
            self._bash.pulse.beat()

    # its end

    def _end(self) -> tuple[int | None, str, str]:
        prompt = self._prompt
        if prompt.stage is Stage.ENDED:
            return None, "shell-ended", ""
        if self._unfinished:
            return None, "not-run", "> "
        if self.interrupted and prompt.code != 0:
            return prompt.code, "interrupted", ""
        if prompt.commands == 0:
            empty = not self._command.command.strip()
            return None, "not-run", "" if empty else self._bash.last_line
        return prompt.code, "", ""

    async def _time_out(self) -> tuple[None, str, str]:
        """End the command; whatever happens, a usable shell remains."""
        waiting_at = self._bash.shown.last_line
        if not await self._bash.interrupt_until(lambda: self._over, self._grace):
            await self._force()
        await self._bash.revived()
        return None, "timeout", waiting_at

    async def _force(self) -> None:
        bash = self._bash

        def send(number: signal.Signals) -> None:
            if bash.terminal.foreground != bash.terminal.pid:
                bash.terminal.signal_foreground(number)

        ways: tuple[Callable[[], None], ...] = (
            lambda: bash.write(CTRL_BACKSLASH),
            lambda: send(signal.SIGHUP),
            lambda: send(signal.SIGKILL),
        )
        for way in ways:
            way()
            if await bash.pulse.until(lambda: self._over, self._grace):
                return
        await bash.restart()


def _joined(last: Output, text: str) -> Output:
    whole = last.text + text
    over = len(whole) - _MOST_PENDING
    return Output(whole[over:], last.dropped + over) if over > 0 else Output(whole, last.dropped)


def _now() -> float:
    return asyncio.get_running_loop().time()
