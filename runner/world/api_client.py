"""HTTP client for one API server: JSON, watches, and renewed credentials."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from checks.base import CannotRead
from runner.words import phrase
from runner.world.backoff import after
from runner.world.bodies import Reply, at_most, clean, decoded, documents, weight, whole
from runner.world.connection import Connections, connections
from runner.world.credentials import Credentials, credentials, why_refused
from runner.world.kubeconfig_access import Access
from runner.world.limits import Budget, Limits, TooMuch
from runner.world.refusals import ApiError, in_words, leads_elsewhere, not_an_api_server, refused

if TYPE_CHECKING:
    import aiohttp

ANSWER_WITHIN = 10.0
"""Seconds that the API server may take for one answer."""
LEAVING_SECONDS = 1.0
"""Seconds for the end of a WebSocket."""
MOST_REDIRECTS = 5
MOST_ADDRESS = 16 * 1024
"""The longest URL in characters; servers refuse far shorter ones."""
NO_SUCH_PATH = b"404 page not found"
"""The answer of Go's HTTP server, and so of the API server, for an unknown group."""
RETIRED_MOST = 2
"""Connection pools of earlier certificates, kept for watches that still use them."""
REFRESH_AT_MOST_EVERY, REFRESH_RARELY = 5.0, 30.0
"""Seconds between failed runs of a credential plugin: first and longest pause."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, of any status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiServer:
    """One API server, as one user. Connections are kept and shared; `close` ends them."""

    def __init__(self, access: Access, limits: Limits | None = None) -> None:
        self.access, self.limits = access, limits or Limits()
        self.budget = Budget(self.limits.memory, access.server)
        self.peer = ""
        """The IP that answered last, where that is known: "" if none has yet, or a proxy is between."""
        self._credentials: Credentials | None = None
        self._rest: Connections | None = None
        self._signing_in = asyncio.Lock()
        self._sign_in_from = float("-inf")
        self._in_vain = 0  # times that we signed in again and were not let in after it
        self._sign_in_failed: CannotRead | None = None
        self._retired: list[Connections] = []  # with earlier certificates; requests on them go on
        self._streams: set[aiohttp.ClientResponse] = set()
        self._turns = asyncio.Semaphore(self.limits.requests)
        self.heard_at = float("-inf")  # when anything last came from the server, by the loop's clock

    @property
    def signing_in(self) -> bool:
        """Whether a credential plugin, which may be slow, is running."""
        return self._signing_in.locked()

    async def close(self) -> None:
        clients, self._rest, self._retired = [*self._retired, self._rest], None, []
        for client in clients:
            if client is not None:
                await client.close()

    def cut(self) -> None:
        """End all watches: the server has gone silent, and they would wait for minutes."""
        for response in list(self._streams):
            response.close()

    async def json(self, path: str, params: Mapping[str, str] | None = None, body: object = None) -> Any:
        """GET (or POST, with a body) and read the JSON. Raises CannotRead; ApiError where the server answered."""
        return (await self.reply(path, params, body)).document

    async def reply(self, path: str, params: Mapping[str, str] | None = None, body: object = None) -> Reply:
        """As `json`, with the memory that it takes."""
        async with self._turns:
            return await self._reply(path, params, body)

    async def _reply(self, path: str, params: Mapping[str, str] | None, body: object) -> Reply:
        with in_words(self.access, self._certificate):
            response = await self._send(path, params, body, silence=ANSWER_WITHIN)
            try:
                async with asyncio.timeout(self.limits.seconds):
                    content = await whole(response, self.limits, self.budget, self.access.server)
                self._heard()
                size = weight(content)
                self.budget.hold(response, size)
                try:
                    return Reply(decoded(content, self.limits, self.access.server), size)
                except ValueError as error:
                    raise CannotRead("server", not_an_api_server(self.access, content[:1024])) from error
            finally:
                self.budget.hold(response, 0)
                response.release()  # closes the connection where not all was read

    def _certificate(self) -> str:
        return self._credentials.certificate if self._credentials is not None else ""

    def _heard(self) -> None:
        self.heard_at = asyncio.get_running_loop().time()

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str], silence: float
    ) -> AsyncIterator[AsyncIterator[Reply]]:
        """A watch: its JSON documents as they come. Ends where the server ends it.

        `silence` is how many seconds may pass without a byte. Raises CannotRead also while iterating.
        """
        with in_words(self.access, self._certificate):
            response = await self._send(path, params, None, silence)
            try:
                _notice_dead_peers(response)
                self._streams.add(response)
                yield documents(response, self._heard, self.limits, self.access.server)
            finally:
                self._streams.discard(response)
                response.close()

    async def fetch(self, path: str, seconds: float, most: int) -> Answer:
        """GET any path, redirects not followed, at most `most` bytes of the body. Raises CannotRead."""
        with in_words(self.access, self._certificate):
            answer, used = await self._fetch_once(path, seconds, most)
            if answer.status == 401 and await self._sign_in_again(used):
                answer, _ = await self._fetch_once(path, seconds, most)
            return answer

    async def _fetch_once(self, path: str, seconds: float, most: int) -> tuple[Answer, Credentials]:
        rest, used = await self._signed_in()
        async with asyncio.timeout(seconds):
            response = await self._request(
                rest, "GET", self.access.server + path, list(used.headers), None, seconds
            )
            try:
                return Answer(response.status, response.headers, await at_most(response, most)), used
            finally:
                response.release()

    @asynccontextmanager
    async def websocket(
        self, path: str, protocols: Sequence[str], seconds: float, most: int
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket to a path of the API server, which has to be there after that many seconds; a message of it has at
        most `most` bytes. Raises CannotRead, with the server's own words (`ApiError`) where it refuses."""
        with in_words(self.access, self._certificate):
            socket = await self._upgraded(path, protocols, seconds, most)
            self._heard()
            try:
                yield socket
            finally:
                await _left(socket)

    async def _upgraded(
        self, path: str, protocols: Sequence[str], seconds: float, most: int
    ) -> aiohttp.ClientWebSocketResponse:
        import aiohttp

        url = self.access.server + path
        assert _origin(url) == _origin(self.access.server), "nobody else is told who we are"
        for last in (False, True):
            rest, used = await self._signed_in()
            try:
                async with asyncio.timeout(seconds):
                    return await rest.session.ws_connect(
                        url,
                        protocols=protocols,
                        headers=list(used.headers),
                        proxy=rest.proxy,
                        server_hostname=rest.server_name,
                        max_msg_size=most,
                    )
            except aiohttp.WSServerHandshakeError as error:
                if last or error.status != 401 or not await self._sign_in_again(used):
                    raise await self._why_not_upgraded(path, seconds, error.status) from error
        raise AssertionError("the second answer is returned or raised")

    async def _why_not_upgraded(self, path: str, seconds: float, status: int) -> ApiError:
        """The server's words for a WebSocket that it refused: without one it refuses the same, and says why."""
        answer = await self.fetch(path, seconds, 64 * 1024)
        if answer.status in (200, 400):  # it only misses the upgrade
            return refused(status, "", self.access)
        return refused(answer.status, message_of(answer.body), self.access)

    async def _request(
        self, rest: Connections, method: str, url: str, headers: Any, body: object, silence: float
    ) -> aiohttp.ClientResponse:
        """One request without redirects. Every request, with its credentials, passes here."""
        assert _origin(url) == _origin(self.access.server), "nobody else is told who we are"
        if len(url) > MOST_ADDRESS:
            raise TooMuch(
                phrase("A name or selector in the cluster is too long for a request: {url}", url=url[:100])
            )
        response: aiohttp.ClientResponse = await rest.session.request(
            method,
            url,
            headers=headers,
            json=body,
            allow_redirects=False,
            timeout=_timeout(silence),
            server_hostname=rest.server_name,
            proxy=rest.proxy,
        )
        if not rest.proxy:
            self.peer = _peer(response) or self.peer
        return response

    async def _send(
        self, path: str, params: Mapping[str, str] | None, body: object, silence: float
    ) -> aiohttp.ClientResponse:
        """Send the request, renewing credentials if they are no longer accepted. Raises ApiError."""
        url = self.access.server + path + (f"?{urlencode(params)}" if params else "")
        for last in (False, True):
            rest, used = await self._signed_in()
            async with asyncio.timeout(ANSWER_WITHIN):
                response = await self._followed(rest, url, _headers(used), body, silence)
            self._heard()
            if response.status < 300:
                self._in_vain = 0
                return response
            error = await _refusal(response, self.access, self.limits, used)
            if error.code != 401 or last or not await self._sign_in_again(used):
                raise error
        raise AssertionError("the second answer is returned or raised")

    async def _followed(
        self, rest: Connections, url: str, headers: Any, body: object, silence: float
    ) -> aiohttp.ClientResponse:
        """The answer, redirects followed within the server. Raises CannotRead if they lead elsewhere."""
        for _ in range(MOST_REDIRECTS):
            if _origin(url) != _origin(self.access.server):
                break
            method = "GET" if body is None else "POST"
            response = await self._request(rest, method, url, headers, body, silence)
            if response.status not in (301, 302, 303, 307, 308) or body is not None:
                return response
            response.release()
            url = urljoin(url, clean(response.headers.get("Location", "")))
        raise CannotRead("server", leads_elsewhere(self.access, url))

    async def _signed_in(self) -> tuple[Connections, Credentials]:
        async with self._signing_in:
            if self._rest is None or self._credentials is None:
                await self._sign_in()
            elif self._credentials.expired():
                await self._refresh()
            assert self._rest is not None and self._credentials is not None
            return self._rest, self._credentials

    async def _sign_in_again(self, refused: Credentials) -> bool:
        """Renew the credentials if that can help. False: the refused ones are current."""
        if "exec" not in self.access.user and "tokenFile" not in self.access.user:
            return False
        async with self._signing_in:
            if self._credentials is not refused:  # another request has done it meanwhile
                return True
            return await self._refresh()

    async def _refresh(self) -> bool:
        """Renew credentials, with growing pauses after failures. False: not now. Raises CannotRead."""
        if self._sign_in_failed is None and self._clock() < self._sign_in_from:
            return False
        await self._sign_in()
        self._in_vain += 1
        self._sign_in_from = self._clock() + after(self._in_vain, REFRESH_AT_MOST_EVERY, REFRESH_RARELY)
        return True

    async def _sign_in(self) -> None:
        """Raises CannotRead. A failed plugin is not run again at once: every caller gets that failure."""
        if self._sign_in_failed is not None and self._clock() < self._sign_in_from:
            raise self._sign_in_failed.with_traceback(None)
        try:
            new = await credentials(self.access)
        except CannotRead as error:
            self._in_vain += 1
            self._sign_in_failed = error
            self._sign_in_from = self._clock() + after(self._in_vain, REFRESH_AT_MOST_EVERY, REFRESH_RARELY)
            raise
        self._sign_in_failed = None
        await self._use(new)

    def _clock(self) -> float:
        return asyncio.get_running_loop().time()

    async def _use(self, new: Credentials) -> None:
        old = self._credentials
        if self._rest is None or old is None or (old.certificate, old.key) != (new.certificate, new.key):
            await prepare()
            fresh = connections(self.access, new)
            if self._rest is not None:
                self._retired.append(self._rest)
            self._rest = fresh
            while len(self._retired) > RETIRED_MOST:
                await self._retired.pop(0).close()
        self._credentials = new


