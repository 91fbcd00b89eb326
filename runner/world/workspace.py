"""The learner's folder and environment: commands run beside their shell, never in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from checks.base import CannotRead, CommandResult, Ran
from checks.path_state import is_dir, is_file
from checks.phrase import phrase
from runner.inherited import proper
from runner.world.starting import started

MOST_OUTPUT = 256 * 1024
"""Bytes kept of each of a command's outputs; the rest is read and let go."""
_AFTERWARDS = (
    0.2  # seconds that outputs are read for after the command's end: a job that it left may hold them open
)
_USUAL = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"


class SavedStateLike(Protocol):
    """Where the learner's shell was at its last prompt, and with which exported variables."""

    @property
    def folder(self) -> Path: ...
    @property
    def environment(self) -> Mapping[str, str]: ...


class Workspace:
    """Implements checks.base.WorkspaceView. `root`: where the shell starts. `kubeconfig`: the lab's own. `lab`: where
    the lab itself is (its lab.yaml). `memory`: bytes that each program which a command starts may take; 0: as many as
    it likes.

    `saved`, `history` and `running` are asked again at every look.
    """

    def __init__(
        self,
        root: Path,
        saved: Callable[[], SavedStateLike],
        history: Callable[[], Sequence[Ran]] = tuple,
        kubeconfig: Path | None = None,
        lab: Path | None = None,
        memory: int = 0,
        running: Callable[[], str] = str,
    ) -> None:
        self._root, self._saved, self._history = root, saved, history
        self._kubeconfig = kubeconfig
        self._memory = memory
        self._running = running
        self._places = places_of(root, lab) if lab else {}

    @property
    def root(self) -> Path:
        return self._root

    @property
    def folder(self) -> Path:
        """Where the learner's shell is; where that folder is gone, the nearest one that is there."""
        last = self._saved().folder
        return next((each for each in (last, self._root, *last.parents) if is_dir(each)), Path("/"))

    @property
    def environment(self) -> Mapping[str, str]:
        return self._saved().environment

    @property
    def kubeconfig(self) -> Path | None:
        return self._kubeconfig

    @property
    def history(self) -> Sequence[Ran]:
        return self._history()

    @property
    def running(self) -> str:
        return self._running()

    def which(self, program: str) -> Path | None:
        """Where the learner's PATH finds `program`; relative entries count from the learner's folder."""
        folder = self.folder
        if "/" in program:
            names = [Path(program)]
        else:
            names = [Path(entry, program) for entry in self.environment.get("PATH", "").split(os.pathsep)]
        for name in names:
            path = folder / name
            if is_file(path) and os.access(path, os.X_OK):
                return path
        return None

    def _of_the_lab(self) -> dict[str, str]:
        """The learner's variables, but the lab's own cluster and files, whatever a start-up file or they exported."""
        own = {"KUBECONFIG": str(self._kubeconfig)} if self._kubeconfig else {}
        return {**proper(self.environment), **self._places, **own}

    def _within_memory(self, command: str) -> str:
        """A cluster that answers without end must not fill the machine through kubectl."""
        return f"ulimit -d {self._memory // 1024} 2>/dev/null; {command}" if self._memory else command

    async def run(self, command: str, timeout: float, seek: Collection[str] = ()) -> CommandResult:
        """Run a bash command line in the learner's folder and environment.

        `timeout` is in seconds; then it and all that it started are killed and `exit_code` is None. It reads
        from /dev/null. At most MOST_OUTPUT bytes of each output are kept; `seek` is looked for in all of them.
        Raises CannotRead if bash can't be started.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            starting = loop.subprocess_exec(
                lambda: _Running(seek),
                _bash(),
                "-c",
                self._within_memory(command),
                cwd=self.folder,
                env=self._of_the_lab(),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # a group of its own, and no terminal to ask a password on
            )
            transport, running = await started(starting, _end)
        except (OSError, ValueError) as problem:
            raise CannotRead(
                "workspace",
                phrase(
                    "bash could not be started in addition to the learner's shell: {problem}", problem=problem
                ),
            ) from problem
        try:
            await asyncio.wait((running.ended,), timeout=timeout)
            exit_code = transport.get_returncode()
            await asyncio.wait((running.silent,), timeout=_AFTERWARDS if running.ended.done() else 0)
        finally:
            await _end((transport, running))
        seconds = loop.time() - began
        return CommandResult(
            _code(exit_code), running.text(1), running.text(2), seconds, running.cut, running.printed
        )


def places_of(root: Path, lab: Path) -> dict[str, str]:
    """What names the lab's workspace and its own folder, for its commands and checks."""
    return {"LABGATE_WORKSPACE": str(root.absolute()), "LABGATE_LAB_FOLDER": str(lab.absolute())}


class _Running(asyncio.SubprocessProtocol):
    """A command's two outputs, the beginning of each kept and all of them searched, and its end."""

    def __init__(self, seek: Collection[str]) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        """Done when the command has ended."""
        self.silent: asyncio.Future[None] = loop.create_future()
        """Done when nobody can write to its outputs any more."""
        self._kept = {1: bytearray(), 2: bytearray()}
        self._open = {1, 2}
        self.cut = False
        """Whether there was more than is kept."""
        self._sought = {text.encode("utf-8", "surrogatepass"): text for text in seek}
        self._found: set[bytes] = set()
        self._ends = {
            1: b"",
            2: b"",
        }  # of each output what a text may begin in that goes on in the next piece
        self._longest = max(map(len, self._sought), default=0)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        kept = self._kept[fd]
        room = MOST_OUTPUT - len(kept)
        kept += data[:room]
        self.cut = self.cut or len(data) > room
        if len(self._found) < len(self._sought):
            stretch = self._ends[fd] + data
            self._found |= {text for text in self._sought if text in stretch}
            self._ends[fd] = stretch[-self._longest :]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open and not self.silent.done():
            self.silent.set_result(None)

    def process_exited(self) -> None:
        self.ended.set_result(None)

    @property
    def printed(self) -> frozenset[str]:
        """Those of the texts that were looked for which have come."""
        return frozenset(self._sought[text] for text in self._found)

    def text(self, fd: int) -> str:
        return self._kept[fd].decode("utf-8", "replace")


async def _end(command: tuple[asyncio.SubprocessTransport, _Running]) -> None:
    transport, running = command
    with suppress(ProcessLookupError, PermissionError):
        # what it left running too: a look leaves nothing behind
        os.killpg(transport.get_pid(), signal.SIGKILL)
    await asyncio.wait((running.ended,))
    transport.close()  # an output may be held open by what left the group


def _bash() -> str:
    # by its full name, so that a learner who lost their PATH gets that from the command, not by a failed start
    return shutil.which("bash") or shutil.which("bash", path=_USUAL) or "bash"


def _code(returned: int | None) -> int | None:
    """As bash counts it: 128 and the signal."""
    return 128 - returned if returned is not None and returned < 0 else returned
