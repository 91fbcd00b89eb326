"""Tags of well-known images: one that no release can have is not found."""

from __future__ import annotations

import pytest

from runner.practice.node import images


def refused(name: str) -> str | None:
    image = images.parse(name)
    assert image
    return images.refusal(image)


@pytest.mark.parametrize("name", ["nginx:1q2w3e4r01010101", "nginx:1.2x", "redis:7.", "mysql:8.0.40.1.2.3"])
def test_a_tag_that_only_begins_like_a_version_is_not_found(name: str) -> None:
    assert "not found" in str(refused(name))


@pytest.mark.parametrize(
    "name",
    [
        "nginx:1.27.3-alpine3.20-slim", "python:3.13.0a1-slim", "postgres:17rc1", "postgres:16beta2-alpine",
        "mysql:8.0.40-debian", "node:20.9.0-bookworm", "tomcat:9.0-jdk11", "busybox:1.36_1", "nginx:stable",
    ],
)  # fmt: skip
def test_versions_as_they_are_written_can_be_pulled(name: str) -> None:
    assert refused(name) is None
