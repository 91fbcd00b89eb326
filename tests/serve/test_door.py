"""Who is let in and who is not: each rule, over a real connection."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from runner.serve import connections, peer, place, web_server
from tests.serve.conftest import TOKEN, enter


@pytest.fixture
async def session():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def _refused(how):
    return "ended", {"how": how, "words": ""}


@pytest.mark.parametrize(
    "first",
    ["", "[]", '["stdin", "id"]', '["enter", {}]', '["enter", {"token": 5, "pass": ""}]', "[" * 99999],
)
async def test_who_shows_nothing_gets_no_shell(serving, session, marks, first):
    door = await serving()
    page = await session.ws_connect(door.root + "/ws", headers={"Origin": door.root})
    await page.send_str(first)
    assert tuple(await page.receive_json()) == _refused("nothing")
    assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
    assert marks() == []


@pytest.mark.parametrize(
    ("token", "passed", "how"),
    [
        ("wrong", "", "token"),
        ("", "", "nothing"),
        ("", TOKEN, "nothing"),
        ("wrong", TOKEN, "token"),
        ("토큰\ud800", "", "token"),
    ],
)
async def test_who_shows_another_gets_no_shell(serving, session, marks, token, passed, how):
    page = await enter(session, await serving(), token=token, passed=passed)
    assert tuple(await page.receive_json()) == _refused(how)
    assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
    assert marks() == []


async def test_who_says_nothing_is_sent_away(serving, session, marks, monkeypatch):
    monkeypatch.setattr(web_server, "ENTER_WITHIN", 0.2)
    door = await serving()
    page = await session.ws_connect(door.root + "/ws", headers={"Origin": door.root})
    assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
    assert marks() == []


async def test_the_token_is_exchanged_for_a_pass_and_both_let_in(serving, session):
    door = await serving()
    kind, passed = await (await enter(session, door)).receive_json()
    assert kind == "entered"
    assert TOKEN not in passed
    kind, again = await (await enter(session, door, token="", passed=passed)).receive_json()
    assert (kind, again) == ("entered", passed)
    other = await serving()  # the next server's pass is another one
    assert tuple(await (await enter(session, other, token="", passed=passed)).receive_json()) == _refused(
        "nothing"
    )


async def test_an_address_for_once_lets_in_once(serving, session):
    door = await serving()
    code = door.url_for_once().partition("#token=")[2]
    assert TOKEN not in code
    for expected in ("entered", "ended"):
        assert (await (await enter(session, door, token=code)).receive_json())[0] == expected


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/static/xterm.js", "/?token=x"])
async def test_what_everybody_gets_holds_no_secret_and_no_cookie(serving, session, path):
    door = await serving()
    _, passed = await (await enter(session, door)).receive_json()
    async with session.get(door.root + path) as answer:
        assert answer.status == 200
        text = await answer.text()
        assert TOKEN not in text
        assert passed not in text
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_the_token_stands_where_it_is_sent_to_no_server(serving):
    door = await serving()
    assert urlsplit(door.url).fragment == f"token={TOKEN}"
    assert urlsplit(door.url).query == ""


@pytest.mark.parametrize("path", ["/static/none", "/download/x"])
async def test_there_is_nothing_else(serving, session, path):
    door = await serving()
    async with session.get(door.root + path) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "192.168.0.1", "[", ""])
async def test_a_foreign_host_is_refused(serving, session, host):
    door = await serving()
    async with session.get(door.root, headers={"Host": host}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
async def test_a_websocket_from_another_origin_is_refused(serving, session, marks, origin):
    door = await serving()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await session.ws_connect(door.root + "/ws", headers={"Origin": origin} if origin else {})
    assert refused.value.status == 403
    assert marks() == []


async def test_anything_but_reading_needs_our_origin(serving, session):
    door = await serving()
    async with session.post(door.root) as answer:
        assert answer.status == 403
    async with session.post(door.root, headers={"Origin": door.root}) as answer:
        assert answer.status == 405


async def test_another_user_of_this_machine_is_refused(serving, session, marks, monkeypatch):
    door = await serving()
    monkeypatch.setattr("runner.serve.peer._ours", lambda: {os.getuid() + 1})
    async with session.get(door.root) as answer:
        assert answer.status == 403
        assert "Another user of this machine" in await answer.text()
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await enter(session, door)
    assert marks() == []


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not tell whose a socket is")
@pytest.mark.parametrize(
    ("family", "host"),
    [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::ffff:127.0.0.1")],
)
def test_whose_a_connection_is(family, host):
    try:
        listening = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("no such addresses here")
    with listening, socket.create_connection(listening.getsockname()[:2]) as ours:
        theirs, _ = listening.accept()
        with theirs:
            assert peer.owner(ours.getsockname()[:2], ours.getpeername()[:2]) == os.getuid()
            assert not peer.of_another(theirs.getpeername(), theirs.getsockname(), {os.getuid()})
            assert peer.of_another(theirs.getpeername(), theirs.getsockname(), {os.getuid() + 1})
    assert peer.owner(("192.0.2.1", 80), ("192.0.2.2", 80)) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_program_of_somebody_else_is_known():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        port = listening.getsockname()[1]
        connect = f"s = socket.create_connection(('127.0.0.1', {port})); s.recv(1)"
        script = f"import os, socket, encodings.idna; os.setuid(65534); {connect}"
        with subprocess.Popen([sys.executable, "-c", script]) as nobody:
            theirs, _ = listening.accept()
            with theirs:
                assert peer.owner(theirs.getpeername(), theirs.getsockname()) == 65534
                assert peer.of_another(theirs.getpeername(), theirs.getsockname(), {0})
            nobody.wait()


# connections that never finish


async def _gone(reader, writer):
    """Wait until the server has closed this connection."""
    async with asyncio.timeout(60):
        with contextlib.suppress(ConnectionError):
            while await reader.read(1000):
                pass
    writer.close()


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", b"\x16\x03\x01"])
async def test_a_request_that_is_not_finished_does_not_stay(serving, session, monkeypatch, begun):
    monkeypatch.setattr(connections, "WITHIN", 0.3)
    door = await serving()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(door.root).port)
    writer.write(begun)
    await _gone(reader, writer)
    page = await enter(session, door)  # and one that finishes stays
    assert (await page.receive_json())[0] == "entered"
    await asyncio.sleep(0.6)
    await page.send_json(["ping", "1"])
    while (message := await page.receive()).type is not aiohttp.WSMsgType.TEXT or "pong" not in message.data:
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


async def test_a_request_that_comes_drop_by_drop_does_not_stay(serving, monkeypatch):
    monkeypatch.setattr(connections, "WITHIN", 0.5)
    door = await serving()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(door.root).port)
    gone = asyncio.create_task(_gone(reader, writer))
    while not gone.done():
        with contextlib.suppress(ConnectionError):
            writer.write(b"G")
            await writer.drain()
        await asyncio.sleep(0.05)
    await gone
    assert reader.at_eof() or reader.exception()  # the server closed it


async def test_there_are_never_too_many_connections(serving, session, monkeypatch):
    monkeypatch.setattr(connections, "MOST", 5)
    door = await serving()
    port = urlsplit(door.root).port
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    await _gone(*await asyncio.open_connection("127.0.0.1", port))
    for _, writer in idle:
        writer.close()
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(door.root) as answer:
                    assert answer.status == 200
                    return


@pytest.mark.parametrize("head", [b"X-A: " + b"a" * 100_000, b"X-A: a\r\n" * 10_000])
async def test_a_head_that_is_too_long_is_refused(serving, head):
    door = await serving()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(door.root).port)
    with contextlib.suppress(ConnectionError):
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"\r\n\r\n")
        await writer.drain()
    output = b""
    with contextlib.suppress(ConnectionError):
        output = await asyncio.wait_for(reader.read(100), 20)
    assert output == b"" or output.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 431"))
    writer.close()


def test_names_that_may_be_called():
    for name in ("localhost:8000", "127.0.0.1", "[::1]:9"):
        assert place.may_be_called("127.0.0.1", name)
    assert place.may_be_called("0.0.0.0", "192.168.0.7:8000")
    assert not place.may_be_called("0.0.0.0", "evil.example")
    assert place.may_be_called("lab.example", "lab.example:8000")


def test_a_port_that_is_taken_is_reported():
    with place.listen("127.0.0.1", 0) as taken, pytest.raises(place.CannotListen, match="already in use"):
        place.listen("127.0.0.1", place.port_of(taken))


def test_an_address_does_not_say_localhost():
    """Which is two addresses, and at the other one another server may listen."""
    with place.listen("localhost", 0) as listening:
        assert place.named("localhost", listening) in ("127.0.0.1", "::1")
    with place.listen("127.0.0.1", 0) as listening:
        assert place.named("lab.example", listening) == "lab.example"
