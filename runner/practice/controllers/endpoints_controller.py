"""Endpoints and EndpointSlices: the addresses of the pods behind a Service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.object_helpers import (
    going,
    is_ready,
    name_of,
    namespace_of,
    now,
    owner_reference,
    uid_of,
)
from runner.practice.machinery.generated_names import generated
from runner.practice.machinery.store import Change, Key, Object, key_of

CHANGED = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS = "service.kubernetes.io/headless"
MANAGED_SINCE = 33
ENDED = ("Succeeded", "Failed")


class _OfServices(Controller):
    """What both kinds have in common: they follow Services and pods."""

    target: ClassVar[str]

    def keys(self, change: Change) -> Iterable[Key]:
        resource = change.key.resource
        if resource == "services":
            return [change.key]
        if resource == "pods":
            return self._selecting(change)
        return self._of_target(change)

    def _of_target(self, change: Change) -> Iterable[Key]:
        raise NotImplementedError

    def _selecting(self, change: Change) -> Iterable[Key]:
        found = []
        for service in self.store.list("services", change.key.namespace):
            selector = service["spec"].get("selector")
            if selector and any(obj and selects(selector, obj) for obj in (change.object, change.previous)):
                found.append(key_of("services", service))
        return found

    def _pods(self, service: Object) -> list[Object]:
        """The pods that it selects and that have an address, ended ones aside."""
        return [
            pod
            for pod in self.store.list("pods", namespace_of(service))
            if selects(service["spec"]["selector"], pod)
            and pod.get("status", {}).get("podIP")
            and pod["status"].get("phase") not in ENDED
        ]


@enter
class Endpoints(_OfServices):
    """The older kind: one object, ready and not ready addresses apart."""

    account = "endpoint-controller"
    watches = frozenset({"services", "pods", "endpoints"})

    def _of_target(self, change: Change) -> Iterable[Key]:
        return [Key("services", change.key.namespace, change.key.name)] if change.type == "DELETED" else ()

    def reconcile(self, key: Key) -> None:
        service = self.store.get(key)
        target = Key("endpoints", key.namespace, key.name)
        if service is None or going(service):
            found = self.store.get(target)
            if found is not None and service is None:
                self.store.delete(target)
            return
        if not service["spec"].get("selector"):
            return
        subsets = self._subsets(service)
        labels = dict(service["metadata"].get("labels") or {})
        if service["spec"].get("clusterIP") == "None":
            labels[HEADLESS] = ""
        if self.cluster.minor >= MANAGED_SINCE:
            labels["endpoints.kubernetes.io/managed-by"] = "endpoint-controller"

        def change(obj: Object) -> Object | None:
            same = (obj.get("subsets") or [], obj["metadata"].get("labels") or {}) == (subsets, labels)
            return None if same else _made(obj, subsets, labels)

        if self.cluster.change(target, change) is None:
            meta = {"name": key.name, "namespace": key.namespace}
            made = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta}
            self.cluster.create("endpoints", _made(made, subsets, labels))

    def _subsets(self, service: Object) -> list[Object]:
        by_ports: dict[tuple[tuple[str, int, str], ...], Object] = {}
        everybody = service["spec"].get("publishNotReadyAddresses", False)
        for pod in self._pods(service):
            if going(pod) and not everybody:
                continue
            ports = tuple(
                (str(port.get("name", "")), number, port.get("protocol", "TCP"))
                for port, number in resolved_ports(service, pod)
            )
            if not ports and service["spec"].get("ports"):
                continue
            subset = by_ports.setdefault(ports, {"addresses": [], "notReadyAddresses": []})
            ready = everybody or is_ready(pod)
            subset["addresses" if ready else "notReadyAddresses"].append(_address(service, pod))
        return [_subset(ports, found) for ports, found in sorted(by_ports.items(), key=lambda item: item[0])]


def _made(obj: Object, subsets: list[Object], labels: dict[str, str]) -> Object:
    meta = {**obj["metadata"], "labels": labels}
    meta["annotations"] = {**(obj["metadata"].get("annotations") or {}), CHANGED: now()}
    made = {**obj, "metadata": meta, "subsets": subsets}
    if not subsets:
        del made["subsets"]
    return made


def _subset(ports: tuple[tuple[str, int, str], ...], found: Object) -> Object:
    subset: Object = {
        part: sorted(entries, key=lambda entry: _ip_order(entry["ip"]))
        for part, entries in found.items()
        if entries
    }
    listed = [
        {"name": name, "port": port, "protocol": protocol} if name else {"port": port, "protocol": protocol}
        for name, port, protocol in ports
    ]
    return subset | ({"ports": listed} if listed else {})


def _address(service: Object, pod: Object) -> Object:
    target = {"kind": "Pod", "name": name_of(pod), "namespace": namespace_of(pod), "uid": uid_of(pod)}
    address: Object = {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": target}
    return address | _hostname(service, pod)


def _hostname(service: Object, pod: Object) -> Object:
    """The name of its own that an endpoint gets where the Service is the pod's subdomain."""
    named = pod["spec"].get("hostname") and pod["spec"].get("subdomain") == name_of(service)
    return {"hostname": pod["spec"]["hostname"]} if named else {}


