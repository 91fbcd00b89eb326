"""Lists of what is in a namespace: applications, workloads, services, configuration; and their health."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runner.practice.containers.telemetry.kiali.registry_hosts import pods_behind
from runner.practice.containers.telemetry.kiali.shown_objects import (
    ISTIO,
    MeshObjects,
    Object,
    has_sidecar,
    labels_of_object,
    name_of,
    namespace_of,
)
from runner.practice.containers.telemetry.kiali.validations import checks_of
from runner.practice.containers.telemetry.prometheus_client import Sample

Json = dict[str, Any]
KEYS = {
    "VirtualService": "virtualServices",
    "DestinationRule": "destinationRules",
    "Gateway": "gateways",
    "ServiceEntry": "serviceEntries",
    "Sidecar": "sidecars",
    "EnvoyFilter": "envoyFilters",
    "WorkloadEntry": "workloadEntries",
    "WorkloadGroup": "workloadGroups",
    "PeerAuthentication": "peerAuthentications",
    "RequestAuthentication": "requestAuthentications",
    "AuthorizationPolicy": "authorizationPolicies",
    "Telemetry": "telemetries",
}

NOT_VALIDATED = frozenset({"envoyfilter", "telemetry", "workloadentry", "workloadgroup"})


def applications(objects: MeshObjects, namespace: str) -> list[Json]:
    """By the label `app` of workloads' pods."""
    found: dict[str, Json] = {}
    for _, workload in objects.workloads_of(namespace):
        labels = template_labels(workload)
        name = labels.get("app") or labels.get("app.kubernetes.io/name")
        if name:
            pods = objects.pods_of(workload)
            before = found.get(name, {"istioSidecar": True})
            sidecar = bool(pods) and all(map(has_sidecar, pods)) and before["istioSidecar"]
            found[name] = {"name": name, "istioSidecar": sidecar, "labels": {"app": name}}
    return [found[name] for name in sorted(found)]


def workloads(objects: MeshObjects, namespace: str) -> list[Json]:
    listed = []
    for kind, workload in objects.workloads_of(namespace):
        pods, labels = objects.pods_of(workload), template_labels(workload)
        status = workload.get("status") or {}
        listed.append(
            {
                "name": name_of(workload),
                "type": kind,
                "createdAt": workload["metadata"].get("creationTimestamp", ""),
                "resourceVersion": workload["metadata"].get("resourceVersion", ""),
                "istioSidecar": bool(pods) and all(map(has_sidecar, pods)),
                "labels": labels,
                "appLabel": "app" in labels,
                "versionLabel": "version" in labels,
                "podCount": len(pods),
                "desiredReplicas": _desired(kind, workload),
                "currentReplicas": status.get("replicas", status.get("currentNumberScheduled", 0)),
                "availableReplicas": status.get("availableReplicas", status.get("numberAvailable", 0)),
            }
        )
    return listed


def services(objects: MeshObjects, namespace: str) -> list[Json]:
    listed = []
    for service in sorted(objects.services, key=name_of):
        if namespace_of(service) != namespace:
            continue
        pods = pods_behind(objects, service)
        listed.append(
            {
                "name": name_of(service),
                "istioSidecar": bool(pods) and all(map(has_sidecar, pods)),
                "appLabel": any("app" in labels_of_object(pod) for pod in pods),
                "labels": labels_of_object(service),
                "ports": [
                    {
                        "name": each.get("name", ""),
                        "port": each["port"],
                        "protocol": each.get("protocol", "TCP"),
                    }
                    for each in service["spec"].get("ports") or ()
                ],
                "kialiWizard": "",
            }
        )
    return listed


def configuration(objects: MeshObjects, namespace: str) -> Json:
    """Every kind, with what is wrong by "name.namespace"."""
    made: Json = {"namespace": {"name": namespace}, "validations": {}}
    for kind in ISTIO:
        found = objects.istio_of(kind, namespace)
        made[KEYS[kind]] = found
        for each in found:
            checks = checks_of(objects, kind, each)
            made["validations"].setdefault(kind.lower(), {})[f"{name_of(each)}.{namespace_of(each)}"] = {
                "name": name_of(each),
                "objectType": kind.lower(),
                "valid": not any(check.severity == "error" for check in checks),
                "checks": [
                    {
                        "code": check.code,
                        "message": f"{check.code} {check.message}",
                        "severity": check.severity,
                        "path": check.path,
                    }
                    for check in checks
                ],
                "references": [],
            }
    return made


