"""Events are forgotten an hour after they were last reported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import Controller, WorkQueue, enter
from runner.practice.controllers.event_recorder import KEPT
from runner.practice.machinery.store import Change, Key

ALL_EVENTS = Key("events", "", "")


@enter
class Expiry(Controller):
    """One timer, for the oldest event; none while there are no events."""

    watches = frozenset({"events"})

    def __init__(self, cluster: ClusterContext, queue: WorkQueue) -> None:
        super().__init__(cluster, queue)
        self._swept = False

    def keys(self, change: Change) -> Iterable[Key]:
        if not self._swept:  # those of a saved cluster may have grown old while it did not run
            self._swept = True
            return [ALL_EVENTS]
        if change.type == "ADDED":
            self.queue.add_later(self, ALL_EVENTS, KEPT.total_seconds() + 1)
        return ()

    def reconcile(self, key: Key) -> None:
        wait = self.cluster.recorder.forget_old(datetime.now(UTC))
        if wait is not None:
            self.queue.add_later(self, key, wait)
