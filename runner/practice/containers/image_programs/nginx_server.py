"""nginx as a server: requests go through rewrites, locations, access rules and what answers them, as in nginx."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.nginx_config import Directive, arguments
from runner.practice.containers.image_programs.nginx_exchange import Exchange
from runner.practice.containers.image_programs.nginx_locations import (
    Location,
    Server,
    choose_location,
    choose_server,
    servers,
)
from runner.practice.containers.image_programs.nginx_output import NginxLogs, error_page, finished
from runner.practice.containers.image_programs.nginx_proxy import Upstreams, proxied
from runner.practice.containers.image_programs.nginx_static import added, static
from runner.practice.containers.network_messages import Request, Response

MOST_TURNS = 10
"""Of internal redirections, as in nginx."""
SECONDS_OF_A_REQUEST = 0.0001


class NginxServer:
    """A configuration at work. Raises ConfigError for one that can't be."""

    def __init__(self, call: Invocation, main: Directive, logs: NginxLogs, version: str) -> None:
        self.call, self.main, self.logs, self.version = call, main, logs, version
        self.files = ContainerFiles(call.container)
        self.servers = servers(main)
        self.upstreams = Upstreams(main, call.container)
        self.requests = 0

    @property
    def ports(self) -> dict[int, bool]:
        """The ports on which it listens, and whether with TLS."""
        return {port: port in server.tls for server in self.servers for port in server.ports}

    def certificate(self, port: int) -> bytes:
        """The key and the certificates (PEM) of a port's server; b"" where their names are those of variables."""
        server = choose_server(self.servers, port, "") or self.servers[0]
        found = b""
        for name in ("ssl_certificate_key", "ssl_certificate"):
            named = next((each for block in server.blocks if (each := block.first(name))), None)
            if named is None or "$" in named[0]:
                return b""
            found += self.files.read(named[0])
        return found

    async def answer(self, request: Request) -> Response:
        self.requests += 1
        pod = self.call.container.pod
        named = request.header("host").partition(":")[0].lower()
        server = choose_server(self.servers, request.port, named) or self.servers[0]
        name = server.names[0]
        at = Exchange(request, name, pod.hostname, pod.config.ip, self.version, self.requests)
        await self.call.container.work(SECONDS_OF_A_REQUEST)
        response = await self._turns(server, at)
        finished(response, at)
        await self.logs.access(at, server.blocks)
        if at.status == 444:
            raise ConnectionResetError(104, "Connection reset by peer")
        return response

    async def _turns(self, server: Server, at: Exchange) -> Response:
        """Until something answers: an internal redirection looks for a location again."""
        turned = self._rewrites(server.block, server.blocks, at)
        if isinstance(turned, Response):
            return await self._with_error_page(server, server.blocks, at, turned)
        named: Location | None = None
        for _ in range(MOST_TURNS):
            location, match = (named, None) if named else choose_location(server.locations, at.uri)
            if match is not None:
                at.values |= {str(number): value or "" for number, value in enumerate(match.groups(), 1)}
                at.values |= {key: value or "" for key, value in match.groupdict().items()}
            blocks = location.blocks if location else server.blocks
            outcome = await self._answer_by(server, location, blocks, at)
            if isinstance(outcome, Response):
                return await self._with_error_page(server, blocks, at, outcome)
            named = next(
                (
                    each
                    for each in server.locations
                    if each.mark == "@" and f"@{each.pattern.lstrip('@')}" == outcome
                ),
                None,
            )
            if outcome.startswith("@"):
                if named is None:
                    await self.logs.error(at, f'could not find named location "{outcome}"')
                    return error_page(500, self.version)
            else:
                at.uri, _, args = outcome.partition("?")
                at.args = args or at.args
        await self.logs.error(at, "rewrite or internal redirection cycle while processing " + f'"{at.uri}"')
        return error_page(500, self.version)

    async def _answer_by(
        self, server: Server, location: Location | None, blocks: Sequence[Directive], at: Exchange
    ) -> Response | str:
        """An answer, or the URI (or @name) of an internal redirection."""
        if location is not None:
            turned = self._rewrites(blocks[0], blocks, at)
            if turned is not None:
                return turned
        if refused := self._access(blocks, at):
            if refused == 403:
                await self.logs.error(at, "access forbidden by rule")
            return error_page(refused, self.version)
        limit = _size((arguments(blocks, "client_max_body_size") or ["1m"])[0])
        if limit and len(at.request.body) > limit:
            await self.logs.error(at, f"client intended to send too large body: {len(at.request.body)} bytes")
            return error_page(413, self.version)
        own = location.blocks[0] if location else server.block
        if own.first("stub_status") is not None:
            return self._status()
        to = own.first("proxy_pass") or next(
            (found for each in own.all("if") if (found := each.first("proxy_pass"))), None
        )
        if to is not None:
            return await proxied(self, location, blocks, to[0], at)
        if own.first("fastcgi_pass") or own.first("uwsgi_pass") or own.first("grpc_pass"):
            await self.logs.error(
                at, "connect() failed (111: Connection refused) while connecting to upstream"
            )
            return error_page(502, self.version)
        return await static(self, location, blocks, at)

    def _rewrites(self, block: Directive, blocks: Sequence[Directive], at: Exchange) -> Response | str | None:
        for each in block.block or ():
            if each.name == "return":
                return _returned(each.args, blocks, at, self.version)
            if each.name == "set":
                at.values[each.args[0].lstrip("$")] = at.filled(each.args[1])
            if each.name == "break":
                return None
            if each.name == "if" and _holds(" ".join(each.args), at, self.files):
                turned = self._rewrites(each, blocks, at)
                if turned is not None:
                    return turned
            if each.name == "rewrite":
                found = re.search(each.args[0].replace("(?<", "(?P<"), at.uri)
                if found is None:
                    continue
                at.values |= {str(number): value or "" for number, value in enumerate(found.groups(), 1)}
                flag = each.args[2] if len(each.args) > 2 else ""
                to = at.filled(each.args[1])
                if flag in ("redirect", "permanent") or to.startswith(("http://", "https://", "$scheme")):
                    kept = f"?{at.args}" if at.args and "?" not in to else ""
                    return _redirect(301 if flag == "permanent" else 302, to + kept, at, self.version)
                at.uri, _, args = to.partition("?")
                at.args = "&".join(part for part in (args, at.args) if part)
                if flag == "break":
                    return None
                if flag == "last" or block.name == "location":
                    return at.uri if blocks[0].name == "location" else None
        return None

    def _access(self, blocks: Sequence[Directive], at: Exchange) -> int:
        """403 or 401 where the request may not pass; 0: it may."""
        for block in blocks:
            rules = [each for each in block.block or () if each.name in ("allow", "deny")]
            for rule in rules:
                if _in_range(at.request.client, rule.args[0]):
                    if rule.name == "deny":
                        return 403
                    break
            if rules:
                break
        realm = arguments(blocks, "auth_basic")
        if realm and realm[0] != "off" and not at.request.header("authorization").startswith("Basic "):
            at.values["realm"] = realm[0]
            return 401
        return 0

    def _status(self) -> Response:
        count = self.requests
        body = (
            f"Active connections: 1 \nserver accepts handled requests\n {count} {count} {count} \n"
            "Reading: 0 Writing: 1 Waiting: 0 \n"
        )
        return Response(200, [("Content-Type", "text/plain")], body.encode())

    async def _with_error_page(
        self, server: Server, blocks: Sequence[Directive], at: Exchange, response: Response
    ) -> Response:
        if response.status < 300 or response.header("x-nginx-own") != "error":
            return response
        response.headers = [pair for pair in response.headers if pair[0] != "x-nginx-own"]
        for block in blocks:
            found = [each.args for each in block.all("error_page")]
            for args in found:
                if str(response.status) in args[:-1]:
                    return await self._error_answer(server, at, response, args)
            if found:
                break
        return response

    async def _error_answer(
        self, server: Server, at: Exchange, response: Response, args: Sequence[str]
    ) -> Response:
        to = at.filled(args[-1])
        if to.startswith(("http://", "https://")):
            return _redirect(302, to, at, self.version)
        changed = next((int(arg[1:]) for arg in args if arg.startswith("=") and arg[1:].isdigit()), None)
        if to.startswith("@"):
            location = next(
                (
                    each
                    for each in server.locations
                    if each.mark == "@" and each.pattern.lstrip("@") == to[1:]
                ),
                None,
            )
        else:
            at.uri = to
            location, _ = choose_location(server.locations, at.uri)
        outcome = await self._answer_by(server, location, location.blocks if location else server.blocks, at)
        if not isinstance(outcome, Response) or outcome.header("x-nginx-own") == "error":
            return response
        outcome.status = changed or (outcome.status if any(arg == "=" for arg in args) else response.status)
        outcome.headers = [
            pair for pair in outcome.headers if pair[0] not in ("ETag", "Last-Modified", "Accept-Ranges")
        ]
        return outcome


