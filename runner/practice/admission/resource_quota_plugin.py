"""ResourceQuotas at admission: what a namespace may not have more of is refused, in the real server's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.kinds.quota_usage import COUNTED, RESOURCE, shown, used
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.errors import forbidden
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object, Store

COMPUTE = ("cpu", "memory", "ephemeral-storage")


@enter
class ResourceQuotas(Plugin):
    """Refuses a new object for which a quota of its namespace has no room."""

    name = "ResourceQuota"

    def check(self, request: Request) -> None:
        if request.operation == "CREATE":
            check_quota(request.store, request.resource, request.object)


def check_quota(store: Store, resource: str, obj: Object) -> None:
    """Raise 403 where one of the namespace's quotas has no room for a new object (plugin ResourceQuota)."""
    namespace = obj["metadata"].get("namespace", "")
    for quota in store.list(RESOURCE, namespace) if namespace else ():
        hard: Mapping[str, str] = quota["spec"].get("hard") or {}
        wanted = {name: amount for name, amount in _asked(resource, obj) if name in hard and amount}
        name = obj["metadata"].get("name") or obj["metadata"].get("generateName", "")
        missing = _unspecified(resource, obj, hard)
        if missing:
            message = f"failed quota: {quota['metadata']['name']}: must specify {','.join(missing)}"
            raise forbidden(resource, name, message)
        over = [
            each
            for each in sorted(wanted)
            if _used(store, each, namespace) + wanted[each] > quantity(hard[each])
        ]
        if over:
            taken = {each: _shown(each, _used(store, each, namespace)) for each in over}
            raise forbidden(
                resource,
                name,
                f"exceeded quota: {quota['metadata']['name']}, "
                f"requested: {_listed({each: _shown(each, wanted[each]) for each in over})}, "
                f"used: {_listed(taken)}, limited: {_listed({each: hard[each] for each in over})}",
            )


def _asked(resource: str, obj: Object) -> Iterator[tuple[str, Fraction]]:
    """What one object takes, by the names that quotas have for it."""
    if resource in COUNTED:
        yield resource, Fraction(1)
    yield f"count/{resource}", Fraction(1)
    if resource == "services":
        kind = obj["spec"].get("type")
        yield "services.loadbalancers", Fraction(kind == "LoadBalancer")
        yield "services.nodeports", Fraction(kind in ("LoadBalancer", "NodePort"))
    if resource == "persistentvolumeclaims":
        asked = (obj["spec"].get("resources") or {}).get("requests") or {}
        yield "requests.storage", quantity(asked.get("storage", "0"))
    if resource == "pods":
        for part in ("requests", "limits"):
            for each in COMPUTE:
                amount = sum(
                    (quantity(message.get(each, "0")) for message in _resources(obj, part)), Fraction(0)
                )
                yield f"{part}.{each}", amount
                if part == "requests":
                    yield each, amount


def _unspecified(resource: str, obj: Object, hard: Mapping[str, str]) -> list[str]:
    """A quota of a compute resource wants every container to say how much of it it takes."""
    if resource != "pods":
        return []
    found = []
    for name in sorted(hard):
        part, _, each = name.rpartition(".")
        compute = each in COMPUTE and part in ("", "requests", "limits")
        if compute and any(each not in message for message in _resources(obj, part or "requests")):
            found.append(name)
    return found


def _resources(pod: Object, part: str) -> Iterator[Mapping[str, str]]:
    for container in pod["spec"].get("containers") or ():
        message = container.get("resources") or {}
        yield (
            {**(message.get("limits") or {}), **(message.get("requests") or {})}
            if part == "requests"
            else message.get(part) or {}
        )


def _used(store: Store, name: str, namespace: str) -> Fraction:
    return quantity(used(store, name, namespace))


def _shown(name: str, amount: Fraction) -> str:
    return shown(amount, memory="memory" in name or "storage" in name)


def _listed(amounts: Mapping[str, str]) -> str:
    return ",".join(f"{name}={amounts[name]}" for name in sorted(amounts))
