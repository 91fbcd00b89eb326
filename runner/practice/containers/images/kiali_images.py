"""Kiali's image."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers.container_image import Image
from runner.practice.containers.telemetry.kiali.kiali_program import DEFAULT_CONFIG, kiali

LATEST = "v2.17.0"
_KIALI = Image(
    names=("quay.io/kiali/kiali", "docker.io/kiali/kiali"),
    entrypoint=("/opt/kiali/kiali", "-config", DEFAULT_CONFIG),
    programs={"/opt/kiali/kiali": kiali(LATEST)},
    working_dir="/opt/kiali",
    user=1000,
    memory=40 * 2**20,
    idle_cpu=2,
)


def _of_tag(tag: str) -> Image:
    version = tag if tag.startswith("v") else LATEST
    return replace(_KIALI, programs={"/opt/kiali/kiali": kiali(version)})


IMAGES = [replace(_KIALI, for_tag=_of_tag)]
