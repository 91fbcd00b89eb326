"""Grafana's image."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.telemetry.grafana.grafana_program import SOURCES, grafana

LATEST = "12.3.0"
_GRAFANA = Image(
    names=(
        "docker.io/grafana/grafana",
        "docker.io/grafana/grafana-oss",
        "docker.io/grafana/grafana-enterprise",
    ),
    entrypoint=("/run.sh",),
    programs={"/run.sh": grafana(LATEST)},
    folders=(SOURCES, "/var/lib/grafana"),
    working_dir="/usr/share/grafana",
    user=472,
    shell="sh",
    os_release=os_releases.alpine(),
    memory=60 * 2**20,
    idle_cpu=3,
)


def _of_tag(tag: str) -> Image:
    return replace(_GRAFANA, programs={"/run.sh": grafana(tag if tag[:1].isdigit() else LATEST)})


IMAGES = [replace(_GRAFANA, for_tag=_of_tag)]
