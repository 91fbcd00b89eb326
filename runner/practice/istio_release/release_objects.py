"""The objects of an installation: the manifests beside this module, as a version, a profile and settings have them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from runner.practice.istio_release.istio_definitions import definitions
from runner.practice.istio_release.release_revisions import SYSTEM, named, of_revision
from runner.practice.istio_release.release_settings import (
    CORE,
    EGRESS,
    INGRESS,
    ISTIOD,
    ReleaseSettings,
    of_minor,
)

Json = dict[str, Any]

MANIFESTS = Path(__file__).with_name("manifests")
FILES = {CORE: "core", ISTIOD: "istiod", INGRESS: "ingressgateway", EGRESS: "egressgateway"}
FIRST_KINDS = ("CustomResourceDefinition", "ServiceAccount", "ConfigMap")
"""What others need to be there."""
DISRUPTION_V1_SINCE = 14
ENVOY_FILTERS_UNTIL = 22
VALIDATORS_SINCE = 13
"""Since then a validator of its own is for what has no revision."""
SCALER_VERSIONS = {11: "autoscaling/v2beta1", 18: "autoscaling/v2"}
PROXY_RESOURCES = {"limits": {"cpu": "2000m", "memory": "1024Mi"}}


def objects(component: str, settings: ReleaseSettings) -> list[Json]:
    """A component's objects, in the order of its chart."""
    text = (MANIFESTS / f"{FILES[component]}.yaml").read_text(encoding="utf-8")
    text = text.replace("@HUB@", settings.hub).replace("@TAG@", settings.tag)
    found: list[Json] = [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]
    if component == CORE:
        found += definitions(settings.minor)
    made: list[Json] = []
    for obj in found:
        made += _changed(obj, settings)
    if component == ISTIOD and settings.minor >= VALIDATORS_SINCE:
        made.append(_default_validator(made))
    if settings.profile == "default" and component in (ISTIOD, INGRESS):
        made.append(_scaler(made, settings))
    return [of_revision(obj, settings.revision) for obj in made] if settings.revision else made


def all_objects(settings: ReleaseSettings) -> list[Json]:
    return [each for component in settings.components for each in objects(component, settings)]


def in_install_order(found: list[Json]) -> list[Json]:
    """What other objects need comes first; otherwise as it was."""
    return sorted(
        found,
        key=lambda obj: FIRST_KINDS.index(obj["kind"]) if obj["kind"] in FIRST_KINDS else len(FIRST_KINDS),
    )


def as_text(found: list[Json]) -> str:
    """YAML documents."""
    return yaml.dump_all(found, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)


def _changed(obj: Json, settings: ReleaseSettings) -> list[Json]:
    """What a version and settings make of an object of 1.11's demo profile; none where they have none."""
    kind, name = obj["kind"], obj["metadata"]["name"]
    if kind == "EnvoyFilter" and settings.minor > ENVOY_FILTERS_UNTIL:
        return []
    if kind == "PodDisruptionBudget" and settings.minor >= DISRUPTION_V1_SINCE:
        obj["apiVersion"] = "policy/v1"
    if kind == "ConfigMap" and name == "istio":
        obj["data"]["mesh"] = yaml.safe_dump(_mesh(settings), sort_keys=True)
    if kind == "ConfigMap" and name == "istio-sidecar-injector":
        obj["data"] = _injector(settings)
    if kind == "Deployment":
        _change_deployment(obj, settings)
    if kind == "Service" and name != "istiod":
        _change_gateway_service(obj, name, settings)
    return [obj]


def _mesh(settings: ReleaseSettings) -> Json:
    """The mesh's configuration: the profile's, with what is set of it above."""
    found: Json = {
        "defaultConfig": {"discoveryAddress": f"{named('istiod', settings.revision)}.{SYSTEM}.svc:15012"},
        "enablePrometheusMerge": True,
        "rootNamespace": SYSTEM,
        "trustDomain": "cluster.local",
    }
    if settings.minor <= 21:
        found["defaultConfig"]["proxyMetadata"] = {}
        zipkin = {"zipkin": {"address": f"zipkin.{SYSTEM}:9411"}}
        found["defaultConfig"]["tracing"] = {
            **({"sampling": 100} if settings.profile == "demo" else {}),
            **zipkin,
        }
    if settings.profile == "demo":
        found["accessLogFile"] = "/dev/stdout"
        if settings.minor >= 22:
            found["extensionProviders"] = _providers()
    return _over(found, settings.value("meshConfig", default={}))


