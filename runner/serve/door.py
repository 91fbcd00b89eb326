"""Who may come in. A page of this server is a shell on this machine.

The page itself is nobody's secret: the same script and style sheet for everybody. What opens the shell is a token, which
a page shows in its websocket's first message and nowhere else. docs/architecture.md tells why, under Security.
"""

from __future__ import annotations

import secrets
from enum import StrEnum
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from runner.serve import peer, place, web_pages

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
    """Why a request or a page is turned away."""

    HOST = "host"
    ORIGIN = "origin"
    USER = "user"
    TOKEN = "token"  # noqa: S105
    NOTHING = "nothing"


class Door:
    """Lets in who shows the token, or the pass that it was exchanged for.

    The pass is this very server's and no longer: a browser may keep it, for reloading and further tabs.
    """

    def __init__(self, host: str, port: int, token: str = "") -> None:
        self._host = host
        self._token = token or secrets.token_urlsafe(32)
        self._pass = secrets.token_urlsafe(32)
        self._once: set[str] = set()
        self.root = place.root(host, port)

    @property
    def url(self) -> str:
        """The address that lets a person in, for as long as the server runs. What follows the # is sent to no server."""
        return f"{self.root}/#token={quote(self._token, safe='')}"

    def url_for_once(self) -> str:
        """An address that lets in once: for a browser's command line, which everybody on the machine can read."""
        code = secrets.token_urlsafe(32)
        self._once.add(code)
        return f"{self.root}/#token={code}"

    def furnish(self, app: web.Application) -> None:
        """Guard all that `app` serves."""
        app.middlewares.append(self._middleware())
        app.on_response_prepare.append(_add_headers)

    def _middleware(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            refusal = self.foreign(request)
            return await handler(request) if refusal is None else _refused(refusal)

        return guard

    def foreign(self, request: web.Request) -> Refusal | None:
        """What shows that a request was made by somebody else's page or program, if anything does."""
        host = request.headers.get("Host")
        if not place.may_be_called(self._host, host):
            return Refusal.HOST
        origin = request.headers.get("Origin")
        asks_more = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
        if (asks_more or origin is not None) and not place.same_origin(origin, host):
            return Refusal.ORIGIN
        if request.transport is not None and peer.is_strangers(request.transport):
            return Refusal.USER
        return None

    def admit(self, shown: object) -> str | Refusal:
        """What a page showed first: gives its pass, or why it is not let in."""
        match shown:
            case ["enter", {"token": str(token), "pass": str(passed)}]:
                pass
            case _:
                return Refusal.NOTHING
        if token and (token in self._once or _equal(token, self._token)):
            self._once.discard(token)
            return self._pass
        if passed and _equal(passed, self._pass):
            return self._pass
        return Refusal.TOKEN if token else Refusal.NOTHING


def _equal(given: str, wanted: str) -> bool:
    """Compared in a time that tells nothing."""
    return secrets.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def _refused(refusal: Refusal) -> web.Response:
    return web.Response(status=403, text=web_pages.refused(refusal.value), content_type="text/html")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    host = request.headers.get("Host", "")
    sound = host if host and all(each.isalnum() or each in ".-:[]_" for each in host) else "localhost"
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = _POLICY.format(host=sound)
    response.headers.pop("Server", None)
