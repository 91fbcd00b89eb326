"""services/<name>:<port>/proxy and pods/<name>:<port>/proxy, answered by the stand-in pages."""

from __future__ import annotations

from aiohttp import web

from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.errors import not_found, service_unavailable
from runner.practice.machinery.store import Key
from runner.practice.network.pages import Pages


def proxy_handler(pages: Pages) -> Handler:
    """Answers the subresource `proxy` of Services and pods."""

    async def proxy(backend: Backend, call: Call, request: web.Request) -> web.Response:
        """The page behind a service or a pod. Raises ApiError (404, 503) as the real proxy words it."""
        name, port = _target(call.name)
        if backend.store.get(Key(call.resource.storage_key, call.namespace, name)) is None:
            raise not_found(call.key, name)
        path, query = f"/{call.rest}", request.query_string
        page = pages.answer(call.resource.plural, call.namespace, name, port, path, query)
        if page is None:
            raise service_unavailable(f'no endpoints available for service "{call.name}"')
        status, headers, body = page
        return web.Response(status=status, headers=headers, body=body)

    return proxy


def _target(text: str) -> tuple[str, str]:
    """(name, port) of `name`, `name:port` and `scheme:name:port`."""
    parts = text.split(":")
    if len(parts) == 3:
        return parts[1], parts[2]
    return parts[0], parts[1] if len(parts) == 2 else ""
