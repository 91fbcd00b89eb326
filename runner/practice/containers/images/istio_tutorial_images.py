"""customer, preference and recommendation of the Istio tutorial."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Program
from runner.practice.containers.image_programs.istio_tutorial import asking, recommendation
from runner.practice.containers.os_releases import red_hat

_FROM = (
    "quay.io/rhdevelopers/istio-tutorial-{}",
    "docker.io/rhdevelopers/istio-tutorial-{}",
    "quay.io/redhat-developer-demos/istio-tutorial-{}",
)


def _image(name: str, program: Program) -> Image:
    return Image(
        names=[place.format(name) for place in _FROM],
        cmd=("java", "-jar", f"/deployments/{name}.jar"),
        programs={"java": program},
        working_dir="/deployments",
        folders=("/deployments",),
        os_release=red_hat("Red Hat Enterprise Linux", "rhel", "8.4"),
        memory=90 * 2**20,
        idle_cpu=2.0,
    )


_RECOMMENDATION = _image("recommendation", recommendation("v1"))


def _of_version(tag: str) -> Image:
    version = tag.partition(".")[0] or "v1"
    return replace(_RECOMMENDATION, programs={"java": recommendation(version)})


IMAGES = [
    _image("customer", asking("customer", "preference")),
    _image("preference", asking("preference", "recommendation")),
    replace(_RECOMMENDATION, for_tag=_of_version),
]
