"""The environment of istio-proxy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.containers.istiod.injected_owner import Owner
from runner.practice.containers.istiod.injection_settings import InjectionSettings

Json = dict[str, Any]

OWN_FIELDS = (
    ("POD_NAME", "metadata.name"),
    ("POD_NAMESPACE", "metadata.namespace"),
    ("INSTANCE_IP", "status.podIP"),
    ("SERVICE_ACCOUNT", "spec.serviceAccountName"),
    ("HOST_IP", "status.hostIP"),
)
PORT_FIELDS = ("name", "hostPort", "containerPort", "protocol", "hostIP")
"""In the order in which Go writes a ContainerPort."""
LIMITS_SINCE = (1, 18)
JWT_POLICY_UNTIL = (1, 24)


def environment(
    pod: Json, namespace: str, owner: Owner, containers: Sequence[str], settings: InjectionSettings
) -> list[Json]:
    """What the template sets, in its order."""
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    policy = [_value("JWT_POLICY", settings.value("global", "jwtPolicy"))]
    made: list[Json] = [
        *(policy if settings.version <= JWT_POLICY_UNTIL else ()),
        _value("PILOT_CERT_PROVIDER", settings.value("global", "pilotCertProvider")),
        _value("CA_ADDR", settings.value("global", "caAddress") or discovery_address(settings)),
        *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in OWN_FIELDS),
    ]
    if settings.version >= LIMITS_SINCE:
        made.append(_limit("ISTIO_CPU_LIMIT", "limits.cpu"))
    made += [
        _value("PROXY_CONFIG", f"{json.dumps(_own_config(settings), separators=(',', ':'))}\n"),
        _value("ISTIO_META_POD_PORTS", _ports(pod["spec"].get("containers") or ())),
        _value("ISTIO_META_APP_CONTAINERS", ",".join(containers)),
    ]
    if settings.version >= LIMITS_SINCE:
        made += [_limit("GOMEMLIMIT", "limits.memory"), _limit("GOMAXPROCS", "limits.cpu")]
    made.append(
        _value(
            "ISTIO_META_CLUSTER_ID", settings.value("global", "multiCluster", "clusterName") or "Kubernetes"
        )
    )
    if settings.version >= LIMITS_SINCE:
        node = {"fieldRef": {"fieldPath": "spec.nodeName"}}
        made.append({"name": "ISTIO_META_NODE_NAME", "valueFrom": node})
    mode = annotations.get("sidecar.istio.io/interceptionMode") or settings.proxy_config.get(
        "interceptionMode"
    )
    made.append(_value("ISTIO_META_INTERCEPTION_MODE", mode or "REDIRECT"))
    if network := settings.value("global", "network"):
        made.append(_value("ISTIO_META_NETWORK", network))
    if owner.name:
        made.append(_value("ISTIO_META_WORKLOAD_NAME", owner.name))
        where = f"kubernetes://apis/{owner.api_version}/namespaces/{namespace or 'default'}"
        made.append(_value("ISTIO_META_OWNER", f"{where}/{owner.kind.lower()}s/{owner.name}"))
    made.append(_value("ISTIO_META_MESH_ID", settings.value("global", "meshID") or settings.trust_domain))
    made.append(_value("TRUST_DOMAIN", settings.trust_domain))
    metadata: Mapping[str, Any] = settings.proxy_config.get("proxyMetadata") or {}
    return [*made, *(_value(name, str(value)) for name, value in sorted(metadata.items()))]


def discovery_address(settings: InjectionSettings) -> str:
    revision = settings.value("revision")
    name = f"istiod-{revision}" if revision else "istiod"
    return f"{name}.{settings.value('global', 'istioNamespace')}.svc:15012"


def _value(name: str, value: Any) -> Json:
    return {"name": name, "value": str(value)}


def _limit(name: str, resource: str) -> Json:
    return {"name": name, "valueFrom": {"resourceFieldRef": {"resource": resource}}}


def _own_config(settings: InjectionSettings) -> Json:
    """The proxy's configuration without what is the default."""
    found = {key: value for key, value in settings.proxy_config.items() if value not in ({}, None)}
    if found.get("discoveryAddress") == discovery_address(settings):
        del found["discoveryAddress"]
    tracing = dict(found.get("tracing") or {})
    if (tracing.get("zipkin") or {}).get("address") == "zipkin.istio-system:9411":
        del tracing["zipkin"]
    found.pop("tracing", None)
    return {**found, "tracing": tracing} if tracing else found


def _ports(containers: Sequence[Json]) -> str:
    """All of the containers' ports as JSON, laid out as the template does."""
    ports = [
        json.dumps({key: port[key] for key in PORT_FIELDS if port.get(key)}, separators=(",", ":"))
        for container in containers
        if container.get("name") != "istio-proxy"
        for port in container.get("ports") or ()
    ]
    lines = [f"    {',' if number else ''}{port}" for number, port in enumerate(ports)]
    return "\n".join(["[", *lines, "]"])
