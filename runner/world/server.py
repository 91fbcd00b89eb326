"""HTTP to one API server: JSON, watches, and its errors as CannotRead with a reason and words."""

from __future__ import annotations

import asyncio
import importlib
import json
import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from checks.base import CannotRead
from runner.paths import write_private
from runner.words import Phrase, phrase
from runner.world.access import Access
from runner.world.credentials import Credentials, credentials

if TYPE_CHECKING:
    import aiohttp

ANSWER_WITHIN = 10.0
"""Seconds that the API server may take for one answer."""
REFRESH_AT_MOST_EVERY = 5.0
"""Seconds between runs of a credential plugin whose credentials are not accepted."""


class ApiError(CannotRead):
    """The API server answered, and not with what was asked for. `code` is the HTTP status."""

    def __init__(self, reason: str, message: Phrase, code: int) -> None:
        super().__init__(reason, message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, of whatever status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiServer:
    """One API server, as one user. Connections are kept and shared; `close` ends them."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._credentials: Credentials | None = None
        self._rest: Any = None  # kubernetes.aio.client.rest.RESTClientObject
        self._signing_in = asyncio.Lock()
        self._refreshed_at = float("-inf")

    async def close(self) -> None:
        if self._rest is not None:
            await self._rest.close()
            self._rest = None

    async def json(self, path: str, params: Mapping[str, str] | None = None, body: object = None) -> Any:
        """GET (or POST, with a body) and read the JSON. Raises CannotRead; ApiError where the server answered."""
        with _in_words(self.access):
            response = await self._send(path, params, body)
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    content = await response.read()
            finally:
                response.release()
            return json.loads(content)

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str], silence: float
    ) -> AsyncIterator[AsyncIterator[Any]]:
        """A watch: its JSON documents as they come. Ends where the server ends it.

        `silence` is how many seconds may pass without a byte. Raises CannotRead also while iterating.
        """
        with _in_words(self.access):
            response = await self._send(path, params, None, silence)
            try:
                _notice_dead_peers(response)
                yield _documents(response)
            finally:
                response.close()

    async def fetch(self, path: str, seconds: float, most: int) -> Answer:
        """GET any path, redirects not followed, at most `most` bytes of the body. Raises CannotRead."""
        import aiohttp

        with _in_words(self.access):
            rest, used = await self._signed_in()
            if rest.pool_manager is None:
                await self.json("/version")
            async with rest.pool_manager.request(
                "GET",
                self.access.server + path,
                headers=list(used.headers),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds),
                server_hostname=rest.configuration.tls_server_name,
                proxy=rest.proxy,
            ) as response:
                return Answer(response.status, response.headers, await read_at_most(response, most))

    async def _send(
        self, path: str, params: Mapping[str, str] | None, body: object, silence: float | None = None
    ) -> aiohttp.ClientResponse:
        """Send, signing in anew where the credentials are not accepted (any more). Raises ApiError."""
        url = self.access.server + path + (f"?{urlencode(params)}" if params else "")
        for last in (False, True):
            rest, used = await self._signed_in()
            async with asyncio.timeout(ANSWER_WITHIN):
                answer = await rest.request(
                    "GET" if body is None else "POST",
                    url,
                    headers=_headers(used),
                    body=body,
                    _request_timeout=_timeout(silence),
                )
            response: aiohttp.ClientResponse = answer.response
            if response.status < 300:
                return response
            error = await _refusal(response, self.access)
            if error.code != 401 or last or not await self._sign_in_again(used):
                raise error
        raise AssertionError("the second answer is returned or raised")

    async def _signed_in(self) -> tuple[Any, Credentials]:
        async with self._signing_in:
            if self._rest is None or self._credentials is None or self._credentials.expired():
                await self._use(await credentials(self.access))
            assert self._credentials is not None
            return self._rest, self._credentials

    async def _sign_in_again(self, refused: Credentials) -> bool:
        """Get credentials anew, where that can help. False: the ones that were refused are the ones there are."""
        if "exec" not in self.access.user and "tokenFile" not in self.access.user:
            return False
        async with self._signing_in:
            if self._credentials is not refused:  # another request has done it meanwhile
                return True
            now = asyncio.get_running_loop().time()
            if now - self._refreshed_at < REFRESH_AT_MOST_EVERY:
                return False
            self._refreshed_at = now
            await self._use(await credentials(self.access))
            return True

    async def _use(self, new: Credentials) -> None:
        old = self._credentials
        if self._rest is None or old is None or (old.certificate, old.key) != (new.certificate, new.key):
            # Half a second the first time: not on the loop that draws the screen.
            await asyncio.to_thread(importlib.import_module, "kubernetes.aio.client")
            await self.close()
            self._rest = _rest_client(self.access, new)
        self._credentials = new


def _rest_client(access: Access, who: Credentials) -> Any:
    """The kubernetes package's HTTP client: TLS, proxies, connection pool."""
    from base64 import b64decode

    from kubernetes.aio.client.configuration import Configuration
    from kubernetes.aio.client.rest import RESTClientObject

    settings = Configuration(host=access.server)
    settings.connection_pool_maxsize = 0  # each watch holds a connection: no limit
    settings.verify_ssl = not access.cluster.get("insecure-skip-tls-verify")
    settings.tls_server_name = access.cluster.get("tls-server-name") or None
    settings.proxy = access.cluster.get("proxy-url") or None
    settings.disable_strict_ssl_verification = True  # as kubectl: many clusters' own CAs lack key identifiers
    settings.client_session_kwargs = {"trust_env": not _is_loopback(access.server)}
    try:
        if access.cluster.get("certificate-authority-data"):
            settings.ca_cert_data = b64decode(access.cluster["certificate-authority-data"]).decode("ascii")
        with tempfile.TemporaryDirectory() as folder:  # OpenSSL takes client certificates from files only
            if who.certificate:
                settings.cert_file = _private_file(folder, "cert.pem", who.certificate)
                settings.key_file = _private_file(folder, "key.pem", who.key)
            return RESTClientObject(settings)
    except (ValueError, OSError) as error:  # ssl.SSLError is an OSError
        raise CannotRead(
            "unauthorized",
            phrase(
                "The certificates of context {context} can't be used: {reason}",
                context=access.context,
                reason=str(error),
            ),
        ) from error


def _private_file(folder: str, name: str, content: str) -> str:
    path = Path(folder, name)
    write_private(path, content)
    return str(path)  # the client takes strings


def _is_loopback(server: str) -> bool:
    """As kubectl (Go) does, a proxy from the environment is not used for this machine."""
    host = urlsplit(server).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _headers(who: Credentials) -> Any:
    from multidict import CIMultiDict

    return CIMultiDict(
        [
            *who.headers,
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("User-Agent", "labgate"),
        ]
    )


def _timeout(silence: float | None) -> Any:
    import aiohttp

    return aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_WITHIN, sock_read=silence)


