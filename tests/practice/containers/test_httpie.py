"""http (HTTPie) in a pod."""

from __future__ import annotations

import json

import pytest

from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.network_programs.httpie_items import split_item
from runner.practice.containers.standard_streams import Streams, Terminal
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import Web, web


async def at_a_terminal(made: Web, *argv: str) -> str:
    """What a command writes to a terminal."""
    written: list[bytes] = []

    async def write(data: bytes) -> None:
        written.append(data)

    argv = tuple(word.replace("AT", made.at) for word in argv)
    await made.room.runtime.exec(made.client.id, argv, Streams(Nothing(), write, write, Terminal()))
    return b"".join(written).decode()


async def test_items_are_json_headers_and_queries(room: ContainerRoom) -> None:
    made = await web(room)
    code, text, _ = await made.run("http", "AT/echo", "productId=1001", "qty:=5", "X-From:me", "page==2")
    assert code == 0
    head, _, body = text.partition("\n\n")
    assert head.startswith("POST /echo?page=2\n")
    assert "Content-Type: application/json" in head
    assert "X-From: me" in head
    assert json.loads(body) == {"productId": "1001", "qty": 5}
    await made.run("http", "put", "AT/actuator/down")
    assert made.got[-1].method == "PUT"
    await made.run("http", "--form", "AT/", "a=b c")
    assert made.got[-1].body == b"a=b+c"
    await made.run("http", "post", "AT/", stdin='{"x": 1}')
    assert made.got[-1].body == b'{"x": 1}'


async def test_the_method_follows_from_the_input(room: ContainerRoom) -> None:
    made = await web(room)

    async def method(*argv: str, stdin: str | None = None) -> str:
        assert (await made.run("http", *argv, "AT/", stdin=stdin))[0] == 0
        return made.got[-1].method

    assert await method() == "GET"
    assert await method(stdin="") == "POST"
    assert await method(stdin='{"x": 1}') == "POST"
    assert await method("--ignore-stdin", stdin="x") == "GET"
    assert await method("--raw=x") == "POST"
    assert (await made.run("http", "AT/", "X-A:b", "q==1"))[0] == 0
    assert made.got[-1].method == "GET"
    assert (await made.run("http", "AT/", "a=b"))[0] == 0
    assert made.got[-1].method == "POST"
    code, _, error = await made.run("http", "AT/", "a=b", stdin="")
    assert (code, "cannot be mixed" in error) == (1, True)
    assert (await made.run("http", "-I", "AT/", "a=b", stdin=""))[0] == 0
    await at_a_terminal(made, "http", "AT/")
    assert made.got[-1].method == "GET"
    await room.sh(made.client, f"echo x | http {made.at}")
    assert (made.got[-1].method, made.got[-1].body) == ("POST", b"x\n")
    await room.sh(made.client, f"http {made.at}")
    assert made.got[-1].method == "GET"


async def test_offline_download_and_a_file_as_the_body(room: ContainerRoom) -> None:
    made = await web(room)
    code, text, _ = await made.run("http", "--offline", "POST", "AT/x", "a=b")
    assert (code, made.got) == (0, [])
    assert text.startswith("POST /x HTTP/1.1\n") or text.startswith("POST /x HTTP/1.1\r\n")
    assert '{"a": "b"}' in text
    code, text, error = await made.run("http", "--download", "AT/json")
    assert (code, text) == (0, "")
    assert 'Downloading 0.0 kB to "json"\nDone. ' in error
    assert await room.sh(made.client, "cat json") == '{"b":1,"a":["x"]}'
    await made.run("http", "AT/", "@json")
    assert (made.got[-1].method, made.got[-1].body) == ("POST", b'{"b":1,"a":["x"]}')
    assert (await made.run("http", "--help"))[0] == 0


async def test_a_terminal_gets_headers_and_formatted_json(room: ContainerRoom) -> None:
    made = await web(room)
    assert (await made.run("http", "AT/json"))[1] == '{"b":1,"a":["x"]}'
    shown = await at_a_terminal(made, "http", "--pretty=format", "AT/json")
    lines = shown.replace("\r", "").splitlines()
    assert lines[:3] == ["HTTP/1.1 200 OK", "Content-Length: 17", "Content-Type: application/json"]
    assert lines[5:] == ["{", '    "a": [', '        "x"', "    ],", '    "b": 1', "}", ""]
    assert "\x1b[" in await at_a_terminal(made, "http", "AT/json")


async def test_how_it_fails(room: ContainerRoom) -> None:
    made = await web(room)
    code, _, error = await made.run("http", "order:8080/orders")
    assert code == 1
    assert error.startswith(
        "\nhttp: error: ConnectionError: HTTPConnectionPool(host='order', port=8080): Max retries exceeded"
    )
    assert "[Errno -2] Name or service not known" in error
    assert "[Errno 111] Connection refused" in (await made.run("http", ":8080/x"))[2]
    assert await made.run("http", "--timeout=0.05", "AT/slow") == (
        2,
        "",
        "\nhttp: error: Request timed out (0.05s).\n\n\n",
    )
    assert (await made.run("http", "--check-status", "AT/status/404"))[0] == 4


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a=b", ("a", "=", "b")),
        ("a:=1", ("a", ":=", "1")),
        ("Host:x:80", ("Host", ":", "x:80")),
        ("q==a=b", ("q", "==", "a=b")),
        (r"a\:b=c", ("a:b", "=", "c")),
        ("f@/etc/hosts", ("f", "@", "/etc/hosts")),
    ],
)
def test_what_an_item_means(text: str, parts: tuple[str, str, str]) -> None:
    assert split_item(text) == parts
