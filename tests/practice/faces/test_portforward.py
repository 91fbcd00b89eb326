"""Port-forwards as they are on the wire: SPDY frames, pairs of streams, and who is turned away."""

from __future__ import annotations

import asyncio
import struct
import zlib

import aiohttp
import pytest
from aiohttp import web

from runner.practice.cluster import PracticeCluster
from runner.practice.network.port_forward_streams import Streams
from runner.practice.network.spdy import (
    DICTIONARY,
    LARGEST_FRAME,
    Data,
    GoAway,
    Opened,
    Ping,
    Reader,
    Reset,
    SpdyError,
    Writer,
)

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "nginx:1.25"}]},
}


class Client:
    """The frames that kubectl sends."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def open(self, stream: int, **headers: str) -> bytes:
        block = struct.pack(">I", len(headers))
        for name, value in headers.items():
            for text in (name.encode(), value.encode()):
                block += struct.pack(">I", len(text)) + text
        packed = self._deflate.compress(block) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return self.control(1, struct.pack(">IIH", stream, 0, 0) + packed)

    def control(self, kind: int, payload: bytes) -> bytes:
        return struct.pack(">II", 0x80030000 | kind, len(payload)) + payload

    def pair(self, request: str, port: int, error: int, data: int) -> bytes:
        more = {"port": str(port), "requestid": request}
        return self.open(error, streamtype="error", **more) + self.open(data, streamtype="data", **more)


class Received:
    """What is sent to kubectl, as frames."""

    def __init__(self) -> None:
        self.data: dict[int, bytes] = {}
        self.over: set[int] = set()
        self.others: list[object] = []
        self.ended = False
        self._reader = Reader()

    def take(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            if isinstance(frame, Data):
                self.data[frame.stream] = self.data.get(frame.stream, b"") + frame.data
                if frame.fin:
                    self.over.add(frame.stream)
            else:
                self.others.append(frame)

    def end(self) -> None:
        self.ended = True

    async def until_over(self, *streams: int) -> None:
        async with asyncio.timeout(60):
            while not set(streams) <= self.over:
                await asyncio.sleep(0.005)


async def hello(request: web.BaseRequest) -> web.Response:
    return web.Response(text=f"{request.method} {request.path} {(await request.read()).decode()}")


@pytest.fixture
async def received():
    return Received()


@pytest.fixture
async def streams(received):
    made = Streams(received.take, received.end, lambda port: web.Server(hello))
    yield made
    made.close()


def test_the_dictionary_is_that_of_the_specification():
    assert zlib.adler32(DICTIONARY) == 0xE3C6A7C2


def test_frames_come_in_pieces_of_any_size():
    client = Client()
    stream = client.open(1, streamtype="error", port="80") + client.control(6, struct.pack(">I", 7))
    stream += client.control(4, bytes(12)) + client.control(9, bytes(8))  # settings, a window: nothing to us
    stream += Writer().data(1, b"abc", fin=True) + client.control(3, struct.pack(">II", 1, 5))
    stream += client.open(3, streamtype="data", port="80") + client.control(7, bytes(8))
    reader = Reader()
    frames = [frame for byte in stream for frame in reader.feed(bytes([byte]))]
    assert frames == [
        Opened(1, {"streamtype": "error", "port": "80"}, fin=False),
        Ping(7),
        Data(1, b"abc", fin=True),
        Reset(1),
        Opened(3, {"streamtype": "data", "port": "80"}, fin=False),
        GoAway(),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        struct.pack(">II", 0x80020001, 0),  # version 2
        struct.pack(">II", 1, LARGEST_FRAME + 1),
        struct.pack(">II", 0x80030001, 14) + bytes(10) + b"junk",
        struct.pack(">II", 0x80030006, 2) + bytes(2),  # a ping cut short
        Client().control(1, bytes(10) + zlib.compressobj(zdict=DICTIONARY).flush()),  # no header block
        Client().open(1, big="x" * 100_000),
    ],
)
def test_what_is_no_spdy_is_an_error(bad):
    with pytest.raises(SpdyError):
        list(Reader().feed(bad))


async def test_a_request_is_answered_and_both_streams_end(streams, received):
    client = Client()
    streams.received(client.pair("0", 80, 1, 3))
    streams.received(Writer().data(1, b"", fin=True))  # kubectl says nothing on the error stream
    streams.received(Writer().data(3, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", fin=True))
    await received.until_over(1, 3)
    assert received.data[3].startswith(b"HTTP/1.1 200")
    assert b"GET /a" in received.data[3]
    assert received.data[1] == b""


async def test_two_connections_do_not_mix(streams, received):
    client, writer = Client(), Writer()
    streams.received(client.pair("0", 80, 1, 3) + client.pair("1", 80, 5, 7))
    halves = b"POST /%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n%b", b"!!"
    for stream in (3, 7):
        streams.received(writer.data(stream, halves[0] % (b"%d" % stream, b"%d." % stream)))
    for stream in (7, 3):
        streams.received(writer.data(stream, halves[1]))
    await received.until_over(1, 3, 5, 7)
    assert b"POST /3 3.!!" in received.data[3]
    assert b"POST /7 7.!!" in received.data[7]


async def test_pings_come_back_and_odd_streams_are_refused(streams, received):
    client = Client()
    streams.received(client.control(6, struct.pack(">I", 9)))
    streams.received(client.open(1, streamtype="data", port="no", requestid="0"))
    streams.received(client.open(3, streamtype="what", port="80", requestid="0"))
    streams.received(client.open(5, streamtype="data", port="80"))
    assert received.others == [Ping(9), Reset(1), Reset(3), Reset(5)]
    assert not received.ended
    streams.received(b"GET / HTTP/1.1\r\n")
    assert received.ended


@pytest.fixture
async def cluster():
    async with PracticeCluster("forwarded", speed=50) as made:
        yield made


@pytest.fixture
async def http(cluster):
    headers = {"Authorization": f"Bearer {cluster.token}"}
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as session:
        yield session


async def refusal(http, url: str, **headers: str) -> tuple[int, str]:
    async with http.post(url, headers=headers) as answer:
        return answer.status, (await answer.json())["message"]


async def test_who_is_turned_away(cluster, http):
    pods = "/api/v1/namespaces/default/pods"
    upgrade = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}
    assert await refusal(http, f"{pods}/web/portforward", **upgrade) == (404, 'pods "web" not found')
    cluster.troubles.add("unschedulable", "web")
    async with http.post(pods, json=POD) as made:
        assert made.status == 201
    status, told = await refusal(http, f"{pods}/web/portforward", **upgrade)
    assert (status, "not running" in told) == (400, True)
    assert await refusal(http, f"{pods}/web/portforward") == (400, "Upgrade request required")
    status, told = await refusal(http, f"{pods}/web/exec", **upgrade)
    assert (status, "run no containers" in told) == (501, True)
