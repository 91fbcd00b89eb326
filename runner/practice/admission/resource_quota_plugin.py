"""ResourceQuota: refuses objects that exceed a quota of the namespace, with the real server's messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.kinds.quota_usage import RESOURCE, applies, shown, takes, used
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object

COMPUTE = ("cpu", "memory", "ephemeral-storage")


@enter
class ResourceQuotas(Plugin):
    """Refuses a new object for which a quota of its namespace has no room."""

    name = "ResourceQuota"

    def check(self, request: Request) -> None:
        namespace = request.object["metadata"].get("namespace", "") if request.object else ""
        if request.operation != "CREATE" or not namespace:
            return
        for quota in request.store.list(RESOURCE, namespace):
            if applies(quota, request.kind, request.object):
                _check(request, quota)


def _check(request: Request, quota: Object) -> None:
    """Raise 403 where a quota has no room for the new object."""
    hard: Mapping[str, str] = (quota.get("spec") or {}).get("hard") or {}
    name = quota["metadata"]["name"]
    missing = _unspecified(request.resource, request.object, hard)
    if missing:
        raise request.forbidden(f"failed quota: {name}: must specify {','.join(missing)}")
    wanted = {
        each: amount
        for each, amount in takes(request.kind, request.object).items()
        if each in hard and amount
    }
    if not wanted:
        return
    taken = used(request.store, request.registry, quota)
    over = [each for each in sorted(wanted) if taken[each] + wanted[each] > quantity(str(hard[each]))]
    if over:
        raise request.forbidden(
            f"exceeded quota: {name}, requested: {_listed(over, wanted)}, used: {_listed(over, taken)}, "
            f"limited: {','.join(f'{each}={hard[each]}' for each in over)}"
        )


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


def _listed(names: list[str], amounts: Mapping[str, Fraction]) -> str:
    return ",".join(f"{name}={shown(name, amounts[name])}" for name in names)
