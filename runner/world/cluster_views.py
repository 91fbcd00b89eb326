"""Views of a cluster that are made of another one, or of none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checks.base import (
    AccessRequest,
    CannotRead,
    ClusterView,
    CommandResult,
    Decision,
    ExecRequest,
    LogRequest,
    Object,
)


class UnreadableCluster:
    """A ClusterView of which nothing can be read, for the reason that `why` gives."""

    def __init__(self, why: Callable[[], CannotRead]) -> None:
        self._why = why

    async def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        raise self._why()

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Object]:
        raise self._why()

    async def version(self) -> str:
        raise self._why()

    async def logs(self, request: LogRequest) -> str:
        raise self._why()

    async def decide(self, request: AccessRequest) -> Decision:
        raise self._why()

    async def execute(self, request: ExecRequest) -> CommandResult:
        raise self._why()


class ClusterBeside:
    """What a view with objects of its own asks another cluster: its version, its logs, who may do what, and what runs in its
    containers."""

    def __init__(self, other: ClusterView) -> None:
        self._other = other

    async def version(self) -> str:
        return await self._other.version()

    async def logs(self, request: LogRequest) -> str:
        return await self._other.logs(request)

    async def decide(self, request: AccessRequest) -> Decision:
        return await self._other.decide(request)

    async def execute(self, request: ExecRequest) -> CommandResult:
        return await self._other.execute(request)
