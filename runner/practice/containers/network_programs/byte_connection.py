"""A connection that carries plain bytes, as nc and telnet make them, to whatever listens there."""

from __future__ import annotations

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.network_messages import Destination, HttpHandler, Response, header
from runner.practice.containers.network_programs.web_client import completed, response_head
from runner.practice.containers.raw_http import request_of

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"


async def converse(destination: Destination, source: Source, sink: Sink) -> None:
    """Carry bytes to a listener and back until one side ends."""
    listener = destination.listener
    if listener.stream is not None:
        await listener.stream(source, sink)
    elif listener.http is not None:
        await _as_http(listener.http, source, sink, destination.port, destination.client)


async def _as_http(handler: HttpHandler, source: Source, sink: Sink, port: int, client: str) -> None:
    """Answer the requests that come as bytes."""
    data, got_continue = b"", False
    while (piece := await source.read()) is not None:
        data += piece
        while data:
            try:
                found = request_of(data)
            except ValueError:
                await sink(BAD_REQUEST)
                return
            if found is None:
                if not got_continue and _waits_before_its_body(data):
                    got_continue = True
                    await sink(b"HTTP/1.1 100 Continue\r\n\r\n")
                break
            request, length, last = found
            data, got_continue = data[length:], False
            request.client, request.port = client, port
            response = completed(await handler(request), request.method)
            await sink(response_head(response).encode() + _framed(response))
            if last or header(response.headers, "Connection").lower() == "close":
                return


def _waits_before_its_body(data: bytes) -> bool:
    head, end, _ = data.partition(b"\r\n\r\n")
    return bool(end) and b"\nexpect: 100-continue" in head.lower()


def _framed(response: Response) -> bytes:
    """The body as its Transfer-Encoding says."""
    if header(response.headers, "Transfer-Encoding").lower() != "chunked" or not response.body:
        return response.body
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(response.body), response.body)
