"""curl's exit codes and words for what goes wrong with a transfer."""

from __future__ import annotations

from runner.practice.containers.network_messages import ConnectError
from runner.practice.containers.network_programs.curl_options import CurlError
from runner.practice.containers.network_programs.web_client import (
    Exchange,
    NotHttp,
    TookTooLong,
    Url,
    WrongTls,
)

CONNECT_WORDS = {
    "refused": "Connection refused",
    "timed out": "Connection timed out",
    "no route": "No route to host",
}


def curl_error(error: Exception, url: Url, made: Exchange, *, newer: bool) -> CurlError:
    """What an exchange raised, in its words. `newer`: as curl 8 has them."""
    spent = int(made.now() * 1000)
    if isinstance(error, TookTooLong):
        words = {
            "resolving": f"Resolving timed out after {spent} milliseconds",
            "connecting": f"Connection timed out after {spent} milliseconds",
            "answering": f"Operation timed out after {spent} milliseconds with 0 bytes received",
        }
        return CurlError(28, words[error.phase])
    if isinstance(error, WrongTls):
        return CurlError(35, "error:0A00010B:SSL routines::wrong version number")
    if isinstance(error, NotHttp):
        return CurlError(1, "Received HTTP/0.9 when not allowed")
    if not isinstance(error, ConnectError):
        return CurlError(52, "Empty reply from server")
    if error.failure == "unknown host":
        return CurlError(6, f"Could not resolve host: {url.host}")
    if error.failure == "reset":
        return (
            CurlError(56, "Recv failure: Connection reset by peer")
            if error.host
            else CurlError(52, "Empty reply from server")
        )
    why = "Could not connect to server" if newer else "Couldn't connect to server"
    why = "No route to host" if error.failure == "no route" else why
    code = 28 if error.failure == "timed out" else 7
    return CurlError(code, f"Failed to connect to {url.host} port {url.port} after {spent} ms: {why}")
