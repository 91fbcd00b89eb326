"""wget, nc and telnet, in the forms of BusyBox and of the programs' own projects."""

from __future__ import annotations

import asyncio

import pytest

from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import web


async def test_wget_of_busybox(room: ContainerRoom) -> None:
    made = await web(room, "busybox")
    assert await made.run("wget", "-qO-", "AT") == (0, "hello\n", "")
    code, text, error = await made.run("wget", "-O", "/tmp/page", "http://AT/")
    assert (code, text) == (0, "")
    assert error.splitlines()[:2] == [f"Connecting to {made.at} ({made.at})", "saving to '/tmp/page'"]
    assert await room.sh(made.client, "cat /tmp/page") == "hello\n"
    assert await made.run("wget", "-qO-", "AT/status/404") == (
        1,
        "",
        "wget: server returned error: HTTP/1.1 404 Not Found\n",
    )
    assert await made.run("wget", "-qO-", "-T", "0.05", "AT/slow") == (1, "", "wget: download timed out\n")
    assert await made.run("wget", "-qO-", "web:80") == (1, "", "wget: bad address 'web:80'\n")
    refused = f"wget: can't connect to remote host ({made.server.ip}): Connection refused\n"
    assert await made.run("wget", "--spider", "--timeout=1", f"{made.server.ip}:81") == (
        1, "", f"Connecting to {made.server.ip}:81 ({made.server.ip}:81)\n{refused}",
    )  # fmt: skip


async def test_wget_of_gnu(room: ContainerRoom) -> None:
    made = await web(room, "ubuntu")
    assert await made.run("wget", "-qO-", "AT") == (0, "hello\n", "")
    code, _, error = await made.run("wget", "AT/")
    assert code == 0
    assert (
        "HTTP request sent, awaiting response... 200 OK\nLength: 6 [text/plain]\nSaving to: 'index.html'\n"
        in error
    )
    assert await made.run("wget", "-qO-", "http://web") == (
        4,
        "",
        "wget: unable to resolve host address 'web'\n",
    )
    code, _, error = await made.run("wget", "-O-", "AT/status/404")
    assert code == 8
    assert error.endswith(" ERROR 404: Not Found.\n\n")


@pytest.mark.parametrize(
    ("image", "opened", "closed"),
    [
        ("busybox", "IP (IP:8080) open\n", "nc: IP (IP:81): Connection refused\n"),
        (
            "debian",
            "Connection to IP 8080 port [tcp/http-alt] succeeded!\n",
            "nc: connect to IP port 81 (tcp) failed: Connection refused\n",
        ),
    ],
)
async def test_whether_a_port_is_open(room: ContainerRoom, image: str, opened: str, closed: str) -> None:
    made = await web(room, image)
    address = made.server.ip
    assert await made.run("nc", "-zv", address, "8080") == (0, "", opened.replace("IP", address))
    assert await made.run("nc", "-zvw1", address, "81") == (1, "", closed.replace("IP", address))


async def test_http_by_hand(room: ContainerRoom) -> None:
    made = await web(room, "busybox")
    text = await room.sh(made.client, rf"printf 'GET / HTTP/1.0\r\n\r\n' | nc {made.server.ip} 8080")
    assert text.startswith("HTTP/1.1 200 OK\r\n")
    assert text.endswith("\r\n\r\nhello\n")


async def test_a_listener_made_with_nc_answers_once(room: ContainerRoom) -> None:
    made = await web(room, "busybox")
    waiting = room.sh(made.client, r"printf 'HTTP/1.1 200 OK\n\nfrom nc' | nc -l -p 9000")
    listening = asyncio.ensure_future(waiting)
    pod = room.runtime.container(made.client.id).pod
    await room.until(lambda: pod.listener(9000))
    own = await made.run("curl", "-s", f"{made.client.ip}:9000/path")
    assert own[:2] == (0, "from nc")
    assert (await listening).startswith("GET /path HTTP/1.1\r\n")
    assert pod.listener(9000) is None


async def test_telnet_says_whether_it_is_connected(room: ContainerRoom) -> None:
    made = await web(room)
    code, text, _ = await made.run("telnet", made.server.ip, "8080")
    assert (code, text) == (
        0,
        f"Trying {made.server.ip}...\nConnected to {made.server.ip}.\nEscape character is '^]'.\n",
    )
    code, _, error = await made.run("telnet", made.server.ip, "81")
    assert (code, error) == (1, "telnet: Unable to connect to remote host: Connection refused\n")
