"""Claims that are not bound."""

from __future__ import annotations

from typing import Any

from tests.faults.case import Case
from tests.faults.manifests import READY, applied, deployment, kubectl


def claim(**spec: Any) -> Any:
    size = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": size | spec,
    }


STORING = deployment(
    container={"volumeMounts": [{"name": "data", "mountPath": "/data"}]},
    pod={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]},
)

CASES = (
    Case(
        "claim-missing",
        "",
        READY,
        applied(STORING),
        applied(claim()),
        evidence="data",
        about="pod/web-",
        real=True,
    ),
    Case(
        "storage-class-missing",
        "",
        READY,
        applied(claim(storageClassName="fast"), STORING),
        applied(deployment()),
        evidence="fast",
        about="persistentvolumeclaim/data",
        real=True,
    ),
    Case(
        "no-storage-class",
        "",
        READY,
        applied(claim(), STORING),
        applied(deployment()),
        before=kubectl("delete", "storageclass", "--all"),
        about="persistentvolumeclaim/data",
        real=True,
    ),
)
