"""One visit to a lab on one cluster, opened in stages, so that the lab's requirements are checked before anything
runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, suppress

from checks.base import Outcome
from runner.labs.model import Lab
from runner.practice import process
from runner.session.cluster_targets import context_target, practice_target
from runner.session.consoles import Consoles
from runner.session.earlier_work import bring, earlier_work_there
from runner.session.events import EarlierLab, EarlierStep
from runner.session.kept_values import keep_values
from runner.session.lab_environment import lab_environment
from runner.session.lab_places import Place
from runner.session.learner_run import LearnerRun
from runner.session.open import open_runner
from runner.session.requirements import examine
from runner.session.target import Target, attempt_folder
from runner.session.trust import ensure
from runner.session.unlock_policy import UnlockPolicy, in_order
from runner.shell import SavedState
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld


class Visit:
    """`fresh`: forget what was done here earlier, practice cluster included. `policy`: which steps may be worked on."""

    def __init__(
        self, lab: Lab, place: Place, *, fresh: bool = False, policy: UnlockPolicy = in_order
    ) -> None:
        self.lab, self.place = lab, place
        self._policy = policy
        self.prompt = ""
        """Whose prompt the shell shows: see Shell."""
        self._fresh = fresh
        self._arriving: asyncio.Task[Target] | None = None
        self._at_target, self._inside = AsyncExitStack(), AsyncExitStack()
        self._run: LearnerRun | None = None
        self._bringing: asyncio.Task[object] | None = None

    async def arrive(self) -> Target:
        """The cluster: the practice cluster started, or the context pinned. Raises UserError.

        May be called again at any time: after a failure it is another attempt, otherwise the same cluster.
        """
        if self._arriving is None or (self._arriving.done() and not await self._still_there(self._arriving)):
            self._arriving = asyncio.create_task(self._arrive())
        return await asyncio.shield(self._arriving)  # a cancelled caller must not leave half a cluster

    async def _still_there(self, arrived: asyncio.Task[Target]) -> bool:
        if arrived.cancelled() or arrived.exception() is not None:
            return False
        if not self.place.practice or process.status(self.lab.id) is not None:
            return True
        await self._at_target.aclose()
        return False

    async def _arrive(self) -> Target:
        if not self.place.practice:
            return context_target(self.place.context, self.place.kubeconfig)
        opened = practice_target(self.lab, fresh=self._fresh)
        return await self._at_target.enter_async_context(opened)

    async def examine(self) -> AsyncIterator[Outcome]:
        """What the lab requires of the cluster and of this machine, one after the other; nothing is changed.

        On a cluster of one's own also whether the work of the labs before it is there.
        Tools are asked for their versions, the lab's own among them: raises NotAgreed if nobody said yes to that.
        """
        target = await self.arrive()
        await asyncio.to_thread(ensure, self.lab)
        folder = attempt_folder(self.lab, target.name) / "workspace"
        environment = lab_environment(self.lab, target)
        async with LiveCluster(Access.from_kubeconfig(target.kubeconfig, target.context)) as cluster:
            saved = SavedState(folder, environment)
            world = LiveWorld(cluster, Workspace(folder, lambda: saved), Web(cluster), {})
            async for outcome in examine(self.lab, world.look(), cluster.can):
                yield outcome
        if not self.place.practice:
            async for outcome in earlier_work_there(self.lab, target, self.place.kubeconfig):
                yield outcome

    async def bring_earlier(self) -> AsyncGenerator[EarlierStep | EarlierLab, None]:
        """The work of the labs before this one, done on a practice cluster where it is not there; each step of it is emitted.

        `close` breaks it off, and the next visit goes on with it. Raises UserError, CannotRead.
        """
        target = await self.arrive()
        if not self.place.practice or self.lab.after is None:
            return
        self._bringing = asyncio.current_task()
        try:
            brought = bring(self.lab, target, attempt_folder(self.lab, target.name), fresh=False)
            async with aclosing(brought) as events:
                async for event in events:
                    yield event
        finally:
            self._bringing = None

    async def enter(self, size: tuple[int, int]) -> LearnerRun:
        """The record, the shell (columns, rows) and the way through the lab. Raises UserError (AttemptInUse, ShellProblem)."""
        target = await self.arrive()
        opened = open_runner(
            self.lab, target, fresh=self._fresh, size=size, keep_finished=True, prompt=self.prompt
        )
        runner = await self._inside.enter_async_context(opened)
        self._fresh = False
        await asyncio.to_thread(keep_values, self.lab, target.name)
        consoles = Consoles(runner.judge.cluster, target, lab_environment(self.lab, target))
        self._run = LearnerRun(runner, consoles, self._policy)
        self._inside.push_async_callback(self._run.close)
        self._run.start()
        return self._run

    @property
    def run(self) -> LearnerRun | None:
        """The way through the lab, once it was entered."""
        return self._run

    async def begin_again(self) -> LearnerRun:
        """The lab from its first step, in an empty folder. What was done is kept beside the new record. Raises UserError."""
        size = self._run.shell.size if self._run else (80, 24)
        await self._inside.aclose()
        self._fresh = True
        return await self.enter(size)

    async def give_up_cluster(self) -> None:
        """The next `arrive` is at a new practice cluster, and the next `enter` begins the lab again."""
        await self._inside.aclose()
        self._fresh = True
        await self._leave()

    async def close(self) -> None:
        """Leave the lab; the record is kept. May be called at any time, and more than once."""
        bringing, self._bringing = self._bringing, None
        if bringing is not None and bringing is not asyncio.current_task():
            bringing.cancel()
            await asyncio.wait([bringing])
        await self._inside.aclose()
        await self._leave()

    async def _leave(self) -> None:
        arriving, self._arriving = self._arriving, None
        if arriving is not None and not arriving.done():
            with suppress(Exception):
                await arriving
        await self._at_target.aclose()
