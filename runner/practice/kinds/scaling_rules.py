"""Rules of HorizontalPodAutoscalers and PodDisruptionBudgets."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector
from runner.practice.machinery.validation.problems import Object, Problems, Raw, int_or_string
from runner.practice.machinery.validation.quantity_format import amount

SOURCES = {
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
    "External": "external",
    "ContainerResource": "containerResource",
}
CONTAINER_METRICS_SINCE = 27
_POLICIES = ("Max", "Min", "Disabled")


def autoscaler(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if least is not None and least < 1:
        problems.invalid("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        problems.invalid("spec.maxReplicas", most, "must be greater than 0")
    if least is not None and most < least:
        problems.invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    _reference(problems, "spec.scaleTargetRef", spec.get("scaleTargetRef") or {})
    for index, metric in enumerate(spec.get("metrics") or ()):
        _metric(problems, f"spec.metrics[{index}]", metric)
    behavior = spec.get("behavior") or {}
    for side in ("scaleUp", "scaleDown"):
        if behavior.get(side) is not None:
            _rules(problems, f"spec.behavior.{side}", behavior[side])


def _reference(problems: Problems, at: str, found: Object) -> None:
    for field in ("kind", "name"):
        if not found.get(field):
            problems.required(f"{at}.{field}")
        else:
            names.check(problems, f"{at}.{field}", found[field], names.path_segment(found[field]))


def _metric(problems: Problems, at: str, metric: Object) -> None:
    kind = metric.get("type", "")
    if not kind:
        problems.required(f"{at}.type", "must specify a metric source type")
    known = sorted(SOURCES)
    if kind and kind not in SOURCES:
        problems.unsupported(f"{at}.type", kind, known)
    given = [
        name
        for name in ("object", "pods", "resource", "external", "containerResource")
        if metric.get(name) is not None
    ]
    if kind in SOURCES and SOURCES[kind] not in given:
        problems.required(
            f"{at}.{SOURCES[kind]}",
            f"must populate information for the given metric source (only allowed when type is {kind})",
        )
    if problems.minor < CONTAINER_METRICS_SINCE:  # the field is dropped
        given = [name for name in given if name != "containerResource"]
    for name in given:
        {
            "object": _object,
            "pods": _pods,
            "resource": _resource,
            "external": _external,
            "containerResource": _resource,
        }[name](problems, f"{at}.{name}", metric[name])
    wanted = SOURCES.get(kind)
    for name in given if len(given) > 1 else ():
        if name != wanted:
            problems.forbidden(f"{at}.{name}", "must populate the given metric source only")


def _identifier(problems: Problems, at: str, found: Object) -> None:
    if not found.get("name"):
        problems.required(f"{at}.name", "must specify a metric name")
    else:
        names.check(problems, f"{at}.name", found["name"], names.path_segment(found["name"]))


def _target(problems: Problems, at: str, found: Object) -> None:
    kind = found.get("type", "")
    if not kind:
        problems.required(f"{at}.type", "must specify a metric target type")
    elif kind not in ("Utilization", "Value", "AverageValue"):
        problems.invalid(f"{at}.type", kind, "must be either Utilization, Value, or AverageValue")
    for field in ("value", "averageValue"):
        if found.get(field) is not None and amount(found[field]) <= 0:
            problems.invalid(f"{at}.{field}", Raw(str(found[field])), "must be positive")
    if found.get("averageUtilization") is not None and found["averageUtilization"] < 1:
        problems.invalid(f"{at}.averageUtilization", found["averageUtilization"], "must be greater than 0")


def _object(problems: Problems, at: str, found: Object) -> None:
    _reference(problems, f"{at}.describedObject", found.get("describedObject") or {})
    _identifier(problems, f"{at}.metric", found.get("metric") or {})
    target = found.get("target") or {}
    _target(problems, f"{at}.target", target)
    if target.get("value") is None and target.get("averageValue") is None:
        problems.required(f"{at}.target.averageValue", "must set either a target value or averageValue")


def _external(problems: Problems, at: str, found: Object) -> None:
    _identifier(problems, f"{at}.metric", found.get("metric") or {})
    target = found.get("target") or {}
    _target(problems, f"{at}.target", target)
    value, average = target.get("value"), target.get("averageValue")
    if value is None and average is None:
        problems.required(
            f"{at}.target.averageValue", "must set either a target value for metric or a per-pod target"
        )
    if value is not None and average is not None:
        problems.forbidden(
            f"{at}.target.value", "may not set both a target value for metric and a per-pod target"
        )


def _pods(problems: Problems, at: str, found: Object) -> None:
    _identifier(problems, f"{at}.metric", found.get("metric") or {})
    target = found.get("target") or {}
    _target(problems, f"{at}.target", target)
    value = target.get("averageValue")
    if value is None or amount(value) <= 0:
        problems.required(f"{at}.target.averageValue", "must specify a positive target averageValue")


def _resource(problems: Problems, at: str, found: Object) -> None:
    if not found.get("name"):
        problems.required(f"{at}.name", "must specify a resource name")
    if at.endswith("containerResource") and not found.get("container"):
        problems.required(f"{at}.container", "must specify a container")
    target = found.get("target") or {}
    _target(problems, f"{at}.target", target)
    share, value = target.get("averageUtilization"), target.get("averageValue")
    if share is None and value is None:
        why = "must set either a target raw value or a target utilization"
        problems.required(f"{at}.target.averageUtilization", why)
    if share is not None and value is not None:
        why = "may not set both a target raw value and a target utilization"
        problems.forbidden(f"{at}.target.averageValue", why)


def _rules(problems: Problems, at: str, found: Object) -> None:
    window = found.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        problems.invalid(f"{at}.stabilizationWindowSeconds", window, "must be greater than or equal to zero")
    if window is not None and window > 3600:
        problems.invalid(f"{at}.stabilizationWindowSeconds", window, "must be less than or equal to 3600")
    chosen = found.get("selectPolicy")
    if chosen is not None and chosen not in _POLICIES:
        problems.unsupported(f"{at}.selectPolicy", chosen, sorted(_POLICIES))
    policies = found.get("policies")
    if not policies:
        problems.required(f"{at}.policies", "must specify at least one Policy")
    for index, one in enumerate(policies or ()):
        here, kind = f"{at}.policies[{index}]", one.get("type", "")
        if kind not in ("Pods", "Percent"):
            problems.unsupported(f"{here}.type", kind, ("Percent", "Pods"))
        if one.get("value", 0) <= 0:
            problems.invalid(f"{here}.value", one.get("value", 0), "must be greater than zero")
        seconds = one.get("periodSeconds", 0)
        if seconds <= 0:
            problems.invalid(f"{here}.periodSeconds", seconds, "must be greater than zero")
        if seconds > 1800:
            problems.invalid(f"{here}.periodSeconds", seconds, "must be less than or equal to 1800")


PERCENT_WORDS = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)


def share(problems: Problems, at: str, value: Any, *, whole: bool = True) -> None:
    """A number that is not negative, or a percentage, which is no more than 100 % where it is a share of a `whole`."""
    if isinstance(value, str):
        if not re.fullmatch("[0-9]+%", value):
            problems.invalid(at, int_or_string(value), PERCENT_WORDS)
        elif whole and int(value[:-1]) > 100:
            problems.invalid(at, int_or_string(value), "must not be greater than 100%")
    elif isinstance(value, int) and value < 0:
        problems.invalid(at, value, "must be greater than or equal to 0")


def disruption_budget(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        problems.invalid(
            "spec",
            Raw("policy.PodDisruptionBudgetSpec{…}"),
            "minAvailable and maxUnavailable cannot be both set",
        )
    for field in ("minAvailable", "maxUnavailable"):
        if spec.get(field) is not None:
            share(problems, f"spec.{field}", spec[field])
    selector(problems, "spec.selector", spec.get("selector"))
