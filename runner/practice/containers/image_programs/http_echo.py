"""hashicorp/http-echo: answers the text that it was given, to every request."""

from __future__ import annotations

import time

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve, text

SECONDS_OF_A_REQUEST = 0.0003


async def http_echo(call: Invocation) -> int:
    """-text=…, -listen=:PORT, -status-code=N; ECHO_TEXT in place of -text."""
    options = {"listen": ":5678", "text": call.env.get("ECHO_TEXT", ""), "status-code": "200"}
    words = list(call.argv[1:])
    while words:
        name, equals, value = words.pop(0).lstrip("-").partition("=")
        if name not in options:
            await call.error(f"flag provided but not defined: -{name}\nUsage of http-echo:\n")
            return 2
        options[name] = value if equals else (words.pop(0) if words else "")
    if not options["text"]:
        await call.error("Missing -text option!\n")
        return 127
    port = options["listen"].rpartition(":")[2]
    if not port.isdigit() or not options["status-code"].isdigit():
        await call.error("invalid address or status\n")
        return 127

    async def answer(request: Request) -> Response:
        await call.container.work(SECONDS_OF_A_REQUEST)
        made = text(int(options["status-code"]), options["text"] + "\n")
        made.headers = [("X-App-Name", "http-echo"), ("X-App-Version", "1.0.0"), *made.headers]
        stamp = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime())
        host, agent = request.header("host"), request.header("user-agent")
        await call.out(
            f'{stamp} {host} {request.client}:40000 "{request.method} {request.target} HTTP/1.1" '
            f'{made.status} {len(made.body)} "{agent}" 21.5µs\n'
        )
        return made

    await call.out(
        f"{time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} [INFO] server is listening on :{port}\n"
    )
    return await serve(call, {int(port): answer}, "http-echo")
