"""A small Spring Boot service as the Korean MSA course uses them: one collection of records, HAL JSON, actuator.

It takes its 10 to 20 seconds from the start of its process until it answers, in which it uses a processor, as a JVM does.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.practice.containers.container_config import Exit
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.http_dates import http_date
from runner.practice.containers.image_programs.spring_datasource import Datasource, DatasourceError
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.server_program import json_text, serve, text

FASTEST_START, SPREAD_OF_STARTS = 10.0, 7.0
"""Seconds; each pod has its own within the spread."""
SECONDS_OF_THE_START, SECONDS_OF_A_REQUEST = 3.0, 0.008
"""Of a processor."""
LEAK, LEAK_EVERY = 24 * 2**20, 0.1
"""Bytes that /callMemleak takes at a time, and seconds between."""
MOST_LEAKED = 4 * 2**30
"""Bytes, where the container has no limit: then the node's memory is at its end."""
MOST_RECORDS = 10_000
ACTUATOR = "application/vnd.spring-boot.actuator.v3+json"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpringKind:
    """`path` is the collection, as in orders; `fields` those of a record with what they have where nothing is sent."""

    application: str
    path: str
    fields: Mapping[str, Any]
    records: tuple[Record, ...] = ()
    """Those that are there from the start."""
    required: str = ""
    """The field without which a POST fails."""
    delay: tuple[float, float] = (0.0, 0.0)
    """Seconds that storing takes, from - to."""
    at_once: int = 200
    """How many requests that store are worked on at a time; others wait."""
    greeting: str = ""
    """Said by / in place of the links, where the application does."""


