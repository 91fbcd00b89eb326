"""MutatingAdmissionWebhook and ValidatingAdmissionWebhook: webhooks of the learner's own are asked.

A webhook with a `url` is called there, one of a Service whose Endpoints somebody made by hand at these, one of a Service
with pods in these, over TLS. Only where a program of which nothing is known stands for the pods' image the request goes on
without it, with a warning: nobody knows what its webhook would say. Where there is no Service, no pod of it is ready, or
nothing listens, `failurePolicy` decides as on a real cluster.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.admission.policy_plugin import VARIABLES
from runner.practice.admission.request_matching import GROUP, matched_version, request_data, shown
from runner.practice.admission.webhook_reviews import BadAnswer, Verdict, patched, refusal, review, verdict
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.conversion import to_storage
from runner.practice.machinery.errors import ApiError, bad_request
from runner.practice.machinery.expressions.expression import ExpressionError, compiled
from runner.practice.machinery.store import Key
from runner.practice.machinery.strategy import apply_defaults
from runner.practice.machinery.webhook_calls import write_key
from runner.practice.machinery.webhook_requests import WebhookCall
from runner.practice.machinery.webhook_services import InCluster

Object = dict[str, Any]

FAILED_TO_CALL_SINCE = 22
TLS_WORDS_SINCE = 27
"""The first minor version that is built with Go 1.20, which says that it is TLS that failed."""
CONDITIONS_SINCE = 28
MUTATING = f"mutatingwebhookconfigurations.{GROUP}"
VALIDATING = f"validatingwebhookconfigurations.{GROUP}"
_TOKEN_VOLUME = re.compile(r"kube-api-access-\w{5}")


class Unreachable(Exception):
    """A webhook could not be called, or its answer was none."""


class NobodyKnows(Exception):
    """Pods are ready behind the webhook's Service, and nothing is known of what would run in them."""


@enter
class MutatingWebhooks(Plugin):
    """Calls each matching webhook in turn and applies their patches."""

    name = "MutatingAdmissionWebhook"
    external = True

    def admit(self, request: Request) -> None:
        asked: list[tuple[Object, str, str]] = []
        for config, hook in _hooks(request, MUTATING):
            version = _asks(request, hook)
            if version is not None:
                asked.append((hook, config, _mutate(request, config, hook, version, "first")))
        for hook, config, before in asked:
            if hook.get("reinvocationPolicy") == "IfNeeded" and _digest(request) != before:
                version = _asks(request, hook)
                if version is not None:
                    _mutate(request, config, hook, version, "again")


@enter
class ValidatingWebhooks(Plugin):
    """Calls each matching webhook; one refusal is enough."""

    name = "ValidatingAdmissionWebhook"

    def check(self, request: Request) -> None:
        for config, hook in _hooks(request, VALIDATING):
            version = _asks(request, hook)
            if version is not None:
                _asked(request, config, hook, version, "check")


def _hooks(request: Request, resource: str) -> Iterator[tuple[str, Object]]:
    for config in request.store.list(resource):
        for hook in config.get("webhooks") or ():
            yield config["metadata"]["name"], hook


def _asks(request: Request, hook: Object) -> str | None:
    """The version in which a webhook wants the request; None if it is not for it."""
    version = matched_version(request, hook.get("rules") or (), hook)
    conditions = hook.get("matchConditions") or ()
    if version is None or not conditions or request.minor < CONDITIONS_SINCE:
        return version
    values = {name: None for name, _ in VARIABLES} | {
        "object": shown(request, request.object, version),
        "oldObject": shown(request, request.old, version),
        "request": request_data(request, version),
        "variables": {},
        "authorizer": {},
    }
    try:
        holds = all(compiled(c["expression"], VARIABLES, "bool").evaluate(values) for c in conditions)
    except ExpressionError as error:
        if hook.get("failurePolicy", "Fail") == "Ignore":
            return None
        raise request.forbidden(str(error)) from None
    return version if holds else None


def _mutate(request: Request, config: str, hook: Object, version: str, turn: str) -> str:
    """Call the webhook, apply its patch, and return the new object."""
    found = _asked(request, config, hook, version, turn)
    if found and found.patch and request.object:
        before = shown(request, request.object, version)
        assert before is not None
        changed = to_storage(request.kind, version, patched(before, _of_this_try(found.patch, request)))
        kind = request.kind.builtin
        request.object = apply_defaults(kind, changed, request.minor) if kind else changed
        request.patched = True
    return _digest(request)


def _asked(request: Request, config: str, hook: Object, version: str, turn: str) -> Verdict | None:
    """The verdict; None if there is none and the webhook may be left out. Raises ApiError."""
    name = str(hook.get("name", ""))
    if request.dry_run and hook.get("sideEffects") not in ("None", "NoneOnDryRun"):
        raise bad_request(f'admission webhook "{name}" does not support dry run')
    try:
        found = _call(request, config, hook, version, turn)
    except NobodyKnows as words:
        request.warnings.append(f'webhook "{name}" was not asked: {words}')
        return None
    except Unreachable as error:
        if hook.get("failurePolicy", "Fail") == "Ignore":
            return None
        message = f'Internal error occurred: failed calling webhook "{name}": {error}'
        causes = {"causes": [{"message": message.removeprefix("Internal error occurred: ")}]}
        raise ApiError(500, "InternalError", message, causes) from None
    request.warnings += found.warnings
    if not found.allowed:
        raise refusal(name, found)
    return found


