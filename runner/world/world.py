"""The cluster, the workspace, the web and the learner's answers as one world, which remembers what was read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from checks.base import (
    AccessRequest,
    CannotRead,
    ClusterView,
    CommandResult,
    Decision,
    ExecRequest,
    Object,
    Reply,
    TrafficRequest,
    TrafficSample,
    WebView,
    WorkspaceView,
)
from runner.words import phrase
from runner.world.cluster_views import ClusterBeside, UnreadableCluster
from runner.world.lists import Read
from runner.world.live_cluster import LiveCluster, Reads
from runner.world.web_requests import Web

POLL = 2.0
"""Seconds after which what no watch reports is taken to have changed."""

POLLED = "polled"
"""Among a look's reads: something of the cluster was read that no watch reports."""


class LiveWorld:
    """The world of one lab. `cluster` and `web` None: a lab that needs no cluster."""

    def __init__(
        self,
        cluster: LiveCluster | None,
        workspace: WorkspaceView,
        web: Web | None,
        answers: Mapping[str, Sequence[str]],
        began: Mapping[str, datetime] | None = None,
    ) -> None:
        """`began`: when each step began, as far as that is on record; it may grow."""
        self._cluster, self._workspace, self._web, self._answers = cluster, workspace, web, answers
        self._began = began if began is not None else {}

    def look(self, step: str = "") -> Look:
        """A world for one look, at what `step` asks for."""
        return Look(self._cluster, self._workspace, self._web, self._answers, self._began.get(step))

    async def changed(self, reads: frozenset[object], timeout: float | None) -> bool:
        """Wait until something that was read is no longer what it was. False: `timeout` seconds went by before.

        What no watch reports is taken to have changed after POLL seconds.
        """
        watched = frozenset(read for read in reads if isinstance(read, Read))
        polled = POLLED in reads and (timeout is None or timeout > POLL)
        seconds = POLL if polled else timeout
        if self._cluster is None:
            return await _nothing_changes(seconds) or polled
        return await self._cluster.wait(watched, seconds) or polled


class Look:
    """A World that remembers what was read in it."""

    def __init__(
        self,
        cluster: LiveCluster | None,
        workspace: WorkspaceView,
        web: Web | None,
        answers: Mapping[str, Sequence[str]],
        began: datetime | None = None,
    ) -> None:
        self._reads = Reads()
        self.began = began
        self._beside = False
        self._workspace, self._answers = workspace, answers
        self._view: ClusterView = (
            _Remembering(cluster, self._reads) if cluster else UnreadableCluster(_no_cluster)
        )
        self._web = Pages(web, self._view)

    @property
    def reads(self) -> frozenset[object]:
        """What was read of the cluster, for LiveWorld.changed."""
        return frozenset(self._reads.watched) | ({POLLED} if self._reads.polled else frozenset())

    @property
    def watchable(self) -> bool:
        """Whether a change of anything that was read is reported."""
        return not (self._reads.polled or self._beside)

    @property
    def cluster(self) -> ClusterView:
        return self._view

    @property
    def workspace(self) -> WorkspaceView:
        self._beside = True
        return self._workspace

    @property
    def web(self) -> WebView:
        self._beside = True
        return self._web

    @property
    def answers(self) -> Mapping[str, Sequence[str]]:
        self._beside = True
        return self._answers

    def now(self) -> datetime:
        self._beside = True
        return datetime.now(UTC)


class _Remembering(ClusterBeside):
    """A cluster view that notes what is read."""

    def __init__(self, cluster: LiveCluster, reads: Reads) -> None:
        super().__init__(cluster)
        self._cluster, self._reads = cluster, reads
        self._executed: dict[ExecRequest, CommandResult] = {}

    async def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        return await self._cluster.read_one(api_version, kind, name, namespace, self._reads)

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Object]:
        return await self._cluster.read_many(api_version, kind, namespace, selector, self._reads)

    async def version(self) -> str:
        self._reads.polled = True
        return await super().version()

    async def decide(self, request: AccessRequest) -> Decision:
        self._reads.polled = True
        return await super().decide(request)

    async def execute(self, request: ExecRequest) -> CommandResult:
        """Within one look a command is run once."""
        if request not in self._executed:
            self._executed[request] = await super().execute(request)
        return self._executed[request]


class Pages:
    """Web pages, their Services read through the look. Within one look a page is fetched once."""

    def __init__(self, web: Web | None, view: ClusterView) -> None:
        self._web, self._view = web, view
        self._seen: dict[tuple[object, ...], Reply | CannotRead] = {}
        self._counted: dict[TrafficRequest, TrafficSample] = {}

    async def service(
        self,
        name: str,
        namespace: str,
        port: int,
        path: str,
        timeout: float,
    ) -> Reply:
        web = self._there()
        wanted = (name, namespace, port, path)
        return await self._once(wanted, lambda: web.service(*wanted, timeout, self._view))

    async def url(self, url: str, timeout: float) -> Reply:
        web = self._there()
        return await self._once((url,), lambda: web.url(url, timeout))

    async def traffic(self, request: TrafficRequest, rest: float) -> TrafficSample:
        """Within one look the same requests are sent once."""
        if request not in self._counted:
            self._counted[request] = await self._there().traffic.send(request, rest, self._view)
        return self._counted[request]

    async def forwarded(self, name: str, namespace: str) -> str:
        return await self._web.forwarded(name, namespace) if self._web is not None else ""

    def _there(self) -> Web:
        if self._web is None:
            raise _no_cluster()
        return self._web

    async def _once(self, wanted: tuple[object, ...], fetch: Callable[[], Awaitable[Reply]]) -> Reply:
        if wanted not in self._seen:
            try:
                self._seen[wanted] = await fetch()
            except CannotRead as error:
                self._seen[wanted] = error
        seen = self._seen[wanted]
        if isinstance(seen, CannotRead):
            raise seen
        return seen


def _no_cluster() -> CannotRead:
    return CannotRead("no-cluster", phrase("The check needs a cluster, and this lab has none."))


async def _nothing_changes(seconds: float | None) -> bool:
    import asyncio

    await (asyncio.sleep(seconds) if seconds is not None else asyncio.Event().wait())
    return False
