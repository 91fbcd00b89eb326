"""agnhost and its like, and images that use processor and memory on purpose."""

from __future__ import annotations

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.agnhost import agnhost, liveness
from runner.practice.containers.image_programs.stress_programs import stress, vish_stress

_MIB = 2**20

IMAGES = [
    Image(
        names=(
            "registry.k8s.io/e2e-test-images/agnhost",
            "k8s.gcr.io/e2e-test-images/agnhost",
            "gcr.io/kubernetes-e2e-test-images/agnhost",
            "us.gcr.io/k8s-artifacts-prod/e2e-test-images/agnhost",
        ),
        entrypoint=("/agnhost",),
        cmd=("pause",),
        programs={"/agnhost": agnhost},
        os_release=os_releases.alpine(),
        shell="sh",
    ),
    Image(
        names=("registry.k8s.io/liveness", "k8s.gcr.io/liveness", "gcr.io/google_containers/liveness"),
        entrypoint=("/server",),
        programs={"/server": liveness},
        shell="",
        commands=(),
    ),
    Image(
        names=("docker.io/polinux/stress", "docker.io/progrium/stress", "docker.io/containerstack/cpustress"),
        cmd=("stress",),
        entrypoint_script=lambda words: (
            words if words and not words[0].startswith("-") else ["stress", *words]
        ),
        programs={"stress": stress},
        os_release=os_releases.alpine(),
        memory=1 * _MIB,
    ),
    Image(
        names=(
            "docker.io/polinux/stress-ng",
            "docker.io/alexeiled/stress-ng",
            "docker.io/lorel/docker-stress-ng",
            "ghcr.io/colinianking/stress-ng",
        ),
        entrypoint_script=lambda words: (
            words if words and not words[0].startswith("-") else ["stress-ng", *words]
        ),
        programs={"stress-ng": stress, "stress": stress},
        os_release=os_releases.alpine(),
        memory=1 * _MIB,
    ),
    Image(
        names=("docker.io/vish/stress",),
        entrypoint=("/stress",),
        programs={"/stress": vish_stress},
        shell="",
        commands=(),
        memory=1 * _MIB,
    ),
]
