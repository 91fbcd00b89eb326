"""podinfo, and fortio's server."""

from __future__ import annotations

import asyncio
import json
import time

from runner.practice.containers.common_programs import COMMON
from runner.practice.containers.container_config import Exit
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import json_text, serve, text

SECONDS_OF_A_REQUEST = 0.0005


def podinfo(version: str) -> Program:
    """./podinfo --port=9898; PODINFO_UI_COLOR, PODINFO_UI_MESSAGE."""

    async def run(call: Invocation) -> int:
        options = dict(
            word.lstrip("-").partition("=")[::2] for word in call.argv[1:] if word.startswith("--")
        )
        port = options.get("port", call.env.get("PODINFO_PORT", "9898"))
        site = _Podinfo(call, version, options.get("ui-color", call.env.get("PODINFO_UI_COLOR", "#34577c")))
        start = {"level": "info", "msg": "Starting podinfo", "version": version, "port": port}
        await call.error(json.dumps(start) + "\n")
        handlers = {int(port) if port.isdigit() else 9898: site.answer}
        return await serve(call, handlers, "podinfo")

    return run


class _Podinfo:
    def __init__(self, call: Invocation, version: str, color: str) -> None:
        self.call, self.version, self.color = call, version, color
        self.ready = self.healthy = True

    async def answer(self, request: Request) -> Response:
        await self.call.container.work(SECONDS_OF_A_REQUEST)
        first, _, rest = request.path.strip("/").partition("/")
        pod = self.call.container.pod
        if first in ("", "api") and rest in ("", "info"):
            message = self.call.env.get("PODINFO_UI_MESSAGE", f"greetings from podinfo v{self.version}")
            if first == "" and "Mozilla" in request.header("user-agent"):
                return text(
                    200, f"<!DOCTYPE html>\n<title>{pod.hostname}</title>\n<h1>{message}</h1>\n", "text/html"
                )
            about = {
                "hostname": pod.hostname,
                "version": self.version,
                "revision": "unknown",
                "color": self.color,
                "message": message,
                "goos": "linux",
                "goarch": "amd64",
                "runtime": "go1.23.2",
                "num_goroutine": "8",
                "num_cpu": "2",
            }
            return json_text(200, about, indent=2)
        if first in ("readyz", "healthz"):
            return self._health(first, rest)
        if first in ("version", "env", "headers"):
            return json_text(200, self._facts(first, request), indent=2)
        if first in ("echo", "api") and request.method == "POST":
            return Response(202, [("Content-Type", "application/json; charset=utf-8")], request.body)
        if first == "delay" and rest.isdigit():
            await asyncio.sleep(min(int(rest), 60))
            return json_text(200, {"delay": int(rest)}, indent=2)
        if first == "status" and rest.isdigit() and 200 <= int(rest) <= 599:
            return json_text(int(rest), {"status": int(rest)}, indent=2)
        if first == "panic":
            self.call.container.end(Exit(255))
        if first == "metrics":
            return text(200, f"process_start_time_seconds {time.time():.0f}\n", "text/plain; version=0.0.4")
        return text(404, "404 page not found\n")

    def _facts(self, about: str, request: Request) -> object:
        if about == "version":
            return {"commit": "unknown", "version": self.version}
        if about == "env":
            return [f"{key}={value}" for key, value in self.call.env.items()]
        found: dict[str, list[str]] = {}
        for key, value in request.headers:
            found.setdefault(key.title(), []).append(value)
        return found

    def _health(self, name: str, change: str) -> Response:
        if change in ("enable", "disable") and name == "readyz":
            self.ready = change == "enable"
            return json_text(202, {"status": "OK"}, indent=2)
        good = self.ready if name == "readyz" else self.healthy
        return json_text(200 if good else 503, {"status": "OK" if good else "Service Unavailable"}, indent=2)


async def fortio(call: Invocation) -> int:
    """fortio server; its other commands are the client's."""
    if len(call.argv) > 1 and call.argv[1] != "server":
        return await COMMON["fortio"](call)

    async def answer(request: Request) -> Response:
        await call.container.work(SECONDS_OF_A_REQUEST)
        if request.path.startswith("/fortio"):
            return text(
                200,
                "<!DOCTYPE html>\n<html><head><title>Φορτίο</title></head><body><h1>Φορτίο (fortio)</h1></body></html>\n",
                "text/html",
            )
        if request.path == "/debug":
            headers = "".join(f"{key}: {value}\n" for key, value in request.headers)
            asked = f"{request.method} {request.target} HTTP/1.1\n\nheaders:\n\n{headers}\nbody:\n\n"
            return text(200, f"Φορτίο version on {call.container.pod.hostname}\n\n{asked}")
        return Response(200, [], request.body)

    await call.error(
        "Fortio X.Y.Z tcp-echo server listening on tcp [::]:8078\nFortio http echo and UI server listening on tcp [::]:8080\n"
    )
    return await serve(call, {8080: answer}, "fortio")
