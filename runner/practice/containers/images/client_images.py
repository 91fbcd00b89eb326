"""Images that people start to have a client in the cluster: curl, siege, dig and the like."""

from __future__ import annotations

from collections.abc import Sequence

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation

_PROGRAMS = frozenset(
    {
        "sh",
        "ash",
        "curl",
        "sleep",
        "cat",
        "echo",
        "env",
        "ls",
        "true",
        "false",
        "nslookup",
        "date",
        "wget",
        "id",
    }
)


def _curl_script(words: Sequence[str]) -> list[str]:
    """curlimages/curl: what is no program's name is an argument for curl."""
    first = words[0] if words else ""
    is_program = first.startswith("/") or first in _PROGRAMS
    return list(words) if is_program else ["curl", *words]


async def _wait(call: Invocation) -> int:
    await call.terminated.wait()
    return 0


_DEBIAN_BASH = os_releases.debian("11")

IMAGES = [
    Image(
        names=("docker.io/curlimages/curl", "quay.io/curl/curl", "ghcr.io/curl/curl-container/curl"),
        cmd=("curl",),
        entrypoint_script=_curl_script,
        shell="sh",
        user=100,
        working_dir="/home/curl_user",
        folders=("/home/curl_user",),
        env={"CURL_VERSION": "8.10.1"},
        os_release=os_releases.alpine(),
    ),
    Image(
        names=("docker.io/appropriate/curl", "docker.io/byrnedo/alpine-curl", "docker.io/alpine/curl"),
        entrypoint=("curl",),
        shell="sh",
        os_release=os_releases.alpine(),
    ),
    Image(
        names=("docker.io/nicolaka/netshoot",),
        cmd=("zsh",),
        entrypoint_script=lambda words: ["bash" if word == "zsh" else word for word in words],
        working_dir="/root",
        os_release=os_releases.alpine(),
    ),
    Image(
        names=(
            "docker.io/praqma/network-multitool",
            "docker.io/wbitt/network-multitool",
            "docker.io/alpine/k8s",
            "docker.io/jrecord/nettools",
            "docker.io/raesene/alpine-nettools",
            "docker.io/amouat/network-utils",
        ),
        cmd=("bash",),
        os_release=os_releases.alpine(),
    ),
    Image(
        names=(
            "registry.k8s.io/e2e-test-images/jessie-dnsutils",
            "gcr.io/kubernetes-e2e-test-images/dnsutils",
            "registry.k8s.io/e2e-test-images/dnsutils",
            "k8s.gcr.io/e2e-test-images/jessie-dnsutils",
        ),
        cmd=("/wait",),
        programs={"/wait": _wait},
        os_release=_DEBIAN_BASH,
    ),
    Image(
        names=("docker.io/tutum/dnsutils", "docker.io/infoblox/dnstools", "docker.io/dwdraju/alpine-curl-jq"),
        cmd=("bash",),
        os_release=_DEBIAN_BASH,
    ),
    Image(
        names=(
            "docker.io/governmentpaas/curl-ssl",
            "docker.io/badouralix/curl-jq",
            "docker.io/everpeace/curl-jq",
        ),
        cmd=("sh",),
        shell="sh",
        os_release=os_releases.alpine(),
    ),
    Image(
        names=("docker.io/yokogawa/siege",),
        entrypoint=("siege",),
        cmd=("--help",),
        os_release=os_releases.alpine(),
    ),
    *(
        Image(names=names, entrypoint=(program,), shell="sh", os_release=os_releases.alpine())
        for program, names in {
            "hey": ("docker.io/williamyeh/hey", "docker.io/rakyll/hey", "docker.io/ricoli/hey"),
            "wrk": ("docker.io/williamyeh/wrk", "docker.io/skandyla/wrk"),
            "ab": ("docker.io/jordi/ab",),
            "dig": ("docker.io/toolbelt/dig",),
        }.items()
    ),
]
