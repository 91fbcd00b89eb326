"""The cluster through list + watch, on an API server that misbehaves."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web
from fake_api import status

from checks.base import CannotRead
from runner.world.limits import Limits
from runner.world.live_cluster import LiveCluster, Reads
from runner.world.watch_timing import Timing

QUICK = Timing(grace=0.3, first_pause=0.02, longest_pause=0.2, poll=0.05, forbidden_pause=0.2)


@pytest.fixture
async def cluster(api, access_to):
    async with LiveCluster(access_to(api), QUICK) as live:
        yield live


async def until(condition, seconds=60.0):
    """Poll until `condition` holds; CannotRead means not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = condition()
            value = await value if asyncio.iscoroutine(value) else value
        except CannotRead:
            value = None
        if value:
            return value
        assert time.monotonic() < end, "never came true"
        await asyncio.sleep(0.01)


async def reason_of(reading):
    with pytest.raises(CannotRead) as caught:
        await reading
    return caught.value.reason


async def test_objects_are_read_and_followed(api, cluster):
    await api.put("pods", "a", "shop", labels={"app": "x"}, status={"phase": "Pending"})
    pod = await cluster.get("v1", "Pod", "a", "shop")
    assert (pod["kind"], pod["apiVersion"], pod["status"]) == ("Pod", "v1", {"phase": "Pending"})
    assert "managedFields" not in pod["metadata"]
    assert await cluster.get("v1", "Pod", "b", "shop") is None
    assert await cluster.list("v1", "Pod", "other") == []

    await api.put("pods", "b", "shop", labels={"app": "y"})
    await until(lambda: cluster.get("v1", "Pod", "b", "shop"))
    await api.remove("pods", "a", "shop")

    async def names():
        return [obj["metadata"]["name"] for obj in await cluster.list("v1", "Pod", "shop")]

    async def only_b():
        return await names() == ["b"]

    await until(only_b)
    assert [p["metadata"]["name"] for p in await cluster.list("v1", "Pod", "shop", "app=y")] == ["b"]
    assert await cluster.list("v1", "Pod", "shop", "app!=y") == []


async def test_one_list_and_one_watch_serve_all_readers(api, cluster):
    for n in range(30):
        await api.put("deployments", f"d{n}", "shop")
    reads = [cluster.get("apps/v1", "Deployment", f"d{n}", "shop") for n in range(25)]
    found = await asyncio.gather(*reads, *(cluster.get("v1", "Namespace", "shop") for _ in range(5)))
    assert sum(1 for obj in found if obj) == 25
    await until(lambda: api.count("WATCH") == 2)
    assert (api.count("LIST"), api.count("WATCH"), api.count("DISCOVER")) == (2, 2, 2)
    for n in range(25):
        await cluster.get("apps/v1", "Deployment", f"d{n}", "shop")
    assert sum(api.requests.values()) == 6


async def test_a_long_list_comes_in_pages(api, cluster):
    for n in range(501):
        await api.put("configmaps", f"c{n:03}", "shop")
    assert len(await cluster.list("v1", "ConfigMap", "shop")) == 501
    assert api.count("LIST") == 2


async def test_a_namespaced_kind_without_a_namespace_is_in_default_and_lists_are_of_all(api, cluster):
    await api.put("configmaps", "a", "default")
    await api.put("configmaps", "b", "shop")
    assert await cluster.get("v1", "ConfigMap", "a")
    assert await cluster.get("v1", "ConfigMap", "b") is None
    assert len(await cluster.list("v1", "ConfigMap")) == 2
    await api.put("namespaces", "shop")
    assert await cluster.get("v1", "Namespace", "shop", "ignored")


async def test_of_secrets_only_the_one_that_is_asked_for_is_read(api, cluster):
    seen = []
    api.misbehave = lambda request: seen.append(request.query.get("fieldSelector"))
    await api.put("secrets", "mine", "shop")
    await api.put("secrets", "yours", "shop")
    assert await cluster.get("v1", "Secret", "mine", "shop")
    assert set(seen[1:]) == {"metadata.name=mine"}


