"""Istio's dashboards, with panels of our own for the questions that theirs answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SOURCE = "PBFA97CFB590B2093"
"""The uid of the data source Prometheus, as Grafana makes it of the name."""


@dataclass(frozen=True, slots=True)
class Panel:
    """`kind`: timeseries, stat or table. `queries`: PromQL and the legend ({{label}} is filled in)."""

    title: str
    kind: str
    queries: Sequence[tuple[str, str]]
    unit: str = ""
    """reqps, ms, percentunit, bytes, Bps, short"""
    width: int = 12
    """Of 24."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    uid: str
    title: str
    panels: Sequence[Panel]
    variables: Mapping[str, tuple[str, str]]
    """(what is asked of Prometheus, the label whose values are offered) by name."""
    tags: Sequence[str] = ("istio",)

    @property
    def slug(self) -> str:
        return self.title.lower().replace(" ", "-")

    def as_json(self) -> dict[str, Any]:
        """As /api/dashboards/uid/UID has it."""
        x = y = 0
        panels = []
        for number, panel in enumerate(self.panels, 1):
            if x + panel.width > 24:
                x, y = 0, y + 8
            targets = [
                {"refId": chr(65 + n), "expr": query, "legendFormat": legend, "datasource": {"uid": SOURCE}}
                for n, (query, legend) in enumerate(panel.queries)
            ]
            panels.append(
                {
                    "id": number,
                    "title": panel.title,
                    "type": panel.kind,
                    "gridPos": {"h": 8, "w": panel.width, "x": x, "y": y},
                    "fieldConfig": {"defaults": {"unit": panel.unit}},
                    "targets": targets,
                }
            )
            x += panel.width
        listed = [
            {"name": name, "type": "query", "label": name.capitalize(), "query": query, "labelName": label}
            for name, (query, label) in self.variables.items()
        ]
        return {
            "meta": {
                "type": "db",
                "slug": self.slug,
                "url": f"/d/{self.uid}/{self.slug}",
                "folderTitle": "istio",
            },
            "dashboard": {
                "uid": self.uid,
                "title": self.title,
                "tags": list(self.tags),
                "panels": panels,
                "templating": {"list": listed},
                "time": {"from": "now-15m", "to": "now"},
                "refresh": "10s",
                "schemaVersion": 27,
            },
        }


_RATE = "[1m]"
_WORKLOAD_CODE = "{{destination_workload}}: {{response_code}}"
_CONTROL_PLANE = 'pod=~"istiod-.*"'


def _quantiles(selector: str, by: str = "") -> list[tuple[str, str]]:
    grouped, legend = f"le{f', {by}' if by else ''}", f"{{{{{by}}}}} " if by else ""
    bucket = f"istio_request_duration_milliseconds_bucket{{{selector}}}{_RATE}"
    return [
        (f"histogram_quantile({q}, sum(rate({bucket})) by ({grouped}))", f"{legend}P{int(q * 100)}")
        for q in (0.5, 0.9, 0.99)
    ]


def _requests(selector: str, *by: str) -> str:
    total = f"sum(rate(istio_requests_total{{{selector}}}{_RATE}))"
    return f"{total} by ({', '.join(by)})" if by else total


_ALL = 'reporter="source"'
_SERVICE = 'destination_service=~"$service"'
_TO_SERVICE = f'reporter="destination",{_SERVICE}'
_FROM_CLIENTS = f'reporter="source",{_SERVICE}'
_WORKLOAD = 'destination_workload=~"$workload",destination_workload_namespace=~"$namespace"'
_OF_WORKLOAD = f'reporter="destination",{_WORKLOAD}'
_OUT = 'reporter="source",source_workload=~"$workload",source_workload_namespace=~"$namespace"'


def _success(selector: str) -> str:
    good = _requests(f'{selector},response_code!~"5.*"')
    return f"{good} / {_requests(selector)}"


