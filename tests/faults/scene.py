"""A cluster, a shell and the world that checks see of both: where a fault is brought, seen, and taken away again."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from checks.base import Check, Object, Outcome
from checks.registry import AnyCheck, look
from runner.practice.cluster import PracticeCluster
from runner.practice.faults.active_faults import Faults
from runner.session.lab_environment import ISTIO_PROGRAMS
from runner.shell import CommandEnd, SavedState, Shell
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing
from runner.world.web_requests import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld

WAIT = float(os.environ.get("LABGATE_TEST_WAIT", "60"))
"""Seconds that something may take to be seen on a busy machine."""
SPEED = 20.0
_CHECK: TypeAdapter[Check] = TypeAdapter(AnyCheck)


def check(written: Mapping[str, Any]) -> Check:
    """A check as a lab writes it."""
    return _CHECK.validate_python(dict(written))


@dataclass(frozen=True)
class Typed:
    """A line for the learner's shell, the keys for the program that it opens, and (expect, send) for its questions."""

    command: str
    keys: Sequence[str] = ()
    answers: Sequence[Answer] = ()
    timeout: float = WAIT


@dataclass(frozen=True)
class Answer:
    expect: str
    send: str


class Scene:
    """One cluster with its kubectl and its world."""

    def __init__(self, kubeconfig: Path, folder: Path, practice: PracticeCluster | None) -> None:
        self.kubeconfig, self.folder, self._practice = kubeconfig, folder, practice
        self.environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(folder)}
        self.environment.pop("EDITOR", None)
        self.environment["KUBE_EDITOR"] = "vi"
        self._beside = SavedState(folder, self.environment)
        self.shell: Shell | None = None
        self.cluster = LiveCluster(Access.from_kubeconfig(kubeconfig), Timing(grace=0.5))
        self.workspace = Workspace(
            folder,
            lambda: self.shell.saved if self.shell else self._beside,
            lambda: self.shell.history if self.shell else (),
            kubeconfig,
        )
        self.world = LiveWorld(self.cluster, self.workspace, Web(self.cluster), {})

    @property
    def practice(self) -> PracticeCluster:
        assert self._practice is not None, "only a practice cluster can have this fault"
        return self._practice

    @property
    def faults(self) -> Faults:
        return self.practice.faults

    async def kubectl(self, *arguments: str, stdin: str = "", fails: bool = False) -> str:
        """What kubectl prints; it must succeed, or with `fails` must not."""
        process = await asyncio.create_subprocess_exec(
            "kubectl",
            *arguments,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate(stdin.encode())
        assert (process.returncode != 0) is fails, out.decode()
        return out.decode()

    def stand_in(self, lab: Path) -> None:
        """Give the shell a lab's offline stand-ins, as a visit on a practice cluster does."""
        assert self.shell is None, "the shell has its environment already"
        standins = lab / "practice"
        self.environment["LABGATE_STANDINS"] = str(standins)
        self.environment["LABGATE_PYTHON"] = sys.executable
        self.environment["LABGATE_ISTIO"] = str(ISTIO_PROGRAMS)
        self.environment["PATH"] = f"{standins / 'bin'}{os.pathsep}{self.environment['PATH']}"

    async def types(
        self, line: str, keys: Sequence[str] = (), answers: Sequence[tuple[str, str]] = ()
    ) -> int | None:
        """A line typed into a real bash, which is started with the first one; gives its exit code."""
        if self.shell is None:
            state = self.folder.parent / "shell"
            self.shell = Shell(self.folder, self.environment, state, state.with_name("transcript.txt"))
            await self.shell.start()
        typed = Typed(line, keys, [Answer(*answer) for answer in answers])
        async with aclosing(self.shell.run(typed)) as happenings:
            async for happening in happenings:
                if isinstance(happening, CommandEnd):
                    assert happening.reason in ("", "interrupted"), happening
                    return happening.exit_code
        raise AssertionError("the line never came to its end")

    async def close(self) -> None:
        if self.shell is not None:
            await self.shell.close()

    async def apply(self, *objects: Object) -> None:
        """kubectl apply of these objects."""
        manifest = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        await self.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))

    async def look(self, of: Check) -> Outcome:
        return await look(of, self.world.look())

    async def until(self, of: Check, holds: Callable[[Outcome], bool]) -> Outcome:
        """Look whenever something that was read has changed, until the outcome is as wanted."""
        outcome = None
        try:
            async with asyncio.timeout(WAIT):
                while True:
                    seen = self.world.look()
                    outcome = await look(of, seen)
                    if holds(outcome):
                        return outcome
                    await self.world.changed(seen.reads, of.interval or 1.0)
        except TimeoutError:
            raise AssertionError(f"waited in vain; last seen: {outcome}") from None


@asynccontextmanager
async def on_practice(
    folder: Path, version: str = "1.22", speed: float = SPEED, *, containers: bool = False
) -> AsyncIterator[Scene]:
    """A new practice cluster, `speed` times quicker than life. With `containers` programs run in its pods."""
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    state = folder / "state"
    async with PracticeCluster(
        "faults", version, folder=state, speed=speed, containers=containers
    ) as practice:
        scene = Scene(practice.kubeconfig(folder / "kubeconfig"), work, practice)
        async with scene.cluster:
            try:
                yield scene
            finally:
                await scene.close()