async def test_a_kind_that_appears_later_is_found(api, cluster):
    assert (
        await reason_of(cluster.get("networking.istio.io/v1beta1", "Gateway", "a", "shop")) == "unknown-kind"
    )
    assert await reason_of(cluster.list("v1", "Gateway")) == "unknown-kind"
    for _ in range(20):
        await reason_of(cluster.list("v1", "Gateway"))
    assert api.count("DISCOVER", "v1") == 1
    api.groups["networking.istio.io/v1beta1"] = [("gateways", "Gateway", True)]
    await api.put("gateways", "a", "shop")
    await until(lambda: cluster.get("networking.istio.io/v1beta1", "Gateway", "a", "shop"))


async def test_a_kind_that_disappears_is_unknown_again(api, cluster):
    api.groups["x.io/v1"] = [("gateways", "Gateway", True)]
    await api.put("gateways", "a", "shop")
    assert await cluster.get("x.io/v1", "Gateway", "a", "shop")
    del api.groups["x.io/v1"]
    api.misbehave = lambda r: status(404, "not found") if "gateways" in r.path else None
    api.drop_watches()

    async def unknown():
        try:
            await cluster.get("x.io/v1", "Gateway", "a", "shop")
        except CannotRead as error:
            return error.reason == "unknown-kind"

    await until(unknown)


@pytest.mark.parametrize(
    ("code", "groups", "reason"),
    [
        (404, None, "unknown-kind"),  # the API server has listed its groups, and this is none of them
        (404, 403, "forbidden"),
        (404, 503, "server"),
        (404, {}, "server"),  # a proxy that answers everything
        (404, {"groups": [{"versions": [{"groupVersion": "metrics.k8s.io/v1beta1"}]}]}, "server"),
        (503, None, "server"),  # an aggregated API that is down
        (403, None, "forbidden"),
    ],
)
async def test_that_a_kind_is_unknown_is_reported_only_of_a_discovery_that_was_read(
    api, cluster, code, groups, reason
):
    def misbehave(request):
        if request.path == "/apis/metrics.k8s.io/v1beta1":
            return status(code, "no")
        if request.path == "/apis" and groups is not None:
            return status(groups, "no") if isinstance(groups, int) else web.json_response(groups)
        return None

    api.misbehave = misbehave
    assert await reason_of(cluster.list("metrics.k8s.io/v1beta1", "PodMetrics")) == reason
    assert await reason_of(cluster.get("metrics.k8s.io/v1beta1", "PodMetrics", "a", "shop")) == reason


async def test_a_list_that_is_not_found_where_discovery_has_its_kind_is_no_proof_either(api, cluster):
    api.misbehave = lambda r: status(404, "not found") if r.path.endswith("/pods") else None
    assert await reason_of(cluster.list("v1", "Pod")) == "server"


@pytest.mark.parametrize("how", ["dropped", "expired", "compacted"])
async def test_a_broken_watch_is_made_good(api, cluster, how):
    await api.put("pods", "a", "shop")
    await cluster.get("v1", "Pod", "a", "shop")
    await until(lambda: api.count("WATCH") == 1)
    if how == "compacted":
        api.compacted = api.revision + 1
    if how == "expired":
        gone = iter([True])
        api.misbehave = lambda r: (
            status(410, "too old") if r.query.get("watch") and next(gone, False) else None
        )
    api.drop_watches()
    await until(lambda: api.count("WATCH") >= 2)
    await api.put("pods", "b", "shop")
    await until(lambda: cluster.get("v1", "Pod", "b", "shop"))


