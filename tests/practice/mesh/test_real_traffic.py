"""What clients see through a real Envoy: shares, time limits, retries, faults, ejection, overflow, copies."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.practice.mesh.real_envoy import Asked, RealMesh, until
from tests.practice.mesh.translated_mesh import SmallMesh

pytest.importorskip("envoy")
pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES = """
kind: DestinationRule
metadata: {name: reviews}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
"""


def routed(rule: str) -> str:
    """A VirtualService of reviews with one rule."""
    return f"{RULES}\n---\nkind: VirtualService\nmetadata: {{name: reviews}}\nspec:\n  hosts: [reviews]\n  http:\n  - {rule}\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def real() -> AsyncIterator[RealMesh]:
    mesh = SmallMesh()
    mesh.service("reviews", [mesh.pod("reviews-v1", version="v1"), mesh.pod("reviews-v2", version="v2")])
    mesh.service("failing", [mesh.pod("failing-0"), mesh.pod("failing-1")])
    mesh.pod("sleep")
    async with RealMesh(mesh).running() as running:
        for pod in ("reviews-v1", "reviews-v2"):
            await running.serve(pod)
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def clean(real: RealMesh) -> AsyncIterator[None]:
    real.asked.clear()
    yield
    await real.without("VirtualService", "DestinationRule")


async def test_shares_are_those_of_the_weights(real: RealMesh) -> None:
    await real.apply(
        routed(
            "route: [{destination: {host: reviews, subset: v1}, weight: 80},"
            " {destination: {host: reviews, subset: v2}, weight: 20}]"
        )
    )

    async def hundred() -> Counter[str]:
        return Counter([(await real.get("sleep", "reviews")).body for _ in range(100)])

    found = sum(await asyncio.gather(*(hundred() for _ in range(10))), Counter[str]())
    # 99.9 % of all samples of a thousand are within 3.29 standard deviations
    assert abs(found["reviews-v1"] - 800) < 3.29 * math.sqrt(1000 * 0.8 * 0.2), found


async def test_a_changed_route_is_in_effect_at_once(real: RealMesh) -> None:
    for version in ("v1", "v2"):
        await real.apply(routed(f"route: [{{destination: {{host: reviews, subset: {version}}}}}]"))
        assert {(await real.get("sleep", "reviews")).body for _ in range(5)} == {f"reviews-{version}"}


async def test_a_header_chooses_the_version(real: RealMesh) -> None:
    await real.apply(
        routed(
            "match: [{headers: {end-user: {exact: jason}}}]\n    route: [{destination: {host: reviews, subset: v2}}]\n"
            "  - route: [{destination: {host: reviews, subset: v1}}]"
        )
    )
    assert (await real.get("sleep", "reviews", headers={"end-user": "jason"})).body == "reviews-v2"
    assert (await real.get("sleep", "reviews.default.svc.cluster.local:9080")).body == "reviews-v1"


async def test_without_a_time_limit_nothing_ends_a_request_and_with_one_it_is_504(real: RealMesh) -> None:
    async def slow(asked: Asked) -> tuple[int, str]:
        await asyncio.sleep(float(asked.headers["wait"]))
        return 200, "late"

    await real.serve("failing-0", slow)
    await real.serve("failing-1", slow)
    assert (await real.get("sleep", "failing", headers={"wait": "0.7"})).status == 200
    await real.apply(
        "kind: VirtualService\nspec:\n  hosts: [failing]\n  http: [{timeout: 0.5s, route: [{destination: {host: failing}}]}]"
    )
    start = time.monotonic()
    answer = await real.get("sleep", "failing", headers={"wait": "3"})
    assert answer.status == 504
    assert answer.body == "upstream request timeout"
    assert abs(time.monotonic() - start - 0.5) < 0.2
    assert (await real.logged("sleep", code=504))["flags"] == "UT"


async def test_a_request_that_fails_with_503_is_tried_three_times_in_all(real: RealMesh) -> None:
    async def failing(asked: Asked) -> tuple[int, str]:
        return 503, "no"

    await real.serve("failing-0", failing)
    await real.serve("failing-1", failing)
    assert (await real.get("sleep", "failing")).status == 503
    assert len(real.asked) == 3
    assert [asked.headers["x-envoy-attempt-count"] for _, asked in real.asked] == ["1", "2", "3"]
    assert (await real.logged("sleep", code=503))["flags"] == "URX"


async def test_retries_are_as_many_as_the_route_says_and_for_what_it_says(real: RealMesh) -> None:
    async def failing(asked: Asked) -> tuple[int, str]:
        return 500, "no"

    await real.serve("failing-0", failing)
    await real.serve("failing-1", failing)
    for attempts, on, expected in ((4, "5xx", 5), (1, "500", 2), (3, "gateway-error", 1), (0, "5xx", 1)):
        real.asked.clear()
        await real.apply(
            "kind: VirtualService\nmetadata: {name: failing}\nspec:\n  hosts: [failing]\n  http:\n"
            f"  - {{retries: {{attempts: {attempts}, retryOn: '{on}'}}, route: [{{destination: {{host: failing}}}}]}}"
        )
        assert (await real.get("sleep", "failing")).status == 500
        assert len(real.asked) == expected, (attempts, on)


async def test_an_injected_abort_does_not_reach_the_service(real: RealMesh) -> None:
    await real.apply(
        routed(
            "fault: {abort: {httpStatus: 555, percentage: {value: 100}}}\n    route: [{destination: {host: reviews}}]"
        )
    )
    answer = await real.get("sleep", "reviews")
    assert (answer.status, answer.body) == (555, "fault filter abort")
    assert not real.asked
    assert (await real.logged("sleep", code=555))["flags"] == "FI"


async def test_an_injected_delay_is_for_those_whom_the_route_is_for(real: RealMesh) -> None:
    await real.apply(
        routed(
            "match: [{headers: {end-user: {exact: jason}}}]\n"
            "    fault: {delay: {fixedDelay: 400ms, percentage: {value: 100.0}}}\n    route: [{destination: {host: reviews}}]\n"
            "  - route: [{destination: {host: reviews}}]"
        )
    )
    start = time.monotonic()
    assert (await real.get("sleep", "reviews", headers={"end-user": "jason"})).status == 200
    assert 0.4 <= time.monotonic() - start < 0.6
    assert (await real.logged("sleep", code=200, flags="DI"))["duration"] >= 400


async def test_endpoints_that_fail_are_ejected_and_come_back(real: RealMesh) -> None:
    async def failing(asked: Asked) -> tuple[int, str]:
        return int(asked.headers["status"]), ""

    await real.serve("failing-0", failing)
    await real.serve("failing-1", failing)
    await real.apply(
        """
