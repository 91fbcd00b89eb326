"""Looks at the learner's shell for the line under it."""

from __future__ import annotations

import time
from pathlib import Path

from checks.base import Ran
from runner.labs.model import Lab, Step
from runner.session.lessons import Lesson, lesson_of
from runner.session.lessons.lesson import Typed
from runner.session.shell_now import ShellNow
from runner.session.vi_coach import strokes_now
from runner.session.wrapping import Wrapped, wrapped
from runner.shell import Shell


class Coach:
    """Knows since when the learner is at what they do now: what lines before that taught is said no more."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._since = self._came = time.time()
        self._read: tuple[Ran, str, Lesson | None] | None = None
        self._measured: tuple[Ran, int, Wrapped | None] | None = None

    def come(self) -> None:
        """To another step."""
        self._came = time.time()
        self.turn()

    def turn(self) -> None:
        """Something new begins: another step, or the step has passed."""
        self._since = time.time()

    def look(self, lab: Lab, step: Step) -> ShellNow:
        """The shell at this moment, while the learner is at that step."""
        shell = self._shell
        if shell.running:
            keys = shell.reads_keys
            return ShellNow(
                password=shell.password,
                typing=shell.typing,
                running="" if " --rcfile " in (line := shell.foreground_line) else line,
                seconds=int(shell.running_for),
                editor=_editor(shell) if keys else "",
                typed=shell.typed_into_program if keys else "",
            )
        last = next(iter(shell.history[-1:]), None)
        if last is None or last.ended < self._since:
            return ShellNow(typing=shell.typing, wrapped=self._wrapped(last))
        return ShellNow(
            typing=shell.typing,
            wrapped=self._wrapped(last),
            last=last,
            lesson=self._lesson(last, lab, step),
            ago=int(time.time() - last.ended),
        )

    def keys(self, step: Step) -> list[str]:
        """The keys that are left to press in the editor that a command of the step has opened; [] where there is none."""
        shell = self._shell
        if not (shell.running and shell.reads_keys) or shell.typing:
            return []
        now = ShellNow(running=shell.foreground_line, editor=_editor(shell), typed=shell.typed_into_program)
        return [key for group in strokes_now(step, now) for key in group]

    def _wrapped(self, last: Ran | None) -> Wrapped | None:
        """Measured once for each line and width: an output may be long."""
        columns = self._shell.columns
        if last is None or last.ended < self._came:
            return None
        if self._measured is None or self._measured[0] is not last or self._measured[1] != columns:
            self._measured = last, columns, wrapped(last, columns)
        return self._measured[2]

    def _lesson(self, last: Ran, lab: Lab, step: Step) -> Lesson | None:
        """Read once for each line: it looks into folders."""
        if self._read is None or self._read[0] is not last or self._read[1] != step.id:
            self._read = last, step.id, lesson_of(Typed(last, lab, step, self._shell.workspace))
        return self._read[2]


def _editor(shell: Shell) -> str:
    """The program that kubectl opens: KUBE_EDITOR before EDITOR; without both vi."""
    environment = shell.saved.environment
    words = (environment.get("KUBE_EDITOR") or environment.get("EDITOR") or "vi").split()
    return Path(words[0]).name if words else "vi"
