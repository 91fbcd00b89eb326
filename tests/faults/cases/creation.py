"""Pods that are not even created."""

from __future__ import annotations

from typing import Any

from tests.faults.case import Case
from tests.faults.manifests import READY, applied, cleared, deployment, kubectl, with_fault
from tests.faults.scene import Scene

WEB = deployment()


def quota(**hard: str) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small"},
        "spec": {"hard": hard},
    }


async def enforced(scene: Scene, **hard: str) -> None:
    """Make a quota, and wait until its controller has taken it up: before that, a real server refuses nothing by it, and
    what is created meanwhile may go uncounted for minutes."""
    await scene.apply(quota(**hard))
    taken_up = ""
    while not taken_up:
        taken_up = await scene.kubectl("get", "resourcequota", "small", "-o", "jsonpath={.status.used}")


async def full(scene: Scene) -> None:
    """A quota for one pod, which is there already."""
    await enforced(scene, pods="1")
    await scene.apply(deployment("other"))
    await scene.kubectl("wait", "--for=condition=Progressing", "deployment/other", "--timeout=60s")
    used = ""
    while used != "1":
        used = await scene.kubectl("get", "resourcequota", "small", "-o", "jsonpath={.status.used.pods}")


async def cpu_asked(scene: Scene) -> None:
    """A quota under which each pod must say how much CPU it requests."""
    await enforced(scene, **{"requests.cpu": "1"})


async def own_namespace(scene: Scene) -> None:
    await scene.kubectl("create", "namespace", "istio-system")


async def injecting_itself(scene: Scene) -> None:
    scene.faults.add("creation-refused", "istio-system/istiod")
    await scene.kubectl("label", "namespace", "istio-system", "istio-injection=enabled")
    await scene.kubectl(
        "create", "deployment", "istiod", "--image=docker.io/istio/pilot:1.11.3", "-n", "istio-system"
    )


async def no_injection(scene: Scene) -> None:
    await scene.kubectl("label", "namespace", "istio-system", "istio-injection-")
    scene.faults.clear()


CASES = (
    Case(
        "quota-exceeded",
        "",
        READY,
        applied(WEB),
        kubectl("delete", "resourcequota", "small"),
        before=full,
        evidence="exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1",
        about="deployment/web",
        real=True,
    ),
    Case(
        "quota-unsaid",
        "",
        READY,
        applied(WEB),
        kubectl("delete", "resourcequota", "small"),
        before=cpu_asked,
        evidence="must specify requests.cpu",
        real=True,
    ),
    Case(
        "service-account-missing",
        "",
        READY,
        applied(deployment(pod={"serviceAccountName": "robot"})),
        kubectl("create", "serviceaccount", "robot"),
        evidence="robot",
    ),
    Case(
        "injector-unreachable",
        "",
        READY,
        with_fault("creation-refused", WEB),
        cleared,
        evidence="context deadline exceeded",
        facts=("F42",),
    ),
    Case(
        "injection-in-istio-system",
        "",
        {"deployment": "istiod", "in": "istio-system", "ready": True},
        injecting_itself,
        no_injection,
        before=own_namespace,
        evidence="failed calling webhook",
        facts=("F16",),
    ),
    Case(
        "webhook-unreachable",
        "",
        READY,
        with_fault(
            "creation-refused",
            WEB,
            message='failed calling webhook "check.example.com": failed to call webhook: Post '
            '"https://check.policy.svc:443/validate?timeout=10s": service "check" not found',
        ),
        cleared,
        evidence='service "check" not found',
    ),
)
