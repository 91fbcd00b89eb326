"""One stand-in page of a lab (`practice/pages/pages.yaml`, read by `network/pages.py`), as outside and pods get it."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checks.path_state import beginning
from runner.practice.containers.cluster_view import ServicePort, ServiceView
from runner.practice.containers.network_messages import Listener, Request, Response

log = logging.getLogger(__name__)

Answer = tuple[int, dict[str, str], bytes]
"""HTTP status, headers, body."""

MOST_OF_A_PAGE = 8 * 1024 * 1024
MARK = {"X-Labgate-Practice": "stand-in"}


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of pages.yaml."""

    service: str
    namespace: str = ""
    port: str = ""
    path: str = "/"
    status: int = 200
    file: Path | None = None
    content_type: str = ""
    redirect: str = ""

    def answers_for(self, service: Mapping[str, Any], ports: tuple[str, ...]) -> bool:
        """Whether it is one for that port of a Service, given by its metadata."""
        return (
            self.service == service["name"]
            and self.namespace in ("", service["namespace"])
            and (not self.port or self.port in ports)
        )

    def fits(self, service: Mapping[str, Any], ports: tuple[str, ...], path: str) -> bool:
        below = self.path.rstrip("/")
        fits = path in (self.path, below) or path.startswith(f"{below}/")
        return fits and self.answers_for(service, ports)


def as_plain(page: Page) -> dict[str, Any]:
    """As it crosses between processes."""
    return {**asdict(page), "file": str(page.file) if page.file else ""}


def from_plain(plain: Mapping[str, Any]) -> Page:
    return Page(**{**plain, "file": Path(plain["file"]) if plain["file"] else None})


def best(pages: Sequence[Page], service: Mapping[str, Any], ports: tuple[str, ...], path: str) -> Page | None:
    """Of those that fit the one with the longest path; one that names its port first."""
    fitting = [page for page in pages if page.fits(service, ports, path)]
    return max(fitting, key=lambda page: (len(page.path.rstrip("/")), bool(page.port)), default=None)


def page_listener(pages: Sequence[Page], service: ServiceView, port: ServicePort) -> Listener | None:
    """What answers on a port of a Service that a lab has pages for, whatever runs behind it; None for others."""
    meta = {"name": service.name, "namespace": service.namespace}
    ports = (str(port.port), *((port.name,) if port.name else ()))
    own = [page for page in pages if page.answers_for(meta, ports)]
    if not own:
        return None

    async def answer(request: Request) -> Response:
        page = best(own, meta, ports, request.path)
        if page is None:
            return Response(
                404, [("Content-Type", "text/plain; charset=utf-8"), *MARK.items()], b"no such page\n"
            )
        status, headers, body = content(page, request.query)
        return Response(status, [*headers.items()], body)

    return Listener(http=answer, program="stand-in")


def content(page: Page, query: str) -> Answer:
    """Status, headers and body of a page."""
    if page.redirect:
        to = page.redirect + (f"?{query}" if query and "?" not in page.redirect else "")
        return page.status, {"Location": to, **MARK}, b""
    body = b""
    guessed = "text/html; charset=utf-8"
    if page.file:
        try:
            body = beginning(page.file, MOST_OF_A_PAGE)
        except OSError as error:
            log.warning("page %s: %s", page.file, error)
            return 500, {"Content-Type": "text/plain; charset=utf-8", **MARK}, str(error).encode()
        guessed = mimetypes.guess_type(page.file.name)[0] or "application/octet-stream"
        guessed += "; charset=utf-8" if guessed.startswith("text/") else ""
    return page.status, {"Content-Type": page.content_type or guessed, **MARK}, body
