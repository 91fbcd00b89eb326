"""httpbin: a server that says what it was asked. In Python's form (gunicorn), and in that of go-httpbin."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.http_dates import http_date, log_time
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve, text

SECONDS_OF_A_REQUEST = 0.001
LONGEST_DELAY = 10.0
MOST_BYTES = 100 * 1024
_CORS = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")]
_METHODS = {"/get": "GET", "/post": "POST", "/put": "PUT", "/patch": "PATCH", "/delete": "DELETE"}
_HOME = "<!DOCTYPE html>\n<html><head><title>httpbin.org</title></head><body><h1>httpbin</h1></body></html>"
_HTML = "<!DOCTYPE html>\n<html>\n  <head>\n  </head>\n  <body>\n      <h1>A whale and a ship</h1>\n  </body>\n</html>"
_XML = '<?xml version="1.0" encoding="us-ascii"?>\n<slideshow title="Sample Slide Show"><slide type="all"/></slideshow>'
_SLIDES = {
    "slideshow": {
        "author": "Yours Truly",
        "date": "date of publication",
        "slides": [{"title": "Overview", "type": "all"}],
        "title": "Sample Slide Show",
    }
}


class Httpbin:
    """`in_lists`: headers and arguments are lists, as go-httpbin has them."""

    def __init__(self, call: Invocation, *, in_lists: bool) -> None:
        self.call, self.in_lists = call, in_lists

    async def answer(self, request: Request) -> Response:
        await self.call.container.work(SECONDS_OF_A_REQUEST)
        response = await self._answer(request)
        server = [] if self.in_lists else [("Server", "gunicorn/19.9.0")]
        length = ("Content-Length", str(len(response.body)))
        response.headers = [*server, ("Date", http_date()), *response.headers, length, *_CORS]
        if request.method == "HEAD":
            response.body = b""
        return response

    async def _answer(self, request: Request) -> Response:
        path = request.path.rstrip("/") or "/"
        first, *rest = [unquote(part) for part in path.split("/")[1:]]
        if path in _METHODS:
            if request.method not in (_METHODS[path], "HEAD" if path == "/get" else ""):
                return _status(405)
            return self._json(self._echo(request, with_body=path != "/get"))
        if first == "anything":
            return self._json({**self._echo(request, with_body=True), "method": request.method})
        simple = self._simple(request).get(path)
        if simple is not None:
            return simple()
        return await self._with_arguments(first, rest, request)

    def _simple(self, request: Request) -> dict[str, Callable[[], Response]]:
        pod = self.call.container.pod
        return {
            "/": lambda: text(200, _HOME, "text/html; charset=utf-8"),
            "/headers": lambda: self._json({"headers": self._headers(request)}),
            "/ip": lambda: self._json({"origin": request.header("x-forwarded-for") or request.client}),
            "/user-agent": lambda: self._json({"user-agent": request.header("user-agent")}),
            "/uuid": lambda: self._json({"uuid": str(uuid.uuid4())}),
            "/json": lambda: self._json(_SLIDES),
            "/html": lambda: text(200, _HTML, "text/html; charset=utf-8"),
            "/xml": lambda: text(200, _XML, "application/xml"),
            "/robots.txt": lambda: text(200, "User-agent: *\nDisallow: /deny\n", "text/plain"),
            "/deny": lambda: text(200, "YOU SHOULDN'T BE HERE\n", "text/plain"),
            "/cookies": lambda: self._json({"cookies": _cookies(request)}),
            "/hostname": lambda: self._json({"hostname": pod.hostname}),
            "/env": lambda: self._json({"env": {}}),
            "/bearer": lambda: self._bearer(request),
            "/response-headers": lambda: self._response_headers(request),
            "/redirect-to": lambda: Response(
                302, [("Location", dict(parse_qsl(request.query)).get("url", "/"))]
            ),
        }

    async def _with_arguments(self, first: str, rest: list[str], request: Request) -> Response:
        given = rest[0] if rest else ""
        if first == "status" and rest:
            return _status(_chosen(given))
        if first == "delay" and rest:
            await asyncio.sleep(min(_number(given), LONGEST_DELAY))
            return self._json(self._echo(request, with_body=True))
        if first in ("bytes", "stream-bytes") and rest:
            count = min(int(_number(given)), MOST_BYTES)
            return Response(200, [("Content-Type", "application/octet-stream")], random.randbytes(count))  # noqa: S311
        if first == "stream" and rest:
            lines = [
                json.dumps({**self._echo(request, with_body=False), "id": number})
                for number in range(min(int(_number(given)), 100))
            ]
            return text(200, "".join(f"{line}\n" for line in lines), "application/json")
        if first in ("redirect", "relative-redirect", "absolute-redirect") and rest:
            left = int(_number(given)) - 1
            to = (
                f"/{'relative-' if first != 'absolute-redirect' else 'absolute-'}redirect/{left}"
                if left > 0
                else "/get"
            )
            return Response(302, [("Content-Type", "text/html; charset=utf-8"), ("Location", to)])
        if first == "base64" and rest:
            try:
                return text(
                    200,
                    base64.urlsafe_b64decode(given + "==").decode("utf-8", "replace"),
                    "text/html; charset=utf-8",
                )
            except ValueError:
                return text(
                    200, "Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l", "text/html; charset=utf-8"
                )
        if first in ("basic-auth", "hidden-basic-auth") and len(rest) == 2:
            wanted = base64.b64encode(f"{rest[0]}:{rest[1]}".encode()).decode()
            if request.header("authorization") == f"Basic {wanted}":
                return self._json({"authenticated": True, "user": rest[0]})
            return _status(401) if first == "basic-auth" else _status(404)
        if first == "cookies" and given == "set":
            cookies = [("Set-Cookie", f"{key}={value}; Path=/") for key, value in parse_qsl(request.query)]
            return Response(302, [("Location", "/cookies"), *cookies])
        return _not_found()

    def _echo(self, request: Request, *, with_body: bool) -> dict[str, Any]:
        args: dict[str, Any] = {}
        for key, value in parse_qsl(request.query, keep_blank_values=True):
            args.setdefault(key, []).append(value)
        if not self.in_lists:
            args = {key: values[0] if len(values) == 1 else values for key, values in args.items()}
        found: dict[str, Any] = {"args": args, "headers": self._headers(request)}
        host = request.header("host")
        found |= {
            "origin": request.header("x-forwarded-for") or request.client,
            "url": f"{request.scheme}://{host}{request.target}",
        }
        if self.in_lists:
            found["method"] = request.method
        if with_body:
            found |= self._body(request)
        return found

    def _body(self, request: Request) -> dict[str, Any]:
        data = request.body.decode("utf-8", "replace")
        found: dict[str, Any] = {"data": data, "files": {}, "form": {}, "json": None}
        if request.header("content-type").startswith("application/x-www-form-urlencoded"):
            form = dict(parse_qsl(data, keep_blank_values=True))
            found |= {
                "data": "",
                "form": {key: [value] for key, value in form.items()} if self.in_lists else form,
            }
        else:
            try:
                found["json"] = json.loads(data) if data else None
            except ValueError:
                found["json"] = None
        return found

    def _headers(self, request: Request) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in request.headers:
            found.setdefault("-".join(part.capitalize() for part in key.split("-")), []).append(value)
        return found if self.in_lists else {key: ",".join(values) for key, values in found.items()}

    def _bearer(self, request: Request) -> Response:
        kind, _, token = request.header("authorization").partition(" ")
        return self._json({"authenticated": True, "token": token}) if kind == "Bearer" else _status(401)

    def _response_headers(self, request: Request) -> Response:
        asked = parse_qsl(request.query, keep_blank_values=True)
        made = self._json({key: [value] if self.in_lists else value for key, value in asked})
        made.headers = [*made.headers, *asked]
        return made

    def _json(self, value: Any) -> Response:
        body = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        kind = "application/json; charset=utf-8" if self.in_lists else "application/json"
        return Response(200, [("Content-Type", kind)], body.encode())


def _cookies(request: Request) -> dict[str, str]:
    return dict(part.strip().partition("=")[::2] for part in request.header("cookie").split(";") if part)


def _chosen(codes: str) -> int:
    """Of 200,500 or 200:0.9,500:0.1 one by chance."""
    pairs = [part.partition(":") for part in codes.split(",")]
    numbers = [int(code) if code.isdigit() else 400 for code, _, _ in pairs]
    weights = [_number(weight) if weight else 1.0 for _, _, weight in pairs]
    code = random.choices(numbers, weights)[0] if sum(weights) else numbers[0]  # noqa: S311 - no secret
    return code if 100 <= code <= 599 else 400


def _status(code: int) -> Response:
    if code == 418:
        return text(418, "\n    -=[ teapot ]=-\n\n       _...._\n     .'  _ _ `.\n", "text/plain")
    headers = [("Content-Type", "text/html; charset=utf-8")]
    if code in (301, 302, 303, 305, 307):
        headers.append(("Location", "/redirect/1"))
    if code == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="Fake Realm"'))
    return Response(code, headers)


def _not_found() -> Response:
    status = HTTPStatus.NOT_FOUND
    title = f"<title>404 {status.phrase}</title>\n<h1>{status.phrase}</h1>\n"
    body = f'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n{title}'
    return text(404, body, "text/html")


def _number(word: str) -> float:
    try:
        return max(0.0, float(word))
    except ValueError:
        return 0.0


async def gunicorn(call: Invocation) -> int:
    """gunicorn -b ADDRESS:PORT httpbin:app; --access-logfile - has it write a line for each request."""
    words = list(call.argv)
    port = 80
    logs = False
    for word, value in zip(words, [*words[1:], ""], strict=True):
        if word in ("-b", "--bind") and value.rpartition(":")[2].isdigit():
            port = int(value.rpartition(":")[2])
        logs = logs or (word == "--access-logfile" and value == "-")
    site = Httpbin(call, in_lists=False)

    async def answer(request: Request) -> Response:
        response = await site.answer(request)
        if logs:
            asked = f"{request.method} {request.target} HTTP/1.1"
            agent = request.header("user-agent") or "-"
            await call.out(
                f'{request.client} - - [{log_time()}] "{asked}" {response.status} {len(response.body)} "-" "{agent}"\n'
            )
        return response

    await call.error(f"[INFO] Starting gunicorn 19.9.0\n[INFO] Listening at: http://0.0.0.0:{port} (1)\n")
    return await serve(call, {port: answer}, "gunicorn")


async def go_httpbin(call: Invocation) -> int:
    """go-httpbin -port PORT (or PORT in its environment)."""
    words = list(call.argv)
    given = next(
        (value for word, value in itertools.pairwise(words) if word in ("-port", "--port")),
        call.env.get("PORT", ""),
    )
    port = int(given) if given.isdigit() else 8080
    site = Httpbin(call, in_lists=True)

    async def answer(request: Request) -> Response:
        response = await site.answer(request)
        line = {
            "level": "INFO",
            "msg": f"{response.status} {request.method} {request.target}",
            "client_ip": request.client,
        }
        await call.error(json.dumps(line) + "\n")
        return response

    await call.error(
        json.dumps({"level": "INFO", "msg": f"go-httpbin listening on http://0.0.0.0:{port}"}) + "\n"
    )
    return await serve(call, {port: answer}, "go-httpbin")
