"""Questions about access and identity: reviews, which are answered and not stored."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from runner.practice.authentication.account_tokens import ISSUER, InvalidToken
from runner.practice.authentication.users import ADMIN, User
from runner.practice.authorization.attributes import Attributes
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.body import parse
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.output import typed
from runner.practice.machinery.api.pipeline import Reply
from runner.practice.machinery.errors import ApiError, Cause, bad_request, invalid

Object = dict[str, Any]

NAMESPACE_FILLED_SINCE = 22
"""The minor whose LocalSubjectAccessReview has the namespace of its path where it names none."""


def review(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    """The answer to a review that a client creates; nothing is stored. Raises ApiError (400, 422)."""
    asked = parse(body, content_type)
    if not isinstance(asked, dict):
        raise bad_request("the object provided is unrecognized")
    status = _ANSWERS[call.resource.kind](backend, call, asked)
    answer = typed(
        {"metadata": asked.get("metadata") or {"creationTimestamp": None}},
        call.api_version,
        call.resource.kind,
    )
    if call.resource.kind == "SelfSubjectRulesReview":
        answer["spec"] = {}
    elif call.resource.kind != "SelfSubjectReview":
        answer["spec"] = asked.get("spec") or {}
    answer["status"] = status
    return Reply(201, answer)


def _own_access(backend: Backend, call: Call, asked: Object) -> Object:
    attributes = _attributes(asked.get("spec") or {})
    _no_metadata(asked)
    return _access(backend, call.user, attributes)


def _subject_access(backend: Backend, call: Call, asked: Object) -> Object:
    spec = asked.get("spec") or {}
    attributes, user = _attributes(spec), _subject(spec)
    _no_metadata(asked)
    return _access(backend, user, attributes)


def _local_access(backend: Backend, call: Call, asked: Object) -> Object:
    spec = asked.get("spec") or {}
    attributes, user = _attributes(spec), _subject(spec)
    _no_metadata(asked, besides="namespace")
    home = (asked.get("metadata") or {}).get("namespace", "")
    if not home and backend.minor >= NAMESPACE_FILLED_SINCE:
        home = call.namespace
    if attributes.path:
        raise _wrong("spec.nonResourceAttributes", _shown(spec), "disallowed on this kind of request")
    if attributes.namespace != home:
        told = f'"{attributes.namespace}"'
        raise _wrong("spec.resourceAttributes.namespace", told, "must match metadata.namespace")
    return _access(backend, user, attributes)


def _attributes(spec: Object) -> Attributes:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        why = "cannot be specified in combination with resourceAttributes"
        raise _wrong("spec.nonResourceAttributes", _shown(spec), why)
    if resource is None and path is None:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise _wrong("spec.resourceAttributes", '"null"', why)
    if path is not None:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attributes(*((resource or {}).get(name, "") for name in names))


def _shown(spec: Object) -> str:
    found = spec["nonResourceAttributes"]
    path, verb = found.get("path", ""), found.get("verb", "")
    return f'authorization.NonResourceAttributes{{Path:"{path}", Verb:"{verb}"}}'


def _no_metadata(asked: Object, *, besides: str = "") -> None:
    """A review has no name, labels or anything else; a local one has a namespace."""
    meta = {key: value for key, value in (asked.get("metadata") or {}).items() if value}
    if set(meta) - {"creationTimestamp", "managedFields", besides}:
        told = ", ".join(
            f'{name}:"{meta.get(name.lower(), "")}"'
            for name in ("Name", "Namespace")
            if meta.get(name.lower())
        )
        why = f"must be empty except for {besides}" if besides else "must be empty"
        raise _wrong("metadata", f"v1.ObjectMeta{{{told}}}", why)


def _subject(spec: Object) -> User:
    name, groups = spec.get("user", ""), tuple(spec.get("groups") or ())
    if not name and not groups:
        raise _wrong("spec.user", '""', "at least one of user or group must be specified")
    extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
    return User(name, spec.get("uid", ""), groups, extra)


def _wrong(field: str, value: str, why: str) -> ApiError:
    return invalid("", "", [Cause(field, f"Invalid value: {value}: {why}")], "authorization.k8s.io")


def _access(backend: Backend, user: User, asked: Attributes) -> Object:
    if asked.resource:
        key = f"{asked.full_resource}.{asked.group}" if asked.group else asked.full_resource
        refusal = backend.troubles.refusal(asked.verb, key, asked.namespace, asked.name, user.name)
        if refusal is not None and refusal.code == 403:
            return {"allowed": False, "reason": refusal.message}
    decision = backend.authorizer.decide(user, asked)
    status: Object = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    return status


def _rules(backend: Backend, call: Call, asked: Object) -> Object:
    namespace = (asked.get("spec") or {}).get("namespace", "")
    if not namespace:
        raise bad_request("no namespace on request")
    rules, missing = backend.authorizer.rules(call.user, namespace)
    status: Object = {
        "resourceRules": [_of(rule, "apiGroups", "resources", "resourceNames") for rule in rules if rule.get("resources")],
        "nonResourceRules": [_of(rule, "nonResourceURLs") for rule in rules if rule.get("nonResourceURLs")],
        "incomplete": False,
    }  # fmt: skip
    if missing:
        status["evaluationError"] = missing
    return status


def _of(rule: Object, *fields: str) -> Object:
    return {"verbs": rule["verbs"], **{field: rule[field] for field in fields if rule.get(field)}}


def _self(backend: Backend, call: Call, asked: Object) -> Object:
    return {"userInfo": call.user.info()}


def _token(backend: Backend, call: Call, asked: Object) -> Object:
    spec = asked.get("spec") or {}
    token, audiences = str(spec.get("token") or ""), list(spec.get("audiences") or (ISSUER,))
    if not token:
        raise bad_request("token is required for TokenReview in authentication")
    if hmac.compare_digest(token.encode(), backend.token.encode()):
        return {"authenticated": True, "user": ADMIN.info(), "audiences": audiences}
    try:
        user, meant = backend.tokens.user(token, audiences)
    except InvalidToken as error:
        return {"user": {}, "error": str(error)}
    return {"authenticated": True, "user": user.info(), "audiences": meant}


_ANSWERS: dict[str, Callable[[Backend, Call, Object], Object]] = {
    "SelfSubjectAccessReview": _own_access,
    "SubjectAccessReview": _subject_access,
    "LocalSubjectAccessReview": _local_access,
    "SelfSubjectRulesReview": _rules,
    "SelfSubjectReview": _self,
    "TokenReview": _token,
}
REVIEWS = frozenset(_ANSWERS)
