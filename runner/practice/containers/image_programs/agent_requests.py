"""`pilot-agent request` and `wait`: what is asked of a proxy from within its container."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.agent_status import READY_PORT
from runner.practice.containers.network_messages import ConnectError, Request

ADMIN_PORT = 15000
WAIT_SECONDS, AGAIN_SECONDS = 60.0, 0.5


async def request_of_agent(call: Invocation, words: Sequence[str]) -> int:
    """request METHOD PATH [BODY]: the answer of Envoy's admin API."""
    if len(words) < 2:
        await call.error(f"Error: requires at least 2 arg(s), only received {len(words)}\n")
        return 1
    method, path = words[0].upper(), f"/{words[1].lstrip('/')}"
    port = next(
        (int(word.partition("=")[2]) for word in call.argv if word.startswith("--debug-port=")), ADMIN_PORT
    )
    asked = Request(method, path, [("Host", f"localhost:{port}")], " ".join(words[2:]).encode(), port=port)
    try:
        answer = await call.container.pod.network.request(call.container.pod, "127.0.0.1", port, asked)
    except ConnectError:
        where = f'failed to execute command on Envoy: {method.title()} "http://localhost:{port}{path}"'
        await call.error(f"Error: {where}: dial tcp 127.0.0.1:{port}: connect: connection refused\n")
        return 1
    if answer.status >= 300:
        await call.error(f"Error: received error response from Envoy: {answer.status}\n")
        return 1
    await call.out(answer.body.decode(errors="replace"))
    return 0


async def wait_for_proxy(call: Invocation) -> int:
    """wait: until the proxy is ready."""
    asked = Request("GET", "/healthz/ready", [("Host", f"localhost:{READY_PORT}")])
    pod = call.container.pod
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    last = ""
    while asyncio.get_running_loop().time() < deadline:
        try:
            answer = await pod.network.request(pod, "127.0.0.1", READY_PORT, asked, timeout=1)
        except ConnectError:
            where = f"http://localhost:{READY_PORT}/healthz/ready"
            last = f'Get "{where}": dial tcp 127.0.0.1:{READY_PORT}: connect: connection refused'
        else:
            if answer.status == 200:
                await call.out("Envoy is ready!\n")
                return 0
            last = f"HTTP status code {answer.status}"
        await asyncio.sleep(AGAIN_SECONDS)
    await call.error(f"Error: timeout waiting for Envoy proxy to become ready. Last error: {last}\n")
    return 1
