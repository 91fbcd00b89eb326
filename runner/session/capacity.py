"""Free capacity of the cluster's nodes: allocatable resources minus the pods' requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from checks.base import CannotRead, ClusterView, Finding, Object, Outcome, Verdict
from runner.labs.model import Capacity
from runner.practice.machinery.quantity import quantity
from runner.words import Phrase, phrase

NAMES = {"cpu": phrase("CPU"), "memory": phrase("memory")}
_ENDED = ("Succeeded", "Failed")
_UNITS = (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


async def examine(wanted: Capacity, cluster: ClusterView) -> list[Outcome]:
    """One outcome per required amount.

    Too little is PENDING, not FAILED: requests are estimates, and an autoscaler may add a node. If nodes or pods
    can't be listed it is SKIPPED. Neither keeps a lab from starting: a pod that does not fit will report it.
    """
    amounts = {name: amount for name in NAMES if (amount := getattr(wanted, name))}
    try:
        nodes = [node for node in await cluster.list("v1", "Node") if _takes_pods(node)]
        pods = await cluster.list("v1", "Pod")
    except CannotRead as error:
        why = phrase("can't be judged: {reason}", reason=error.message)
        return [Outcome(Verdict.SKIPPED, _expected(name, amount), why) for name, amount in amounts.items()]
    return [_judged(name, amount, nodes, pods) for name, amount in amounts.items()]


def _judged(name: str, wanted: str, nodes: Sequence[Object], pods: Sequence[Object]) -> Outcome:
    total, free = room(name, nodes, pods)
    found = phrase("{free} of {total} free", free=shown(name, free), total=shown(name, total))
    if free >= quantity(wanted):
        return Outcome(Verdict.PASSED, _expected(name, wanted), found)
    cause = phrase("The cluster's pods have requested almost all of its resources: {found}", found=found)
    if not nodes:
        cause = phrase("No node of the cluster is ready for new pods.")
    remedy = phrase(
        "Some pods may stay Pending. Remove what is not needed, give the cluster more {name} (kind, minikube: of the "
        "virtual machine), or use the practice cluster.",
        name=NAMES[name],
    )
    return Outcome(Verdict.PENDING, _expected(name, wanted), found, (Finding("no-room", cause, remedy),))


def room(name: str, nodes: Sequence[Object], pods: Sequence[Object]) -> tuple[Fraction, Fraction]:
    """What the nodes can give of a resource in all, and how much of it no pod of theirs has requested."""
    total = sum((_amount(_of(node, "status", "allocatable").get(name)) for node in nodes), Fraction(0))
    names = {node["metadata"]["name"] for node in nodes}
    taken = sum((requested(name, pod) for pod in pods if _runs_on(pod, names)), Fraction(0))
    return total, total - taken


def requested(name: str, pod: Object) -> Fraction:
    """What a pod requests of a resource, as the scheduler counts it."""
    spec = pod.get("spec") or {}
    whole = _of(spec, "resources", "requests").get(name)  # of the pod as a whole, since 1.32
    overhead = _amount((spec.get("overhead") or {}).get(name))
    if whole is not None:
        return _amount(whole) + overhead
    inits = list(_requests(name, spec.get("initContainers")))
    sidecars = sum((amount for stays, amount in inits if stays), Fraction(0))
    running = sum((amount for _, amount in _requests(name, spec.get("containers"))), sidecars)
    starting = max((amount for stays, amount in inits if not stays), default=Fraction(0))
    return max(running, starting) + overhead


def shown(name: str, amount: Fraction) -> str:
    """An amount for people: CPU with at most one decimal or in m, memory in Gi or Mi."""
    amount = max(amount, Fraction(0))
    if name == "cpu":
        return f"{float(amount):.1f}".removesuffix(".0") if amount >= 1 else f"{round(amount * 1000)}m"
    for unit, size in _UNITS:
        if amount >= size:
            return f"{float(amount / size):.1f}".removesuffix(".0") + unit
    return str(round(amount))


def _expected(name: str, wanted: str) -> Phrase:
    return phrase("Free {name} on the nodes: {wanted}", name=NAMES[name], wanted=wanted)


def _takes_pods(node: Object) -> bool:
    """Whether an ordinary pod can be scheduled on the node."""
    spec = node.get("spec") or {}
    kept_off = any(taint.get("effect") in ("NoSchedule", "NoExecute") for taint in spec.get("taints") or ())
    conditions = _of(node, "status").get("conditions") or ()
    ready = any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)
    return ready and not spec.get("unschedulable") and not kept_off


def _runs_on(pod: Object, nodes: set[str]) -> bool:
    return _of(pod, "spec").get("nodeName") in nodes and _of(pod, "status").get("phase") not in _ENDED


def _requests(name: str, containers: Sequence[Object] | None) -> Iterator[tuple[bool, Fraction]]:
    """For each container: whether it stays when it is an init container (a sidecar), and what it requests."""
    for container in containers or ():
        amount = _amount(_of(container, "resources", "requests").get(name))
        yield container.get("restartPolicy") == "Always", amount


def _amount(amount: object) -> Fraction:
    try:
        return quantity(amount) if amount is not None else Fraction(0)
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


def _of(obj: Object, *path: str) -> Object:
    for name in path:
        obj = obj.get(name) or {}
    return obj
