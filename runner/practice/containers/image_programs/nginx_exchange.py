"""One request that nginx answers: its variables, and what is known of it for the logs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from runner.practice.containers.image_programs.http_dates import log_time
from runner.practice.containers.network_messages import Request

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(slots=True)
class Exchange:
    """`uri` is the path as rewrites leave it, decoded; `args` the query."""

    request: Request
    server_name: str
    hostname: str
    address: str
    version: str
    number: int
    uri: str = ""
    args: str = ""
    values: dict[str, str] = field(default_factory=dict)
    """Those that `set`, `map` and captures define."""
    started: float = field(default_factory=time.monotonic)
    status: int = 0
    sent: int = 0

    def __post_init__(self) -> None:
        path, _, self.args = self.request.target.partition("?")
        self.uri = unquote(path) or "/"

    @property
    def host(self) -> str:
        named = self.request.header("host").rpartition(":")
        return (
            named[0] if named[2].isdigit() and named[1] else self.request.header("host")
        ).lower() or self.server_name

    def filled(self, text: str) -> str:
        """A value of the configuration, with its variables."""
        return _VARIABLE.sub(lambda found: self.variable(found[1] or found[2]), text) if "$" in text else text

    def variable(self, name: str) -> str:
        if name in self.values:
            return self.values[name]
        if name.startswith("http_"):
            return self.request.header(name[5:].replace("_", "-"))
        if name.startswith("arg_"):
            return (parse_qs(self.args, keep_blank_values=True).get(name[4:]) or [""])[0]
        if name.startswith("cookie_"):
            return self._cookie(name[7:])
        found = _VARIABLES.get(name)
        return str(found(self)) if found else ""

    def _cookie(self, name: str) -> str:
        for part in self.request.header("cookie").split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
        return ""

    def forwarded(self) -> str:
        before = self.request.header("x-forwarded-for")
        return f"{before}, {self.request.client}" if before else self.request.client


_VARIABLES: Mapping[str, Callable[[Exchange], object]] = {
    "host": lambda at: at.host,
    "hostname": lambda at: at.hostname,
    "remote_addr": lambda at: at.request.client,
    "remote_port": lambda at: 40000 + at.number % 20000,
    "remote_user": lambda at: "",
    "binary_remote_addr": lambda at: at.request.client,
    "server_addr": lambda at: at.address,
    "server_port": lambda at: at.request.port,
    "server_name": lambda at: at.server_name,
    "server_protocol": lambda at: "HTTP/1.1",
    "scheme": lambda at: at.request.scheme,
    "https": lambda at: "on" if at.request.scheme == "https" else "",
    "uri": lambda at: at.uri,
    "document_uri": lambda at: at.uri,
    "request_uri": lambda at: at.request.target,
    "request": lambda at: f"{at.request.method} {at.request.target} HTTP/1.1",
    "request_method": lambda at: at.request.method,
    "request_body": lambda at: at.request.body.decode("utf-8", "replace"),
    "request_length": lambda at: 80 + len(at.request.target) + len(at.request.body),
    "request_time": lambda at: f"{time.monotonic() - at.started:.3f}",
    "request_id": lambda at: f"{at.number:032x}",
    "args": lambda at: at.args,
    "query_string": lambda at: at.args,
    "is_args": lambda at: "?" if at.args else "",
    "content_type": lambda at: at.request.header("content-type"),
    "content_length": lambda at: len(at.request.body) or "",
    "proxy_add_x_forwarded_for": lambda at: at.forwarded(),
    "status": lambda at: at.status,
    "body_bytes_sent": lambda at: at.sent,
    "bytes_sent": lambda at: at.sent + 240,
    "connection": lambda at: at.number,
    "connection_requests": lambda at: 1,
    "nginx_version": lambda at: at.version,
    "pid": lambda at: 29,
    "msec": lambda at: f"{time.time():.3f}",
    "time_local": lambda at: log_time(),
    "time_iso8601": lambda at: time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
    "pipe": lambda at: ".",
}


def logged(value: str) -> str:
    """As a log shows a value that is not there."""
    return value or "-"