def _providers() -> list[Json]:
    collector = "opentelemetry-collector.observability.svc.cluster.local"
    return [
        {"name": "otel", "envoyOtelAls": {"service": collector, "port": 4317}},
        {"name": "skywalking", "skywalking": {"service": "tracing.istio-system.svc.cluster.local", "port": 11800}},
        {"name": "otel-tracing", "opentelemetry": {"port": 4317, "service": collector}},
        {"name": "jaeger", "opentelemetry": {"port": 4317, "service": f"jaeger-collector.{SYSTEM}.svc.cluster.local"}},
    ]  # fmt: skip


def _injector(settings: ReleaseSettings) -> Json:
    small = {"requests": {"cpu": "10m", "memory": "40Mi"}}
    usual = {"requests": {"cpu": "100m", "memory": "128Mi"}}
    proxy = {
        "image": "proxyv2",
        "resources": {**PROXY_RESOURCES, **(small if settings.profile == "demo" else usual)},
    }
    values: Json = {
        "global": {
            "hub": settings.hub, "tag": settings.tag, "istioNamespace": SYSTEM, "jwtPolicy": "third-party-jwt",
            "multiCluster": {"clusterName": "Kubernetes"}, "proxy": proxy, "proxy_init": {"image": "proxyv2"},
        },
        "revision": settings.revision,
        "sidecarInjectorWebhook": {"rewriteAppHTTPProbe": True},
    }  # fmt: skip
    own = {key: value for key, value in settings.value("values", default={}).items() if key in values}
    config = (
        "defaultTemplates: [sidecar]\npolicy: enabled\nalwaysInjectSelector: []\nneverInjectSelector: []\n"
    )
    return {"config": config, "values": json.dumps(_over(values, own), indent=2)}


def _change_deployment(obj: Json, settings: ReleaseSettings) -> None:
    spec = obj["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    if obj["metadata"]["name"] == "istiod":
        if settings.profile != "demo":
            container["resources"] = {"requests": {"cpu": "500m", "memory": "2048Mi"}}
            container["env"] = [
                {**each, "value": "1"} if each["name"] == "PILOT_TRACE_SAMPLING" else each
                for each in container["env"]
            ]
        named = settings.value("components", "pilot", "k8s", default={})
        for each in container["env"]:
            if each["name"] == "REVISION":
                each["value"] = settings.revision or "default"
        container["env"] += [
            {"name": name, "value": str(value)}
            for name, value in settings.value("values", "pilot", "env", default={}).items()
        ]
    else:
        if settings.profile != "demo":
            container["resources"] = {"requests": {"cpu": "100m", "memory": "128Mi"}, **PROXY_RESOURCES}
        found = settings.value(
            "components", "ingressGateways" if "ingress" in obj["metadata"]["name"] else "egressGateways"
        )
        named = ((found or [{}])[0] or {}).get("k8s") or {} if isinstance(found, list) else {}
    if "replicaCount" in named:
        obj["spec"]["replicas"] = named["replicaCount"]
    if named.get("resources"):
        container["resources"] = _over(container["resources"], named["resources"])


def _change_gateway_service(obj: Json, name: str, settings: ReleaseSettings) -> None:
    if kind := settings.value("values", "gateways", name, "type"):
        obj["spec"]["type"] = kind
    if settings.profile != "demo" and name == "istio-ingressgateway":
        obj["spec"]["ports"] = [port for port in obj["spec"]["ports"] if port["port"] in (15021, 80, 443)]


def _default_validator(found: list[Json]) -> Json:
    """The one for objects without a revision, as newer releases keep it apart."""
    own = next(each for each in found if each["kind"] == "ValidatingWebhookConfiguration")
    hooks = own["webhooks"]
    rest = [each for each in hooks if each["name"] == "validation.istio.io"]
    own["webhooks"] = [each for each in hooks if each not in rest]
    made: Json = copy.deepcopy({**own, "webhooks": rest})
    made["metadata"]["name"] = "istiod-default-validator"
    made["webhooks"][0].pop("objectSelector", None)
    return made


def _scaler(found: list[Json], settings: ReleaseSettings) -> Json:
    deployment = next(each for each in found if each["kind"] == "Deployment")
    name = deployment["metadata"]["name"]
    version = of_minor(SCALER_VERSIONS, settings.minor)
    target: Json = {"type": "Utilization", "averageUtilization": 80}
    cpu = (
        {"name": "cpu", "target": target}
        if version == "autoscaling/v2"
        else {"name": "cpu", "targetAverageUtilization": 80}
    )
    return {
        "apiVersion": version,
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": SYSTEM, "labels": deployment["metadata"]["labels"]},
        "spec": {
            "maxReplicas": 5,
            "minReplicas": 1,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "metrics": [{"type": "Resource", "resource": cpu}],
        },
    }


def _over(under: Json, over: Json) -> Json:
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result
