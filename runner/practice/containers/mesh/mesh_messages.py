"""What the API's process tells the runtime of a mesh: plain data, as it crosses between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FOLDER = "@mesh"
"""Stands in every text for the folder with the mesh's pipes, which the runtime alone knows."""


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


Resources = Mapping[str, str]
"""JSON of resources of one kind by their name, which begins with the address of the proxy's pod and ";" (not of secrets)."""


@dataclass(frozen=True, slots=True)
class MeshChange:
    """What is new since the last one; the first one has everything. Kinds are clusters, listeners, routes and secrets."""

    resources: Mapping[str, Resources] = field(default_factory=dict)
    """By their kind: new ones, and those that have changed."""
    gone: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names, by their kind."""
    workloads: Sequence[MeshWorkloadFacts] | None = None
    """All of them; None: as before."""

    @property
    def is_nothing(self) -> bool:
        return not any(self.resources.values()) and not any(self.gone.values()) and self.workloads is None


def mesh_change(plain: Mapping[str, Any]) -> MeshChange:
    """A MeshChange from its JSON."""
    workloads = plain["workloads"]
    facts = None if workloads is None else [MeshWorkloadFacts(**each) for each in workloads]
    return MeshChange(plain["resources"], plain["gone"], facts)
