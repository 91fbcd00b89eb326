"""The cluster as the scheduler sees it at one moment: nodes, and the pods on each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from runner.practice.controllers.object_helpers import going
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object, Store

ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node does not do. `curable`: it would if some of its pods were gone."""

    words: str
    curable: bool = False


@dataclass(slots=True)
class View:
    """`on` has the pods of each node by its name; those that wait with a nomination may be among them."""

    nodes: list[Object]
    on: Mapping[str, list[Object]]
    namespaces: Mapping[str, Mapping[str, str]]
    minor: int
    store: Store | None = None
    """Where claims and volumes are."""
    _asked: dict[str, dict[str, Fraction]] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, minor: int, pod: Object | None = None) -> View:
        """As the store has it. Where `pod` is to be scheduled, those of its rank that are nominated count, too."""
        on: dict[str, list[Object]] = defaultdict(list)
        for each in store.list("pods"):
            node = each["spec"].get("nodeName")
            if not node and pod is not None and _goes_first(each, pod):
                node = each.get("status", {}).get("nominatedNodeName")
            if node and each.get("status", {}).get("phase") not in ENDED:
                on[node].append(each)
        labels = {
            each["metadata"]["name"]: each["metadata"].get("labels") or {}
            for each in store.list("namespaces")
        }
        return cls(store.list("nodes"), on, labels, minor, store)

    def without(self, node: str, gone: Iterable[Object]) -> View:
        """The same without some pods of a node."""
        uids = {pod["metadata"]["uid"] for pod in gone}
        left = [pod for pod in self.on.get(node, ()) if pod["metadata"]["uid"] not in uids]
        return View(self.nodes, {**self.on, node: left}, self.namespaces, self.minor, self.store)

    def asked(self, node: str) -> dict[str, Fraction]:
        """What the pods of a node ask for, by resource."""
        if node not in self._asked:
            total: dict[str, Fraction] = {}
            for pod in self.on.get(node, ()):
                for resource, amount in requests(pod).items():
                    total[resource] = total.get(resource, Fraction(0)) + amount
            self._asked[node] = total
        return self._asked[node]

    def placed(self) -> Iterable[tuple[Object, Object]]:
        """Each pod with its node."""
        for node in self.nodes:
            for pod in self.on.get(node["metadata"]["name"], ()):
                yield pod, node


def priority(pod: Object) -> int:
    return int(pod["spec"].get("priority") or 0)


def labels_of(obj: Object) -> Mapping[str, str]:
    found: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return found


def _goes_first(other: Object, pod: Object) -> bool:
    same = other["metadata"]["uid"] == pod["metadata"]["uid"]
    return not same and not going(other) and priority(other) >= priority(pod)


def requests(pod: Object) -> dict[str, Fraction]:
    """What a pod asks a node for: the sum of its containers, or its largest init container; and one pod."""
    total: dict[str, Fraction] = {"pods": Fraction(1)}
    beside: dict[str, Fraction] = {}
    for container in pod["spec"].get("containers") or ():
        _add(total, _requested(container))
    for container in pod["spec"].get("initContainers") or ():
        asked = _requested(container)
        if container.get("restartPolicy") == "Always":  # a sidecar stays beside all that come after it
            _add(total, asked)
            _add(beside, asked)
            continue
        for resource, amount in asked.items():
            alone = amount + beside.get(resource, Fraction(0))
            total[resource] = max(total.get(resource, Fraction(0)), alone)
    _add(total, {name: quantity(message) for name, message in (pod["spec"].get("overhead") or {}).items()})
    return total


def _add(total: dict[str, Fraction], more: Mapping[str, Fraction]) -> None:
    for resource, amount in more.items():
        total[resource] = total.get(resource, Fraction(0)) + amount


def _requested(container: Object) -> dict[str, Fraction]:
    message = container.get("resources") or {}
    asked = {**(message.get("limits") or {}), **(message.get("requests") or {})}
    return {resource: quantity(amount) for resource, amount in asked.items()}