def _notice_dead_peers(response: aiohttp.ClientResponse) -> None:
    """Have the kernel ask a silent peer whether it lives, so that a lost network ends the watch in some 15 s."""
    import socket

    transport = response.connection.transport if response.connection else None
    peer = transport.get_extra_info("socket") if transport else None
    if peer is None:
        return
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 3), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):  # macOS names the first one differently and has its own default
            peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


async def _documents(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """The newline-separated JSON documents of a stream, however its chunks are cut."""
    rest = bytearray()
    async for chunk in response.content.iter_any():
        rest += chunk
        *lines, last = rest.split(b"\n")
        rest = bytearray(last)
        for line in lines:
            if line.strip():
                yield json.loads(line)


async def read_at_most(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The first `most` bytes of a body."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= most:
            break
    return bytes(body[:most])


async def _refusal(response: aiohttp.ClientResponse, access: Access) -> ApiError:
    """What an answer that isn't a success says."""
    code = response.status
    async with asyncio.timeout(ANSWER_WITHIN):
        content = await read_at_most(response, 64 * 1024)
    response.release()
    try:
        said = str(json.loads(content).get("message") or response.reason)
    except (ValueError, AttributeError):
        said = str(response.reason)
    return refused(code, said, access)


def refused(code: int, said: str, access: Access) -> ApiError:
    """An error of the API server as CannotRead, by its HTTP status."""
    if code == 401:
        message = phrase(
            "The API server does not accept the credentials of context {context}. Sign in again: {server}",
            context=access.context,
            server=access.server,
        )
        return ApiError("unauthorized", message, code)
    if code == 403:
        return ApiError(
            "forbidden", phrase("The API server does not allow it: {message}", message=said), code
        )
    message = phrase(
        "The API server answered with an error: {code} {message} ({server})",
        code=code,
        message=said,
        server=access.server,
    )
    return ApiError("server", message, code)


class _in_words:  # noqa: N801 - reads as the with statement that it is for
    """Turns what aiohttp, the network and JSON raise into CannotRead."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        import aiohttp

        server = self._access.server
        if isinstance(error, TimeoutError):
            message = phrase("The API server does not answer in time: {server}", server=server)
            raise CannotRead("timeout", message) from error
        if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
            message = phrase(
                "The API server's certificate is not accepted: {server}: {reason}",
                server=server,
                reason=str(error),
            )
            raise CannotRead("unreachable", message) from error
        if isinstance(error, aiohttp.ClientError | OSError):
            message = phrase(
                "The API server can't be reached: {server}. Check that the cluster is running, and the network: {reason}",
                server=server,
                reason=str(error) or type(error).__name__,
            )
            raise CannotRead("unreachable", message) from error
        if isinstance(error, ValueError):  # JSON cut short, or a login page of some proxy
            message = phrase("What answers is not an API server: {server}", server=server)
            raise CannotRead("server", message) from error
