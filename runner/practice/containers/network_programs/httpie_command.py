"""http and https (HTTPie): requests by items; headers and formatted JSON on a terminal, the bare body elsewhere."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urlencode, urljoin

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.media_types import media_type
from runner.practice.containers.network_messages import ConnectError, Destination, Request
from runner.practice.containers.network_programs import httpie_output
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.httpie_items import ItemError, Items
from runner.practice.containers.network_programs.program_input import all_input, is_given
from runner.practice.containers.network_programs.tls_trust import (
    NotTrusted,
    WrongHost,
    check,
    trusted_files,
)
from runner.practice.containers.network_programs.web_client import (
    Call,
    Exchange,
    NotHttp,
    TookTooLong,
    UnknownHost,
    Url,
    WrongTls,
    exchange,
    parse_url,
)

VERSION = "2.6.0"
OPTIONS = Options(
    "j/json f/form multipart raw= pretty= s/style= unsorted sorted format-options= p/print= h/headers b/body v/verbose all "
    "S/stream o/output= d/download c/continue q/quiet session= session-read-only= a/auth= A/auth-type= ignore-netrc offline "
    "proxy= F/follow max-redirects= timeout= check-status path-as-is chunked verify= ssl= ciphers= cert= cert-key= "
    "I/ignore-stdin help version traceback default-scheme= debug compress x P/history-print= boundary="
)
USAGE = "usage: http [--json] [--form] [--print WHAT] [--headers] [--body] [METHOD] URL [REQUEST_ITEM [REQUEST_ITEM ...]]\n"
MIXED = (
    "Request body (from stdin, --raw or a file) and request data (key=value) cannot be mixed. Pass --ignore-stdin to let "
    "key/value take priority. See https://httpie.io/docs#scripting for details."
)
MOST_REDIRECTS = 30
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9.+-]*://")


class UsageError(Exception):
    """Arguments that make no request."""


@dataclass(slots=True)
class Wanted:
    """The options of one call, and the request that its arguments mean."""

    values: dict[str, str]
    request: Request
    url: Url
    terminal: bool

    @property
    def printed(self) -> str:
        """Letters of what is printed: H and B of the request, h and b of the answer."""
        for name, letters in (("headers", "h"), ("body", "b"), ("verbose", "HBhb")):
            if name in self.values:
                return letters
        return self.values.get("print", "hb" if self.terminal else "b")

    @property
    def pretty(self) -> str:
        return self.values.get("pretty", "all" if self.terminal else "none")


async def http(call: Invocation) -> int:
    program = call.argv[0].rpartition("/")[2]
    try:
        given, operands = OPTIONS.parse(call.argv[1:])
        if {"version", "help"} & dict(given).keys():
            await call.out(f"{VERSION}\n" if "version" in dict(given) else USAGE)
            return 0
        wanted = await _wanted(call, dict(given), operands, "https" if program == "https" else "http")
    except (OptionError, UsageError) as error:
        words = f"unrecognized arguments: {error}" if isinstance(error, OptionError) else str(error)
        await call.error(f"{USAGE}{program}: error: {words}\n")
        return 1
    files = ContainerFiles(call.container, call.cwd)
    if "offline" in wanted.values:
        wanted.values.setdefault("print", "HB")
        await call.stdout(_shown(wanted, Exchange(wanted.request)))
        return 0
    redirects = 0
    while True:
        made = Exchange(wanted.request)
        limit = float(wanted.values.get("timeout", "0")) or None
        try:
            trusts = partial(_verify, files, wanted)
            await exchange(
                call.container, wanted.url, wanted.request, Call(limit=limit, connected=trusts), made
            )
        except TookTooLong:
            await call.error(f"\n{program}: error: Request timed out ({limit:g}s).\n\n\n")
            return 2
        except (ConnectError, WrongTls, NotHttp, NotTrusted, WrongHost, OSError) as error:
            await call.error(f"\n{program}: error: {_words(error, wanted)}\n\n\n")
            return 1
        location = made.response.header("Location")
        if "follow" not in wanted.values or not location or made.response.status // 100 != 3:
            break
        redirects += 1
        if redirects > int(wanted.values.get("max-redirects", MOST_REDIRECTS)):
            await call.error(
                f"\n{program}: error: Too many redirects (--max-redirects={redirects - 1}).\n\n\n"
            )
            return 6
        wanted.url = parse_url(urljoin(wanted.url.text, location))
        wanted.request.target = wanted.url.target
        wanted.request.headers = [
            (k, wanted.url.authority if k == "Host" else v) for k, v in wanted.request.headers
        ]
    shown = _shown(wanted, made)
    if "download" in wanted.values:
        saved = wanted.values.get("output") or _download_name(wanted.url)
        files.write(saved, made.response.body)
        await call.error(_downloaded(made, saved))
    elif name := wanted.values.get("output"):
        files.write(name, shown)
    elif "quiet" not in wanted.values:
        await call.stdout(shown)
    return _exit_code(made.response.status) if "check-status" in wanted.values else 0


def _download_name(url: Url) -> str:
    return url.target.partition("?")[0].rpartition("/")[2] or "index"


def _downloaded(made: Exchange, name: str) -> str:
    """What --download says at its end."""
    head = httpie_output.head(
        f"HTTP/1.1 {made.response.status} {made.response.reason}",
        made.response.headers,
        formatted=False,
        coloured=False,
    )
    size = f"{len(made.response.body) / 1000:.1f} kB"
    seconds = max(made.answered - made.connected, 1e-5)
    rate = f"{len(made.response.body) / 1000 / seconds:.1f} kB/s"
    return f'{head}Downloading {size} to "{name}"\nDone. {size} in {seconds:.5f}s ({rate})\n'


def _verify(files: ContainerFiles, wanted: Wanted, _address: str, found: Destination) -> None:
    """--verify=no, or the file of an authority. Raises NotTrusted, WrongHost, OSError."""
    verify = wanted.values.get("verify", "yes")
    if wanted.url.scheme == "https" and found.listener.tls and verify.lower() not in ("no", "false"):
        named = "" if verify.lower() in ("yes", "true") else verify
        if named and not files.exists(named):
            raise OSError(f"Could not find a suitable TLS CA certificate bundle, invalid path: {named}")
        check(found.listener, wanted.url.host, trusted_files(files, named))


def _exit_code(status: int) -> int:
    return status // 100 if status >= 300 else 0


async def _wanted(call: Invocation, values: dict[str, str], operands: list[str], scheme: str) -> Wanted:
    """Raises UsageError."""
    if not operands:
        raise UsageError("the following arguments are required: URL")
    method = ""
    if len(operands) > 1 and re.fullmatch(r"[a-zA-Z]+", operands[0]):
        method = operands.pop(0).upper()
    url_text, *texts = operands
    files = ContainerFiles(call.container, call.cwd)
    items = Items()
    for text in texts:
        try:
            items.add(text, files.read)
        except ItemError as error:
            raise UsageError(f"argument REQUEST_ITEM: {error}") from None
        except OSError as error:
            raise UsageError(
                f'argument REQUEST_ITEM: "{text}": [Errno {error.errno}] {error.strerror}: {error.filename!r}'
            ) from None
    body = await _input(call, values)
    has_input = "raw" in values or ("ignore-stdin" not in values and is_given(call))
    if has_input and (items.data or items.files):
        raise UsageError(MIXED)
    url = _url(url_text, values.get("default-scheme", scheme), items.query)
    body, kind = _body(values, items, body)
    method = method or ("POST" if body or has_input else "GET")
    return Wanted(
        values,
        Request(method, url.target, _headers(values, items, url, body, kind), body),
        url,
        call.terminal is not None,
    )


async def _input(call: Invocation, values: dict[str, str]) -> bytes:
    if "raw" in values:
        return values["raw"].encode()
    return b"" if "ignore-stdin" in values else await all_input(call, typed=False)


def _url(text: str, scheme: str, query: list[tuple[str, str]]) -> Url:
    """`:8080/x` is localhost's. Raises UsageError."""
    if found := re.match(r"^:(\d*)(/?.*)$", text):
        text = f"localhost{':' + found[1] if found[1] else ''}{found[2]}"
    if not _SCHEME.match(text):
        text = f"{scheme}://{text}"
    try:
        url = parse_url(text)
    except ValueError:
        raise UsageError(f"InvalidURL: Invalid URL {text!r}") from None
    if query:
        url = parse_url(url.text + ("&" if "?" in url.text else "?") + urlencode(query, quote_via=quote))
    return url


