"""curl in a pod: what it sends, prints and ends with."""

from __future__ import annotations

import asyncio

import pytest

from runner.practice.containers.network_messages import Listener, Request, Response
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import Web, web


async def out(made: Web, *argv: str, stdin: str | None = None) -> str:
    code, text, error = await made.run("curl", "-sS", *argv, stdin=stdin)
    assert (code, error) == (0, "")
    return text


async def test_a_body_a_head_and_a_status(room: ContainerRoom) -> None:
    made = await web(room)
    assert await out(made, "AT") == "hello\n"
    head = await out(made, "-I", "http://AT/")
    assert head.startswith("HTTP/1.1 200 OK\r\nServer: fixture\r\nDate: ")
    assert head.endswith("Content-Length: 6\r\n\r\n")
    assert made.got[-1].method == "HEAD"
    assert (
        await out(made, "-o", "/dev/null", "-w", r"%{http_code} %{size_download}\n", "AT/status/503")
        == "503 3\n"
    )


async def test_what_is_sent(room: ContainerRoom) -> None:
    made = await web(room)
    text = await out(made, "-d", "a=1", "-d", "b=2", "-H", "Host: shop.example", "-A", "Firefox", "AT/echo")
    assert text == (
        "POST /echo\nHost: shop.example\nUser-Agent: Firefox\nAccept: */*\n"
        "Content-Length: 7\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=2"
    )
    text = await out(
        made, "-X", "PUT", "-H", "Content-Type: application/json", "-d", "@-", "AT/echo", stdin='{"x":\n1}'
    )
    assert text.startswith("PUT /echo\n")
    assert text.endswith('{"x":1}')
    assert (await out(made, "-G", "--data-urlencode", "q=a b", "AT/echo")).startswith("GET /echo?q=a%20b\n")
    await out(made, "-u", "jason:secret", "AT/")
    assert made.got[-1].header("Authorization") == "Basic amFzb246c2VjcmV0"


async def test_redirects_are_followed_only_where_asked(room: ContainerRoom) -> None:
    made = await web(room)
    assert await out(made, "AT/moved") == ""
    assert await out(made, "-L", "AT/moved") == "hello\n"


async def test_several_urls_and_a_file(room: ContainerRoom) -> None:
    made = await web(room)
    assert await out(made, "AT/status/[200-202]", "-w", "%{http_code} ") == "so\n200 so\n201 so\n202 "
    assert await room.sh(made.client, f"curl -sO {made.at}/json && cat json") == '{"b":1,"a":["x"]}'


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("AT:1",), 3, "curl: (3) URL using bad/illegal format or missing URL\n"),
        (("-f", "AT/status/404"), 22, "curl: (22) The requested URL returned error: 404\n"),
        (("https://AT/",), 35, "curl: (35) error:0A00010B:SSL routines::wrong version number\n"),
        (("http://nowhere.example/",), 6, "curl: (6) Could not resolve host: nowhere.example\n"),
        (("ftp://AT/",), 1, 'curl: (1) Protocol "ftp" not supported or disabled in libcurl\n'),
    ],
)
async def test_how_it_fails(room: ContainerRoom, argv: tuple[str, ...], code: int, words: str) -> None:
    made = await web(room)
    assert await made.run("curl", "-sS", *argv) == (code, "", words)
    assert (await made.run("curl", "-s", *argv))[2] == ""


async def test_refused_slow_empty_and_not_http(room: ContainerRoom) -> None:
    made = await web(room)
    code, _, error = await made.run("curl", "-sS", f"{made.server.ip}:81")
    assert code == 7
    assert error.startswith(f"curl: (7) Failed to connect to {made.server.ip} port 81 after ")
    assert error.endswith(" ms: Couldn't connect to server\n")
    code, _, error = await made.run("curl", "-sS", "-m", "0.05", "AT/slow")
    assert code == 28
    assert error.startswith("curl: (28) Operation timed out after ")
    container = room.runtime.container(made.server.id)

    async def silent(source: object, sink: object) -> None:
        return None

    container.pod.listen(container, 90, Listener(stream=silent))
    assert (await made.run("curl", "-sS", f"{made.server.ip}:90"))[::2] == (
        52,
        "curl: (52) Empty reply from server\n",
    )


