"""Errors of an API server as CannotRead with a reason and a message."""

from __future__ import annotations

import re
from collections.abc import Callable

from checks.base import CannotRead
from runner.words import Phrase, phrase
from runner.world.kubeconfig_access import Access

_PLAIN = re.compile(rb"HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)")
"""What Go's server and nginx answer to plain HTTP on a TLS port."""
PATIENCE = 60.0
"""Seconds that a server's Retry-After is followed for at most."""


class ApiError(CannotRead):
    """The API server answered, and not with what was asked for.

    `code` is the HTTP status, `retry_after` the seconds that it wants to be left alone (0: it did not say).
    """

    def __init__(self, reason: str, message: Phrase, code: int, retry_after: float = 0.0) -> None:
        super().__init__(reason, message)
        self.code = code
        self.retry_after = retry_after


def refused(
    code: int, text: str, access: Access, retry_after: float = 0.0, why: Phrase | None = None
) -> ApiError:
    """An error of the API server as CannotRead, by its HTTP status. `why`: what is known of credentials it refused."""
    if code == 401 and why is not None:
        message = phrase(
            "The API server does not accept the credentials of context {context}: {why}. Sign in again, "
            "or get a new kubeconfig: {server}",
            context=access.context,
            why=why,
            server=access.server,
        )
        return ApiError("unauthorized", message, code)
    if code == 401:
        message = phrase(
            "The API server does not accept the credentials of context {context}. Sign in again: {server}",
            context=access.context,
            server=access.server,
        )
        return ApiError("unauthorized", message, code)
    if code == 403:
        return ApiError(
            "forbidden", phrase("The API server does not allow it: {message}", message=text), code
        )
    message = phrase(
        "The API server returned an error: {code} {message} ({server})",
        code=code,
        message=text,
        server=access.server,
    )
    return ApiError("server", message, code, min(retry_after, PATIENCE))


def not_an_api_server(access: Access, content: bytes = b"") -> Phrase:
    """For answers that are not an API server's: a login page, a proxy's page."""
    if _PLAIN.search(content):
        return phrase(
            "{server} requires TLS: use https:// instead of http:// in the kubeconfig's server.",
            server=access.server,
        )
    if content.lstrip()[:1] == b"<":
        return phrase(
            "A web page responds instead of an API server: {server}. Sign in to the network in a "
            "browser (hotel, campus), turn on the VPN, and check the address.",
            server=access.server,
        )
    return phrase(
        "This is not an API server: {server}. Check the address and its port.",
        server=access.server,
    )


def leads_elsewhere(access: Access, where: str) -> Phrase:
    """For redirects from an API server to another host: our credentials are not sent there."""
    return phrase(
        "{server} redirects to another address, which was not followed: {url}",
        server=access.server,
        url=where[:200],
    )


def bare(error: CannotRead) -> CannotRead:
    """To be kept for later: without what it came of, which holds on to all that was being read."""
    error.__cause__ = error.__context__ = None
    error.__suppress_context__ = True
    return error.with_traceback(None)


class in_words:  # noqa: N801 - reads as the with statement that it is for
    """Turns what aiohttp, the network and JSON raise into CannotRead."""

    def __init__(self, access: Access, certificate: Callable[[], str] = lambda: "") -> None:
        """`certificate`: the client certificate (PEM) that we signed in with; it may be what was not accepted."""
        self._access, self._certificate = access, certificate

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if error is None or isinstance(error, CannotRead):
            return
        from runner.world.reasons import reason_of  # which imports aiohttp

        reason = reason_of(error, self._access, self._certificate())
        if reason is not None:
            raise reason from error
        if isinstance(error, ValueError):  # JSON cut short
            raise CannotRead("server", not_an_api_server(self._access)) from error
