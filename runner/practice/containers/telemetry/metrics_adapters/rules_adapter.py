"""prometheus-adapter (sigs.k8s.io/prometheus-adapter): rules of its configuration make metrics of series."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.in_cluster_client import ApiClient
from runner.practice.containers.telemetry.metrics_adapters.adapter_server import (
    MetricRequest,
    MetricValue,
    serve_adapter,
)
from runner.practice.containers.telemetry.prometheus_client import PrometheusClient

DEFAULT_PORT, DEFAULT_CONFIG = 6443, "/etc/adapter/config.yaml"
KINDS = {
    "pod": "Pod",
    "service": "Service",
    "namespace": "Namespace",
    "deployment": "Deployment",
    "ingress": "Ingress",
}


@dataclass(frozen=True, slots=True)
class AdapterRule:
    """One of `rules`. `resources` are labels by resource (singular)."""

    series_query: str
    resources: Mapping[str, str]
    template: str
    matches: str
    renamed: str
    metrics_query: str

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> AdapterRule:
        about, named = plain.get("resources") or {}, plain.get("name") or {}
        overrides = {
            str(found.get("resource")).rstrip("s"): label
            for label, found in (about.get("overrides") or {}).items()
        }
        matches = str(named.get("matches") or "^(.*)$")
        default = "$1" if re.compile(matches).groups else "$0"
        query = plain.get("metricsQuery") or "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"
        return cls(
            str(plain.get("seriesQuery", "")),
            overrides,
            str(about.get("template") or ""),
            matches,
            str(named.get("as") or default),
            str(query),
        )

    def label(self, resource: str) -> str:
        """Which label names an object of a resource; "" where none does."""
        if resource in self.resources:
            return self.resources[resource]
        return self.template.replace("<<.Resource>>", resource) if self.template else ""

    def metric(self, series: str) -> str:
        """What a series is called as a metric; "" for one that the rule does not rename."""
        found = re.search(self.matches, series)
        if not found:
            return ""
        return re.sub(r"\$\{?(\d+)\}?", lambda each: found[int(each[1])] or "", self.renamed)

    def query(self, series: str, matchers: str, group_by: str) -> str:
        marks = {"Series": series, "LabelMatchers": matchers, "GroupBy": group_by}
        return re.sub(r"<<\s*\.(\w+)\s*>>", lambda each: marks.get(each[1], ""), self.metrics_query)


async def prometheus_adapter(call: Invocation) -> int:
    """--prometheus-url=URL --config=FILE --secure-port=PORT"""
    options = dict(word.lstrip("-").partition("=")[::2] for word in call.argv[1:] if word.startswith("-"))
    file = options.get("config", DEFAULT_CONFIG)
    try:
        plain = yaml.safe_load(ContainerFiles(call.container).read_text(file)) or {}
        rules = [AdapterRule.of(each) for each in plain.get("rules") or ()]
        external = [AdapterRule.of(each) for each in plain.get("externalRules") or ()]
    except (OSError, yaml.YAMLError, AttributeError, re.error) as error:
        await call.error(f'F 1 adapter.go:1] unable to load metrics discovery config "{file}": {error}\n')
        return 255
    prometheus = PrometheusClient(call, options.get("prometheus-url", "http://prometheus:9090"))
    port = options.get("secure-port", "")
    adapter = RulesAdapter(ApiClient(call), prometheus, rules, external)
    return await serve_adapter(call, adapter, int(port) if port.isdigit() else DEFAULT_PORT, "adapter")


class RulesAdapter:
    def __init__(
        self,
        api: ApiClient,
        prometheus: PrometheusClient,
        rules: Sequence[AdapterRule],
        external: Sequence[AdapterRule],
    ) -> None:
        self._api, self._prometheus, self._rules, self._external = api, prometheus, rules, external

    async def values(self, wanted: MetricRequest) -> Sequence[MetricValue]:
        singular = wanted.resource.partition(".")[0].removesuffix("s")
        for rule in self._rules:
            label, namespaces = rule.label(singular), rule.label("namespace")
            series = await self._series(rule, wanted.metric) if label else ""
            if not series:
                continue
            names = await self._names(wanted) if wanted.name == "*" else [wanted.name]
            if not names:
                return []
            matchers = [f'{label}=~"{"|".join(map(re.escape, names))}"']
            if namespaces and singular != "namespace":
                matchers.insert(0, f'{namespaces}="{wanted.namespace}"')
            matchers += _matchers(wanted.metric_selector)
            found = await self._prometheus.vector(rule.query(series, ",".join(matchers), label))
            kind = KINDS.get(singular, singular.capitalize())
            return [
                MetricValue(kind, each.label(label, ""), each.value)
                for each in found
                if each.label(label, "")
            ]
        return []

    async def external(self, namespace: str, metric: str, selector: str) -> float | None:
        for rule in self._external:
            if series := await self._series(rule, metric):
                matchers = _matchers(selector)
                if label := rule.label("namespace"):
                    matchers.insert(0, f'{label}="{namespace}"')
                found = await self._prometheus.vector(rule.query(series, ",".join(matchers), ""))
                return sum(each.value for each in found) if found else None
        return None

    async def names(self) -> Sequence[str]:
        names = set()
        for rule in self._rules:
            for series in await self._all_series(rule):
                for singular in ("pod", "service", "namespace", "deployment"):
                    if rule.label(singular) and (metric := rule.metric(series)):
                        names.add(f"{singular}s/{metric}")
        for rule in self._external:
            names |= {rule.metric(series) for series in await self._all_series(rule)} - {""}
        return sorted(names)

    async def _series(self, rule: AdapterRule, metric: str) -> str:
        """The series that is that metric under a rule; "" for none."""
        return next((name for name in await self._all_series(rule) if rule.metric(name) == metric), "")

    async def _all_series(self, rule: AdapterRule) -> list[str]:
        found = (
            await self._prometheus.vector(f"count by (__name__) ({rule.series_query})")
            if rule.series_query
            else []
        )
        return [each.labels["__name__"] for each in found if "__name__" in each.labels]

    async def _names(self, wanted: MetricRequest) -> list[str]:
        """Of the objects that the selector finds."""
        plural = wanted.resource.partition(".")[0]
        path = f"/api/v1/namespaces/{wanted.namespace}/{plural}?labelSelector={wanted.selector}"
        return [each["metadata"]["name"] for each in (await self._api("GET", path)).get("items") or ()]


def _matchers(selector: str) -> list[str]:
    pairs = (part.partition("=") for part in selector.split(",") if "=" in part)
    return [f'{key.strip()}="{value.strip("= ")}"' for key, _, value in pairs]
