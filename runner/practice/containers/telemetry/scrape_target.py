"""One target of a Prometheus: where it is, and how its last scrape went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from runner.practice.containers.telemetry.label_pairs import Labels, labels_of
from runner.practice.containers.telemetry.prometheus_config import ScrapeJob
from runner.practice.containers.telemetry.relabeling import relabel

_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(slots=True)
class ScrapeTarget:
    """A target of a job."""

    job: ScrapeJob
    discovered: Mapping[str, str]
    """Its labels before relabel_configs."""
    labels: Labels
    host: str
    port: int
    scheme: str
    path: str
    """With its query."""
    health: str = "unknown"
    """up, down, unknown"""
    error: str = ""
    last_scrape: float = 0.0
    """Seconds since 1970; 0: never."""
    duration: float = 0.0
    series: set[Labels] = field(default_factory=set)
    """Those of its last scrape: the ones that are gone with the next have ended."""

    @property
    def key(self) -> tuple[str, Labels, str]:
        return self.job.name, self.labels, self.url

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def target_of(job: ScrapeJob, found: Mapping[str, str]) -> ScrapeTarget | None:
    """The target of what was discovered, None where relabeling drops it (prometheus scrape/target.go, PopulateLabels)."""
    discovered = {
        "job": job.name,
        "__metrics_path__": job.metrics_path,
        "__scheme__": job.scheme,
        "__scrape_interval__": f"{job.interval:g}s",
        "__scrape_timeout__": f"{job.timeout:g}s",
        **{f"__param_{name}": values[0] for name, values in job.params.items() if values},
        **found,
    }
    labels = relabel(discovered, job.relabel)
    address = (labels or {}).get("__address__", "")
    if labels is None or not address:
        return None
    scheme = labels.get("__scheme__", "http")
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        host, port = address, _DEFAULT_PORTS.get(scheme, "80")
    params = {name: list(values) for name, values in job.params.items()}
    for name, value in labels.items():
        if name.startswith("__param_"):
            params[name.removeprefix("__param_")] = [value]
    query = urlencode(params, doseq=True)
    path = labels.get("__metrics_path__", "/metrics") + (f"?{query}" if query else "")
    labels.setdefault("instance", f"{host}:{port}")
    shown = {name: value for name, value in labels.items() if not name.startswith("__")}
    return ScrapeTarget(job, discovered, labels_of(shown), host.strip("[]"), int(port), scheme, path)
