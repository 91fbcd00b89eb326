"""What keeps a pod off a node, in the order and words of a real scheduler of some minor."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.practice.kinds.node_match import matches_node, tolerated
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object
from runner.practice.node.scheduling.pod_affinity import affinity_reasons
from runner.practice.node.scheduling.scheduling_view import Reason, View, requests
from runner.practice.node.scheduling.topology_spread import spread_reasons
from runner.practice.node.scheduling.volume_filters import used_by_another, volumes_elsewhere

Filter = Callable[[View, Object, Object], list[Reason]]

UNTOLERATED_SINCE = 24
AFFINITY_SINCE, AFFINITY_AND_SELECTOR_SINCE = 20, 21
NEVER_FITS_SINCE = 33
"""The minor since which what is larger than the whole node is no case for preemption."""
TAINTS_FIRST_SINCE = 20
"""The minor since which taints are looked at before affinity, ports and resources."""
_CORDONED = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def reasons(view: View, pod: Object, node: Object) -> list[Reason]:
    """Why the node does not do: of the first filter that it does not pass. Empty where it does."""
    order = _ORDER if view.minor >= TAINTS_FIRST_SINCE else _OLD_ORDER
    return next((found for each in order if (found := each(view, pod, node))), [])


def _unschedulable(view: View, pod: Object, node: Object) -> list[Reason]:
    if node["spec"].get("unschedulable") and not tolerated(pod, _CORDONED):
        return [Reason("node(s) were unschedulable")]
    return []


def _taints(view: View, pod: Object, node: Object) -> list[Reason]:
    for taint in node["spec"].get("taints") or ():
        if taint["effect"] != "PreferNoSchedule" and not tolerated(pod, taint):
            shown = f"{{{taint['key']}: {taint.get('value', '')}}}"
            if view.minor >= UNTOLERATED_SINCE:
                return [Reason(f"node(s) had untolerated taint {shown}")]
            return [Reason(f"node(s) had taint {shown}, that the pod didn't tolerate")]
    return []


def _affinity(view: View, pod: Object, node: Object) -> list[Reason]:
    if matches_node(pod, node):
        return []
    if view.minor >= AFFINITY_AND_SELECTOR_SINCE:
        return [Reason("node(s) didn't match Pod's node affinity/selector")]
    if view.minor >= AFFINITY_SINCE:
        return [Reason("node(s) didn't match Pod's node affinity")]
    return [Reason("node(s) didn't match node selector")]


def _ports(view: View, pod: Object, node: Object) -> list[Reason]:
    wanted = list(host_ports(pod))
    if not wanted:
        return []
    taken = [port for other in view.on.get(node["metadata"]["name"], ()) for port in host_ports(other)]
    if any(_clash(one, other) for one in wanted for other in taken):
        return [Reason("node(s) didn't have free ports for the requested pod ports", curable=True)]
    return []


def host_ports(pod: Object) -> Iterator[tuple[str, str, int]]:
    """(host's address, protocol, port) of each port of the node that a pod takes."""
    own = bool(pod["spec"].get("hostNetwork"))
    for container in pod["spec"].get("containers") or ():
        for port in container.get("ports") or ():
            number = port.get("hostPort") or (port.get("containerPort") if own else 0)
            if number:
                yield port.get("hostIP") or "0.0.0.0", port.get("protocol", "TCP"), int(number)  # noqa: S104


def _clash(one: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
    everywhere = "0.0.0.0"  # noqa: S104 - an address that is compared
    return one[1:] == other[1:] and (one[0] == other[0] or everywhere in (one[0], other[0]))


def _room(view: View, pod: Object, node: Object) -> list[Reason]:
    used = view.asked(node["metadata"]["name"])
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    found = []
    for resource, amount in requests(pod).items():
        room = quantity(allocatable.get(resource, "0"))
        if amount and used.get(resource, 0) + amount > room:
            words = "Too many pods" if resource == "pods" else f"Insufficient {resource}"
            never = amount > room and view.minor >= NEVER_FITS_SINCE
            found.append(Reason(words, curable=not never))
    return found


_ORDER: tuple[Filter, ...] = (
    _unschedulable,
    _taints,
    _affinity,
    _ports,
    _room,
    used_by_another,
    volumes_elsewhere,
    spread_reasons,
    affinity_reasons,
)
_OLD_ORDER: tuple[Filter, ...] = (
    _unschedulable,
    _room,
    _ports,
    _affinity,
    _taints,
    used_by_another,
    volumes_elsewhere,
    spread_reasons,
    affinity_reasons,
)
