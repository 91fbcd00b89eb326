"""configmap-reload and prometheus-config-reloader: tell a server when its files have changed."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.server_program import listen, text

LOOK_EVERY = 2.0


async def config_reloader(call: Invocation) -> int:
    """--volume-dir=… --webhook-url=… of the one, --watched-dir=… --reload-url=… of the other; both may be repeated."""
    options = [word.lstrip("-").partition("=") for word in call.argv[1:] if word.startswith("-")]
    folders = [value for name, _, value in options if name in ("volume-dir", "watched-dir")]
    urls = [value for name, _, value in options if name in ("webhook-url", "reload-url")]
    address = next((value for name, _, value in options if name == "listen-address"), ":9533")
    port = address.rpartition(":")[2]

    async def answer(request: Request) -> Response:
        if request.path in ("/healthz", "/metrics"):
            return text(200, "OK" if request.path == "/healthz" else "")
        return text(404, "404 page not found\n")

    listen(call, int(port) if port.isdigit() else 9533, answer, "configmap-reload")
    for folder in folders:
        await call.error(f'Watching directory: "{folder}"\n')
    before = _content(call, folders)
    while not call.terminated.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await call.terminated.wait()
        now = _content(call, folders)
        if now != before:
            before = now
            await call.error("config map updated\n")
            for url in urls:
                await _notify(call, url)
    return 0


def _content(call: Invocation, folders: list[str]) -> dict[str, bytes]:
    files, found = ContainerFiles(call.container), {}
    for folder in folders:
        with contextlib.suppress(OSError):
            for name in files.names(folder):
                with contextlib.suppress(OSError):
                    found[f"{folder}/{name}"] = files.read(f"{folder}/{name}")
    return found


async def _notify(call: Invocation, url: str) -> None:
    target = urlsplit(url)
    pod, host = call.container.pod, target.hostname or "127.0.0.1"
    asked = Request("POST", target.path or "/", [("Host", target.netloc)])
    try:
        answer = await pod.network.request(pod, host, target.port or 80, asked, timeout=10)
    except ConnectError as error:
        await call.error(f"error: {error}\n")
        return
    if answer.status == 200:
        await call.error("successfully triggered reload\n")
    else:
        await call.error(f"error: Received response code {answer.status}, expected 200\n")
