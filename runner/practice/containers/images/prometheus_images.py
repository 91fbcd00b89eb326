"""Prometheus, and what stands beside it in its pod."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.telemetry.config_reloader import config_reloader
from runner.practice.containers.telemetry.prometheus_program import DEFAULT_CONFIG, prometheus

LATEST = "3.7.3"
_CONFIG = """global:
  scrape_interval: 15s
  evaluation_interval: 15s
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]
"""
_PROMETHEUS = Image(
    names=("docker.io/prom/prometheus", "quay.io/prometheus/prometheus"),
    entrypoint=("/bin/prometheus",),
    cmd=(f"--config.file={DEFAULT_CONFIG}", "--storage.tsdb.path=/prometheus"),
    programs={"prometheus": prometheus(LATEST)},
    files={DEFAULT_CONFIG: _CONFIG},
    folders=("/prometheus",),
    working_dir="/prometheus",
    user=65534,
    shell="sh",
    os_release=os_releases.alpine(),
    memory=60 * 2**20,
    idle_cpu=4,
)
_RELOADER = Image(
    names=("docker.io/jimmidyson/configmap-reload", "ghcr.io/jimmidyson/configmap-reload"),
    entrypoint=("/configmap-reload",),
    programs={"/configmap-reload": config_reloader},
    user=65534,
    shell="",
    commands=(),
    memory=3 * 2**20,
)


def _of_tag(tag: str) -> Image:
    version = tag.removeprefix("v")
    return replace(
        _PROMETHEUS, programs={"prometheus": prometheus(version if version[:1].isdigit() else LATEST)}
    )


IMAGES = [
    replace(_PROMETHEUS, for_tag=_of_tag),
    _RELOADER,
    replace(
        _RELOADER,
        names=(
            "quay.io/prometheus-operator/prometheus-config-reloader",
            "ghcr.io/prometheus-operator/prometheus-config-reloader",
        ),
        entrypoint=("/bin/prometheus-config-reloader",),
        programs={"prometheus-config-reloader": config_reloader},
    ),
]
