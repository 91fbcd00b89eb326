"""The web server: authentication, routing to handlers, and error responses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from runner.practice.machinery.api import scale, write
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.body import LARGEST
from runner.practice.machinery.api.call import Call, read_call
from runner.practice.machinery.api.deprecation import deprecation
from runner.practice.machinery.api.meta import answer_meta
from runner.practice.machinery.api.output import draw_object, encode, negotiate
from runner.practice.machinery.api.pretty import for_reader
from runner.practice.machinery.api.read import get, list_objects
from runner.practice.machinery.api.reply import Reply
from runner.practice.machinery.api.watch import Watch
from runner.practice.machinery.errors import ApiError, internal, method_not_allowed
from runner.practice.machinery.request_attributes import asked_for
from runner.practice.machinery.users import User
from runner.practice.machinery.webhook_calls import Unanswered

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


def build(backend: Backend) -> web.Application:
    """The application of one cluster."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return for_reader(request, await _answer(backend, request))

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
        user = backend.authenticate(request)
        if not user.master:
            asked = asked_for(request.method, request.path, request.query, backend.registry.scope)
            backend.authorizer.check(user, asked)
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
    """Refuse a browser that a web page sends here under another host name (DNS rebinding)."""
    host = request.host.rsplit(":", 1)[0]
    if host not in ("127.0.0.1", "localhost", "[::1]", "kubernetes", "kubernetes.default.svc"):
        message = f"this practice cluster answers on 127.0.0.1 only, not as {host!r}"
        raise ApiError(421, "Misdirected", message)


async def _dispatch(backend: Backend, request: web.Request, user: User) -> web.StreamResponse:
    path = request.path
    if user.master and (page := backend.undisturbed_pages.get(path)):
        return await page(request)
    await asyncio.sleep(backend.interference.delay)
    if page := backend.passed_on(path):
        return await page(request)
    if not path.startswith(("/api/v", "/apis/")) or path.count("/") < (3 if path.startswith("/api/") else 4):
        backend.check(user, "get", "")
        if page := backend.pages.get(path):
            return await page(request)
        return answer_meta(backend, request)
    call = read_call(request.method, path, request.query, request.headers, backend.registry, user)
    backend.check(user, call.verb, _full_resource(call), call.namespace, call.name)
    if call.verb == "watch":
        return await _watch(backend, call, request)
    while True:
        try:
            return await _handled(backend, call, request)
        except Unanswered as waiting:
            await waiting.fetch()


async def _handled(backend: Backend, call: Call, request: web.Request) -> web.StreamResponse:
    if handler := backend.handlers.get((call.key, call.subresource)):
        served = call.resource.subresource(call.subresource, call.version) if call.subresource else None
        if served and not served.takes_path and call.verb not in served.verbs:
            raise method_not_allowed()
        answer = await handler(backend, call, request)
        return answer if isinstance(answer, web.StreamResponse) else _replied(backend, call, request, answer)
    return await _respond(backend, call, request)


def _full_resource(call: Call) -> str:
    """`deployments.apps`, `pods/log`: what the request is about, as permissions name it."""
    plural, dot, group = call.key.partition(".")
    return f"{plural}/{call.subresource}{dot}{group}" if call.subresource else call.key


async def _respond(backend: Backend, call: Call, request: web.Request) -> web.StreamResponse:
    form = negotiate(request.headers.get("Accept", ""))
    if call.verb in ("list", "get"):
        if call.verb == "list":
            found = list_objects(backend, call, form)
        elif call.subresource == "scale":
            found = scale.get_scale(backend, call)
        else:
            found = get(backend, call, form)
        return _drawn(200, found, form.media, _warning_headers(deprecation(call, backend.registry)))
    body = await request.read()
    write_it = scale.put_scale if call.subresource == "scale" else WRITERS[call.verb]
    reply = write_it(backend, call, body, request.headers.get("Content-Type", "application/json"))
    return _replied(backend, call, request, reply)


def _replied(backend: Backend, call: Call, request: web.Request, reply: Reply) -> web.Response:
    form = negotiate(request.headers.get("Accept", ""))
    drawn = reply.body
    if form.shape != "object" and reply.stored is not None:
        drawn = draw_object(backend, call, reply.stored, form)
    headers = _warning_headers([*deprecation(call, backend.registry), *reply.warnings])
    return _drawn(reply.code, drawn, form.media, headers)


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