async def prepare() -> None:
    """Load what talking to an API server needs: it takes time once, and not on the loop that draws the screen."""
    await asyncio.to_thread(importlib.import_module, "aiohttp")


async def _left(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Close it, without waiting long for a server that does not answer that."""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(LEAVING_SECONDS):
            await socket.close()


def message_of(body: bytes) -> str:
    """The message of a Status, "" if the body is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = answer.get("message") if isinstance(answer, dict) else None
    return clean(message) if isinstance(message, str) else ""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _peer(response: aiohttp.ClientResponse) -> str:
    """The IP at the other end; "" if the connection has ended already."""
    transport = response.connection.transport if response.connection else None
    address = transport.get_extra_info("peername") if transport else None
    return str(address[0]) if address else ""


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


def _timeout(silence: float) -> Any:
    import aiohttp

    return aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_WITHIN, sock_read=silence)


def _notice_dead_peers(response: aiohttp.ClientResponse) -> None:
    """Turn on TCP keep-alive, so that a lost network ends the watch in about 15 s."""
    import socket

    transport = response.connection.transport if response.connection else None
    peer = transport.get_extra_info("socket") if transport else None
    if peer is None:
        return
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 3), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):  # macOS names the first one differently and has its own default
            peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


async def _refusal(
    response: aiohttp.ClientResponse, access: Access, limits: Limits, used: Credentials
) -> ApiError:
    """The error of an unsuccessful answer."""
    code = response.status
    async with asyncio.timeout(ANSWER_WITHIN):
        content = await at_most(response, 64 * 1024)
    response.release()
    try:
        text = decoded(content, limits, access.server)
    except (ValueError, CannotRead):
        text = None
    message = text.get("message") if isinstance(text, dict) else None
    output = clean(message if message and isinstance(message, str) else response.reason or "")
    if not isinstance(text, dict) and _is_somebody_elses(code, content):
        return ApiError("server", not_an_api_server(access, content[:1024]), 502)
    why = why_refused(used) if code == 401 else None
    return refused(code, output, access, _seconds(response.headers.get("Retry-After")), why)


def _is_somebody_elses(code: int, content: bytes) -> bool:
    """A page of a load balancer, proxy or network: it can't tell that something does not exist or is forbidden."""
    if code == 404:
        return content.strip() != NO_SUCH_PATH
    return code in (400, 403, 511) and (code == 400 or content.lstrip()[:1] == b"<")


def _seconds(retry_after: str | None) -> float:
    """API servers give seconds, never a date."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
