"""Questions about access, and tokens: everything is allowed but what a trouble forbids."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from runner.practice.machinery.api.backend import GROUPS, USER, Backend
from runner.practice.machinery.api.body import parse
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.output import typed
from runner.practice.machinery.api.pipeline import Reply
from runner.practice.machinery.errors import bad_request, not_found
from runner.practice.machinery.store import Key, timestamp

Object = dict[str, Any]

DEFAULT_SECONDS = 3600
SHORTEST_SECONDS = 600


def review(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    """The answer to a review that a client creates; nothing is stored."""
    asked = parse(body, content_type)
    if not isinstance(asked, dict):
        raise bad_request("the object provided is unrecognized")
    spec = asked.get("spec") or {}
    status = _ANSWERS[call.resource.kind](backend, spec)
    answer = typed(
        {"metadata": asked.get("metadata") or {"creationTimestamp": None}},
        call.api_version,
        call.resource.kind,
    )
    if call.resource.kind != "SelfSubjectReview":
        answer["spec"] = spec
    answer["status"] = status
    return Reply(201, answer)


def _access(backend: Backend, spec: Object) -> Object:
    asked = spec.get("resourceAttributes") or {}
    group = asked.get("group", "")
    plural = asked.get("resource", "")
    key = f"{plural}.{group}" if group else plural
    if plural:
        refusal = backend.troubles.refusal(
            asked.get("verb", ""), key, asked.get("namespace", ""), asked.get("name", ""), USER
        )
        if refusal is not None and refusal.code == 403:
            return {"allowed": False, "reason": refusal.message}
    return {"allowed": True}


def _rules(backend: Backend, spec: Object) -> Object:
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    return {
        "resourceRules": [everything],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        "incomplete": False,
    }


def _self(backend: Backend, spec: Object) -> Object:
    return {"userInfo": {"username": USER, "groups": list(GROUPS)}}


def _token(backend: Backend, spec: Object) -> Object:
    if hmac.compare_digest(str(spec.get("token", "")), backend.token):
        return {"authenticated": True, "user": {"username": USER, "groups": list(GROUPS)}}
    return {"authenticated": False, "error": "invalid bearer token"}


_ANSWERS = {
    "SelfSubjectAccessReview": _access,
    "SubjectAccessReview": _access,
    "LocalSubjectAccessReview": _access,
    "SelfSubjectRulesReview": _rules,
    "SelfSubjectReview": _self,
    "TokenReview": _token,
}
REVIEWS = frozenset(_ANSWERS)


def token_request(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    """serviceaccounts/<name>/token: a token in the shape of a JWT, signed with the cluster's own secret."""
    account = backend.store.get(Key("serviceaccounts", call.namespace, call.name))
    if account is None:
        raise not_found("serviceaccounts", call.name)
    asked = parse(body, content_type) if body.strip() else {}
    spec = asked.get("spec") or {}
    seconds = max(int(spec.get("expirationSeconds") or DEFAULT_SECONDS), SHORTEST_SECONDS)
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    audiences = spec.get("audiences") or ["https://kubernetes.default.svc.cluster.local"]
    claims = {
        "aud": audiences,
        "exp": int(expires.timestamp()),
        "iss": "https://kubernetes.default.svc.cluster.local",
        "kubernetes.io": {
            "namespace": call.namespace,
            "serviceaccount": {"name": call.name, "uid": account["metadata"]["uid"]},
        },
        "sub": f"system:serviceaccount:{call.namespace}:{call.name}",
    }
    status = {"token": _signed(claims, backend.token), "expirationTimestamp": timestamp(expires)}
    answer = {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": call.name, "namespace": call.namespace, "creationTimestamp": timestamp()},
        "spec": {
            "audiences": audiences,
            "expirationSeconds": seconds,
            "boundObjectRef": spec.get("boundObjectRef"),
        },
        "status": status,
    }
    return Reply(201, answer)


def _signed(claims: Object, secret: str) -> str:
    parts = [_base64(json.dumps(part, separators=(",", ":")).encode()) for part in ({"alg": "HS256"}, claims)]
    signature = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _base64(signature)])


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
