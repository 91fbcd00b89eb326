"""Containers that run, and whose readiness probe fails."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.manifests import READY, applied, cleared, deployment, rolled_out, with_fault
from tests.faults.scene import Scene

PROBED = deployment(
    container={"readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 2}}
)
GATEWAY = deployment(
    container={
        "name": "istio-proxy",
        "readinessProbe": {"httpGet": {"path": "/healthz/ready", "port": 15021}, "periodSeconds": 2},
    }
)

GATED = deployment(pod={"readinessGates": [{"conditionType": "example.org/lb-target"}]})


async def gate_met(scene: Scene) -> None:
    """Somebody sets the condition, as a load balancer's controller does."""
    (pod,) = await scene.cluster.list("v1", "Pod", "default", "app=web")
    name = pod["metadata"]["name"]
    met = '{"status": {"conditions": [{"type": "example.org/lb-target", "status": "True"}]}}'
    await scene.kubectl("patch", "pod", name, "--subresource=status", "-p", met)


CASES = (
    Case("readiness-gate-not-met", "", READY, applied(GATED), gate_met, evidence="example.org/lb-target"),
    Case("probe-fails", "503", READY, with_fault("not-ready", PROBED), cleared, evidence="statuscode: 503"),
    Case(
        "probe-fails",
        "refused",
        READY,
        with_fault("not-ready", PROBED, because="refused"),
        cleared,
        evidence="refused",
    ),
    Case(
        "probe-fails",
        "timeout",
        READY,
        with_fault("not-ready", PROBED, because="timeout"),
        cleared,
        evidence="deadline",
    ),
    Case("probe-fails", "later", READY, with_fault("not-ready"), cleared, before=rolled_out(PROBED)),
    Case(
        "proxy-without-istiod",
        "",
        READY,
        with_fault("not-ready", GATEWAY),
        cleared,
        evidence="503",
        facts=("F17",),
    ),
)
