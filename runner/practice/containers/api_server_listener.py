"""The cluster's API as pods reach it: the real one, in the practice cluster's own process."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from runner.practice.containers.cluster_index import ClusterIndex
from runner.practice.containers.network_messages import ConnectError, Listener, Request, Response

if TYPE_CHECKING:
    import aiohttp

_OF_ONE_HOP = frozenset(
    {"connection", "host", "content-length", "transfer-encoding", "keep-alive", "upgrade", "server"}
)
"""Headers that are not passed on (RFC 9110, 7.6.1), those that are written anew, and one that kube-apiserver has not."""
ANSWER_SECONDS = 60.0
"""A watch is given what has come until then."""


class ApiServer:
    """Passes requests on to the address and the authority that the index has."""

    def __init__(self, index: ClusterIndex) -> None:
        self._index = index
        self._session: aiohttp.ClientSession | None = None

    @property
    def listener(self) -> Listener:
        return Listener(
            http=self._pass_on, tls=True, program="kube-apiserver", authority=self._index.parts.authority
        )

    async def _pass_on(self, request: Request) -> Response:
        import aiohttp

        server, authority = self._index.parts.api_server, self._index.parts.authority
        if not server:
            raise ConnectError("refused", "kubernetes", request.port)
        if self._session is None:
            context = ssl.create_default_context(cadata=authority)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(ANSWER_SECONDS),
            )
        headers = [(name, value) for name, value in request.headers if name.lower() not in _OF_ONE_HOP]
        try:
            async with self._session.request(
                request.method,
                f"https://{server}{request.target}",
                headers=headers,
                data=request.body or None,
                allow_redirects=False,
            ) as answer:
                kept = [
                    (name, value) for name, value in answer.headers.items() if name.lower() not in _OF_ONE_HOP
                ]
                return Response(answer.status, kept, await answer.read(), answer.reason or "")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConnectError("reset", "kubernetes", request.port) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