async def test_the_meter_and_verbose(room: ContainerRoom) -> None:
    made = await web(room)
    code, text, error = await made.run("curl", "AT")
    assert (code, text) == (0, "hello\n")
    lines = error.splitlines()
    assert lines[0].startswith("  % Total    % Received % Xferd  Average Speed")
    assert lines[-1].startswith("100     6  100     6    0     0 ")
    error = (await made.run("curl", "-sv", "AT/json"))[2]
    assert (
        f"* Connected to {made.server.ip} ({made.server.ip}) port 8080 (#0)\n> GET /json HTTP/1.1\r\n"
        in error
    )
    assert "< HTTP/1.1 200 OK\r\n" in error


async def test_tries_again_after_a_503(room: ContainerRoom) -> None:
    made = await web(room)
    code, _, error = await made.run(
        "curl", "-S", "--no-progress-meter", "--retry", "2", "--retry-delay", "0", "AT/status/503"
    )
    assert (code, len(made.got)) == (0, 3)
    assert "Warning: Problem: HTTP error. Will retry in 0 seconds. 2 retries left.\n" in error


async def test_a_server_that_ends_meanwhile_breaks_the_connection(room: ContainerRoom) -> None:
    over = asyncio.Event()

    async def waits(request: Request) -> Response:
        await over.wait()
        return Response(200)

    made = await web(room, handler=waits)
    asking = asyncio.ensure_future(made.run("curl", "-sS", "AT"))
    await room.until(lambda: made.got)
    await room.stop(made.server)
    over.set()
    assert await asking == (56, "", "curl: (56) Recv failure: Connection reset by peer\n")


@pytest.mark.parametrize(("image", "agent"), [("debian", "curl/7.88.1"), ("curlimages/curl", "curl/8.10.1")])
async def test_an_image_has_its_own_curl(room: ContainerRoom, image: str, agent: str) -> None:
    made = await web(room, image)
    await out(made, "AT")
    assert made.got[0].header("User-Agent") == agent


async def test_cookies_are_kept_and_written(room: ContainerRoom) -> None:
    async def remembers(request: Request) -> Response:
        if request.path == "/login":
            return Response(302, [("Location", "/"), ("Set-Cookie", "sid=abc; Path=/; HttpOnly")])
        return Response(200, [], request.header("Cookie").encode() + b"\n")

    made = await web(room, handler=remembers)
    assert await out(made, "-L", "-c", "/tmp/jar", "AT/login") == "sid=abc\n"
    jar = await room.sh(made.client, "cat /tmp/jar")
    assert jar.endswith(f"#HttpOnly_{made.server.ip}\tFALSE\t/\tFALSE\t0\tsid\tabc\n")
    assert await out(made, "-b", "/tmp/jar", "AT/") == "sid=abc\n"
    assert await out(made, "-b", "x=1", "AT/") == "x=1\n"
    assert await out(made, "-b", "", "-L", "AT/login") == "sid=abc\n"


async def test_other_places(room: ContainerRoom) -> None:
    made = await web(room)
    assert await out(made, "--connect-to", f"shop.example:80:{made.at}", "http://shop.example/") == "hello\n"
    assert made.got[-1].header("Host") == "shop.example"
    assert await out(made, "-x", "http://AT", "http://shop.example/x") == "hello\n"
    assert made.got[-1].target == "http://shop.example/x"
    assert await out(made, "file:///etc/hostname") == "client\n"
    assert (await made.run("curl", "-sS", "file:///nowhere"))[0] == 37
    assert (await made.run("curl", "-sS", "--unix-socket", "/var/run/docker.sock", "http://localhost/"))[
        0
    ] == 7
    assert (await out(made, "--url-query", "a=b c", "AT/echo")).startswith("GET /echo?a=b%20c\n")
    assert await out(made, "AT/status/200", "--next", "-sS", "AT/json") == 'so\n{"b":1,"a":["x"]}'
    assert await made.run("curl", "-sS", "--max-filesize", "3", "AT") == (
        63,
        "",
        "curl: (63) Maximum file size exceeded\n",
    )
    text = await out(made, "-w", "@-", "-o", "/dev/null", "AT", stdin="%{http_code}\n")
    assert text == "200\n"
