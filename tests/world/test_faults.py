"""What a network, a server and a proxy can do to list + watch: noticed in time, waited out, and never hammered at."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import replace

import pytest
from aiohttp import web
from fake_api import status
from faulty import FaultyProxy

from checks.base import CannotRead
from checks.phrase import Phrase
from runner.world.backoff import Holds
from runner.world.live_cluster import LiveCluster, Reads
from runner.world.watch_timing import Pauses, Timing


def trouble(reason, words):
    return CannotRead(reason, Phrase(words))


QUICK = Timing(
    grace=0.2,
    first_pause=0.02,
    longest_pause=0.2,
    poll=0.05,
    forbidden_pause=0.2,
    watch_silent=2.0,
    pulse=0.2,
)


@pytest.fixture
async def cluster(api, access_to):
    async with LiveCluster(access_to(api), QUICK) as live:
        yield live


@pytest.fixture
async def proxy(api):
    async with FaultyProxy(api.port) as between:
        yield between


@pytest.fixture
async def through(api, proxy, access_to):
    """The cluster behind the proxy."""
    behind, api.port = api.port, proxy.port
    access = access_to(api)
    api.port = behind
    async with LiveCluster(access, QUICK) as live:
        yield live


async def until(condition, seconds=60.0):
    """Poll until `condition` holds; CannotRead means not yet."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                value = condition()
                value = await value if asyncio.iscoroutine(value) else value
            except CannotRead:
                value = None
            if value:
                return value
            await asyncio.sleep(0.01)


async def until_lost(cluster, reason):
    async def lost():
        try:
            await cluster.get("v1", "Pod", "a", "shop")
        except CannotRead as error:
            return error.reason == reason

    await until(lost)


def times_of(api, verb, plural="pods"):
    """Notes when each such request comes."""
    seen = []
    misbehave = api.misbehave

    def noting(request):
        if api._named(request) == (verb, plural):
            seen.append(time.monotonic())
        return misbehave(request)

    api.misbehave = noting
    return seen


def gaps(times):
    return [after - before for before, after in itertools.pairwise(times)]


# How often something is asked for, in time that is only counted.


def attempts_in(seconds, because, *, listed=False, lasted=0.01, timing=None):
    pauses, clock, count = Pauses(timing or Timing()), 0.0, 0
    while clock < seconds:
        count += 1
        clock += lasted + pauses.next(because, listed=listed, lasted=lasted)
    return count


@pytest.mark.parametrize(
    ("because", "more", "most"),
    [
        (trouble("unreachable", "gone"), {}, 260),  # 10 minutes, every 2.5 to 5 s
        (trouble("timeout", "silent"), {"lasted": 10.0}, 62),
        (trouble("forbidden", "no"), {}, 95),
        (trouble("unauthorized", "no"), {}, 260),
        (
            trouble("server", "503"),
            {"listed": True},
            820,
        ),  # lists stand in for a watch that does not come about
        (None, {"listed": True}, 820),  # 410 again and again
        (None, {}, 820),  # watches that end as soon as they begin
        (None, {"lasted": 270.0}, 4),
    ],
)
def test_an_outage_of_ten_minutes_costs_the_server_little(because, more, most):
    assert attempts_in(600, because, **more) <= most


def test_pauses_differ_by_chance_and_grow():
    gone = trouble("unreachable", "gone")
    many = [Pauses(Timing()).next(gone, listed=False, lasted=0.0) for _ in range(50)]
    assert len(set(many)) > 40
    assert all(0.05 <= pause <= 0.1 for pause in many)
    pauses = Pauses(Timing())
    grown = [pauses.next(gone, listed=False, lasted=0.0) for _ in range(40)]
    assert all(2.5 <= pause <= 5.0 for pause in grown[10:])


async def test_a_question_that_failed_is_not_asked_again_at_once():
    asked = 0

    async def question():
        nonlocal asked
        asked += 1
        raise trouble("unreachable", "gone")

    holds = Holds(first=60.0)
    for _ in range(200):
        with pytest.raises(CannotRead, match="gone"):
            await holds.ask("/version", question)
    assert asked == 1
    with pytest.raises(CannotRead):
        await holds.ask("/another", question)
    assert asked == 2


# What servers say.


async def test_retry_after_is_honoured(api, cluster):
    message = iter([1, 1])

    def busy(request):
        if api._named(request) != ("LIST", "pods") or next(message, None) is None:
            return None
        answer = status(429, "too many requests")
        answer.headers["Retry-After"] = "1"
        return answer

    api.misbehave = busy
    times = times_of(api, "LIST")
    await until(lambda: _asked(cluster, times, 3))
    assert all(gap >= 0.98 for gap in gaps(times)[:2])


async def _asked(cluster, times, count):
    await cluster.list("v1", "Pod", "shop")
    return len(times) >= count