async def test_a_watch_that_ends_in_good_order_goes_on_without_a_new_list(api, access_to):
    timing = Timing(grace=0.3, first_pause=0.02, longest_pause=0.2, poll=0.05, watch_lasts=1.0)
    async with LiveCluster(access_to(api), timing) as cluster:
        await cluster.list("v1", "Pod", "shop")
        await until(lambda: api.count("WATCH") >= 2)
        await api.put("pods", "b", "shop")
        await until(lambda: cluster.get("v1", "Pod", "b", "shop"))
        assert api.count("LIST") == 1


async def test_bookmarks_move_the_version_on(api, cluster):
    since = []
    api.misbehave = lambda r: since.append(r.query["resourceVersion"]) if r.query.get("watch") else None
    await cluster.list("v1", "Pod", "shop")
    await until(lambda: api.count("WATCH") == 1)
    await api.bookmark("pods")
    await api.put("pods", "a", "shop")
    await until(lambda: cluster.get("v1", "Pod", "a", "shop"))
    assert since == ["10"]


async def test_what_is_old_is_not_reported_as_the_truth(api, cluster):
    await api.put("pods", "a", "shop")
    assert await cluster.get("v1", "Pod", "a", "shop")
    await api.stop()
    assert await cluster.get("v1", "Pod", "a", "shop")  # a moment's grace

    async def unreachable():
        try:
            await cluster.get("v1", "Pod", "a", "shop")
        except CannotRead as error:
            return error.reason == "unreachable"

    await until(unreachable)
    assert await reason_of(cluster.get("v1", "Pod", "nothing", "shop")) == "unreachable"
    assert await reason_of(cluster.list("v1", "Pod", "shop")) == "unreachable"

    api.objects.clear()
    api.history.clear()
    api.revision = 3  # back as a new cluster, whose versions start again
    await api.start()

    async def gone():
        return await cluster.get("v1", "Pod", "a", "shop") is None

    await until(gone)


async def test_an_api_server_that_is_not_there(api, access_to):
    access = access_to(api)
    await api.stop()
    async with LiveCluster(access, QUICK) as cluster:
        assert await reason_of(cluster.get("v1", "Pod", "a", "shop")) == "unreachable"
        assert await reason_of(cluster.version()) == "unreachable"
        assert await reason_of(cluster.can("get", "pods")) == "unreachable"


async def test_server_errors_are_waited_out(api, cluster):
    troubles = iter([500, 503, 429])
    api.misbehave = lambda r: (
        status(code, "trouble") if "pods" in r.path and (code := next(troubles, None)) else None
    )
    await api.put("pods", "a", "shop")
    assert await cluster.get("v1", "Pod", "a", "shop")  # within the grace, nobody hears of it


async def test_server_errors_that_stay_are_reported(api, cluster):
    api.misbehave = lambda r: status(503, "etcd is down") if "pods" in r.path else None
    with pytest.raises(CannotRead, match="503 etcd is down") as caught:
        await cluster.list("v1", "Pod", "shop")
    assert caught.value.reason == "server"
    attempts = api.count("LIST")
    assert attempts < 30
    api.misbehave = lambda r: None
    await until(lambda: api.count("WATCH") == 1)
    assert await cluster.list("v1", "Pod", "shop") == []


async def test_what_is_not_an_api_server(api, cluster):
    api.misbehave = lambda r: web.Response(text="<html>Please log in</html>", content_type="text/html")
    assert await reason_of(cluster.list("v1", "Pod", "shop")) == "server"
    assert await reason_of(cluster.version()) == "server"


def refuse(*verbs, names=()):
    """403 for lists (and watches); `names`: allowed where narrowed to these."""

    def misbehave(request):
        narrowed = request.query.get("fieldSelector", "").removeprefix("metadata.name=")
        verb = "WATCH" if request.query.get("watch") else "LIST"
        if "pods" not in request.path or not request.path.endswith("/pods"):
            return status(403, "no") if "GET" in verbs and "/pods/" in request.path else None
        if verb in verbs and narrowed not in names:
            return status(403, f'pods is forbidden: cannot {verb.lower()} resource "pods"')
        return None

    return misbehave


