"""HTTP/1.1 between Envoy and the pods' programs: whole messages out of bytes that come in pieces, quickly."""

from __future__ import annotations

from runner.practice.containers.network_messages import Headers, Request, Response

MOST_HEAD = 128 * 1024


class MessageReader:
    """The messages that one side of a connection sends, one after the other. Raises ValueError for what is no HTTP."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._length = 0
        """Of the body: -1 in chunks, -2 until the connection ends."""
        self._body = bytearray()
        self._left: int | None = None
        """Bytes that are left of a chunk, with its end of line; None: its length comes next."""

    def feed(self, data: bytes) -> None:
        self._data += data

    @property
    def begun(self) -> bool:
        """Whether a part of a message is there."""
        return bool(self._data) or self._head is not None

    def request(self) -> Request | None:
        """The next request; None while it is not all there."""
        if self._head is None and not self._read_head():
            return None
        assert self._head is not None
        body = self._whole_body()
        if body is None:
            return None
        line, headers = self._head
        self._head = None
        words = line.split(" ")
        if len(words) != 3:
            raise ValueError("no request line")
        return Request(words[0], words[1], headers, body)

    def response(self, method: str, *, ended: bool = False) -> Response | None:
        """The next answer, to a request of that method; `ended`: no more bytes will come. Provisional ones are left out."""
        while self._head is None:
            if not self._read_head(of_response=True):
                return None
            assert self._head is not None
            status = _status(self._head[0])
            if status < 200 and status != 101:
                self._head = None
            elif method == "HEAD" or status in (204, 304):
                self._length = 0
        body = self._whole_body(ended=ended)
        if body is None:
            return None
        line, headers = self._head
        self._head = None
        reason = line.split(" ", 2)
        return Response(_status(line), headers, body, reason[2] if len(reason) > 2 else "")

    def _read_head(self, *, of_response: bool = False) -> bool:
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if len(self._data) > MOST_HEAD:
                raise ValueError("head too long")
            return False
        first, *rest = self._data[:end].decode("latin-1").split("\r\n")
        del self._data[: end + 4]
        headers = []
        length = -2 if of_response else 0
        for each in rest:
            name, _, value = each.partition(":")
            value = value.strip()
            headers.append((name, value))
            lower = name.lower()
            if lower == "content-length":
                length = int(value)
            elif lower == "transfer-encoding" and "chunked" in value.lower():
                length = -1
                headers.pop()
        self._head, self._length = (first, headers), length
        self._body, self._left = bytearray(), None
        return True

    def _whole_body(self, *, ended: bool = False) -> bytes | None:
        if self._length == -1:
            return self._chunked()
        if self._length == -2:
            if not ended:
                return None
            body = bytes(self._data)
            self._data.clear()
            return body
        if len(self._data) < self._length:
            return None
        body = bytes(self._data[: self._length])
        del self._data[: self._length]
        return body

    def _chunked(self) -> bytes | None:
        while True:
            if self._left is None:
                end = self._data.find(b"\r\n")
                if end < 0:
                    return None
                size = int(self._data[:end].partition(b";")[0], 16)
                del self._data[: end + 2]
                self._left = size + 2 if size else 0
            if self._left == 0:
                return self._after_chunks()
            if len(self._data) < self._left:
                return None
            self._body += self._data[: self._left - 2]
            del self._data[: self._left]
            self._left = None

    def _after_chunks(self) -> bytes | None:
        """Trailers, which are left out, and the empty line."""
        while (end := self._data.find(b"\r\n")) >= 0:
            del self._data[: end + 2]
            if end == 0:
                return bytes(self._body)
        return None


def request_bytes(request: Request, authority: str) -> bytes:
    """As it goes over the wire; `authority`: the Host where the request names none."""
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    has_host = has_length = False
    for name, value in request.headers:
        lower = name.lower()
        if lower in ("transfer-encoding", "connection", "expect"):
            continue
        has_host = has_host or lower == "host"
        has_length = has_length or lower == "content-length"
        lines.append(f"{name}: {value}")
    if not has_host:
        lines.insert(1, f"Host: {authority}")
    if not has_length and (request.body or request.method in ("POST", "PUT", "PATCH")):
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + request.body


def response_bytes(response: Response, *, with_body: bool = True) -> bytes:
    """As it goes over the wire, its body in one piece; the response is `completed`."""
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    for name, value in response.headers:
        chunked = name.lower() == "transfer-encoding"
        lines.append(f"Content-Length: {len(response.body)}" if chunked else f"{name}: {value}")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head + response.body if with_body else head


def closes(headers: Headers) -> bool:
    """Whether the connection ends with this message."""
    return any(name.lower() == "connection" and value.lower() == "close" for name, value in headers)


def _status(line: str) -> int:
    words = line.split(" ", 2)
    if not words[0].startswith("HTTP/") or len(words) < 2:
        raise ValueError("no status line")
    return int(words[1])
