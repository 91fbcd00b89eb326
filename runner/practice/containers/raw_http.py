"""HTTP/1.x as bytes: for clients that send it by hand (nc, telnet) and for servers whose answers come as a stream."""

from __future__ import annotations

from runner.practice.containers.network_messages import Request, Response, header

MOST_HEAD = 64 * 1024


def request_of(data: bytes) -> tuple[Request, int, bool] | None:
    """(the request at the beginning of these bytes, its length, whether the connection ends with its answer).

    None while it is not all there. Raises ValueError.
    """
    head, end, _ = _head(data)
    if not end:
        if len(data) > MOST_HEAD:
            raise ValueError("head too long")
        if b"\0" in data[:64]:  # the beginning of TLS, or of another protocol that is no text
            raise ValueError("no request line")
        return None
    lines = head.splitlines()
    words = lines[0].split() if lines else []
    if len(words) not in (2, 3) or (len(words) == 3 and not words[2].startswith("HTTP/")):
        raise ValueError("no request line")
    headers = _headers(lines[1:])
    if header(headers, "Transfer-Encoding").lower() == "chunked":
        unpacked = _chunks(data, end)
        if unpacked is None:
            return None
        body, after = unpacked
    else:
        after = end + int(header(headers, "Content-Length", "0") or "0")
        if len(data) < after:
            return None
        body = data[end:after]
    keeps = (
        header(headers, "Connection", "keep-alive" if words[-1] == "HTTP/1.1" else "close").lower()
        == "keep-alive"
    )
    return Request(words[0], words[1], headers, body), after, not keeps


def _chunks(data: bytes, at: int) -> tuple[bytes, int] | None:
    """(the body in chunks that begins at `at`, where it ends); None while it is not all there. Raises ValueError."""
    body = b""
    while True:
        line = data.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(data[at:line].partition(b";")[0], 16)
        begin, at = line + 2, line + 2 + size + 2
        if len(data) < at:
            return None
        if not size:
            return body, at  # trailers are not known here
        body += data[begin : begin + size]


def response_of(data: bytes) -> Response | None:
    """The answer that these bytes are; None where they are none."""
    head, end, _ = _head(data)
    lines = head.splitlines()
    if not end or not lines or not lines[0].startswith("HTTP/"):
        return None
    words = lines[0].split(" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        return None
    return Response(int(words[1]), _headers(lines[1:]), data[end:], words[2] if len(words) > 2 else "")


def _head(data: bytes) -> tuple[str, int, bytes]:
    """(the text before the empty line, where the body begins or 0, the separator)."""
    for separator in (b"\r\n\r\n", b"\n\n"):
        at = data.find(separator)
        if at >= 0:
            return data[:at].decode("latin-1"), at + len(separator), separator
    return data.decode("latin-1"), 0, b""


def _headers(lines: list[str]) -> list[tuple[str, str]]:
    pairs = (line.partition(":") for line in lines if ":" in line)
    return [(name.strip(), value.strip()) for name, _, value in pairs]