def _returned(args: Sequence[str], blocks: Sequence[Directive], at: Exchange, version: str) -> Response:
    if not args[0].isdigit():
        return _redirect(302, at.filled(args[0]), at, version)
    status = int(args[0])
    if len(args) == 1:
        return error_page(status, version) if status >= 300 and status != 444 else Response(status)
    if status in (301, 302, 303, 307, 308):
        return _redirect(status, at.filled(args[1]), at, version)
    kind = (arguments(blocks, "default_type") or ["text/plain"])[0]
    return Response(status, [("Content-Type", kind), *added(blocks, at)], at.filled(args[1]).encode())


def _redirect(status: int, to: str, at: Exchange, version: str) -> Response:
    made = error_page(status, version)
    if to.startswith("/"):
        port = "" if at.request.port in (80, 443) else f":{at.request.port}"
        to = f"{at.request.scheme}://{at.host}{port}{to}"
    made.headers = [*(pair for pair in made.headers if pair[0] != "x-nginx-own"), ("Location", to)]
    return made


def _holds(condition: str, at: Exchange, files: ContainerFiles) -> bool:
    text = condition.strip().removeprefix("(").removesuffix(")").strip()
    found = re.fullmatch(r"(!?)-([fde])\s+(\S+)", text)
    if found:
        path = at.filled(found[3])
        is_there = files.exists(path) and (found[2] == "e" or files.is_folder(path) == (found[2] == "d"))
        return is_there != bool(found[1])
    found = re.fullmatch(r"(\$\w+)\s*(!?=|!?~\*?)\s*(.*)", text)
    if not found:
        return at.filled(text) not in ("", "0")
    value, operator, wanted = at.filled(found[1]), found[2], found[3].strip("\"'")
    if "~" in operator:
        match = re.search(wanted, value, re.IGNORECASE if operator.endswith("*") else 0)
        if match:
            at.values |= {str(number): group or "" for number, group in enumerate(match.groups(), 1)}
        return (match is not None) != operator.startswith("!")
    return (value == at.filled(wanted)) != operator.startswith("!")


def _in_range(address: str, wanted: str) -> bool:
    if wanted == "all":
        return True
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _size(text: str) -> int:
    factor = {"k": 2**10, "m": 2**20, "g": 2**30}.get(text[-1:].lower(), 1)
    digits = text.rstrip("kKmMgG")
    return int(digits) * factor if digits.isdigit() else 0
