"""What both forms of wget have in common: what is wanted, redirections, saving, failures."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable
from dataclasses import dataclass
from urllib.parse import urljoin

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.network_programs.web_client import NotHttp, TookTooLong, Url, WrongTls

MOST_REDIRECTS = 20


class WgetError(Exception):
    """What it ends with: exit code and words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class Wanted:
    """The options of one call."""

    given: list[tuple[str, str]]
    values: dict[str, str]
    files: ContainerFiles

    def on(self, name: str) -> bool:
        return name in self.values

    @property
    def quiet(self) -> bool:
        return self.on("quiet")

    def limit(self, *names: str) -> float | None:
        """Seconds; None without a limit. Raises WgetError."""
        text = next((self.values[name] for name in names if name in self.values), "0")
        try:
            return float(text) or None
        except ValueError:
            raise WgetError(
                2 if len(names) > 1 else 1, f"wget: --timeout: Invalid time period '{text}'\n"
            ) from None

    def request(self, url: Url, agent: str, *, body_allowed: bool = True) -> Request:
        body, headers = self._body() if body_allowed else None, [("Host", url.authority)]
        headers += [("User-Agent", self.values.get("user-agent", agent))]
        user = self.values.get("user", self.values.get("http-user", url.user))
        if user:
            password = self.values.get("password", self.values.get("http-password", url.password))
            headers.append(
                ("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
            )
        own = [value.partition(":") for name, value in self.given if name == "header"]
        names = {name.strip().lower() for name, _, _ in own}
        headers = [pair for pair in headers if pair[0].lower() not in names]
        headers += [(name.strip(), value.strip()) for name, _, value in own]
        if body is not None:
            if "content-type" not in names:
                headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            headers.append(("Content-Length", str(len(body))))
        method = self.values.get("method") or (
            "POST" if body is not None else "HEAD" if self.on("spider") else "GET"
        )
        return Request(method, url.target, [*headers, ("Connection", "close")], body or b"")

    def _body(self) -> bytes | None:
        for name in ("post-data", "body-data"):
            if name in self.values:
                return self.values[name].encode()
        for name in ("post-file", "body-file"):
            if name in self.values:
                try:
                    return self.files.read(self.values[name])
                except OSError as error:
                    raise WgetError(
                        3, f"wget: can't open '{self.values[name]}': {error.strerror}\n"
                    ) from None
        return None

    def output(self, url: Url) -> str:
        """The file that it is saved to; "-" for standard output."""
        if name := self.values.get("output-document"):
            return name
        base = url.target.partition("?")[0].rpartition("/")[2] or "index.html"
        folder = self.values.get("directory-prefix", "")
        return f"{folder.rstrip('/')}/{base}" if folder else base


async def save(call: Invocation, wanted: Wanted, name: str, body: bytes) -> None:
    """Write what was fetched. Raises OSError."""
    if name == "-":
        if body:
            await call.stdout(body)
    elif name != "/dev/null":
        folder = wanted.values.get("directory-prefix", "")
        if folder:
            wanted.files.make_folder(folder)
        wanted.files.write(name, body)


def redirected(url: Url, response: Response) -> str:
    """Where an answer leads; "" where it leads nowhere."""
    location = response.header("Location")
    return urljoin(url.text, location) if location and response.status // 100 == 3 else ""


async def within(limit: float | None, work: Awaitable[Response], phase: str = "answering") -> Response:
    """The answer. Raises TookTooLong."""
    try:
        async with asyncio.timeout(limit):
            return await work
    except TimeoutError:
        raise TookTooLong(phase, limit or 0) from None


FAILURES = (ConnectError, TookTooLong, WrongTls, NotHttp)
