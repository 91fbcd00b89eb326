"""What a webhook is asked (AdmissionReview), and what its answer says."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from runner.practice.admission.request_matching import request_data, shown
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.patch.json_patch import apply_json_patch

Object = dict[str, Any]

VERSIONS = ("v1", "v1beta1")


class BadAnswer(Exception):
    """An answer that is none: the webhook counts as not called."""


@dataclass(slots=True)
class Verdict:
    """`patch` is the JSON patch that a mutating webhook wants."""

    allowed: bool
    status: Object = field(default_factory=dict)
    patch: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def review(request: Request, version: str, accepted: list[str]) -> Object:
    """The AdmissionReview, in the first of the versions that the webhook takes and servers know."""
    form = next((each for each in accepted if each in VERSIONS), "v1")
    asked = {
        "uid": str(uuid.uuid4()),
        **request_data(request, version),
        "object": shown(request, request.object, version),
        "oldObject": shown(request, request.old, version),
    }
    return {"kind": "AdmissionReview", "apiVersion": f"admission.k8s.io/{form}", "request": asked}


def verdict(asked: Object, answer: Any, uid: str) -> Verdict:
    """What an answer to the review with `uid` says. Raises BadAnswer."""
    wanted = f"{asked['apiVersion']}, Kind=AdmissionReview"
    if not isinstance(answer, dict):
        raise BadAnswer("couldn't get version/kind; json parse error: the answer is no object")
    got = f"{answer.get('apiVersion', '')}, Kind={answer.get('kind', '')}"
    loose = asked["apiVersion"].endswith("v1beta1") and not (answer.get("apiVersion") or answer.get("kind"))
    if got != wanted and not loose:
        raise BadAnswer(
            f"expected webhook response of {wanted}, got {got if got != ', Kind=' else '/, Kind='}"
        )
    response = answer.get("response")
    if not isinstance(response, dict):
        raise BadAnswer("webhook response was absent")
    if response.get("uid") != uid and not loose:
        raise BadAnswer(f'expected response.uid="{uid}", got "{response.get("uid", "")}"')
    warnings = response.get("warnings")
    status = response.get("status")
    return Verdict(
        allowed=response.get("allowed") is True,
        status=status if isinstance(status, dict) else {},
        patch=_patch(response, asked),
        warnings=[str(each) for each in warnings] if isinstance(warnings, list) else [],
    )


def _patch(response: Object, asked: Object) -> list[Any]:
    text = response.get("patch")
    if not text:
        return []
    kind = response.get("patchType")
    if kind != "JSONPatch" and not (kind is None and asked["apiVersion"].endswith("v1beta1")):
        raise BadAnswer(f'webhook returned response.patch but not response.patchType of "JSONPatch": {kind}')
    try:
        found = json.loads(base64.b64decode(text))
    except (binascii.Error, ValueError, TypeError):
        raise BadAnswer("response.patch is no JSON patch in base64") from None
    if not isinstance(found, list):
        raise BadAnswer("response.patch is no JSON patch: it is no list")
    return found


def patched(obj: Object, patch: list[Any]) -> Object:
    """Raises ApiError if the patch does not apply."""
    try:
        found = apply_json_patch(copied(obj), patch)
    except ApiError as error:
        raise ApiError(500, "InternalError", f"Internal error occurred: {error.message}", {}) from None
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict):
        raise ApiError(500, "InternalError", "Internal error occurred: the patched object is no object", {})
    return found


def refusal(hook: str, found: Verdict) -> ApiError:
    """As ToStatusErr of k8s.io/apiserver words it."""
    start = f'admission webhook "{hook}" denied the request'
    text = found.status.get("message") or found.status.get("reason")
    message = f"{start}: {text}" if text else f"{start} without explanation"
    code = found.status.get("code")
    code = code if isinstance(code, int) and 400 <= code < 600 else 400
    details = found.status.get("details")
    return ApiError(
        code, str(found.status.get("reason") or ""), message, details if isinstance(details, dict) else None
    )
