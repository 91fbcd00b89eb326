"""HTTP probes of an application go to the agent beside it, which asks the application (pkg/kube/inject/app_probe.go)."""

from __future__ import annotations

import json
from typing import Any

from runner.practice.containers.istiod.injected_containers import PROXY
from runner.practice.containers.istiod.injection_settings import InjectionSettings

Json = dict[str, Any]

REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"
ALL_KINDS_SINCE = (1, 18)
"""From which version probes of tcpSocket and grpc are rewritten, too."""
PROBES = (("readinessProbe", "readyz"), ("livenessProbe", "livez"), ("startupProbe", "startupz"))


def rewrite_probes(spec: Json, annotations: Json, settings: InjectionSettings) -> Json:
    """Change the probes of a pod's containers; gives what the agent asks, by its own paths."""
    word = str(
        annotations.get(REWRITE, settings.value("sidecarInjectorWebhook", "rewriteAppHTTPProbe"))
    ).lower()
    if word not in ("true", "1", "t"):
        return {}
    port = int(annotations.get("status.sidecar.istio.io/port", settings.status_port))
    kinds = ("httpGet", "tcpSocket", "grpc") if settings.version >= ALL_KINDS_SINCE else ("httpGet",)
    asked: Json = {}
    beside = [each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always"]
    for container in [*(spec.get("containers") or ()), *beside]:
        if container["name"] == PROXY:
            continue
        named = {
            each["name"]: each["containerPort"] for each in container.get("ports") or () if each.get("name")
        }
        for field, word in PROBES:
            probe = container.get(field) or {}
            kind = next((each for each in kinds if each in probe), None)
            path = f"/app-health/{container['name']}/{word}"
            if kind is None or probe[kind].get("port") == port:
                continue
            if (own := _resolved(kind, probe, named)) is not None:
                asked[path] = own
            kept = {key: value for key, value in probe.items() if key != kind}
            scheme = {} if kind != "httpGet" else {"scheme": "HTTP"} if probe[kind].get("scheme") else {}
            headers = {"httpHeaders": probe[kind]["httpHeaders"]} if probe[kind].get("httpHeaders") else {}
            container[field] = {**kept, "httpGet": {"path": path, "port": port, **scheme, **headers}}
    return asked


def as_text(asked: Json) -> str:
    """For the variable ISTIO_KUBE_APP_PROBERS."""
    return json.dumps(asked, separators=(",", ":"), sort_keys=True)


def _resolved(kind: str, probe: Json, named: Json) -> Json | None:
    """The probe with its port as a number; None where no port has that name."""
    action = dict(probe[kind])
    if isinstance(action.get("port"), str):
        if action["port"] not in named:
            return None
        action["port"] = named[action["port"]]
    seconds = {"timeoutSeconds": probe["timeoutSeconds"]} if probe.get("timeoutSeconds") else {}
    return {kind: action, **seconds}
