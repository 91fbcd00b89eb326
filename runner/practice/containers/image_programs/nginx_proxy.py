"""proxy_pass: to an address, a Service, or a group of upstream servers."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Protocol
from urllib.parse import quote, urlsplit

from runner.practice.containers.image_programs.nginx_config import ConfigError, Directive, arguments
from runner.practice.containers.image_programs.nginx_exchange import Exchange
from runner.practice.containers.image_programs.nginx_locations import Location
from runner.practice.containers.image_programs.nginx_output import error_page
from runner.practice.containers.image_programs.nginx_state import NginxState
from runner.practice.containers.image_programs.nginx_static import added
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.running_container import RunningContainer

_NOT_PASSED = frozenset(
    {"date", "server", "connection", "keep-alive", "transfer-encoding", "content-length", "x-pad"}
)
_WHY = {
    "refused": "connect() failed (111: Connection refused) while connecting to upstream",
    "no route": "connect() failed (113: Host is unreachable) while connecting to upstream",
    "reset": "upstream prematurely closed connection while reading response header from upstream",
    "timed out": "upstream timed out (110: Operation timed out) while connecting to upstream",
}


class Upstreams:
    """Groups of servers by name, and whose turn it is."""

    def __init__(self, main: Directive, container: RunningContainer) -> None:
        self._groups: dict[str, list[str]] = {}
        self._turn: dict[str, int] = {}
        self._container = container
        self._main = main
        for http in main.all("http"):
            for group in http.all("upstream"):
                self._groups[group.args[0]] = [
                    host for server in group.all("server") for host in _weighted(server)
                ]

    def group(self, name: str) -> list[str]:
        """Its servers, the next one first; those after it are asked where that one fails."""
        servers = self._groups.get(name, [name])
        turn = self._turn[name] = self._turn.get(name, -1) + 1
        at = turn % len(servers) if servers else 0
        return list(dict.fromkeys([*servers[at:], *servers[:at]]))

    async def check(self) -> None:
        """Names are looked up at the start. Raises ConfigError for one that is not known."""
        for name, place in self._names():
            if not _is_address(name) and name != "localhost":
                pod = self._container.pod
                try:
                    await pod.network.resolve(pod, name)
                except ConnectError:
                    raise ConfigError(f'host not found in upstream "{name}" in {place}') from None

    def _names(self) -> Iterator[tuple[str, str]]:
        for each in _every(self._main):
            if each.name == "proxy_pass" and "$" not in each.args[0]:
                host = urlsplit(each.args[0]).hostname or ""
                if host not in self._groups and not each.args[0].startswith("http://unix:"):
                    yield host, each.place
            if each.name == "upstream":
                for server in each.all("server"):
                    if not server.args[0].startswith("unix:"):
                        yield server.args[0].partition(":")[0], server.place


class ProxyState(NginxState, Protocol):
    """With the groups of servers that it passes requests on to."""

    upstreams: Upstreams


async def proxied(
    server: ProxyState, location: Location | None, blocks: Sequence[Directive], to: str, at: Exchange
) -> Response:
    """What the upstream answers; 502 and 504 in nginx's words."""
    url = at.filled(to)
    found = re.fullmatch(r"(https?)://([^/]+)(/.*)?", url)
    if found is None:
        await server.logs.error(at, f'invalid URL prefix in "{url}"')
        return error_page(500, server.version)
    scheme, host, uri = found.groups()
    target = _target(location, at, uri, "$" in to)
    asked = Request(
        at.request.method,
        target,
        _headers(blocks, at, host),
        at.request.body,
        scheme="https" if scheme == "https" else "http",
    )
    connecting = _seconds((arguments(blocks, "proxy_connect_timeout") or ["60s"])[0])
    reading = _seconds((arguments(blocks, "proxy_read_timeout") or ["60s"])[0])
    failure = error_page(502, server.version)
    for one in server.upstreams.group(host):
        name, _, port = one.partition(":")
        number = int(port) if port.isdigit() else 443 if scheme == "https" else 80
        asked.port = number
        at.values["upstream_addr"] = f"{name}:{number}"
        place = f"{scheme}://{name}:{number}{target}"
        pod = server.call.container.pod
        try:
            async with asyncio.timeout(connecting + reading):
                answer = await pod.network.request(pod, name, number, asked, timeout=connecting)
        except ConnectError as error:
            why = _WHY.get(error.failure, f"{name} could not be resolved (3: Host not found)")
            await server.logs.error(at, why, place)
            failure = error_page(504 if error.failure == "timed out" else 502, server.version)
            continue
        except TimeoutError:
            why = "upstream timed out (110: Operation timed out) while reading response header from upstream"
            await server.logs.error(at, why, place)
            return error_page(504, server.version)
        at.values["upstream_status"] = str(answer.status)
        return Response(
            answer.status, [*_passed(server, location, at, answer), *added(blocks, at)], answer.body
        )
    return failure


def _target(location: Location | None, at: Exchange, uri: str | None, has_variables: bool) -> str:
    """proxy_pass with a URI puts it in place of the location's prefix."""
    args = f"?{at.args}" if at.args else ""
    if has_variables and uri:
        return uri
    if uri is None or location is None or location.matches is not None:
        rewritten = at.uri != at.request.path
        return (
            quote(at.uri, safe="/:@!$&'()*+,;=~%") + args
            if rewritten and "%" not in at.request.path
            else at.request.target
        )
    return quote(uri + at.uri[len(location.pattern) :], safe="/:@!$&'()*+,;=~%") + args


def _headers(blocks: Sequence[Directive], at: Exchange, host: str) -> list[tuple[str, str]]:
    at.values["proxy_host"] = host
    headers = {
        key.lower(): (key, value)
        for key, value in at.request.headers
        if key.lower() not in ("connection", "host")
    }
    headers["host"], headers["connection"] = ("Host", host), ("Connection", "close")
    for block in blocks:
        own = [each.args for each in block.all("proxy_set_header")]
        for key, value in own:
            headers[key.lower()] = (key, at.filled(value))
        if own:
            break
    return [pair for pair in headers.values() if pair[1]]


def _passed(
    server: ProxyState, location: Location | None, at: Exchange, answer: Response
) -> Iterator[tuple[str, str]]:
    for key, value in answer.headers:
        if key.lower() in _NOT_PASSED:
            continue
        if key.lower() == "location" and location is not None and location.matches is None:
            to = urlsplit(value)
            if to.netloc and to.netloc == at.values.get("proxy_host"):
                value = f"{at.request.scheme}://{at.request.header('host')}{to.path}"  # noqa: PLW2901
        yield ("Content-Type" if key.lower() == "content-type" else key), value


def _weighted(server: Directive) -> list[str]:
    options = dict(arg.partition("=")[::2] for arg in server.args[1:])
    if "down" in options or "backup" in options:
        return []
    weight = options.get("weight", "1")
    return [server.args[0]] * min(int(weight) if weight.isdigit() else 1, 100)


def _every(block: Directive) -> Iterator[Directive]:
    for each in block.block or ():
        yield each
        yield from _every(each)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d)?", text)
    return (
        float(found[1]) * {"ms": 0.001, "m": 60, "h": 3600, "d": 86400}.get(found[2] or "s", 1)
        if found
        else 60.0
    )