def _body(values: dict[str, str], items: Items, given: bytes) -> tuple[bytes, str]:
    """(the body, its Content-Type)."""
    if len(items.files) == 1 and not items.files[0][0]:  # @FILE is the whole body
        return items.files[0][2], media_type(items.files[0][1], "application/octet-stream")
    if items.files or "multipart" in values:
        mark = "d41d8cd98f00b204e9800998ecf8427e"
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
            for name, value in items.data.items()
        ]
        parts += [
            f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode() + content
            for name, file, content in items.files
        ]
        joined = b"".join(b"--" + mark.encode() + b"\r\n" + part + b"\r\n" for part in parts)
        return joined + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
    if "form" in values and items.data:
        return urlencode(items.data).encode(), "application/x-www-form-urlencoded; charset=utf-8"
    if items.data:
        return json.dumps(items.data).encode(), "application/json"
    return given, "application/json"


def _headers(values: dict[str, str], items: Items, url: Url, body: bytes, kind: str) -> list[tuple[str, str]]:
    takes_json = "json" in values or (body and "form" not in values and not items.files)
    made = [
        ("Host", url.authority),
        ("User-Agent", f"HTTPie/{VERSION}"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Accept", "application/json, */*;q=0.5" if takes_json else "*/*"),
        ("Connection", "keep-alive"),
    ]
    if user := values.get("auth", f"{url.user}:{url.password}" if url.user else ""):
        bearer = values.get("auth-type") == "bearer"
        made.append(
            (
                "Authorization",
                f"Bearer {user}" if bearer else "Basic " + base64.b64encode(user.encode()).decode(),
            )
        )
    if body:
        made += [("Content-Type", kind), ("Content-Length", str(len(body)))]
    own = {name.lower() for name, _ in items.headers}
    return [pair for pair in made if pair[0].lower() not in own] + items.headers


def _shown(wanted: Wanted, made: Exchange) -> bytes:
    pretty, printed, terminal = wanted.pretty, wanted.printed, wanted.terminal
    formatted, coloured = pretty in ("all", "format"), pretty in ("all", "colors")
    request, response = made.request, made.response
    shown = b""
    if "H" in printed:
        first = f"{request.method} {request.target} HTTP/1.1"
        shown += httpie_output.head(first, request.headers, formatted=formatted, coloured=coloured).encode()
    if "B" in printed and request.body:
        shown += httpie_output.body(
            request.body, request.headers, formatted=formatted, coloured=coloured, terminal=terminal
        ) + b"\n\n\n"  # fmt: skip
    if "h" in printed:
        first = f"HTTP/1.1 {response.status} {response.reason}"
        shown += httpie_output.head(first, response.headers, formatted=formatted, coloured=coloured).encode()
    if "b" in printed:
        shown += httpie_output.body(
            response.body, response.headers, formatted=formatted, coloured=coloured, terminal=terminal
        )
        shown += b"\n\n" if terminal else b""
    return shown


def _words(error: Exception, wanted: Wanted) -> str:
    url, method = wanted.url, wanted.request.method
    doing = f"while doing a {method} request to URL: {url.text}"
    if isinstance(error, WrongTls):
        pool = f"HTTPSConnectionPool(host='{url.host}', port={url.port}): Max retries exceeded with url: {url.target}"
        return f"SSLError: {pool} (Caused by SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number'))) {doing}"
    if isinstance(error, (NotTrusted, WrongHost)):
        what = (
            str(error)
            if isinstance(error, NotTrusted)
            else f"Hostname mismatch, certificate is not valid for '{url.host}'."
        )
        pool = f"HTTPSConnectionPool(host='{url.host}', port={url.port}): Max retries exceeded with url: {url.target}"
        return (
            f"SSLError: {pool} (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
            f"verify failed: {what} (_ssl.c:1006)'))) {doing}"
        )
    if isinstance(error, OSError):
        return f"OSError: {error}"
    if isinstance(error, UnknownHost):
        number = -2 if error.words.startswith("Name") else -3
        return _not_connected(wanted, f"[Errno {number}] {error.words}", doing)
    failure = error.failure if isinstance(error, ConnectError) else "reset"
    if failure == "reset":
        why = "RemoteDisconnected('Remote end closed connection without response')"
        return f"ConnectionError: ('Connection aborted.', {why}) {doing}"
    why = {
        "refused": "[Errno 111] Connection refused",
        "timed out": "[Errno 110] Connection timed out",
        "no route": "[Errno 113] No route to host",
    }[failure]
    return _not_connected(wanted, why, doing)


def _not_connected(wanted: Wanted, why: str, doing: str) -> str:
    url = wanted.url
    kind = "HTTPS" if url.scheme == "https" else "HTTP"
    return (
        f"ConnectionError: {kind}ConnectionPool(host='{url.host}', port={url.port}): Max retries exceeded with url: "
        f"{url.target} (Caused by NewConnectionError('<urllib3.connection.{kind}Connection object at 0x7f9c2d1b5e80>: "
        f"Failed to establish a new connection: {why}')) {doing}"
    )
