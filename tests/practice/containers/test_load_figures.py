"""What load programs and ping report follows from what their requests took."""

from __future__ import annotations

import asyncio
import re

import pytest
import pytest_asyncio

from runner.practice.containers.cluster_dns import Record
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.network_programs.dig_command import message_size
from runner.practice.containers.network_programs.fortio_histogram import histogram, percentile
from runner.practice.containers.network_programs.load_generator import Outcome, Samples
from runner.practice.containers.network_programs.wrk_command import _rates
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import Web, web

SLOW = 0.06
"""Seconds in which the slow server answers."""


@pytest_asyncio.fixture
async def slow(room: ContainerRoom) -> Web:
    async def answers(_request: Request) -> Response:
        await asyncio.sleep(SLOW)
        return Response(200, [], b"x" * 100)

    made = await web(room, handler=answers)
    room.serve([8080], shop=made.server)
    return made


async def test_hey_says_where_the_time_went(slow: Web) -> None:
    _, text, _ = await slow.run("hey", "-n", "8", "-c", "4", "http://shop:8080/")
    parts = {
        name: [float(each) for each in re.findall(r"([\d.]+) secs", figures)]
        for name, figures in re.findall(r"^  ([\w+ -]+):\t(.*, .*)$", text, re.MULTILINE)
    }
    assert list(parts) == ["DNS+dialup", "DNS-lookup", "req write", "resp wait", "resp read"]
    assert all(fastest <= average <= slowest for average, fastest, slowest in parts.values())
    assert parts["resp wait"][1] >= SLOW
    assert parts["DNS+dialup"][0] >= parts["DNS-lookup"][0]
    assert parts["DNS+dialup"][2] < SLOW
    slowest = float(re.findall(r"Slowest:\t([\d.]+)", text)[0])
    assert slowest >= parts["resp wait"][2]


async def test_ab_has_the_parts_of_a_request(slow: Web) -> None:
    _, text, _ = await slow.run("ab", "-n", "8", "-c", "4", "http://shop:8080/")
    rows = {
        name: [float(each) for each in figures.split()]
        for name, figures in re.findall(r"^(Connect|Processing|Waiting|Total): +(.*)$", text, re.MULTILINE)
    }
    for least, average, _, median, most in rows.values():
        assert least <= average <= most
        assert least <= median <= most
    assert rows["Connect"][4] < SLOW * 1000 <= rows["Waiting"][0] <= rows["Total"][4]
    assert rows["Processing"][1] == pytest.approx(rows["Total"][1] - rows["Connect"][1], abs=2)
    assert f" 100% {rows['Total'][4]:6.0f} (longest request)\n" in text


async def test_wrk_measures_the_rate_of_its_threads(slow: Web) -> None:
    _, text, _ = await slow.run("wrk", "-t2", "-c4", "-d", "550ms", "http://shop:8080/")
    row = re.findall(r"^    Req/Sec +(\S+) +(\S+) +(\S+) +(\S+)%$", text, re.MULTILINE)[0]
    average, _, most, within = (float(each) for each in row)
    assert 5 <= average <= 2 / SLOW
    assert most >= average
    assert 0 < within <= 100


def test_the_rate_of_threads_is_counted_in_tenths_of_a_second() -> None:
    samples = Samples(began=100.0, elapsed=0.25)
    for user, ended in ((0, 100.01), (2, 100.02), (1, 100.03), (0, 100.15), (0, 100.24)):
        samples.add(Outcome(0.01, 200, user=user, ended=ended))
    assert _rates(samples, 2) == [20.0, 10.0, 10.0, 0.0]


def test_fortio_reads_percentiles_from_its_histogram() -> None:
    times = sorted([0.0005, 0.0008, 0.0015, 0.0016, 0.0017, 0.0018, 0.0019, 0.0055, 0.013, 0.0135])
    ranges = histogram(times, 0.001)
    assert [each.line(is_first=number == 0) for number, each in enumerate(ranges)] == [
        ">= 0.0005 <= 0.001 , 0.00075 , 20.00, 2",
        "> 0.001 <= 0.002 , 0.0015 , 70.00, 5",
        "> 0.005 <= 0.006 , 0.0055 , 80.00, 1",
        "> 0.012 <= 0.0135 , 0.01275 , 100.00, 2",
    ]
    assert percentile(ranges, times, 50) == pytest.approx(0.0016)
    assert percentile(ranges, times, 75) == pytest.approx(0.0055)
    assert percentile(ranges, times, 5) == 0.0005
    assert percentile(ranges, times, 100) == 0.0135
    assert len(histogram(times, 0.0001)) > len(ranges)


async def test_fortio_counts_sizes_one_by_one(room: ContainerRoom) -> None:
    sizes = iter([10, 30, 50, 70])

    async def grows(_request: Request) -> Response:
        return Response(200, [], b"x" * next(sizes))

    made = await web(room, handler=grows)
    _, text, _ = await made.run(
        "fortio", "load", "-qps", "0", "-c", "1", "-n", "4", "-p", "50,99", "-jitter", "http://AT/"
    )
    head = int(re.findall(r"Response Header Sizes : .* max (\d+) ", text)[0])
    whole = re.findall(r"Total Sizes : count 4 avg (\S+) \+/- (\S+) min (\S+) max (\S+) sum (\S+)", text)[0]
    assert [float(each) for each in whole] == [head + 40, 22.36, head + 10, head + 70, 4 * head + 160]
    assert re.findall(r"# target (\S+)%", text) == ["50", "99"]
    assert "\nJitter: true\n" in text


async def test_ping_measures(room: ContainerRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await web(room)
    now = iter(number * 0.0025 for number in range(100))
    monkeypatch.setattr(
        "runner.practice.containers.network_programs.ping_command.time.perf_counter", lambda: next(now)
    )
    _, text, _ = await made.run("ping", "-c", "2", "-i", "0.01", made.server.ip)
    assert re.findall(r"time=(\S+) ms", text) == ["2.500", "2.500"]
    assert "rtt min/avg/max/mdev = 2.500/2.500/2.500/0.000 ms" in text
    assert "  2.500 ms  2.500 ms  2.500 ms\n" in (await made.run("traceroute", made.server.ip))[1]


def test_the_size_of_an_answer_is_that_of_the_message() -> None:
    name = "kubernetes.default.svc.cluster.local"
    assert message_size(name, [Record(name, "A", "10.96.0.1")]) == 117  # as CoreDNS answers it
    assert message_size(name, []) == 65
