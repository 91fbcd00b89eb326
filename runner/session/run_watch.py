"""Watches, besides the checks, whether the cluster can be read and whether the shell is busy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from checks.base import CannotRead
from runner.session.events import ClusterBack, ClusterLost, Event
from runner.shell import Shell
from runner.world.live_cluster import LiveCluster

LOST_AFTER = 0.5
"""Seconds without a successful read before the cluster counts as lost; watched data is good for two before that."""
AT_WORK = 0.7
"""Seconds between looks at whether a command is at work in the shell."""


async def watch_cluster(cluster: LiveCluster, emit: Callable[[Event], None]) -> None:
    """Emit when the cluster can't be read, and when it can again."""
    known: CannotRead | None = None
    while True:
        await cluster.read_error_changed(known is not None, LOST_AFTER)
        now = cluster.read_error
        if (now is None) != (known is None):
            known = now
            emit(ClusterLost(now.message) if now else ClusterBack())


async def watch_shell(shell: Shell, look: Callable[[], None]) -> None:
    """Look again when a command is at work: what the one before it explained may be fixed now."""
    seen = False
    while True:
        await asyncio.sleep(AT_WORK)
        if shell.running and not seen:
            look()
        seen = shell.running
