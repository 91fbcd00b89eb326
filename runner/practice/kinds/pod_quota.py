"""What a Pod takes of a quota: containers side by side, init containers one after the other; and the scopes that it is in.

From Kubernetes' quota evaluator of pods (pkg/quota/v1/evaluator/core): `count/pods` counts every pod, everything else those
that have not ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from runner.practice.kinds.quota_usage import ONE
from runner.practice.machinery.kind import Object
from runner.practice.machinery.quantity import quantity

ENDED = ("Succeeded", "Failed")
COMPUTE = ("cpu", "memory", "ephemeral-storage")
Amounts = Mapping[str, Fraction]


def usage(pod: Object) -> Amounts:
    if (pod.get("status") or {}).get("phase") in ENDED:
        return {}
    found = {"pods": ONE}
    for part in ("requests", "limits"):
        for name, amount in _total(pod, part).items():
            if name in COMPUTE or name.startswith("hugepages-") or (part == "requests" and "/" in name):
                found[f"{part}.{name}"] = amount
                if part == "requests" and "/" not in name:
                    found[name] = amount
    return found


def _total(pod: Object, part: str) -> dict[str, Fraction]:
    """What all containers ask for at most at one time, and the overhead."""
    spec = pod.get("spec") or {}
    total: dict[str, Fraction] = {}
    beside: dict[str, Fraction] = {}
    """Init containers that go on running."""
    peak: dict[str, Fraction] = {}
    for container in spec.get("initContainers") or ():
        asked = _asked(container, part)
        if container.get("restartPolicy") == "Always":
            beside = _sum(beside, asked)
            peak = _most(peak, beside)
        else:
            peak = _most(peak, _sum(beside, asked))
    for container in spec.get("containers") or ():
        total = _sum(total, _asked(container, part))
    overhead = {name: quantity(str(value)) for name, value in (spec.get("overhead") or {}).items()}
    whole = _most(_sum(total, beside), peak)
    added = overhead if part == "requests" else {name: overhead[name] for name in overhead if name in whole}
    return _sum(whole, added)


def _asked(container: Object, part: str) -> dict[str, Fraction]:
    found = (container.get("resources") or {}).get(part) or {}
    return {name: quantity(str(value)) for name, value in found.items()}


def _sum(one: Amounts, other: Amounts) -> dict[str, Fraction]:
    return {name: one.get(name, Fraction(0)) + other.get(name, Fraction(0)) for name in {**one, **other}}


def _most(one: Amounts, other: Amounts) -> dict[str, Fraction]:
    zero = Fraction(0)
    return {name: max(one.get(name, zero), other.get(name, zero)) for name in {**one, **other}}


def in_scope(pod: Object, term: Object) -> bool:
    spec = pod.get("spec") or {}
    name = str(term.get("scopeName", ""))
    if name in ("Terminating", "NotTerminating"):
        return (spec.get("activeDeadlineSeconds") is not None) == (name == "Terminating")
    if name in ("BestEffort", "NotBestEffort"):
        return _best_effort(spec) == (name == "BestEffort")
    if name == "PriorityClass":
        return _matches(spec.get("priorityClassName") or "", term)
    if name == "CrossNamespacePodAffinity":
        return any(each.get("namespaces") or "namespaceSelector" in each for each in _pod_terms(spec))
    return False


def _best_effort(spec: Object) -> bool:
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return not any(
        quantity(str(amount))
        for container in containers
        for part in ("requests", "limits")
        for name, amount in ((container.get("resources") or {}).get(part) or {}).items()
        if name in ("cpu", "memory")
    )


def _matches(value: str, term: Object) -> bool:
    operator, values = term.get("operator"), term.get("values") or ()
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    return bool(value) == (operator == "Exists")


def _pod_terms(spec: Object) -> Iterator[Object]:
    affinity = spec.get("affinity") or {}
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        yield from rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        for weighted in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            yield weighted.get("podAffinityTerm") or {}
