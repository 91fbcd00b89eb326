"""25 checks of one step in one look, against one kubectl process for each."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from checks import registry
from checks.deployment import Deployment
from checks.service import Service
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld
from tests.bench.report import ROUNDS, Row, median, run

DEPLOYMENTS = ("grafana", "jaeger", "kiali", "prometheus")
SERVICES = ("grafana", "tracing", "zipkin", "jaeger-collector", "kiali", "prometheus")
_NAMED = [("deployment", name) for name in DEPLOYMENTS] + [("service", name) for name in SERVICES]
WANTED = [_NAMED[index % len(_NAMED)] for index in range(25)]
CHECKS = [
    Deployment.model_validate({"deployment": name, "in": "istio-system"})
    if kind == "deployment"
    else Service.model_validate({"service": name, "in": "istio-system"})
    for kind, name in WANTED
]


def looking(where: str, kubeconfig: Path, addons: Path) -> list[Row]:
    """With the connection and all, and as it is in a lab that is open."""
    run("kubectl", "create", "namespace", "istio-system", kubeconfig=kubeconfig)
    run("kubectl", "apply", "-f", str(addons), kubeconfig=kubeconfig)

    def processes() -> None:
        for kind, name in WANTED:
            run("kubectl", "get", kind, name, "-n", "istio-system", "-o", "json", kubeconfig=kubeconfig)

    first, again = asyncio.run(_looks(kubeconfig))
    theirs = median(processes, 1)
    return [
        Row(f"{where}: 25 checks, one look, connection and all", first, "40x faster", "25 kubectl", theirs),
        Row(f"{where}: 25 checks, one look, in an open lab", again, "0.02 s", "25 kubectl", theirs),
    ]


async def _looks(kubeconfig: Path) -> tuple[float, float]:
    """The medians of a first look and of one after it."""
    first, again = [], []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        async with LiveCluster(Access.from_kubeconfig(kubeconfig)) as cluster:
            world = LiveWorld(cluster, Workspace(Path.cwd(), lambda: None), Web(cluster), {})
            for taken in (first, again):
                outcomes = await asyncio.gather(*(registry.look(check, world.look()) for check in CHECKS))
                taken.append(time.perf_counter() - began)
                began = time.perf_counter()
                assert all(outcome.verdict != "error" for outcome in outcomes)
    return statistics.median(first[1:]), statistics.median(again[1:])
