"""Requests that are really sent: from this machine, and by curl and wget as a container has them."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from dataclasses import replace

import pytest
from aiohttp import web
from fake_api import FakeApi

from checks.base import CannotRead, CommandResult, TrafficRequest
from runner.world import traffic_pace
from runner.world.live_cluster import LiveCluster
from runner.world.traffic_inside import BATCH, from_pod
from runner.world.traffic_outside import from_outside
from runner.world.traffic_pace import TrafficPace


class Site:
    """A web site that counts what it is asked for."""

    def __init__(self):
        self.seen, self.connections, self.url, self.at_once, self.most_at_once = Counter(), set(), "", 0, 0

    async def answer(self, request):
        self.seen[request.path] += 1
        self.connections.add(request.transport.get_extra_info("peername"))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if request.path == "/slow":
                await asyncio.sleep(0.15)
            if request.path == "/never":
                await asyncio.sleep(30)
        finally:
            self.at_once -= 1
        if request.path == "/status":
            raise web.HTTPServiceUnavailable(text="HTTP/1.1 200 not really")
        if request.path == "/turns":
            status = 500 if self.seen["/turns"] % 2 else 200
            return web.Response(status=status, text=f"number {self.seen['/turns']}\n")
        name = request.headers.get("X-User", "nobody")
        return web.Response(text=f"한글 hello {name}\n\nversion: v2", headers={"X-Version": "v2"})


@pytest.fixture
async def site():
    found = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    found.url = f"http://127.0.0.1:{listening._server.sockets[0].getsockname()[1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
async def cluster(api: FakeApi, access_to):
    async with LiveCluster(access_to(api)) as live:
        yield live


class Container:
    """Runs commands on this machine, with only the programs that it has."""

    def __init__(self, folder, *programs):
        self.folder, self.ran = folder, 0
        for each in ("sh", "date", "cut", "sleep", "sed", *programs):
            (folder / each).symlink_to(shutil.which(each))

    async def execute(self, request):
        self.ran += 1
        process = await asyncio.create_subprocess_exec(
            str(self.folder / "sh"),
            *request.command[1:],
            env={"PATH": str(self.folder)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return CommandResult(process.returncode, out.decode(), err.decode(), 0.1)


def request(url, **more):
    return TrafficRequest(**{"count": 20, "seconds": 20.0, "timeout": 2.0, "url": url, **more})


SENDERS = [
    "outside",
    *(
        pytest.param(each, marks=pytest.mark.skipif(not shutil.which(each), reason=each))
        for each in ("curl", "wget")
    ),
]


@pytest.fixture(params=SENDERS)
def send(request, tmp_path, cluster):
    container = None if request.param == "outside" else Container(tmp_path, request.param)

    async def sent(wanted):
        if container is None:
            return await from_outside(wanted, cluster, cluster)
        return await from_pod(replace(wanted, pod="p", container="c"), container)

    return sent


async def test_each_request_is_counted(send, site):
    sample = await send(request(f"{site.url}/", patterns=("v2$", "nobody", "hello jason", "X-Version")))
    assert Counter(each.status for each in sample.answers) == {200: 20}
    assert {each.matched for each in sample.answers} == {frozenset({"v2$", "nobody"})}
    assert all(each.seconds is not None and 0 <= each.seconds < 2 for each in sample.answers)
    assert site.seen["/"] == 20 and len(site.connections) == 20  # balancers choose by connection


async def test_headers_go_with_them_and_those_of_answers_are_looked_at(send, site):
    wanted = request(
        f"{site.url}/", count=3, headers=(("X-User", "it's jason"),), patterns=("hello it's jason",)
    )
    assert [each.matched for each in (await send(wanted)).answers] == [frozenset({"hello it's jason"})] * 3
    wanted = request(f"{site.url}/", count=3, patterns=("^(?i)x-version: v2$", "hello"), in_headers=True)
    assert [each.matched for each in (await send(wanted)).answers] == [frozenset({"^(?i)x-version: v2$"})] * 3


async def test_statuses_are_those_of_the_answers(send, site):
    assert {each.status for each in (await send(request(f"{site.url}/status", count=3))).answers} == {503}
    turns = await send(request(f"{site.url}/turns"))
    assert Counter(each.status for each in turns.answers) == {200: 10, 500: 10}


async def test_what_does_not_answer_is_no_answer(send, site):
    sample = await send(request("http://127.0.0.1:1/", count=2))
    assert [(each.status, bool(each.problem)) for each in sample.answers] == [(0, True)] * 2
    sample = await send(request(f"{site.url}/never", count=1, timeout=1.0))
    assert [each.status for each in sample.answers] == [0]


async def test_it_takes_the_time_that_it_is_given(send, site):
    began = time.monotonic()
    sample = await send(request(f"{site.url}/slow", count=1000, seconds=1.0))
    assert time.monotonic() - began < 4
    assert 1 <= len(sample.answers) <= 15
    assert all(each.seconds >= 0.14 for each in sample.answers)


async def test_they_are_sent_at_a_rate_and_several_at_once(send, site):
    began = time.monotonic()
    sample = await send(request(f"{site.url}/", count=6, rate=10.0))
    assert len(sample.answers) == 6 and time.monotonic() - began >= 0.45
    sample = await send(request(f"{site.url}/slow", count=12, at_once=4))
    assert len(sample.answers) == 12 and 2 <= site.most_at_once <= 4


async def test_a_container_without_a_client_sends_nothing(site, tmp_path):
    sample = await from_pod(replace(request(site.url), pod="p"), Container(tmp_path))
    assert (sample.no_client, sample.answers) == (True, ())


@pytest.mark.skipif(not shutil.which("curl"), reason="curl")
async def test_a_few_are_sent_by_one_command(site, tmp_path):
    container = Container(tmp_path, "curl")
    sample = await from_pod(replace(request(f"{site.url}/", count=2 * BATCH + 1), pod="p"), container)
    assert (len(sample.answers), container.ran) == (2 * BATCH + 1, 3)


async def test_a_container_that_can_not_run_commands_is_an_error():
    class Broken:
        async def execute(self, asked):
            return CommandResult(126, "", "no sh here", 0.1)

    with pytest.raises(CannotRead, match="no sh here"):
        await from_pod(replace(request("http://x/"), pod="p"), Broken())


async def test_the_same_is_not_sent_again_before_it_has_rested():
    pace, began = TrafficPace(), []

    async def one(what, rest, takes=0.0):
        async with pace.turn(what, rest):
            began.append((what, traffic_pace._now()))
            await asyncio.sleep(takes)

    await one("a", 0.2)
    broken_off = asyncio.ensure_future(one("a", 0.2, 5.0))
    await asyncio.sleep(0.3)
    broken_off.cancel()
    await asyncio.gather(broken_off, return_exceptions=True)
    await asyncio.gather(one("a", 0.2), one("b", 0.2))
    await one("b", 0.0)  # goes on with what was just sent
    times = {what: [at for name, at in began if name == what] for what in "ab"}
    assert times["a"][1] - times["a"][0] >= 0.2 and times["a"][2] - times["a"][1] >= 0.3
    assert times["b"][0] < times["a"][2] and times["b"][1] - times["b"][0] < 1.0
    takes = one("c", 0.01, 0.3)
    await takes
    before = traffic_pace._now()
    await one("c", 0.01)
    assert traffic_pace._now() - before >= 0.25  # as long as it took
