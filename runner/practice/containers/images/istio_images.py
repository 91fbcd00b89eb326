"""Istio's own images: pilot (istiod) and proxyv2 (sidecars and gateways)."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.pilot_agent import pilot_agent
from runner.practice.containers.istiod.istiod_program import pilot_discovery

HUBS = (
    "docker.io/istio",
    "gcr.io/istio-release",
    "gcr.io/istio-testing",
    "registry.istio.io/release",
    "registry.istio.io/testing",
)


def _for_tag(image: Image) -> Image:
    """The distroless ones have no shell."""

    def found(tag: str) -> Image:
        return replace(image, shell="", commands=()) if tag.endswith("-distroless") else image

    return replace(image, for_tag=found)


PILOT = Image(
    names=tuple(f"{hub}/pilot" for hub in HUBS),
    entrypoint=("/usr/local/bin/pilot-discovery",),
    cmd=("discovery",),
    programs={"/usr/local/bin/pilot-discovery": pilot_discovery, "pilot-discovery": pilot_discovery},
    user=1337,
    memory=60 * 2**20,
    idle_cpu=3,
)
PROXY = Image(
    names=tuple(f"{hub}/proxyv2" for hub in HUBS),
    entrypoint=("/usr/local/bin/pilot-agent",),
    programs={"/usr/local/bin/pilot-agent": pilot_agent, "pilot-agent": pilot_agent},
    user=1337,
    memory=40 * 2**20,
    idle_cpu=3,
)
IMAGES = (_for_tag(PILOT), _for_tag(PROXY))