def _ip_order(ip: str) -> tuple[int, ...]:
    return tuple(int(part) for part in ip.split("."))


def selects(selector: dict[str, str], obj: Object) -> bool:
    """Whether a Service's selector takes an object's labels."""
    labels = obj["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in selector.items())


def resolved_ports(service: Object, pod: Object) -> list[tuple[Object, int]]:
    """The Service's ports, each with the pod's port that it leads to; a name that the pod lacks leaves it out."""
    found = []
    for port in service["spec"].get("ports") or ():
        target: Any = port.get("targetPort", port["port"])
        if isinstance(target, str) and not target.isdigit():
            target = next(
                (
                    entry["containerPort"]
                    for container in pod["spec"].get("containers") or ()
                    for entry in container.get("ports") or ()
                    if entry.get("name") == target
                    and entry.get("protocol", "TCP") == port.get("protocol", "TCP")
                ),
                None,
            )
        if target:
            found.append((port, int(target)))
    return found


@enter
class EndpointSlices(_OfServices):
    """The newer kind: one slice a Service here, with the conditions of each endpoint."""

    account = "endpointslice-controller"
    watches = frozenset({"services", "pods", "endpointslices.discovery.k8s.io"})
    resource: ClassVar[str] = "endpointslices.discovery.k8s.io"
    service_label: ClassVar[str] = "kubernetes.io/service-name"
    manager: ClassVar[str] = "endpointslice-controller.k8s.io"

    def _of_target(self, change: Change) -> Iterable[Key]:
        name = (change.object["metadata"].get("labels") or {}).get(self.service_label)
        return [Key("services", change.key.namespace, name)] if name and change.type == "DELETED" else ()

    def reconcile(self, key: Key) -> None:
        if self.cluster.registry.by_key(self.resource) is None:
            return
        service = self.store.get(key)
        if service is None or going(service) or not service["spec"].get("selector"):
            return  # the slices of a Service that is gone are garbage: it owns them
        content = self._content(service)
        mine = [
            found for found in self.store.list(self.resource, key.namespace) if self._is_mine(found, service)
        ]
        for extra in mine[1:]:
            self.store.delete(key_of(self.resource, extra))
        if mine:

            def change(obj: Object) -> Object | None:
                same = all(obj.get(name) == value for name, value in content.items())
                return None if same else _changed({**obj, **content})

            self.cluster.change(key_of(self.resource, mine[0]), change)
            return
        base = f"{key.name}-"
        labels = {**(service["metadata"].get("labels") or {}), self.service_label: key.name}
        labels["endpointslice.kubernetes.io/managed-by"] = self.manager
        if service["spec"].get("clusterIP") == "None":
            labels[HEADLESS] = ""
        meta = {
            "name": generated(base),
            "generateName": base,
            "namespace": key.namespace,
            "labels": labels,
            "ownerReferences": [owner_reference(service, "v1", "Service")],
        }
        if content["endpoints"]:
            meta["annotations"] = {CHANGED: now()}
        made = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta}
        self.cluster.create(self.resource, {**made, "addressType": "IPv4", **content})

    def _is_mine(self, found: Object, service: Object) -> bool:
        labels = found["metadata"].get("labels") or {}
        managed = labels.get("endpointslice.kubernetes.io/managed-by") == self.manager
        return managed and labels.get(self.service_label) == name_of(service) and not going(found)

    def _content(self, service: Object) -> Object:
        pods = sorted(self._pods(service), key=lambda pod: _ip_order(pod["status"]["podIP"]))
        resolved = next((found for pod in pods if (found := resolved_ports(service, pod))), None)
        ports: Any = None  # no pod leads anywhere yet
        if resolved:
            ports = [
                {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
                for port, number in resolved
            ]
        everybody = service["spec"].get("publishNotReadyAddresses", False)
        endpoints = [_endpoint(service, pod, everybody=everybody) for pod in pods]
        return {"endpoints": endpoints or None, "ports": ports}


def _changed(obj: Object) -> Object:
    notes = {**(obj["metadata"].get("annotations") or {}), CHANGED: now()}
    return {**obj, "metadata": {**obj["metadata"], "annotations": notes}}


def _endpoint(service: Object, pod: Object, *, everybody: bool) -> Object:
    serving = is_ready(pod)
    conditions = {
        "ready": everybody or (serving and not going(pod)),
        "serving": serving,
        "terminating": going(pod),
    }
    target = {"kind": "Pod", "name": name_of(pod), "namespace": namespace_of(pod), "uid": uid_of(pod)}
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": conditions,
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": target,
        **_hostname(service, pod),
    }
