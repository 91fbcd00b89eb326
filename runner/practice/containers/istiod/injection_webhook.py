"""istiod's webhook `/inject`: an AdmissionReview of a pod, and the answer with its patch."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from runner.practice.containers.istiod.injection_policy import inject_required
from runner.practice.containers.istiod.injection_settings import InjectionSettings
from runner.practice.containers.istiod.pod_injection import injected, patch_of
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import json_text, text

Json = dict[str, Any]


def answered(request: Request, decide: Callable[[Json], Json]) -> Response:
    """The HTTP answer to an AdmissionReview; `decide` gets its request and gives the response without uid."""
    if request.method != "POST" or not request.body:
        return text(400, "no body found\n")
    try:
        review = json.loads(request.body)
        asked = review["request"]
    except (ValueError, KeyError, TypeError):
        return text(400, "could not decode the review\n")
    response = {"uid": asked.get("uid", ""), **decide(asked)}
    return json_text(
        200, {"kind": "AdmissionReview", "apiVersion": review.get("apiVersion"), "response": response}
    )


def injection_answer(asked: Json, settings: InjectionSettings) -> Json:
    """Whether the pod may be made, and what is to be changed."""
    pod = asked.get("object") or {}
    namespace = (pod.get("metadata") or {}).get("namespace") or asked.get("namespace") or "default"
    if not inject_required(pod, settings, namespace):
        return {"allowed": True}
    try:
        patch = patch_of(pod, injected(pod, settings, namespace))
    except (ValueError, KeyError, TypeError) as error:
        return {"allowed": False, "status": {"message": f"failed to run injection template: {error}"}}
    encoded = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"allowed": True, "patch": encoded, "patchType": "JSONPatch"}
