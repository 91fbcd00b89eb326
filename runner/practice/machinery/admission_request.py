"""An admission request: one write of one object, in the stored version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from runner.practice.machinery.errors import ApiError, forbidden
from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.store import Key, Store
from runner.practice.machinery.users import ADMIN, User
from runner.practice.machinery.webhook_calls import WebhookAnswers
from runner.practice.machinery.webhook_services import Dial

Object = dict[str, Any]
Operation = Literal["CREATE", "UPDATE", "DELETE"]


class Admission(Protocol):
    """The admission plugins of a cluster."""

    def admit(self, request: Request) -> None:
        """Let them change the object. Raises ApiError if one refuses it."""

    def check(self, request: Request) -> None:
        """Let them look at the object as it will be stored. Raises ApiError if one refuses it."""


class NoAdmission:
    """A cluster without plugins."""

    def admit(self, request: Request) -> None:
        pass

    def check(self, request: Request) -> None:
        pass


@dataclass(slots=True)
class Request:
    """One write. `object` is {} if it is deleted; plugins that change it put a new one in its place."""

    store: Store
    registry: Registry
    resource: str  # the store's key: "pods", "deployments.apps"
    operation: Operation
    object: Object
    old: Object | None = None
    user: User = ADMIN
    version: str = ""  # of the request; "" is the store's
    subresource: str = ""
    dry_run: bool = False
    options: Object = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    webhooks: WebhookAnswers | None = None
    dial: Dial | None = None
    """How webhooks in pods are reached; None where nothing runs in any pod."""
    patched: bool = False
    """Whether a webhook changed the object."""
    validating: bool = False
    """Whether the object has its name: a generated one comes after the plugins that may change it."""

    @property
    def minor(self) -> int:
        return self.registry.minor

    @property
    def kind(self) -> Resource:
        """Raises KeyError if the resource is not served."""
        found = self.registry.by_key(self.resource)
        if found is None:
            raise KeyError(self.resource)
        return found

    @property
    def meta(self) -> Object:
        found: Object = (self.object or self.old or {}).get("metadata") or {}
        return found

    @property
    def namespace(self) -> str:
        return str(self.meta.get("namespace") or "")

    @property
    def name(self) -> str:
        """The name for messages: generateName until a name is generated."""
        base = str(self.meta.get("generateName") or "")
        name = str(self.meta.get("name") or "")
        if self.operation == "CREATE" and base and not self.validating and name.startswith(base[:58]):
            return base
        return name or base

    def home(self) -> Object:
        """The namespace of the object; {} if there is none."""
        scope = self.registry.scope
        return (scope and self.store.get(Key(scope.key, "", self.namespace))) or {}

    def forbidden(self, why: str) -> ApiError:
        """403, in the words of admission.NewForbidden."""
        return forbidden(self.resource, self.name, why)
