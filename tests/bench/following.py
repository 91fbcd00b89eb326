"""From a cluster that is right to PASSED: by watch, and by kubectl in a loop, on the same cluster for the same change."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from checks.base import Verdict
from checks.resource import Resource
from runner.session.verify import Follower
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld
from tests.bench.counting import Counted, counted
from tests.bench.report import Row, p95

ROUNDS = {"watch": 20, "kubectl every 50 ms": 8, "kubectl each second": 6}
_names = itertools.count()

Make = Callable[[str], Awaitable[float]]
"""Makes the ConfigMap that is waited for, and reports when it asked for that."""


@dataclass
class Way:
    """What one way of following took. `spent`: processor seconds; `lasted`: seconds in which it was at it."""

    taken: list[float] = field(default_factory=list)
    requests: int = 0
    spent: float = 0.0
    lasted: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.taken)

    @property
    def requests_a_minute(self) -> float:
        return self.requests * 60 / self.lasted

    @property
    def processor(self) -> float:
        """Processor seconds a minute."""
        return self.spent * 60 / self.lasted


def following(where: str, kubeconfig: Path, folder: Path) -> list[Row]:
    """The rows of one cluster."""
    with counted(kubeconfig, folder) as cluster:
        ways = asyncio.run(_measure(cluster, Access.from_kubeconfig(kubeconfig), folder))
    watch = ways["watch"]
    rows = []
    for against in list(ROUNDS)[1:]:
        other = ways[against]
        rows += [
            Row(f"{where}: right -> PASSED, median", watch.median, "0.05 s", against, other.median),
            Row(f"{where}: right -> PASSED, p95", p95(watch.taken), "0.15 s", against, p95(other.taken)),
            Row(
                f"{where}: API requests a minute",
                watch.requests_a_minute,
                "10 /min",
                against,
                other.requests_a_minute,
                "/min",
            ),
            Row(f"{where}: processor a minute", watch.processor, "1 s", against, other.processor, "s/min"),
        ]
    return rows


async def _measure(cluster: Counted, direct: Access, folder: Path) -> dict[str, Way]:
    headers = {"Authorization": f"Bearer {direct.user['token']}"}
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(direct.server, headers=headers, connector=connector) as http:

        async def make(name: str) -> float:
            began = time.perf_counter()
            body = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}}
            async with http.post("/api/v1/namespaces/default/configmaps", json=body) as answer:
                assert answer.status == 201, await answer.text()
            return began

        return {
            "watch": await _by_watch(cluster, make),
            "kubectl every 50 ms": await _by_kubectl(cluster, make, 0.05, "kubectl every 50 ms", folder),
            "kubectl each second": await _by_kubectl(cluster, make, 1.0, "kubectl each second", folder),
        }


async def _by_watch(cluster: Counted, make: Make) -> Way:
    way = Way()
    async with LiveCluster(Access.from_kubeconfig(cluster.kubeconfig)) as live:
        world = LiveWorld(live, Workspace(Path.cwd(), lambda: None), Web(live), {})
        await live.get("v1", "ConfigMap", "kube-root-ca.crt", "default")  # as in a lab that is open
        before, spent, began = cluster.requests(), _processor(resource.RUSAGE_SELF), time.perf_counter()
        for _ in range(ROUNDS["watch"]):
            name = _name()
            check = Resource(resource="ConfigMap", api="v1", name=name, namespace="default")
            follower = Follower("step", [check], world, {})
            try:
                made = asyncio.create_task(_later(make, name))
                while True:
                    update = await follower.next(30)
                    assert update is not None
                    if update.outcome.verdict is Verdict.PASSED:
                        break
                passed = time.perf_counter()
                way.taken.append(passed - await made)
            finally:
                await follower.close()
        way.lasted = time.perf_counter() - began
        way.spent = _processor(resource.RUSAGE_SELF) - spent
        way.requests = cluster.requests() - before
    return way


async def _by_kubectl(cluster: Counted, make: Make, pause: float, way_name: str, folder: Path) -> Way:
    way = Way()
    environment = {
        **os.environ,
        "KUBECONFIG": str(cluster.kubeconfig),
        "HOME": str(folder),
    }  # its cache is warm
    await _holds("kube-root-ca.crt", environment)
    before, spent, began = cluster.requests(), _processor(resource.RUSAGE_CHILDREN), time.perf_counter()
    for _ in range(ROUNDS[way_name]):
        name = _name()
        made = asyncio.create_task(_later(make, name))
        while not await _holds(name, environment):
            await asyncio.sleep(pause)
        passed = time.perf_counter()
        way.taken.append(passed - await made)
    way.lasted = time.perf_counter() - began
    way.spent = _processor(resource.RUSAGE_CHILDREN) - spent
    way.requests = cluster.requests() - before
    return way


async def _holds(name: str, environment: dict[str, str]) -> bool:
    """One look, as a script takes it."""
    command = ("kubectl", "get", "configmap", name, "-n", "default", "-o", "json")
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, output = await process.communicate()
    assert process.returncode == 0 or b"NotFound" in output, output
    return process.returncode == 0 and json.loads(out)["metadata"]["name"] == name


async def _later(make: Make, name: str) -> float:
    """At any moment of a poller's round."""
    await asyncio.sleep(random.uniform(0.3, 1.3))
    return await make(name)


def _name() -> str:
    return f"right-{os.getpid()}-{next(_names)}"


def _processor(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime
