"""What NetworkPolicies let through (networking.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from runner.practice.containers.cluster_index import ClusterIndex
from runner.practice.containers.cluster_view import PodView
from runner.practice.containers.label_matching import selects

Policy = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection: an address, and the pod that has it. Pods of the host's network count as their node."""

    address: str
    pod: PodView | None = None
    node: str = ""


class Policies:
    """Asks the policies of the cluster; what they said is kept until something changes."""

    def __init__(self, index: ClusterIndex) -> None:
        self._index = index
        self._generation = -1
        self._by_namespace: dict[str, list[Policy]] = {}
        self._answers: dict[tuple[str, str, int, str], bool] = {}
        self._labels: dict[str, dict[str, str]] = {}

    def allow(self, source: End, target: End, port: int, protocol: str) -> bool:
        """Whether a connection from there to that port comes through: else its packets are dropped."""
        if self._generation != self._index.generation:
            self._generation = self._index.generation
            self._answers, self._labels, self._by_namespace = {}, {}, {}
            for policy in self._index.parts.policies:
                self._by_namespace.setdefault(policy["metadata"]["namespace"], []).append(policy)
        if not self._by_namespace or source.address == target.address:
            return True
        key = (source.address, target.address, port, protocol)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._ask(source, target, port, protocol)
        return answer

    def _ask(self, source: End, target: End, port: int, protocol: str) -> bool:
        leaves = self._passes("Egress", source.pod, target, port, protocol, target.pod)
        from_its_node = target.pod is not None and source.pod is None and source.node == target.pod.node != ""
        return leaves and (
            from_its_node or self._passes("Ingress", target.pod, source, port, protocol, target.pod)
        )

    def _passes(
        self, direction: str, pod: PodView | None, peer: End, port: int, protocol: str, target: PodView | None
    ) -> bool:
        """Whether the policies that isolate a pod in one direction allow a peer; a pod that none isolates is open."""
        if pod is None:
            return True
        field, side = ("egress", "to") if direction == "Egress" else ("ingress", "from")
        isolated = False
        for policy in self._of(pod, direction):
            isolated = True
            for rule in policy["spec"].get(field) or ():
                peers = rule.get(side) or ()
                if peers and not any(self._is(each, peer, pod.namespace) for each in peers):
                    continue
                ports = rule.get("ports") or ()
                if not ports or any(_has_port(each, port, protocol, target) for each in ports):
                    return True
        return not isolated

    def _of(self, pod: PodView, direction: str) -> Iterator[Policy]:
        for policy in self._by_namespace.get(pod.namespace, ()):
            spec = policy["spec"]
            types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
            if direction in types and selects(spec.get("podSelector") or {}, self._labels_of(pod)):
                yield policy

    def _is(self, peer: Mapping[str, Any], end: End, namespace: str) -> bool:
        if "ipBlock" in peer:
            block = peer["ipBlock"]
            return _within(end.address, block["cidr"]) and not any(
                _within(end.address, each) for each in block.get("except") or ()
            )
        pod = end.pod
        if pod is None:
            return False
        if peer.get("namespaceSelector") is None:
            if pod.namespace != namespace:
                return False
        elif not selects(peer["namespaceSelector"], self._index.namespaces.get(pod.namespace, {})):
            return False
        return selects(peer.get("podSelector") or {}, self._labels_of(pod))

    def _labels_of(self, pod: PodView) -> dict[str, str]:
        if pod.uid not in self._labels:
            self._labels[pod.uid] = dict(pod.labels)
        return self._labels[pod.uid]


def _has_port(wanted: Mapping[str, Any], port: int, protocol: str, target: PodView | None) -> bool:
    if wanted.get("protocol", "TCP") != protocol:
        return False
    number = wanted.get("port")
    if number is None:
        return True
    if isinstance(number, str):
        named = target.ports if target else ()
        return any(each.name == number and each.port == port and each.protocol == protocol for each in named)
    return bool(number <= port <= wanted.get("endPort", number))


@lru_cache(maxsize=4096)
def _within(address: str, cidr: str) -> bool:
    try:
        return ip_address(address) in ip_network(cidr, strict=False)
    except ValueError:
        return False
