"""ResourceQuotas: what a namespace uses of what it may."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import EVERY_RESOURCE, Controller, enter
from runner.practice.controllers.object_helpers import going
from runner.practice.kinds.quota_usage import RESOURCE, shown, used
from runner.practice.machinery.store import Change, Key, key_of


@enter
class Quotas(Controller):
    """The status of each quota. Nothing is refused here: that is admission's."""

    account = "resourcequota-controller"
    watches = frozenset({EVERY_RESOURCE})

    def keys(self, change: Change) -> Iterable[Key]:
        return [key_of(RESOURCE, quota) for quota in self.store.list(RESOURCE, change.key.namespace)]

    def reconcile(self, key: Key) -> None:
        quota = self.store.get(key)
        if quota is None or going(quota):
            return
        amounts = used(self.store, self.cluster.registry, quota)
        hard = (quota.get("spec") or {}).get("hard") or {}
        status = {"hard": dict(hard), "used": {name: shown(name, amount) for name, amount in amounts.items()}}
        self.cluster.change(key, lambda obj: {**obj, "status": status}, status=True)
