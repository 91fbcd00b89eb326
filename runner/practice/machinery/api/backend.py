"""The cluster behind the API, as every handler needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.reply import Reply
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.patch.list_types import Typing
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.store import Store
from runner.practice.machinery.users import ADMIN, User
from runner.practice.machinery.write_pipeline import WritePipeline


class Interference(Protocol):
    """Faults that make any request fail or wait."""

    @property
    def delay(self) -> float:
        """Seconds that every answer takes."""
        ...

    def refusal(self, verb: str, resource: str, namespace: str, name: str, user: str) -> ApiError | None:
        """Why a request is refused; None if it is not. `resource` "" is discovery."""
        ...


class Undisturbed:
    """No faults."""

    delay = 0.0

    def refusal(self, verb: str, resource: str, namespace: str, name: str, user: str) -> ApiError | None:
        return None


class Authorizer(Protocol):
    """Authorizes requests."""

    def check(self, user: User, asked: Attributes) -> None:
        """Raises ApiError (403) if `user` may not."""


class EverythingAllowed:
    """Allows everything."""

    def check(self, user: User, asked: Attributes) -> None:
        pass


def _nobody(path: str) -> Page | None:
    return None


def _everybody(request: web.Request) -> User:
    return ADMIN


Handler = Callable[["Backend", Call, web.Request], Awaitable[web.StreamResponse | Reply]]
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Backend:
    """One cluster's parts as the API sees them."""

    pipeline: WritePipeline
    version: str  # "1.32.0"
    authenticate: Callable[[web.Request], User] = _everybody
    """Authenticates a request. Raises ApiError (401, 403)."""
    authorizer: Authorizer = field(default_factory=EverythingAllowed)
    interference: Interference = field(default_factory=Undisturbed)
    handlers: Mapping[tuple[str, str], Handler] = field(default_factory=dict)
    """Handlers that answer instead of the store, by resource key and subresource ("" for the resource itself)."""
    pages: Mapping[str, Page] = field(default_factory=dict)
    """Pages at paths of no resource."""
    passed_on: Callable[[str], Page | None] = _nobody
    """Who else answers a path, in place of this server: what is behind an APIService."""
    undisturbed_pages: Mapping[str, Page] = field(default_factory=dict)
    """The same for the cluster's administrator only, and exempt from faults."""
    address: Callable[[], str] = lambda: ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def store(self) -> Store:
        return self.pipeline.store

    @property
    def registry(self) -> Registry:
        return self.pipeline.registry

    @property
    def minor(self) -> int:
        return self.registry.minor

    def typing(self, resource: Resource, version: str) -> Typing:
        """How lists and maps of a kind merge."""
        return self.pipeline.typing(resource, version)

    def check(self, user: User, verb: str, resource_key: str, namespace: str = "", name: str = "") -> None:
        """Raises ApiError if something refuses this request."""
        refusal = self.interference.refusal(verb, resource_key, namespace, name, user.name)
        if refusal is not None:
            raise refusal
