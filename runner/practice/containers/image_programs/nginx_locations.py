"""Which server and which location of nginx answer a request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.practice.containers.image_programs.nginx_config import ConfigError, Directive


@dataclass(slots=True)
class Location:
    """A location's block with those around it, innermost first."""

    mark: str
    """"": a prefix. Else = ^~ ~ ~* or @."""
    pattern: str
    blocks: Sequence[Directive]
    inner: list[Location] = field(default_factory=list)
    matches: re.Pattern[str] | None = None


@dataclass(slots=True)
class Server:
    """A server block: where it listens, under which names, and its locations."""

    block: Directive
    blocks: Sequence[Directive]
    names: Sequence[str]
    ports: dict[int, bool]
    """Whether it is the default server of a port, by port."""
    tls: frozenset[int]
    locations: list[Location]


def servers(main: Directive) -> list[Server]:
    """Raises ConfigError."""
    return [_server(block, http, main) for http in main.all("http") for block in http.all("server")]


def _server(block: Directive, http: Directive, main: Directive) -> Server:
    ports: dict[int, bool] = {}
    tls: set[int] = set()
    for listen in block.all("listen"):
        place, *options = listen.args
        port = place.rpartition(":")[2] if not place.endswith("]") else "80"
        if not port.isdigit():
            if place.startswith("unix:"):
                continue
            if ":" in place:
                raise ConfigError(f'invalid port in "{place}" of the "listen" directive in {listen.place}')
            port = "80"
        if not 0 < int(port) < 65536:
            raise ConfigError(f'invalid port in "{place}" of the "listen" directive in {listen.place}')
        ports[int(port)] = ports.get(int(port), False) or "default_server" in options or "default" in options
        if "ssl" in options:
            tls.add(int(port))
            if block.first("ssl_certificate") is None and http.first("ssl_certificate") is None:
                raise ConfigError(
                    f'no "ssl_certificate" is defined for the "listen ... ssl" directive in {listen.place}'
                )
    names = [name for each in block.all("server_name") for name in each.args]
    around = [block, http, main]
    return Server(
        block, around, names or [""], ports or {80: False}, frozenset(tls), _locations(block, around)
    )


def _locations(block: Directive, around: Sequence[Directive]) -> list[Location]:
    found: list[Location] = []
    for each in block.all("location"):
        mark, pattern = each.args if len(each.args) == 2 else ("", each.args[0])
        if len(each.args) == 1:
            shortened = re.match(r"(=|\^~|~\*|~|@)(.+)", pattern)
            mark, pattern = (shortened[1], shortened[2]) if shortened else ("", pattern)
        if mark not in ("", "=", "^~", "~", "~*", "@"):
            raise ConfigError(f'invalid location modifier "{mark}" in {each.place}')
        if mark in ("", "=", "^~") and any(
            (one.mark == "=") == (mark == "=")
            and one.pattern == pattern
            and one.matches is None
            and one.mark != "@"
            for one in found
        ):
            raise ConfigError(f'duplicate location "{pattern}" in {each.place}')
        blocks = [each, *around]
        made = Location(mark, pattern, blocks, _locations(each, blocks))
        if mark in ("~", "~*"):
            try:
                made.matches = re.compile(
                    pattern.replace("(?<", "(?P<"), re.IGNORECASE if mark == "~*" else 0
                )
            except re.error as error:
                raise ConfigError(f'pcre2_compile() failed: {error} in "{pattern}" in {each.place}') from None
        found.append(made)
    return found


def choose_server(among: Sequence[Server], port: int, host: str) -> Server | None:
    """By the Host: exact name, then *.…, then …*, then a pattern; else the default one, or the first."""
    here = [server for server in among if port in server.ports]
    for fits in (_exact, _leading, _trailing, _pattern):
        for server in here:
            if any(fits(name.lower(), host) for name in server.names):
                return server
    return next((server for server in here if server.ports[port]), here[0] if here else None)


def _exact(name: str, host: str) -> bool:
    return name == host or (name.startswith(".") and name[1:] == host)


def _leading(name: str, host: str) -> bool:
    return name.startswith(("*.", ".")) and host.endswith(name.lstrip("*"))


def _trailing(name: str, host: str) -> bool:
    return name.endswith(".*") and host.startswith(name[:-1])


def _pattern(name: str, host: str) -> bool:
    return (
        name.startswith("~") and re.search(name[1:].replace("(?<", "(?P<"), host, re.IGNORECASE) is not None
    )


def choose_location(among: Sequence[Location], uri: str) -> tuple[Location | None, re.Match[str] | None]:
    """As nginx does: an exact one, the longest prefix where it forbids patterns, the first pattern, the longest prefix."""
    best: Location | None = None
    for location in among:
        if location.mark == "=" and location.pattern == uri:
            return location, None
        is_prefix = location.mark in ("", "^~") and uri.startswith(location.pattern)
        if is_prefix and (best is None or len(location.pattern) > len(best.pattern)):
            best = location
    if best is not None and best.inner:
        inner, found = choose_location(best.inner, uri)
        if inner is not None:
            return inner, found
    if best is None or best.mark != "^~":
        for location in among:
            if location.matches is not None and (match := location.matches.search(uri)):
                if location.inner:
                    inner, found = choose_location(location.inner, uri)
                    if inner is not None:
                        return inner, found
                return location, match
    return best, None
