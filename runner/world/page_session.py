"""The client with which pages and traffic are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.world.nearness import FarResolver, Nearness

if TYPE_CHECKING:
    import aiohttp

CONNECTING = 0.8
"""The part of the time for an answer that the connection may take: silence while connecting has a message of its own."""


def page_session(seconds: float, *, verify: bool, most: Nearness | None = None) -> aiohttp.ClientSession:
    """A client with a new connection for each request, and `seconds` for each answer. No cookies are kept, no passwords are
    sent. `most`: how near what is asked may be; None: anywhere."""
    import aiohttp

    resolver: Any = FarResolver(most) if most is not None else None
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, ssl=verify, force_close=True, limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=seconds * CONNECTING),
        headers={"User-Agent": "labgate"},
    )
