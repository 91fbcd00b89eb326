"""The web server: who may ask, which handler answers, and how refusals leave."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from runner.practice.authentication import token_requests
from runner.practice.authentication.authenticate import authenticate
from runner.practice.authentication.impersonation import acting
from runner.practice.authentication.users import User
from runner.practice.authorization import access_reviews as reviews
from runner.practice.authorization.attributes import asked_for
from runner.practice.faults.fault_api import answer_troubles
from runner.practice.faults.fault_kinds import TROUBLES_PATH
from runner.practice.machinery.api import scale, write
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.body import LARGEST
from runner.practice.machinery.api.call import Call, read_call
from runner.practice.machinery.api.deprecation import deprecation
from runner.practice.machinery.api.meta import answer_meta
from runner.practice.machinery.api.output import draw_object, encode, negotiate
from runner.practice.machinery.api.pipeline import Reply
from runner.practice.machinery.api.read import get, list_objects
from runner.practice.machinery.api.watch import Watch
from runner.practice.machinery.errors import ApiError, internal
from runner.practice.machinery.webhook_calls import Unanswered
from runner.practice.network.port_forward import port_forward
from runner.practice.network.service_proxy import proxy
from runner.practice.node import pod_subresources as pods

Object = dict[str, Any]
Writer = Callable[[Backend, Call, bytes, str], Reply]

LOG = logging.getLogger(__name__)

WRITERS: dict[str, Writer] = {
    "create": write.create,
    "update": write.update,
    "patch": write.patch,
    "delete": write.delete,
    "deletecollection": write.delete_collection,
}
SUB_WRITERS: dict[tuple[str, str], Writer] = {
    ("eviction", "create"): pods.evict,
    ("binding", "create"): pods.bind,
    ("token", "create"): token_requests.token_request,
    ("scale", "update"): scale.put_scale,
    ("scale", "patch"): scale.put_scale,
}


def build(backend: Backend) -> web.Application:
    """The application of one cluster."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _answer(backend, request)

    app = web.Application(client_max_size=LARGEST)
    app.router.add_route("*", "/{path:.*}", answer)
    return app


async def _answer(backend: Backend, request: web.Request) -> web.StreamResponse:
    if backend.closing.is_set() and request.transport:
        # A connection that was being made while the others were closed: nobody else ends it.
        request.transport.abort()
        raise ConnectionResetError("the cluster is stopped")
    try:
        _check_host(request)
        user = authenticate(request, backend.token, backend.tokens, backend.minor)
        user = acting(backend.authorizer, user, request.headers, request.path, backend.minor)
        if not user.master:
            backend.authorizer.check(user, asked_for(request.method, request.path, request.query))
        return await _dispatch(backend, request, user)
    except ApiError as error:
        return _refused(error)
    except web.HTTPRequestEntityTooLarge:
        return _refused(
            ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {LARGEST}")
        )
    except ConnectionResetError:
        raise
    except Exception as error:
        LOG.exception("%s %s", request.method, request.path_qs)
        return _refused(internal(f"{type(error).__name__}: {error}"))


def _refused(error: ApiError) -> web.Response:
    if error.plain:
        return web.Response(status=error.code, text=f"{error.message}\n")
    headers = {}
    if "retryAfterSeconds" in error.details:
        headers["Retry-After"] = str(error.details["retryAfterSeconds"])
    return _json(error.code, encode(error.status()), headers)


def _json(code: int, body: bytes, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=code, body=body, content_type="application/json", headers=headers)


def _check_host(request: web.Request) -> None:
    """A browser that a web page sends here by another name (DNS rebinding) is turned away."""
    host = request.host.rsplit(":", 1)[0]
    if host not in ("127.0.0.1", "localhost", "[::1]", "kubernetes", "kubernetes.default.svc"):
        message = f"this practice cluster answers on 127.0.0.1 only, not as {host!r}"
        raise ApiError(421, "Misdirected", message)


async def _dispatch(backend: Backend, request: web.Request, user: User) -> web.StreamResponse:
    path = request.path
    if path == TROUBLES_PATH and user.master:
        return answer_troubles(backend.troubles, request.method, await request.read())
    await asyncio.sleep(backend.troubles.delay)
    if not path.startswith(("/api/v", "/apis/")) or path.count("/") < (3 if path.startswith("/api/") else 4):
        backend.check("get", "", user=user)
        return answer_meta(backend, request)
    call = read_call(request.method, path, request.query, request.headers, backend.registry, user)
    backend.check(call.verb, _resource_told(call), call.namespace, call.name, user)
    if call.verb == "watch":
        return await _watch(backend, call, request)
    if call.subresource == "portforward":
        return await port_forward(backend, call, request)
    body = await request.read() if request.can_read_body else b""
    while True:
        try:
            return _respond(backend, call, request, body)
        except Unanswered as waiting:
            await waiting.fetch()


def _resource_told(call: Call) -> str:
    plural, dot, group = call.key.partition(".")
    return f"{plural}/{call.subresource}{dot}{group}" if call.subresource else call.key


def _respond(backend: Backend, call: Call, request: web.Request, body: bytes) -> web.Response:
    if call.subresource == "log":
        return web.Response(text=pods.log(backend, call))
    if call.subresource in pods.WHAT:
        raise pods.refuse_connection(call)
    if call.subresource == "proxy":
        return proxy(backend, call, request.query_string)
    form = negotiate(request.headers.get("Accept", ""))
    headers = _warning_headers(deprecation(call, backend.registry))
    if call.verb == "list":
        return _drawn(200, list_objects(backend, call, form), form.media, headers)
    if call.verb == "get":
        found = scale.get_scale(backend, call) if call.subresource == "scale" else get(backend, call, form)
        return _drawn(200, found, form.media, headers)
    reply = _writer(call)(backend, call, body, request.headers.get("Content-Type", "application/json"))
    for warning in _warning_headers(reply.warnings):
        headers.append(warning)
    drawn = reply.body
    if form.shape != "object" and reply.stored is not None:
        drawn = draw_object(backend, call, reply.stored, form)
    return _drawn(reply.code, drawn, form.media, headers)


def _writer(call: Call) -> Writer:
    if call.subresource and (found := SUB_WRITERS.get((call.subresource, call.verb))):
        return found
    if call.resource.kind in reviews.REVIEWS:
        return reviews.review
    return WRITERS[call.verb]


def _warning_headers(warnings: list[str]) -> list[tuple[str, str]]:
    quoted = (warning.replace("\\", "\\\\").replace('"', '\\"') for warning in warnings)
    return [("Warning", f'299 - "{warning}"') for warning in quoted]


def _drawn(code: int, body: Object, media: str, headers: list[tuple[str, str]]) -> web.Response:
    response = web.Response(status=code, body=encode(body, media), content_type=media)
    for name, value in headers:
        response.headers.add(name, value)
    return response


async def _watch(backend: Backend, call: Call, request: web.Request) -> web.StreamResponse:
    watch = Watch(backend, call, negotiate(request.headers.get("Accept", "")))
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    for name, value in _warning_headers(deprecation(call, backend.registry)):
        response.headers.add(name, value)
    response.enable_chunked_encoding()
    await response.prepare(request)
    write_line: Callable[[bytes], Awaitable[None]] = response.write
    lines = watch.lines()
    try:
        async for line in lines:
            await write_line(line)
        await response.write_eof()
    except ConnectionResetError:
        LOG.debug("the client of a watch is gone: %s", request.path_qs)
    finally:
        await lines.aclose()
    return response
