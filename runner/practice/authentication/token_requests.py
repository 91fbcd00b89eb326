"""serviceaccounts/<name>/token: a token of that account (`kubectl create token`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from runner.practice.authentication.account_tokens import ISSUER, AccountTokens
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.body import parse
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.reply import Reply
from runner.practice.machinery.errors import Cause, bad_request, conflict, invalid, not_found
from runner.practice.machinery.served_resources import split_api_version
from runner.practice.machinery.store import Key, timestamp

Object = dict[str, Any]

DEFAULT_SECONDS = 3600
SHORTEST_SECONDS, LONGEST_SECONDS = 600, 1 << 32
BOUND = {"Pod": "pods", "Secret": "secrets"}
NODES_SINCE = 31
"""The minor since which a token can be bound to a node."""


def token_handler(tokens: AccountTokens) -> Handler:
    """Answers the subresource `token` of ServiceAccounts."""

    async def handler(backend: Backend, call: Call, request: web.Request) -> Reply:
        body = await request.read()
        content_type = request.headers.get("Content-Type", "application/json")
        return token_request(backend, tokens, call, parse(body, content_type) if body.strip() else {})

    return handler


def token_request(backend: Backend, tokens: AccountTokens, call: Call, asked: Any) -> Reply:
    """Raises ApiError: 404 for an account or an object to bind to that is not there, 422 for a wrong duration."""
    spec = (asked.get("spec") or {}) if isinstance(asked, dict) else {}
    if not isinstance(spec, dict):
        raise bad_request("json: cannot unmarshal spec of the body into an object")
    account = backend.store.get(Key("serviceaccounts", call.namespace, call.name))
    if account is None:
        raise not_found("serviceaccounts", call.name)
    given = spec.get("expirationSeconds")
    seconds = DEFAULT_SECONDS if given is None else int(given)
    _check(seconds)
    bound = _bound(backend, call, spec.get("boundObjectRef"))
    audiences = spec.get("audiences") or [ISSUER]
    if not isinstance(audiences, list):
        raise bad_request("json: cannot unmarshal spec.audiences of the body into a list of strings")
    token = tokens.issue(account, audiences, seconds, bound)
    expires = timestamp(datetime.now(UTC) + timedelta(seconds=seconds))
    answer = {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": call.name, "namespace": call.namespace, "creationTimestamp": timestamp()},
        "spec": {
            "audiences": audiences,
            "expirationSeconds": seconds,
            "boundObjectRef": spec.get("boundObjectRef"),
        },
        "status": {"token": token, "expirationTimestamp": expires},
    }
    return Reply(201, answer)


def _check(seconds: int) -> None:
    if SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        return
    why = "less than 10 minutes" if seconds < SHORTEST_SECONDS else "larger than 2^32 seconds"
    message = f"Invalid value: {seconds}: may not specify a duration {why}"
    raise invalid("TokenRequest", "", [Cause("spec.expirationSeconds", message)], "authentication.k8s.io")


def _bound(backend: Backend, call: Call, reference: Object | None) -> Object | None:
    if not reference:
        return None
    kind, name = reference.get("kind", ""), reference.get("name", "")
    group, version = split_api_version(reference.get("apiVersion", ""))
    known = {**BOUND, "Node": "nodes"} if backend.minor >= NODES_SINCE else BOUND
    if group or kind not in known:
        raise bad_request(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
    namespace = "" if kind == "Node" else call.namespace
    found = backend.store.get(Key(known[kind], namespace, name))
    if found is None:
        raise not_found(known[kind], name)
    runs_as = (found.get("spec") or {}).get("serviceAccountName", "")
    if kind == "Pod" and runs_as != call.name:
        raise bad_request(
            f'cannot bind token for serviceaccount "{call.name}" to pod running with serviceaccount "{runs_as}"'
        )
    wanted, uid = reference.get("uid"), found["metadata"]["uid"]
    if wanted and wanted != uid:
        raise conflict(
            kind,
            name,
            f"the UID in the bound object reference ({wanted}) does not match the UID in record ({uid})."
            " The object might have been deleted and then recreated",
        )
    return {**found, "kind": kind}
