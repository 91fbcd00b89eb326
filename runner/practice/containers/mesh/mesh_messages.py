"""What the API's process tells the runtime of a mesh: plain data, as it crosses between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FOLDER = "@mesh"
"""Stands in every text for the folder with the mesh's pipes, which the runtime alone knows."""


@dataclass(frozen=True, slots=True)
class ProxyParts:
    """A proxy's part of Envoy's configuration: JSON of resources, by their name."""

    listeners: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeshWorkloadFacts:
    """A pod, as the telemetry names it."""

    ip: str
    name: str
    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)
    account: str = "default"
    owner: str = ""
    """The name of what made it: of the Deployment, not of its ReplicaSet."""


@dataclass(frozen=True, slots=True)
class MeshChange:
    """What is new since the last one; the first one has everything."""

    proxies: Mapping[str, ProxyParts] = field(default_factory=dict)
    """By the address of the pod: those that have changed, whole."""
    proxies_gone: Sequence[str] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    """By their name."""
    secrets_gone: Sequence[str] = ()
    workloads: Sequence[MeshWorkloadFacts] | None = None
    """All of them; None: as before."""

    @property
    def is_nothing(self) -> bool:
        parts = (self.proxies, self.proxies_gone, self.secrets, self.secrets_gone)
        return not any(parts) and self.workloads is None


def mesh_change(plain: Mapping[str, Any]) -> MeshChange:
    """A MeshChange from its JSON."""
    workloads = plain["workloads"]
    return MeshChange(
        {ip: ProxyParts(**parts) for ip, parts in plain["proxies"].items()},
        plain["proxies_gone"],
        plain["secrets"],
        plain["secrets_gone"],
        None if workloads is None else [MeshWorkloadFacts(**each) for each in workloads],
    )
