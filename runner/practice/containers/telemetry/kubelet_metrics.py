"""What the kubelets of a cluster tell a Prometheus: /metrics/cadvisor, from what containers use here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from runner.practice.containers.pod_network import PodNetwork
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.telemetry.exposition_format import family, written
from runner.practice.containers.telemetry.label_pairs import Labels, labels_of

_THROUGH_API = re.compile(r"/api/v1/nodes/([^/]+)/proxy(/metrics(?:/cadvisor|/resource|/probes)?)$")
KUBELET_PORT = 10250


def kubelet_answer(network: PodNetwork, host: str, port: int, path: str) -> str | None:
    """The metrics that a kubelet answers there, directly or through the API server's proxy; None where that is no kubelet."""
    addresses = dict(network.index.parts.nodes)
    node = next((name for name, ip in addresses.items() if (ip, KUBELET_PORT) == (host, port)), "")
    if found := _THROUGH_API.match(path):
        node, path = found.groups()
    if node not in addresses:
        return None
    if path in ("/metrics/cadvisor", "/metrics/resource"):
        return "".join(f"{line}\n" for line in _cadvisor(network, node))
    running = sum(1 for pod in network.pods_of_node(node) for _ in pod.containers)
    lines = [
        *family("kubelet_running_pods", "gauge", [written("kubelet_running_pods", (), _pods(network, node))]),
        *family("kubelet_running_containers", "gauge", [written("kubelet_running_containers", (), running)]),
    ]
    return "".join(f"{line}\n" for line in lines)


def _pods(network: PodNetwork, node: str) -> int:
    return sum(1 for pod in network.pods_of_node(node) if pod.containers)


def _cadvisor(network: PodNetwork, node: str) -> Iterator[str]:
    used = []
    for pod in network.pods_of_node(node):
        for each in pod.containers.values():
            container = cast(RunningContainer, each)
            labels = {
                "container": container.config.name,
                "image": container.config.image,
                "namespace": pod.config.namespace,
                "pod": pod.config.name,
            }
            used.append((labels_of(labels), container.usage()))
    yield from _family(
        "container_cpu_usage_seconds_total", "counter", [(labels, cpu) for labels, (cpu, _) in used]
    )
    for name in ("container_memory_working_set_bytes", "container_memory_usage_bytes"):
        yield from _family(name, "gauge", [(labels, memory) for labels, (_, memory) in used])


def _family(name: str, kind: str, values: list[tuple[Labels, float]]) -> Iterator[str]:
    return family(name, kind, (written(name, labels, value) for labels, value in values))