def _call(request: Request, config: str, hook: Object, version: str, turn: str) -> Verdict:
    asked = review(request, version, hook.get("admissionReviewVersions") or ["v1"])
    seconds = float(hook.get("timeoutSeconds") or 10)
    client = hook.get("clientConfig") or {}
    try:
        if client.get("url"):
            call = WebhookCall(client["url"], asked, seconds, client.get("caBundle") or "")
        else:
            call = _of_service(request, client, asked, seconds)
    except Unreachable as error:
        raise Unreachable(_failed(request, str(error))) from None
    answers = request.webhooks
    if answers is None:
        raise NobodyKnows("nothing here can wait for its answer")
    key = (
        *write_key(request.operation, request.resource, request.meta),
        config,
        str(hook.get("name", "")),
        turn,
        _digest(request),
    )
    answer = answers.get(key, call)
    if answer.unknown:
        raise _unknown(client)
    if answer.problem:
        raise Unreachable(_failed(request, answer.problem))
    try:
        return verdict(asked, answer.body, answer.uid)
    except BadAnswer as error:
        raise Unreachable(str(error)) from None


def _failed(request: Request, why: str) -> str:
    if request.minor < TLS_WORDS_SINCE:
        why = why.replace("tls: failed to verify certificate: ", "")
    return f"failed to call webhook: {why}" if request.minor >= FAILED_TO_CALL_SINCE else why


def _unknown(client: Object) -> NobodyKnows:
    service = client["service"]
    return NobodyKnows(
        "the practice cluster does not know the program in its pods"
        f" (Service {service.get('namespace')}/{service.get('name')})"
    )


def _of_service(request: Request, client: Object, asked: Object, seconds: float) -> WebhookCall:
    """The call to a Service. Raises Unreachable, and NobodyKnows where nothing runs in the ready pods behind it."""
    words = client.get("service") or {}
    name, namespace, port = words.get("name", ""), words.get("namespace", ""), int(words.get("port") or 443)
    url = f"https://{name}.{namespace}.svc:{port}{_path(words.get('path', ''))}"
    start = f'Post "{url}?timeout={seconds:g}s": '
    service = request.store.get(Key("services", namespace, name))
    if service is None:
        raise Unreachable(f'{start}service "{name}" not found')
    found = next((each for each in service["spec"].get("ports") or () if each["port"] == port), None)
    if found is None:
        raise Unreachable(f'{start}no service port {port} found for service "{name}"')
    endpoints = request.store.get(Key("endpoints", namespace, name)) or {}
    for subset in endpoints.get("subsets") or ():
        for address in subset.get("addresses") or ():
            if (address.get("targetRef") or {}).get("kind") == "Pod":
                if request.dial is None:
                    raise _unknown(client)
                at = f"{service['spec'].get('clusterIP')}:{port}"
                there = InCluster(request.dial, namespace, name, port, at)
                return WebhookCall(url, asked, seconds, client.get("caBundle") or "", service=there)
            target = next((p["port"] for p in subset.get("ports") or ()), port)
            return WebhookCall(url, asked, seconds, client.get("caBundle") or "", (address["ip"], target))
    raise Unreachable(
        f"{start}dial tcp {service['spec'].get('clusterIP')}:{port}: connect: connection refused"
    )


def _path(path: str) -> str:
    return path if not path or path.startswith("/") else f"/{path}"


def _of_this_try(patch: list[Any], request: Request) -> list[Any]:
    """The patch with the token's volume as this try of the write calls it: the webhook was asked about an earlier one."""
    own = _TOKEN_VOLUME.search(json.dumps(request.object.get("spec") or {}))
    if own is None:
        return patch
    found: list[Any] = json.loads(_TOKEN_VOLUME.sub(own[0], json.dumps(patch)))
    return found


def _digest(request: Request) -> str:
    """The object without what differs from one try of the same write to the next."""
    meta = {k: v for k, v in request.meta.items() if k not in ("managedFields", "name", "creationTimestamp")}
    content = {**request.object, "metadata": meta}
    if request.resource == "services" and "spec" in content:
        content["spec"] = _without_addresses(content["spec"])
    text = _TOKEN_VOLUME.sub("", json.dumps(content, sort_keys=True, default=str))
    if request.operation == "CREATE" and request.meta.get("uid"):  # each try makes it anew
        text = text.replace(request.meta["uid"], "")
    version = ((request.old or {}).get("metadata") or {}).get("resourceVersion", "")
    return hashlib.sha256(f"{version}{text}".encode()).hexdigest()


def _without_addresses(spec: Object) -> Object:
    """Values that differ between attempts."""
    kept = {k: v for k, v in spec.items() if k not in ("clusterIP", "clusterIPs", "healthCheckNodePort")}
    ports = [{k: v for k, v in port.items() if k != "nodePort"} for port in spec.get("ports") or ()]
    return {**kept, "ports": ports}
