"""Rules of what may be asked for: names and amounts of resources, quotas."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.machinery.validation.quantity_format import amount

CONTAINER = ("cpu", "memory", "ephemeral-storage")
STANDARD = (
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu",
    "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers",
    "secrets", "persistentvolumeclaims", "configmaps", "services.nodeports", "services.loadbalancers", "storage",
    "requests.storage",
)  # fmt: skip
QUOTA = tuple(name for name in STANDARD if name != "storage")
WHOLE = (
    "pods", "replicationcontrollers", "services", "persistentvolumeclaims", "secrets", "configmaps", "resourcequotas",
    "services.nodeports", "services.loadbalancers",
)  # fmt: skip
HUGE = "hugepages-"
PREFIXED = ("requests.hugepages-",)
SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
)
CROSS_SINCE = 21
_NO_CPU = {"BestEffort": ("pods",)}
_OF_PODS = (
    "pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
)  # fmt: skip


def resource_name(problems: Problems, at: str, name: str) -> None:
    """A name that is qualified; without a domain it is one of the standard ones."""
    if words := names.qualified(name):
        names.check(problems, at, name, words)
        return
    if "/" not in name and name not in STANDARD and not _huge(name):
        problems.invalid(at, name, "must be a standard resource type or fully qualified")


def _huge(name: str) -> bool:
    return name.startswith((HUGE, "requests.hugepages-"))


def container_resource(problems: Problems, at: str, name: str) -> None:
    if words := names.qualified(name):
        names.check(problems, at, name, words)
        return
    if "/" in name:
        return
    if name not in STANDARD and not _huge(name):
        problems.invalid(at, name, "must be a standard resource type or fully qualified")
    if name not in CONTAINER and not name.startswith(HUGE):
        problems.invalid(at, name, "must be a standard resource for containers")


def quota_name(problems: Problems, at: str, name: str) -> None:
    before = len(problems.causes)
    if words := names.qualified(name):
        names.check(problems, at, name, words)
    elif "/" not in name and name not in STANDARD and not _huge(name):
        problems.invalid(at, name, "must be a standard resource type or fully qualified")
    if len(problems.causes) == before and "/" not in name and name not in QUOTA and not _huge(name):
        problems.invalid(at, name, "must be a standard resource for quota")


def quantity(problems: Problems, at: str, name: str, value: Any) -> None:
    if amount(value) < 0:
        problems.invalid(at, str(value), "must be greater than or equal to 0")
    whole = (
        name in WHOLE
        or (name.startswith("count/"))
        or (
            "/" in name
            and not name.startswith("requests.")
            and "kubernetes.io/" not in name
            and ".storageclass." not in name
        )
    )
    if whole and (amount(value) % 1 or abs(amount(value)) * 1000 >= 2**63):  # counted in thousandths
        problems.invalid(at, str(value), "must be an integer")


def limit_names(problems: Problems, here: str, kind: str, item: Object) -> None:
    """The names of the resources that one limit of a LimitRange is about."""
    for side in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
        if kind == "Pod" and side.startswith("default"):
            continue
        for name in sorted(item.get(side) or ()):
            check = container_resource if kind in ("Pod", "Container") else resource_name
            check(problems, f"{here}.{side}[{name}]", name)


def resource_quota(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    hard = spec.get("hard") or {}
    for name in sorted(hard):
        quota_name(problems, f"spec.hard[{name}]", name)
        quantity(problems, f"spec.hard[{name}]", name, hard[name])
    _scopes(problems, "spec.scopes", spec.get("scopes") or (), hard)
    chosen = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    for one in chosen:
        _scope_requirement(problems, "spec.scopeSelector.matchExpressions", one)
    _scopes(
        problems, "spec.scopeSelector.matchExpressions", [one.get("scopeName", "") for one in chosen], hard
    )
    if old is not None:
        before = (old.get("spec") or {}).get("scopes") or ()
        if {*(spec.get("scopes") or ())} != {*before}:
            problems.invalid("spec.scopes", list(spec.get("scopes") or ()), "field is immutable")


def _scopes(problems: Problems, at: str, scopes: Any, hard: Object) -> None:
    known = SCOPES if problems.minor >= CROSS_SINCE else SCOPES[:-1]
    for scope in scopes:
        if scope not in known:
            problems.invalid(at, list(scopes), "unsupported scope")
            continue
        for name in hard:
            standard = name in STANDARD or _huge(name)
            if standard and not _applies(scope, name):
                problems.invalid(at, list(scopes), "unsupported scope applied to resource")
    for one, other in (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")):
        if one in scopes and other in scopes:
            problems.invalid(at, list(scopes), "conflicting scopes")


def _applies(scope: str, name: str) -> bool:
    if scope == "BestEffort":
        return name == "pods"
    return name in _OF_PODS


def _scope_requirement(problems: Problems, at: str, one: Object) -> None:
    operator, values, scope = one.get("operator", ""), one.get("values") or (), one.get("scopeName", "")
    if scope in SCOPES and scope != "PriorityClass" and operator != "Exists":
        why = "must be 'Exist' only operator when scope is any of ResourceQuotaScopeTerminating, "
        why += "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort and ResourceQuotaScopeNotBestEffort"
        problems.invalid(f"{at}.operator", operator, why)
    if operator in ("In", "NotIn"):
        if not values:
            why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            problems.required(f"{at}.values", why)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            problems.invalid(f"{at}.values", list(values), why)
    else:
        problems.invalid(f"{at}.operator", operator, "not a valid selector operator")
