"""Proposed checks, asked of the cluster as it was at each moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checks.base import (
    CannotRead,
    Check,
    ClusterView,
    WebView,
    WorkspaceView,
)
from checks.registry import AnyCheck
from runner.authoring.prove.frozen import FrozenCluster
from runner.authoring.record.recording import Moment
from runner.words import phrase
from runner.world.cluster_views import UnreadableCluster

Proposal = dict[str, Any]
"""A check as lab.yaml has it."""
_CHECK: TypeAdapter[Check] = TypeAdapter(AnyCheck)


class Judge:
    """Knows every moment of a recording."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        self._moments = moments
        self._worlds: dict[int, _Then] = {}

    async def passes(self, proposal: Mapping[str, Any], moment: int) -> bool:
        """Whether the check passes then. One that can't be written so passes never."""
        try:
            check = _CHECK.validate_python(dict(proposal))
            return (await check.evaluate(self._at(moment))).verdict.passes
        except (CannotRead, ValidationError):
            return False

    def _at(self, moment: int) -> _Then:
        if moment not in self._worlds:
            self._worlds[moment] = _Then(
                FrozenCluster(self._moments[moment].cluster, UnreadableCluster(_unknown))
            )
        return self._worlds[moment]

    async def settled(self, ladder: Sequence[Proposal], first: int, last: int) -> Proposal | None:
        """The first of `ladder` that holds neither in the beginning nor at `first`, and does from `last` on.

        Where a later step makes it otherwise again, it is a check that is passed once and for all.
        """
        end = len(self._moments) - 1
        for proposal in ladder:
            if await self.passes(proposal, 0) or await self.passes(proposal, first):
                continue
            if await self.passes(proposal, end):
                return proposal
            for moment in range(last, end):
                if await self.passes(proposal, moment):
                    return {**proposal, "once": True}
        return None


class _Then:
    """The world at one moment, of which only the cluster is known."""

    def __init__(self, cluster: ClusterView) -> None:
        self.cluster = cluster
        self.answers: Mapping[str, Sequence[str]] = {}
        self.began: datetime | None = None

    @property
    def web(self) -> WebView:
        raise _unknown()

    @property
    def workspace(self) -> WorkspaceView:
        raise _unknown()

    def now(self) -> datetime:
        return datetime.now(UTC)


def _unknown() -> CannotRead:
    return CannotRead("no-cluster", phrase("This was not recorded."))
