"""A connection that carries plain bytes, as nc and telnet make them, to whatever listens there."""

from __future__ import annotations

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.network_messages import Destination, HttpHandler
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
    data = b""
    while (piece := await source.read()) is not None:
        data += piece
        while data:
            try:
                found = request_of(data)
            except ValueError:
                await sink(BAD_REQUEST)
                return
            if found is None:
                break
            request, length, last = found
            data = data[length:]
            request.client, request.port = client, port
            response = completed(await handler(request), request.method)
            await sink(response_head(response).encode() + response.body)
            if last:
                return