async def test_a_retry_after_without_an_end_is_not_followed(api, cluster):
    def busy(request):
        answer = status(503, "later")
        answer.headers["Retry-After"] = "86400"
        return answer if api._named(request) == ("LIST", "pods") else None

    api.misbehave = busy
    with pytest.raises(CannotRead) as caught:
        await cluster.list("v1", "Pod", "shop")
    assert caught.value.retry_after == 60


async def test_pages_that_expire_are_followed_by_one_whole_list(api, cluster):
    for n in range(1201):
        await api.put("configmaps", f"c{n:04}", "shop")
    limits = []

    def expired(request):
        if api._named(request) != ("LIST", "configmaps"):
            return None
        limits.append(request.query.get("limit"))
        return (
            status(410, "the provided continue parameter is too old") if "continue" in request.query else None
        )

    api.misbehave = expired
    original = api._list

    def whole(request, plural, wanted):
        if "limit" in request.query:
            return original(request, plural, wanted)
        return original(request.clone(rel_url=request.rel_url.update_query(limit="5000")), plural, wanted)

    api._list = whole
    assert len(await until(lambda: cluster.list("v1", "ConfigMap", "shop"))) == 1201
    assert limits == ["500", "500", None]


async def test_versions_that_are_too_old_again_and_again_do_not_make_a_flood(api, cluster):
    api.misbehave = lambda r: status(410, "too old") if r.query.get("watch") else None
    times = times_of(api, "LIST")
    assert await cluster.list("v1", "Pod", "shop") == []
    await until(lambda: len(times) >= 12)
    assert min(gaps(times)[4:]) >= QUICK.poll / 2 * 0.9
    await api.put("pods", "a", "shop")
    await until(lambda: cluster.get("v1", "Pod", "a", "shop"))  # it is as good as polling


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.json_response({}),
        lambda: web.json_response({"kind": "Status", "status": "Success"}),
        lambda: web.Response(status=404, text="<html>default backend - 404</html>", content_type="text/html"),
        lambda: web.Response(status=302, headers={"Location": "/login"}),
    ],
)
async def test_what_a_proxy_makes_up_is_not_taken_for_an_absence(api, cluster, answer):
    await api.put("pods", "a", "shop")
    api.misbehave = lambda r: answer() if "pods" in r.path or r.path == "/login" else None
    with pytest.raises(CannotRead) as caught:
        await cluster.get("v1", "Pod", "a", "shop")
    assert caught.value.reason in ("server", "unreachable")
    api.misbehave = lambda r: None
    assert await until(lambda: cluster.get("v1", "Pod", "a", "shop"))


async def test_a_missing_answer_to_a_get_is_not_an_absence_either(api, cluster):
    await api.put("pods", "a", "shop")

    def made_up(request):
        if request.path.endswith("/pods"):
            return status(403, "no lists")
        return web.Response(status=404, text="no such host") if "/pods/" in request.path else None

    api.misbehave = made_up
    with pytest.raises(CannotRead, match="not an API server"):
        await cluster.get("v1", "Pod", "a", "shop")


async def test_one_group_that_is_down_does_not_take_the_others_with_it(api, cluster):
    api.misbehave = lambda r: status(503, "service unavailable") if "metrics" in r.path else None
    times = times_of(api, "DISCOVER", "metrics.k8s.io/v1beta1")
    for _ in range(300):
        with pytest.raises(CannotRead) as caught:
            await cluster.list("metrics.k8s.io/v1beta1", "PodMetrics", "shop")
        assert caught.value.reason == "server"
        assert await cluster.list("v1", "Pod", "shop") == []
    assert len(times) == 1


async def test_where_only_get_is_allowed_a_failing_one_is_not_asked_for_by_every_check(api, cluster):
    api.misbehave = lambda r: (
        status(403, "no lists")
        if r.path.endswith("/pods")
        else (status(500, "no") if "/pods/" in r.path else None)
    )
    for _ in range(100):
        with pytest.raises(CannotRead):
            await cluster.get("v1", "Pod", "a", "shop")
    assert api.count("GET", "pods") <= 2  # a second one where the machine is slow enough for it to be due


@pytest.mark.parametrize("compressed", [True, False])
async def test_compressed_answers_are_read(api, cluster, compressed):
    for n in range(50):
        await api.put("configmaps", f"c{n}", "shop", data={"text": "x" * 2000})
    original = api._list

    def compressing(request, plural, wanted):
        answer = original(request, plural, wanted)
        if compressed:
            answer.enable_compression(web.ContentCoding.gzip)
        return answer

    api._list = compressing
    assert len(await cluster.list("v1", "ConfigMap", "shop")) == 50


