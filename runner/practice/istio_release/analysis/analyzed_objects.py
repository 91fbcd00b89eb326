"""The objects that are analyzed together, and what analyzers ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]

SYSTEM_NAMESPACES = frozenset(("kube-system", "kube-public", "kube-node-lease", "local-path-storage"))
CONTROL_PLANE = "istio-system"


class AnalyzedObjects:
    """By kind. `namespaces` are those that are reported on; what is elsewhere is only looked up."""

    def __init__(self, objects: Iterable[Json], namespaces: Iterable[str] | None = None) -> None:
        self._by_kind: dict[str, dict[tuple[str, str], Json]] = {}
        self._namespaces = None if namespaces is None else frozenset(namespaces)
        for obj in objects:
            meta = obj["metadata"]
            self._by_kind.setdefault(obj["kind"], {})[meta.get("namespace", ""), meta["name"]] = obj

    def all(self, kind: str) -> list[Json]:
        return list(self._by_kind.get(kind, {}).values())

    def reported(self, kind: str) -> Iterator[Json]:
        """Those about which something may be said."""
        for (namespace, name), obj in self._by_kind.get(kind, {}).items():
            place = name if kind == "Namespace" else namespace
            if place not in SYSTEM_NAMESPACES and (self._namespaces is None or place in self._namespaces):
                yield obj

    def find(self, kind: str, namespace: str, name: str) -> Json | None:
        return self._by_kind.get(kind, {}).get((namespace, name))

    def service(self, host: str, namespace: str) -> Json | None:
        """The Service of a host as a VirtualService of that namespace names it."""
        parts = host.removesuffix(".").removesuffix(".svc.cluster.local").removesuffix(".svc").split(".")
        if len(parts) == 1:
            return self.find("Service", namespace, parts[0])
        return self.find("Service", parts[1], parts[0]) if len(parts) == 2 else None

    def entry(self, host: str, namespace: str) -> Json | None:
        """The ServiceEntry that has a host and is seen from the namespace."""
        for entry in self.all("ServiceEntry"):
            spec, own = entry["spec"], entry["metadata"].get("namespace") == namespace
            seen = spec.get("exportTo") or ["*"]
            if (own or "*" in seen) and any(
                host_matches(str(each), host) for each in spec.get("hosts") or ()
            ):
                return entry
        return None

    def pods(self, labels: Mapping[str, str], namespace: str | None = None) -> list[Json]:
        """The pods with these labels, in one namespace or in all."""
        return [
            pod for pod in self.all("Pod")
            if (namespace is None or pod["metadata"].get("namespace") == namespace)
            and labels.items() <= (pod["metadata"].get("labels") or {}).items()
        ]  # fmt: skip


def host_matches(pattern: str, host: str) -> bool:
    """Whether two hosts overlap; each may begin with a wildcard."""
    if "*" in (pattern, host):
        return True
    if pattern.startswith("*") and host.startswith("*"):
        return pattern[1:].endswith(host[1:]) or host[1:].endswith(pattern[1:])
    if pattern.startswith("*"):
        return host.endswith(pattern[1:])
    if host.startswith("*"):
        return pattern.endswith(host[1:])
    return pattern == host


def full_host(host: str, namespace: str) -> str:
    """reviews -> reviews.default.svc.cluster.local"""
    return host if "." in host or host == "*" else f"{host}.{namespace}.svc.cluster.local"
