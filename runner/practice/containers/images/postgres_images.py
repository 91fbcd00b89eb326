"""postgres."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.postgres_dump import manage, pg_dump
from runner.practice.containers.image_programs.postgres_server import postgres
from runner.practice.containers.image_programs.psql import pg_isready, psql

_NEWEST = {
    "9": "9.6.24",
    "10": "10.23",
    "11": "11.22",
    "12": "12.22",
    "13": "13.18",
    "14": "14.15",
    "15": "15.10",
    "16": "16.6",
    "17": "17.2",
}
DATA = "/var/lib/postgresql/data"


def _script(words: Sequence[str]) -> list[str]:
    words = ["postgres", *words] if words and words[0].startswith("-") else list(words)
    return ["docker-entrypoint.sh", *words] if words[:1] == ["postgres"] else words


def _for_tag(tag: str) -> Image:
    number = tag.partition("-")[0]
    version = number if re.fullmatch(r"\d+\.\d+(\.\d+)?", number) else _NEWEST.get(number, "17.2")
    server = postgres(version)
    is_alpine = "alpine" in tag
    return Image(
        names=(
            "docker.io/library/postgres",
            "public.ecr.aws/docker/library/postgres",
            "mirror.gcr.io/library/postgres",
            "docker.io/bitnami/postgresql",
            "docker.io/postgis/postgis",
        ),
        cmd=("postgres",),
        entrypoint_script=_script,
        programs={
            "docker-entrypoint.sh": server,
            "postgres": server,
            "psql": psql,
            "pg_isready": pg_isready,
            **dict.fromkeys(("pg_dump", "pg_dumpall"), pg_dump),
            **dict.fromkeys(("createdb", "dropdb", "createuser", "dropuser"), manage),
        },
        folders=(DATA, "/docker-entrypoint-initdb.d", "/var/run/postgresql"),
        env={
            "PGDATA": DATA,
            "PG_MAJOR": version.partition(".")[0],
            "PG_VERSION": version,
            "LANG": "en_US.utf8",
        },
        os_release=os_releases.alpine() if is_alpine else os_releases.debian(tag),
        shell="sh" if is_alpine else "bash",
        memory=40 * 2**20,
        idle_cpu=1.0,
    )


IMAGES = [replace(_for_tag(""), for_tag=_for_tag)]
