"""Images whose own command is a shell: it ends at once where nobody is at its input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image


def _library(*names: str) -> list[str]:
    return [f"docker.io/library/{name}" for name in names]


def _tagged(image: Image, release: Callable[[str], str]) -> Image:
    return replace(image, for_tag=lambda tag: replace(image, os_release=release(tag)))


def _red_hat(names: Sequence[str], name: str, id_: str, newest: str) -> Image:
    def release(tag: str) -> str:
        version = tag.removeprefix("centos").removeprefix("stream")
        return os_releases.red_hat(name, id_, version if version[:1].isdigit() else newest)

    return _tagged(Image(names=names, cmd=("/bin/bash",), os_release=release("")), release)


BUSYBOX = Image(
    names=[
        *_library("busybox"),
        "registry.k8s.io/busybox",
        "k8s.gcr.io/busybox",
        "gcr.io/google_containers/busybox",
        "gcr.io/google-containers/busybox",
        "registry.k8s.io/e2e-test-images/busybox",
        "docker.io/radial/busyboxplus",
        "docker.io/yauritux/busybox-curl",
        "docker.io/odise/busybox-curl",
        "mirror.gcr.io/library/busybox",
        "quay.io/prometheus/busybox",
        "public.ecr.aws/docker/library/busybox",
        "registry.gitlab.com/gitlab-org/cloud-native/mirror/images/busybox",
    ],
    cmd=("sh",),
    shell="sh",
    os_release="",
)
ALPINE = _tagged(
    Image(
        names=[*_library("alpine"), "mirror.gcr.io/library/alpine", "public.ecr.aws/docker/library/alpine"],
        cmd=("/bin/sh",),
        shell="sh",
        os_release=os_releases.alpine(),
    ),
    os_releases.alpine,
)
BASH = Image(
    names=_library("bash"),
    cmd=("bash",),
    os_release=os_releases.alpine(),
    entrypoint_script=lambda words: ["bash", *words] if not words or words[0].startswith("-") else words,
)

IMAGES = [
    BUSYBOX,
    ALPINE,
    BASH,
    _tagged(
        Image(
            names=[
                *_library("ubuntu"),
                "mirror.gcr.io/library/ubuntu",
                "public.ecr.aws/docker/library/ubuntu",
            ],
            cmd=("/bin/bash",),
            os_release=os_releases.ubuntu(),
        ),
        os_releases.ubuntu,
    ),
    _tagged(
        Image(
            names=[
                *_library("debian", "buildpack-deps"),
                "registry.k8s.io/debian-base*",
                "k8s.gcr.io/debian-base*",
            ],
            cmd=("bash",),
            os_release=os_releases.debian(),
        ),
        os_releases.debian,
    ),
    _red_hat([*_library("centos"), "quay.io/centos/centos"], "CentOS Linux", "centos", "8"),
    _red_hat([*_library("rockylinux"), "docker.io/rockylinux/rockylinux"], "Rocky Linux", "rocky", "9.3"),
    _red_hat([*_library("almalinux")], "AlmaLinux", "almalinux", "9.4"),
    _red_hat([*_library("oraclelinux")], "Oracle Linux Server", "ol", "9.4"),
    _red_hat([*_library("fedora")], "Fedora Linux", "fedora", "40"),
    _red_hat(
        [*_library("amazonlinux"), "public.ecr.aws/amazonlinux/amazonlinux"], "Amazon Linux", "amzn", "2023"
    ),
    _red_hat(["registry.access.redhat.com/ubi*"], "Red Hat Enterprise Linux", "rhel", "9.4"),
]
