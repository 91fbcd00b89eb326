"""Labels and annotations that a pod gets with its proxy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runner.practice.containers.istiod.injected_owner import Owner
from runner.practice.containers.istiod.injection_policy import STATUS
from runner.practice.containers.istiod.injection_settings import InjectionSettings

Json = dict[str, Any]

DEFAULT_CONTAINER = (
    "kubectl.kubernetes.io/default-container",
    "kubectl.kubernetes.io/default-logs-container",
)
EVERY_CONTAINER_SINCE = (1, 13)
REVISION_IN_ANNOTATIONS_SINCE = (1, 24)


def added_labels(pod_labels: Json, owner: Owner, settings: InjectionSettings, *, gateway: bool) -> Json:
    """Those that are added; what the pod has itself stays."""
    name = (
        _first(pod_labels, "service.istio.io/canonical-name", "app.kubernetes.io/name", "app") or owner.name
    )
    version = _first(
        pod_labels, "service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"
    )
    found = {
        "service.istio.io/canonical-name": name,
        "service.istio.io/canonical-revision": version or "latest",
    }
    if gateway:
        return {**found, "istio.io/rev": settings.revision}
    return {"security.istio.io/tlsMode": pod_labels.get("security.istio.io/tlsMode", "istio"), **found}


def added_annotations(pod_annotations: Json, containers: Sequence[str], settings: InjectionSettings) -> Json:
    """Those of the template: the container that kubectl takes where none is named."""
    several = settings.version >= EVERY_CONTAINER_SINCE
    found: Json = {}
    if len(containers) == 1 or (several and containers):
        found = {key: containers[0] for key in DEFAULT_CONTAINER if not (several and key in pod_annotations)}
    if settings.version >= REVISION_IN_ANNOTATIONS_SINCE:
        found["istio.io/rev"] = settings.revision
    return found


def scraping_annotations(pod_annotations: Json, settings: InjectionSettings) -> tuple[Json, Json | None]:
    """(annotations by which Prometheus scrapes the proxy, what they were before for the proxy to scrape itself)."""
    wanted = str(
        pod_annotations.get(
            "prometheus.istio.io/merge-metrics", settings.mesh.get("enablePrometheusMerge", True)
        )
    )
    port = str(settings.status_port)
    if wanted.lower() in ("false", "0", "f") or pod_annotations.get("prometheus.io/port") == port:
        return {}, None
    before = {key: pod_annotations.get(f"prometheus.io/{key}", "") for key in ("scrape", "path", "port")}
    found = {
        "prometheus.io/port": port,
        "prometheus.io/path": "/stats/prometheus",
        "prometheus.io/scrape": "true",
    }
    return found, before if any(before.values()) else None


def status_annotation(template: Json, settings: InjectionSettings) -> Json:
    """The annotation that says what was injected."""
    spec = template["spec"]

    def names(field: str) -> list[str] | None:
        return [each["name"] for each in spec.get(field) or ()] or None

    found = {
        "initContainers": names("initContainers"),
        "containers": names("containers"),
        "volumes": names("volumes"),
        "imagePullSecrets": names("imagePullSecrets"),
        "revision": settings.revision,
    }
    return {STATUS: json.dumps(found, separators=(",", ":"))}


def _first(found: Json, *keys: str) -> str:
    return next((str(found[key]) for key in keys if key in found), "")