DASHBOARDS = (
    Dashboard(
        "G8wLrJIZk",
        "Istio Mesh Dashboard",
        (
            Panel("Global Request Volume", "stat", [(_requests(_ALL), "")], "reqps", 6),
            Panel("Global Success Rate (non-5xx responses)", "stat", [(_success(_ALL), "")], "percentunit", 6),
            Panel("4xxs", "stat", [(_requests(f'{_ALL},response_code=~"4.*"'), "")], "reqps", 6),
            Panel("5xxs", "stat", [(_requests(f'{_ALL},response_code=~"5.*"'), "")], "reqps", 6),
            Panel(
                "HTTP/GRPC Workloads",
                "table",
                [(_requests(_ALL, "destination_service", "destination_workload", "destination_workload_namespace"), "")],
                "reqps",
                24,
            ),
            Panel(
                "Requests by Service",
                "timeseries",
                [(_requests(_ALL, "destination_service"), "{{destination_service}}")],
                "reqps",
                24,
            ),
        ),
        {},
    ),
    Dashboard(
        "LJ_uJAvmk",
        "Istio Service Dashboard",
        (
            Panel("Client Request Volume", "stat", [(_requests(_FROM_CLIENTS), "")], "reqps", 6),
            Panel("Client Success Rate (non-5xx responses)", "stat", [(_success(_FROM_CLIENTS), "")], "percentunit", 6),
            Panel("Server Request Volume", "stat", [(_requests(_TO_SERVICE), "")], "reqps", 6),
            Panel("Server Success Rate (non-5xx responses)", "stat", [(_success(_TO_SERVICE), "")], "percentunit", 6),
            Panel(
                "Incoming Requests By Source And Response Code",
                "timeseries",
                [(_requests(_TO_SERVICE, "source_workload", "response_code"), "{{source_workload}}: {{response_code}}")],
                "reqps",
            ),
            Panel("Client Request Duration", "timeseries", _quantiles(_FROM_CLIENTS), "ms"),
            Panel("Incoming Request Duration By Source", "timeseries", _quantiles(_TO_SERVICE, "source_workload"), "ms"),
            Panel(
                "Incoming Requests By Destination Workload And Response Code",
                "timeseries",
                [(_requests(_TO_SERVICE, "destination_workload", "response_code"), _WORKLOAD_CODE)],
                "reqps",
            ),
        ),
        {"service": ("istio_requests_total", "destination_service")},
    ),
    Dashboard(
        "UbsSZTDik",
        "Istio Workload Dashboard",
        (
            Panel("Incoming Request Volume", "stat", [(_requests(_OF_WORKLOAD), "")], "reqps", 8),
            Panel("Incoming Success Rate (non-5xx responses)", "stat", [(_success(_OF_WORKLOAD), "")], "percentunit", 8),
            Panel("Outgoing Request Volume", "stat", [(_requests(_OUT), "")], "reqps", 8),
            Panel(
                "Incoming Requests By Source And Response Code",
                "timeseries",
                [(_requests(_OF_WORKLOAD, "source_workload", "response_code"), "{{source_workload}}: {{response_code}}")],
                "reqps",
            ),
            Panel("Incoming Request Duration By Source", "timeseries", _quantiles(_OF_WORKLOAD, "source_workload"), "ms"),
            Panel(
                "Outgoing Requests By Destination And Response Code",
                "timeseries",
                [(_requests(_OUT, "destination_service", "response_code"), "{{destination_service}}: {{response_code}}")],
                "reqps",
            ),
        ),
        {
            "namespace": ("istio_requests_total", "destination_workload_namespace"),
            "workload": ("istio_requests_total", "destination_workload"),
        },
    ),
    Dashboard(
        "vu8e0VWZk",
        "Istio Performance Dashboard",
        (
            Panel(
                "vCPU Usage",
                "timeseries",
                [
                    (f'sum(rate(container_cpu_usage_seconds_total{{container="{name}"}}{_RATE})) by (pod)', "{{pod}}")
                    for name in ("istio-proxy", "discovery")
                ],
                "short",
            ),
            Panel(
                "Memory Usage",
                "timeseries",
                [
                    (f'sum(container_memory_working_set_bytes{{container="{name}"}}) by (pod)', "{{pod}}")
                    for name in ("istio-proxy", "discovery")
                ],
                "bytes",
            ),
        ),
        {},
    ),
    Dashboard(
        "3--MLVZZk",
        "Istio Control Plane Dashboard",
        (
            Panel(
                "istiod: CPU",
                "timeseries",
                [(f"sum(rate(container_cpu_usage_seconds_total{{{_CONTROL_PLANE}}}{_RATE})) by (pod)", "{{pod}}")],
            ),
            Panel(
                "istiod: Memory",
                "timeseries",
                [(f"sum(container_memory_working_set_bytes{{{_CONTROL_PLANE}}}) by (pod)", "{{pod}}")],
                "bytes",
            ),
            Panel("Targets up", "timeseries", [("sum(up) by (job)", "{{job}}")], "short", 24),
        ),
        {},
    ),
)  # fmt: skip
