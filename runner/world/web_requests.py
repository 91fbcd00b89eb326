"""Web pages, as the learner's browser would reach them."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urljoin, urlsplit

from checks.base import CannotRead, ClusterView, Object, Reply
from checks.object_fields import text_at
from runner.words import Phrase, phrase
from runner.world.api_client import Answer
from runner.world.bodies import at_most, clean
from runner.world.forward import ADDRESS, ServicePort
from runner.world.live_cluster import LiveCluster
from runner.world.nearness import Nearness, TooNear, ensure_no_nearer, of_server
from runner.world.outside_addresses import external_urls, is_https
from runner.world.page_session import page_session
from runner.world.proxies import proxy_to
from runner.world.reasons import in_short
from runner.world.traffic_sender import TrafficSender
from runner.world.typed_forwards import typed_forwards

MOST_READ = 256 * 1024
"""Bytes of a page that are read."""
MOST_REDIRECTS = 5
MOST_ADDRESSES = 8
"""External addresses of one Service that are asked."""
FORWARD_SECONDS = 3.0
CHARSETS = re.compile(
    r"utf-(8(-sig)?|16(-[lb]e)?)|ascii|iso8859-1|cp1252|euc_[kj][rp]|cp949|shift_jis|gb(k|2312|18030)|big5"
)
"""Of pages. Python has more, and some of them take minutes for what somebody made for that (punycode, idna)."""


class Web:
    """Pages of Services and of the web."""

    def __init__(self, cluster: LiveCluster) -> None:
        self._cluster = cluster
        self.traffic = TrafficSender(cluster)
        """Sends many requests, for checks that count answers."""

    async def service(
        self,
        name: str,
        namespace: str,
        port: int,
        path: str,
        timeout: float,
        view: ClusterView | None = None,
    ) -> Reply:
        """GET a page of a Service: by one of its external addresses, else by a port-forward that is kept open, else through
        the API server.

        Redirects are followed within the Service. Raises CannotRead if no answer came. `view` is through
        which the Service is read (a look that remembers what it read).
        """
        service = await (view or self._cluster).get("v1", "Service", name, namespace)
        if service is None:
            raise CannotRead(
                "unreachable",
                phrase(
                    "Does not exist: Service {name} in namespace {namespace}", name=name, namespace=namespace
                ),
            )
        addresses = external_urls(service, port)[:MOST_ADDRESSES]
        local = self._cluster.forwards.port(ServicePort(name, namespace, port))
        if addresses:
            try:
                return await self._first_of(addresses, path, timeout)
            except TooNear:
                raise
            except CannotRead:
                if not local:
                    raise
        if local:
            return await self._forwarded(service, port, local, path, timeout)
        return await self._through_api_server(service, name, namespace, port, path, timeout)

    async def _first_of(self, addresses: Sequence[str], path: str, seconds: float) -> Reply:
        """The first answer of any of the addresses, all asked at the same time: a load balancer in two zones, or of two
        address families, is reached where one of them answers. Raises what the first of them raised where none does."""
        asking = [
            asyncio.ensure_future(_follow(each, path, seconds, "external", self._get_as_named))
            for each in addresses
        ]
        try:
            for done in asyncio.as_completed(asking):
                with contextlib.suppress(CannotRead):
                    return await done
            return await asking[0]
        finally:
            for each in asking:
                each.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def url(self, url: str, timeout: float) -> Reply:
        """GET a page of the web, redirects followed within its host. Raises CannotRead if no answer came."""
        parts = urlsplit(url)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        return await _follow(f"{parts.scheme}://{parts.netloc}", path, timeout, "url", _get)

    async def forwarded(self, name: str, namespace: str) -> str:
        """Where a port-forward to the Service answers, ours or one that the learner runs; "" if none does.

        Any HTTP answer counts.
        """
        ours = [local for _, local in self._cluster.forwards.open_to(name, namespace)]
        theirs = await asyncio.to_thread(typed_forwards, name, namespace, self._cluster.access.server)
        for local in dict.fromkeys([*ours, *theirs]):
            here = f"{ADDRESS}:{local}"
            for scheme in ("http", "https"):
                with contextlib.suppress(CannotRead, TimeoutError):
                    await _get_insecurely(f"{scheme}://{here}/", FORWARD_SECONDS)
                    return here
        return ""

    async def _forwarded(self, service: Object, port: int, local: int, path: str, seconds: float) -> Reply:
        scheme = "https" if is_https(service, port) else "http"
        return await _follow(f"{scheme}://{ADDRESS}:{local}", path, seconds, "port-forward", _get_insecurely)

    async def _get_as_named(self, url: str, seconds: float) -> Answer:
        """A page at an address that the cluster named."""
        if self._cluster.limits.anywhere:
            return await _get_insecurely(url, seconds)
        most = of_server(self._cluster.access.server, self._cluster.peer)
        ensure_no_nearer(urlsplit(url).hostname or "", most)
        return await _fetch(url, seconds, verify=False, most=most)

    async def _through_api_server(
        self, service: Object, name: str, namespace: str, port: int, path: str, seconds: float
    ) -> Reply:
        scheme = "https:" if is_https(service, port) else ""
        prefix = f"/api/v1/namespaces/{namespace}/services/{scheme}{name}:{port}/proxy"

        base = self._cluster.access.server
        here = urlsplit(base).path + prefix

        async def get(url: str, _seconds: float) -> Answer:
            if not url.startswith(f"{base}/"):
                raise CannotRead(
                    "unreachable", phrase("The page redirects to another address: {url}", url=url[:200])
                )
            answer = await self._cluster.fetch(url.removeprefix(base), seconds, MOST_READ)
            _raise_own_words(answer)
            return _under(here, answer)

        return await _follow(base + prefix, path, seconds, "proxy", get)


def _under(prefix: str, answer: Answer) -> Answer:
    """The answer with its redirect under the proxy's prefix: a page may know only its own paths."""
    location = answer.headers.get("Location", "")
    if not location.startswith("/") or location.startswith(prefix):
        return answer
    return Answer(answer.status, {**answer.headers, "Location": prefix + location}, answer.body)


