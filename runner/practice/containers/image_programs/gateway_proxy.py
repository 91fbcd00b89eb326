"""The data plane of a Gateway: listens on its ports and sends requests to the Services of its rules."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.gateway_plan import (
    HTTPS,
    Backend,
    Object,
    PlannedListener,
    Rule,
    find_rule,
)
from runner.practice.containers.image_programs.nginx_output import REASONS
from runner.practice.containers.network_messages import ConnectError, HttpHandler, Listener, Request, Response

CONNECT_SECONDS = 5.0
_PAGE = (
    "<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "server", "date"})


class GatewayProxy:
    """Listens in a pod for what it was given last."""

    def __init__(self, call: Invocation) -> None:
        self._call, self._pod = call, call.container.pod
        self._listeners: Sequence[PlannedListener] = ()
        self._open: dict[int, bytes | None] = {}
        """By port, the certificate (None: HTTP)."""

    def configure(
        self, listeners: Sequence[PlannedListener], certificates: Mapping[tuple[str, str], bytes]
    ) -> None:
        """Serve these from now on. Certificates are key and chain (PEM) by (namespace, name) of their Secret."""
        self._listeners = listeners
        wanted = {
            each.port: certificates.get(each.secret) if each.secret else None
            for each in listeners
            if not each.problem
        }
        for port in [each for each, kept in self._open.items() if wanted.get(each, b"none") != kept]:
            self._pod.unlisten(port)
            del self._open[port]
        for port, certificate in wanted.items():
            if port not in self._open:
                scheme = "https" if certificate is not None else "http"
                made = Listener(
                    http=self._handler(port, scheme), tls=certificate is not None, certificate=certificate or b"",
                    program="nginx",
                )  # fmt: skip
                self._pod.listen(self._call.container, port, made)
                self._open[port] = certificate

    def close(self) -> None:
        self.configure((), {})

    def _handler(self, port: int, scheme: str) -> HttpHandler:
        async def answer(request: Request) -> Response:
            found = find_rule(self._listeners, port, request.header("Host"), request)
            made = _page(404) if found is None else await self._answered(found, request, scheme, port)
            moment = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
            await self._call.out(
                f'{request.client or "-"} - - [{moment}] "{request.method} {request.target} HTTP/1.1" {made.status} '
                f'{len(made.body)} "{request.header("Referer", "-")}" "{request.header("User-Agent", "-")}"\n'
            )
            return made

        return answer

    async def _answered(self, rule: Rule, request: Request, scheme: str, port: int) -> Response:
        redirect = next((each for each in rule.filters if each.get("type") == "RequestRedirect"), None)
        if redirect is not None:
            return _redirected(redirect["requestRedirect"], rule, request, scheme, port)
        chosen = [each for each in rule.backends if each.weight > 0]
        if not chosen:
            return _page(500)
        weights = [each.weight for each in chosen]
        backend = random.choices(chosen, weights)[0]  # noqa: S311 (balancing, no secret)
        endpoint = self._endpoint(backend)
        if endpoint is None:
            return _page(503 if self._exists(backend) else 500)
        asked = _passed_on(rule, request, scheme)
        try:
            answer = await self._pod.network.request(self._pod, *endpoint, asked, timeout=CONNECT_SECONDS)
        except ConnectError as error:
            return _page(504 if error.failure == "timed out" else 502)
        kept = [each for each in answer.headers if each[0].lower() not in _OF_ONE_HOP]
        changed = replace(answer, headers=[("Server", "nginx"), *kept])
        for each in rule.filters:
            if each.get("type") == "ResponseHeaderModifier":
                changed.headers = _modified(changed.headers, each["responseHeaderModifier"])
        return changed

    def _exists(self, backend: Backend) -> bool:
        return (backend.namespace, backend.name) in self._pod.network.index.services

    def _endpoint(self, backend: Backend) -> tuple[str, int] | None:
        service = self._pod.network.index.services.get((backend.namespace, backend.name))
        ready = [
            (each.ip, number)
            for each in (service.backends if service else ())
            if each.ready
            for own, number, _ in each.ports
            if own == backend.port
        ]
        return random.choice(ready) if ready else None  # noqa: S311


def _passed_on(rule: Rule, request: Request, scheme: str) -> Request:
    own = {"x-forwarded-for", "x-real-ip", "x-forwarded-proto", "x-forwarded-host"}
    headers: list[tuple[str, str]] = [
        *(each for each in request.headers if each[0].lower() not in own | _OF_ONE_HOP),
        ("X-Forwarded-For", request.client),
        ("X-Real-IP", request.client),
        ("X-Forwarded-Proto", scheme),
        ("X-Forwarded-Host", request.header("Host")),
    ]
    path = request.path
    for each in rule.filters:
        if each.get("type") == "RequestHeaderModifier":
            headers = _modified(headers, each["requestHeaderModifier"])
        elif each.get("type") == "URLRewrite":
            rewrite = each["urlRewrite"]
            path = _replaced(rewrite.get("path"), rule, path)
            if rewrite.get("hostname"):
                headers = _modified(headers, {"set": [{"name": "Host", "value": rewrite["hostname"]}]})
    query = f"?{request.query}" if request.query else ""
    return Request(request.method, path + query, headers, request.body)


def _modified(headers: Sequence[tuple[str, str]], change: Object) -> list[tuple[str, str]]:
    """`set` replaces, `add` appends, `remove` takes away (HTTPHeaderFilter)."""
    fixed = {each["name"].lower() for each in change.get("set") or ()}
    gone = {each.lower() for each in change.get("remove") or ()} | fixed
    added = [(each["name"], str(each["value"])) for key in ("set", "add") for each in change.get(key) or ()]
    return [each for each in headers if each[0].lower() not in gone] + added


def _replaced(change: Any, rule: Rule, path: str) -> str:
    if not change:
        return path
    if change.get("type") == "ReplaceFullPath":
        return str(change.get("replaceFullPath") or "/")
    matched = str((rule.match.get("path") or {}).get("value", "/")).rstrip("/")
    rest = path[len(matched) :] if path.startswith(matched) else path
    rest = rest if rest.startswith("/") or not rest else f"/{rest}"
    joined = f"{str(change.get('replacePrefixMatch') or '').rstrip('/')}{rest}"
    return joined or "/"


def _redirected(change: Object, rule: Rule, request: Request, scheme: str, port: int) -> Response:
    to = change.get("scheme") or scheme
    host = change.get("hostname") or urlsplit(f"//{request.header('Host')}").hostname or ""
    number = change.get("port") or ({"http": 80, "https": 443}[to] if change.get("scheme") else port)
    shown = "" if number == {"http": 80, "https": 443}[to] else f":{number}"
    query = f"?{request.query}" if request.query else ""
    where = f"{to}://{host}{shown}{_replaced(change.get('path'), rule, request.path)}{query}"
    return replace(
        _page(int(change.get("statusCode") or 302)), headers=[("Server", "nginx"), ("Location", where)]
    )


def _page(status: int) -> Response:
    words = f"{status} {REASONS.get(status, '')}".strip()
    body = _PAGE.format(words=words)
    return Response(status, [("Server", "nginx"), ("Content-Type", "text/html")], body.encode())


def certificates_wanted(listeners: Sequence[PlannedListener]) -> set[tuple[str, str]]:
    return {each.secret for each in listeners if each.secret and each.protocol == HTTPS}
