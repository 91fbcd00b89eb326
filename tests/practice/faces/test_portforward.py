"""Port-forwards as they are on the wire: SPDY frames, pairs of streams, and who is turned away."""

from __future__ import annotations

import asyncio
import base64
import struct
import zlib

import aiohttp
import pytest
from aiohttp import web

from runner.practice.cluster import PracticeCluster
from runner.practice.network.port_forward_channels import Channels
from runner.practice.network.port_forward_streams import Streams
from runner.practice.streaming.spdy import (
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
    cluster.faults.add("unschedulable", "web")
    async with http.post(pods, json=POD) as made:
        assert made.status == 201
    status, message = await refusal(http, f"{pods}/web/portforward", **upgrade)
    assert (status, "not running" in message) == (400, True)
    assert await refusal(http, f"{pods}/web/portforward") == (400, "Upgrade request required")
    status, message = await refusal(http, f"{pods}/web/exec", **upgrade)
    assert (status, "run no containers" in message) == (501, True)


@pytest.fixture
async def running(http):
    """The path of the port-forward of a pod that runs."""
    pods = "/api/v1/namespaces/default/pods"
    async with http.post(pods, json=POD) as made:
        assert made.status == 201
    async with asyncio.timeout(60):
        while True:
            async with http.get(f"{pods}/web") as found:
                if (await found.json()).get("status", {}).get("phase") == "Running":
                    return f"{pods}/web/portforward"
            await asyncio.sleep(0.02)


REQUEST = b"GET /a HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"


def over_the_python_client(kubeconfig, port: int) -> bytes:
    from kubernetes import client, config, stream

    with config.new_client_from_config(str(kubeconfig)) as api:
        core = client.CoreV1Api(api)
        forwarded = stream.portforward(
            core.connect_get_namespaced_pod_portforward, "web", "default", ports=str(port)
        )
        socket = forwarded.socket(port)
        socket.settimeout(60)
        socket.sendall(REQUEST)
        answer = b""
        while more := socket.recv(4096):
            answer += more
        assert forwarded.error(port) is None
        forwarded.close()
        return answer


async def test_the_python_client_forwards_ports(cluster, running, tmp_path):
    kubeconfig = cluster.kubeconfig(tmp_path / "kubeconfig")
    answer = await asyncio.to_thread(over_the_python_client, kubeconfig, 80)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"X-Labgate-Practice: stand-in" in answer


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("v5.channel.k8s.io", "v4.channel.k8s.io"), "v4.channel.k8s.io"),
        (("v4.base64.channel.k8s.io",), "v4.base64.channel.k8s.io"),
        ((), None),
    ],
)
async def test_channels_begin_with_their_port_and_answer(http, running, offered, chosen):
    encoded = chosen == "v4.base64.channel.k8s.io"
    url = f"{running}?ports=8080&ports=81"
    received: dict[int, bytes] = {}
    async with asyncio.timeout(60), http.ws_connect(url, protocols=offered) as socket:
        assert socket.protocol == chosen
        if encoded:
            await socket.send_str("2" + base64.b64encode(REQUEST).decode())
        else:
            await socket.send_bytes(b"\x02" + REQUEST)
        while len(received) < 4 or b"\r\n\r\n" not in received[2]:
            data = (await socket.receive()).data
            channel, data = (int(data[0]), base64.b64decode(data[1:])) if encoded else (data[0], data[1:])
            received[channel] = received.get(channel, b"") + data
        assert received[2].startswith(struct.pack("<H", 81) + b"HTTP/1.1 ")
        assert (received[0], received[1], received[3]) == tuple(
            struct.pack("<H", p) for p in (8080, 8080, 81)
        )


@pytest.mark.parametrize(
    ("query", "protocol", "code", "words"),
    [
        ("", "v4.channel.k8s.io", 400, 'query parameter "port" is required'),
        ("?ports=http", "v4.channel.k8s.io", 400, 'invalid port "http"'),
        ("?ports=0", "v4.channel.k8s.io", 400, 'invalid port "0"'),
        (
            "?ports=80",
            "portforward.k8s.io",
            403,
            "requested protocol(s) are not supported: [portforward.k8s.io]",
        ),
    ],
)
async def test_websockets_that_are_turned_away(http, running, query, protocol, code, words):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": protocol}
    status, message = await refusal(http, f"{running}{query}", **headers)
    assert (status, words in message) == (code, True), message


@pytest.mark.parametrize("encoded", [False, True])
async def test_messages_that_are_no_channels_end_the_port_forward(encoded):
    ended: list[bool] = []
    protocol = "v4.base64.channel.k8s.io" if encoded else "v4.channel.k8s.io"
    channels = Channels(
        [80], protocol, lambda _message: None, lambda: ended.append(True), lambda _port: web.Server(hello)
    )
    channels.received("9AAAA" if encoded else b"\x09abc")  # a channel that there is not: nobody's bytes
    assert not ended
    channels.received("0not base64" if encoded else b"")
    assert ended
    channels.close()