async def _follow(
    base: str, path: str, seconds: float, via: str, get: Callable[[str, float], Awaitable[Answer]]
) -> Reply:
    url, redirect = base + path, 0
    try:
        async with asyncio.timeout(seconds):
            for _ in range(MOST_REDIRECTS + 1):
                answer = await get(url, seconds)
                onward = _onward(url, answer)
                if onward is None:
                    cut = len(answer.body) >= MOST_READ
                    return Reply(answer.status, _text(answer), url, via, cut, redirect)
                url, redirect = onward, redirect or answer.status
    except TimeoutError as error:
        raise CannotRead("timeout", _too_late(url, seconds), stage="answer") from error
    raise CannotRead("unreachable", phrase("Too many redirects: {url}", url=url))


def _onward(url: str, answer: Answer) -> str | None:
    """Where a redirect leads within the same host; None if it is none, or leads elsewhere."""
    if answer.status not in (301, 302, 303, 307, 308) or not answer.headers.get("Location"):
        return None
    target = urljoin(url, clean(answer.headers["Location"]))
    there, here = urlsplit(target), urlsplit(url)
    known = there.scheme in ("http", "https") and there.netloc == here.netloc
    return target if known else None


def _text(answer: Answer) -> str:
    kind = answer.headers.get("Content-Type", "")
    _, _, charset = kind.partition("charset=")
    try:
        known = codecs.lookup(charset.split(";")[0].strip('" ')[:40] or "utf-8").name
    except (LookupError, ValueError):
        known = ""
    return answer.body.decode(known if CHARSETS.fullmatch(known) else "utf-8", errors="replace")


def _raise_own_words(answer: Answer) -> None:
    """Raise where it was the API server that answered, not the page behind its proxy."""
    if answer.status not in (401, 403, 404, 500, 502, 503, 504):
        return
    try:
        status = json.loads(answer.body)
    except (ValueError, RecursionError):
        return
    if isinstance(status, dict) and status.get("kind") == "Status" and status.get("apiVersion") == "v1":
        reason = (
            "forbidden" if answer.status == 403 else "unauthorized" if answer.status == 401 else "unreachable"
        )
        raise CannotRead(
            reason,
            phrase(
                "The page can't be reached through the API server: {message}",
                message=clean(text_at(status, "message")),
            ),
            stage="api",
        )


async def _get(url: str, seconds: float) -> Answer:
    return await _fetch(url, seconds, verify=True)


async def _get_insecurely(url: str, seconds: float) -> Answer:
    """Consoles sign their own certificates, and nothing secret is sent to them."""
    return await _fetch(url, seconds, verify=False)


async def _fetch(url: str, seconds: float, *, verify: bool, most: Nearness | None = None) -> Answer:
    """Raises CannotRead; TimeoutError where nothing is answered in time."""
    import aiohttp

    try:
        async with (
            page_session(seconds, verify=verify, most=most) as client,
            client.get(url, allow_redirects=False, proxy=proxy_to(url) if verify else None) as response,
        ):
            return Answer(response.status, response.headers, await at_most(response, MOST_READ))
    except aiohttp.ConnectionTimeoutError as error:
        known = await addresses_of(url)
        raise CannotRead("timeout", _too_late(url, seconds), stage="connect", addresses=known) from error
    except TimeoutError:
        raise
    except (aiohttp.ClientError, OSError, ssl.SSLError, ValueError) as error:
        stage = _stage(error)
        known = await addresses_of(url) if stage == "refused" else ()
        raise CannotRead("unreachable", _no_answer(url, error), stage=stage, addresses=known) from error


def _stage(error: Exception) -> str:
    """How far it came: see CannotRead.stage."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "name"
    if isinstance(error, ssl.SSLError | aiohttp.ClientConnectorSSLError | aiohttp.ClientSSLError):
        return "tls"
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionError):
        return "refused"
    if isinstance(
        error, aiohttp.ClientResponseError | aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError
    ):
        return "speech"
    return ""


async def addresses_of(url: str) -> tuple[str, ...]:
    """The IPs that a URL's host stands for; none if that is not known."""
    host = urlsplit(url).hostname or ""
    try:
        async with asyncio.timeout(FORWARD_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _too_late(url: str, seconds: float) -> Phrase:
    return phrase("No response within {seconds} s: {url}", seconds=round(seconds), url=url)


def _no_answer(url: str, error: Exception) -> Phrase:
    return phrase("No response from {url}: {reason}", url=url, reason=in_short(error))
