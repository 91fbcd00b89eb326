"""What a Service loses when its type changes: values that the new type has no use for and nobody changed.

From kube-apiserver's strategy of Services (dropTypeDependentFields), measured on 1.20.2.
"""

from __future__ import annotations

from runner.practice.machinery.kind import Object

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_WITH_CLUSTER_IP = ("ClusterIP", "NodePort", "LoadBalancer")
_WITH_NODE_PORT = ("NodePort", "LoadBalancer")
_LOAD_BALANCER = ("LoadBalancer",)


def drop_unused_fields(new: Object, old: Object) -> Object:
    """`new`, which replaces `old`, without what came with the former type."""
    spec, before = {**new.get("spec", {})}, old.get("spec", {})

    def left(types: tuple[str, ...]) -> bool:
        return before.get("type") in types and spec.get("type") in _TYPES and spec.get("type") not in types

    def drop(*names: str) -> None:
        for name in names:
            if spec.get(name) == before.get(name):
                spec.pop(name, None)

    address = spec.get("clusterIP")
    if address and address != before.get("clusterIP") and spec.get("clusterIPs") == before.get("clusterIPs"):
        spec["clusterIPs"] = [
            address,
            *(spec.get("clusterIPs") or ())[1:],
        ]  # one field was changed, and both are meant
    if left(_WITH_CLUSTER_IP):
        drop("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy")
    if left(_WITH_NODE_PORT):
        drop("externalTrafficPolicy")
        if _node_ports(spec) == _node_ports(before):
            spec["ports"] = [
                {name: value for name, value in port.items() if name != "nodePort"}
                for port in spec.get("ports") or ()
            ]
    if left(_LOAD_BALANCER):
        drop("allocateLoadBalancerNodePorts", "loadBalancerClass")
    if _checked(before) and not _checked(spec):
        drop("healthCheckNodePort")
    return {**new, "spec": spec}


def _node_ports(spec: Object) -> list[int]:
    return [port.get("nodePort", 0) for port in spec.get("ports") or ()]


def _checked(spec: Object) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"