kind: DestinationRule
spec:
  host: failing
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 1, interval: 50ms, baseEjectionTime: 1500ms, maxEjectionPercent: 100}
"""
    )
    good, bad = {"status": "200"}, {"status": "500"}
    assert (await real.get("sleep", "failing", headers=good)).status == 200
    for _ in range(2):
        assert (await real.get("sleep", "failing", headers=bad)).status == 500
    ejected = time.monotonic()
    while (answer := await real.get("sleep", "failing", headers=good)).status == 200:
        # Envoy gathers changes of hosts' health for up to a second
        assert time.monotonic() - ejected < 1.4
    assert (answer.status, answer.body) == (503, "no healthy upstream")
    assert (await real.logged("sleep", code=503, flags="UH"))["upstream"] is None
    while (await real.get("sleep", "failing", headers=good)).status == 503:
        assert time.monotonic() - ejected < 5
        await asyncio.sleep(0.05)
    assert time.monotonic() - ejected > 1.5


async def test_one_of_two_endpoints_is_ejected_where_nothing_says_how_many_may_be(real: RealMesh) -> None:
    async def failing(asked: Asked) -> tuple[int, str]:
        return 502, ""

    await real.serve("failing-0", failing)
    await real.serve("failing-1")
    await real.apply(
        "kind: DestinationRule\nspec:\n  host: failing\n  trafficPolicy:\n"
        "    outlierDetection: {consecutiveGatewayErrors: 2, interval: 1s, baseEjectionTime: 3m}"
    )
    found = [(await real.get("sleep", "failing")).status for _ in range(20)]
    assert Counter(found[:4]) == {502: 2, 200: 2}
    assert set(found[4:]) == {200}


async def test_a_pool_that_is_full_refuses_the_rest(real: RealMesh) -> None:
    async def slow(asked: Asked) -> tuple[int, str]:
        await asyncio.sleep(0.2)
        return 200, ""

    await real.serve("failing-0", slow)
    await real.serve("failing-1", slow)
    await real.apply(
        "kind: DestinationRule\nspec:\n  host: failing\n  trafficPolicy:\n    connectionPool:\n"
        "      tcp: {maxConnections: 1}\n      http: {http1MaxPendingRequests: 1, maxRequestsPerConnection: 1}"
    )
    answers = await asyncio.gather(*(real.get("sleep", "failing") for _ in range(6)))
    found = Counter(answer.status for answer in answers)
    assert found[200] >= 1
    assert found[503] >= 2
    refused = next(answer for answer in answers if answer.status == 503)
    assert refused.headers["x-envoy-overloaded"] == "true"
    assert (await real.logged("sleep", code=503, host="failing.default.svc.cluster.local"))["flags"] in (
        "UO",
        "URX,UO",
        "UO,URX",
    )


async def test_copies_of_requests_go_to_the_mirror(real: RealMesh) -> None:
    await real.apply(
        routed(
            "route: [{destination: {host: reviews, subset: v1}}]\n    mirror: {host: reviews, subset: v2}\n"
            "    mirrorPercentage: {value: 100}"
        )
    )
    for _ in range(3):
        assert (await real.get("sleep", "reviews")).body == "reviews-v1"
    await until(lambda: len(real.asked) == 6)
    copies = [asked.headers["host"] for pod, asked in real.asked if pod == "reviews-v2"]
    assert copies == ["reviews-shadow"] * 3


async def test_a_rewrite_a_redirect_and_headers(real: RealMesh) -> None:
    await real.apply(
        routed(
            "match: [{uri: {prefix: /old}}]\n    redirect: {uri: /new, authority: elsewhere.example, redirectCode: 302}\n"
            "  - match: [{uri: {prefix: /api/}}]\n    rewrite: {uri: /, authority: inner.example}\n"
            "    headers: {request: {set: {x-a: '1'}, remove: [x-b]}, response: {add: {x-c: '2'}}}\n"
            "    route: [{destination: {host: reviews}, headers: {response: {set: {x-d: '3'}}}}]"
        )
    )
    moved = await real.get("sleep", "reviews/old/page")
    assert (moved.status, moved.headers["location"]) == (302, "http://elsewhere.example/new")
    answer = await real.get("sleep", "reviews/api/things?x=1", headers={"x-b": "gone"})
    assert (answer.headers["x-c"], answer.headers["x-d"]) == ("2", "3")
    asked = real.asked[-1][1]
    assert (asked.path, asked.headers["host"], asked.headers["x-a"]) == ("/things?x=1", "inner.example", "1")
    assert "x-b" not in asked.headers
    assert asked.headers["x-envoy-original-path"] == "/api/things?x=1"
    assert (await real.get("sleep", "reviews/neither")).status == 404
    assert (await real.logged("sleep", code=404))["flags"] == "NR"


async def test_a_subset_without_pods_is_no_healthy_upstream_and_one_without_a_rule_is_no_cluster(
    real: RealMesh,
) -> None:
    await real.apply(
        RULES.replace("version: v2", "version: v9")
        + "\n---\nkind: VirtualService\nmetadata: {name: reviews}\nspec:\n  hosts: [reviews]\n  http:\n"
        "  - {match: [{uri: {prefix: /none}}], route: [{destination: {host: reviews, subset: v2}}]}\n"
        "  - {route: [{destination: {host: reviews, subset: unknown}}]}"
    )
    assert (await real.get("sleep", "reviews/none")).body == "no healthy upstream"
    assert (await real.logged("sleep", path="/none"))["flags"] == "UH"
    assert (await real.get("sleep", "reviews/unknown")).status == 503
    assert (await real.logged("sleep", path="/unknown"))["flags"] == "NC"


async def test_a_service_that_does_not_listen_is_an_upstream_failure(real: RealMesh) -> None:
    real.mesh.service("nobody", [real.mesh.pod("nobody-0")])
    await real.apply()
    assert (await real.get("sleep", "nobody")).status == 503
    assert (await real.logged("sleep", host="nobody.default.svc.cluster.local"))["flags"] in (
        "UF",
        "URX",
        "UF,URX",
    )


async def test_consistent_hashing_keeps_a_user_at_one_endpoint(real: RealMesh) -> None:
    await real.apply(
        "kind: DestinationRule\nspec:\n  host: reviews\n"
        "  trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}}"
    )
    for user in ("jason", "anna", "min"):
        assert (
            len({(await real.get("sleep", "reviews", headers={"x-user": user})).body for _ in range(8)}) == 1
        )
