"""pods/<name>/portforward: the ways in which clients ask for it, and what is behind it.

kubectl up to 1.30 POSTs and upgrades the connection to SPDY/3.1; from 1.31 on it sends the same frames in the
binary messages of a WebSocket first. Other client libraries (Python, Java, JavaScript) speak of channels in a
WebSocket: `port_forward_channels.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Protocol

from aiohttp import web

from runner.practice.containers.network_messages import Place
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.write import current_of
from runner.practice.machinery.errors import ApiError, bad_request
from runner.practice.machinery.store import Change, Key, Object
from runner.practice.network.forwarded_bytes import ForwardedBytes
from runner.practice.network.forwarded_connection import Served, ServerFor
from runner.practice.network.outside_access import OutsideAccess
from runner.practice.network.port_forward_channels import PROTOCOLS, Channels, Message, ports_asked_for
from runner.practice.network.port_forward_streams import Streams
from runner.practice.streaming.spdy import LARGEST_FRAME
from runner.practice.streaming.upgraded_connections import (
    over_spdy,
    over_websocket,
    upgrade_of,
    websocket_protocols,
)

PROTOCOL = "portforward.k8s.io"
TUNNEL = f"SPDY/3.1+{PROTOCOL}"


class Carried(Protocol):
    """What the messages of a WebSocket carry: SPDY's frames, or channels."""

    def received(self, message: Message, /) -> None:
        """A message of the client."""

    def close(self) -> None:
        """Nothing is sent any more."""


Opener = Callable[[web.WebSocketResponse, Callable[[Message], None]], Carried]
"""Given the WebSocket and how messages are sent on it: what its messages carry."""


def port_forward_handler(access: OutsideAccess) -> Handler:
    """Answers the subresource `portforward` of pods."""

    async def handler(backend: Backend, call: Call, request: web.Request) -> web.StreamResponse:
        return await port_forward(backend, call, request, access)

    return handler


async def port_forward(
    backend: Backend, call: Call, request: web.Request, access: OutsideAccess
) -> web.StreamResponse:
    """Serves until the client leaves, the pod is gone, or the cluster ends. Raises ApiError (400, 403, 404)."""
    pod = current_of(backend, call)
    upgrade = upgrade_of(request)
    if not upgrade:
        raise bad_request("Upgrade request required")
    phase = (pod.get("status") or {}).get("phase", "")
    if phase != "Running":
        raise bad_request(f"unable to forward port because pod is not running. Current status={phase}")
    serve = _over_spdy if upgrade == "spdy/3.1" else _websocket_of(request)
    with _until_gone(backend, call) as over:
        closing = asyncio.ensure_future(backend.closing.wait())
        closing.add_done_callback(lambda _: over.set())
        try:
            return await serve(request, over, lambda port: _server(access, pod, port))
        finally:
            closing.cancel()


async def _over_spdy(request: web.Request, over: asyncio.Event, server: ServerFor) -> web.StreamResponse:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        streams = Streams(writer.write, over.set, server)

        async def receive() -> None:
            while data := await reader.read(LARGEST_FRAME):
                streams.received(data)

        await _until(over, receive(), streams)

    return await over_spdy(request, PROTOCOL, converse)


async def _until(over: asyncio.Event, work: Coroutine[Any, Any, None], carried: Carried) -> None:
    """Carry on with the work until it is done or the event is set."""
    tasks = [asyncio.ensure_future(each) for each in (work, over.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        carried.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


Serve = Callable[[web.Request, asyncio.Event, ServerFor], Awaitable[web.StreamResponse]]


def _websocket_of(request: web.Request) -> Serve:
    """How a WebSocket with what the client offers is served. Raises ApiError (400, 403)."""
    offered = websocket_protocols(request)
    if TUNNEL in offered:
        return _tunnel
    if offered and not set(PROTOCOLS) & set(offered):
        text = f"[{' '.join(offered)}]; supports [{' '.join((*PROTOCOLS, TUNNEL))}]"
        raise ApiError(403, "Forbidden", f"requested protocol(s) are not supported: {text}")
    ports = ports_asked_for(request.query.getall("ports", ()))

    async def channels(request: web.Request, over: asyncio.Event, server: ServerFor) -> web.StreamResponse:
        return await _over_websocket(
            request,
            over,
            PROTOCOLS,
            lambda socket, send: Channels(ports, socket.ws_protocol, send, over.set, server),
        )

    return channels


async def _tunnel(request: web.Request, over: asyncio.Event, server: ServerFor) -> web.StreamResponse:
    return await _over_websocket(
        request, over, (TUNNEL,), lambda _socket, send: Streams(send, over.set, server)
    )


async def _over_websocket(
    request: web.Request, over: asyncio.Event, protocols: tuple[str, ...], carry: Opener
) -> web.StreamResponse:
    async def converse(socket: web.WebSocketResponse) -> None:
        outgoing: asyncio.Queue[Message] = asyncio.Queue()
        carried = carry(socket, outgoing.put_nowait)

        async def receive() -> None:
            async for message in socket:
                if message.type in (web.WSMsgType.BINARY, web.WSMsgType.TEXT):
                    carried.received(message.data)

        async def send() -> None:
            while True:
                message = await outgoing.get()
                await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))

        sending = asyncio.ensure_future(send())
        try:
            await _until(over, receive(), carried)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    return await over_websocket(request, protocols, converse)


@contextlib.contextmanager
def _until_gone(backend: Backend, call: Call) -> Iterator[asyncio.Event]:
    """Set once the pod is deleted, or no longer runs."""
    gone = asyncio.Event()
    key = Key("pods", call.namespace, call.name)

    def listen(change: Change) -> None:
        if change.key == key and (
            change.type == "DELETED" or (change.object.get("status") or {}).get("phase") != "Running"
        ):
            gone.set()

    unsubscribe = backend.store.subscribe(listen)
    try:
        yield gone
    finally:
        unsubscribe()


def _server(access: OutsideAccess, pod: Object, port: int) -> Callable[[], Served]:
    """What answers on a port of the pod: what listens there, or the stand-in page of the Service that leads there."""
    meta = pod["metadata"]
    if access.is_page("pods", meta["namespace"], meta["name"], str(port)):
        return access.page_server("pods", meta["namespace"], meta["name"], str(port))
    place = Place("pod", meta["name"], port, meta["namespace"], meta["uid"])
    return lambda: ForwardedBytes(lambda: access.dial(place), _refused(meta["uid"], port))


def _refused(uid: str, port: int) -> str:
    """As containerd words it (pkg/cri/server, sandbox_portforward_linux.go) behind the kubelet's own words."""
    sandbox = hashlib.sha256(f"{uid}/sandbox".encode()).hexdigest()
    namespace = f"/var/run/netns/cni-{uid}"
    return (
        f"error forwarding port {port} to pod {sandbox}, uid : failed to execute portforward in network namespace"
        f' "{namespace}": failed to connect to localhost:{port} inside namespace "{sandbox}", IPv4: dial tcp4'
        f" 127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address "
    )
