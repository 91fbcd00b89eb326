"""The context shared by controllers, scheduler, kubelets and load balancers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from runner.practice.authentication.authority import Authority
from runner.practice.cluster_shape import DEFAULT_ADDRESSES, DEFAULT_NODES
from runner.practice.controllers.custom_metrics import CustomMetrics
from runner.practice.controllers.event_recorder import Recorder
from runner.practice.controllers.resource_metrics import ResourceMetrics
from runner.practice.faults.active_faults import Faults
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Key, Object, Store
from runner.practice.machinery.users import AUTHENTICATED, MANAGER, User, account_groups, account_name
from runner.practice.machinery.webhook_calls import WebhookAnswers, write_key
from runner.practice.machinery.write_pipeline import WriteOptions, WritePipeline

HOME = "kube-system"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a running cluster. `speed` divides every delay; `balancers` False opens no ports."""

    speed: float = 1.0
    container_speed: float | None = None
    """What divides the times that a container's own work is measured against; None: `speed`, too."""
    version: str = "1.32"
    pages: Sequence[Path] = ()
    balancers: bool = True
    authority: Authority | None = None
    """What certificates and tokens are signed with; None if nobody asks for any."""

    nodes: int = DEFAULT_NODES
    """How many a new cluster gets."""
    service_cidr: IPv4Network = DEFAULT_ADDRESSES
    containers: bool = False
    """Whether containers run; else their pods only look as if they did."""
    logs: Path | None = None
    """Where logs of containers that have ended are kept."""
    volumes: Path | None = None
    """Where the files of PersistentVolumes and nodes are kept; None: in memory."""
    metrics_server: bool = False
    """Whether a new cluster gets one."""
    images: Sequence[Mapping[str, Any]] = ()
    """Those of labs, as their practice/images.yaml have them."""

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
    """What webhooks answered about what controllers write."""
    metrics: ResourceMetrics = field(default_factory=ResourceMetrics)
    """What is measured of pods and nodes, where there is a metrics server."""
    custom_metrics: CustomMetrics = field(default_factory=CustomMetrics)
    """What adapters say of other metrics, where there is one."""
    user: User = MANAGER
    """Who writes."""

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

    @property
    def container_speed(self) -> float:
        """By how much probes, hooks, grace periods and deadlines are quicker than on a real cluster.

        Containers work in real time: a cluster with running containers may be quick in everything else and must not
        be in these, else an application that is well is killed as late.
        """
        settings = self.settings
        return settings.speed if settings.container_speed is None else settings.container_speed

    def container_seconds(self, real: float) -> float:
        """How long `real` seconds take here that are measured against a container's work."""
        return real / self.container_speed

    def acting_as(self, user: User) -> ClusterContext:
        """The same cluster for somebody who writes as `user`."""
        return replace(self, user=user)

    def create(self, resource: str, obj: Object) -> Object:
        """Create an object (in the stored version) of a resource. Raises ApiError."""
        served = self.pipeline.resource(resource)
        options = WriteOptions(user=self.user, webhooks=self.answers)
        asked = write_key("CREATE", served.storage_key, obj["metadata"])
        with self._answers_forgotten(asked):
            return self.pipeline.create(served, served.storage_version, obj, options)

    def change(
        self,
        key: Key,
        change: Callable[[Object], Object | None],
        *,
        status: bool = False,
        subresource: str = "",
    ) -> Object | None:
        """Read, change, write: `change` gets a copy to edit and return; None leaves the object alone.

        With `status` only the status is written. Gives the object as stored, None if it does not exist.
        Raises ApiError.
        """
        through = "status" if status else subresource
        options = WriteOptions(user=self.user, subresource=through, webhooks=self.answers)
        found = self.store.get(key)
        if found is None:
            return None
        with self._answers_forgotten(write_key("UPDATE", key.resource, found["metadata"])):
            return self.pipeline.change(key, change, options)

    @contextmanager
    def _answers_forgotten(self, asked: tuple[str, ...]) -> Iterator[None]:
        """What webhooks said to this write is forgotten once it is made or refused, but not while one has yet to answer."""
        try:
            yield
        except ApiError:
            self.answers.forget(asked)
            raise
        self.answers.forget(asked)


def controller_user(account: str) -> User:
    """As whom one writes: a ServiceAccount of kube-system, a "system:…" user, the controller manager itself for ""."""
    if not account:
        return MANAGER
    if account.startswith("system:"):
        return User(account, groups=(AUTHENTICATED,))
    return User(account_name(HOME, account), groups=(*account_groups(HOME), AUTHENTICATED))