async def test_a_huge_object_comes_through_list_and_watch(api, cluster):
    text = "x" * 3_000_000
    await api.put("configmaps", "big", "shop", data={"text": text})
    assert len((await cluster.get("v1", "ConfigMap", "big", "shop"))["data"]["text"]) == len(text)
    await until(lambda: api.count("WATCH") == 1)
    await api.put("configmaps", "bigger", "shop", data={"text": text + text})
    found = await until(lambda: cluster.get("v1", "ConfigMap", "bigger", "shop"))
    assert len(found["data"]["text"]) == 2 * len(text)


# What networks do.


async def test_a_line_that_is_cut_in_the_middle_loses_nothing(api, through, proxy):
    await api.put("pods", "a", "shop")
    assert await through.get("v1", "Pod", "a", "shop")
    for n in range(6):
        proxy.cut_after = 400 + 137 * n
        proxy.cut()
        await api.put("pods", f"b{n}", "shop", status={"text": "y" * 500})
        proxy.cut_after = None
        await until(lambda n=n: through.get("v1", "Pod", f"b{n}", "shop"))
    assert len(await through.list("v1", "Pod", "shop")) == 7


async def test_a_server_that_goes_silent_is_noticed_by_its_pulse(api, through, proxy, monkeypatch):
    monkeypatch.setattr("runner.world.api_client.ANSWER_WITHIN", 0.4)
    await api.put("pods", "a", "shop")
    assert await through.get("v1", "Pod", "a", "shop")
    reads = Reads()
    await through.read_one("v1", "Pod", "a", "shop", reads)
    proxy.hole = True  # connections stay, the kernel acknowledges, nobody answers
    assert await through.wait(frozenset(reads.watched), 10), "it waited for minutes"
    await until_lost(through, "timeout")
    proxy.hole = False
    assert await until(lambda: through.get("v1", "Pod", "a", "shop"))


async def test_connections_that_are_accepted_and_never_answered_are_reported(
    api, through, proxy, monkeypatch
):
    monkeypatch.setattr("runner.world.api_client.ANSWER_WITHIN", 0.2)
    proxy.hole = True
    await until_lost(through, "timeout")
    attempts = proxy.connections
    assert attempts <= 5
    proxy.hole = False
    await api.put("pods", "a", "shop")
    assert await until(lambda: through.get("v1", "Pod", "a", "shop"))


async def test_a_quiet_cluster_is_asked_for_its_pulse_once_however_many_lists_there_are(api, cluster):
    for kind in ("Pod", "Service", "ConfigMap", "Endpoints"):
        await cluster.list("v1", kind, "shop")
    times = times_of(api, "GET", "version")

    async def reading():  # all are in use
        for kind in ("Pod", "Service", "ConfigMap", "Endpoints"):
            await cluster.list("v1", kind, "shop")
        return len(times) >= 4

    await until(reading)
    assert min(gaps(times)) >= QUICK.pulse * 0.9


async def test_a_watch_that_reports_nothing_is_begun_anew_where_it_was(api, access_to):
    async with LiveCluster(access_to(api), replace(QUICK, watch_silent=0.3)) as cluster:
        await _begun_anew(api, cluster)


async def _begun_anew(api, cluster):
    since = []
    api.misbehave = lambda r: since.append(r.query["resourceVersion"]) if r.query.get("watch") else None
    reads = Reads()
    await cluster.read_many("v1", "Pod", "shop", "", reads)
    waiting = asyncio.create_task(cluster.wait(frozenset(reads.watched), 20))
    await until(lambda: len(since) >= 3)
    assert set(since) == {"10"}
    assert api.count("LIST") == 1, "a silent watch is no reason to list again"
    await api.put("pods", "a", "shop")
    assert await waiting


async def test_a_proxy_that_cuts_idle_connections_costs_a_list_for_each_cut_and_no_more(api, through, proxy):
    proxy.idle = 0.3
    reads = Reads()
    await through.read_many("v1", "Pod", "shop", "", reads)
    before = api.count("LIST")
    waiting = asyncio.create_task(through.wait(frozenset(reads.watched), 20))
    await until(lambda: api.count("WATCH") >= 5)
    assert api.count("LIST") - before <= api.count("WATCH")
    assert not waiting.done(), "what was read is still what it was"
    await api.put("pods", "a", "shop")
    assert await waiting


async def test_a_slow_server_is_waited_for(api, through, proxy):
    proxy.delay = QUICK.grace * 2
    await api.put("pods", "a", "shop")
    assert await through.get("v1", "Pod", "a", "shop")
    await api.put("pods", "b", "shop")
    assert await until(lambda: through.get("v1", "Pod", "b", "shop"))
    assert api.count("LIST") == 1


# What a cluster may be like.


