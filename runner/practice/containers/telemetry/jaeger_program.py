"""jaegertracing/all-in-one: takes spans as Zipkin's collector does, and shows traces."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import HttpHandler, Request, Response
from runner.practice.containers.server_program import serve
from runner.practice.containers.telemetry.exposition_format import CONTENT_TYPE, written
from runner.practice.containers.telemetry.jaeger_api import collected, jaeger_answer
from runner.practice.containers.telemetry.jaeger_configuration import (
    base_path,
    configuration,
    health_port,
    zipkin_port,
)
from runner.practice.containers.telemetry.trace_store import MOST_TRACES, TraceStore
from runner.practice.containers.telemetry.web_answers import found_at, json_answer, page, plain_answer

QUERY_PORT, ADMIN_PORT, COLLECTOR_PORT = 16686, 14269, 14268
GRPC_PORTS = (14250, 16685)
SECONDS_OF_A_REQUEST = 0.0005
BYTES_OF_A_TRACE = 8000


async def jaeger(call: Invocation) -> int:
    """--query.base-path and --memory.max-traces, or QUERY_BASE_PATH; COLLECTOR_ZIPKIN_HOST_PORT opens Zipkin's port."""
    given = dict(word.lstrip("-").partition("=")[::2] for word in call.argv[1:] if word.startswith("-"))

    def option(name: str, default: str = "") -> str:
        """--query.base-path, or QUERY_BASE_PATH in the environment."""
        return given.get(name, call.env.get(name.upper().replace(".", "_").replace("-", "_"), default))

    return await _AllInOne(call, option).run()


class _AllInOne:
    def __init__(self, call: Invocation, option: Callable[..., str]) -> None:
        self._call = call
        self._second = configuration(call)
        """The configuration file, where it is Jaeger 2."""
        base = option("query.base-path", "/") if self._second is None else base_path(self._second)
        self._base = base.rstrip("/")
        self._zipkin = option("collector.zipkin.host-port").rpartition(":")[2]
        most = option("memory.max-traces")
        self._store = TraceStore(min(int(most), MOST_TRACES) if most.isdigit() and int(most) else MOST_TRACES)
        self._started = time.time()

    async def run(self) -> int:
        handlers: dict[int, HttpHandler] = {
            QUERY_PORT: self._query,
            ADMIN_PORT: self._admin,
            COLLECTOR_PORT: self._collect,
        }
        handlers |= dict.fromkeys(GRPC_PORTS, _grpc)
        if self._zipkin.isdigit() and int(self._zipkin):
            handlers[int(self._zipkin)] = self._collect
        if self._second is not None:
            handlers |= {health_port(self._second): self._admin, zipkin_port(self._second): self._collect}
        for message in ("Starting HTTP server", "Query server started", "Health Check state change"):
            line = {"level": "info", "ts": time.time(), "msg": message}
            await self._call.error(json.dumps(line, separators=(",", ":")) + "\n")
        return await serve(self._call, handlers, "all-in-one")

    async def _query(self, request: Request) -> Response:
        await self._call.container.work(SECONDS_OF_A_REQUEST)
        if self._base and request.path.rstrip("/") == "":
            return found_at(f"{self._base}/", 307)
        if not f"{request.path}/".startswith(f"{self._base}/"):
            return plain_answer("404 page not found\n", 404)
        path = request.path.removeprefix(self._base) or "/"
        if path.startswith("/api/"):
            return jaeger_answer(self._store, request, path)
        view, _, rest = path.strip("/").partition("/")
        if view in ("", "search", "trace", "dependencies"):
            return page("jaeger", self._base, view=view or "search", trace=rest)
        return plain_answer("404 page not found\n", 404)

    async def _collect(self, request: Request) -> Response:
        await self._call.container.work(SECONDS_OF_A_REQUEST)
        if request.path in ("/api/v2/spans", "/api/v1/spans") and request.method == "POST":
            answer = collected(self._store, request)
            self._call.container.memory = len(self._store) * BYTES_OF_A_TRACE
            return answer
        return plain_answer("404 page not found\n", 404)

    async def _admin(self, request: Request) -> Response:
        """Health and metrics."""
        if request.path == "/":
            since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._started))
            uptime = f"{time.time() - self._started:.0f}s"
            return json_answer({"status": "Server available", "upSince": since, "uptime": uptime})
        if request.path == "/status":
            return json_answer({"status": "StatusOK", "healthy": True})
        if request.path == "/metrics":
            line = written("jaeger_collector_traces_saved", (), len(self._store))
            return Response(200, [("Content-Type", CONTENT_TYPE)], f"{line}\n".encode())
        return plain_answer("404 page not found\n", 404)


async def _grpc(_request: Request) -> Response:
    return plain_answer("gRPC only\n", 415)
