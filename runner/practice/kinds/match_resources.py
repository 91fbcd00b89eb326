"""Which requests an admission policy, or its binding, is for."""

from __future__ import annotations

from runner.practice.kinds.default_values import fill
from runner.practice.machinery.tables.columns import Object


def default_match_resources(found: Object) -> None:
    fill(found, matchPolicy="Equivalent", namespaceSelector={}, objectSelector={})
    for field in ("resourceRules", "excludeResourceRules"):
        for rule in found.get(field) or ():
            fill(rule, scope="*")
