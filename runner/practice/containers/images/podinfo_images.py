"""podinfo and fortio."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.podinfo import fortio, podinfo

_PODINFO = Image(
    names=("docker.io/stefanprodan/podinfo", "ghcr.io/stefanprodan/podinfo"),
    cmd=("./podinfo",),
    programs={"./podinfo": podinfo("6.7.1")},
    working_dir="/home/app",
    folders=("/home/app",),
    user=100,
    shell="sh",
    os_release=os_releases.alpine(),
    memory=16 * 2**20,
)

IMAGES = [
    replace(
        _PODINFO,
        for_tag=lambda tag: replace(
            _PODINFO, programs={"./podinfo": podinfo(tag if tag[:1].isdigit() else "6.7.1")}
        ),
    ),
    Image(
        names=("docker.io/fortio/fortio", "docker.io/istio/fortio"),
        entrypoint=("/usr/bin/fortio",),
        cmd=("server",),
        programs={"fortio": fortio},
        shell="",
        commands=(),
        memory=14 * 2**20,
    ),
]
