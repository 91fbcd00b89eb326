"""What the pods' network knows of the cluster: read from the store, sent to the runtime when it changes."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from runner.practice.containers.cluster_view import (
    Backend,
    ClusterParts,
    NetworkChange,
    PodPort,
    PodView,
    ServicePort,
    ServiceView,
)
from runner.practice.containers.lab_pages import Page, as_plain
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import uid_of
from runner.practice.machinery.store import Change, Key, Object
from runner.practice.node.container_runtime import ContainerRuntime

log = logging.getLogger(__name__)

SLICES, POLICIES = "endpointslices.discovery.k8s.io", "networkpolicies.networking.k8s.io"
INGRESSES, CLASSES = "ingresses.networking.k8s.io", "ingressclasses.networking.k8s.io"
SERVICE_NAME = "kubernetes.io/service-name"
PARTS = frozenset({"nodes", "namespaces", POLICIES, INGRESSES, CLASSES})
GATHERED_FOR = 0.01
"""Seconds in which changes are gathered."""
ENDPOINTS_FOLLOW = 0.05

Place = tuple[str, str]
"""Namespace and name."""


class NetworkWatcher:
    """Follows the store. Nothing is sent while nothing runs; the first time everything is."""

    def __init__(self, cluster: ClusterContext, runtime: ContainerRuntime) -> None:
        self._cluster, self._store, self._runtime = cluster, cluster.store, runtime
        self._has_slices = cluster.registry.by_key(SLICES) is not None
        self._api_server = ""
        self._pages: list[dict[str, Any]] = []
        self._services: dict[Place, ServiceView] = {}
        self._pods: dict[str, PodView] = {}
        self._parts: ClusterParts | None = None
        self._changed_services: set[Place] | None = None
        """Those to look at; None: all."""
        self._changed_pods: set[Key] | None = None
        self._changed_parts = True
        self._soon: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def start(self, api_server: str, pages: Sequence[Page] = ()) -> None:
        """`api_server`: host:port at which the API answers; `pages`: a lab's stand-in pages."""
        self._pages = [as_plain(page) for page in pages]
        if self._runtime.runs:
            self._api_server = api_server
            self._unsubscribe = self._store.subscribe(self._changed)
            self._send_soon()

    def stop(self) -> None:
        if self._unsubscribe:
            self._unsubscribe()
        if self._soon:
            self._soon.cancel()
        if self._sending:
            self._sending.cancel()

    def forget(self) -> None:
        """The runtime knows nothing any more: the next change sends everything."""
        self._services, self._pods, self._parts = {}, {}, None
        self._changed_services, self._changed_pods, self._changed_parts = None, None, True
        self._send_soon()

    async def up_to_date(self) -> None:
        """Returns once the runtime knows what the store has now."""
        while self._runtime.prepared:
            if self._soon is not None or self._changed_services is None:
                if self._soon is not None:
                    self._soon.cancel()
                self._send()
            if self._sending is None or self._sending.done():
                return
            await asyncio.wait([self._sending])

    async def endpoints_up_to_date(self) -> None:
        """The same, once the controllers of endpoints have seen a change that was made just now.

        A kubelet that sends SIGTERM as soon as a pod is deleted races with kube-proxy; a real one is a little slower.
        """
        if self._runtime.prepared:
            await asyncio.sleep(ENDPOINTS_FOLLOW)
            await self.up_to_date()

    def _changed(self, change: Change) -> None:
        resource = change.key.resource
        if resource == "pods":
            if self._changed_pods is not None:
                self._changed_pods.add(change.key)
        elif resource in ("services", "endpoints", SLICES):
            name = change.key.name
            if resource == SLICES:
                name = (change.object["metadata"].get("labels") or {}).get(SERVICE_NAME, "")
            if self._changed_services is not None:
                self._changed_services.add((change.key.namespace, name))
        elif resource in PARTS:
            self._changed_parts = True
        else:
            return
        self._send_soon()

    def _send_soon(self) -> None:
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(GATHERED_FOR, self._send)

    def _send(self) -> None:
        self._soon = None
        if not self._runtime.prepared:
            return  # the first pod is a change, too
        if self._sending is not None and not self._sending.done():
            self._sending.add_done_callback(lambda _: self._send_soon())
            return
        change = self._change()
        if change != NetworkChange():
            self._sending = asyncio.get_running_loop().create_task(self._runtime.change_network(change))
            self._sending.add_done_callback(_log_failure)

    def _change(self) -> NetworkChange:
        """What is new since the last time."""
        places, keys, parts = self._changed_services, self._changed_pods, self._changed_parts
        self._changed_services, self._changed_pods, self._changed_parts = set(), set(), False
        services, services_gone = self._new_services(places)
        pods, pods_gone = self._new_pods(keys)
        made = self._made_parts() if parts else self._parts
        new_parts = made if made != self._parts else None
        self._parts = made
        return NetworkChange(services, services_gone, pods, pods_gone, new_parts)

    def _new_services(self, places: set[Place] | None) -> tuple[list[ServiceView], list[Place]]:
        if places is None:
            found = self._store.list("services")
        else:
            found = [obj for at in places if (obj := self._store.get(Key("services", *at))) is not None]
        gone = [at for at in places or () if self._store.get(Key("services", *at)) is None]
        endpoints = self._endpoints({_place(obj) for obj in found})
        new = []
        for obj in found:
            view = _service_view(obj, endpoints[_place(obj)])
            if self._services.get(_place(obj)) != view:
                self._services[_place(obj)] = view
                new.append(view)
        return new, [at for at in gone if self._services.pop(at, None) is not None]

    def _endpoints(self, places: set[Place]) -> Mapping[Place, list[Object]]:
        """The EndpointSlices of Services, or Endpoints where there is no such kind."""
        found: dict[Place, list[Object]] = defaultdict(list)
        if not places:
            return found
        if not self._has_slices:
            for at in places:
                if (obj := self._store.get(Key("endpoints", *at))) is not None:
                    found[at] = list(_as_slices(obj))
            return found
        for obj in self._store.list(SLICES):
            labels = obj["metadata"].get("labels") or {}
            at = (str(obj["metadata"]["namespace"]), str(labels.get(SERVICE_NAME, "")))
            if at in places and obj.get("addressType", "IPv4") == "IPv4":
                found[at].append(obj)
        return found

    def _new_pods(self, keys: set[Key] | None) -> tuple[list[PodView], list[str]]:
        found = (
            self._store.list("pods")
            if keys is None
            else [obj for key in keys if (obj := self._store.get(key)) is not None]
        )
        views = {uid_of(obj): _pod_view(obj) for obj in found if _has_address(obj)}
        new = [view for uid, view in views.items() if self._pods.get(uid) != view]
        names = {(key.namespace, key.name) for key in keys or ()}
        gone = [
            uid
            for uid, view in self._pods.items()
            if (view.namespace, view.name) in names and uid not in views
        ]
        for uid in gone:
            del self._pods[uid]
        self._pods |= {view.uid: view for view in new}
        return new, gone

    def _made_parts(self) -> ClusterParts:
        store, authority = self._store, self._cluster.settings.ca_certificate
        return ClusterParts(
            nodes=[(obj["metadata"]["name"], _internal_ip(obj)) for obj in store.list("nodes")],
            namespaces=[
                (obj["metadata"]["name"], sorted((obj["metadata"].get("labels") or {}).items()))
                for obj in store.list("namespaces")
            ],
            policies=[_trimmed(obj) for obj in store.list(POLICIES)],
            ingresses=[_trimmed(obj) for obj in store.list(INGRESSES)],
            ingress_classes=[_trimmed(obj) for obj in store.list(CLASSES)],
            pages=self._pages,
            api_server=self._api_server,
            authority=authority,
        )


