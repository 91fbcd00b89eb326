"""What a namespace uses of the resources that a ResourceQuota limits: each kind says what one of its objects takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.store import Object, Store

RESOURCE = "resourcequotas"
ONE = Fraction(1)


def counted_as(name: str) -> Callable[[Object], Mapping[str, Fraction]]:
    """The usage of a kind that quotas know by its plain name, and of which they know nothing else."""
    usage = {name: ONE}
    return lambda obj: usage


def takes(resource: Resource, obj: Object) -> Mapping[str, Fraction]:
    """What one object takes, by the names that quotas have for it."""
    kind = resource.builtin
    own = kind.quota_usage(obj) if kind and kind.quota_usage else {}
    return {f"count/{resource.storage_key}": ONE, **own}


def applies(quota: Object, resource: Resource, obj: Object) -> bool:
    """Whether an object is in all scopes of a quota."""
    kind = resource.builtin
    judge = kind.in_quota_scope if kind else None
    return all(judge is not None and judge(obj, term) for term in _scopes(quota))


def _scopes(quota: Object) -> Iterator[Object]:
    spec = quota.get("spec") or {}
    for name in spec.get("scopes") or ():
        yield {"scopeName": name, "operator": "Exists"}
    yield from (spec.get("scopeSelector") or {}).get("matchExpressions") or ()


def used(store: Store, registry: Registry, quota: Object) -> dict[str, Fraction]:
    """What the namespace uses of everything that the quota limits."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    namespace = quota["metadata"].get("namespace", "")
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for key in store.resources():
        resource = registry.by_key(key)
        if resource is None or not resource.namespaced or not _limited(resource, hard):
            continue
        for obj in store.list(key, namespace):
            if applies(quota, resource, obj):
                for name, amount in takes(resource, obj).items():
                    totals[name] += amount
    return {name: totals[name] for name in hard}


def _limited(resource: Resource, hard: Mapping[str, str]) -> bool:
    kind = resource.builtin
    return bool(kind and kind.quota_usage) or f"count/{resource.storage_key}" in hard


def shown(name: str, amount: Fraction) -> str:
    """The quantity of a limited resource in the form in which quotas tell it: 750m, 2, 1536Mi, 1Gi."""
    if "memory" not in name and "storage" not in name.rsplit("/", 1)[-1]:
        return str(int(amount)) if amount.denominator == 1 else f"{int(amount * 1000)}m"
    for unit, size in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return str(int(amount))