async def test_where_lists_are_forbidden_one_object_is_watched(api, cluster):
    api.misbehave = refuse("LIST", "WATCH", names=("a",))
    await api.put("pods", "a", "shop")
    assert await cluster.get("v1", "Pod", "a", "shop")
    assert await reason_of(cluster.list("v1", "Pod", "shop")) == "forbidden"
    await api.remove("pods", "a", "shop")

    async def gone():
        return await cluster.get("v1", "Pod", "a", "shop") is None

    await until(gone)
    assert api.count("GET", "pods") == 0


async def test_where_only_get_is_allowed_it_is_asked_each_time(api, cluster):
    api.misbehave = refuse("LIST", "WATCH")
    await api.put("pods", "a", "shop")
    reads = Reads()
    assert await cluster.read_one("v1", "Pod", "a", "shop", reads)
    assert await cluster.read_one("v1", "Pod", "b", "shop", reads) is None
    assert reads.polled
    assert api.count("GET", "pods") == 2


async def test_where_nothing_is_allowed_nothing_is_reported(api, cluster):
    api.misbehave = refuse("LIST", "WATCH", "GET")
    assert await reason_of(cluster.get("v1", "Pod", "a", "shop")) == "forbidden"
    api.misbehave = lambda r: None
    await api.put("pods", "a", "shop")
    await until(lambda: cluster.get("v1", "Pod", "a", "shop"))


async def test_where_watches_are_forbidden_lists_are_repeated(api, cluster):
    api.misbehave = refuse("WATCH")
    assert await cluster.list("v1", "Pod", "shop") == []
    await api.put("pods", "a", "shop")
    await until(lambda: cluster.get("v1", "Pod", "a", "shop"))


