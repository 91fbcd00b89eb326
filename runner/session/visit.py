"""One visit to a lab on one cluster: opened in two strides, so that what the lab requires is looked at before anything runs."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from checks.base import Outcome
from runner.labs.model import Lab
from runner.session.consoles import Consoles
from runner.session.open import context_target, lab_environment, open_session, practice_target
from runner.session.places import Place
from runner.session.preflight import examine
from runner.session.target import Target, attempt_folder
from runner.session.walk import Walk
from runner.shell import SavedState
from runner.world.access import Access
from runner.world.cluster import LiveCluster
from runner.world.web import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld


class Visit:
    """`fresh`: forget what was done here earlier, practice cluster included."""

    def __init__(self, lab: Lab, place: Place, *, fresh: bool = False) -> None:
        self.lab, self.place = lab, place
        self._fresh = fresh
        self._target: Target | None = None
        self._at_target, self._inside = AsyncExitStack(), AsyncExitStack()

    async def arrive(self) -> Target:
        """The cluster: the practice cluster started, or the context pinned. Raises Told."""
        if self._target is None:
            if self.place.practice:
                opened = practice_target(self.lab, fresh=self._fresh)
                self._target = await self._at_target.enter_async_context(opened)
            else:
                self._target = context_target(self.place.context, self.place.kubeconfig)
        return self._target

    async def examine(self) -> AsyncIterator[Outcome]:
        """What the lab requires of the cluster and of this machine, one after the other; nothing is run or changed."""
        target = await self.arrive()
        folder = attempt_folder(self.lab, target.name) / "workspace"
        environment = lab_environment(self.lab, target)
        async with LiveCluster(Access.from_kubeconfig(target.kubeconfig, target.context)) as cluster:
            saved = SavedState(folder, environment)
            world = LiveWorld(cluster, Workspace(folder, lambda: saved), Web(cluster), {})
            async for outcome in examine(self.lab, world.look(), cluster.can):
                yield outcome

    async def enter(self, size: tuple[int, int]) -> Walk:
        """The record, the shell (columns, rows) and the way through the lab. Raises Told."""
        target = await self.arrive()
        opened = open_session(self.lab, target, run=True, fresh=self._fresh, size=size, keep_finished=True)
        session = await self._inside.enter_async_context(opened)
        self._fresh = False
        assert session.cluster is not None
        consoles = Consoles(session.cluster, target, lab_environment(self.lab, target))
        walk = Walk(session, consoles)
        self._inside.push_async_callback(walk.close)
        walk.start()
        return walk

    async def begin_again(self, *, cluster: bool) -> Walk:
        """The lab from its first step, in an empty folder; with `cluster` on a new practice cluster, too."""
        target = await self.arrive()
        await self._inside.aclose()
        if cluster:
            await self._at_target.aclose()
            self._target = None
        shutil.rmtree(attempt_folder(self.lab, target.name) / "workspace", ignore_errors=True)
        self._fresh = True
        return await self.enter((80, 24))

    async def close(self) -> None:
        """Leave: what was done is on record."""
        await self._inside.aclose()
        await self._at_target.aclose()
        self._target = None
