"""customer, preference and recommendation: each asks the next and says what it heard."""

from __future__ import annotations

import asyncio
import time

from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.passed_headers import passed_headers
from runner.practice.containers.network_messages import ConnectError, HttpHandler, Request, Response
from runner.practice.containers.server_program import serve, text

PORT = 8080
STARTS_IN = 4.0
SECONDS_OF_A_REQUEST = 0.003
_FAILED = 'I/O error on GET request for "http://{host}:8080": '
_JAVA = {
    "unknown host": _FAILED + "{host}; nested exception is java.net.UnknownHostException: {host}",
    "refused": _FAILED + "Connection refused (Connection refused)",
}


def asking(name: str, next_one: str) -> Program:
    """customer or preference: answers `name => ` and what the next one said."""

    async def run(call: Invocation) -> int:
        async def answer(request: Request) -> Response:
            await call.container.work(SECONDS_OF_A_REQUEST)
            if request.path.startswith("/health"):
                return text(200, "OK\n")
            headers = passed_headers(request, ("user-agent", "user-preference", "end-user"))
            if name == "customer" and not request.header("baggage-user-agent"):
                headers.append(("baggage-user-agent", request.header("user-agent")))
            host = call.env.get(f"{next_one.upper()}_SERVICE", next_one)
            pod = call.container.pod
            asked = Request("GET", "/", [("Host", f"{host}:{PORT}"), *headers], port=PORT)
            try:
                heard = await pod.network.request(pod, host, PORT, asked)
            except ConnectError as error:
                why = _JAVA.get(error.failure, _FAILED + error.failure)
                return text(503, f"{name} => {why.format(host=host)}\n")
            words = heard.body.decode("utf-8", "replace").rstrip("\n")
            if heard.status >= 400:
                await call.error(
                    f"WARN  Non HTTP 20x trying to get the response from the {next_one} service: {heard.status}\n"
                )
                return text(503, f"{name} => Error: {heard.status} - {words}\n")
            return text(200, f"{name} => {words}\n")

        return await _started(call, answer)

    return run


def recommendation(version: str) -> Program:
    """Counts its requests; /misbehave has it answer 503 until /behave."""

    async def run(call: Invocation) -> int:
        count = 0
        misbehaves = False
        host = call.container.pod.hostname

        async def answer(request: Request) -> Response:
            nonlocal count, misbehaves
            await call.container.work(SECONDS_OF_A_REQUEST)
            if request.path in ("/misbehave", "/behave"):
                misbehaves = request.path == "/misbehave"
                what = "will return a 503 error" if misbehaves else "will return 200"
                return text(200, f"Following requests to / {what}\n")
            if request.path.startswith("/health"):
                return text(200, "OK\n")
            if misbehaves:
                await call.out(f"recommendation misbehaves: 503 from {host}\n")
                return text(503, f"recommendation misbehavior from '{host}'\n")
            count += 1
            await call.out(f"recommendation request from {host}: {count}\n")
            return text(200, f"recommendation {version} from '{host}': {count}\n")

        return await _started(call, answer)

    return run


async def _started(call: Invocation, answer: HttpHandler) -> int:
    try:
        async with asyncio.timeout(STARTS_IN):
            await call.terminated.wait()
    except TimeoutError:
        await call.out(
            f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} INFO  started in {STARTS_IN:.1f}s. Listening on: http://0.0.0.0:{PORT}\n"
        )
        return await serve(call, {PORT: answer}, "java", 143)
    return 143
