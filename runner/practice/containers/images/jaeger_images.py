"""Jaeger's all-in-one image, and Zipkin's name for the same."""

from __future__ import annotations

from runner.practice.containers.container_image import Image
from runner.practice.containers.telemetry.jaeger_program import jaeger

IMAGES = [
    Image(
        names=(
            "docker.io/jaegertracing/all-in-one",
            "quay.io/jaegertracing/all-in-one",
            "docker.io/jaegertracing/jaeger",
        ),
        entrypoint=("/go/bin/all-in-one-linux",),
        programs={"/go/bin/all-in-one-linux": jaeger},
        shell="",
        commands=(),
        memory=24 * 2**20,
        idle_cpu=2,
    )
]
