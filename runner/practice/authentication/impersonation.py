"""Impersonation: the Impersonate-… headers of a request (`kubectl --as`).

From "User impersonation" of kubernetes.io's authentication reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote

from runner.practice.authorization.rbac import Authorizer
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.users import (
    ANONYMOUS_NAME,
    AUTHENTICATED,
    UNAUTHENTICATED,
    User,
    account_groups,
    account_of,
)

USER, GROUP, UID, EXTRA = "Impersonate-User", "Impersonate-Group", "Impersonate-Uid", "impersonate-extra-"
AUTHENTICATION = "authentication.k8s.io"
UID_SINCE = 22


class Headers(Protocol):
    """A request's headers; each may be there several times."""

    def get(self, name: str, default: str, /) -> str: ...
    def getall(self, name: str, default: list[str], /) -> list[str]: ...
    def __iter__(self) -> Iterator[str]: ...


def acting(authorizer: Authorizer, user: User, headers: Headers, path: str, minor: int) -> User:
    """The user that `user` acts as; without such headers, `user` itself.

    Raises ApiError: 403 where they may not act as that user, group or uid; 500 for a group without a user.
    """
    name, groups = headers.get(USER, ""), tuple(headers.getall(GROUP, []))
    uid = headers.get(UID, "") if minor >= UID_SINCE else ""
    extra = _extra(headers)
    if not name:
        if groups or uid or extra:
            message = f"requested {_requested(groups, uid, extra)} without impersonating a user"
            raise ApiError(500, "", f'Internal Server Error: "{path}": {message}', plain=True)
        return user
    account = account_of(name)
    wanted: list[Attributes] = [
        Attributes("impersonate", "", "serviceaccounts", "", account[0], account[1])
        if account
        else Attributes("impersonate", "", "users", name=name),
        *(Attributes("impersonate", "", "groups", name=group) for group in groups),
        *(
            Attributes("impersonate", AUTHENTICATION, "userextras", key, name=value)
            for key, values in extra.items()
            for value in values
        ),
        *([Attributes("impersonate", AUTHENTICATION, "uids", name=uid)] if uid else []),
    ]
    for asked in wanted:
        authorizer.check(user, asked)
    found = User(name, uid, groups, extra)
    if account and not groups:
        found = replace(found, groups=account_groups(account[0]))
    return _known(found)


def _known(user: User) -> User:
    """With the group system:authenticated or system:unauthenticated."""
    if user.name == ANONYMOUS_NAME:
        message, either = UNAUTHENTICATED, {UNAUTHENTICATED}
    else:
        message, either = AUTHENTICATED, {AUTHENTICATED, UNAUTHENTICATED}
    if any(group in user.groups for group in either):
        return user
    return replace(user, groups=(*user.groups, message))


def _extra(headers: Headers) -> dict[str, tuple[str, ...]]:
    names = sorted({name.lower() for name in headers if name.lower().startswith(EXTRA)})
    return {unquote(name.removeprefix(EXTRA)): tuple(headers.getall(name, [])) for name in names}


def _requested(groups: Iterable[str], uid: str, extra: dict[str, tuple[str, ...]]) -> str:
    """As Go prints the references that the headers were read into."""
    message = [f"{{Group  {group}    }}" for group in groups]
    message += [
        f"{{UserExtra  {value}  authentication.k8s.io/v1  {key}}}"
        for key, values in extra.items()
        for value in values
    ]
    if uid:
        message.append(f"{{UID  {uid}  authentication.k8s.io/v1  }}")
    return f"[{' '.join(message)}]"
