"""Metrics that adapters serve (custom.metrics.k8s.io, external.metrics.k8s.io), as they were when they were last asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Object

CUSTOM, EXTERNAL = "custom.metrics.k8s.io", "external.metrics.k8s.io"
KINDS = {"Object": CUSTOM, "Pods": CUSTOM, "External": EXTERNAL}
"""The group that serves each type of an autoscaler's metrics."""


@dataclass(frozen=True, slots=True)
class MetricServer:
    """The Service behind an APIService."""

    version: str
    namespace: str
    service: str
    port: int


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """(the object's name, value in thousandths) of each; or the words of the refusal."""

    values: Sequence[tuple[str, int]] = ()
    problem: str = ""


@dataclass(slots=True)
class CustomMetrics:
    """`registered`: the groups of which there is an APIService. `servers`: those whose server answers, by group."""

    registered: set[str] = field(default_factory=set)
    servers: dict[str, MetricServer] = field(default_factory=dict)
    answers: dict[str, MetricAnswer] = field(default_factory=dict)
    """By path (`metric_path`)."""

    def path(self, metric: Object, namespace: str, registry: Registry, selector: str) -> str:
        """Where the metric of an autoscaler is asked for; "" where nothing serves it. `selector`: of its target's pods."""
        group = KINDS.get(str(metric.get("type")), "")
        server = self.servers.get(group)
        if server is None:
            return ""
        return metric_path(metric, f"/apis/{group}/{server.version}", namespace, registry, selector)


def metric_path(metric: Object, root: str, namespace: str, registry: Registry, selector: str) -> str:
    """The path and query of a metric below `root`, as the autoscaler asks for it (k8s.io/metrics custom_metrics client)."""
    kind = str(metric["type"])
    source = metric[kind.lower()]
    name, labels = str(source["metric"]["name"]), _selector_text(source["metric"].get("selector") or {})
    place = f"{root}/namespaces/{namespace}"
    if kind == "External":
        return f"{place}/{quote(name)}" + (f"?labelSelector={quote(labels)}" if labels else "")
    wanted = f"metricLabelSelector={quote(labels)}" if labels else ""
    if kind == "Pods":
        return f"{place}/pods/*/{quote(name)}?" + "&".join(
            filter(None, (f"labelSelector={quote(selector)}", wanted))
        )
    about = source["describedObject"]
    resource = registry.by_kind(str(about.get("apiVersion") or "v1"), str(about["kind"]))
    plural = f"{str(about['kind']).lower()}s" if resource is None else resource.plural
    group = str(about.get("apiVersion") or "").rpartition("/")[0]
    full = f"{plural}.{group}" if group else plural
    return f"{place}/{full}/{quote(str(about['name']))}/{quote(name)}" + (f"?{wanted}" if wanted else "")


def _selector_text(selector: Mapping[str, Any]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items()))


def selector_text(selector: Mapping[str, Any]) -> str:
    """A LabelSelector of a workload, as a query has it."""
    parts = [_selector_text(selector)] if selector.get("matchLabels") else []
    for each in selector.get("matchExpressions") or ():
        key, values = each["key"], ",".join(each.get("values") or ())
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": key,
                "DoesNotExist": f"!{key}",
            }[each["operator"]]
        )
    return ",".join(parts)
