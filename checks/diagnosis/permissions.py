"""What the API server forbids the learner, and whom to ask."""

from __future__ import annotations

import re
import shlex

from checks.base import CannotRead, Finding
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

_DENIED = re.compile(
    r'cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
"""The message of an RBAC denial (apiserver/pkg/endpoints/handlers/responsewriters: ForbiddenStatusError)."""


def not_allowed(error: CannotRead) -> Finding | None:
    """For a read that the API server refused; None for other errors."""
    refusal = error.message.render()
    if error.reason == "forbidden":
        return Finding(
            "forbidden",
            phrase("Your account is not allowed to read what this check looks at"),
            _ask(refusal),
            None,
            quotation(refusal),
            source="API server",
        )
    if error.reason == "unauthorized":
        return Finding(
            "unauthorized",
            phrase("The cluster does not accept your credentials (they may have expired)"),
            phrase("Sign in to the cluster again, as you did to get its kubeconfig; then see: {command}",
                   command="kubectl get --raw /version"),
            None,
            quotation(refusal),
            source="API server",
        )  # fmt: skip
    return None


def _ask(refusal: str) -> Phrase:
    denied = _DENIED.search(refusal)
    if denied is None:
        return phrase("Ask whoever runs the cluster for the permission that the message names.")
    resource = f"{denied['resource']}.{denied['group']}" if denied["group"] else denied["resource"]
    where = f"-n {shlex.quote(denied['namespace'])}" if denied["namespace"] else "--all-namespaces"
    return phrase(
        "Ask whoever runs the cluster to allow it ({verb} {resource}). You can do it when this says yes: {command}",
        verb=denied["verb"],
        resource=resource,
        command=f"kubectl auth can-i {denied['verb']} {shlex.quote(resource)} {where}",
    )
