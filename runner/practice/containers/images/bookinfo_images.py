"""Istio's Bookinfo: productpage, details, ratings, and reviews in three versions."""

from __future__ import annotations

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Program
from runner.practice.containers.image_programs import bookinfo

_MIB = 2**20


def _image(name: str, command: tuple[str, ...], program: Program, memory: int) -> Image:
    return Image(
        names=(f"docker.io/istio/examples-bookinfo-{name}", f"gcr.io/istio-release/examples-bookinfo-{name}",
               f"registry.istio.io/release/examples-bookinfo-{name}", f"quay.io/maistra/examples-bookinfo-{name}"),
        cmd=command,
        programs={command[0]: program},
        working_dir="/opt/microservices",
        folders=("/opt/microservices",),
        os_release=os_releases.debian("11"),
        memory=memory,
        idle_cpu=2.0,
    )  # fmt: skip


IMAGES = [
    _image("productpage-v1", ("python", "productpage.py", "9080"), bookinfo.productpage, 45 * _MIB),
    _image("details-v1", ("ruby", "details.rb", "9080"), bookinfo.details, 20 * _MIB),
    _image("details-v2", ("ruby", "details.rb", "9080"), bookinfo.details, 20 * _MIB),
    _image("ratings-v1", ("node", "ratings.js", "9080"), bookinfo.ratings, 30 * _MIB),
    *(
        _image(
            f"reviews-{version}",
            ("/opt/ibm/wlp/bin/server", "run", "defaultServer"),
            bookinfo.reviews(version),
            120 * _MIB,
        )
        for version in ("v1", "v2", "v3")
    ),
]
