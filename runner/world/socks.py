"""The way to an API server through a SOCKS5 proxy, which aiohttp itself does not know."""

from __future__ import annotations

import ssl as tls
from asyncio import Transport
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

from aiohttp.client_proto import ResponseHandler
from aiohttp_socks import ProxyConnector, ProxyType

DEFAULT_PORT = 1080


def connector(url: str, context: tls.SSLContext, server_name: str | None) -> ProxyConnector:
    """Connections through the proxy at `url`, which looks names up itself, as Go has it for socks5 too.

    `server_name`: whom the server's certificate must be for (tls-server-name); None: the server's own name.
    """
    parts = urlsplit(url)
    return _Connector(
        server_name,
        host=parts.hostname or "",
        port=parts.port or DEFAULT_PORT,
        proxy_type=ProxyType.SOCKS5,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        rdns=True,
        ssl=context,
        limit=0,  # each watch holds a connection
    )


class _Connector(ProxyConnector):
    def __init__(self, server_name: str | None, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self._server_name = server_name
        self._beneath: WeakKeyDictionary[ResponseHandler, ResponseHandler] = WeakKeyDictionary()

    async def _connect_via_proxy(
        self, host: str, port: int, ssl: tls.SSLContext | None = None, timeout: float | None = None
    ) -> tuple[Transport, ResponseHandler]:
        """TLS begins here rather than in the library, which knows no server name but the host."""
        transport, beneath = await super()._connect_via_proxy(host, port, None, timeout)
        if ssl is None:
            return transport, beneath
        protocol: ResponseHandler = self._factory()
        self._beneath[protocol] = beneath  # whose stream closes the connection when nobody holds it any more
        try:
            secure = await self._loop.start_tls(
                transport,
                protocol,
                ssl,
                server_hostname=self._server_name or host,
                ssl_handshake_timeout=timeout,
            )
        except BaseException:
            transport.close()
            raise
        assert isinstance(secure, Transport)
        protocol.connection_made(secure)
        return secure, protocol
