"""kubernetes_sd_configs: targets with their __meta_kubernetes_* labels, from the cluster's API (discovery/kubernetes)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Object = Mapping[str, Any]
Labels = dict[str, str]
_META = "__meta_kubernetes_"
_INVALID = re.compile(r"[^a-zA-Z0-9_]")

PATHS = {
    "pod": ("/api/v1", "pods"),
    "node": ("/api/v1", "nodes"),
    "service": ("/api/v1", "services"),
    "endpoints": ("/api/v1", "endpoints"),
    "endpointslice": ("/apis/discovery.k8s.io/v1", "endpointslices"),
    "ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
}
"""By role: where the objects are. endpoints and endpointslice need those of service and pod, too."""


def needed(role: str) -> Sequence[str]:
    """The roles whose objects that role's targets are made of."""
    return (role, "service", "pod") if role in ("endpoints", "endpointslice") else (role,)


def discovered(role: str, objects: Mapping[str, Sequence[Object]]) -> Iterator[Labels]:
    """The targets of a role; `objects` by the roles of `needed`."""
    if role in ("endpoints", "endpointslice"):
        yield from _endpoints(role, objects)
        return
    make = {"pod": _pods, "node": _nodes, "service": _services, "ingress": _ingresses}[role]
    for each in objects[role]:
        yield from make(each)


def _meta(kind: str, obj: Object) -> Labels:
    """Labels and annotations of an object, as meta labels."""
    meta = obj["metadata"]
    found = {f"{_META}{kind}_name": meta["name"]}
    for what, values in (("label", meta.get("labels")), ("annotation", meta.get("annotations"))):
        for key, value in (values or {}).items():
            name = _INVALID.sub("_", key)
            found[f"{_META}{kind}_{what}_{name}"] = value
            found[f"{_META}{kind}_{what}present_{name}"] = "true"
    if meta.get("namespace"):
        found[f"{_META}namespace"] = meta["namespace"]
    return found


def _pod_labels(pod: Object) -> Labels:
    status, spec = pod.get("status") or {}, pod.get("spec") or {}
    owner: Object = next(
        (each for each in pod["metadata"].get("ownerReferences") or () if each.get("controller")), {}
    )
    ready = next(
        (each["status"] for each in status.get("conditions") or () if each["type"] == "Ready"), "unknown"
    )
    return {
        **_meta("pod", pod),
        f"{_META}pod_ip": status.get("podIP", ""),
        f"{_META}pod_ready": ready.lower(),
        f"{_META}pod_phase": status.get("phase", ""),
        f"{_META}pod_node_name": spec.get("nodeName", ""),
        f"{_META}pod_host_ip": status.get("hostIP", ""),
        f"{_META}pod_uid": pod["metadata"].get("uid", ""),
        f"{_META}pod_controller_kind": owner.get("kind", ""),
        f"{_META}pod_controller_name": owner.get("name", ""),
    }  # fmt: skip


def _pods(pod: Object) -> Iterator[Labels]:
    address = (pod.get("status") or {}).get("podIP")
    if not address:
        return
    common = _pod_labels(pod)
    spec = pod["spec"]
    for init, containers in (("false", spec.get("containers")), ("true", spec.get("initContainers"))):
        for container in containers or ():
            of_container = {
                **common,
                f"{_META}pod_container_name": container["name"],
                f"{_META}pod_container_image": container.get("image", ""),
                f"{_META}pod_container_init": init,
            }
            if not container.get("ports"):
                yield {**of_container, "__address__": address}
            for port in container.get("ports") or ():
                yield {
                    **of_container,
                    "__address__": f"{address}:{port['containerPort']}",
                    f"{_META}pod_container_port_number": str(port["containerPort"]),
                    f"{_META}pod_container_port_name": port.get("name", ""),
                    f"{_META}pod_container_port_protocol": port.get("protocol", "TCP"),
                }


def _nodes(node: Object) -> Iterator[Labels]:
    addresses = (node.get("status") or {}).get("addresses") or ()
    internal = next((each["address"] for each in addresses if each["type"] == "InternalIP"), "")
    if internal:
        name = node["metadata"]["name"]
        yield {**_meta("node", node), "__address__": f"{internal}:10250", "instance": name}


def _services(service: Object) -> Iterator[Labels]:
    meta, spec = service["metadata"], service.get("spec") or {}
    for port in spec.get("ports") or ():
        yield {
            **_meta("service", service),
            "__address__": f"{meta['name']}.{meta['namespace']}.svc:{port['port']}",
            f"{_META}service_cluster_ip": spec.get("clusterIP", ""),
            f"{_META}service_port_name": port.get("name", ""),
            f"{_META}service_port_number": str(port["port"]),
            f"{_META}service_port_protocol": port.get("protocol", "TCP"),
            f"{_META}service_type": spec.get("type", "ClusterIP"),
        }


def _ingresses(ingress: Object) -> Iterator[Labels]:
    for rule in (ingress.get("spec") or {}).get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ({"path": "/"},):
            yield {
                **_meta("ingress", ingress),
                "__address__": rule.get("host", ""),
                f"{_META}ingress_scheme": "http",
                f"{_META}ingress_host": rule.get("host", ""),
                f"{_META}ingress_path": path.get("path", "/"),
            }


def _endpoints(role: str, objects: Mapping[str, Sequence[Object]]) -> Iterator[Labels]:
    services = {_key(each): each for each in objects["service"]}
    pods = {_key(each): each for each in objects["pod"]}
    for each in objects[role]:
        namespace = each["metadata"]["namespace"]
        labels = each["metadata"].get("labels") or {}
        name = labels.get("kubernetes.io/service-name") or each["metadata"]["name"]
        common = _meta(role, each)
        service = services.get((namespace, name))
        if service is not None:
            common |= _meta("service", service)
        kind = role
        for address, reference, ready, node, ports in _addresses(each):
            pod = pods.get((namespace, reference.get("name", ""))) if reference.get("kind") == "Pod" else None
            for port in ports or ({},):
                number = port.get("port")
                yield {
                    **common,
                    **(_pod_labels(pod) if pod is not None else {}),
                    "__address__": f"{address}:{number}" if number else address,
                    f"{_META}{kind}_port_name": port.get("name", ""),
                    f"{_META}endpoint_port_name": port.get("name", ""),
                    f"{_META}endpoint_ready": str(ready).lower(),
                    f"{_META}endpoint_node_name": node,
                    f"{_META}endpoint_address_target_kind": reference.get("kind", ""),
                    f"{_META}endpoint_address_target_name": reference.get("name", ""),
                }


def _addresses(obj: Object) -> Iterator[tuple[str, Object, bool, str, Sequence[Object]]]:
    """(address, targetRef, ready, node, ports) of Endpoints or an EndpointSlice."""
    for subset in obj.get("subsets") or ():
        for name, ready in (("addresses", True), ("notReadyAddresses", False)):
            for each in subset.get(name) or ():
                node = each.get("nodeName", "")
                yield each["ip"], each.get("targetRef") or {}, ready, node, subset.get("ports") or ()
    for endpoint in obj.get("endpoints") or ():
        ready = (endpoint.get("conditions") or {}).get("ready", True)
        for address in endpoint.get("addresses") or ():
            node, reference = endpoint.get("nodeName", ""), endpoint.get("targetRef") or {}
            yield address, reference, ready, node, obj.get("ports") or ()


def _key(obj: Object) -> tuple[str, str]:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]
