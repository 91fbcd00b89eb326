"""mysql and mariadb."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.mysql_admin import mysqladmin
from runner.practice.containers.image_programs.mysql_client import mysql
from runner.practice.containers.image_programs.mysql_daemon import mysqld
from runner.practice.containers.image_programs.mysql_dump import mysqldump
from runner.practice.containers.image_programs.mysql_server import DATA
from runner.practice.containers.os_releases import debian, red_hat

_PATCH = {
    "5.6": "5.6.51",
    "5.7": "5.7.44",
    "5": "5.7.44",
    "8.0": "8.0.40",
    "8": "8.4.3",
    "8.4": "8.4.3",
    "9": "9.1.0",
}


def _script(words: Sequence[str]) -> list[str]:
    if words and words[0].startswith("-"):
        words = ["mysqld", *words]
    return ["docker-entrypoint.sh", *words] if words and words[0] in ("mysqld", "mariadbd") else list(words)


def _image(names: Sequence[str], name: str, version: str, os_release: str) -> Image:
    daemon = mysqld(version, name)
    return Image(
        names=names,
        cmd=("mysqld",),
        entrypoint_script=_script,
        programs={"docker-entrypoint.sh": daemon, "mysqld": daemon, "mariadbd": daemon, "mysql": mysql, "mariadb": mysql,
                  "mysqladmin": mysqladmin, "mariadb-admin": mysqladmin, "mysqldump": mysqldump,
                  "mariadb-dump": mysqldump},
        folders=(DATA, "/docker-entrypoint-initdb.d", "/etc/mysql/conf.d", "/var/run/mysqld"),
        env={"MYSQL_VERSION": version} if name == "MySQL" else {"MARIADB_VERSION": version},
        os_release=os_release,
        memory=350 * 2**20 if name == "MySQL" else 90 * 2**20,
        idle_cpu=5.0,
    )  # fmt: skip


_ORACLE = red_hat("Oracle Linux Server", "ol", "9.4")
_MYSQL = (
    "docker.io/library/mysql",
    "public.ecr.aws/docker/library/mysql",
    "mirror.gcr.io/library/mysql",
    "docker.io/mysql/mysql-server",
    "container-registry.oracle.com/mysql/community-server",
    "docker.io/bitnami/mysql",
)
_MARIADB = (
    "docker.io/library/mariadb",
    "docker.io/bitnami/mariadb",
    "quay.io/mariadb-foundation/mariadb-devel",
)


def _mysql(tag: str) -> Image:
    number = tag.partition("-")[0]
    version = number if re.fullmatch(r"\d+\.\d+\.\d+", number) else _PATCH.get(number, "9.1.0")
    return _image(_MYSQL, "MySQL", version, _ORACLE)


def _mariadb(tag: str) -> Image:
    number = tag.partition("-")[0]
    version = number if re.fullmatch(r"\d+\.\d+(\.\d+)?", number) else "11.6.2"
    return _image(_MARIADB, "MariaDB", f"{version}-MariaDB-ubu2404", debian())


IMAGES = [
    replace(_mysql(""), for_tag=_mysql),
    replace(_mariadb(""), for_tag=_mariadb),
]
