"""What a namespace uses of the resources that ResourceQuotas limit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object, Store

RESOURCE = "resourcequotas"
ENDED = ("Succeeded", "Failed")
COUNTED = (
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
)


def used(store: Store, name: str, namespace: str) -> str:
    """What a namespace uses of one of a quota's resources, as quotas tell it."""
    if name in COUNTED:
        return str(len(_counted(store, name, namespace)))
    if name.startswith("count/"):
        return str(len(_counted(store, name.removeprefix("count/"), namespace)))
    if name in ("services.loadbalancers", "services.nodeports"):
        kinds = ("LoadBalancer",) if name.endswith("loadbalancers") else ("LoadBalancer", "NodePort")
        services = store.list("services", namespace)
        return str(sum(service["spec"].get("type") in kinds for service in services))
    amounts = _amounts(store, name, namespace)
    return shown(sum(amounts, Fraction(0)), memory="memory" in name or "storage" in name)


def _counted(store: Store, resource: str, namespace: str) -> list[Object]:
    found = store.list(resource, namespace)
    if resource != "pods":
        return found
    return [pod for pod in found if pod.get("status", {}).get("phase") not in ENDED]


def _amounts(store: Store, name: str, namespace: str) -> Iterator[Fraction]:
    if name == "requests.storage":
        for claim in store.list("persistentvolumeclaims", namespace):
            message = (claim["spec"].get("resources") or {}).get("requests") or {}
            yield quantity(message.get("storage", "0"))
        return
    part, _, resource = name.rpartition(".")
    for pod in _counted(store, "pods", namespace):
        for container in pod["spec"].get("containers") or ():
            message = (container.get("resources") or {}).get(part or "requests") or {}
            yield quantity(message.get(resource, "0"))


def shown(amount: Fraction, *, memory: bool) -> str:
    """A quantity in the form in which quotas tell it: 750m, 2, 1536Mi, 1Gi."""
    if not memory:
        return str(int(amount)) if amount.denominator == 1 else f"{int(amount * 1000)}m"
    for unit, size in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return str(int(amount))
