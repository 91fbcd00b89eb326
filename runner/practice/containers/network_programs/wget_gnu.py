"""wget as GNU has it."""

from __future__ import annotations

import asyncio
import time

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Destination, Response
from runner.practice.containers.network_programs.telnet_command import REASONS
from runner.practice.containers.network_programs.tls_trust import (
    SELF_SIGNED,
    NotTrusted,
    WrongHost,
    check,
    describe,
    trusted_files,
)
from runner.practice.containers.network_programs.web_client import (
    NotHttp,
    TookTooLong,
    UnknownHost,
    Url,
    WrongTls,
    addresses,
    answer,
    connect,
    is_address,
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

NETWORK_FAILURE, TLS_FAILURE, SERVER_ERROR = 4, 5, 8
AGENT = "Wget/1.21.3"
TRIES = 20


class _AgainLater(Exception):
    """A try that timed out: wget tries again."""


async def fetch(call: Invocation, wanted: Wanted, text: str) -> None:
    """One URL, with wget's tries. Raises WgetError."""
    tries = int(wanted.values.get("tries", TRIES)) or 1_000_000
    for number in range(1, tries + 1):
        try:
            await _try(call, wanted, text, number)
        except _AgainLater:
            if number == tries:
                raise WgetError(NETWORK_FAILURE, "Giving up.\n\n" if not wanted.quiet else "") from None
            await _say(call, wanted, "Retrying.\n\n")
            await asyncio.sleep(min(number, 10))
        else:
            return


async def _try(call: Invocation, wanted: Wanted, text: str, number: int) -> None:
    name = ""
    given = wanted.values.get("max-redirect", "")
    most = int(given) if given.isdigit() else MOST_REDIRECTS
    for _ in range(most + 1):
        url = _url(text)
        name = name or wanted.output(url)
        if wanted.on("spider") and number == 1:
            await _say(call, wanted, "Spider mode enabled. Check if remote file exists.\n")
        mark = f"(try:{number:2})  " if number > 1 else ""
        await _say(call, wanted, f"--{_now()}--  {mark}{url.text}\n")
        response, seconds = await _answer(call, wanted, url)
        if wanted.on("server-response"):
            await call.error("".join(f"  {line}\n" for line in response_head(response).splitlines() if line))
        if not (further := redirected(url, response)):
            break
        await _say(call, wanted, f"Location: {response.header('Location')} [following]\n")
        text = further
    else:
        raise WgetError(SERVER_ERROR, f"{most} redirections exceeded.\n")
    if response.status >= 400:
        await _failed(wanted, response)
    length = len(response.body) if not wanted.on("spider") else int(response.header("Content-Length", "0"))
    kind = response.header("Content-Type").partition(";")[0]
    await _say(call, wanted, f"Length: {length}{_rounded(length)}" + (f" [{kind}]\n" if kind else "\n"))
    if wanted.on("spider"):
        await _say(call, wanted, "Remote file exists.\n\n")
        return
    await _save(call, wanted, name, response.body, seconds, url.text)


async def _answer(call: Invocation, wanted: Wanted, url: Url) -> tuple[Response, float]:
    """And the seconds that it took to come. Raises WgetError, _AgainLater."""
    limit = wanted.limit("timeout", "connect-timeout", "dns-timeout")
    try:
        async with asyncio.timeout(limit):
            found = [url.host]
            if not is_address(url.host):
                await _say(call, wanted, f"Resolving {url.host} ({url.host})... ")
                found = await addresses(call.container, url.host)
                await _say(call, wanted, ", ".join(found) + "\n")
            where = (
                f"{url.host}:{url.port}"
                if is_address(url.host)
                else f"{url.host} ({url.host})|{found[0]}|:{url.port}"
            )
            await _say(call, wanted, f"Connecting to {where}... ")
            destination = await connect(call.container, found[0], url.port)
            await _say(call, wanted, "connected.\n")
    except TimeoutError:
        await _say(call, wanted, "failed: Connection timed out.\n")
        raise _AgainLater from None
    except ConnectError as error:
        raise await _refused(call, wanted, url, error) from None
    _check_certificate(wanted, url, destination)
    began = time.monotonic()
    try:
        if url.scheme == "http":
            await _say(call, wanted, "HTTP request sent, awaiting response... ")
        request = wanted.request(url, AGENT)
        response = await within(
            wanted.limit("timeout", "read-timeout"), answer(call.container, destination, request, url.scheme)
        )
    except TookTooLong:
        await _say(call, wanted, "Read error (Connection timed out) in headers.\n")
        raise _AgainLater from None
    except WrongTls:
        words = "OpenSSL: error:0A00010B:SSL routines::wrong version number\nUnable to establish SSL connection.\n"
        raise WgetError(NETWORK_FAILURE, words if not wanted.quiet else "") from None
    except ConnectError:
        await _say(call, wanted, "No data received.\n")
        raise _AgainLater from None
    except NotHttp as error:
        response = Response(200, (), error.received, "No headers, assuming HTTP/0.9")
    seconds = time.monotonic() - began
    await _say(call, wanted, f"{response.status} {response.reason or reason(response.status)}\n")
    return response, seconds


def _check_certificate(wanted: Wanted, url: Url, found: Destination) -> None:
    """Raises WgetError."""
    if url.scheme != "https" or not found.listener.tls or wanted.on("no-check-certificate"):
        return
    issuer = next(
        (line.removeprefix("issuer: ") for line in describe(found.listener) if line.startswith("issuer")), ""
    )
    try:
        names = (wanted.values.get("ca-certificate", ""), wanted.values.get("ca-directory", ""))
        check(found.listener, url.host, trusted_files(wanted.files, *names))
    except (NotTrusted, OSError) as error:
        self_signed = isinstance(error, NotTrusted) and error.number == SELF_SIGNED
        why = (
            "Self-signed certificate encountered."
            if self_signed
            else "Unable to locally verify the issuer's authority."
        )
        by = f", issued by '{issuer}'" if issuer else ""
        words = f"ERROR: cannot verify {url.host}'s certificate{by}:\n  {why}\n"
    except WrongHost:
        words = (
            f"ERROR: no certificate subject alternative name matches\n\trequested host name '{url.host}'.\n"
        )
    else:
        return
    insecurely = f"To connect to {url.host} insecurely, use `--no-check-certificate'.\n"
    raise WgetError(TLS_FAILURE, words + insecurely)


async def _refused(call: Invocation, wanted: Wanted, url: Url, error: ConnectError) -> Exception:
    if isinstance(error, UnknownHost):
        words = "" if wanted.quiet else f"failed: {error.words}.\n"
        return WgetError(NETWORK_FAILURE, f"{words}wget: unable to resolve host address '{url.host}'\n")
    await _say(call, wanted, f"failed: {REASONS[error.failure]}.\n")
    if error.failure == "timed out":
        return _AgainLater()
    return WgetError(NETWORK_FAILURE, "")


async def _failed(wanted: Wanted, response: Response) -> None:
    if wanted.on("spider"):
        words = "Remote file does not exist -- broken link!!!\n\n"
    else:
        words = f"{_now()} ERROR {response.status}: {response.reason or reason(response.status)}.\n\n"
    raise WgetError(SERVER_ERROR, "" if wanted.quiet else words)


async def _save(call: Invocation, wanted: Wanted, name: str, body: bytes, seconds: float, url: str) -> None:
    explicit, free = wanted.on("output-document"), name
    copies = 0
    while not explicit and wanted.files.exists(free):
        copies += 1
        free = f"{name}.{copies}"
    await _say(call, wanted, f"Saving to: '{'STDOUT' if free == '-' else free}'\n\n")
    try:
        await save(call, wanted, free, body)
    except OSError as error:
        raise WgetError(
            3, f"{free}: {error.strerror}\n\nCannot write to '{free}' ({error.strerror}).\n"
        ) from None
    shown, rate = "-" if free == "-" else free, _rate(len(body), seconds)
    await _say(call, wanted, _dots(len(body), rate, seconds) + "\n")
    if wanted.on("no-verbose") and not wanted.quiet:
        await call.error(f'{_now()} URL:{url} [{len(body)}/{len(body)}] -> "{shown}" [1]\n')
    done = "written to stdout" if free == "-" else f"'{shown}' saved"
    await _say(call, wanted, f"{_now()} ({rate}) - {done} [{len(body)}/{len(body)}]\n\n")


def _rate(size: int, seconds: float) -> str:
    """As in 1.25 MB/s: three figures, in units of 1024."""
    speed, unit = size / max(seconds, 1e-6), ""
    for unit in ("B", "KB", "MB", "GB"):  # noqa: B007
        if speed < 1024:
            break
        speed /= 1024
    return f"{speed:.{0 if speed >= 99.95 else 1 if speed >= 9.995 else 2}f} {unit}/s"


def _dots(size: int, rate: str, seconds: float) -> str:
    """A dot for each KiB, in tens, fifty in a line."""
    number, unit = rate.removesuffix("/s").split()
    taken = (
        f"{seconds:.0f}s" if seconds >= 9.995 else f"{seconds:.1f}s" if seconds >= 0.1 else f"{seconds:.3f}s"
    )
    lines = []
    total = max(-(-size // 1024), 0)
    for start in range(0, max(total, 1), 50):
        count = min(total - start, 50)
        tens = " ".join(("." * max(min(count - ten, 10), 0)).ljust(10) for ten in range(0, 50, 10))
        share = min((start + count) * 1024 * 100 // size, 100) if size else 100
        ending = f"{number}{unit.removesuffix('B')}"
        ending += f"={'0s' if seconds < 0.001 else taken}" if start + 50 >= total else " 0s"
        lines.append(f"{start:6}K {tens} {share:3}% {ending}\n")
    return "".join(lines)


async def _say(call: Invocation, wanted: Wanted, text: str) -> None:
    if not wanted.quiet and not wanted.on("no-verbose"):
        await call.error(text)


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


def _rounded(length: int) -> str:
    return f" ({length / 1024:.1f}K)" if length >= 1024 else ""


def _url(text: str) -> Url:
    scheme = text.partition("://")[0] if "://" in text else "http"
    if scheme not in ("http", "https"):
        raise WgetError(1, f"{text}: Unsupported scheme '{scheme}'.\n")
    try:
        return parse_url(text)
    except ValueError:
        raise WgetError(1, f"{text}: Invalid host name.\n") from None
