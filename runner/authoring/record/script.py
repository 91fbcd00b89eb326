"""A recording without anybody at the keyboard: lines of a file, typed as a person would.

istioctl install --set profile=demo     a command; the next line waits until it has ended
> y                                     what its question is answered with
kubectl edit svc kiali -n istio-system
> :%s/ClusterIP/LoadBalancer/g          typed into the editor, Enter after it
> ihello<escape>                        keys by their names; no Enter after a key
# a comment
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runner.authoring.record.recorder import Recorder
from runner.key_names import NAMES
from runner.shell import Shell
from runner.shell.key_bytes import key_bytes
from runner.words import Phrase, UserError, phrase

COMMAND_SECONDS = 900.0
"""How long a command of a script may take."""
QUESTION_SECONDS = 120.0
"""How long a command may take until it asks."""
_STARTS = 30.0
_ASKS = 0.3  # seconds of quiet on an unfinished line after which it is a question
_DRAWN = 0.15  # the same for a full-screen program
_TAKEN = 0.06  # the same after a key
_ANSWERS = 0.2  # seconds in which a key is answered, if it is
_KEY = re.compile(r"<([a-z]+(?:\+.)?)>")


class ScriptStopped(UserError):
    """The script can't go on; what was recorded is kept."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a script, as it is written."""

    number: int
    text: str

    @property
    def answer(self) -> str | None:
        """What it answers; None for a command."""
        return self.text[2:] if self.text.startswith("> ") else "" if self.text == ">" else None

    @property
    def empty(self) -> bool:
        return not self.text.strip() or self.text.lstrip().startswith("#")


def lines_of(text: str) -> list[Line]:
    """The lines of a script."""
    return [Line(number, line) for number, line in enumerate(text.splitlines(), 1)]


def keys_of(text: str) -> list[bytes]:
    """What is to be typed for an answer: text, and named keys; Enter at the end unless a key is there."""
    found: list[bytes] = []
    at = 0
    for key in _named(text):
        if text[at : key.start()]:
            found.append(text[at : key.start()].encode())
        found.append(key_bytes(key[1]))
        at = key.end()
    if text[at:] or not text:
        found += [text[at:].encode()] if text[at:] else []
        found.append(b"\r")
    return found


def _named(text: str) -> Iterator[re.Match[str]]:
    return (found for found in _KEY.finditer(text) if found[1] in NAMES or found[1].startswith("ctrl+"))


class Typist:
    """Types a script into the shell, one line when the one before has end."""

    def __init__(self, shell: Shell, recorder: Recorder, show: Callable[[str], None]) -> None:
        self._shell, self._recorder, self._show = shell, recorder, show

    async def work(self, lines: Sequence[Line]) -> None:
        """Raises ScriptStopped."""
        for line in lines:
            if self._shell.ended:
                return
            if self._shell.goes_on:
                await self._enter(line, line.text)
            elif line.empty:
                continue
            elif line.answer is not None:
                await self._answer(line, line.answer)
            else:
                await self._at_prompt(line)
                self._show(line.text)
                await self._enter(line, line.text)
        if lines:
            await self._at_prompt(lines[-1])

    async def _at_prompt(self, line: Line) -> None:
        shell = self._shell
        if not await shell.until(lambda: shell.ready or shell.ended, COMMAND_SECONDS):
            raise _stopped(
                line,
                phrase(
                    "the previous command has not ended and shows: {line}. Answer it with a line "
                    "that starts with {sign}",
                    line=shell.unfinished.strip() or "…",
                    sign=">",
                ),
            )
        await self._recorder.settled()

    async def _enter(self, line: Line, text: str) -> None:
        shell = self._shell
        before = shell.turns
        await self._press(text.encode())
        self._recorder.type(b"\r")
        if not await shell.until(lambda: shell.turns != before or shell.ended, _STARTS):
            raise _stopped(line, phrase("the shell does not accept the line"))
        await shell.until(lambda: shell.running or shell.ready or shell.goes_on or shell.ended, _STARTS)

    async def _answer(self, line: Line, text: str) -> None:
        shell = self._shell
        await shell.until(lambda: self._asked() or not shell.running, QUESTION_SECONDS)
        if not shell.running:
            raise _stopped(line, phrase("there was no question: the command had ended"))
        for keys in keys_of(text):
            if not shell.running:
                return
            await self._press(keys)

    async def _press(self, keys: bytes) -> None:
        """Type, and wait until the program has answered and is quiet again."""
        shell, now = self._shell, asyncio.get_running_loop().time
        began = now()
        self._recorder.type(keys)
        await shell.until(lambda: shell.quiet_for < now() - began, _ANSWERS)
        await shell.until(lambda: shell.quiet_for > _TAKEN, 2.0)

    def _asked(self) -> bool:
        shell = self._shell
        if shell.reads_keys:
            return shell.quiet_for > _DRAWN
        return (
            shell.running and shell.quiet_for > _ASKS and (shell.password or bool(shell.unfinished.strip()))
        )


def _stopped(line: Line, why: Phrase) -> ScriptStopped:
    return ScriptStopped(
        phrase(
            "The script stopped at line {line}: {why}. The recording so far is kept. To write a lab "
            "from it: {sign}",
            line=line.number,
            why=why,
            sign="--write",
        )
    )
