"""The volumes that istio-proxy brings with it, and where it mounts them."""

from __future__ import annotations

import json
from typing import Any

from runner.practice.containers.istiod.injection_settings import InjectionSettings

Json = dict[str, Any]

SOCKETS_SINCE = (1, 14)
CRL_SINCE = (1, 27)


def volumes(annotations: Json, settings: InjectionSettings) -> list[Json]:
    """In the template's order. Raises ValueError for an annotation that is no JSON."""
    made: list[Json] = []
    if bootstrap := annotations.get("sidecar.istio.io/bootstrapOverride"):
        made.append({"name": "custom-bootstrap-volume", "configMap": {"name": bootstrap}})
    if settings.version >= SOCKETS_SINCE:
        made += [
            {"name": name, "emptyDir": {}}
            for name in ("workload-socket", "credential-socket", "workload-certs")
        ]
    made.append({"name": "istio-envoy", "emptyDir": {"medium": "Memory"}})
    made.append({"name": "istio-data", "emptyDir": {}})
    fields = [
        {"path": name, "fieldRef": {"fieldPath": f"metadata.{name}"}} for name in ("labels", "annotations")
    ]
    made.append({"name": "istio-podinfo", "downwardAPI": {"items": fields}})
    if settings.value("global", "jwtPolicy") == "third-party-jwt":
        audience = settings.value("global", "sds", "token", "aud") or "istio-ca"
        token = {"path": "istio-token", "expirationSeconds": 43200, "audience": audience}
        made.append({"name": "istio-token", "projected": {"sources": [{"serviceAccountToken": token}]}})
    if settings.value("global", "pilotCertProvider") == "istiod":
        made.append({"name": "istiod-ca-cert", "configMap": {"name": "istio-ca-root-cert"}})
    if settings.version >= CRL_SINCE:
        made.append({"name": "istio-ca-crl", "configMap": {"name": "istio-ca-crl", "optional": True}})
    own = _json(annotations, "sidecar.istio.io/userVolume")
    return [*made, *({"name": name, **source} for name, source in own.items())]


def mounts(annotations: Json, settings: InjectionSettings) -> list[Json]:
    """In the template's order. Raises ValueError for an annotation that is no JSON."""
    made: list[Json] = []
    if settings.version >= SOCKETS_SINCE:
        made += [
            {"name": "workload-socket", "mountPath": "/var/run/secrets/workload-spiffe-uds"},
            {"name": "credential-socket", "mountPath": "/var/run/secrets/credential-uds"},
            {"name": "workload-certs", "mountPath": "/var/run/secrets/workload-spiffe-credentials"},
        ]
    if settings.value("global", "pilotCertProvider") == "istiod":
        made.append({"name": "istiod-ca-cert", "mountPath": "/var/run/secrets/istio"})
    if settings.version >= CRL_SINCE:
        made.append({"name": "istio-ca-crl", "mountPath": "/var/run/secrets/istio/crl"})
    made.append({"name": "istio-data", "mountPath": "/var/lib/istio/data"})
    if annotations.get("sidecar.istio.io/bootstrapOverride"):
        made.append({"name": "custom-bootstrap-volume", "mountPath": "/etc/istio/custom-bootstrap"})
    made.append({"name": "istio-envoy", "mountPath": "/etc/istio/proxy"})
    if settings.value("global", "jwtPolicy") == "third-party-jwt":
        made.append({"name": "istio-token", "mountPath": "/var/run/secrets/tokens"})
    made.append({"name": "istio-podinfo", "mountPath": "/etc/istio/pod"})
    own = _json(annotations, "sidecar.istio.io/userVolumeMount")
    return [*made, *({"name": name, **mount} for name, mount in own.items())]


def _json(annotations: Json, name: str) -> Json:
    if name not in annotations:
        return {}
    found = json.loads(annotations[name])
    if not isinstance(found, dict):
        raise ValueError(f"invalid value for annotation {name}")
    return found
