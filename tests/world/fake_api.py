"""An API server of a few kinds, in this process, that misbehaves when told to."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web

from checks.selectors import matches

Object = dict[str, Any]
GROUPS = {
    "v1": [
        ("namespaces", "Namespace", False),
        ("pods", "Pod", True),
        ("services", "Service", True),
        ("secrets", "Secret", True),
        ("configmaps", "ConfigMap", True),
        ("endpoints", "Endpoints", True),
    ],
    "apps/v1": [("deployments", "Deployment", True), ("statefulsets", "StatefulSet", True)],
}


class FakeApi:
    """Objects by plural, a revision, watches. `requests` counts what was asked: ("LIST", "pods"), …"""

    def __init__(self) -> None:
        self.groups = {version: list(kinds) for version, kinds in GROUPS.items()}
        self.objects: dict[tuple[str, str, str], Object] = {}
        self.history: list[tuple[int, str, str, Object]] = []
        self.revision = 10
        self.compacted = 0
        self.requests: Counter[tuple[str, str]] = Counter()
        self.misbehave: Callable[[web.Request], web.StreamResponse | None] = lambda request: None
        self.tokens: set[str] | None = None
        self.seen_tokens: list[str] = []
        self.allowed = True
        self.pages: dict[str, tuple[int, dict[str, str], str]] = {}
        self._changed = asyncio.Condition()
        self._streams: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.tls: ssl.SSLContext | None = None

    @property
    def server(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kubeconfig(self, user: Object | None = None) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "clusters": [{"name": "fake", "cluster": {"server": self.server}}],
            "users": [{"name": "fake", "user": user if user is not None else {"token": "good"}}],
        }

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.tls)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        self.drop_watches()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    def drop_watches(self) -> None:
        """Cut every watch's connection, in the middle."""
        for task in list(self._streams):
            task.cancel()

    def count(self, verb: str, plural: str | None = None) -> int:
        return sum(n for (v, p), n in self.requests.items() if v == verb and plural in (None, p))

    async def put(self, plural: str, name: str, namespace: str = "", **parts: Any) -> None:
        key = (plural, namespace, name)
        self.revision += 1
        metadata = {"name": name, "uid": f"uid-{name}", "resourceVersion": str(self.revision)}
        if namespace:
            metadata["namespace"] = namespace
        metadata |= {"managedFields": [{"manager": "kubectl"}], "labels": parts.pop("labels", {})}
        metadata |= parts.pop("metadata", {})
        obj = {"metadata": metadata, **parts}
        await self._report(plural, "MODIFIED" if key in self.objects else "ADDED", obj)
        self.objects[key] = obj

    async def remove(self, plural: str, name: str, namespace: str = "") -> None:
        self.revision += 1
        obj = self.objects.pop((plural, namespace, name))
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.revision)}}
        await self._report(plural, "DELETED", obj)

    async def bookmark(self, plural: str) -> None:
        self.revision += 1
        await self._report(plural, "BOOKMARK", {"metadata": {"resourceVersion": str(self.revision)}})

    async def _report(self, plural: str, kind: str, obj: Object) -> None:
        self.history.append((self.revision, plural, kind, obj))
        async with self._changed:
            self._changed.notify_all()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen_tokens.append(token)
        verb, plural = self._named(request)
        self.requests[verb, plural] += 1
        wrong = self.misbehave(request)
        if wrong is not None:
            return wrong
        if self.tokens is not None and token not in self.tokens:
            return status(401, "Unauthorized")
        return await self._answer(request, verb, plural)

    def _named(self, request: web.Request) -> tuple[str, str]:
        parts = request.path.strip("/").split("/")
        known = {plural for kinds in self.groups.values() for plural, _, _ in kinds}
        plural = next((part for part in reversed(parts) if part in known), "")
        if "proxy" in parts:
            return "PROXY", "services"
        if request.method == "POST":
            return "POST", parts[-1]
        if not plural:
            return "DISCOVER" if parts[0] in ("api", "apis") else "GET", "/".join(parts[1:]) or parts[0]
        if parts[-1] != plural:
            # /api/v1/namespaces/shop is an object, /api/v1/namespaces/shop/pods a list
            return "GET", plural
        return ("WATCH" if request.query.get("watch") else "LIST"), plural

    async def _answer(self, request: web.Request, verb: str, plural: str) -> web.StreamResponse:
        if request.path == "/version":
            return web.json_response({"gitVersion": "v1.22.4+fake"})
        if verb == "POST":
            review = await request.json()
            return web.json_response({**review, "status": {"allowed": self.allowed}}, status=201)
        if verb == "PROXY":
            return self._page(request)
        if verb == "DISCOVER":
            return self._discover(request)
        parts = request.path.strip("/").split("/")
        namespace = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-1] else ""
        if verb == "GET":
            obj = self.objects.get((plural, namespace if plural != "namespaces" else "", parts[-1]))
            return web.json_response(obj) if obj else status(404, f'{plural} "{parts[-1]}" not found')
        if plural not in {p for kinds in self.groups.values() for p, _, _ in kinds}:
            return status(404, "the server could not find the requested resource")
        name = request.query.get("fieldSelector", "").removeprefix("metadata.name=")
        labels = request.query.get("labelSelector", "")

        def wanted(obj: Object) -> bool:
            metadata = obj["metadata"]
            return (
                (not namespace or metadata.get("namespace") == namespace)
                and (not name or metadata.get("name") == name)
                and matches(labels, metadata.get("labels"))
            )

        if verb == "WATCH":
            return await self._watch(request, plural, wanted)
        return self._list(request, plural, wanted)

    def _list(self, request: web.Request, plural: str, wanted: Callable[[Object], bool]) -> web.Response:
        items = [obj for (p, _, _), obj in sorted(self.objects.items()) if p == plural and wanted(obj)]
        limit, start = int(request.query.get("limit", 500)), int(request.query.get("continue", 0))
        metadata = {"resourceVersion": str(self.revision)}
        if len(items) > start + limit:
            metadata["continue"] = str(start + limit)
        return web.json_response(
            {"kind": "List", "metadata": metadata, "items": items[start : start + limit]}
        )

    async def _watch(
        self, request: web.Request, plural: str, wanted: Callable[[Object], bool]
    ) -> web.StreamResponse:
        since = int(request.query["resourceVersion"])
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        task = asyncio.current_task()
        assert task
        self._streams.add(task)
        try:
            if since < self.compacted:
                await write(response, "ERROR", {"kind": "Status", "code": 410, "reason": "Expired"})
                return response
            async with asyncio.timeout(float(request.query.get("timeoutSeconds", 300))):
                while True:
                    for revision, of, kind, obj in list(self.history):
                        if revision > since and of == plural and (kind == "BOOKMARK" or wanted(obj)):
                            await write(response, kind, obj)
                            since = revision
                        elif revision > since and of == plural and request.query.get("labelSelector"):
                            await write(response, "DELETED", obj)  # it may have been selected before
                            since = revision
                    async with self._changed:
                        await self._changed.wait()
        except TimeoutError:
            return response
        finally:
            self._streams.discard(task)

    def _discover(self, request: web.Request) -> web.Response:
        if request.path == "/apis":
            listed = [
                {"name": v.partition("/")[0], "versions": [{"groupVersion": v}]}
                for v in self.groups
                if "/" in v
            ]
            return web.json_response({"kind": "APIGroupList", "groups": listed})
        version = request.path.removeprefix("/apis/").removeprefix("/api/")
        if version not in self.groups:
            return status(404, "404 page not found")
        return web.json_response(
            {
                "resources": [
                    {"name": plural, "kind": kind, "namespaced": namespaced}
                    for plural, kind, namespaced in self.groups[version]
                ]
                + [{"name": "pods/log", "kind": "Pod", "namespaced": True}]
            }
        )

    def _page(self, request: web.Request) -> web.Response:
        _, _, path = request.path.partition("/proxy")
        code, headers, body = self.pages.get(path, (404, {}, "no such page"))
        return web.Response(status=code, headers=headers, text=body)


def status(code: int, message: str) -> web.Response:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
    return web.json_response(body, status=code)


async def write(response: web.StreamResponse, kind: str, obj: Object) -> None:
    line = json.dumps({"type": kind, "object": obj}).encode() + b"\n"
    half = len(line) // 2
    await response.write(line[:half])  # a line may arrive in pieces
    await response.write(line[half:])
