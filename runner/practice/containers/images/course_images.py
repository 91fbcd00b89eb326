"""The services of the Korean MSA course: order, delivery, products."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.spring_service import SpringKind, spring_service

ORDER = SpringKind("order", "orders", {"productId": None, "productName": None, "qty": None, "price": None})
DELIVERY = SpringKind(
    "delivery", "deliveries", {"orderId": None, "productId": None, "qty": None, "status": None}
)
PRODUCTS = SpringKind(
    "products",
    "products",
    {"name": None, "price": None, "stock": None, "imageUrl": None},
    tuple(
        {"name": name, "price": price, "stock": 10, "imageUrl": f"/goods/img/{name}.jpg"}
        for name, price in (
            ("TV", 10000),
            ("MASK", 20000),
            ("NOTEBOOK", 30000),
            ("TABLE", 40000),
            ("CLOCK", 50000),
        )
    ),
)
_SLOW = replace(ORDER, delay=(0.4, 0.62), at_once=4)
_STRICT = replace(ORDER, required="productId")
_JVM = 180 * 2**20
"""Bytes."""


def _image(kind: SpringKind, *names: str) -> Image:
    return Image(
        names=names,
        entrypoint=("java", "-Xmx400M", "-Djava.security.egd=file:/dev/./urandom", "-jar", "/app.jar"),
        programs={"java": spring_service(kind)},
        files={"/app.jar": b"PK"},
        env={"JAVA_HOME": "/usr/lib/jvm/java-11-openjdk", "LANG": "C.UTF-8"},
        shell="sh",
        os_release=os_releases.alpine("3.14"),
        memory=_JVM,
        idle_cpu=3.0,
    )


def _order(tag: str) -> Image:
    return _image(_SLOW if tag == "timeout" else _STRICT if tag == "v20121121" else ORDER)


IMAGES = [
    replace(
        _image(
            ORDER,
            "docker.io/jinyoung/monolith-order",
            "docker.io/jinyoung/order",
            "docker.io/jinyoung/monolith",
            "docker.io/apexacme/order*",
            "ghcr.io/acmexii/order*",
        ),
        for_tag=_order,
    ),
    _image(
        DELIVERY,
        "docker.io/jinyoung/delivery",
        "docker.io/jinyoung/monolith-delivery",
        "docker.io/apexacme/delivery*",
        "ghcr.io/acmexii/delivery*",
    ),
    _image(
        PRODUCTS,
        "docker.io/jinyoung/product*",
        "docker.io/apexacme/product*",
        "ghcr.io/acmexii/product*",
    ),
]
