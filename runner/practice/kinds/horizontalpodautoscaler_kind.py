"""HorizontalPodAutoscaler: scales a workload by what is measured of it."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.scaling_rules import autoscaler
from runner.practice.kinds.status_rules import counts
from runner.practice.kinds.workload_columns import parts
from runner.practice.machinery.kind import FOREVER, STATUS, Conversion, Kind, Version
from runner.practice.machinery.tables.cells import NONE, UNKNOWN, UNSET
from runner.practice.machinery.tables.columns import Object, View, printer


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, minReplicas=1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is None:
        return
    for side, policies in (("scaleUp", _UP), ("scaleDown", _DOWN)):
        if behavior.get(side) is None:
            behavior[side] = {}
        fill(behavior[side], selectPolicy="Max", policies=[dict(policy) for policy in policies])
    fill(behavior["scaleUp"], stabilizationWindowSeconds=0)


_UP = (
    {"type": "Pods", "value": 4, "periodSeconds": 15},
    {"type": "Percent", "value": 100, "periodSeconds": 15},
)


_DOWN = ({"type": "Percent", "value": 100, "periodSeconds": 15},)


def _move(obj: Object, old: str, new: str) -> None:
    if old in obj:
        obj[new] = obj.pop(old)


def v1_to_storage(obj: Object) -> Object:
    spec = obj.get("spec") or {}
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return obj


def _cpu(metrics: list[Object], side: str) -> int | None:
    for metric in metrics:
        resource = metric.get("resource") or {}
        if metric.get("type") == "Resource" and resource.get("name") == "cpu":
            found = (resource.get(side) or {}).get("averageUtilization")
            return found if isinstance(found, int) else None
    return None


def v1_from_storage(obj: Object) -> Object:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    percent = _cpu(spec.pop("metrics", None) or [], "target")
    if percent is not None:
        spec["targetCPUUtilizationPercentage"] = percent
    spec.pop("behavior", None)
    now = _cpu(status.pop("currentMetrics", None) or [], "current")
    if now is not None:
        status["currentCPUUtilizationPercentage"] = now
    status.pop("conditions", None)
    # Both numbers are always set in this version.
    obj["status"] = {"currentReplicas": 0, "desiredReplicas": 0, **status}
    return obj


def _beta1_target(found: Object, *, average: str, value: str = "") -> Object:
    """The target of a metric, from the fields that v2beta1 has for it: taken out of `found`."""
    target: Object = {}
    if "targetAverageUtilization" in found:
        target["averageUtilization"] = found.pop("targetAverageUtilization")
    if average in found:
        target["averageValue"] = found.pop(average)
    if value in found:
        target["value"] = found.pop(value)
    kinds = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}
    kind = next((message for name, message in kinds.items() if name in target), "")
    return {"type": kind, **target} if kind else target


def v2beta1_to_storage(obj: Object) -> Object:
    for metric in (obj.get("spec") or {}).get("metrics") or ():
        for kind in ("resource", "containerResource"):
            if metric.get(kind) is not None:
                metric[kind]["target"] = _beta1_target(metric[kind], average="targetAverageValue")
        if (pods := metric.get("pods")) is not None:
            pods["target"] = {"type": "AverageValue", **_beta1_target(pods, average="targetAverageValue")}
            pods["metric"] = _identifier(pods, "selector")
        if (about := metric.get("object")) is not None:
            described = about.pop("target", {})
            about["target"] = _beta1_target(about, average="averageValue", value="targetValue")
            about["metric"] = _identifier(about, "selector")
            about["describedObject"] = described
        if (external := metric.get("external")) is not None:
            external["target"] = _beta1_target(external, average="targetAverageValue", value="targetValue")
            external["metric"] = _identifier(external, "metricSelector")
    return obj


def _identifier(found: Object, selector: str) -> Object:
    message: Object = {"name": found.pop("metricName", "")}
    if selector in found:
        message["selector"] = found.pop(selector)
    return message


def v2beta1_from_storage(obj: Object) -> Object:
    for metric in (obj.get("spec") or {}).get("metrics") or ():
        for kind in ("resource", "containerResource", "pods", "external", "object"):
            found = metric.get(kind)
            if found is None:
                continue
            target, named = found.pop("target", None) or {}, found.pop("metric", None) or {}
            if kind == "object":
                found["target"] = found.pop("describedObject", {})
            _move(named, "name", "metricName")
            _move(named, "selector", "metricSelector" if kind == "external" else "selector")
            found |= named
            for field, message in _BETA1_TARGETS.items():
                if field in target:
                    found["averageValue" if (kind, field) == ("object", "averageValue") else message] = (
                        target[field]
                    )
    return obj


_BETA1_TARGETS = {
    "averageUtilization": "targetAverageUtilization",
    "averageValue": "targetAverageValue",
    "value": "targetValue",
}


METRICS_SHOWN = 2


METRIC_NAMES = 30
"""The minor from which on a target of an autoscaler says what it measures."""


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    target = spec.get("scaleTargetRef") or {}
    least = spec.get("minReplicas")
    return [
        name,
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _targets(spec.get("metrics") or (), status.get("currentMetrics") or (), view),
        UNSET if least is None else str(least),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        view.age(obj),
    ]


def _targets(wanted: Any, current: Any, view: View) -> str:
    if not wanted:
        return NONE
    message = []
    for index, metric in enumerate(wanted):
        message.append(_target(metric, current[index] if index < len(current) else {}, view))
    text = ", ".join(message[:METRICS_SHOWN])
    return f"{text} + {len(message) - METRICS_SHOWN} more..." if len(message) > METRICS_SHOWN else text


def _target(metric: Object, current: Object, view: View) -> str:
    side = metric.get("type", "")
    field = side[:1].lower() + side[1:]
    source, now = metric.get(field) or {}, (current.get(field) or {}).get("current") or {}
    target = source.get("target") or {}
    if "averageUtilization" in target:
        text = f"{_percent(now)}/{target['averageUtilization']}%"
    elif "averageValue" in target:
        average = " (avg)" if side in ("Object", "External") else ""
        text = f"{now.get('averageValue', UNKNOWN)}/{target['averageValue']}{average}"
    elif "value" in target:
        text = f"{now.get('value', UNKNOWN)}/{target['value']}"
    else:
        text = f"{_percent(now)}/<auto>"
    named = view.minor >= METRIC_NAMES and side in ("Resource", "ContainerResource")
    return f"{source.get('name', '')}: {text}" if named else text


def _percent(now: Object) -> str:
    return f"{now['averageUtilization']}%" if "averageUtilization" in now else UNKNOWN


HORIZONTAL_POD_AUTOSCALER = Kind(
    group="autoscaling",
    name="HorizontalPodAutoscaler",
    plural="horizontalpodautoscalers",
    versions=(
        Version("v2", since=23),
        Version("v1"),
        Version("v2beta2", until=25, deprecated=23),
        Version("v2beta1", until=24, deprecated=22),
    ),
    short_names=("hpa",),
    categories=("all",),
    subresources=(STATUS,),
    conversions={
        "v1": Conversion(v1_to_storage, v1_from_storage),
        "v2beta1": Conversion(v2beta1_to_storage, v2beta1_from_storage),
    },
    set_defaults=set_defaults,
    validate=autoscaler,
    validate_status=counts,
    printer=printer(cells, "Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"),
    required_in={("spec",): (35, FOREVER)},
)
