"""An open cluster that checks can read."""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import CannotRead
from runner.session.target import Target
from runner.session.verify import WatchedWorld
from runner.world.live_cluster import LiveCluster


@dataclass(frozen=True, slots=True)
class ClusterSession:
    """What checks are judged in. Opened and closed by open.py."""

    target: Target
    cluster: LiveCluster
    world: WatchedWorld
    version: str = ""
    unreached: CannotRead | None = None
    """Why the cluster could not be asked for its version."""
