"""The shell that is recorded: keys go in, and each command that ends is written down with what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from checks.base import CannotRead
from runner.authoring.record.cluster_snapshot import cluster_now, places_now
from runner.authoring.record.recording import Beginning, Places, Ran
from runner.authoring.record.recording_journal import Journal
from runner.authoring.record.typed_answers import Keyboard, Situation
from runner.shell import Entered, Shell
from runner.shell.redact import redact
from runner.world.everything import Everything
from runner.world.kubeconfig_access import Access

_LOG = logging.getLogger(__name__)

HELD = 10.0
"""Seconds for which Enter waits for the look at the cluster after the command before."""
MOST_OUTPUT = 4000
"""Characters of a command's output that are kept: its beginning and its end."""
_CTRL_C = b"\x03"


class Recorder:
    """`root` is the workspace, `first_path` the PATH in the beginning."""

    def __init__(self, shell: Shell, access: Access, journal: Journal, root: Path, first_path: str) -> None:
        self._shell, self._access, self._journal = shell, access, journal
        self._root, self._first_path = root, first_path
        self._keyboard = Keyboard()
        self._looking: asyncio.Task[None] | None = None
        self._held = b""
        self._letting_go: asyncio.TimerHandle | None = None
        self._forget: Callable[[], None] = lambda: None
        self.read_error: CannotRead | None = None
        """Why the cluster could not be looked at the last time; None if it could."""

    async def begin(self, beginning: Beginning) -> None:
        """Take the first look, or go on with what was recorded. Raises CannotRead."""
        cluster = await cluster_now(self._access)
        if self._journal.recording is None:
            self._journal.begin(beginning, cluster, self._places())
        else:
            self._journal.later(cluster)
        self._forget = self._shell.watch(self._entered)

    def type(self, data: bytes) -> None:
        """A person's keys. An Enter waits until what the command before did is known, for a while at most."""
        if _CTRL_C in data:
            self._held = b""
            self._pass_on(data)
        elif self._held or (self.looking and not self._shell.running and b"\r" in data):
            self._held += data
            if self._letting_go is None:
                self._letting_go = asyncio.get_running_loop().call_later(HELD, self._let_go)
        else:
            self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        shell = self._shell
        situation = Situation(
            shell.running, shell.reads_keys, shell.running and shell.password, shell.unfinished
        )
        self._keyboard.typed(data, situation)
        shell.type(data)

    def _let_go(self) -> None:
        if self._letting_go:
            self._letting_go.cancel()
            self._letting_go = None
        data, self._held = self._held, b""
        if data and not self._shell.ended:
            self._pass_on(data)

    # what happens

    def _places(self) -> Places:
        saved = self._shell.saved
        return places_now(self._root, saved.folder, saved.environment, self._first_path)

    def _entered(self, entered: Entered) -> None:
        history = self._shell.history
        last = history[-1] if history else None
        line = redact(entered.line)
        ran = Ran(
            line,
            entered.end.exit_code,
            round(entered.end.seconds, 1),
            str(last.folder if last else self._shell.saved.folder),
            _both_ends(last.output if last else ""),
            self._keyboard.taken(),
            masked=line != entered.line,
        )
        self._journal.ran(ran, self._places())
        if not self.looking:
            self._looking = asyncio.get_running_loop().create_task(self._look())
            self._looking.add_done_callback(lambda _: self._let_go())

    @property
    def looking(self) -> bool:
        """Whether the cluster is being looked at."""
        return self._looking is not None and not self._looking.done()

    async def _look(self) -> None:
        assert self._journal.recording is not None
        moments = self._journal.recording.moments
        seen = 0
        while seen != len(moments):  # a further command may have ended meanwhile
            seen = len(moments)
            cluster = await self.now()
            if cluster is not None:
                self._journal.rested(cluster)

    async def now(self) -> Everything | None:
        """The cluster as it is; None if it can't be read now: the reason is in `read_error`."""
        try:
            cluster = await cluster_now(self._access)
        except CannotRead as problem:
            _LOG.warning("the cluster could not be looked at: %s", problem.message.render())
            self.read_error = problem
            return None
        self.read_error = None
        return cluster

    async def settled(self) -> None:
        """Wait until what the last command did is written down."""
        while self.looking:
            assert self._looking
            await asyncio.wait((self._looking,))

    async def end(self) -> None:
        """Stop listening, and wait until what was done is written down."""
        self._held = b""
        self._forget()
        self._forget = lambda: None
        await self.settled()


def _both_ends(output: str) -> str:
    if len(output) <= MOST_OUTPUT:
        return output
    half = MOST_OUTPUT // 2
    return output[:half].rpartition("\n")[0] + "\n…\n" + output[-half:].partition("\n")[2]
