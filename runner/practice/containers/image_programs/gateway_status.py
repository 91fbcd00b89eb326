"""What a controller writes into the status of GatewayClasses, Gateways and HTTPRoutes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from runner.practice.containers.image_programs.gateway_plan import GROUP, Attached, Object, PlannedListener

Condition = dict[str, Any]


def condition(
    obj: Object, kind: str, reason: str, message: str, *, holds: bool = True, before: Any = ()
) -> Condition:
    """One condition; its time stays where it holds, or not, as before."""
    status = "True" if holds else "False"
    same = next((each for each in before or () if each["type"] == kind and each["status"] == status), None)
    since = same["lastTransitionTime"] if same else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since,
        "observedGeneration": obj["metadata"].get("generation", 1),
    }  # fmt: skip


def class_status(obj: Object) -> dict[str, Any]:
    before = (obj.get("status") or {}).get("conditions")
    return {
        "conditions": [
            condition(obj, "Accepted", "Accepted", "The GatewayClass is accepted", before=before),
            condition(obj, "SupportedVersion", "SupportedVersion", "The Gateway API CRD versions are supported", before=before),
        ]
    }  # fmt: skip


def gateway_status(
    obj: Object,
    listeners: Sequence[PlannedListener],
    addresses: Sequence[Object],
    missing: set[tuple[str, str]],
) -> dict[str, Any]:
    """`missing` are the Secrets of certificates that do not exist or hold none."""
    old = obj.get("status") or {}
    before, works = old.get("conditions"), any(not each.problem for each in listeners)
    shown = [_listener_status(obj, each, missing, old) for each in listeners]
    return {
        "addresses": list(addresses),
        "conditions": [
            condition(obj, "Accepted", "Accepted", "The Gateway is accepted", before=before)
            if works
            else condition(obj, "Accepted", "ListenersNotValid", "No listener is valid", holds=False, before=before),
            condition(obj, "Programmed", "Programmed", "The Gateway is programmed", before=before)
            if works and addresses
            else condition(
                obj, "Programmed", "Invalid" if not works else "AddressNotAssigned",
                "The Gateway has no valid listener" if not works else "The Gateway's Service has no address yet",
                holds=False, before=before,
            ),
        ],
        "listeners": shown,
    }  # fmt: skip


def _listener_status(
    obj: Object, listener: PlannedListener, missing: set[tuple[str, str]], old: Object
) -> dict[str, Any]:
    shown: Sequence[Object] = old.get("listeners") or ()
    kept: Object = next((each for each in shown if each["name"] == listener.name), {})
    before, problem = kept.get("conditions"), listener.problem
    lost = listener.secret in missing
    resolved = not lost
    reason, message = problem or ("Accepted", "The Listener is accepted")
    conflicted = bool(problem) and reason.endswith("Conflict")
    if lost:
        assert listener.secret is not None
        reference = (
            "InvalidCertificateRef",
            f"The Secret {'/'.join(listener.secret)} does not exist, or holds no certificate",
        )
    else:
        reference = ("ResolvedRefs", "All references are resolved")
    return {
        "name": listener.name,
        "attachedRoutes": listener.routes,
        "supportedKinds": [{"group": GROUP, "kind": "HTTPRoute"}],
        "conditions": [
            condition(obj, "Accepted", reason, message, holds=not problem, before=before),
            condition(obj, "Programmed", "Programmed" if resolved and not problem else "Invalid",
                      "The Listener is programmed" if resolved and not problem else "The Listener is not valid",
                      holds=resolved and not problem, before=before),
            condition(obj, "ResolvedRefs", *reference, holds=resolved, before=before),
            condition(obj, "Conflicted", reason if conflicted else "NoConflicts",
                      message if conflicted else "No conflicts", holds=conflicted, before=before),
        ],
    }  # fmt: skip


def route_status(obj: Object, attached: Sequence[Attached], controller: str) -> dict[str, Any]:
    """Other controllers' parents stay as they are."""
    old: Sequence[Object] = (obj.get("status") or {}).get("parents") or ()
    kept = [each for each in old if each["controllerName"] != controller]
    mine = []
    for each in attached:
        before = next(
            (
                one["conditions"]
                for one in old
                if one["controllerName"] == controller and one["parentRef"] == each.parent
            ),
            (),
        )
        accepted, resolved = each.accepted, each.resolved
        mine.append(
            {
                "parentRef": dict(each.parent),
                "controllerName": controller,
                "conditions": [
                    condition(obj, "Accepted", *accepted, holds=accepted[0] == "Accepted", before=before),
                    condition(
                        obj, "ResolvedRefs", *resolved, holds=resolved[0] == "ResolvedRefs", before=before
                    ),
                ],
            }
        )
    return {"parents": [*kept, *mine]}
