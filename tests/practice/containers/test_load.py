"""Load from a pod: siege and fortio with their reports."""

from __future__ import annotations

import asyncio
import re
import signal

import pytest

from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.standard_streams import Streams
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import web


def figures(report: str) -> dict[str, float]:
    """The figures of siege's report by their names."""
    found = re.findall(r"^([A-Z][\w ]+):\s*([\d.]+)", report, re.MULTILINE)
    return {name: float(value) for name, value in found}


async def test_siege_reports_in_its_own_form(room: ContainerRoom) -> None:
    made = await web(room)
    code, lines, error = await made.run("siege", "-c3", "-r4", "-v", "http://AT/json")
    assert code == 0
    assert len(made.got) == 12
    assert len(lines.splitlines()) == 12
    assert re.fullmatch(
        r"HTTP/1\.1 200     0\.\d\d secs:      17 bytes ==> GET  /json", lines.splitlines()[0]
    )
    assert error.startswith(
        "** SIEGE 4.0.4\n** Preparing 3 concurrent users for battle.\nThe server is now under siege...\n"
    )
    assert "\nTransactions:\t\t          12 hits\nAvailability:\t\t      100.00 %\nElapsed time:\t\t" in error
    assert (
        "Successful transactions:          12\nFailed transactions:\t           0\nLongest transaction:\t"
        in error
    )


async def test_siege_counts_what_fails(room: ContainerRoom) -> None:
    count = 0

    async def every_fourth_fails(request: Request) -> Response:
        nonlocal count
        count += 1
        return Response(503 if count % 4 == 0 else 404 if count % 4 == 1 else 200)

    made = await web(room, handler=every_fourth_fails)
    report = figures((await made.run("siege", "-c1", "-r20", "http://AT/"))[2])
    assert (report["Transactions"], report["Failed transactions"], report["Availability"]) == (15, 5, 75)
    assert report["Successful transactions"] == 10
    _, _, error = await made.run("siege", "-c2", "-r3", f"http://{made.server.ip}:81/")
    assert error.count("[error] socket: unable to connect sock.c:282: Connection refused\n") == 6
    assert figures(error)["Availability"] == 0


async def test_siege_posts_what_the_url_says(room: ContainerRoom) -> None:
    made = await web(room)
    asked = 'http://AT/orders POST {"productId": "1001", "qty":5}'
    code, lines, _ = await made.run(
        "siege", "-c1", "-r1", "-v", "--content-type", "application/json", "-H", "X-A: b", asked
    )
    assert (code, made.got[0].method, made.got[0].body) == (0, "POST", b'{"productId": "1001", "qty":5}')
    assert made.got[0].header("Content-Type") == "application/json"
    assert made.got[0].header("X-A") == "b"
    assert lines.endswith(f"bytes ==> POST http://{made.at}/orders\n")


async def test_siege_ends_with_its_time_and_with_its_file(room: ContainerRoom) -> None:
    made = await web(room)
    code, _, error = await made.run("siege", "-c2", "-t1S", "-d", "0.05", "http://AT/")
    assert code == 0
    assert "\nLifting the server siege...\nTransactions:" in error
    assert 1 <= figures(error)["Elapsed time"] < 1.5
    await room.sh(made.client, f"printf '# some\\n{made.at}/a\\n{made.at}/b\\n' > urls.txt")
    made.got.clear()
    await made.run("siege", "-c1", "-r2", "-f", "urls.txt")
    assert [request.target for request in made.got] == ["/a", "/b", "/a", "/b"]


async def test_an_interrupted_siege_reports_what_it_has(room: ContainerRoom) -> None:
    made = await web(room)
    written: list[bytes] = []

    async def write(data: bytes) -> None:
        written.append(data)

    argv = ["siege", "-c2", f"http://{made.at}/"]
    running = asyncio.ensure_future(room.runtime.exec(made.client.id, argv, Streams(Nothing(), write, write)))
    await room.until(lambda: len(made.got) > 5)
    processes = room.runtime.container(made.client.id).processes
    next(each for each in processes.values() if each.argv[0] == "siege").send(signal.SIGINT)
    await running
    text = b"".join(written).decode()
    assert "\nLifting the server siege...\nTransactions:" in text
    assert figures(text)["Transactions"] > 5


async def test_a_siege_costs_its_pod_processor_time(room: ContainerRoom) -> None:
    made = await web(room)
    container = room.runtime.container(made.client.id)
    before = container.usage()[0]
    await made.run("siege", "-c5", "-r20", "http://AT/")
    assert container.usage()[0] >= before + 0.009


async def test_fortio_reports_codes_and_shares(room: ContainerRoom) -> None:
    made = await web(room)
    code, report, error = await made.run(
        "fortio", "load", "-c", "2", "-qps", "0", "-n", "20", "-loglevel", "Warning", "http://AT/get"
    )
    assert code == 0
    assert "running at 0 queries per second" in error
    assert "Starting at max qps with 2 thread(s)" in error
    assert re.search(
        r"^# range, mid point, percentile, count\n>= \S+ <= \S+ , \S+ , \S+, \d+$", report, re.MULTILINE
    )
    assert "\nCode 200 : 20 (100.0 %)\n" in report
    assert "\nAll done 20 calls (plus 0 warmup) " in report
    code, text, _ = await made.run("fortio", "curl", "-quiet", "http://AT/json")
    assert (code, text.partition("\r\n")[0]) == (0, "HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("hey", "-n", "20", "-c", "4"), "\nStatus code distribution:\n  [200]\t20 responses\n"),
        (("ab", "-n", "20", "-c", "4"), "\nComplete requests:      20\nFailed requests:        0\n"),
        (
            ("wrk", "-c", "2", "-d", "50ms"),
            "\n  2 threads and 2 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n",
        ),
    ],
)
async def test_other_load_programs(room: ContainerRoom, argv: tuple[str, ...], words: str) -> None:
    made = await web(room)
    code, text, _ = await made.run(*argv, "http://AT/")
    assert code == 0
    assert words in text
    assert len(made.got) >= 20 or argv[0] == "wrk"
