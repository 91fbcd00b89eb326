"""What every handler needs: the cluster behind the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Protocol

from runner.practice.authentication.account_tokens import AccountTokens
from runner.practice.authentication.users import ADMIN, User
from runner.practice.authorization.rbac import Authorizer
from runner.practice.cluster_shape import DEFAULT_ADDRESSES
from runner.practice.faults.active_faults import Troubles
from runner.practice.machinery.patch.list_types import BuiltInTyping, SchemaTyping, Typing
from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.store import Store


class Answers(Protocol):
    """Stand-in pages behind services and pods: (status, headers, body), or None where there is no such page."""

    def answer(
        self, kind: str, namespace: str, name: str, port: str, path: str, query: str
    ) -> tuple[int, dict[str, str], bytes] | None: ...


@dataclass
class Backend:
    """One cluster's parts as the API sees them."""

    store: Store
    registry: Registry
    version: str  # "1.32.0"
    token: str
    troubles: Troubles
    tokens: AccountTokens
    pages: Answers | None = None
    address: Callable[[], str] = lambda: ""
    service_cidr: IPv4Network = DEFAULT_ADDRESSES
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.authorizer = Authorizer(self.store)

    @property
    def minor(self) -> int:
        return self.registry.minor

    def typing(self, resource: Resource, version: str) -> Typing:
        """How lists and maps of a kind merge."""
        if not resource.custom:
            return BuiltInTyping(resource.kind)
        served = resource.version(version)
        return SchemaTyping(served.schema if served else None)

    def check(
        self, verb: str, resource_key: str, namespace: str = "", name: str = "", user: User = ADMIN
    ) -> None:
        """Raise what a trouble refuses this request with."""
        refusal = self.troubles.refusal(verb, resource_key, namespace, name, user.name)
        if refusal is not None:
            raise refusal
