"""ConfigMaps, Secrets and keys that are not there."""

from __future__ import annotations

from typing import Any

from tests.faults.case import Case
from tests.faults.manifests import READY, applied, deployment, kubectl


def environment(**source: Any) -> Any:
    return deployment(container={"env": [{"name": "COLOR", "valueFrom": source}]})


def mounted(**source: Any) -> Any:
    return deployment(
        container={"volumeMounts": [{"name": "settings", "mountPath": "/settings"}]},
        pod={"volumes": [{"name": "settings", **source}]},
    )


SETTINGS = kubectl("create", "configmap", "settings", "--from-literal=color=red")
PASSWORD = kubectl("create", "secret", "generic", "password", "--from-literal=value=x")

CASES = (
    Case(
        "configmap-missing",
        "",
        READY,
        applied(environment(configMapKeyRef={"name": "settings", "key": "color"})),
        SETTINGS,
        evidence='configmap "settings" not found',
    ),
    Case(
        "configmap-missing",
        "misspelled",
        READY,
        applied(environment(configMapKeyRef={"name": "setings", "key": "color"})),
        applied(deployment()),
        before=SETTINGS,
    ),
    Case(
        "configmap-missing",
        "mounted",
        READY,
        applied(mounted(configMap={"name": "settings"})),
        SETTINGS,
        evidence='configmap "settings" not found',
    ),
    Case(
        "secret-missing",
        "",
        READY,
        applied(environment(secretKeyRef={"name": "password", "key": "value"})),
        PASSWORD,
        evidence='secret "password" not found',
    ),
    Case("secret-missing", "mounted", READY, applied(mounted(secret={"secretName": "password"})), PASSWORD),
    Case(
        "key-missing",
        "",
        READY,
        applied(environment(configMapKeyRef={"name": "settings", "key": "colour"})),
        applied(environment(configMapKeyRef={"name": "settings", "key": "color"})),
        before=SETTINGS,
        evidence="couldn't find key colour",
    ),
)
