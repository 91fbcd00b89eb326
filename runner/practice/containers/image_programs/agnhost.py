"""agnhost, the test image of Kubernetes: netexec, serve-hostname, liveness, pause and the like."""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import parse_qsl

from runner.practice.containers.container_config import Exit
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.server_program import serve, text

HEALTHY_SECONDS = 10.0
"""So long `liveness` answers 200."""


async def agnhost(call: Invocation) -> int:
    command, *words = [*call.argv[1:], ""] if len(call.argv) == 1 else call.argv[1:]
    options = _options(words)
    if command in ("", "pause"):
        await call.out("Paused\n")
        await call.terminated.wait()
        return 0
    if command == "netexec":
        port = options.get("http-port", "8080")
        await call.error(
            f"Started HTTP server on port {port}\nStarted UDP server on port  {options.get('udp-port', '8081')}\n"
        )
        return await serve(call, {int(port): _Netexec(call).answer}, "agnhost")
    if command == "serve-hostname":
        port = options.get("port", "9376")
        await call.error(f"Serving on port {port}.\n")

        async def hostname(_request: Request) -> Response:
            return text(200, call.container.pod.hostname)

        return await serve(call, {int(port): hostname}, "agnhost")
    if command == "liveness":
        return await liveness(call)
    if command == "porter":
        ports = [int(name.rpartition("_")[2]) for name in call.env if name.startswith("SERVE_PORT_")]

        async def porter(request: Request) -> Response:
            return text(200, call.env.get(f"SERVE_PORT_{request.port}", ""))

        return await serve(call, dict.fromkeys(ports, porter), "agnhost")
    if command == "logs-generator":
        count = int(options.get("log-lines-total", "0") or 0)
        for number in range(count):
            stamp = time.strftime("%H:%M:%S", time.gmtime())
            await call.error(
                f"I {stamp} logs_generator.go:76] {number} GET /api/v1/namespaces/default/pods/p 200\n"
            )
            await asyncio.sleep(0)
        return 0
    await call.error(f'Error: unknown command "{command}" for "app"\n')
    return 1


async def liveness(call: Invocation) -> int:
    """The server of the documentation's HTTP probe: /healthz is 200 for ten seconds, and 500 after them."""
    started = time.monotonic()

    async def answer(request: Request) -> Response:
        ran = time.monotonic() - started
        if request.path == "/healthz" and ran > HEALTHY_SECONDS:
            return text(500, f"error: {ran}")
        return text(
            200, "ok" if request.path == "/healthz" else time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        )

    return await serve(call, {8080: answer}, "agnhost")


class _Netexec:
    def __init__(self, call: Invocation) -> None:
        self.call = call
        self.is_healthy = True

    async def answer(self, request: Request) -> Response:
        pod = self.call.container.pod
        asked = dict(parse_qsl(request.query, keep_blank_values=True))
        path = request.path.rstrip("/") or "/"
        plain = {
            "/": f"NOW: {time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime())}",
            "/hostname": pod.hostname,
            "/hostName": pod.hostname,
            "/clientip": f"{request.client}:40000",
            "/echo": asked.get("msg", ""),
        }
        if path in plain:
            code = asked.get("code", "200")
            return text(int(code) if code.isdigit() else 200, plain[path])
        if path == "/healthz":
            return Response(200 if self.is_healthy else 412)
        if path == "/header":
            return text(200, request.header(asked.get("key", "")))
        if path == "/redirect":
            return Response(int(asked.get("code", "302")), [("Location", asked.get("location", "/"))])
        if path == "/exit":
            code = asked.get("code", "0")

            self.call.container.end(Exit(int(code) if code.isdigit() else 0))
            return Response(200)
        if path == "/dial":
            return await self._dial(asked)
        return text(404, "404 page not found\n")

    async def _dial(self, asked: dict[str, str]) -> Response:
        """Ask another one several times; gives what they answered."""

        pod = self.call.container.pod
        found, errors = [], []
        port = int(asked.get("port", "8080"))
        for _ in range(min(int(asked.get("tries", "1") or 1), 100)):
            host = asked.get("host", "")
            try:
                heard = await pod.network.request(
                    pod,
                    host,
                    port,
                    Request("GET", f"/{asked.get('request', 'hostname')}", [("Host", host)]),
                    timeout=5,
                )
                found.append(heard.body.decode())
            except ConnectError as error:
                errors.append(str(error))
        return text(200, json.dumps({"responses": found} | ({"errors": errors} if errors else {})))


def _options(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            found[name] = (
                value if equals else (rest.pop(0) if rest and not rest[0].startswith("--") else "true")
            )
    return found
