"""A user of the API: name, groups, and extra attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MASTERS = "system:masters"
AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
ANONYMOUS_NAME = "system:anonymous"
ACCOUNT_PREFIX = "system:serviceaccount:"
ACCOUNTS = "system:serviceaccounts"
CREDENTIAL = "authentication.kubernetes.io/credential-id"
"""The key under `extra` that identifies the token or certificate of the user."""


@dataclass(frozen=True, slots=True)
class User:
    """`extra` as in userInfo: several values a key."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def master(self) -> bool:
        """Whether they may do everything, whatever roles there are."""
        return MASTERS in self.groups

    def info(self) -> dict[str, Any]:
        """As `userInfo` of a review shows them."""
        shown: dict[str, Any] = {"username": self.name}
        if self.uid:
            shown["uid"] = self.uid
        if self.groups:
            shown["groups"] = list(self.groups)
        if self.extra:
            shown["extra"] = {key: list(values) for key, values in self.extra.items()}
        return shown


ADMIN = User("practice-admin", groups=(MASTERS, AUTHENTICATED))
"""The user of the learner's kubeconfig."""
SERVER = User("system:apiserver", groups=(MASTERS, AUTHENTICATED))
MANAGER = User("system:kube-controller-manager", groups=(AUTHENTICATED,))
ANONYMOUS = User(ANONYMOUS_NAME, groups=(UNAUTHENTICATED,))


def account_name(namespace: str, name: str) -> str:
    """The user name of a ServiceAccount."""
    return f"{ACCOUNT_PREFIX}{namespace}:{name}"


def node_user(name: str) -> User:
    """The user of a node's kubelet."""
    return User(f"system:node:{name}", groups=("system:nodes", AUTHENTICATED))


def account_groups(namespace: str) -> tuple[str, ...]:
    return (ACCOUNTS, f"{ACCOUNTS}:{namespace}")


def account_of(user_name: str) -> tuple[str, str] | None:
    """(namespace, name) of the ServiceAccount whose user name this is."""
    if not user_name.startswith(ACCOUNT_PREFIX):
        return None
    namespace, colon, name = user_name.removeprefix(ACCOUNT_PREFIX).partition(":")
    return (namespace, name) if colon and namespace and name and ":" not in name else None
