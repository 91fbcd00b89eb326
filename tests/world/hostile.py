"""An API server that means harm: it speaks HTTP as it likes, for as long as it likes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]
KINDS = {
    "/api/v1": [
        ("namespaces", "Namespace", False),
        ("nodes", "Node", False),
        *[(f"{kind.lower()}s", kind, True) for kind in ("Pod", "Service", "Secret", "ConfigMap", "Event")],
        ("endpoints", "Endpoints", True),
        ("persistentvolumeclaims", "PersistentVolumeClaim", True),
        ("resourcequotas", "ResourceQuota", True),
        ("serviceaccounts", "ServiceAccount", True),
    ],
    "/apis/apps/v1": [
        (f"{kind.lower()}s", kind, True) for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
    ],
}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `path` is without its query."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def watches(self) -> bool:
        return "watch" in self.query

    @property
    def lists(self) -> bool:
        """Whether it is a list of objects, or the watch of one."""
        return (self.path.startswith("/api/v1/") or self.path.count("/") > 3) and "/proxy" not in self.path


Attack = Callable[[Request, "Wire"], Awaitable[bool]]
"""Answers in its own way, or gives False."""


class Wire:
    """Bytes to one client, no faster than it takes them."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.sent = 0

    async def send(self, *pieces: bytes | str) -> None:
        for piece in pieces:
            data = piece.encode() if isinstance(piece, str) else piece
            self.sent += len(data)
            self._writer.write(data)
            await self._writer.drain()
            await asyncio.sleep(0)  # drain() alone never learns over TLS that the client left

    async def head(self, status: str = "200 OK", *headers: str, length: int | None = None) -> None:
        """With no `length` in chunks."""
        body = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", body, *headers, "", ""]
        await self.send("\r\n".join(lines))

    async def chunk(self, data: bytes | str) -> None:
        data = data.encode() if isinstance(data, str) else data
        await self.send(b"%x\r\n" % len(data) + data + b"\r\n")

    async def json(self, document: object, status: str = "200 OK", *headers: str) -> None:
        await self.whole(json.dumps(document), status, *headers)

    async def whole(self, body: bytes | str, status: str = "200 OK", *headers: str) -> None:
        body = body.encode() if isinstance(body, str) else body
        await self.head(status, *headers, length=len(body))
        await self.send(body)


@dataclass(slots=True)
class Hostile:
    """One server. What no attack answers, it answers as a well-behaved empty cluster does."""

    attack: Attack | None = None
    tls: ssl.SSLContext | None = None
    objects: list[Object] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    sent: int = 0
    port: int = 0

    @property
    def server(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def kubeconfig(self, **cluster: Any) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "hostile",
            "contexts": [{"name": "hostile", "context": {"cluster": "hostile", "user": "hostile"}}],
            "clusters": [{"name": "hostile", "cluster": {"server": self.server, **cluster}}],
            "users": [{"name": "hostile", "user": {"token": "secret"}}],
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(writer)
        try:
            while request := await _request(reader):
                self.requests.append(request)
                if self.attack is None or not await self.attack(request, wire):
                    await self._answer(request, wire)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass  # the client has had enough
        finally:
            self.sent += wire.sent
            writer.transport.abort()

    async def _answer(self, request: Request, wire: Wire) -> None:
        if request.path == "/version":
            await wire.json({"gitVersion": "v1.32.0"})
        elif request.path in KINDS:
            await wire.json({"resources": resources(request.path)})
        elif request.watches:
            await wire.head()
            await asyncio.Event().wait()
        elif request.lists:
            plural = request.path.rpartition("/")[2]
            kind = next((kind for of in KINDS.values() for name, kind, _ in of if name == plural), "")
            await wire.json(listed(*[each for each in self.objects if each.get("kind") == kind]))
        else:
            await wire.json({"kind": "Status", "message": "no such path"}, "404 Not Found")


async def _request(reader: asyncio.StreamReader) -> Request | None:
    first = await reader.readline()
    if not first.strip():
        return None
    method, target, _ = first.decode().split(" ")
    headers = {}
    while (line := await reader.readline()).strip():
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Request(method, parts.path, query, headers)


@asynccontextmanager
async def serving(attack: Attack | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hostile]:
    hostile = Hostile(attack, tls)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await hostile.serve(reader, writer)
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def resources(path: str) -> list[Object]:
    return [{"name": name, "kind": kind, "namespaced": named} for name, kind, named in KINDS[path]]


def listed(*items: object, onward: str = "") -> Object:
    return {
        "kind": "List",
        "metadata": {"resourceVersion": "1", **({"continue": onward} if onward else {})},
        "items": list(items),
    }


def pod(name: str = "web", **metadata: Any) -> Object:
    return {
        "metadata": {"name": name, "namespace": "default", "resourceVersion": "1", "uid": name, **metadata},
        "spec": {"containers": [{"name": "app", "image": "web"}]},
        "status": {"phase": "Running"},
    }


# what it does -------------------------------------------------------------------------------------------------


def on_lists(attack: Callable[[Request, Wire], Awaitable[None]]) -> Attack:
    """Only lists and their watches; the rest is as it should be."""

    async def answer(request: Request, wire: Wire) -> bool:
        if not request.lists:
            return False
        await attack(request, wire)
        return True

    return answer


def everywhere(attack: Callable[[Request, Wire], Awaitable[None]]) -> Attack:
    async def answer(request: Request, wire: Wire) -> bool:
        await attack(request, wire)
        return True

    return answer


async def endless(_: Request, wire: Wire) -> None:
    await wire.head()
    await wire.chunk('{"kind": "List", "items": [')
    while True:
        await wire.chunk(json.dumps(pod()) + "," + " " * 60_000)


async def endless_spaces(_: Request, wire: Wire) -> None:
    await wire.head()
    while True:
        await wire.chunk(b" " * 65536)


async def endless_objects(_: Request, wire: Wire) -> None:
    """Three bytes each, and some hundred once they are read."""
    await wire.head()
    await wire.chunk('{"kind": "List", "items": [')
    while True:
        await wire.chunk("{}," * 20_000)


_packer = zlib.compressobj(9, zlib.DEFLATED, 31)
PACKED = b"".join([*(_packer.compress(b" " * 1_000_000) for _ in range(50)), _packer.flush()])


async def bomb(_: Request, wire: Wire) -> None:
    """A thousand times as much as goes over the wire."""
    await wire.head("200 OK", "Content-Encoding: gzip")
    while True:  # one member after another
        await wire.chunk(PACKED)


async def not_zipped(_: Request, wire: Wire) -> None:
    await wire.whole(b"{}", "200 OK", "Content-Encoding: gzip")


async def unknown_encoding(_: Request, wire: Wire) -> None:
    await wire.whole(b"{}", "200 OK", "Content-Encoding: aes256gcm, br, zstd")


async def cut_bomb(_: Request, wire: Wire) -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, 31).compress(b" " * 50_000_000)
    await wire.whole(packed, "200 OK", "Content-Encoding: gzip")


