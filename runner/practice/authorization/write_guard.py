"""Limits of writes beyond the permission to write: granting what one does not hold, speaking for another user."""

from __future__ import annotations

from typing import Any

from runner.practice.authentication import signing_requests
from runner.practice.authorization.escalation import GUARDED, check_escalation
from runner.practice.authorization.rbac import Authorizer
from runner.practice.machinery.write_pipeline import GuardedWrite

Object = dict[str, Any]


def guarded(authorizer: Authorizer, write: GuardedWrite, new: Object, old: Object | None) -> Object:
    """`new` (in the store's version) as its user may write it over `old` (None: as a new object). Raises ApiError."""
    if write.resource in GUARDED:
        check_escalation(authorizer, write.user, write.resource, new, old)
    elif write.resource == signing_requests.RESOURCE:
        part = signing_requests.Part(write.version, write.subresource, write.minor)
        return signing_requests.prepared(authorizer, write.user, part, new, old)
    return new