@pytest.mark.parametrize(
    "junk", [b'{"type": "ADDED"}\n', b"not json\n", b'{"type": "ERROR", "object": {"code": 500}}\n']
)
async def test_a_watch_that_reports_nonsense_is_listed_again(api, cluster, junk):
    async def nonsense(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(junk)
        return response

    api.misbehave = lambda r: None
    original, message = api._watch, iter([True])

    async def watch(request, plural, wanted):
        return await (nonsense(request) if next(message, False) else original(request, plural, wanted))

    api._watch = watch
    await cluster.list("v1", "Pod", "shop")
    await until(lambda: api.count("WATCH") >= 2)
    await api.put("pods", "a", "shop")
    await until(lambda: cluster.get("v1", "Pod", "a", "shop"))


async def test_wrong_credentials_are_unauthorized(api, access_to):
    api.tokens = {"another"}
    async with LiveCluster(access_to(api), QUICK) as cluster:
        assert await reason_of(cluster.list("v1", "Pod", "shop")) == "unauthorized"


async def test_version_and_access_review(api, cluster):
    assert await cluster.version() == "1.22.4"
    assert await cluster.can("create", "clusterroles.rbac.authorization.k8s.io")
    api.allowed = False
    assert not await cluster.can("get", "pods/log", "shop")


async def test_waiting_ends_when_what_was_read_changes(api, cluster):
    await api.put("pods", "a", "shop", labels={"app": "x"})
    reads = Reads()
    await cluster.read_one("v1", "Pod", "a", "shop", reads)
    one = frozenset(reads.watched)
    many_reads = Reads()
    await cluster.read_many("v1", "Pod", "shop", "app=x", many_reads)
    many = frozenset(many_reads.watched)
    assert await cluster.wait(one, 0.05) is False
    waiting = asyncio.create_task(cluster.wait(one, 10))
    waiting_for_many = asyncio.create_task(cluster.wait(many, 10))
    await api.put("pods", "b", "shop")
    assert not await cluster.wait(one, 0.1)
    await api.put("pods", "c", "shop", labels={"app": "x"})
    assert await waiting_for_many
    assert not waiting.done()
    await api.put("pods", "a", "shop", status={"phase": "Running"})
    assert await waiting


async def test_waiting_ends_when_the_cluster_is_lost_and_when_it_is_back(api, cluster):
    await api.put("pods", "a", "shop")
    reads = Reads()
    await cluster.read_one("v1", "Pod", "a", "shop", reads)
    await api.stop()
    assert await cluster.wait(frozenset(reads.watched), 10)
    lost = Reads()
    with pytest.raises(CannotRead):
        await cluster.read_one("v1", "Pod", "a", "shop", lost)
    await api.start()
    assert await cluster.wait(frozenset(lost.watched), 10)
    assert await cluster.get("v1", "Pod", "a", "shop")


async def test_a_flood_of_attempts_does_not_fall_on_a_server_with_faults(api, cluster):
    api.misbehave = lambda r: status(503, "no")
    results = await asyncio.gather(
        *(cluster.get("v1", "Pod", f"p{n}", "shop") for n in range(40)), return_exceptions=True
    )
    assert all(isinstance(result, CannotRead) for result in results)
    assert sum(api.requests.values()) == 1  # discovery, once for all


async def test_a_cluster_that_was_never_reached_is_reported_as_trouble(api, cluster):
    await api.stop()
    assert cluster.read_error is None, "nobody has asked yet"
    with pytest.raises(CannotRead):
        await cluster.get("v1", "Pod", "a", "shop")
    assert cluster.read_error is not None
    assert cluster.read_error.reason == "unreachable"


async def test_what_is_looked_at_once_is_not_watched_and_what_is_read_again_later_is_listed_again(
    api, access_to
):
    await api.put("pods", "a", "shop")
    async with LiveCluster(access_to(api), QUICK, limits=Limits(unwatched=0.3)) as live:
        assert await live.get("v1", "Pod", "a", "shop")
        await api.put("pods", "b", "shop")
        await until(lambda: live.get("v1", "Pod", "b", "shop"))
        assert (api.count("LIST"), api.count("WATCH")) == (2, 0)


async def test_what_was_listed_anew_in_vain_is_no_longer_reported(api, access_to):
    await api.put("pods", "a", "shop")
    async with LiveCluster(access_to(api), QUICK, limits=Limits(unwatched=0.1)) as live:
        assert await live.get("v1", "Pod", "a", "shop")
        api.misbehave = lambda request: status(403, "no")
        await until_refused(live, "forbidden")


async def until_refused(live, reason, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            await live.get("v1", "Pod", "a", "shop")
        except CannotRead as error:
            assert error.reason == reason
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it is still told")


async def test_what_somebody_goes_on_waiting_for_is_watched_and_nothing_of_the_meantime_is_lost(
    api, access_to
):
    await api.put("pods", "a", "shop")
    async with LiveCluster(access_to(api), QUICK, limits=Limits(unwatched=0.3)) as live:
        reads = Reads()
        assert await live.read_one("v1", "Pod", "b", "shop", reads) is None
        await api.put("pods", "b", "shop")
        assert api.count("WATCH") == 0
        assert await live.wait(frozenset(reads.watched), 60.0)
        assert await live.get("v1", "Pod", "b", "shop")
        assert (api.count("LIST"), api.count("WATCH")) == (1, 1)


async def test_no_more_requests_are_on_their_way_than_the_limit_says(api, access_to, monkeypatch):
    going, most, answer = 0, 0, api._answer

    async def slow(*request):
        nonlocal going, most
        going += 1
        most = max(most, going)
        await asyncio.sleep(0.05)
        going -= 1
        return await answer(*request)

    monkeypatch.setattr(api, "_answer", slow)
    kinds = ("Pod", "Service", "ConfigMap", "Endpoints")
    async with LiveCluster(access_to(api), QUICK, limits=Limits(unwatched=60.0, requests=2)) as live:
        await asyncio.gather(*(live.list("v1", kind) for kind in kinds))
    assert (api.count("LIST"), most) == (4, 2)