async def test_of_a_long_list_only_what_is_asked_for_is_kept(api, cluster, monkeypatch):
    monkeypatch.setattr("runner.world.live_cluster.SHORT", 20)
    for n in range(60):
        await api.put("configmaps", f"c{n:02}", "shop", labels={"app": "x" if n < 2 else "y"})
    seen = []
    api.misbehave = lambda r: seen.append(dict(r.query)) if "configmaps" in r.path else None
    assert await cluster.get("v1", "ConfigMap", "c01", "shop")
    assert await cluster.get("v1", "ConfigMap", "c59", "shop")
    assert await cluster.get("v1", "ConfigMap", "nothing", "shop") is None
    kept = [len(watched.objects()) for watched in cluster._lists._open.values()]
    assert sorted(kept) == [0, 1, 1]
    assert [each["limit"] for each in seen if "fieldSelector" not in each] == ["20"], (
        "the whole list once, and a page"
    )
    await api.put("configmaps", "nothing", "shop")
    assert await until(lambda: cluster.get("v1", "ConfigMap", "nothing", "shop"))
    assert len(await cluster.list("v1", "ConfigMap", "shop")) == 61, "who asks for all gets all"


async def test_of_a_long_list_a_selector_keeps_what_it_takes(api, cluster, monkeypatch):
    monkeypatch.setattr("runner.world.live_cluster.SHORT", 20)
    for n in range(60):
        await api.put("pods", f"p{n:02}", "shop", labels={"app": "x" if n < 2 else "y"})
    reads = Reads()
    assert len(await cluster.read_many("v1", "Pod", "shop", "app=x", reads)) == 2
    assert len(await cluster.list("v1", "Pod", "shop", "app=nobody")) == 0
    assert sorted(len(watched.objects()) for watched in cluster._lists._open.values()) == [0, 2]
    waiting = asyncio.create_task(cluster.wait(frozenset(reads.watched), 10))
    await api.put("pods", "p00", "shop", labels={"app": "y"})
    assert await waiting
    assert len(await cluster.list("v1", "Pod", "shop", "app=x")) == 1


async def test_lists_that_nobody_reads_are_closed_and_opened_again_when_read(api, access_to):
    async with LiveCluster(access_to(api), replace(QUICK, idle=0.3)) as cluster:
        await _closed_and_opened(api, cluster)


async def _closed_and_opened(api, cluster):
    await api.put("pods", "a", "shop")
    held = Reads()
    await cluster.read_one("v1", "Pod", "a", "shop", held)
    waiting = asyncio.create_task(cluster.wait(frozenset(held.watched), 20))
    events = Reads()
    await cluster.read_many("v1", "ConfigMap", "shop", "", events)
    await until(lambda: len(cluster._lists._open) == 1)
    assert not waiting.done(), "what somebody waits for stays open"
    assert await cluster.wait(frozenset(events.watched), 5), (
        "what was read then is no longer followed: look again"
    )
    assert await cluster.list("v1", "ConfigMap", "shop") == []
    await api.put("pods", "a", "shop", status={"phase": "Running"})
    assert await waiting


async def test_a_selection_is_not_disturbed_by_what_it_does_not_take(api, cluster):
    await api.put("pods", "mine", "shop", labels={"app": "x"})
    reads = Reads()
    found = await cluster.read_many("v1", "Pod", "shop", "app=x", reads)
    await api.put("pods", "other", "shop", labels={"app": "y"})
    await until(lambda: cluster.get("v1", "Pod", "other", "shop"))
    assert await cluster.list("v1", "Pod", "shop", "app=x") is found, "not gone through again"
    waiting = asyncio.create_task(cluster.wait(frozenset(reads.watched), 10))
    await api.put("pods", "mine", "shop", labels={"app": "y"})
    assert await waiting, "it left"
    assert await cluster.list("v1", "Pod", "shop", "app=x") == []


async def test_forbidden_watches_do_not_make_a_flood_of_lists(api, cluster):
    api.misbehave = lambda r: status(403, "no watches") if r.query.get("watch") else None
    times = times_of(api, "LIST")
    await cluster.list("v1", "Pod", "shop")
    await until(lambda: len(times) >= 8)
    assert min(gaps(times)[1:]) >= QUICK.poll * 0.9
    assert api.count("WATCH") == 1


async def test_an_event_that_ends_the_watch_with_an_error_is_made_good(api, cluster):
    message = iter([401, 500, 504])
    original = api._watch

    async def failing(request, plural, wanted):
        code = next(message, None)
        if code is None:
            return await original(request, plural, wanted)
        response = web.StreamResponse()
        await response.prepare(request)
        line = {"type": "ERROR", "object": {"kind": "Status", "code": code, "message": "no"}}
        await response.write(json.dumps(line).encode() + b"\n")
        return response

    api._watch = failing
    await cluster.list("v1", "Pod", "shop")
    await api.put("pods", "a", "shop")
    await until(lambda: api.count("WATCH") == 4)
    assert await until(lambda: cluster.get("v1", "Pod", "a", "shop"))
    assert api.count("LIST") == 4
