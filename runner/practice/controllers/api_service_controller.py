"""APIServices of the groups that CustomResourceDefinitions add, as the aggregator registers and takes them away."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.object_helpers import going
from runner.practice.kinds.apiservice_kind import API_SERVICE, AUTOMANAGED, available, local_service
from runner.practice.kinds.customresourcedefinition_kind import CUSTOM_RESOURCE_DEFINITION
from runner.practice.machinery.store import Change, Key, Object

DEFINITIONS, SERVICES = CUSTOM_RESOURCE_DEFINITION.key, API_SERVICE.key
MINIMUM, PRIORITY = 1000, 100
"""groupPriorityMinimum and versionPriority of custom resources."""


@enter
class ApiServices(Controller):
    """One for each version of each group that a definition serves; those of the server itself are left alone."""

    account = "system:apiserver"
    watches = frozenset({DEFINITIONS, SERVICES})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == SERVICES:
            return [change.key]
        states = [change.object, *([change.previous] if change.previous else [])]
        return [Key(SERVICES, "", name) for state in states for name in _names(state)]

    def reconcile(self, key: Key) -> None:
        held = self.store.get(key)
        wanted = any(
            key.name in _names(definition)
            for definition in self.store.list(DEFINITIONS)
            if not going(definition)
        )
        version, _, group = key.name.partition(".")
        if wanted and held is None:
            self.cluster.create(SERVICES, local_service(group, version, MINIMUM, PRIORITY, managed="true"))
            self.cluster.change(key, available, status=True)
        elif held is not None and not wanted:
            managed = (held["metadata"].get("labels") or {}).get(AUTOMANAGED) == "true"
            if managed and not going(held):
                self.store.delete(key)


def _names(definition: Object) -> list[str]:
    spec = definition["spec"]
    return [f"{one['name']}.{spec['group']}" for one in spec.get("versions") or () if one.get("served")]
