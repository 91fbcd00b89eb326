"""Requests from this machine: to a URL, to a Service's external address, or to it through the API server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checks.base import CannotRead, ClusterView, Object, TrafficAnswer, TrafficRequest, TrafficSample
from checks.patterns import compiled
from runner.words import phrase
from runner.world.bodies import at_most
from runner.world.forward import ADDRESS, ServicePort
from runner.world.live_cluster import LiveCluster
from runner.world.outside_addresses import external_urls, is_https, url_at
from runner.world.page_session import page_session
from runner.world.proxies import proxy_to
from runner.world.reasons import in_short
from runner.world.traffic_pace import paced, together

if TYPE_CHECKING:
    import aiohttp

MOST_BODY = 64 * 1024
"""Bytes of an answer in which patterns are looked for."""
MOST_ADDRESSES = 4
"""External addresses of a Service of which the first that takes a connection is taken."""

Send = Callable[[], Awaitable[TrafficAnswer]]


async def from_outside(request: TrafficRequest, cluster: LiveCluster, view: ClusterView) -> TrafficSample:
    """Send them. Raises CannotRead if there is nowhere to send them to."""
    if request.url:
        return await _to_address(request, request.url, "url", verify=True)
    service = await view.get("v1", "Service", request.service, request.namespace)
    if service is None:
        raise CannotRead(
            "unreachable",
            phrase(
                "Does not exist: Service {name} in namespace {namespace}",
                name=request.service,
                namespace=request.namespace,
            ),
        )
    base, via = await _address(request, service, cluster)
    if base:
        return await _to_address(request, base + request.path, via, verify=False)
    return await _through_api_server(request, service, cluster)


async def _address(request: TrafficRequest, service: Object, cluster: LiveCluster) -> tuple[str, str]:
    """Where the Service's port is reached, and how; "" if through the API server only.

    A port-forward leads to one of its pods: it is taken only for what the API server's proxy does not pass on.
    A cluster that somebody handed in does not send us anywhere but to itself.
    """
    if cluster.limits.anywhere:
        for url in external_urls(service, request.port)[:MOST_ADDRESSES]:
            if await _takes_connections(url, request.timeout):
                return url, "external"
        local = cluster.forwards.port(ServicePort(request.service, request.namespace, request.port))
        if local and (request.headers or request.method != "GET"):
            return url_at(service, request.port, ADDRESS, local), "port-forward"
    return "", "proxy"


async def _takes_connections(url: str, seconds: float) -> bool:
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _to_address(request: TrafficRequest, url: str, via: str, *, verify: bool) -> TrafficSample:
    proxy = proxy_to(url) if verify else None
    async with page_session(request.timeout, verify=verify) as client:

        async def send() -> TrafficAnswer:
            return await _one(client, request, url, proxy)

        return await _send_all(request, via, send)


async def _one(
    client: aiohttp.ClientSession, request: TrafficRequest, url: str, proxy: str | None
) -> TrafficAnswer:
    import aiohttp

    began = _now()
    try:
        async with client.request(
            request.method, url, headers=list(request.headers), allow_redirects=False, proxy=proxy
        ) as response:
            body = await at_most(response, MOST_BODY)
            headers = "".join(f"{name}: {value}\n" for name, value in response.headers.items())
            return answered(request, response.status, _now() - began, headers, body)
    except TimeoutError:
        return TrafficAnswer(0, _now() - began, problem="timeout")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return TrafficAnswer(0, _now() - began, problem=in_short(error)[:200])


def answered(
    request: TrafficRequest, status: int, seconds: float | None, headers: str, body: bytes
) -> TrafficAnswer:
    """What a request was answered, with the patterns that are in it."""
    text = headers if request.in_headers else body.decode("utf-8", "replace")
    found = (each for each in request.patterns if compiled(each, lines=True).found_in(text))
    return TrafficAnswer(status, seconds, frozenset(found))


async def _through_api_server(
    request: TrafficRequest, service: Object, cluster: LiveCluster
) -> TrafficSample:
    """The API server's proxy takes another endpoint of the Service for each request, and sends its own Host."""
    if request.headers or request.method != "GET":
        raise CannotRead(
            "unreachable",
            phrase(
                "The Service has no external address, and through the API server no headers are sent: {service}. "
                "Send the requests from a pod, or open a port-forward.",
                service=request.service,
            ),
        )
    scheme = "https:" if is_https(service, request.port) else ""
    where = f"{scheme}{request.service}:{request.port}"
    path = f"/api/v1/namespaces/{request.namespace}/services/{where}/proxy{request.path}"

    async def send() -> TrafficAnswer:
        began = _now()
        try:
            answer = await cluster.fetch(path, request.timeout, MOST_BODY)
        except CannotRead as error:
            if error.reason in ("unauthorized", "forbidden"):
                raise
            return TrafficAnswer(0, _now() - began, problem=error.message.render()[:200])
        if answer.status in (403, 404, 500, 502, 503) and _is_of_the_api_server(answer.body):
            if answer.status == 403:
                raise CannotRead(
                    "forbidden",
                    phrase("The API server does not allow it: {message}", message=f"proxy to {where}"),
                )
            return TrafficAnswer(0, _now() - began, problem=_message(answer.body))
        headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
        return answered(request, answer.status, _now() - began, headers, answer.body)

    return await _send_all(request, "proxy", send)


async def _send_all(request: TrafficRequest, via: str, send: Send) -> TrafficSample:
    """Send them all, or as many as there is time for."""
    began = _now()
    answers: list[TrafficAnswer] = []
    senders = min(request.at_once, request.count)

    async def sender(number: int) -> None:
        async for _ in paced(request.count, request.rate, request.seconds, number, senders):
            answers.append(await send())

    await together((sender(number) for number in range(senders)), request.seconds + 2 * request.timeout)
    return TrafficSample(tuple(answers), _now() - began, via)


def _is_of_the_api_server(body: bytes) -> bool:
    return bool(_message(body))


def _message(body: bytes) -> str:
    """The message of a Status, "" if the body is a page's."""
    try:
        status = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(status, dict) and status.get("kind") == "Status" and status.get("apiVersion") == "v1":
        return str(status.get("message"))[:200]
    return ""


def _now() -> float:
    return asyncio.get_running_loop().time()
