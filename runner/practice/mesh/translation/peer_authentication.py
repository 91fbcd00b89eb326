"""PeerAuthentication: which connections a workload accepts on a port."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from runner.practice.mesh.mesh_view import Json, MeshConfig
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.virtual_services import age

MutualTlsMode = Literal["DISABLE", "PERMISSIVE", "STRICT"]

_MODES: dict[str, MutualTlsMode] = {"DISABLE": "DISABLE", "PERMISSIVE": "PERMISSIVE", "STRICT": "STRICT"}


class PeerAuthentications:
    """All of a view."""

    def __init__(self, objects: Iterable[Json], config: MeshConfig, ineffective: Ineffective) -> None:
        self._root = config.root_namespace
        self._of_namespace: dict[str, Json] = {}
        self._of_workloads: list[tuple[str, Mapping[str, str], Json]] = []
        for obj in sorted(objects, key=age):
            with ineffective.guard(obj):
                namespace, spec = obj["metadata"]["namespace"], obj.get("spec") or {}
                labels = (spec.get("selector") or {}).get("matchLabels") or {}
                if labels:
                    self._of_workloads.append((namespace, labels, spec))
                elif namespace in self._of_namespace:
                    ineffective.add(obj, f"an older PeerAuthentication applies to all of {namespace}")
                else:
                    self._of_namespace[namespace] = spec

    def mode(self, namespace: str, labels: Mapping[str, str], port: int) -> MutualTlsMode:
        """For a port of a workload: the port's own, the workload's, its namespace's, the mesh's, or PERMISSIVE."""
        own = next(
            (
                spec
                for place, wanted, spec in self._of_workloads
                if place == namespace and wanted.items() <= labels.items()
            ),
            {},
        )
        levels: list[Json | None] = [
            (own.get("portLevelMtls") or {}).get(str(port)),
            own.get("mtls"),
            (self._of_namespace.get(namespace) or {}).get("mtls"),
            (self._of_namespace.get(self._root) or {}).get("mtls"),
        ]
        modes = (_MODES.get((level or {}).get("mode", "")) for level in levels)
        return next((mode for mode in modes if mode), "PERMISSIVE")
