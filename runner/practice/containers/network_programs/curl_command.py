"""curl: requests to addresses, with its options, output, exit codes and words."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Awaitable, Sequence
from urllib.parse import urljoin

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Destination, Request, Response
from runner.practice.containers.network_programs import telnet_command
from runner.practice.containers.network_programs.command_options import OptionError
from runner.practice.containers.network_programs.curl_cookies import cookie_jar
from runner.practice.containers.network_programs.curl_errors import CONNECT_WORDS, curl_error
from runner.practice.containers.network_programs.curl_options import (
    OPTIONS,
    CurlError,
    Settings,
    globbed,
    settings,
)
from runner.practice.containers.network_programs.curl_output import (
    HELP,
    METER_HEAD,
    VERSION_TEXT,
    meter_line,
    warning,
    write_out,
)
from runner.practice.containers.network_programs.curl_places import (
    file_content,
    other_place,
    wanted_url,
)
from runner.practice.containers.network_programs.curl_tls import verified
from runner.practice.containers.network_programs.image_tools import curl_version
from runner.practice.containers.network_programs.program_input import all_input
from runner.practice.containers.network_programs.web_client import (
    Call,
    Exchange,
    TookTooLong,
    Url,
    exchange,
    request_head,
    response_head,
)

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""The answers after which --retry tries again."""
MOST_REDIRECTS = 50
TRY_HELP = "curl: try 'curl --help' or 'curl --manual' for more information\n"


async def curl(call: Invocation) -> int:
    """Gives the exit code of the last of the parts between --next."""
    code = 0
    for arguments in _parts(call.argv[1:]):
        code = await _part(call, arguments)
    return code


