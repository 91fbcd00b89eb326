"""What everything that lives in a cluster works with: controllers, scheduler, kubelets, load balancers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

from runner.practice.authentication.authority import Authority
from runner.practice.cluster_shape import DEFAULT_ADDRESSES, DEFAULT_NODES
from runner.practice.controllers.event_recorder import Recorder
from runner.practice.controllers.object_helpers import controller_of
from runner.practice.faults.active_faults import Faults
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Key, Object, Store
from runner.practice.machinery.users import User
from runner.practice.machinery.webhook_calls import WebhookAnswers, write_key
from runner.practice.machinery.write_pipeline import WriteOptions, WritePipeline

GROUPS = ("system:serviceaccounts", "system:authenticated")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a cluster lives. `speed` divides every delay; `balancers` False opens no ports."""

    speed: float = 1.0
    version: str = "1.32"
    pages: Sequence[Path] = ()
    balancers: bool = True
    authority: Authority | None = None
    """What certificates and tokens are signed with; None where nobody asks for any."""

    nodes: int = DEFAULT_NODES
    """How many a new cluster gets."""
    service_cidr: IPv4Network = DEFAULT_ADDRESSES

    @property
    def ca_certificate(self) -> str:
        """PEM, for the ConfigMap kube-root-ca.crt."""
        return self.authority.certificate if self.authority else ""


@dataclass(slots=True)
class ClusterContext:
    """One cluster, as its controllers see it. They write as clients do: through the pipeline."""

    pipeline: WritePipeline
    settings: Settings
    recorder: Recorder
    faults: Faults
    answers: WebhookAnswers = field(default_factory=WebhookAnswers)
    """What webhooks answered about objects that controllers create."""

    @property
    def store(self) -> Store:
        return self.pipeline.store

    @property
    def registry(self) -> Registry:
        return self.pipeline.registry

    @property
    def minor(self) -> int:
        return self.registry.minor

    def seconds(self, real: float) -> float:
        """How long `real` seconds of a real cluster take here."""
        return real / self.settings.speed

    def create(self, resource: str, obj: Object) -> Object:
        """Create an object (in the stored version) of a resource. Raises ApiError."""
        served = self.pipeline.resource(resource)
        options = WriteOptions(user=_controller_user(obj), webhooks=self.answers)
        try:
            created = self.pipeline.create(served, served.storage_version, obj, options)
        except ApiError:
            self._forget_answers(served.storage_key, obj)
            raise
        self._forget_answers(served.storage_key, obj)
        return created

    def _forget_answers(self, resource: str, obj: Object) -> None:
        self.answers.forget(write_key("CREATE", resource, obj["metadata"]))

    def change(
        self, key: Key, change: Callable[[Object], Object | None], *, status: bool = False
    ) -> Object | None:
        """Read, change, write: `change` gets a copy to edit and return; None leaves the object alone.

        With `status` only the status is written. Gives the object as stored, None where it does not exist.
        Raises ApiError.
        """
        options = WriteOptions(subresource="status" if status else "")
        return self.pipeline.change(key, change, options)


def _controller_user(obj: Object) -> User:
    """As whom the controller writes that made an object: the account of its owner's controller."""
    owner = controller_of(obj)
    name = owner["kind"].lower() if owner else "namespace"
    return User(f"system:serviceaccount:kube-system:{name}-controller", groups=GROUPS)
