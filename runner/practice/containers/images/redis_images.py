"""redis, and valkey, which speaks the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.redis_cli import redis_cli
from runner.practice.containers.image_programs.redis_server import redis_server

_NEWEST = {
    "5": "5.0.14",
    "6": "6.2.16",
    "6.0": "6.0.20",
    "6.2": "6.2.16",
    "7": "7.4.1",
    "7.0": "7.0.15",
    "7.2": "7.2.6",
    "7.4": "7.4.1",
}
_NAMES = (
    "docker.io/library/redis",
    "public.ecr.aws/docker/library/redis",
    "mirror.gcr.io/library/redis",
    "docker.io/bitnami/redis",
    "registry.k8s.io/redis",
    "k8s.gcr.io/redis",
    "docker.io/valkey/valkey",
    "gcr.io/google-samples/gb-redis-follower",
)


def _script(words: Sequence[str]) -> list[str]:
    is_option = bool(words) and (words[0].startswith("-") or words[0].endswith(".conf"))
    return ["redis-server", *words] if is_option else list(words)


def _for_tag(tag: str) -> Image:
    number = tag.partition("-")[0]
    version = number if re.fullmatch(r"\d+\.\d+\.\d+", number) else _NEWEST.get(number, "7.4.1")
    server = redis_server(version)
    is_alpine = "alpine" in tag
    return Image(
        names=_NAMES,
        cmd=("redis-server",),
        entrypoint_script=_script,
        working_dir="/data",
        folders=("/data",),
        programs={
            "redis-server": server,
            "redis-cli": redis_cli,
            "valkey-server": server,
            "valkey-cli": redis_cli,
        },
        env={"REDIS_VERSION": version},
        os_release=os_releases.alpine() if is_alpine else os_releases.debian(tag),
        shell="sh" if is_alpine else "bash",
        memory=6 * 2**20,
        idle_cpu=2.0,
    )


IMAGES = [replace(_for_tag(""), for_tag=_for_tag)]
