"""What Kiali finds wrong with Istio's resources, with its codes (https://kiali.io/docs/features/validations/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from runner.practice.containers.telemetry.kiali.registry_hosts import (
    full_host,
    is_known,
    pods_behind,
    service_of,
)
from runner.practice.containers.telemetry.kiali.shown_objects import (
    MeshObjects,
    Object,
    labels_of_object,
    name_of,
    namespace_of,
)

MESH = "mesh"


@dataclass(frozen=True, slots=True)
class Check:
    code: str
    message: str
    severity: Literal["error", "warning", "unknown"]
    path: str


def checks_of(objects: MeshObjects, kind: str, obj: Object) -> list[Check]:
    """Of one resource; none where all is well."""
    find = {
        "VirtualService": _virtual_service,
        "DestinationRule": _destination_rule,
        "Gateway": _gateway,
        "AuthorizationPolicy": _authorization_policy,
        "PeerAuthentication": _with_selector,
        "RequestAuthentication": _with_selector,
        "Sidecar": _with_selector,
    }.get(kind)
    return list(find(objects, obj)) if find else []


def _virtual_service(objects: MeshObjects, obj: Object) -> Iterator[Check]:
    spec, namespace = obj["spec"], namespace_of(obj)
    for number, gateway in enumerate(spec.get("gateways") or ()):
        if gateway == MESH:
            continue
        where, _, name = gateway.rpartition("/")
        if not any(
            (namespace_of(each), name_of(each)) == (where or namespace, name)
            for each in objects.istio_of("Gateway")
        ):
            yield Check(
                "KIA1102",
                "VirtualService is pointing to a non-existent gateway",
                "error",
                f"spec/gateways[{number}]",
            )
    for protocol in ("http", "tcp", "tls"):
        for n, route in enumerate(spec.get(protocol) or ()):
            destinations = route.get("route") or ()
            for m, each in enumerate(destinations):
                path = f"spec/{protocol}[{n}]/route[{m}]"
                yield from _destination(objects, namespace, each.get("destination") or {}, path)
                if len(destinations) == 1 and each.get("weight") not in (None, 100):
                    message = "The weight is assumed to be 100 because there is only one route destination"
                    yield Check("KIA1104", message, "warning", f"{path}/weight")
    own = {full_host(host, namespace) for host in spec.get("hosts") or ()}
    gateways = set(spec.get("gateways") or (MESH,))
    for other in objects.istio_of("VirtualService"):
        if other is obj or (name_of(other), namespace_of(other)) == (name_of(obj), namespace):
            continue
        theirs = {full_host(host, namespace_of(other)) for host in other["spec"].get("hosts") or ()}
        if own & theirs and gateways & set(other["spec"].get("gateways") or (MESH,)):
            yield Check("KIA1106", "More than one Virtual Service for same host", "warning", "spec/hosts")
            break


def _destination(
    objects: MeshObjects, namespace: str, destination: Mapping[str, Any], path: str
) -> Iterator[Check]:
    host, subset = str(destination.get("host", "")), destination.get("subset")
    if not is_known(objects, host, namespace):
        message = "DestinationWeight on route doesn't have a valid service (host not found)"
        yield Check("KIA1101", message, "error", f"{path}/destination/host")
    elif subset and subset not in _subsets(objects, host, namespace):
        yield Check("KIA1107", "Subset not found", "warning", f"{path}/destination")


def _subsets(objects: MeshObjects, host: str, namespace: str) -> set[str]:
    full = full_host(host, namespace)
    return {
        str(subset.get("name"))
        for rule in objects.istio_of("DestinationRule")
        if full_host(str(rule["spec"].get("host", "")), namespace_of(rule)) == full
        for subset in rule["spec"].get("subsets") or ()
    }


def _destination_rule(objects: MeshObjects, obj: Object) -> Iterator[Check]:
    namespace, host = namespace_of(obj), str(obj["spec"].get("host", ""))
    if not is_known(objects, host, namespace):
        message = (
            "This host has no matching entry in the service registry (service, workload or service entries)"
        )
        yield Check("KIA0202", message, "error", "spec/host")
    for other in objects.istio_of("DestinationRule"):
        same = full_host(str(other["spec"].get("host", "")), namespace_of(other)) == full_host(
            host, namespace
        )
        if same and (name_of(other), namespace_of(other)) != (name_of(obj), namespace):
            message = "More than one DestinationRules for the same host subset combination"
            yield Check("KIA0201", message, "warning", "spec/host")
            break
    service = service_of(objects, host, namespace)
    if service is None:
        return
    pods = pods_behind(objects, service)
    for number, subset in enumerate(obj["spec"].get("subsets") or ()):
        wanted = (subset.get("labels") or {}).items()
        if not any(wanted <= labels_of_object(pod).items() for pod in pods):
            message = "This subset's labels are not found in any matching host"
            yield Check("KIA0203", message, "error", f"spec/subsets[{number}]")


def _gateway(objects: MeshObjects, obj: Object) -> Iterator[Check]:
    wanted = (obj["spec"].get("selector") or {}).items()
    if wanted and not any(wanted <= labels_of_object(pod).items() for pod in objects.pods):
        message = "No matching workload found for gateway selector in this namespace"
        yield Check("KIA0302", message, "warning", "spec/selector")


def _authorization_policy(objects: MeshObjects, obj: Object) -> Iterator[Check]:
    yield from _with_selector(objects, obj)
    namespace = namespace_of(obj)
    known = {name_of(each) for each in objects.namespaces}
    for n, rule in enumerate(obj["spec"].get("rules") or ()):
        for m, source in enumerate(rule.get("from") or ()):
            for name in (source.get("source") or {}).get("namespaces") or ():
                if "*" not in name and name not in known:
                    path = f"spec/rules[{n}]/from[{m}]/source/namespaces"
                    yield Check("KIA0101", "Namespace not found for this rule", "warning", path)
        for m, operation in enumerate(rule.get("to") or ()):
            for host in (operation.get("operation") or {}).get("hosts") or ():
                if "*" not in host and not is_known(objects, host.partition(":")[0], namespace):
                    path = f"spec/rules[{n}]/to[{m}]/operation/hosts"
                    message = "This host has no matching entry in the service registry"
                    yield Check("KIA0104", message, "error", path)


def _with_selector(objects: MeshObjects, obj: Object) -> Iterator[Check]:
    spec = obj.get("spec") or {}
    selector = spec.get("selector") or spec.get("workloadSelector") or {}
    wanted = (selector.get("matchLabels") or selector.get("labels") or {}).items()
    pods = [pod for pod in objects.pods if namespace_of(pod) == namespace_of(obj)]
    if wanted and not any(wanted <= labels_of_object(pod).items() for pod in pods):
        message = "No matching workload found for the selector in this namespace"
        yield Check("KIA0004", message, "warning", "spec/selector/matchLabels")
