"""Access and identity reviews, which are answered and not stored."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from runner.practice.authentication.account_tokens import ISSUER, AccountTokens, InvalidToken
from runner.practice.authorization.rbac import Authorizer
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.body import parse
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.field_validation import take_fields
from runner.practice.machinery.api.output import typed
from runner.practice.machinery.api.reply import Reply
from runner.practice.machinery.errors import ApiError, Cause, bad_request, invalid
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.users import ADMIN, User

Object = dict[str, Any]

NAMESPACE_FILLED_SINCE = 22
"""The minor whose LocalSubjectAccessReview has the namespace of its path where it names none."""


Answers = Callable[[Backend, Call, Object], Object]
AUTHORIZATION, AUTHENTICATION = "authorization.k8s.io", "authentication.k8s.io"


@dataclass(frozen=True, slots=True)
class Reviews:
    """What answers them; `admin_token` is the token of the cluster's administrator."""

    authorizer: Authorizer
    tokens: AccountTokens
    admin_token: str

    def handlers(self) -> Mapping[tuple[str, str], Handler]:
        answers: dict[str, Answers] = {
            f"selfsubjectaccessreviews.{AUTHORIZATION}": self._own_access,
            f"subjectaccessreviews.{AUTHORIZATION}": self._subject_access,
            f"localsubjectaccessreviews.{AUTHORIZATION}": self._local_access,
            f"selfsubjectrulesreviews.{AUTHORIZATION}": self._rules,
            f"selfsubjectreviews.{AUTHENTICATION}": _self,
            f"tokenreviews.{AUTHENTICATION}": self._token,
        }
        return {(resource, ""): _review(answer) for resource, answer in answers.items()}

    def _own_access(self, backend: Backend, call: Call, asked: Object) -> Object:
        attributes = _attributes(asked.get("spec") or {})
        _no_metadata(asked)
        return self._access(backend, call.user, attributes)

    def _subject_access(self, backend: Backend, call: Call, asked: Object) -> Object:
        spec = asked.get("spec") or {}
        attributes, user = _attributes(spec), _subject(spec, call.version)
        _no_metadata(asked)
        return self._access(backend, user, attributes)

    def _local_access(self, backend: Backend, call: Call, asked: Object) -> Object:
        spec = asked.get("spec") or {}
        attributes, user = _attributes(spec), _subject(spec, call.version)
        home = (asked.get("metadata") or {}).get("namespace", "")
        if not home and backend.minor >= NAMESPACE_FILLED_SINCE:
            home = call.namespace
        if attributes.path:
            raise _wrong("spec.nonResourceAttributes", _shown(spec), "disallowed on this kind of request")
        if attributes.namespace != home:
            shown = f'"{attributes.namespace}"'
            raise _wrong("spec.resourceAttributes.namespace", shown, "must match metadata.namespace")
        return self._access(backend, user, attributes)

    def _access(self, backend: Backend, user: User, asked: Attributes) -> Object:
        if asked.resource:
            key = f"{asked.full_resource}.{asked.group}" if asked.group else asked.full_resource
            refusal = backend.interference.refusal(asked.verb, key, asked.namespace, asked.name, user.name)
            if refusal is not None and refusal.code == 403:
                return {"allowed": False, "reason": refusal.message}
        decision = self.authorizer.decide(user, asked)
        status: Object = {"allowed": decision.allowed}
        if decision.reason:
            status["reason"] = decision.reason
        return status

    def _rules(self, backend: Backend, call: Call, asked: Object) -> Object:
        namespace = (asked.get("spec") or {}).get("namespace", "")
        if not namespace:
            raise bad_request("no namespace on request")
        rules, missing = self.authorizer.rules(call.user, namespace)
        status: Object = {
            "resourceRules": [_of(rule, "apiGroups", "resources", "resourceNames") for rule in rules if rule.get("resources")],
            "nonResourceRules": [_of(rule, "nonResourceURLs") for rule in rules if rule.get("nonResourceURLs")],
            "incomplete": False,
        }  # fmt: skip
        if missing:
            status["evaluationError"] = missing
        return status

    def _token(self, backend: Backend, call: Call, asked: Object) -> Object:
        spec = asked.get("spec") or {}
        token, audiences = str(spec.get("token") or ""), spec.get("audiences") or [ISSUER]
        if not isinstance(audiences, list):
            raise bad_request("json: cannot unmarshal spec.audiences of the body into a list of strings")
        if not token:
            raise bad_request("token is required for TokenReview in authentication")
        if hmac.compare_digest(token.encode(), self.admin_token.encode()):
            return {"authenticated": True, "user": ADMIN.info(), "audiences": audiences}
        try:
            user, meant = self.tokens.user(token, audiences)
        except InvalidToken as error:
            return {"user": {}, "error": str(error)}
        return {"authenticated": True, "user": user.info(), "audiences": meant}


def _review(answers: Answers) -> Handler:
    """The answer to a review that a client creates; nothing is stored. Raises ApiError (400, 422)."""

    async def review(backend: Backend, call: Call, request: web.Request) -> Reply:
        content_type = request.headers.get("Content-Type", "application/json")
        asked = parse(await request.read(), content_type)
        if not isinstance(asked, dict) or not isinstance(asked.get("spec") or {}, dict):
            raise bad_request("the object provided is unrecognized")
        take_fields(
            backend, call, asked, []
        )  # for wrong types only: v1beta1 has a field that the table lacks
        kind = call.resource.kind
        status = answers(backend, call, asked)
        answer = typed(
            {"metadata": asked.get("metadata") or {"creationTimestamp": None}}, call.api_version, kind
        )
        if kind == "SelfSubjectRulesReview":
            answer["spec"] = {}
        elif kind != "SelfSubjectReview":
            answer["spec"] = asked.get("spec") or {}
        answer["status"] = status
        return Reply(201, answer)

    return review


def _of(rule: Object, *fields: str) -> Object:
    return {"verbs": rule["verbs"], **{field: rule[field] for field in fields if rule.get(field)}}


def _self(backend: Backend, call: Call, asked: Object) -> Object:
    return {"userInfo": call.user.info()}


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


def _no_metadata(asked: Object, *, besides: str = "") -> None:
    """A review has no name, labels or anything else; a local one has a namespace."""
    meta = {key: value for key, value in (asked.get("metadata") or {}).items() if value}
    if set(meta) - {"creationTimestamp", "managedFields", besides}:
        shown = ", ".join(
            f'{name}:"{meta.get(name.lower(), "")}"'
            for name in ("Name", "Namespace")
            if meta.get(name.lower())
        )
        why = f"must be empty except for {besides}" if besides else "must be empty"
        raise _wrong("metadata", f"v1.ObjectMeta{{{shown}}}", why)


def _shown(spec: Object) -> str:
    found = spec["nonResourceAttributes"]
    path, verb = found.get("path", ""), found.get("verb", "")
    return f'authorization.NonResourceAttributes{{Path:"{path}", Verb:"{verb}"}}'


def _subject(spec: Object, version: str) -> User:
    listed = spec.get("group" if version == "v1beta1" else "groups")
    name, groups = spec.get("user", ""), tuple(listed or ())
    if not name and not groups:
        raise _wrong("spec.user", '""', "at least one of user or group must be specified")
    extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
    return User(name, spec.get("uid", ""), groups, extra)


def _wrong(field: str, value: str, why: str) -> ApiError:
    return invalid("", "", [Cause(field, f"Invalid value: {value}: {why}")], "authorization.k8s.io")
