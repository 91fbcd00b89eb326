"""A plain HTTP proxy before an API server that counts the requests: `python -m tests.bench.counting SERVER TOKEN`.

A process of its own, so that what it costs is nobody's. Prints its port; GET /-/count answers the requests so far.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp
import yaml
from aiohttp import web

from runner.world.kubeconfig_access import Access

_HOP = {"host", "connection", "transfer-encoding", "content-length", "content-encoding", "authorization"}


class Counting:
    """Passes everything on, as it comes."""

    def __init__(self, server: str, token: str) -> None:
        self._server, self._token = server, token
        self._count = 0

    async def serve(self) -> None:
        connector = aiohttp.TCPConnector(ssl=False, limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as self._client:
            app = web.Application()
            app.router.add_get("/-/count", self._counted)
            app.router.add_route("*", "/{path:.*}", self._pass_on)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            print(site._server.sockets[0].getsockname()[1], flush=True)  # type: ignore[union-attr]
            await asyncio.Event().wait()

    async def _counted(self, _request: web.Request) -> web.Response:
        return web.Response(text=str(self._count))

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        self._count += 1
        # kubectl sends several Accept headers.
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP]
        headers.append(("Authorization", f"Bearer {self._token}"))
        url = self._server + request.path_qs
        async with self._client.request(
            request.method, url, headers=headers, data=await request.read() or None
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(request)
            with suppress(OSError):  # who asked has left
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            return response


class Counted:
    """A cluster behind the proxy."""

    def __init__(self, kubeconfig: Path, port: int) -> None:
        self.kubeconfig, self._port = kubeconfig, port

    def requests(self) -> int:
        """How many came so far."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/-/count", timeout=5) as answer:
            return int(answer.read())


@contextmanager
def counted(kubeconfig: Path, folder: Path) -> Iterator[Counted]:
    """The cluster of a kubeconfig behind a proxy that counts."""
    access = Access.from_kubeconfig(kubeconfig)
    command = [sys.executable, "-m", "tests.bench.counting", access.server, str(access.user["token"])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        try:
            assert proxy.stdout is not None
            port = int(proxy.stdout.readline())
            document = access.kubeconfig()
            document["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{port}"}
            path = folder / f"counted-{port}"
            path.write_text(yaml.safe_dump(document))
            yield Counted(path, port)
        finally:
            proxy.kill()


if __name__ == "__main__":
    asyncio.run(Counting(*sys.argv[1:3]).serve())
