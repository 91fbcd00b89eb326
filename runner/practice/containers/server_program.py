"""What the programs that serve have in common: they listen, say so, and go on until they are asked to end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import HttpHandler, Listener, Response


def listen(call: Invocation, port: int, handler: HttpHandler, program: str = "") -> None:
    """Have HTTP on a port answered until the program's container ends. Raises AddressInUse."""
    name = program or call.argv[0].rpartition("/")[2]
    call.container.pod.listen(call.container, port, Listener(http=handler, program=name))


async def serve(
    call: Invocation, handlers: Mapping[int, HttpHandler], program: str = "", code: int = 0
) -> int:
    """Answer on these ports until SIGTERM; gives the exit code that it is to have then."""
    for port, handler in handlers.items():
        listen(call, port, handler, program)
    try:
        await call.terminated.wait()
    finally:
        for port in handlers:
            call.container.pod.unlisten(port)
    return code


def text(
    status: int,
    body: str,
    content_type: str = "text/plain; charset=utf-8",
    headers: Sequence[tuple[str, str]] = (),
) -> Response:
    return Response(status, [("Content-Type", content_type), *headers], body.encode())


def json_text(
    status: int, value: Any, headers: Sequence[tuple[str, str]] = (), indent: int | None = None
) -> Response:
    body = json.dumps(value, indent=indent, ensure_ascii=False, separators=None if indent else (",", ":"))
    return Response(status, [("Content-Type", "application/json"), *headers], body.encode())
