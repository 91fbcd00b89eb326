"""wget as BusyBox has it."""

from __future__ import annotations

import asyncio

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Destination
from runner.practice.containers.network_programs.telnet_command import REASONS
from runner.practice.containers.network_programs.tls_trust import (
    NotTrusted,
    WrongHost,
    check,
    trusted_files,
)
from runner.practice.containers.network_programs.web_client import (
    NotHttp,
    TookTooLong,
    Url,
    WrongTls,
    addresses,
    answer,
    connect,
    parse_url,
    reason,
    response_head,
)
from runner.practice.containers.network_programs.wget_request import (
    MOST_REDIRECTS,
    Wanted,
    WgetError,
    redirected,
    save,
    within,
)

DEFAULT_LIMIT = 900.0
BAR = "*" * 32


async def fetch(call: Invocation, wanted: Wanted, text: str) -> None:
    """One URL. Raises WgetError."""
    name = ""
    for _ in range(MOST_REDIRECTS):
        url = _url(text)
        name = name or wanted.output(url)
        request = wanted.request(url, "Wget")
        limit = wanted.limit("timeout") or DEFAULT_LIMIT
        try:
            async with asyncio.timeout(limit):
                address = (await addresses(call.container, url.host))[0]
                if not wanted.quiet:
                    await call.error(f"Connecting to {_host(url)} ({address}:{url.port})\n")
                found = await connect(call.container, address, url.port)
            if url.scheme == "https" and found.listener.tls:
                await _check_certificate(call, wanted, url, found)
            response = await within(limit, answer(call.container, found, request, url.scheme))
        except (TimeoutError, TookTooLong):
            raise WgetError(1, "wget: download timed out\n") from None
        except ConnectError as error:
            raise WgetError(
                1, _words(error, url, address if error.failure != "unknown host" else "")
            ) from None
        except (WrongTls, NotHttp) as error:
            words = (
                "error getting response"
                if isinstance(error, NotHttp)
                else "TLS error from peer (alert code 80): internal error"
            )
            raise WgetError(1, f"wget: {words}\n") from None
        if wanted.on("server-response"):
            await call.error("".join(f"  {line}\n" for line in response_head(response).splitlines() if line))
        if not (further := redirected(url, response)):
            break
        text = further
    else:
        raise WgetError(1, "wget: too many redirections\n")
    if response.status >= 400 or response.status < 200:
        raise WgetError(
            1,
            f"wget: server returned error: HTTP/1.1 {response.status} {response.reason or reason(response.status)}\n",
        )
    if wanted.on("spider"):
        if not wanted.quiet:
            await call.error("remote file exists\n")
        return
    await _save(call, wanted, name, response.body)


async def _check_certificate(call: Invocation, wanted: Wanted, url: Url, found: Destination) -> None:
    """BusyBox has no verification of its own, and says so; alpine's has a program for TLS that verifies. Raises WgetError."""
    if wanted.on("no-check-certificate"):
        return
    if "ID=alpine" not in call.container.image.os_release:
        await call.error("wget: note: TLS certificate validation not implemented\n")
        return
    try:
        check(found.listener, url.host, trusted_files(wanted.files))
    except NotTrusted as error:
        why = f"certificate verification failed: {error}"
    except WrongHost:
        why = f"name `{url.host}' not present in server certificate"
    else:
        return
    raise WgetError(
        1, f"ssl_client: {url.host}: {why}\nwget: error getting response: Connection reset by peer\n"
    )


async def _save(call: Invocation, wanted: Wanted, name: str, body: bytes) -> None:
    explicit = wanted.on("output-document")
    if not explicit and wanted.files.exists(name):
        raise WgetError(1, f"wget: can't open '{name}': File exists\n")
    to_output = name == "-"
    if not wanted.quiet:
        await call.error("writing to stdout\n" if to_output else f"saving to '{name}'\n")
    try:
        await save(call, wanted, name, body)
    except OSError as error:
        raise WgetError(1, f"wget: can't open '{name}': {error.strerror}\n") from None
    if not wanted.quiet:
        shown = name.rpartition("/")[2]
        await call.error(f"\r{shown[:20]:<20} 100% |{BAR}| {len(body):5}  0:00:00 ETA\n")
        await call.error("written to stdout\n" if to_output else f"'{name}' saved\n")


def _url(text: str) -> Url:
    scheme = text.partition("://")[0] if "://" in text else "http"
    if scheme not in ("http", "https"):
        raise WgetError(1, f"wget: not an http or ftp url: {text}\n")
    try:
        return parse_url(text)
    except ValueError:
        raise WgetError(1, f"wget: bad address '{text.partition('://')[2] or text}'\n") from None


def _host(url: Url) -> str:
    """As it is written in the address."""
    written = url.text.partition("://")[2].partition("/")[0].partition("?")[0]
    return written.rpartition("@")[2]


def _words(error: ConnectError, url: Url, address: str) -> str:
    if error.failure == "unknown host":
        return f"wget: bad address '{_host(url)}'\n"
    if error.failure == "reset":
        return "wget: error getting response: Connection reset by peer\n"
    return f"wget: can't connect to remote host ({address}): {REASONS[error.failure]}\n"
