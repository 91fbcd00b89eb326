"""The mesh's view of a cluster, read from its objects."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from runner.practice.controllers.object_helpers import controller_of, going, is_ready
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Key, Object, Store
from runner.practice.mesh.mesh_view import (
    ISTIO_KINDS,
    MeshConfig,
    MeshEndpoint,
    MeshProxy,
    MeshService,
    MeshServicePort,
    MeshView,
    MeshWorkload,
)

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_NAME = "kubernetes.io/service-name"
ROOT_NAMESPACE = "istio-system"
PROXY = "istio-proxy"
GROUP = ".istio.io"


def istiod_pods(store: Store) -> list[Object]:
    """The pods of istiod that are ready."""
    return [
        pod
        for pod in store.list("pods", ROOT_NAMESPACE)
        if (pod["metadata"].get("labels") or {}).get("app") == "istiod" and is_ready(pod) and not going(pod)
    ]


def proxied(pod: Object) -> Object | None:
    """The container of a pod that is a proxy of Istio's; None: it has none."""
    containers = (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"])
    return next(
        (
            each
            for each in containers
            if each["name"] == PROXY and _repository(each.get("image", "")).endswith("/proxyv2")
        ),
        None,
    )


def mesh_view(store: Store, registry: Registry) -> MeshView:
    """All of it."""
    pods = [pod for pod in store.list("pods") if _lives(pod)]
    workloads = {pod["status"]["podIP"]: _workload(pod) for pod in pods if not pod["spec"].get("hostNetwork")}
    slices = _slices(store, has_slices=registry.by_key(SLICES) is not None)
    return MeshView(
        services=tuple(_service(obj, slices, workloads) for obj in store.list("services")),
        workloads=tuple(workloads.values()),
        proxies=tuple(_proxies(pods, workloads)),
        istio=_istio(store),
        config=_config(store),
    )


def _lives(pod: Object) -> bool:
    status = pod.get("status") or {}
    return bool(status.get("podIP")) and status.get("phase") not in ("Succeeded", "Failed")


def _workload(pod: Object) -> MeshWorkload:
    meta, spec = pod["metadata"], pod["spec"]
    return MeshWorkload(
        name=meta["name"],
        namespace=meta["namespace"],
        ip=pod["status"]["podIP"],
        labels=meta.get("labels") or {},
        service_account=spec.get("serviceAccountName") or "default",
        node=spec.get("nodeName", ""),
        has_sidecar=(found := proxied(pod)) is not None and not _is_router(found),
        owner=_owner(pod),
        annotations=meta.get("annotations") or {},
        ports={
            port["name"]: port["containerPort"]
            for container in spec["containers"]
            for port in container.get("ports") or ()
            if port.get("name")
        },
    )


def _owner(pod: Object) -> str:
    """Of a Deployment's pod the Deployment, as Istio names workloads."""
    found = controller_of(pod)
    if found is None:
        return ""
    name = str(found["name"])
    hashed = (pod["metadata"].get("labels") or {}).get("pod-template-hash")
    return name.removesuffix(f"-{hashed}") if found["kind"] == "ReplicaSet" and hashed else name


def _is_router(container: Object) -> bool:
    return "router" in (container.get("args") or ())


def _proxies(pods: Iterable[Object], workloads: Mapping[str, MeshWorkload]) -> Iterator[MeshProxy]:
    """Those whose container runs."""
    for pod in pods:
        container, workload = proxied(pod), workloads.get(pod["status"]["podIP"])
        if container is None or workload is None or not _runs(pod, PROXY):
            continue
        ports = {
            port["containerPort"]
            for each in pod["spec"]["containers"]
            if each["name"] != PROXY
            for port in each.get("ports") or ()
            if port.get("protocol", "TCP") == "TCP"
        }
        yield MeshProxy(workload, "router" if _is_router(container) else "sidecar", tuple(sorted(ports)))


def _runs(pod: Object, name: str) -> bool:
    status = pod["status"]
    listed = (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
    return any(entry["name"] == name and _has_begun(entry) for entry in listed)


def _has_begun(entry: Object) -> bool:
    """Whether a container runs, or its postStart hook does: one that waits for the proxy needs the proxy."""
    state = entry.get("state") or {}
    reason = (state.get("waiting") or {}).get("reason")
    return "running" in state or (
        reason in ("ContainerCreating", "PodInitializing") and bool(entry.get("containerID"))
    )


def _slices(store: Store, *, has_slices: bool) -> Mapping[tuple[str, str], list[Object]]:
    """EndpointSlices by their Service; from Endpoints where there is no such kind."""
    found: dict[tuple[str, str], list[Object]] = defaultdict(list)
    if has_slices:
        for obj in store.list(SLICES):
            if obj.get("addressType", "IPv4") == "IPv4":
                labels = obj["metadata"].get("labels") or {}
                found[obj["metadata"]["namespace"], str(labels.get(SERVICE_NAME, ""))].append(obj)
        return found
    for obj in store.list("endpoints"):
        for subset in obj.get("subsets") or ():
            listed = [{**each, "addresses": [each["ip"]]} for each in subset.get("addresses") or ()]
            found[obj["metadata"]["namespace"], obj["metadata"]["name"]].append(
                {"endpoints": listed, "ports": subset.get("ports") or ()}
            )
    return found


def _service(
    service: Object,
    slices: Mapping[tuple[str, str], list[Object]],
    workloads: Mapping[str, MeshWorkload],
) -> MeshService:
    meta, spec = service["metadata"], service["spec"]
    addresses = spec.get("clusterIPs") or [spec.get("clusterIP", "")]
    ports = tuple(
        MeshServicePort(
            port.get("name", ""), port["port"], port.get("protocol", "TCP"), port.get("appProtocol", ""),
            port.get("targetPort", ""), port.get("nodePort", 0),
        )
        for port in spec.get("ports") or ()
    )  # fmt: skip
    endpoints = tuple(
        endpoint
        for each in slices.get((meta["namespace"], meta["name"]), ())
        for endpoint in _endpoints(each, workloads)
    )
    return MeshService(
        name=meta["name"],
        namespace=meta["namespace"],
        cluster_ips=tuple(ip for ip in addresses if ip not in ("", "None")),
        ports=ports,
        type=spec.get("type", "ClusterIP"),
        external_name=spec.get("externalName", ""),
        labels=meta.get("labels") or {},
        annotations=meta.get("annotations") or {},
        selector=spec.get("selector") or {},
        endpoints=endpoints,
        created=meta.get("creationTimestamp", ""),
    )


def _endpoints(found: Object, workloads: Mapping[str, MeshWorkload]) -> Iterator[MeshEndpoint]:
    """Those that are ready."""
    ports = {
        port.get("name") or "": int(port["port"])
        for port in found.get("ports") or ()
        if port.get("port") and port.get("protocol", "TCP") == "TCP"
    }
    for endpoint in found.get("endpoints") or ():
        if (endpoint.get("conditions") or {}).get("ready") is not False:
            ip = endpoint["addresses"][0]
            yield MeshEndpoint(ip, ports, workloads.get(ip), endpoint.get("hostname") or "")


def _istio(store: Store) -> Mapping[str, tuple[Object, ...]]:
    """By kind, whatever their group is called."""
    found: dict[str, list[Object]] = defaultdict(list)
    for resource in store.resources():
        if resource.endswith(GROUP):
            for obj in store.list(resource):
                if obj.get("kind") in ISTIO_KINDS:
                    found[obj["kind"]].append(obj)
    return {kind: tuple(objects) for kind, objects in found.items()}


def _config(store: Store) -> MeshConfig:
    obj = store.get(Key("configmaps", ROOT_NAMESPACE, "istio"))
    settings: Any = None
    if obj is not None:
        try:
            settings = yaml.safe_load((obj.get("data") or {}).get("mesh", ""))
        except yaml.YAMLError:
            settings = None  # istiod keeps its defaults
    settings = settings if isinstance(settings, dict) else {}
    return MeshConfig(
        settings=settings,
        root_namespace=str(settings.get("rootNamespace") or ROOT_NAMESPACE),
        version=_version(istiod_pods(store)),
        trust_domain=str(settings.get("trustDomain") or "cluster.local"),
        trace_sampling=_trace_sampling(istiod_pods(store)),
    )


def _trace_sampling(pods: Iterable[Object]) -> float:
    """istiod's environment has it: 100 in the demo profile."""
    for pod in pods:
        for container in pod["spec"]["containers"]:
            for variable in container.get("env") or ():
                if variable["name"] == "PILOT_TRACE_SAMPLING":
                    with contextlib.suppress(ValueError):
                        return min(100.0, max(0.0, float(variable.get("value") or "")))
    return MeshConfig().trace_sampling


def _version(pods: Iterable[Object]) -> tuple[int, int]:
    for pod in pods:
        for container in pod["spec"]["containers"]:
            if found := re.search(r"/pilot:(\d+)\.(\d+)", container.get("image", "")):
                return int(found[1]), int(found[2])
    return MeshConfig().version


def _repository(image: str) -> str:
    name = image.partition("@")[0]
    return name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name
