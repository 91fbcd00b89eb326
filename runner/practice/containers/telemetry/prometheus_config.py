"""prometheus.yml, as far as it is followed: whom to scrape, how often, and the files of rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from runner.practice.containers.telemetry.relabeling import Rule

ROLES = ("pod", "node", "service", "endpoints", "endpointslice", "ingress")
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d|w|y)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
SHORTEST = 0.2
"""Seconds between two scrapes, whatever is asked."""


class InvalidConfig(ValueError):
    """The message is what Prometheus writes in its log before it ends, or what a reload answers."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """One of kubernetes_sd_configs, or a static one with `targets`."""

    role: str = ""
    namespaces: Sequence[str] = ()
    """Empty: all."""
    targets: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """One of scrape_configs. `interval` and `timeout` in seconds."""

    name: str
    interval: float
    timeout: float
    discoveries: Sequence[Discovery]
    metrics_path: str = "/metrics"
    scheme: str = "http"
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)
    honor_labels: bool = False
    relabel: Sequence[Rule] = ()
    metric_relabel: Sequence[Rule] = ()
    token_file: str = ""


@dataclass(frozen=True, slots=True)
class PrometheusConfig:
    """All of it; `text` is what /api/v1/status/config shows."""

    jobs: Sequence[ScrapeJob] = ()
    evaluation_interval: float = 60.0
    rule_files: Sequence[str] = ()
    external_labels: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def of(cls, text: str) -> PrometheusConfig:
        """Raises InvalidConfig."""
        try:
            plain = yaml.safe_load(text) or {}
            if not isinstance(plain, dict):
                raise InvalidConfig("yaml: unmarshal errors:\n  line 1: cannot unmarshal into config.plain")
            common = plain.get("global") or {}
            jobs = [_job(each, common) for each in plain.get("scrape_configs") or ()]
        except yaml.YAMLError as error:
            raise InvalidConfig(f"parsing YAML file: {error}") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidConfig(str(error)) from None
        names = [job.name for job in jobs]
        for name in names:
            if names.count(name) > 1:
                raise InvalidConfig(f'found multiple scrape configs with job name "{name}"')
        return cls(
            jobs,
            seconds(common.get("evaluation_interval", "1m")),
            [str(each) for each in plain.get("rule_files") or ()],
            {str(key): str(value) for key, value in (common.get("external_labels") or {}).items()},
            text,
        )


def seconds(duration: object) -> float:
    """Of 1h30m, 15s, 500ms. Raises ValueError in Prometheus' words."""
    text = str(duration)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f'not a valid duration string: "{text}"')
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts))


def _job(plain: Mapping[str, Any], common: Mapping[str, Any]) -> ScrapeJob:
    name = str(plain.get("job_name", ""))
    if not name:
        raise ValueError("job_name is empty")
    interval = seconds(plain.get("scrape_interval", common.get("scrape_interval", "1m")))
    timeout = plain.get("scrape_timeout", common.get("scrape_timeout"))
    return ScrapeJob(
        name,
        max(SHORTEST, interval),
        min(interval, seconds(timeout)) if timeout else min(interval, 10.0),
        [*_discoveries(plain)],
        str(plain.get("metrics_path", "/metrics")),
        str(plain.get("scheme", "http")),
        {str(key): [str(each) for each in value] for key, value in (plain.get("params") or {}).items()},
        bool(plain.get("honor_labels", False)),
        [Rule.of(each) for each in plain.get("relabel_configs") or ()],
        [Rule.of(each) for each in plain.get("metric_relabel_configs") or ()],
        str(plain.get("bearer_token_file") or _credentials(plain)),
    )


def _credentials(plain: Mapping[str, Any]) -> str:
    return str((plain.get("authorization") or {}).get("credentials_file", ""))


def _discoveries(plain: Mapping[str, Any]) -> list[Discovery]:
    found = []
    for each in plain.get("static_configs") or ():
        labels = {str(key): str(value) for key, value in (each.get("labels") or {}).items()}
        found.append(Discovery(targets=[str(target) for target in each.get("targets") or ()], labels=labels))
    for each in plain.get("kubernetes_sd_configs") or ():
        role = str(each.get("role", ""))
        if role not in ROLES:
            raise ValueError(f'unknown Kubernetes SD role "{role}"')
        found.append(Discovery(role, tuple((each.get("namespaces") or {}).get("names") or ())))
    return found
