"""What nginx sends and logs: its own pages, its headers in their order, access and error log."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.http_dates import http_date
from runner.practice.containers.image_programs.nginx_config import Directive, arguments
from runner.practice.containers.image_programs.nginx_exchange import Exchange
from runner.practice.containers.network_messages import Response

REASONS = {
    301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Authorization Required", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Not Allowed", 406: "Not Acceptable", 408: "Request Time-out", 409: "Conflict", 410: "Gone",
    411: "Length Required", 412: "Precondition Failed", 413: "Request Entity Too Large", 414: "Request-URI Too Large",
    415: "Unsupported Media Type", 416: "Requested Range Not Satisfiable", 429: "Too Many Requests",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Temporarily Unavailable",
    504: "Gateway Time-out", 505: "HTTP Version Not Supported", 507: "Insufficient Storage",
}  # fmt: skip
COMBINED = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
_TO_STREAM = {
    "/dev/stdout": "stdout",
    "/proc/self/fd/1": "stdout",
    "/var/log/nginx/access.log": "stdout",
    "/dev/stderr": "stderr",
    "stderr": "stderr",
    "/var/log/nginx/error.log": "stderr",
}
"""The image links its logs to the container's output."""
_LOG_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_LEVELS = ("debug", "info", "notice", "warn", "error", "crit", "alert", "emerg")


def error_page(status: int, version: str) -> Response:
    """nginx's own page of a status; `x-nginx-own` marks it until error_page is done with it."""
    title = f"{status} {REASONS.get(status, '')}".strip()
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        f"<hr><center>nginx/{version}</center>\r\n</body>\r\n</html>\r\n"
    )
    return Response(status, [("Content-Type", "text/html"), ("x-nginx-own", "error")], body.encode())


def finished(response: Response, at: Exchange) -> None:
    """The headers as nginx orders them; the body that HEAD leaves out."""
    given = [pair for pair in response.headers if pair[0] != "x-nginx-own"]
    kind = [pair for pair in given if pair[0] == "Content-Type"]
    rest = [pair for pair in given if pair[0] not in ("Content-Type", "Content-Length", "Connection")]
    length = len(response.body)
    headers = [("Server", f"nginx/{at.version}"), ("Date", http_date()), *kind]
    if response.status not in (204, 304):
        headers.append(("Content-Length", str(length)))
    if response.status == 401:
        rest.append(("WWW-Authenticate", f'Basic realm="{at.values.get("realm", "")}"'))
    last = [pair for pair in rest if pair[0] in ("Last-Modified", "Location")]
    others = [pair for pair in rest if pair[0] not in ("Last-Modified", "Location")]
    response.headers = [*headers, *last, ("Connection", "keep-alive"), *others]
    if at.request.method == "HEAD":
        response.body = b""
    at.status, at.sent = response.status, len(response.body)


class NginxLogs:
    """Where nginx's lines go: the container's output, or files that the configuration names."""

    def __init__(self, call: Invocation, main: Directive) -> None:
        self._call = call
        self._files = ContainerFiles(call.container)
        self._formats = {"combined": COMBINED}
        for http in main.all("http"):
            for each in http.all("log_format"):
                first = 2 if len(each.args) > 1 and each.args[1].startswith("escape=") else 1
                self._formats[each.args[0]] = "".join(each.args[first:])
        found = main.first("error_log") or ["/var/log/nginx/error.log"]
        self._error_path = found[0]
        self._error_level = found[1] if len(found) > 1 and found[1] in _LEVELS else "error"

    async def access(self, at: Exchange, blocks: Sequence[Directive]) -> None:
        found = arguments(blocks, "access_log") or ["/var/log/nginx/access.log"]
        if found[0] != "off":
            name = found[1] if len(found) > 1 else "combined"
            form = self._formats.get(name, COMBINED)
            line = _LOG_VARIABLE.sub(lambda match: at.variable(match[1] or match[2]) or "-", form)
            await self._write(found[0], f"{line}\n")

    async def error(self, at: Exchange, what: str, upstream: str = "") -> None:
        more = f', upstream: "{upstream}"' if upstream else ""
        asked = f'client: {at.request.client}, server: {at.server_name}, request: "{at.variable("request")}"'
        await self.say(
            "error", f'*{at.number} {what}, {asked}{more}, host: "{at.request.header("host")}"', worker=True
        )

    async def say(self, level: str, what: str, *, worker: bool = False) -> None:
        """A line of the error log, where the log's level lets it pass."""
        if _LEVELS.index(level) >= _LEVELS.index(self._error_level):
            stamp = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime())
            pid = "29#29" if worker else "1#1"
            await self._write(self._error_path, f"{stamp} [{level}] {pid}: {what}\n")

    async def _write(self, path: str, line: str) -> None:
        stream = _TO_STREAM.get(path)
        if stream == "stdout":
            await self._call.stdout(line.encode())
        elif stream == "stderr":
            await self._call.stderr(line.encode())
        elif path != "/dev/null":
            with contextlib.suppress(OSError):
                self._files.append(path, line.encode())
