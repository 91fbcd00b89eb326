"""Containers that end, and are started again and again."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.manifests import READY, applied, cleared, deployment, with_fault

WEB = deployment()
ISTIOD = deployment("istiod", image="docker.io/istio/pilot:1.11.3")
LIVE = deployment(
    container={"livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "failureThreshold": 1}}
)
FIRST = {"initContainers": [{"name": "first", "image": "busybox:1.36", "command": ["sh", "-c", "exit 3"]}]}

CASES = (
    Case(
        "crash-loop",
        "",
        READY,
        with_fault("crash-loop", WEB, log="one\ndatabase not reached: connection refused"),
        cleared,
        evidence="database not reached",
        about="pod/web-",
    ),
    Case("crash-loop", "init", READY, applied(deployment(pod=FIRST)), applied(WEB)),
    Case(
        "out-of-memory",
        "",
        READY,
        with_fault("crash-loop", WEB, because="oom"),
        cleared,
        evidence="OOMKilled",
        about="pod/web-",
    ),
    Case(
        "wrong-architecture",
        "",
        {"deployment": "istiod", "ready": True},
        with_fault("crash-loop", ISTIOD, target="istiod", because="exec-format"),
        cleared,
        evidence="exec format error",
        facts=("F14",),
    ),
    Case(
        "command-not-found",
        "",
        READY,
        with_fault("crash-loop", WEB, because="not-found"),
        cleared,
        evidence="not found",
    ),
    Case("ends-by-itself", "", READY, applied(deployment(image="busybox:1.36")), applied(WEB), evidence="0"),
    Case(
        "liveness-fails",
        "",
        READY,
        with_fault("not-ready", LIVE, probe="liveness", because="refused"),
        cleared,
        evidence="Liveness probe failed",
    ),
)
