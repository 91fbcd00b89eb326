"""Endpoints made by hand: their addresses as EndpointSlices, which are what newer clients and proxies read.

As the endpointslicemirroring controller does it: only for Services without a selector, and not for Endpoints that say
`endpointslice.kubernetes.io/skip-mirror` or that hold a leader's lock.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import partial

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.endpoints_controller import CHANGED
from runner.practice.controllers.object_helpers import going, owner_reference
from runner.practice.machinery.generated_names import generated
from runner.practice.machinery.store import Change, Key, Object, key_of

SLICES = "endpointslices.discovery.k8s.io"
SERVICE, MANAGED_BY = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIPPED, LEADER = "endpointslice.kubernetes.io/skip-mirror", "control-plane.alpha.kubernetes.io/leader"
NOT_COPIED = (CHANGED, "kubectl.kubernetes.io/last-applied-configuration")


@enter
class EndpointsMirror(Controller):
    """One slice for each subset and family of addresses of a Service's Endpoints."""

    account = "endpointslicemirroring-controller"
    watches = frozenset({"services", "endpoints", SLICES})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource != SLICES:
            return [Key("endpoints", change.key.namespace, change.key.name)]
        labels = change.object["metadata"].get("labels") or {}
        if labels.get(MANAGED_BY) != MANAGER or SERVICE not in labels:
            return ()
        return [Key("endpoints", change.key.namespace, labels[SERVICE])]

    def reconcile(self, key: Key) -> None:
        if self.cluster.registry.by_key(SLICES) is None:
            return
        endpoints = self.store.get(key)
        service = self.store.get(Key("services", key.namespace, key.name))
        wanted = _slices(endpoints) if endpoints and service and _mirrored(endpoints, service) else []
        held = [found for found in self.store.list(SLICES, key.namespace) if _is_mine(found, key.name)]
        missing = []
        for content in wanted:
            same = next((found for found in held if _same(found, content)), None)
            if same is None:
                missing.append(content)
            else:
                held.remove(same)
        for content in missing:
            if held:
                self.cluster.change(key_of(SLICES, held.pop()), partial(_with, content))
            else:
                self._create(key, content)
        for extra in held:
            self.store.delete(key_of(SLICES, extra))

    def _create(self, key: Key, content: Object) -> None:
        base = f"{key.name}-"
        meta = {"name": generated(base), "generateName": base, "namespace": key.namespace}
        made = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta}
        self.cluster.create(SLICES, _with(content, made))


def _mirrored(endpoints: Object, service: Object) -> bool:
    meta = endpoints["metadata"]
    return not (
        going(endpoints)
        or service["spec"].get("selector")
        or (meta.get("labels") or {}).get(SKIPPED) == "true"
        or LEADER in (meta.get("annotations") or {})
    )


def _is_mine(found: Object, name: str) -> bool:
    labels = found["metadata"].get("labels") or {}
    return labels.get(MANAGED_BY) == MANAGER and labels.get(SERVICE) == name and not going(found)


def _slices(endpoints: Object) -> list[Object]:
    """What the slices hold: `labels`, `annotations` and `ownerReferences` of their metadata, and their content."""
    meta = endpoints["metadata"]
    labels = {**(meta.get("labels") or {}), SERVICE: meta["name"], MANAGED_BY: MANAGER}
    notes = {name: text for name, text in (meta.get("annotations") or {}).items() if name not in NOT_COPIED}
    head = {
        "labels": labels,
        "annotations": notes,
        "ownerReferences": [owner_reference(endpoints, "v1", "Endpoints")],
    }
    found = []
    for subset in endpoints.get("subsets") or ():
        ports = [
            {"name": port.get("name", ""), "port": port["port"], "protocol": port.get("protocol", "TCP")}
            | ({"appProtocol": port["appProtocol"]} if "appProtocol" in port else {})
            for port in subset.get("ports") or ()
        ]
        by_family: dict[str, list[Object]] = {}
        for part, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in subset.get(part) or ():
                family = f"IPv{ipaddress.ip_address(address['ip']).version}"
                by_family.setdefault(family, []).append(_endpoint(address, ready=ready))
        found += [
            {"head": head, "addressType": family, "endpoints": members, "ports": ports}
            for family, members in by_family.items()
        ]
    return found


def _endpoint(address: Object, *, ready: bool) -> Object:
    kept = {name: address[name] for name in ("hostname", "nodeName", "targetRef") if address.get(name)}
    return {"addresses": [address["ip"]], "conditions": {"ready": ready}, **kept}


def _same(found: Object, content: Object) -> bool:
    return found == _with(content, found)


def _with(content: Object, obj: Object) -> Object:
    """The slice with that content."""
    head = {name: value for name, value in content["head"].items() if value}
    kept = {name: value for name, value in obj["metadata"].items() if name not in content["head"]}
    rest = {name: content[name] for name in ("addressType", "endpoints", "ports")}
    return {**obj, "metadata": {**kept, **head}, **rest}
