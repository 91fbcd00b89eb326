"""Webhooks that run in pods are asked over TLS, through their Service."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from runner.practice.containers.image_programs.webhook_certgen import certificates
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Object
from runner.practice.machinery.users import ADMIN
from runner.practice.machinery.webhook_calls import Unanswered, WebhookAnswers
from runner.practice.machinery.write_pipeline import WriteOptions
from tests.practice.running.running_pods import RunningPods

CONTROLLER = "registry.k8s.io/ingress-nginx/controller:v1.11.3"
ARGS = [
    f"--validating-webhook-{part}=/certificates/{name}"
    for part, name in (("certificate", "cert"), ("key", "key"))
]
FAILED = (
    'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook:'
    ' Post "https://{0}.default.svc:443/x?timeout=10s": '
)


def service(name: str, target: int, app: str) -> Object:
    spec = {"selector": {"app": app}, "ports": [{"port": 443, "targetPort": target}]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


def pod(name: str, image: str, **more: Any) -> Object:
    meta = {"name": name, "namespace": "default", "labels": {"app": name}}
    main = {"name": "main", "image": image, **more.pop("container", {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [main], **more}}


def configuration(name: str, authority: bytes) -> Object:
    where = {
        "service": {"name": name, "namespace": "default", "path": "/x"},
        "caBundle": base64.b64encode(authority).decode(),
    }
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    hook = {"name": "a.example.com", "clientConfig": where, "rules": [rule], "sideEffects": "None"}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "hooks"},
        "webhooks": [{**hook, "admissionReviewVersions": ["v1"]}],
    }


class Front:
    """An admission webhook with a certificate for front.default.svc, and ConfigMaps about which it is asked."""

    def __init__(self, pods: RunningPods, authority: bytes) -> None:
        self.world, self.authority = pods.world, authority
        self.warnings: list[str] = []

    async def ask(self, name: str, authority: bytes | None = None) -> str:
        """Why a ConfigMap is refused; "" where it is made."""
        world = self.world
        if world.find("validatingwebhookconfigurations.admissionregistration.k8s.io", "hooks", ""):
            world.delete("validatingwebhookconfigurations.admissionregistration.k8s.io", "hooks", "")
        world.create(
            "validatingwebhookconfigurations.admissionregistration.k8s.io",
            configuration(name, self.authority if authority is None else authority),
        )
        pipeline = world.control_plane.pipeline
        answers = WebhookAnswers()
        made = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"generateName": "c", "namespace": "default"},
        }
        async with asyncio.timeout(20):
            while True:
                self.warnings = []
                options = WriteOptions(user=ADMIN, webhooks=answers, warnings=self.warnings)
                try:
                    pipeline.create(pipeline.resource("configmaps"), "v1", made, options)
                except Unanswered as waiting:
                    await waiting.fetch()
                except ApiError as error:
                    return error.message
                else:
                    return ""


@pytest.fixture
async def front(pods: RunningPods) -> Front:
    made = certificates(["front.default.svc"])
    data = {key: base64.b64encode(value).decode() for key, value in made.items()}
    world = pods.world
    world.create(
        "secrets",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "tls", "namespace": "default"},
            "data": data,
        },
    )
    mounted = {
        "args": ["/nginx-ingress-controller", *ARGS],
        "volumeMounts": [{"name": "tls", "mountPath": "/certificates"}],
    }
    volumes = [{"name": "tls", "secret": {"secretName": "tls"}}]
    world.create("pods", pod("front", CONTROLLER, container=mounted, volumes=volumes))
    world.create("pods", pod("unknown", "example.com/operator:1"))
    for name, target, app in (
        ("front", 8443, "front"), ("other", 8443, "front"), ("plain", 80, "front"), ("closed", 999, "front"),
        ("nobody", 8443, "nobody"), ("unknown", 9443, "unknown"),
    ):  # fmt: skip
        world.create("services", service(name, target, app))
    await world.until(
        lambda: all((world.find("endpoints", name) or {}).get("subsets") for name in ("closed", "unknown"))
    )
    return Front(pods, made["ca"])


async def test_a_webhook_in_a_pod_is_asked(front: Front) -> None:
    async with asyncio.timeout(20):
        while await front.ask("front"):  # the controller has begun to listen a moment after its container
            await asyncio.sleep(0.02)
    assert not front.warnings
    unknown = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    assert await front.ask("front", certificates(["x"])["ca"]) == FAILED.format("front") + unknown
    other = "x509: certificate is valid for front.default.svc, not other.default.svc"
    assert await front.ask("other") == f"{FAILED.format('other')}tls: failed to verify certificate: {other}"
    plain = "http: server gave HTTP response to HTTPS client"
    assert await front.ask("plain") == FAILED.format("plain") + plain
    for name in ("closed", "nobody"):
        refused = await front.ask(name)
        assert refused.startswith(f"{FAILED.format(name)}dial tcp 10."), refused
        assert refused.endswith(":443: connect: connection refused")
    assert not front.warnings


async def test_a_program_of_which_nothing_is_known_is_left_out_with_a_warning(front: Front) -> None:
    assert await front.ask("unknown") == ""
    assert front.warnings == [
        'webhook "a.example.com" was not asked: the practice cluster does not know the program in its pods'
        " (Service default/unknown)"
    ]
