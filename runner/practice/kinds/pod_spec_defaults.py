"""Defaults of pod specs and of what is in them."""

from __future__ import annotations

import re

from runner.practice.kinds.default_values import NULL_TIMES_UNTIL, fill
from runner.practice.machinery.tables.columns import Object

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def template_defaults(obj: Object, minor: int) -> None:
    """The `template` of a workload's spec."""
    found = obj.setdefault("template", {})
    meta = found.setdefault("metadata", {})
    if minor < NULL_TIMES_UNTIL:
        meta.setdefault("creationTimestamp", None)
    pod_spec_defaults(found.setdefault("spec", {}))


def pod_spec_defaults(spec: Object) -> None:
    spec.setdefault("containers", None)
    fill(
        spec,
        dnsPolicy="ClusterFirst",
        restartPolicy="Always",
        schedulerName="default-scheduler",
        securityContext={},
        terminationGracePeriodSeconds=30,
    )
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for one in spec.get(kind) or ():
            container(one, host_network=bool(spec.get("hostNetwork")))
    for volume in spec.get("volumes") or ():
        _volume(volume)


def container(one: Object, *, host_network: bool) -> None:
    one.setdefault("name", "")
    fill(
        one,
        imagePullPolicy=_pull_policy(one.get("image", "")),
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    for port in one.get("ports") or ():
        fill(port, protocol="TCP")
        if host_network:
            fill(port, hostPort=port.get("containerPort"))
    for variable in one.get("env") or ():
        source = variable.get("valueFrom") or {}
        if source.get("fieldRef"):
            fill(source["fieldRef"], apiVersion="v1")
        if source.get("resourceFieldRef"):
            fill(source["resourceFieldRef"], divisor="0")
    for name in PROBES:
        if one.get(name):
            _probe(one[name])
    for hook in (one.get("lifecycle") or {}).values():
        _http(hook)


def _pull_policy(image: str) -> str:
    """Always for the tag `latest` or none at all; a digest or another tag is fixed."""
    name = image.partition("@")
    if name[1]:
        return "IfNotPresent"
    tag = re.search(r":([^:/]+)$", image)
    return "IfNotPresent" if tag and tag[1] != "latest" else "Always"


def _probe(probe: Object) -> None:
    fill(probe, failureThreshold=3, periodSeconds=10, successThreshold=1, timeoutSeconds=1)
    if probe.get("grpc"):
        fill(probe["grpc"], service="")
    _http(probe)


def _http(action: Object) -> None:
    if action.get("httpGet"):
        fill(action["httpGet"], path="/", scheme="HTTP")


def _volume(volume: Object) -> None:
    if len(volume) == 1:
        volume["emptyDir"] = {}
    for name in ("secret", "configMap", "downwardAPI", "projected"):
        if volume.get(name) is not None:
            fill(volume[name], defaultMode=420)
    if volume.get("hostPath") is not None:
        fill(volume["hostPath"], type="")
    _downward(volume.get("downwardAPI") or {})
    for source in (volume.get("projected") or {}).get("sources") or ():
        _downward(source.get("downwardAPI") or {})
        if source.get("serviceAccountToken"):
            fill(source["serviceAccountToken"], expirationSeconds=3600)
    claim = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
    if claim:
        fill(claim.setdefault("spec", {}), volumeMode="Filesystem")
        claim.setdefault("metadata", {}).setdefault("creationTimestamp", None)


def _downward(source: Object) -> None:
    for item in source.get("items") or ():
        if item.get("fieldRef"):
            fill(item["fieldRef"], apiVersion="v1")
        if item.get("resourceFieldRef"):
            fill(item["resourceFieldRef"], divisor="0")
