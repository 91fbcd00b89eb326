"""ResourceQuotas: what a namespace uses of what it may."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.object_helpers import going
from runner.practice.kinds.quota_usage import COUNTED, RESOURCE, used
from runner.practice.machinery.store import Change, Key, key_of


@enter
class Quotas(Controller):
    """The status of each quota. Nothing is refused here: that is admission's."""

    watches = frozenset({*COUNTED, "deployments.apps", "jobs.batch"})

    def keys(self, change: Change) -> Iterable[Key]:
        return [key_of(RESOURCE, quota) for quota in self.store.list(RESOURCE, change.key.namespace)]

    def reconcile(self, key: Key) -> None:
        quota = self.store.get(key)
        if quota is None or going(quota):
            return
        hard = quota["spec"].get("hard") or {}
        amounts = {name: used(self.store, name, key.namespace) for name in hard}
        status = {"hard": dict(hard), "used": amounts}
        self.store.mutate(key, lambda obj: {**obj, "status": status}, status=True)
