"""Reconciles bootstrap roles and bindings at every start: missing parts are restored.

As "Auto-reconciliation" of kubernetes.io's RBAC reference says: a role gets missing permissions, a binding missing
subjects, and whoever sets the annotation `rbac.authorization.kubernetes.io/autoupdate` to "false" is left alone.
"""

from __future__ import annotations

from typing import Any

from runner.practice.authorization.bootstrap import ANNOTATIONS, bootstrap_policy
from runner.practice.authorization.escalation import uncovered
from runner.practice.machinery.store import Store, key_of

Object = dict[str, Any]

(AUTOUPDATE,) = ANNOTATIONS


def reconcile_policy(store: Store, minor: int) -> None:
    """Create what is not there, and complete the rest."""
    for resource, wanted in bootstrap_policy(minor):
        key = key_of(resource, wanted)
        found = store.get(key)
        if found is None:
            store.create(resource, wanted)
            continue
        completed = _completed(found, wanted)
        if completed.get("roleRef") != found.get("roleRef"):  # which no update can change
            store.delete(key)
            store.create(resource, {**completed, "metadata": wanted["metadata"]})
        elif completed != found:
            store.update(resource, completed)


def _completed(found: Object, wanted: Object) -> Object:
    meta = found["metadata"]
    if (meta.get("annotations") or {}).get(AUTOUPDATE) == "false":
        return found
    marks = {
        name: {**(meta.get(name) or {}), **wanted["metadata"][name]} for name in ("labels", "annotations")
    }
    new = {**found, "metadata": {**meta, **marks}}
    if "roleRef" in wanted:
        new["roleRef"] = wanted["roleRef"]
        missing = [one for one in wanted.get("subjects") or () if one not in (found.get("subjects") or ())]
        if missing:
            new["subjects"] = [*(found.get("subjects") or ()), *missing]
    elif "aggregationRule" in wanted:
        new["aggregationRule"] = wanted["aggregationRule"]
    else:
        held = found.get("rules") or []
        new["rules"] = [*held, *(rule for rule in wanted["rules"] if list(uncovered(held, [rule])))]
    return new
