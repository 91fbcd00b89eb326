"""The world of a lab: looks that remember, and the engine's way of waiting on them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

import pytest

from checks.base import CannotRead, Verdict
from checks.command import Command
from checks.deployment import Deployment
from checks.namespace import NamespaceCheck
from checks.pods import Pods
from checks.quiz import Quiz
from checks.registry import look
from checks.resource import Resource
from checks.service import Service
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing
from runner.world.web_requests import Web
from runner.world.world import LiveWorld

QUICK = Timing(grace=0.3, first_pause=0.02, longest_pause=0.2, poll=0.05, forbidden_pause=0.2)


class NoWorkspace:
    root = folder = Path("/nonexistent")
    environment: ClassVar[dict[str, str]] = {}

    async def run(self, command, timeout, seek=()):
        raise AssertionError("nothing is run here")

    def which(self, program):
        return None


@pytest.fixture
async def world(api, access_to):
    async with LiveCluster(access_to(api), QUICK) as cluster:
        yield LiveWorld(cluster, NoWorkspace(), Web(cluster), {"q": ["a"]})


async def follow(world, check, seconds=60.0):
    """Look, and look again whenever the world says that something changed, as the engine does."""
    async with asyncio.timeout(seconds):
        while True:
            seen = world.look()
            outcome = await look(check, seen)
            yield outcome
            await world.changed(seen.reads, 0.5)


READY = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


async def test_a_rollout_is_followed_to_its_end(api, world):
    check = Deployment(deployment="istiod", namespace="istio-system", ready=True)
    verdicts = []
    async for outcome in follow(world, check):
        if not verdicts or verdicts[-1] is not outcome.verdict:
            verdicts.append(outcome.verdict)
        if outcome.passed:
            break
        if outcome.verdict is Verdict.FAILED:
            await api.put("namespaces", "istio-system")
            await api.put("deployments", "istiod", "istio-system", spec={"replicas": 1})
        else:
            await api.put("deployments", "istiod", "istio-system", spec={"replicas": 1}, status=READY)
    assert verdicts == [Verdict.FAILED, Verdict.PENDING, Verdict.PASSED]


async def test_25_checks_of_a_step_cost_a_handful_of_requests(api, world):
    await api.put("namespaces", "istio-system")
    for n in range(8):
        await api.put("deployments", f"d{n}", "istio-system", spec={"replicas": 1}, status=READY)
        await api.put("services", f"s{n}", "istio-system", spec={"ports": [{"port": 80}]})
        await api.put("pods", f"p{n}", "istio-system", labels={"app": f"d{n}"})
    checks = [
        NamespaceCheck(namespace="istio-system"),
        *(Deployment(deployment=f"d{n}", namespace="istio-system", ready=True) for n in range(8)),
        *(Service(service=f"s{n}", namespace="istio-system", ports=("80",)) for n in range(8)),
        *(
            Pods(pods={"min": 1, "max": 1}, namespace="istio-system", selector=f"app=d{n}", ready=False)
            for n in range(8)
        ),
    ]
    assert len(checks) == 25
    looks = [world.look() for _ in checks]
    outcomes = await asyncio.gather(*(look(check, seen) for check, seen in zip(checks, looks, strict=True)))
    assert all(outcome.passed for outcome in outcomes)
    assert all(seen.watchable for seen in looks)
    for _ in range(10):
        await asyncio.gather(*(look(check, world.look()) for check in checks))
    # Two group versions discovered; four kinds listed and watched.
    assert sum(api.requests.values()) <= 10


async def test_an_unreachable_cluster_is_an_error_and_then_a_verdict_again(api, world):
    check = NamespaceCheck(namespace="shop", absent=True)
    assert (await look(check, world.look())).verdict is Verdict.PASSED
    await api.stop()
    async for outcome in follow(world, check):
        if outcome.verdict is Verdict.ERROR:
            break
    await api.start()
    async for outcome in follow(world, check):
        if outcome.verdict is Verdict.PASSED:
            break


async def test_what_is_of_an_unknown_kind_is_not_there_until_its_crd_is(api, world):
    check = Resource(resource="Gateway", api="networking.istio.io/v1beta1", name="a", namespace="shop")
    seen = world.look()
    assert (await look(check, seen)).verdict is Verdict.FAILED
    assert not seen.watchable
    api.groups["networking.istio.io/v1beta1"] = [("gateways", "Gateway", True)]
    await api.put("gateways", "a", "shop")
    async for outcome in follow(world, check):
        if outcome.passed:
            break


async def test_what_is_read_beside_the_cluster_is_not_watchable(world):
    seen = world.look()
    assert seen.watchable
    outcome = await look(Quiz(quiz={"en": "?"}, id="q", answer="a"), seen)
    assert outcome.passed
    assert not seen.watchable
    assert seen.reads == frozenset()
    seen = world.look()
    assert (await look(Command(command="true"), seen)).verdict is Verdict.ERROR
    assert not seen.watchable


async def test_nothing_read_never_changes(world):
    assert await world.changed(frozenset(), 0.05) is False


async def test_a_lab_without_a_cluster():
    world = LiveWorld(None, NoWorkspace(), None, {})
    outcome = await look(NamespaceCheck(namespace="shop", absent=True), world.look())
    assert outcome.verdict is Verdict.ERROR
    with pytest.raises(CannotRead, match="this lab has none"):
        await world.look().web.url("http://x.test", 1)
    assert await world.changed(frozenset(), 0.01) is False