def configuration_count(objects: MeshObjects, namespace: str) -> tuple[int, int, int]:
    """(resources that are validated, with errors, with warnings)."""
    listed = configuration(objects, namespace)["validations"]
    found = [
        each for kind, of_kind in listed.items() if kind not in NOT_VALIDATED for each in of_kind.values()
    ]
    errors = sum(not each["valid"] for each in found)
    warnings = sum(each["valid"] and bool(each["checks"]) for each in found)
    return len(found), errors, warnings


def health(objects: MeshObjects, namespace: str, kind: str, samples: Iterable[Sample]) -> Json:
    """By name, for `kind` app, workload or service; `samples` are rates by destination and response code."""
    label = {"app": "destination_canonical_service", "workload": "destination_workload"}.get(
        kind, "destination_service_name"
    )
    requests: dict[str, dict[str, dict[str, float]]] = {}
    for sample in samples:
        of_name = requests.setdefault(sample.label(label), {}).setdefault(
            sample.label("request_protocol", "http"), {}
        )
        code = sample.label("response_code", "-")
        of_name[code] = of_name.get(code, 0.0) + sample.value
    names = {
        "app": [each["name"] for each in applications(objects, namespace)],
        "workload": [each["name"] for each in workloads(objects, namespace)],
    }.get(kind, [each["name"] for each in services(objects, namespace)])
    made: Json = {}
    for name in names:
        found: Json = {
            "requests": {"inbound": requests.get(name, {}), "outbound": {}, "healthAnnotations": {}}
        }
        statuses = [
            {
                "name": each["name"],
                "desiredReplicas": each["desiredReplicas"],
                "currentReplicas": each["currentReplicas"],
                "availableReplicas": each["availableReplicas"],
                "syncedProxies": each["podCount"] if each["istioSidecar"] else -1,
            }
            for each in workloads(objects, namespace)
            if (kind == "workload" and each["name"] == name)
            or (
                kind == "app"
                and name in (each["labels"].get("app"), each["labels"].get("app.kubernetes.io/name"))
            )
        ]
        if kind == "app":
            found["workloadStatuses"] = statuses
        elif kind == "workload":
            found["workloadStatus"] = statuses[0]
        found["status"] = _status(statuses, requests.get(name, {}))
        made[name] = found
    return made


def _status(statuses: list[Json], requests: Mapping[str, Mapping[str, float]]) -> str:
    """Healthy, Degraded, Failure, Not Ready: Kiali's default thresholds (5xx and 0 from 10 %, 4xx from 20 %)."""
    if any(each["desiredReplicas"] and not each["availableReplicas"] for each in statuses):
        return "Failure"
    worst = "Healthy"
    if any(each["availableReplicas"] < each["desiredReplicas"] for each in statuses):
        worst = "Degraded"
    if statuses and all(each["desiredReplicas"] == 0 for each in statuses):
        return "Not Ready"
    for codes in requests.values():
        total = sum(codes.values())
        if not total:
            continue
        failing = sum(rate for code, rate in codes.items() if code.startswith(("5", "0", "-"))) / total
        refused = sum(rate for code, rate in codes.items() if code.startswith("4")) / total
        if failing >= 0.1 or refused >= 0.2:
            return "Failure"
        if failing > 0 or refused >= 0.1:
            worst = "Degraded"
    return worst


def template_labels(workload: Object) -> dict[str, str]:
    """Of its pods."""
    meta = (workload["spec"].get("template") or {}).get("metadata") or {}
    return dict(meta.get("labels") or {})


def _desired(kind: str, workload: Object) -> int:
    if kind == "DaemonSet":
        return int((workload.get("status") or {}).get("desiredNumberScheduled", 0))
    return int(workload["spec"].get("replicas", 1))
