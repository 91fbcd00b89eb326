"""Keeps the rules of ClusterRoles with an aggregationRule what their parts add up to."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.authorization.aggregation import aggregated
from runner.practice.authorization.rbac import CLUSTER_ROLES
from runner.practice.controllers.controller import Controller, enter
from runner.practice.machinery.store import Change, Key, Object, key_of


@enter
class RoleAggregation(Controller):
    account = "clusterrole-aggregation-controller"
    watches = frozenset({CLUSTER_ROLES})

    def keys(self, change: Change) -> Iterable[Key]:
        """Of every sum: whatever changed may be, or have been, a part of it."""
        return [
            key_of(CLUSTER_ROLES, role)
            for role in self.store.list(CLUSTER_ROLES)
            if role.get("aggregationRule")
        ]

    def reconcile(self, key: Key) -> None:
        role = self.store.get(key)
        if role is None:
            return
        rules = aggregated(role, self.store.list(CLUSTER_ROLES))
        if rules is not None and rules != (role.get("rules") or []):

            def summed(obj: Object) -> Object:
                return {**obj, "rules": rules}

            self.cluster.change(key, summed)
