"""httpbin and go-httpbin."""

from __future__ import annotations

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.httpbin import go_httpbin, gunicorn

IMAGES = [
    Image(
        names=(
            "docker.io/kennethreitz/httpbin",
            "docker.io/kong/httpbin",
            "docker.io/citizenstig/httpbin",
            "docker.io/simonkowallik/httpbin",
            "docker.io/istio/httpbin",
        ),
        cmd=("gunicorn", "-b", "0.0.0.0:80", "httpbin:app", "-k", "gevent"),
        programs={"gunicorn": gunicorn},
        os_release=os_releases.ubuntu("18.04"),
        memory=40 * 2**20,
    ),
    Image(
        names=("docker.io/mccutchen/go-httpbin", "ghcr.io/mccutchen/go-httpbin"),
        cmd=("/bin/go-httpbin",),
        programs={"go-httpbin": go_httpbin},
        shell="",
        commands=(),
        memory=12 * 2**20,
    ),
]
