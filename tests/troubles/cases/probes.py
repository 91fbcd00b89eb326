"""Containers that run, and whose readiness probe fails."""

from __future__ import annotations

from tests.troubles.case import Case
from tests.troubles.manifests import READY, cleared, deployment, rolled_out, troubled

PROBED = deployment(
    container={"readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 2}}
)
GATEWAY = deployment(
    container={
        "name": "istio-proxy",
        "readinessProbe": {"httpGet": {"path": "/healthz/ready", "port": 15021}, "periodSeconds": 2},
    }
)

CASES = (
    Case("probe-fails", "503", READY, troubled("not-ready", PROBED), cleared, evidence="statuscode: 503"),
    Case(
        "probe-fails",
        "refused",
        READY,
        troubled("not-ready", PROBED, because="refused"),
        cleared,
        evidence="refused",
    ),
    Case(
        "probe-fails",
        "timeout",
        READY,
        troubled("not-ready", PROBED, because="timeout"),
        cleared,
        evidence="deadline",
    ),
    Case("probe-fails", "later", READY, troubled("not-ready"), cleared, before=rolled_out(PROBED)),
    Case(
        "proxy-without-istiod",
        "",
        READY,
        troubled("not-ready", GATEWAY),
        cleared,
        evidence="503",
        facts=("F17",),
    ),
)
