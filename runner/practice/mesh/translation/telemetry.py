"""Telemetry objects and the mesh's own settings: which requests are logged, and which are traced."""

from __future__ import annotations

from typing import Literal

from runner.practice.mesh.mesh_view import Json, MeshConfig, MeshProxy
from runner.practice.mesh.translation.access_log import access_log
from runner.practice.mesh.translation.envoy_types import any_of
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.mesh_index import MeshIndex

SERVICE_NAME_TAG = "service.name"
"""The span's tag that has the name of the service, "<app>.<namespace>": Envoy itself can have one name only, and is shared."""

SPANS_CLUSTER = "zipkin"

_MODES = {"inbound": "SERVER", "outbound": "CLIENT", "gateway": "CLIENT"}


class ProxyTelemetry:
    """Of one proxy."""

    def __init__(self, index: MeshIndex, proxy: MeshProxy, ineffective: Ineffective) -> None:
        self._config = index.config
        self._proxy = proxy
        self._tracing: list[Json] = []
        self._logging: list[Json] = []
        self._logs: dict[tuple[str, str], list[Json]] = {}
        self._traces: dict[str, Json | None] = {}
        for obj in index.of_workload("Telemetry", proxy.workload):
            with ineffective.guard(obj):
                spec = obj.get("spec") or {}
                # the more specific object replaces what a more general one has of the same kind
                self._tracing = spec.get("tracing") or self._tracing
                self._logging = spec.get("accessLogging") or self._logging
                if any(
                    (item.get("filter") or {}).get("expression") for item in spec.get("accessLogging") or []
                ):
                    ineffective.add(
                        obj,
                        "filters of access logs have no effect on the practice cluster: everything is logged",
                    )

    def access_log(self, direction: Literal["inbound", "outbound", "gateway"], local: str = "") -> list[Json]:
        """Of a filter chain."""
        if (direction, local) not in self._logs:
            self._logs[direction, local] = self._access_log(direction, local)
        return self._logs[direction, local]

    def _access_log(self, direction: Literal["inbound", "outbound", "gateway"], local: str) -> list[Json]:
        shown: bool | None = None
        for item in self._logging:
            if (item.get("match") or {}).get("mode", "CLIENT_AND_SERVER") in (
                "CLIENT_AND_SERVER",
                _MODES[direction],
            ):
                shown = not item.get("disabled")
        side: Literal["inbound", "outbound"] = "inbound" if direction == "inbound" else "outbound"
        return access_log(self._config, self._proxy, side, local=local, shown=shown)

    def tracing(self, direction: Literal["inbound", "outbound", "gateway"]) -> Json | None:
        """Of a connection manager; None where nothing is reported."""
        if direction not in self._traces:
            self._traces[direction] = self._trace(direction)
        return self._traces[direction]

    def _trace(self, direction: Literal["inbound", "outbound", "gateway"]) -> Json | None:
        chosen = self._chosen(_MODES[direction])
        defaults = (self._config.settings.get("defaultConfig") or {}).get("tracing") or {}
        if chosen is None:
            enabled = self._config.settings.get("enableTracing", True)
            if not enabled or (self._config.version >= (1, 22) and not defaults.get("zipkin")):
                return None
            chosen = {}
        if chosen.get("disableSpanReporting"):
            return None
        sampling = chosen.get("randomSamplingPercentage")
        if sampling is None:
            sampling = defaults.get("sampling")
        if sampling is None:
            sampling = self._config.trace_sampling
        custom = {**(defaults.get("customTags") or {}), **(chosen.get("customTags") or {})}
        return {
            "client_sampling": {"value": 100},
            "random_sampling": {"value": min(100.0, max(0.0, float(sampling)))},
            "overall_sampling": {"value": 100},
            "max_path_tag_length": int(defaults.get("maxPathTagLength") or 256),
            "custom_tags": [*_own_tags(self._config, self._proxy), *_custom_tags(custom)],
            "provider": {
                "name": "envoy.tracers.zipkin",
                "typed_config": any_of(
                    "zipkin",
                    collector_cluster=f"{self._proxy.workload.ip};{SPANS_CLUSTER}",
                    collector_endpoint="/api/v2/spans",
                    collector_endpoint_version="HTTP_JSON",
                    trace_id_128bit=True,
                    shared_span_context=False,
                ),
            },
        }

    def _chosen(self, mode: str) -> Json | None:
        """What the Telemetry objects say for one side; None if nothing."""
        for item in self._tracing:
            if (item.get("match") or {}).get("mode", "CLIENT_AND_SERVER") in ("CLIENT_AND_SERVER", mode):
                return item
        return None


def service_name(proxy: MeshProxy) -> str:
    """As spans have it."""
    workload = proxy.workload
    return f"{workload.labels.get('app') or workload.owner or workload.name}.{workload.namespace}"


def _own_tags(config: MeshConfig, proxy: MeshProxy) -> list[Json]:
    labels = proxy.workload.labels
    canonical = labels.get("service.istio.io/canonical-name") or labels.get("app") or proxy.workload.owner
    revision = labels.get("service.istio.io/canonical-revision") or labels.get("version") or "latest"
    tags = {
        "istio.canonical_revision": revision,
        "istio.canonical_service": canonical or proxy.workload.name,
        "istio.mesh_id": (config.settings.get("defaultConfig") or {}).get("meshId") or config.trust_domain,
        "istio.namespace": proxy.workload.namespace,
        SERVICE_NAME_TAG: service_name(proxy),
        "node_id": f"{proxy.type}~{proxy.workload.ip}~{proxy.uid}~{proxy.workload.namespace}.svc.cluster.local",
    }
    return [{"tag": name, "literal": {"value": value}} for name, value in tags.items()]


def _custom_tags(tags: Json) -> list[Json]:
    found: list[Json] = []
    for name, tag in sorted(tags.items()):
        if not name:
            continue
        if tag.get("literal"):
            found.append({"tag": name, "literal": {"value": str(tag["literal"]["value"])}})
        elif tag.get("header"):
            header = tag["header"]
            found.append(
                {
                    "tag": name,
                    "request_header": {
                        "name": header["name"],
                        "default_value": header.get("defaultValue") or "",
                    },
                }
            )
        elif tag.get("environment"):
            # the variables of the simulated container are not those of this Envoy
            found.append({"tag": name, "literal": {"value": tag["environment"].get("defaultValue") or "-"}})
    return found
