"""What a write may not do whoever has the right to write: grant what one does not hold, speak for somebody else."""

from __future__ import annotations

from typing import Any

from runner.practice.authentication import signing_requests
from runner.practice.authentication.users import User
from runner.practice.authorization.escalation import GUARDED, check_escalation
from runner.practice.authorization.rbac import Authorizer

Object = dict[str, Any]


def guarded(
    authorizer: Authorizer,
    user: User,
    resource: str,
    part: signing_requests.Part,
    new: Object,
    old: Object | None,
) -> Object:
    """`new` (in the store's version) as `user` may write it over `old` (None: as a new object). Raises ApiError.

    `resource` is a key of the store; `part` the version and the subresource of the request.
    """
    if resource in GUARDED:
        check_escalation(authorizer, user, resource, new, old)
    elif resource == signing_requests.RESOURCE:
        return signing_requests.prepared(authorizer, user, part, new, old)
    return new