def _place(obj: Object) -> Place:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _trimmed(obj: Object) -> dict[str, Any]:
    meta = {
        name: obj["metadata"][name]
        for name in ("name", "namespace", "uid", "annotations", "creationTimestamp")
        if name in obj["metadata"]
    }
    return {"metadata": meta, "spec": obj.get("spec") or {}}


def _internal_ip(node: Object) -> str:
    listed = node.get("status", {}).get("addresses") or ()
    return next((entry["address"] for entry in listed if entry["type"] == "InternalIP"), "")


def _has_address(pod: Object) -> bool:
    status = pod.get("status") or {}
    return bool(status.get("podIP")) and status.get("phase") not in ("Succeeded", "Failed")


def _pod_view(pod: Object) -> PodView:
    meta, spec = pod["metadata"], pod["spec"]
    containers = [
        *(each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always"),
        *spec["containers"],
    ]
    ports = [
        PodPort(
            port["containerPort"], port.get("name", ""), port.get("protocol", "TCP"), port.get("hostPort", 0)
        )
        for container in containers
        for port in container.get("ports") or ()
        if port.get("name") or port.get("hostPort")
    ]
    return PodView(
        uid=meta["uid"],
        namespace=meta["namespace"],
        name=meta["name"],
        ip=pod["status"]["podIP"],
        node=spec.get("nodeName", ""),
        labels=sorted((meta.get("labels") or {}).items()),
        ports=ports,
        host_network=bool(spec.get("hostNetwork")),
    )


def _service_view(service: Object, slices: Sequence[Object]) -> ServiceView:
    spec = service["spec"]
    affinity = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    ports = spec.get("ports") or ()
    external = spec.get("type") == "ExternalName"
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ServiceView(
        namespace=service["metadata"]["namespace"],
        name=service["metadata"]["name"],
        cluster_ip="" if external else spec.get("clusterIP", ""),
        ports=[
            ServicePort(
                port["port"], port.get("name", ""), port.get("protocol", "TCP"), port.get("nodePort", 0)
            )
            for port in ports
        ],
        backends=[backend for obj in slices for backend in _backends(obj, ports)],
        external_name=spec.get("externalName", "") if external else "",
        external_ips=[*(spec.get("externalIPs") or ()), *_balancers(ingress)],
        session_affinity=spec.get("sessionAffinity") == "ClientIP",
        affinity_seconds=affinity.get("timeoutSeconds", 10800),
        internal_local=spec.get("internalTrafficPolicy") == "Local",
        external_local=spec.get("externalTrafficPolicy") == "Local",
    )


def _balancers(ingress: Sequence[Object]) -> Iterator[str]:
    """The addresses of load balancers. 127.0.0.1, where no other can be had, is the pod's own for a pod."""
    for each in ingress:
        if each.get("ip") and each["ip"] != "127.0.0.1":
            yield each["ip"]


def _backends(found: Object, ports: Sequence[Object]) -> Iterator[Backend]:
    """The endpoints of a slice that take connections. A slice's ports belong to the Service's by name."""
    numbers = {
        (port.get("name") or "", port.get("protocol") or "TCP"): port.get("port")
        for port in found.get("ports") or ()
    }
    leads = [
        (port["port"], number, port.get("protocol", "TCP"))
        for port in ports
        if (number := numbers.get((port.get("name", ""), port.get("protocol", "TCP"))))
    ]
    for endpoint in found.get("endpoints") or ():
        conditions = endpoint.get("conditions") or {}
        ready = conditions.get("ready") is not False
        if not ready and not (conditions.get("serving") and conditions.get("terminating")):
            continue
        target = endpoint.get("targetRef") or {}
        for address in endpoint["addresses"][:1]:
            yield Backend(
                ip=address,
                ports=leads,
                node=endpoint.get("nodeName", ""),
                hostname=endpoint.get("hostname", ""),
                pod=target.get("uid", ""),
                ready=ready,
            )


def _as_slices(endpoints: Object) -> Iterator[Object]:
    """Endpoints in the form of slices, one for each subset."""
    for subset in endpoints.get("subsets") or ():
        listed = [
            {"addresses": [entry["ip"]], "nodeName": entry.get("nodeName", ""), **_kept(entry)}
            for entry in subset.get("addresses") or ()
        ]
        yield {"endpoints": listed, "ports": subset.get("ports") or ()}


def _kept(entry: Object) -> Object:
    return {name: entry[name] for name in ("hostname", "targetRef") if name in entry}


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("the pods' network was not told of a change", exc_info=task.exception())
