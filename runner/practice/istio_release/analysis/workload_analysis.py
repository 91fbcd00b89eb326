"""Namespaces, pods and Services: whether they are in the mesh, and whether it understands them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.practice.containers.istiod.config_validation import validated
from runner.practice.istio_release.analysis.analysis_messages import Finding
from runner.practice.istio_release.analysis.analyzed_objects import CONTROL_PLANE, AnalyzedObjects, Json
from runner.practice.istio_release.api_fields import messages, unknown_fields

PROTOCOLS = frozenset(
    (
        "grpc",
        "grpc-web",
        "http",
        "http_proxy",
        "http2",
        "https",
        "mongo",
        "mysql",
        "redis",
        "tcp",
        "tls",
        "udp",
        "auto",
    )
)
ANNOTATIONS = frozenset(
    ("sidecar.istio.io/inject", "sidecar.istio.io/status", "sidecar.istio.io/interceptionMode", "sidecar.istio.io/proxyImage",
     "sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyCPULimit", "sidecar.istio.io/proxyMemory",
     "sidecar.istio.io/proxyMemoryLimit", "sidecar.istio.io/rewriteAppHTTPProbers", "sidecar.istio.io/logLevel",
     "sidecar.istio.io/componentLogLevel", "sidecar.istio.io/agentLogLevel", "sidecar.istio.io/bootstrapOverride",
     "sidecar.istio.io/controlPlaneAuthPolicy", "sidecar.istio.io/discoveryAddress", "sidecar.istio.io/enableCoreDump",
     "sidecar.istio.io/userVolume", "sidecar.istio.io/userVolumeMount", "sidecar.istio.io/extraStatTags",
     "sidecar.istio.io/statsInclusionPrefixes", "sidecar.istio.io/statsInclusionRegexps", "sidecar.istio.io/nativeSidecar",
     "sidecar.istio.io/statsInclusionSuffixes", "sidecar.istio.io/statsHistogramBuckets", "sidecar.istio.io/capNetBindService",
     "sidecar.istio.io/proxyImageType", "proxy.istio.io/config", "proxy.istio.io/overrides", "inject.istio.io/templates",
     "networking.istio.io/exportTo", "networking.istio.io/service-type", "traffic.istio.io/nodeSelector",
     "prometheus.istio.io/merge-metrics", "security.istio.io/autoMTLS", "policy.istio.io/check", "istio.io/rev",
     "galley.istio.io/analyze-suppress", "install.istio.io/installed", "istio.io/dry-run")
)  # fmt: skip
PREFIXES = ("traffic.sidecar.istio.io/", "status.sidecar.istio.io/", "readiness.status.sidecar.istio.io/", "ambient.istio.io/",
            "policy.istio.io/", "topology.istio.io/", "service.istio.io/", "internal.istio.io/")  # fmt: skip


def injection(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0102, IST0123 of namespaces, IST0103 of pods without a proxy in those that have injection."""
    injected: set[str] = set()
    for namespace in objects.reported("Namespace"):
        name, labels = namespace["metadata"]["name"], namespace["metadata"].get("labels") or {}
        if name == CONTROL_PLANE:
            continue
        if "istio-injection" not in labels and "istio.io/rev" not in labels:
            yield Finding("IST0102", namespace, (name,))
        elif "istio-injection" in labels and "istio.io/rev" in labels:
            yield Finding("IST0123", namespace, (name,))
        elif labels.get("istio-injection", "enabled") == "enabled":
            injected.add(name)
    for pod in objects.reported("Pod"):
        meta = pod["metadata"]
        off = {**(meta.get("labels") or {}), **(meta.get("annotations") or {})}.get(
            "sidecar.istio.io/inject", ""
        )
        every = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
        here = meta.get("namespace") in injected and str(off).lower() != "false"
        if here and not any(each["name"] == "istio-proxy" for each in every):
            yield Finding("IST0103", pod)


def proxy_images(objects: AnalyzedObjects, image: str) -> Iterator[Finding]:
    """IST0105: proxies of another version than would be injected now."""
    for pod in objects.reported("Pod"):
        if pod["metadata"].get("namespace") == CONTROL_PLANE or not image:
            continue
        every = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
        own = next((each["image"] for each in every if each["name"] == "istio-proxy"), image)
        if own != image:
            yield Finding("IST0105", pod, (own, image))


def port_names(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0118: names that say no protocol."""
    for service in objects.reported("Service"):
        meta = service["metadata"]
        if (
            {"istio", "release"} & set(meta.get("labels") or {})
            and meta.get("namespace") == CONTROL_PLANE
            and (meta["name"].startswith(("istiod", "istio-")))
        ):
            continue
        for port in service["spec"].get("ports") or ():
            if not says_protocol(port):
                yield Finding(
                    "IST0118",
                    service,
                    (str(port.get("name", "")), str(port["port"]), str(port.get("targetPort", 0))),
                )


def says_protocol(port: Json) -> bool:
    """Whether the port's name or appProtocol names one; UDP needs none."""
    if port.get("protocol") == "UDP":
        return True
    name = str(port.get("appProtocol") or port.get("name") or "").lower()
    if "/" in name:
        name = name.rpartition("/")[2]
    return name.startswith("grpc-web") or name.partition("-")[0] in PROTOCOLS


def unknown_annotations(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0108: annotations of Istio's domains that it does not know."""
    for kind in ("Namespace", "Service", "Pod", "Deployment"):
        for obj in objects.reported(kind):
            for name in obj["metadata"].get("annotations") or {}:
                known = name in ANNOTATIONS or name.startswith(PREFIXES)
                if re.search(r"(^|\.)istio\.io/", name) and not known:
                    yield Finding("IST0108", obj, (name,))


def schemas(objects: AnalyzedObjects, minor: int) -> Iterator[Finding]:
    """IST0106 for what istiod's webhook would refuse, IST0133 for what it would warn of."""
    for kind in messages():
        for obj in objects.reported(kind):
            unknown = unknown_fields(kind, obj.get("spec") or {}, minor)
            for at, name in unknown:
                where = f"spec.{at}" if at else "spec"
                yield Finding("IST0106", obj, (f'unknown field "{name}" in {where}',))
            found = validated(obj, (1, minor))
            if found.errors:
                yield Finding("IST0106", obj, (found.words,))
            for warning in found.warnings:
                if warning.startswith("virtualService rule "):
                    rule, _, why = warning.removeprefix("virtualService rule ").partition(" not used (")
                    yield Finding("IST0130", obj, (rule, why.removesuffix(")")))
                else:
                    yield Finding("IST0133", obj, (warning,))


def selectors(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0127: an AuthorizationPolicy for nobody."""
    for policy in objects.reported("AuthorizationPolicy"):
        labels = (policy["spec"].get("selector") or {}).get("matchLabels") or {}
        namespace = policy["metadata"].get("namespace")
        if labels and not objects.pods(labels, None if namespace == CONTROL_PLANE else namespace):
            shown = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
            yield Finding("IST0127", policy, (shown,))
