"""services/<name>:<port>/proxy and pods/<name>:<port>/proxy: what listens in the pods, or the stand-in pages."""

from __future__ import annotations

import random
from typing import Literal

from aiohttp import web

from runner.practice.containers.network_messages import ConnectError, Place, Request
from runner.practice.controllers.endpoints_controller import resolved_ports
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.errors import bad_request, not_found, service_unavailable
from runner.practice.machinery.store import Key, Object
from runner.practice.network.outside_access import OutsideAccess

OF_ONE_HOP = frozenset(
    {"authorization", "connection", "content-length", "keep-alive", "te", "transfer-encoding", "upgrade"}
)
"""Headers that are not passed on: RFC 9110, 7.6.1, and the token, which is for the API alone."""


def proxy_handler(access: OutsideAccess) -> Handler:
    """Answers the subresource `proxy` of Services and pods."""

    async def proxy(backend: Backend, call: Call, request: web.Request) -> web.Response:
        """What is behind a service or a pod. Raises ApiError (400, 404, 503) as the real proxy words it."""
        scheme, name, port = _target(call.name)
        obj = backend.store.get(Key(call.resource.storage_key, call.namespace, name))
        if obj is None:
            raise not_found(call.key, name)
        if not access.is_page(call.resource.plural, call.namespace, name, port):
            place = (_of_service if call.resource.plural == "services" else _of_pod)(backend, obj, port, call)
            return await _passed_on(access, call, request, place, scheme)
        path, query = f"/{call.rest}", request.query_string
        page = access.pages.answer(call.resource.plural, call.namespace, name, port, path, query)
        if page is None:
            raise service_unavailable(f'no endpoints available for service "{call.name}"')
        status, headers, body = page
        return web.Response(status=status, headers=headers, body=body)

    return proxy


async def _passed_on(
    access: OutsideAccess,
    call: Call,
    request: web.Request,
    place: Place,
    scheme: Literal["http", "https"],
) -> web.Response:
    headers = [(name, value) for name, value in request.headers.items() if name.lower() not in OF_ONE_HOP]
    target = f"/{call.rest}" + (f"?{request.query_string}" if request.query_string else "")
    asked = Request(request.method, target, headers, await request.read(), scheme=scheme, port=place.port)
    try:
        answer = await access.request(place, asked)
    except ConnectError as error:
        why = "i/o timeout" if error.failure == "timed out" else "connect: connection refused"
        where = f"dial tcp {place.name}:{place.port}"
        raise service_unavailable(f"error trying to reach service: {where}: {why}") from error
    made = web.Response(status=answer.status, reason=answer.reason or None, body=answer.body)
    for name, value in answer.headers:
        if name.lower() not in OF_ONE_HOP:
            made.headers.add(name, value)
    return made


def _of_service(backend: Backend, service: Object, port: str, call: Call) -> Place:
    """An endpoint of the Service; its port by name or number, the only one where none is named."""
    ports = service["spec"].get("ports") or ()
    chosen = [each for each in ports if port in (str(each["port"]), each.get("name", ""))]
    if not port and len(ports) == 1:
        chosen = list(ports)
    name = service["metadata"]["name"]
    endpoints = backend.store.get(Key("endpoints", call.namespace, name)) or {}
    targets = [
        (address, pod)
        for subset in endpoints.get("subsets") or ()
        for address in subset.get("addresses") or ()
        if (pod := _pod(backend, call.namespace, address))
    ]
    if not chosen or not targets:
        raise service_unavailable(f'no endpoints available for service "{call.name}"')
    address, pod = random.choice(targets)  # noqa: S311 (balancing, no secret)
    number = next((to for each, to in resolved_ports(service, pod) if each == chosen[0]), 0)
    return Place("pod", address["ip"], number, call.namespace, pod["metadata"]["uid"])


def _pod(backend: Backend, namespace: str, address: Object) -> Object | None:
    target = address.get("targetRef") or {}
    return backend.store.get(Key("pods", namespace, target.get("name", "")))


def _of_pod(backend: Backend, pod: Object, port: str, call: Call) -> Place:
    """The pod's port by name or number; the first that it declares, or 80, where none is named."""
    declared = [each for container in pod["spec"]["containers"] for each in container.get("ports") or ()]
    number = next((each["containerPort"] for each in declared if port and each.get("name") == port), 0)
    if not port:
        number = declared[0]["containerPort"] if declared else 80
    elif not number and port.isdigit():
        number = int(port)
    address = (pod.get("status") or {}).get("podIP", "")
    if not number:
        raise bad_request(f'invalid port "{port}"')
    if not address:
        raise bad_request("address not allowed")
    return Place("pod", address, number, call.namespace, pod["metadata"]["uid"])


def _target(text: str) -> tuple[Literal["http", "https"], str, str]:
    """(scheme, name, port) of `name`, `name:port` and `scheme:name:port`."""
    parts = text.split(":")
    if len(parts) == 3:
        return "https" if parts[0] == "https" else "http", parts[1], parts[2]
    return "http", parts[0], parts[1] if len(parts) == 2 else ""
