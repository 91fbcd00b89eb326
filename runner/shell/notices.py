"""What the learner must know about their shell: each notice is shown once, at the next prompt."""

from __future__ import annotations

from collections.abc import Mapping

from runner.shell import startup
from runner.shell.prompt import Prompt
from runner.words import Phrase


class Notices:
    """Collects notices until a prompt shows them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._pending: list[Phrase] = []
        self._noticed: set[str] = set()  # variables that a notice was about
        self.unread: list[Phrase] = []
        """What was shown since the last command, for those who don't look at the terminal."""

    def add(self, notice: Phrase) -> None:
        """Show it at the next prompt."""
        self._pending.append(notice)

    def clear(self) -> None:
        """Forget what was not shown yet."""
        self._pending.clear()

    def look_at(self, prompt: Prompt, *, starting: bool) -> None:
        """Add what was put back before this prompt, and what could not be."""
        lost, kept = prompt.lost or (), dict.fromkeys(prompt.kept)
        new = [name for name in kept if name not in self._noticed and name not in lost]
        self._pending += startup.put_back(new, self._environment)
        if not starting and {f"no {name}" for name in lost} - self._noticed:
            self._pending.append(startup.warning(lost))
        self._noticed |= {*new, *(f"no {name}" for name in lost)}

    def take(self) -> list[Phrase]:
        """What is to be shown now."""
        shown, self._pending = self._pending, []
        self.unread += shown
        return shown

    def take_unread(self) -> tuple[Phrase, ...]:
        """What was shown since this was last asked."""
        unread = tuple(self.unread)
        self.unread.clear()
        return unread