async def pages(request: Request, wire: Wire) -> None:
    names = [f"pod-{request.query.get('continue', '')}-{n}" for n in range(20)]
    await wire.json(listed(*map(pod, names), onward=f"{request.query.get('continue', '')[:50]}x"))


async def empty_pages(_: Request, wire: Wire) -> None:
    await wire.json(listed(onward="again"))


async def long_tokens(_: Request, wire: Wire) -> None:
    await wire.json(listed(onward="x" * 500_000))


async def headers(_: Request, wire: Wire) -> None:
    await wire.send("HTTP/1.1 200 OK\r\n")
    while True:
        await wire.send("X-More: " + "x" * 4000 + "\r\n")


async def long_header(_: Request, wire: Wire) -> None:
    await wire.send("HTTP/1.1 200 OK\r\nX: ")
    while True:
        await wire.send("x" * 65536)


async def cookies(_: Request, wire: Wire) -> None:
    await wire.whole(json.dumps(listed()), "200 OK", *[f"Set-Cookie: a{n}=" + "x" * 4000 for n in range(100)])


async def wait_a_moment(_: Request, wire: Wire) -> None:
    while True:
        await wire.send("HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(0.01)


async def absurd_length(_: Request, wire: Wire) -> None:
    await wire.head(length=10**15)
    await wire.send("{")
    await asyncio.Event().wait()


async def absurd_digits(_: Request, wire: Wire) -> None:
    await wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + "9" * 4000 + "\r\n\r\n{}")


async def trickle(_: Request, wire: Wire) -> None:
    await wire.head()
    while True:
        await wire.chunk(b" ")
        await asyncio.sleep(0.05)


async def trickling_head(_: Request, wire: Wire) -> None:
    for letter in "HTTP/1.1 200 OK\r\nX: " + "x" * 100_000:
        await wire.send(letter)
        await asyncio.sleep(0.05)


async def silence(_: Request, wire: Wire) -> None:
    await asyncio.Event().wait()


async def noise(_: Request, wire: Wire) -> None:
    await wire.send(bytes(range(256)) * 100)


async def wrong_chunks(_: Request, wire: Wire) -> None:
    await wire.head()
    await wire.send("zz\r\n{}\r\n")


async def huge_chunk(_: Request, wire: Wire) -> None:
    await wire.head()
    await wire.send("f" * 30 + "\r\n{}\r\n")


async def long_chunk_line(_: Request, wire: Wire) -> None:
    await wire.head()
    while True:
        await wire.send("0" * 65536)


def body(
    content: bytes | str, status: str = "200 OK", *more: str
) -> Callable[[Request, Wire], Awaitable[None]]:
    async def answer(_: Request, wire: Wire) -> None:
        await wire.whole(content, status, *more)

    return answer


def watch(events: Callable[[], AsyncIterator[bytes]]) -> Attack:
    """Empty lists, and that as what happens after them."""

    async def answer(request: Request, wire: Wire) -> bool:
        if not request.watches:
            return False
        await wire.head()
        async for event in events():
            await wire.chunk(event)
        await asyncio.Event().wait()
        return True

    return answer


def event(kind: str, obj: object) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


async def bookmarks() -> AsyncIterator[bytes]:
    while True:
        yield event("BOOKMARK", {"metadata": {"resourceVersion": "5"}}) * 500


async def new_pods() -> AsyncIterator[bytes]:
    number = 0
    while True:
        number += 1
        yield event("ADDED", pod(f"pod-{number}", labels={"a": "x" * 1000}))


async def the_same_pod() -> AsyncIterator[bytes]:
    while True:
        yield event("MODIFIED", pod(labels={"a": "x" * 1000}))


async def endless_line() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65536


async def odd_events() -> AsyncIterator[bytes]:
    for odd in (
        3,
        None,
        [],
        {"type": "ADDED"},
        {"type": 3, "object": {}},
        {"type": "ADDED", "object": {"metadata": 3}},
        {"type": "ADDED", "object": {"metadata": {"name": ["a"], "resourceVersion": {"a": 1}}}},
        {"type": "DELETED", "object": {"metadata": {}}},
        {"type": "ERROR", "object": {"code": "410"}},
    ):
        yield json.dumps(odd).encode() + b"\n"
