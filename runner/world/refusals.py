"""What can go wrong in talking to an API server, as CannotRead with a reason and words."""

from __future__ import annotations

import ssl

from checks.base import CannotRead
from runner.words import Phrase, phrase
from runner.world.access import Access
from runner.world.bodies import clean

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


def refused(code: int, said: str, access: Access, retry_after: float = 0.0) -> ApiError:
    """An error of the API server as CannotRead, by its HTTP status."""
    if code == 401:
        message = phrase(
            "The API server does not accept the credentials of context {context}. Sign in again: {server}",
            context=access.context,
            server=access.server,
        )
        return ApiError("unauthorized", message, code)
    if code == 403:
        return ApiError(
            "forbidden", phrase("The API server does not allow it: {message}", message=said), code
        )
    message = phrase(
        "The API server answered with an error: {code} {message} ({server})",
        code=code,
        message=said,
        server=access.server,
    )
    return ApiError("server", message, code, min(retry_after, PATIENCE))


def not_an_api_server(access: Access) -> Phrase:
    """For answers that none gives: a login page, a proxy's."""
    return phrase("What answers is not an API server: {server}", server=access.server)


def leads_elsewhere(access: Access, where: str) -> Phrase:
    """For redirects from an API server to somebody else: who we are is not told there."""
    return phrase(
        "What answers at {server} leads elsewhere, where it was not followed: {url}",
        server=access.server,
        url=where[:200],
    )


def in_short(error: BaseException) -> str:
    """What an error says in one line; those about bad HTTP quote all of it."""
    lines = clean(str(error)).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def bare(error: CannotRead) -> CannotRead:
    """To be kept for later: without what it came of, which holds on to all that was being read."""
    error.__cause__ = error.__context__ = None
    error.__suppress_context__ = True
    return error.with_traceback(None)


class in_words:  # noqa: N801 - reads as the with statement that it is for
    """Turns what aiohttp, the network and JSON raise into CannotRead."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        import aiohttp

        server = self._access.server
        if isinstance(error, TimeoutError):
            message = phrase("The API server does not answer in time: {server}", server=server)
            raise CannotRead("timeout", message) from error
        if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
            message = phrase(
                "The API server's certificate is not accepted: {server}: {reason}",
                server=server,
                reason=in_short(error),
            )
            raise CannotRead("unreachable", message) from error
        if isinstance(error, aiohttp.ClientError | OSError):
            message = phrase(
                "The API server can't be reached: {server}. Check that the cluster is running, and the network: {reason}",
                server=server,
                reason=in_short(error),
            )
            raise CannotRead("unreachable", message) from error
        if isinstance(error, ValueError):  # JSON cut short, or a login page of some proxy
            raise CannotRead("server", not_an_api_server(self._access)) from error
