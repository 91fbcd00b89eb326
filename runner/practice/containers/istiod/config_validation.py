"""istiod's webhook `/validate`: whether a mesh can work with an object of Istio's."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.istiod.gateway_validation import gateway
from runner.practice.containers.istiod.security_validation import (
    authorization_policy,
    peer_authentication,
    request_authentication,
    telemetry,
)
from runner.practice.containers.istiod.service_entry_validation import service_entry, sidecar, workload_entry
from runner.practice.containers.istiod.traffic_policy_validation import destination_rule
from runner.practice.containers.istiod.validation_problems import Json, Problems
from runner.practice.containers.istiod.virtual_service_validation import virtual_service

GROUPS = ("networking.istio.io", "security.istio.io", "telemetry.istio.io")


def validated(obj: Json, version: tuple[int, int]) -> Problems:
    """What is wrong with an object; nothing with one of a kind that is not known."""
    found = Problems()
    meta, spec = obj.get("metadata") or {}, obj.get("spec") or {}
    try:
        _check(str(obj.get("kind")), meta, spec, version, found)
    except (TypeError, AttributeError, ValueError) as error:  # a value of another type than its schema says
        found.add(f"error decoding configuration: {error}")
    return found


def _check(kind: str, meta: Json, spec: Json, version: tuple[int, int], found: Problems) -> None:
    match kind:
        case "VirtualService":
            virtual_service(spec, found, version)
        case "DestinationRule":
            destination_rule(spec, found)
        case "Gateway":
            gateway(str(meta.get("name") or ""), spec, found)
        case "ServiceEntry":
            service_entry(spec, found)
        case "WorkloadEntry":
            workload_entry(spec, found)
        case "Sidecar":
            sidecar(spec, found)
        case "AuthorizationPolicy":
            authorization_policy(meta, spec, found)
        case "RequestAuthentication":
            request_authentication(spec, found)
        case "PeerAuthentication":
            peer_authentication(spec, found)
        case "Telemetry":
            telemetry(spec, found)


def validation_answer(asked: Json, version: tuple[int, int]) -> dict[str, Any]:
    """The response to an AdmissionReview's request."""
    obj = asked.get("object") or {}
    if asked.get("operation") not in ("CREATE", "UPDATE"):
        return {"allowed": True}
    meta = {**(obj.get("metadata") or {}), "namespace": asked.get("namespace") or ""}
    found = validated({**obj, "metadata": meta}, version)
    if found.errors:
        return {"allowed": False, "status": {"message": f"configuration is invalid: {found.words}"}}
    return {"allowed": True, **({"warnings": found.warnings} if found.warnings else {})}
