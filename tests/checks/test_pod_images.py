"""Images that can't be pulled, and which were meant."""

from __future__ import annotations

import pytest
from fake_world import make
from pod_world import event, pod, rule, waiting, world

from checks.diagnosis.image_causes import image_not_pulled
from checks.diagnosis.likeness import LONGEST, MOST, nearest
from checks.diagnosis.spelling import probably_meant


@pytest.mark.parametrize(
    ("status", "events", "expected", "field", "source"),
    [
        (waiting("ErrImagePull", "manifest unknown"), [], "image-not-found", "message", ""),
        (waiting("ErrImagePull"), [], "image-not-pulled", "reason", ""),
        (waiting("ErrImagePull", "HTTP 429"), [], "pull-limit", "message", ""),
        (waiting("ErrImageNeverPull", "x"), [], "image-not-on-node", "message", ""),
        (waiting("ErrImagePull", "no match for platform in manifest"), [], "image-platform", "message", ""),
        (waiting("ErrImagePull", "dial tcp: i/o timeout"), [], "registry-unreachable", "message", ""),
        (waiting("ErrImagePull", "unauthorized", image="quay.io/a/b"), [], "image-denied", "message", ""),
        (
            waiting("ErrImagePull", "x", image="gcr.io/istio-release/pilot:1"),
            [],
            "registry-retired",
            "message",
            "",
        ),
        (
            waiting("ImagePullBackOff", "Back-off"),
            [event("Failed", "Failed to pull image: not found")],
            "image-not-found",
            "",
            "event Failed",
        ),
        (
            waiting("ImagePullBackOff", "Back-off"),
            [event("Failed", "Back-off pull not found")],
            "image-not-pulled",
            "message",
            "",
        ),
        (
            waiting("ImagePullBackOff", "Back-off"),
            [event("Failed", "Error: not found")],
            "image-not-pulled",
            "message",
            "",
        ),
        (
            waiting("ErrImagePull", "x"),
            [event("Failed", "Failed to pull image: not found")],
            "image-not-pulled",
            "message",
            "",
        ),
        (waiting("ContainerCreating", "manifest unknown"), [], None, "", ""),
    ],
)
async def test_an_image_that_is_not_pulled(status, events, expected, field, source):
    finding = await image_not_pulled(world(*events), pod({"name": "fine", "state": {"running": {}}}, status))
    assert rule(finding) == expected
    if finding:
        assert (finding.field, finding.source) == (
            f"status.containerStatuses[1].state.waiting.{field}" if field else "",
            source,
        )


def running_with(image, phase="Running"):
    return make("Pod", image, spec={"containers": [{"image": image}]}, status={"phase": phase})


def earlier(image, ready):
    return make(
        "ReplicaSet",
        image,
        spec={"template": {"spec": {"containers": [{"image": image}]}}},
        status={"readyReplicas": ready},
    )


@pytest.mark.parametrize(
    ("image", "objects", "meant"),
    [
        ("ngnix:1.25", [], "nginx:1.25"),
        ("ngnix", [], "nginx"),
        ("docker.io/library/ngnix:1", [], "nginx:1"),
        ("nginx:1.999", [], ""),
        ("nginx:1.999", [running_with("nginx:1.25")], "nginx:1.25"),
        (
            "nginx:1.999",
            [running_with("docker.io/library/nginx:1.2"), running_with("nginx:1.1")],
            "docker.io/library/nginx:1.2",
        ),
        ("nginx:1.999", [running_with("nginx:1.25", "Pending")], ""),
        ("nginx:1.999", [earlier("nginx:1.25", 1)], "nginx:1.25"),
        ("nginx:1.999", [earlier("nginx:1.25", 0)], ""),
        ("shop/frontend:2", [running_with("shop/frontends:2")], "shop/frontends:2"),
        ("shop/frontend:2", [running_with("shop/backend:7")], ""),
        ("shop/frontend:2", [running_with("shop/frontend:2")], ""),
        ("quay.io/kiali/kaili:v1", [], "quay.io/kiali/kiali:v1"),
    ],
)
async def test_the_image_that_was_meant(image, objects, meant):
    assert await probably_meant(world(*objects), pod(), image) == meant


async def test_a_misspelled_image_is_told_with_the_right_one():
    status = waiting("ErrImagePull", "manifest unknown", image="ngnix:1")
    finding = await image_not_pulled(world(), pod(status))
    assert (finding.rule, finding.remedy.values["meant"]) == ("image-misspelled", "nginx:1")
    other = waiting("ErrImagePull", "no such host", image="ngnix:1")
    assert rule(await image_not_pulled(world(), pod(other))) == "registry-unreachable"


def test_names_that_are_like_another():
    assert nearest("kaili", ["grafana", "kiali"]) == "kiali"
    assert nearest("x", ["kiali"]) == ""
    assert nearest("a" * LONGEST, ["a" * LONGEST]) == "a" * LONGEST
    assert nearest("a" * (LONGEST + 1), ["a" * LONGEST]) == ""
    assert nearest("a" * LONGEST, ["a" * (LONGEST + 1)]) == ""
    assert nearest("kaili", ["x"] * (MOST - 1) + ["kiali"]) == "kiali"
    assert nearest("kaili", ["x"] * MOST + ["kiali"]) == ""
    assert nearest("abcdefghij", ["abcdefxxxx"]) == "abcdefxxxx"
    assert nearest("abcdefghij", ["abcdexxxxx"]) == ""
