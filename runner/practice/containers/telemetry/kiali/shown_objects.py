"""The cluster's objects that Kiali shows, as its ServiceAccount may read them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError

Object = Mapping[str, Any]
FRESH_SECONDS = 2.0
WORKLOADS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
ISTIO = {
    "VirtualService": ("networking.istio.io", "virtualservices"),
    "DestinationRule": ("networking.istio.io", "destinationrules"),
    "Gateway": ("networking.istio.io", "gateways"),
    "ServiceEntry": ("networking.istio.io", "serviceentries"),
    "Sidecar": ("networking.istio.io", "sidecars"),
    "EnvoyFilter": ("networking.istio.io", "envoyfilters"),
    "WorkloadEntry": ("networking.istio.io", "workloadentries"),
    "WorkloadGroup": ("networking.istio.io", "workloadgroups"),
    "PeerAuthentication": ("security.istio.io", "peerauthentications"),
    "RequestAuthentication": ("security.istio.io", "requestauthentications"),
    "AuthorizationPolicy": ("security.istio.io", "authorizationpolicies"),
    "Telemetry": ("telemetry.istio.io", "telemetries"),
}
HIDDEN = ("kube-", "openshift", "ibm", "istio-operator", "kiali-operator")
"""How namespaces begin that Kiali leaves out (api.namespaces.exclude)."""
_VERSIONS = ("v1", "v1beta1", "v1alpha3", "v1alpha1")


@dataclass(frozen=True, slots=True)
class MeshObjects:
    """Everything at one moment. `workloads` by kind, `istio` by kind."""

    namespaces: Sequence[Object] = ()
    services: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    workloads: Mapping[str, Sequence[Object]] = field(default_factory=dict)
    istio: Mapping[str, Sequence[Object]] = field(default_factory=dict)

    def workloads_of(self, namespace: str) -> list[tuple[str, Object]]:
        """(kind, object), by name."""
        found = [
            (kind, each)
            for kind, objects in self.workloads.items()
            for each in objects
            if namespace_of(each) == namespace
        ]
        return sorted(found, key=lambda pair: name_of(pair[1]))

    def pods_of(self, workload: Object) -> list[Object]:
        """By the workload's selector."""
        wanted = ((workload["spec"].get("selector") or {}).get("matchLabels") or {}).items()
        return [
            pod
            for pod in self.pods
            if namespace_of(pod) == namespace_of(workload)
            and wanted
            and wanted <= labels_of_object(pod).items()
        ]

    def istio_of(self, kind: str, namespace: str = "") -> list[Object]:
        return [each for each in self.istio.get(kind, ()) if namespace in ("", namespace_of(each))]


def name_of(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def namespace_of(obj: Object) -> str:
    return str(obj["metadata"].get("namespace", ""))


def labels_of_object(obj: Object) -> dict[str, str]:
    return dict(obj["metadata"].get("labels") or {})


def has_sidecar(pod: Object) -> bool:
    """In either list of containers: newer ones are init containers that go on."""
    spec = pod.get("spec") or {}
    listed = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return any(each["name"] == "istio-proxy" for each in listed)


def is_gateway(pod: Object) -> bool:
    return has_sidecar(pod) and len(pod["spec"].get("containers") or ()) == 1


class ObjectReader:
    """Lists objects, and keeps them for a moment: a page asks several times at once."""

    def __init__(self, call: Invocation) -> None:
        self._api = ApiClient(call)
        self._read = 0.0
        self._objects = MeshObjects()

    async def objects(self) -> MeshObjects:
        """Raises ApiError."""
        if time.monotonic() - self._read > FRESH_SECONDS:
            self._objects = await self._list()
            self._read = time.monotonic()
        return self._objects

    async def _list(self) -> MeshObjects:
        core = {name: await self._items(f"/api/v1/{name}") for name in ("namespaces", "services", "pods")}
        workloads = {kind: await self._items(f"/apis/apps/v1/{plural}") for kind, plural in WORKLOADS.items()}
        versions = {group: await self._version(group) for group in {group for group, _ in ISTIO.values()}}
        istio: dict[str, list[Object]] = {}
        for kind, (group, plural) in ISTIO.items():
            served = versions[group].get(plural)
            istio[kind] = await self._items(f"/apis/{group}/{served}/{plural}") if served else []
        shown = [each for each in core["namespaces"] if not name_of(each).startswith(HIDDEN)]
        return MeshObjects(shown, core["services"], core["pods"], workloads, istio)

    async def _version(self, group: str) -> dict[str, str]:
        """The best version by plural; none where Istio is not installed."""
        found: dict[str, str] = {}
        for version in reversed(_VERSIONS):
            try:
                listed = await self._api("GET", f"/apis/{group}/{version}")
            except ApiError as error:
                if error.status in (404, 403):
                    continue
                raise
            found |= {each["name"]: version for each in listed.get("resources") or ()}
        return found

    async def _items(self, path: str) -> list[Object]:
        """None of those that it may not read, or that are not there."""
        try:
            return list((await self._api("GET", path)).get("items") or ())
        except ApiError as error:
            if error.status in (403, 404):
                return []
            raise
