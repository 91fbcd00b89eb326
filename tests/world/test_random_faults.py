"""Faults by chance, over a step's checks on a cluster that is right: never told as the learner's failure."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from aiohttp import web
from fake_api import status
from faulty import FaultyProxy

from checks.base import Verdict
from checks.deployment import Deployment
from checks.namespace import NamespaceCheck
from checks.pods import Pods
from checks.resource import Resource
from checks.service import Service
from runner.labs.model import Step
from runner.session.step_watcher import Judgement, StepWatcher
from runner.session.verify import LOOKS_A_SECOND, LOOKS_AT_ONCE, Follower, Pace
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing
from runner.world.world import LiveWorld

QUICK = Timing(
    grace=0.1,
    first_pause=0.02,
    longest_pause=0.2,
    poll=0.05,
    forbidden_pause=0.2,
    watch_silent=1.0,
    pulse=0.2,
    idle=0.5,
)
READY = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
CHECKS = [
    NamespaceCheck(namespace="shop"),
    Deployment(deployment="web", namespace="shop", ready=True),
    Pods(pods=1, namespace="shop", selector="app=web"),
    Service(service="web", namespace="shop"),
    Resource(resource="ConfigMap", api="v1", name="settings", namespace="shop"),
    Resource(resource="Secret", api="v1", name="password", namespace="shop"),
    Resource(resource="ConfigMap", api="v1", name="old", namespace="shop", absent=True),
]


async def furnish(api):
    labels = {"app": "web"}
    await api.put("namespaces", "shop", status={"phase": "Active"})
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    await api.put("deployments", "web", "shop", spec=spec, status=READY, metadata={"generation": 1})
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    await api.put("pods", "web-1", "shop", labels=labels, spec=template["spec"], status=ready)
    await api.put("services", "web", "shop", spec={"type": "ClusterIP", "ports": [{"port": 80}]})
    await api.put("configmaps", "settings", "shop")
    await api.put("secrets", "password", "shop")


def answers(chance):
    """What a server, or what stands before it, may say instead of the truth."""
    made_up = [
        lambda: None,
        lambda: None,
        lambda: status(chance.choice([500, 502, 503, 504]), "trouble"),
        lambda: status(429, "too many"),
        lambda: status(410, "too old"),
        lambda: status(chance.choice([401, 403]), "no"),
        lambda: web.json_response({}),
        lambda: web.Response(status=404, text="<html>404</html>"),
        lambda: web.Response(text='{"kind": "PodList", "items": ['),
        lambda: web.Response(text="<html>Please log in</html>", content_type="text/html"),
    ]
    return lambda request: chance.choice(made_up)()


class Faults:
    """One after the other, for a moment each; then everything is right again."""

    def __init__(self, api, proxy, seed):
        self._api, self._proxy, self._chance = api, proxy, random.Random(seed)

    async def happen(self, count):
        for _ in range(count):
            await self._chance.choice(
                [
                    self._lies,
                    self._silence,
                    self._cuts,
                    self._slowness,
                    self._restart,
                    self._lines_cut,
                    self._lies,
                ]
            )()
            await asyncio.sleep(self._chance.uniform(0, 0.15))

    async def _lies(self):
        self._api.misbehave = answers(self._chance)
        self._api.drop_watches()
        await asyncio.sleep(self._chance.uniform(0.05, 0.5))
        self._api.misbehave = lambda request: None

    async def _silence(self):
        self._proxy.hole = True
        await asyncio.sleep(self._chance.uniform(0.1, 0.8))
        self._proxy.hole = False

    async def _cuts(self):
        self._proxy.cut()

    async def _slowness(self):
        self._proxy.delay = 0.1
        await asyncio.sleep(0.3)
        self._proxy.delay = 0.0

    async def _restart(self):
        await self._api.stop()
        self._api.history.clear()
        self._api.revision = self._chance.randint(10, 10_000)  # of another cluster that looks the same
        for obj in self._api.objects.values():
            self._api.revision += 1
            obj["metadata"]["resourceVersion"] = str(self._api.revision)
        await asyncio.sleep(self._chance.uniform(0, 0.3))
        await self._api.start()

    async def _lines_cut(self):
        self._proxy.cut_after = self._chance.randint(100, 3000)
        self._proxy.cut()
        await asyncio.sleep(0.3)
        self._proxy.cut_after = None


@pytest.fixture
async def world(api, access_to, monkeypatch):
    monkeypatch.setattr("runner.world.api_client.ANSWER_WITHIN", 0.3)
    monkeypatch.setattr("runner.session.verify.RETRY", 0.1)
    await furnish(api)
    async with FaultyProxy(api.port) as proxy:
        behind, api.port = api.port, proxy.port
        access = access_to(api)
        api.port = behind
        async with LiveCluster(access, QUICK) as cluster:
            cluster.proxy = proxy
            yield LiveWorld(cluster, None, None, {})


@pytest.mark.parametrize("seed", range(6))
async def test_faults_are_never_the_learners_failure_and_pass(api, world, seed):
    seen: list[tuple[int, Verdict]] = []
    judged: list[Judgement] = []
    step = Step.model_construct(id="step", checks=CHECKS)
    following = StepWatcher(
        step,
        world,
        {},
        lambda: False,
        lambda update: seen.append((update.index, update.outcome.verdict)),
        lambda step, judgement, outcomes: judged.append(judgement),
    )
    try:
        if seed % 2:  # also from the very beginning
            async with asyncio.timeout(60):
                while Judgement.PASSES not in judged:
                    await asyncio.sleep(0.01)
        await Faults(api, world._cluster.proxy, seed).happen(10)
        del judged[:-1]
        async with asyncio.timeout(60):
            while judged[-1:] != [Judgement.PASSES] or not following._follower.complete:
                await asyncio.sleep(0.01)
            # and it is really read again, not only not yet known to be lost
            await api.put("configmaps", "old", "shop")
            while Judgement.FAILS not in judged:
                await asyncio.sleep(0.01)
    finally:
        await following.close()
    old = len(CHECKS) - 1
    wrong = [
        (CHECKS[index].subject, verdict)
        for index, verdict in seen
        if verdict is Verdict.FAILED and index != old
    ]
    assert not wrong
    assert [verdict for index, verdict in seen if index == old].count(Verdict.FAILED) == 1
    assert Judgement.FAILS not in judged[: judged.index(Judgement.FAILS)]


async def test_a_flood_of_events_does_not_make_a_flood_of_looks(api, world):
    await api.put("pods", "flood", "shop", labels={"app": "web"})
    looks = Counter()
    look = world.look

    def counted(*step):
        looks["all"] += 1
        return look(*step)

    world.look = counted
    follower = Follower("step", [Pods(pods=2, namespace="shop", selector="app=web")], world, {})
    try:
        assert await follower.next(10)
        began = asyncio.get_running_loop().time()
        for n in range(1000):
            await api.put("pods", "flood", "shop", labels={"app": "web"}, status={"n": n})
        ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        await api.put("pods", "flood", "shop", labels={"app": "web"}, status=ready)
        while True:
            update = await follower.next(10)
            assert update is not None
            if update.outcome.verdict is Verdict.PASSED:
                break
        lasted = asyncio.get_running_loop().time() - began
    finally:
        await follower.close()
    assert looks["all"] <= LOOKS_AT_ONCE + LOOKS_A_SECOND * lasted + 2


def test_a_pace_allows_some_at_once_and_then_so_many_a_second():
    pace, now, at = Pace(), 1000.0, []
    for _ in range(100):
        now += pace.pause(now)
        at.append(now)
    assert at[LOOKS_AT_ONCE - 1] == 1000.0
    assert abs((at[-1] - at[LOOKS_AT_ONCE - 1]) - (100 - LOOKS_AT_ONCE) / LOOKS_A_SECOND) < 0.01
    assert pace.pause(now + 60) == 0.0, "who was quiet is looked at at once"
