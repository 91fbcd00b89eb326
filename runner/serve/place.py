"""Where the server listens, and under which names a browser may call it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from urllib.parse import urlsplit

from runner.words import UserError, phrase

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class CannotListen(UserError):
    """The address or port can't be had."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes any that is free. Raises CannotListen."""
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                phrase(
                    "Port {port} is already in use. Choose another port, or let the system choose: "
                    "--port {next}, --port 0",
                    port=port,
                    next=port + 1 if port < 65535 else 8000,
                )
            ) from error
        if port and isinstance(error, PermissionError):
            raise CannotListen(
                phrase(
                    "You don't have permission to use port {port}. Use a port above 1023: --port 8000",
                    port=port,
                )
            ) from error
        raise CannotListen(
            phrase(
                "Labgate can't listen on {host}: {reason}. To serve this machine only, remove --host.",
                host=host,
                reason=error.strerror or str(error),
            )
        ) from error


def port_of(listening: socket.socket) -> int:
    """The port that it was given."""
    return int(listening.getsockname()[1])


def named(host: str, listening: socket.socket) -> str:
    """The host as an address tells it. `localhost` may be another one's server, too, of the other version of IP."""
    return str(listening.getsockname()[0]) if host == "localhost" else host


def root(host: str, port: int) -> str:
    """The address to type into a browser. One that stands for every interface is this machine's name there."""
    address = _address(host)
    if address is not None and address.is_unspecified:
        host = socket.gethostname()
    elif address is not None and address.version == 6:
        host = f"[{host}]"
    return f"http://{host}:{port}"


def may_be_called(host: str, header: str | None) -> bool:
    """Whether a Host header names the server that listens on `host`.

    A page that makes its own name point here (DNS rebinding) sends that name. A number can't be made to point
    anywhere, so where the server listens on every interface, any number will do. The port may be another one:
    `ssh -L` gives it a new one.
    """
    try:
        named = urlsplit(f"//{header or ''}").hostname
    except ValueError:
        return False
    if not named:
        return False
    known = {*LOOPBACK_NAMES, host.lower()}
    address = _address(host)
    if address is not None and address.is_unspecified:
        known.add(socket.gethostname().lower())
        return named in known or _address(named) is not None
    return named in known


def same_origin(origin: str | None, header: str | None) -> bool:
    """Whether a request comes from a page of ours: its origin is the host that it calls."""
    try:
        return origin is not None and urlsplit(origin).netloc.lower() == (header or "").lower() != ""
    except ValueError:
        return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