@dataclass(slots=True)
class _Service:
    call: Invocation
    kind: SpringKind
    records: dict[int, Record] = field(default_factory=dict)
    is_down: bool = False
    last_id: int = 0
    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def answer(self, request: Request) -> Response:
        await self.call.container.work(SECONDS_OF_A_REQUEST)
        response = await self._answer(request)
        length = [] if response.status == 204 else [("Content-Length", str(len(response.body)))]
        vary = [
            ("Vary", name)
            for name in ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
        ]
        response.headers = [
            *vary,
            *response.headers,
            *length,
            ("Date", http_date()),
            ("Keep-Alive", "timeout=60"),
            ("Connection", "keep-alive"),
        ]
        if request.method == "HEAD":
            response.body = b""
        return response

    async def _answer(self, request: Request) -> Response:
        parts = [part for part in request.path.split("/") if part]
        if not parts:
            return self._root(request)
        if parts[0] == "actuator":
            return self._actuator(request, parts[1] if len(parts) > 1 else "")
        if parts[0] == "callMemleak":
            return await self._leak(request)
        if parts[0] == "profile":
            return json_text(200, {"_links": {"self": {"href": _base(request) + "/profile"}}}, indent=2)
        if parts[0] != self.kind.path:
            return _error(404, "Not Found", request)
        if len(parts) == 1:
            return await self._collection(request)
        return self._one(request, parts[1])

    def _root(self, request: Request) -> Response:
        if self.kind.greeting:
            return text(200, self.kind.greeting)
        base = _base(request)
        links = {
            self.kind.path: {"href": f"{base}/{self.kind.path}{{?page,size,sort}}", "templated": True},
            "profile": {"href": f"{base}/profile"},
        }
        return _hal(200, {"_links": links})

    def _actuator(self, request: Request, name: str) -> Response:
        if name == "health":
            return _hal(503 if self.is_down else 200, {"status": "DOWN" if self.is_down else "UP"}, ACTUATOR)
        if name in ("down", "up"):
            if request.method not in ("PUT", "GET", "POST"):
                return _error(405, "Method Not Allowed", request)
            self.is_down = name == "down"
            return _hal(200, {"status": "DOWN" if self.is_down else "UP"}, "application/json")
        if name == "echo":
            pod = self.call.container.pod
            return text(200, f"{pod.hostname}/{pod.config.ip}", "text/plain;charset=UTF-8")
        if name == "info":
            return _hal(200, {}, ACTUATOR)
        return _error(404, "Not Found", request)

    async def _leak(self, request: Request) -> Response:
        """Takes memory until the container is ended for it; the request has no answer."""
        container = self.call.container
        while not container.exited.done():
            if container.memory > MOST_LEAKED:
                container.end(Exit(137, "OOMKilled"))
            container.memory += LEAK
            await asyncio.sleep(LEAK_EVERY)
        raise ConnectError("reset", request.header("host"), request.port)

    async def _collection(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._create(request)
        if request.method not in ("GET", "HEAD"):
            return _error(405, "Method Not Allowed", request)
        base = f"{_base(request)}/{self.kind.path}"
        shown = [self._shown(request, number) for number in list(self.records)[:20]]
        count = len(self.records)
        return _hal(
            200,
            {
                "_embedded": {self.kind.path: shown},
                "_links": {
                    "self": {"href": f"{base}{{?page,size,sort}}", "templated": True},
                    "profile": {"href": f"{_base(request)}/profile/{self.kind.path}"},
                },
                "page": {"size": 20, "totalElements": count, "totalPages": -(-count // 20), "number": 0},
            },
        )

    async def _create(self, request: Request) -> Response:
        try:
            sent = json.loads(request.body or b"{}")
        except ValueError:
            return _error(400, "Bad Request", request)
        if not isinstance(sent, dict):
            return _error(400, "Bad Request", request)
        if self.kind.required and not sent.get(self.kind.required):
            await _log(
                self.call,
                "ERROR",
                "o.a.c.c.C.[.[.[/].[dispatcherServlet]",
                f"Servlet.service() failed: {self.kind.required} must not be null",
            )
            return _error(500, "Internal Server Error", request)
        if self.kind.delay[1]:
            async with self.free:
                await asyncio.sleep(random.uniform(*self.kind.delay))  # noqa: S311 - how long it takes, no secret
        self.last_id += 1
        self.records[self.last_id] = {name: sent.get(name, usual) for name, usual in self.kind.fields.items()}
        if len(self.records) > MOST_RECORDS:
            self.records.pop(next(iter(self.records)))
        shown = self._shown(request, self.last_id)
        where = shown["_links"]["self"]["href"]
        made = _hal(201, shown, "application/json")
        made.headers = [("Location", where), *made.headers]
        return made

    def _one(self, request: Request, number: str) -> Response:
        key = int(number) if number.isdigit() else -1
        if key not in self.records:
            return Response(404)
        if request.method == "DELETE":
            del self.records[key]
            return Response(204)
        if request.method in ("PUT", "PATCH"):
            try:
                sent = json.loads(request.body or b"{}")
            except ValueError:
                return _error(400, "Bad Request", request)
            before = self.records[key] if request.method == "PATCH" else self.kind.fields
            self.records[key] = {name: sent.get(name, before.get(name)) for name in self.kind.fields}
        return _hal(
            200,
            self._shown(request, key),
            "application/json" if request.method != "GET" else "application/hal+json",
        )

    def _shown(self, request: Request, number: int) -> Record:
        href = f"{_base(request)}/{self.kind.path}/{number}"
        single = {"deliveries": "delivery"}.get(self.kind.path, self.kind.path.removesuffix("s"))
        return {**self.records[number], "_links": {"self": {"href": href}, single: {"href": href}}}


def spring_service(kind: SpringKind) -> Program:
    """The program: starts as a JVM does, then serves 8080 (or SERVER_PORT) until it is told to end."""

    async def run(call: Invocation) -> int:
        seconds = (
            FASTEST_START
            + SPREAD_OF_STARTS * (zlib.crc32(call.container.pod.config.uid.encode()) % 1000) / 1000
        )
        port = (
            int(call.env.get("SERVER_PORT", "8080"))
            if call.env.get("SERVER_PORT", "8080").isdigit()
            else 8080
        )
        service = _Service(call, kind, free=asyncio.Semaphore(kind.at_once))
        for record in kind.records:
            service.last_id += 1
            service.records[service.last_id] = dict(record)
        code = await _start(call, kind, seconds, port)
        if code is not None:
            return code
        return await serve(call, {port: service.answer}, "java", 143)

    return run


async def _start(call: Invocation, kind: SpringKind, seconds: float, port: int) -> int | None:
    """The lines of a start, as they come; an exit code where it ends here."""
    began = time.monotonic()
    pod = call.container.pod
    await call.out("\n  Spring Boot  ::  (stand-in of the practice cluster)\n\n")
    name = kind.application.title().replace("-", "")
    own = f"{kind.application}.{name}Application"
    on = f"on {pod.hostname} with PID 1 (/app.jar started by root in /)"
    unit = "Initialized JPA EntityManagerFactory for persistence unit 'default'"
    steps = [
        (own, f"Starting {name}Application {on}"),
        (own, "No active profile set, falling back to default profiles: default"),
        (
            ".s.d.r.c.RepositoryConfigurationDelegate",
            "Bootstrapping Spring Data repositories in DEFAULT mode.",
        ),
        ("o.s.b.w.embedded.tomcat.TomcatWebServer", f"Tomcat initialized with port(s): {port} (http)"),
        ("com.zaxxer.hikari.HikariDataSource", "HikariPool-1 - Starting..."),
        ("j.LocalContainerEntityManagerFactoryBean", unit),
        ("o.s.b.a.e.web.EndpointLinksResolver", "Exposing 4 endpoint(s) beneath base path '/actuator'"),
    ]
    datasource = Datasource.of(call.env)
    for number, (logger, message) in enumerate(steps, 1):
        await _log(call, "INFO", logger, message)
        if "Hikari" in logger and datasource:
            try:
                await datasource.check(call)
            except DatasourceError as error:
                await _log(
                    call,
                    "ERROR",
                    "com.zaxxer.hikari.pool.HikariPool",
                    "HikariPool-1 - Exception during pool initialization.",
                )
                await call.out(error.trace)
                await _log(call, "ERROR", "o.s.boot.SpringApplication", "Application run failed")
                await call.out(f"Caused by: {error}\n")
                return 1
        await call.container.work(SECONDS_OF_THE_START / len(steps))
        left = began + seconds * number / len(steps) - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, left)):
                await call.terminated.wait()
        except TimeoutError:
            continue
        return 143
    await _log(
        call,
        "INFO",
        "o.s.b.w.embedded.tomcat.TomcatWebServer",
        f"Tomcat started on port(s): {port} (http) with context path ''",
    )
    took = time.monotonic() - began
    await _log(
        call,
        "INFO",
        f"{kind.application}.{name}Application",
        f"Started {name}Application in {took:.3f} seconds (JVM running for {took + 1:.3f})",
    )
    return None


async def _log(call: Invocation, level: str, logger: str, message: str) -> None:
    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}"
    await call.out(f"{stamp} {level:>5} 1 --- [           main] {logger:<40} : {message}\n")


def _base(request: Request) -> str:
    return f"{request.header('x-forwarded-proto') or request.scheme}://{request.header('host')}"


def _hal(status: int, value: Any, kind: str = "application/hal+json") -> Response:
    return Response(
        status, [("Content-Type", kind)], json.dumps(value, indent=2, ensure_ascii=False).encode()
    )


def _error(status: int, error: str, request: Request) -> Response:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+00:00", time.gmtime())
    return json_text(
        status, {"timestamp": stamp, "status": status, "error": error, "message": "", "path": request.path}
    )