def _parts(arguments: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in arguments:
        if word in ("--next", "-:"):
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


async def _part(call: Invocation, arguments: Sequence[str]) -> int:
    try:
        given, operands = OPTIONS.parse(arguments)
    except OptionError as error:
        what = "is unknown" if error.unknown else "requires parameter"
        await call.error(f"curl: option {error.option}: {what}\n{TRY_HELP}")
        return 2
    return await _run(call, given, operands)


async def _run(call: Invocation, given: list[tuple[str, str]], operands: list[str]) -> int:
    names = {name for name, _ in given}
    if "help" in names or "version" in names:
        await call.out(HELP if "help" in names else VERSION_TEXT.replace("VERSION", curl_version(call)))
        return 0
    files = ContainerFiles(call.container, call.cwd)
    try:
        wanted = await settings(given, operands, files, lambda: all_input(call), curl_version(call))
        return await Transfers(call, wanted, files).run()
    except CurlError as error:
        await call.error(
            f"curl: {error.message}\n{TRY_HELP}"
            if error.code == 2
            else f"curl: ({error.code}) {error.message}\n"
        )
        return error.code


class Transfers:
    """One call of curl: its URLs in turn."""

    def __init__(self, call: Invocation, wanted: Settings, files: ContainerFiles) -> None:
        self._call, self._wanted, self._files = call, wanted, files
        self._quiet = wanted.on("silent")
        self._newer = not wanted.version.startswith("7.")
        """8 words some things otherwise."""
        self._meter_shown = False
        self._count = 0
        self._jar = cookie_jar(wanted, files)

    async def run(self) -> int:
        """Gives the exit code: that of the last transfer."""
        for text in self._wanted.warnings:
            await self._warn(text)
        if not self._wanted.urls:
            raise CurlError(2, "no URL specified")
        code = 0
        for number, text in enumerate(self._wanted.urls):
            outputs = self._wanted.outputs
            output = (
                outputs[number]
                if number < len(outputs)
                else "\0"
                if self._wanted.on("remote-name-all")
                else ""
            )
            for each in [text] if self._wanted.on("globoff") else globbed(text):
                code = await self._transfer(each, output)
                self._count += 1
            if code and self._wanted.on("fail-early"):
                break
        if self._jar is not None and (name := self._wanted.values.get("cookie-jar")):
            await self._write("" if name == "-" else name, self._jar.text.encode())
        return code

    async def _transfer(self, text: str, output: str) -> int:
        """One URL with its repetitions; prints everything; gives the exit code."""
        tries = int(self._wanted.number("retry") or 0)
        delay = self._wanted.number("retry-delay")
        wait = 1.0
        while True:
            made = Exchange(Request("GET", "/"))
            url, redirects, error = Url("http", "", 80, "/", text), 0, None
            try:
                url = wanted_url(self._wanted, text)
                if url.scheme == "telnet":
                    await self._telnet(url, made)
                    break
                if url.scheme == "file":
                    made.response = Response(200, (), file_content(self._files, url))
                    made.answered = made.now()
                    break
                made, url, redirects = await self._follow(url)
                if self._wanted.on("fail") and made.response.status >= 400:
                    error = CurlError(22, f"The requested URL returned error: {made.response.status}")
            except CurlError as failed:
                error = failed
            why = self._retries(made, error) if tries > 0 else ""
            if not why:
                break
            seconds = wait if delay is None else delay
            await self._warn(f"Problem: {why}. Will retry in {seconds:g} seconds. {tries} retries left.")
            await asyncio.sleep(seconds)
            tries, wait = tries - 1, min(wait * 2, 600)
        return await self._report(made, url, redirects, error, output)

    def _error(self, failed: Exception, url: Url, made: Exchange) -> CurlError:
        return curl_error(failed, url, made, newer=self._newer)

    async def _telnet(self, url: Url, made: Exchange) -> None:
        limits = self._wanted.number("max-time"), self._wanted.number("connect-timeout")
        try:
            await telnet_command.bare_connection(self._call, url, *limits, self._note)
        except TimeoutError:
            raise self._error(TookTooLong("connecting", made.now()), url, made) from None
        except ConnectError as failed:
            raise self._error(failed, url, made) from None

    def _retries(self, made: Exchange, error: CurlError | None) -> str:
        """Why it is tried again; "" where it is not."""
        if made.answered and made.response.status in TRANSIENT:
            return "HTTP error"
        if error is None:
            return ""
        if error.code == 28:
            return "timeout"
        if error.code == 7 and (self._wanted.on("retry-connrefused") or self._wanted.on("retry-all-errors")):
            return "connection refused"
        return "(retrying all errors)" if self._wanted.on("retry-all-errors") else ""

    async def _follow(self, url: Url) -> tuple[Exchange, Url, int]:
        """The answer to the URL, or to where it leads with -L; (exchange, its URL, redirects). Raises CurlError."""
        wanted = self._wanted
        method, body = wanted.method, wanted.body
        most = int(wanted.number("max-redirs") if "max-redirs" in wanted.values else MOST_REDIRECTS)  # type: ignore[arg-type]
        limit = wanted.number("max-time")
        redirects, spent = 0, 0.0
        while True:
            made = await self._exchange(
                url, method, body, None if limit is None else max(limit - spent, 0.001)
            )
            made.before = spent
            spent += made.answered
            status, location = made.response.status, made.response.header("Location")
            if (
                not (wanted.on("location") or wanted.on("location-trusted"))
                or not location
                or status // 100 != 3
            ):
                return made, url, redirects
            redirects += 1
            if 0 <= most < redirects:
                raise CurlError(47, f"Maximum ({most}) redirects followed")
            if wanted.on("include") or wanted.on("head"):
                await self._call.out(response_head(made.response))
            if status == 303 or (
                status in (301, 302) and method == "POST" and not wanted.on(f"post{status}")
            ):
                method, body = "HEAD" if method == "HEAD" else wanted.values.get("request", "GET"), None
            url = wanted_url(wanted, urljoin(url.text, location))
            await self._note(f"Issue another request to this URL: '{url.text}'")

    async def _exchange(self, url: Url, method: str, body: bytes | None, limit: float | None) -> Exchange:
        wanted = self._wanted
        user = f"{url.user}:{url.password}" if url.user else ""
        path, secure = url.target.partition("?")[0], url.scheme == "https"
        wanted.cookies = [self._jar.header(url.host, path, secure=secure)] if self._jar else []
        headers = wanted.request_headers(url.authority, user)
        if body is None and wanted.body is not None:
            headers = [
                (name, value) for name, value in headers if name not in ("Content-Length", "Content-Type")
            ]
        sent = b"" if wanted.on("get") or body is None else body
        to = other_place(wanted, url, newer=self._newer)
        is_through_proxy = to is not None and "proxy" in wanted.values and url.scheme == "http"
        made = Exchange(Request(method, url.text if is_through_proxy else url.target, headers, sent))
        lines: list[str] = []
        how = Call(
            wanted.number("connect-timeout"),
            limit,
            wanted.resolve.get((url.host.lower(), url.port)) or wanted.resolve.get(("*", url.port), ""),
            trying=lambda address: lines.append(f"* Trying {address}:{url.port}...\n".replace("* ", "*   ")),
            failed=lambda address, error: lines.append(
                f"* connect to {address} port {url.port} failed: {CONNECT_WORDS.get(error.failure, error.failure)}\n"
            ),
            connected=lambda address, found: self._connected(url, address, found, made, lines),
            to=to,
        )
        error: CurlError | None = None
        await self._meter(made)
        try:
            await self._with_meter(made, exchange(self._call.container, url, made.request, how, made))
        except CurlError as failed:
            error = failed
        except Exception as failed:
            error = self._error(failed, url, made)
        await self._verbose("".join(lines))
        if error is not None:
            if error.code != 60:
                await self._note(error.message)
            await self._note("closing connection #0" if self._newer else "Closing connection 0")
            raise error
        if self._jar is not None:
            self._jar.take(url.host, path, made.response.headers)
        if 0 < (wanted.number("max-filesize") or 0) < len(made.response.body):
            raise CurlError(63, "Maximum file size exceeded")
        return made

    def _connected(
        self, url: Url, address: str, found: Destination, made: Exchange, lines: list[str]
    ) -> None:
        number = "" if self._newer else " (#0)"
        lines.append(f"* Connected to {url.host} ({address}) port {url.port}{number}\n")
        secure = found.listener.tls or found.listener.https is not None
        if url.scheme == "https" and secure:
            lines.append("* ALPN: offers h2,http/1.1\n")
            made.verify_result, text = verified(self._wanted, self._files, self._call.env, url.host, found)
            lines.append(text)
        if url.scheme == "http" or secure:
            lines.append("".join(f"> {line}\n" for line in request_head(made.request).split("\n")[:-1]))

    async def _report(
        self, made: Exchange, url: Url, redirects: int, error: CurlError | None, output: str
    ) -> int:
        wanted, response = self._wanted, made.response
        name = _remote_name(url) if output == "\0" else output
        if made.answered:
            await self._verbose("".join(f"< {line}\n" for line in response_head(response).split("\n")[:-1]))
            hides = error is not None and not wanted.on("fail-with-body")
            head = response_head(response) if wanted.on("include") or wanted.on("head") else ""
            try:
                await self._write(name, head.encode() + response.body if not hides else b"")
            except OSError as failed:
                await self._warn(f"Failed to open the file {name}: {failed.strerror}")
                error = CurlError(23, "Failure writing output to destination")
            if (dump := wanted.values.get("dump-header")) and not hides:
                await self._write("" if dump == "-" else dump, response_head(response).encode())
        await self._end_meter(made, error)
        if made.answered:
            await self._note(f"Connection #0 to host {url.host} left intact")
            if wanted.on("fail-with-body") and response.status >= 400:
                error = CurlError(22, f"The requested URL returned error: {response.status}")
        if error is not None and (not self._quiet or wanted.on("show-error")):
            await self._call.error(f"curl: ({error.code}) {error.message}\n")
        if template := wanted.values.get("write-out"):
            if template == "@-":
                template = (await all_input(self._call)).decode("utf-8", "replace")
            elif template.startswith("@"):
                template = self._files.read_text(template[1:])
            out, err = write_out(template, made, url, error, redirects, name, self._count)
            await self._call.out(out)
            await self._call.error(err)
        return error.code if error else 0

    async def _write(self, name: str, data: bytes) -> None:
        if name in ("", "-"):
            if data:
                await self._call.stdout(data)
        elif name == "/dev/null":
            return
        elif name in ("/dev/stdout", "/dev/stderr"):
            await (self._call.stdout if name == "/dev/stdout" else self._call.stderr)(data)
        else:
            path = posixpath.join(self._wanted.values.get("output-dir", ""), name)
            if self._wanted.on("create-dirs"):
                self._files.make_folder(posixpath.dirname(path) or ".")
            self._files.write(path, data)

    @property
    def _metered(self) -> bool:
        to_terminal = self._call.terminal is not None and not self._wanted.outputs
        return not (self._quiet or to_terminal or self._wanted.on("no-progress-meter"))

    async def _meter(self, made: Exchange) -> None:
        if self._metered and not self._meter_shown:
            self._meter_shown = True
            await self._call.error(METER_HEAD + "\r" + meter_line(0, 0, 0, done=False))

    async def _with_meter(self, made: Exchange, sending: Awaitable[Exchange]) -> None:
        """Wait for the answer; the meter moves once a second."""
        running: asyncio.Future[Exchange] = asyncio.ensure_future(sending)
        try:
            while not (await asyncio.wait([running], timeout=1))[0]:
                if self._meter_shown:
                    await self._call.error("\r" + meter_line(0, 0, made.now(), done=False))
            running.result()
        finally:
            running.cancel()

    async def _end_meter(self, made: Exchange, error: CurlError | None) -> None:
        if self._meter_shown:
            line = "\r" + meter_line(
                len(made.response.body), len(made.request.body), made.answered, done=True
            )
            resolving = error is not None and error.code == 6
            await self._call.error((line if made.answered else "") + ("" if resolving else "\n"))
            self._meter_shown = False

    async def _verbose(self, text: str) -> None:
        if self._wanted.on("verbose") and text:
            await self._call.error(text)

    async def _note(self, text: str) -> None:
        await self._verbose(f"* {text}\n")

    async def _warn(self, text: str) -> None:
        if not self._quiet or self._wanted.on("show-error"):
            await self._call.error(warning(text))


def _remote_name(url: Url) -> str:
    name = url.target.partition("?")[0].rpartition("/")[2]
    if not name:
        raise CurlError(23, "Remote file name has no length")
    return name
