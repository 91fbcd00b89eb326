"""Aggregated ClusterRoles: the sum of the roles that `aggregationRule` selects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runner.practice.machinery.list_selectors import match_labels

Object = dict[str, Any]


def aggregated(role: Object, roles: Iterable[Object]) -> list[Object] | None:
    """The rules that `role` should have, of all ClusterRoles; None if it is no sum.

    Each rule once, in the order of the selectors, then of the roles' names.
    """
    selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors")
    if not selectors:
        return None
    name, found = role["metadata"]["name"], []
    others = sorted(
        (r for r in roles if r["metadata"]["name"] != name), key=lambda r: str(r["metadata"]["name"])
    )
    for selector in selectors:
        for other in others:
            if match_labels(selector, other["metadata"].get("labels") or {}):
                found += [rule for rule in other.get("rules") or () if rule not in found]
    return found
