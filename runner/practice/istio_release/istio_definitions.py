"""The CustomResourceDefinitions of an Istio release, with their schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.practice.istio_release.api_fields import schema_of

Json = dict[str, Any]

V1_SINCE = 22
"""Istio's APIs have been v1 since 1.22."""
AGE = ("Age", "date", ".metadata.creationTimestamp")


@dataclass(frozen=True, slots=True)
class IstioKind:
    """A kind of Istio: `versions` with the minor of Istio since which each is served, the stored one first."""

    kind: str
    plural: str
    group: str
    versions: Mapping[str, int]
    short: Sequence[str] = ()
    columns: Sequence[tuple[str, str, str]] = ()
    since: int = 0


NETWORKING, SECURITY, TELEMETRY = "networking.istio.io", "security.istio.io", "telemetry.istio.io"
ALL = {"v1alpha3": 0, "v1beta1": 0, "v1": V1_SINCE}
POLICY = {"v1beta1": 0, "v1": V1_SINCE}

KINDS = (
    IstioKind("DestinationRule", "destinationrules", NETWORKING, ALL, ("dr",), (("Host", "string", ".spec.host"), AGE)),
    IstioKind("EnvoyFilter", "envoyfilters", NETWORKING, {"v1alpha3": 0}),
    IstioKind("Gateway", "gateways", NETWORKING, ALL, ("gw",)),
    IstioKind(
        "ServiceEntry", "serviceentries", NETWORKING, ALL, ("se",),
        (("Hosts", "string", ".spec.hosts"), ("Location", "string", ".spec.location"),
         ("Resolution", "string", ".spec.resolution"), AGE),
    ),
    IstioKind("Sidecar", "sidecars", NETWORKING, ALL),
    IstioKind(
        "VirtualService", "virtualservices", NETWORKING, ALL, ("vs",),
        (("Gateways", "string", ".spec.gateways"), ("Hosts", "string", ".spec.hosts"), AGE),
    ),
    IstioKind(
        "WorkloadEntry", "workloadentries", NETWORKING, ALL, ("we",),
        (AGE, ("Address", "string", ".spec.address")),
    ),
    IstioKind("WorkloadGroup", "workloadgroups", NETWORKING, {"v1alpha3": 0, "v1beta1": 13, "v1": V1_SINCE}, ("wg",), (AGE,)),
    IstioKind("ProxyConfig", "proxyconfigs", NETWORKING, {"v1beta1": 0}, since=13),
    IstioKind(
        "AuthorizationPolicy", "authorizationpolicies", SECURITY, POLICY, ("ap",),
        (("Action", "string", ".spec.action"), AGE),
    ),
    IstioKind(
        "PeerAuthentication", "peerauthentications", SECURITY, POLICY, ("pa",),
        (("Mode", "string", ".spec.mtls.mode"), AGE),
    ),
    IstioKind("RequestAuthentication", "requestauthentications", SECURITY, POLICY, ("ra",)),
    IstioKind("Telemetry", "telemetries", TELEMETRY, {"v1alpha1": 0, "v1": V1_SINCE}, ("telemetry",), (AGE,)),
    IstioKind("WasmPlugin", "wasmplugins", "extensions.istio.io", {"v1alpha1": 0}, (), (AGE,), since=12),
)  # fmt: skip
BY_KIND = {kind.kind: kind for kind in KINDS}
AUTHORIZATION_SHORT_SINCE = 20
OPERATOR_UNTIL = 23
"""The IstioOperator of the cluster has been gone since 1.24."""


def definitions(minor: int) -> list[Json]:
    """All of a release 1.`minor`, in the order of its chart."""
    found = [_definition(kind, minor) for kind in KINDS if kind.since <= minor]
    return [*found, *([_operator()] if minor <= OPERATOR_UNTIL else [])]


def api_version(kind: str, minor: int) -> str:
    """The version in which that release's own samples and commands write a kind."""
    known = BY_KIND[kind]
    served = [version for version, since in known.versions.items() if since <= minor]
    return f"{known.group}/{served[-1] if minor >= V1_SINCE else served[0]}"


def _definition(kind: IstioKind, minor: int) -> Json:
    served = [version for version, since in kind.versions.items() if since <= minor]
    short = list(kind.short)
    columns = list(kind.columns)
    if kind.kind == "AuthorizationPolicy" and minor < AUTHORIZATION_SHORT_SINCE:
        short, columns = [], []
    stored = served[0]
    if minor >= V1_SINCE:
        served = sorted(served, key=lambda version: version != "v1")
        stored = "v1alpha1" if kind.kind == "Telemetry" else served[0]
    return _crd(
        kind.group, kind.kind, kind.plural, short, schema_of(kind.kind, minor),
        [(version, version == stored) for version in served], columns,
    )  # fmt: skip


def _operator() -> Json:
    loose: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    columns = [("Revision", "string", ".spec.revision"), ("Status", "string", ".status.status"), AGE]
    return _crd(
        "install.istio.io",
        "IstioOperator",
        "istiooperators",
        ["iop", "io"],
        loose,
        [("v1alpha1", True)],
        columns,
    )


def _crd(
    group: str,
    kind: str,
    plural: str,
    short: list[str],
    spec: Json,
    versions: list[tuple[str, bool]],
    columns: list[tuple[str, str, str]],
) -> Json:
    shown = [{"name": name, "type": type_, "jsonPath": path} for name, type_, path in columns]
    loose = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": spec, "status": loose}}
    names: Json = {
        "kind": kind,
        "listKind": f"{kind}List",
        "plural": plural,
        "singular": kind.lower(),
        "categories": ["istio-io", f"{group.partition('.')[0]}-istio-io"],
    }
    if short:
        names["shortNames"] = short
    labels = {
        "app": "istio-pilot", "chart": "istio", "release": "istio", "istio.io/rev": "default",
        "operator.istio.io/component": "Base",
    }  # fmt: skip
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "labels": labels},
        "spec": {
            "group": group,
            "names": names,
            "scope": "Namespaced",
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": stored,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                    **({"additionalPrinterColumns": shown} if shown else {}),
                }
                for version, stored in versions
            ],
        },
    }
