"""Why a deleted object does not go away."""

from __future__ import annotations

from checks.base import Finding, Object
from checks.diagnosis.evidence import condition_path, ref
from checks.object_fields import condition, is_going, text_at
from checks.patterns import quotation
from checks.phrase import phrase

_STUCK = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceFinalizersRemaining",
    "NamespaceContentRemaining",
)
"""Conditions set by the namespace controller, the most specific first."""


def namespace_stuck(namespace: Object | None) -> Finding | None:
    """What a namespace that is being deleted waits for."""
    if namespace is None or not is_going(namespace):
        return None
    for kind in _STUCK:
        found = condition(namespace, kind)
        if found.get("status") == "True":
            return Finding(
                "namespace-stuck",
                phrase("The namespace is being deleted, but something in it can't be deleted"),
                phrase(
                    "Wait a minute; if nothing changes, delete what the message names, or its finalizers."
                ),
                ref(namespace),
                quotation(text_at(found, "message")),
                f"{condition_path(namespace, kind)}.message",
            )
    return None
