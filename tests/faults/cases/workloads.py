"""Workloads whose own settings keep them from being ready."""

from __future__ import annotations

from typing import Any

from tests.faults.case import Case
from tests.faults.manifests import READY, applied, deployment, kubectl

REPLICAS = {"deployment": "web", "replicas": 1, "ready": True}


def job(script: str, **spec: Any) -> Any:
    pod = {
        "restartPolicy": "Never",
        "containers": [{"name": "work", "image": "busybox:1.36", "command": ["sh", "-c", script]}],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "work"},
        "spec": {"template": {"spec": pod}, **spec},
    }


DONE = {"job": "work", "ready": True}
AGAIN = kubectl("delete", "job", "work")

PAUSED = deployment(spec={"paused": True})
RESUMED = kubectl("rollout", "resume", "deployment/web")
NONE = deployment(spec={"replicas": 0})

CASES = (
    Case(
        "scaled-to-zero",
        "workload",
        REPLICAS,
        applied(NONE),
        applied(deployment()),
        real=True,
        evidence="0",
        passes=False,
    ),
    Case("rollout-paused", "", READY, applied(PAUSED), RESUMED, real=True, passes=False),
    Case(
        "job-failed",
        "",
        DONE,
        applied(job("exit 3", backoffLimit=0)),
        AGAIN,
        passes=False,
        evidence="backoff limit",
    ),
    Case(
        "job-deadline",
        "",
        DONE,
        applied(job("sleep 3600", activeDeadlineSeconds=1)),
        AGAIN,
        passes=False,
        real=True,
    ),
)
