"""Who may come in. A page of this server is a shell on this machine, so every request has to show that it may."""

from __future__ import annotations

import secrets
from enum import StrEnum
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from runner.serve import pages, place

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",  # a console that is opened gets no hold on this page
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""xterm.js writes style elements of its own. Not every browser counts a websocket to the same host as 'self'."""


class Refusal(StrEnum):
    """Why a request is turned away."""

    HOST = "host"
    ORIGIN = "origin"
    TOKEN = "token"  # noqa: S105
    COOKIE = "cookie"


class Door:
    """Lets in who has the token, then who has the cookie that it was exchanged for.

    `host` is where the server listens and `port` makes the cookie's name its own: browsers don't tell ports
    apart when they send cookies.
    """

    def __init__(self, host: str, port: int, token: str = "") -> None:
        self._host = host
        self._token = token or secrets.token_urlsafe(32)
        self._pass = secrets.token_urlsafe(32)
        self._once: set[str] = set()
        self.cookie = f"labgate-{port}"
        self.root = place.root(host, port)

    @property
    def url(self) -> str:
        """The address that lets a person in, for as long as the server runs."""
        return f"{self.root}/?token={quote(self._token, safe='')}"

    def url_for_once(self) -> str:
        """An address that lets in once: for a browser's command line, which everybody on the machine can read."""
        code = secrets.token_urlsafe(32)
        self._once.add(code)
        return f"{self.root}/?token={code}"

    def furnish(self, app: web.Application) -> None:
        """Guard all that `app` serves."""
        app.middlewares.append(self._middleware())
        app.on_response_prepare.append(_add_headers)

    def _middleware(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            refusal = self.foreign(request)
            if (
                refusal is None
                and request.method == "GET"
                and request.path == "/"
                and "token" in request.query
            ):
                return self._exchange(request)
            if refusal is None and not _equal(request.cookies.get(self.cookie, ""), self._pass):
                refusal = Refusal.COOKIE
            return await handler(request) if refusal is None else _refused(refusal)

        return guard

    def foreign(self, request: web.Request) -> Refusal | None:
        """What shows that a request was made by somebody else's page, if anything does."""
        host = request.headers.get("Host")
        if not place.may_be_called(self._host, host):
            return Refusal.HOST
        origin = request.headers.get("Origin")
        asks_more = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
        if (asks_more or origin is not None) and not place.same_origin(origin, host):
            return Refusal.ORIGIN
        return None

    def _exchange(self, request: web.Request) -> web.Response:
        """The token for a cookie, and off to the address without it."""
        given = request.query.get("token", "")
        once = next((code for code in self._once if _equal(code, given)), None)
        if once is None and not _equal(given, self._token):
            return _refused(Refusal.TOKEN)
        if once is not None:
            self._once.discard(once)
        response = web.Response(status=303, headers={"Location": "/"})
        if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            # A link on another site was followed: a redirect would still be that site's request and come
            # without the cookie. A page of ours that goes on by itself makes the next one ours.
            response = web.Response(text=pages.onward(), content_type="text/html")
        response.set_cookie(self.cookie, self._pass, path="/", httponly=True, samesite="Strict")
        return response


def _equal(given: str, wanted: str) -> bool:
    """Compared in a time that tells nothing."""
    return secrets.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def _refused(refusal: Refusal) -> web.Response:
    return web.Response(status=403, text=pages.refused(refusal.value), content_type="text/html")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    host = request.headers.get("Host", "")
    sound = host if host and all(each.isalnum() or each in ".-:[]_" for each in host) else "localhost"
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = _POLICY.format(host=sound)
    response.headers.pop("Server", None)
