"""Answers prompts: pexpect's patterns applied to a stream that another reader owns."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from pexpect.expect import Expecter, searcher_re
from pexpect.spawnbase import SpawnBase

from checks.patterns import compiled
from runner.shell.shell_model import AnswerLike

_WINDOW = 8192  # characters that a pattern may reach back
_KEPT = 4 * _WINDOW
_MOST_ANSWERS = 100  # stop answering a program that never accepts it

if TYPE_CHECKING:
    _Base = SpawnBase[str]
else:
    _Base = SpawnBase  # generic in its stubs only


class _Tap(_Base):
    """What pexpect searches in: a spawn without a descriptor of its own, fed by hand."""

    _before: StringIO

    def __init__(self) -> None:
        super().__init__(timeout=None, searchwindowsize=_WINDOW, encoding="utf-8")

    def trim(self) -> None:
        """Drop text that no pattern can reach any more: pexpect itself keeps everything since the last match."""
        if self._before.tell() > _KEPT:
            rest = self._before.getvalue()[-_WINDOW:]
            self._before = StringIO()
            self._before.write(rest)


class Dialogue:
    """Looks for the prompts of one command. Any of the answers may be called for, in any order, again and again."""

    def __init__(self, answers: Sequence[AnswerLike]) -> None:
        self._answers = answers
        self._tap = _Tap()
        # pexpect only calls their search(); its own way of compiling them would be Python's engine
        patterns: list[Any] = [compiled(each.expect, dot_all=True) for each in answers]
        self._expecter = Expecter(self._tap, searcher_re(patterns))
        self._left = _MOST_ANSWERS

    def hear(self, text: str) -> list[AnswerLike]:
        """Take the next text (without control sequences); returns the answers that are due."""
        called: list[AnswerLike] = []
        found = self._expecter.new_data(text)
        while found is not None and found >= 0 and self._left > 0:
            self._left -= 1
            if self._tap.after:  # a pattern that matches nothing at all asks nothing
                called.append(self._answers[found])
            else:
                break
            found = self._expecter.existing_data()
        self._tap.trim()
        return called
