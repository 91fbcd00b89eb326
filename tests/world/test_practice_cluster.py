"""The world on a practice cluster, with the real kubectl: what a lab's step goes through."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from checks.base import Verdict
from checks.deployment import Deployment
from checks.http import Http
from checks.namespace import NamespaceCheck
from checks.pods import Pods
from checks.registry import look
from checks.service import Service
from runner.practice.cluster import PracticeCluster
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing
from runner.world.web_requests import Web
from runner.world.world import LiveWorld

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
SPEED = 20.0


@pytest.fixture
async def practice(tmp_path):
    async with PracticeCluster("world", "1.22", folder=tmp_path / "state", speed=SPEED) as cluster:
        yield cluster


@pytest.fixture
def kubeconfig(practice, tmp_path):
    return practice.kubeconfig(tmp_path / "kubeconfig")


@pytest.fixture
async def world(kubeconfig):
    async with LiveCluster(Access.from_kubeconfig(kubeconfig)) as cluster:
        yield LiveWorld(cluster, None, Web(cluster), {})  # type: ignore[arg-type]


@pytest.fixture
def kubectl(kubeconfig, tmp_path):
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path)}

    async def run(*arguments):
        process = await asyncio.create_subprocess_exec(
            "kubectl",
            *arguments,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode()

    return run


async def until(world, check, verdict, also=lambda outcome: True, seconds=60.0):
    async with asyncio.timeout(seconds):
        while True:
            seen = world.look()
            outcome = await look(check, seen)
            if outcome.verdict is verdict and also(outcome):
                return outcome
            await world.changed(seen.reads, check.interval)


async def test_a_step_from_nothing_to_a_page(world, kubectl):
    checks = [
        NamespaceCheck(namespace="shop"),
        Deployment(deployment="web", namespace="shop", ready=True, image="nginx:1.21"),
        Pods(pods=1, namespace="shop", selector="app=web", containers=1),
        Service(service="web", namespace="shop", type="LoadBalancer", external=True, endpoints=True),
        Http(http={"service": "web", "in": "shop", "port": 8080}, contains="web"),
    ]
    for check in checks:
        assert (await look(check, world.look())).verdict is Verdict.FAILED
    await kubectl("create", "namespace", "shop")
    await kubectl("create", "deployment", "web", "--image=nginx:1.21", "-n", "shop")
    await kubectl("expose", "deployment", "web", "--port=8080", "--type=LoadBalancer", "-n", "shop")
    await asyncio.gather(*(until(world, check, Verdict.PASSED) for check in checks))
    await kubectl("delete", "namespace", "shop", "--wait=false")
    await until(world, NamespaceCheck(namespace="shop", absent=True), Verdict.PASSED)


async def test_a_page_without_an_address_comes_through_the_api_server(world, kubectl):
    await kubectl("create", "deployment", "web", "--image=nginx:1.21")
    await kubectl("expose", "deployment", "web", "--port=80")
    passed = await until(world, Http(http={"service": "web", "port": 80}, contains="web"), Verdict.PASSED)
    assert "/services/web:80/proxy" in passed.found.render()


async def test_an_image_that_does_not_exist_is_diagnosed(world, kubectl):
    await kubectl("create", "deployment", "web", "--image=nginx:does-not-exist")
    check = Pods(pods=1, selector="app=web")
    failed = await until(
        world, check, Verdict.FAILED, lambda outcome: "ImagePullBackOff" in outcome.found.render()
    )
    assert [finding.cause.values for finding in failed.findings] == [{"image": "nginx:does-not-exist"}]
    assert "does not have this image" in failed.findings[0].cause.render()


async def test_a_cluster_that_stops_is_an_error_and_comes_back(world, practice):
    check = NamespaceCheck(namespace="default")
    await until(world, check, Verdict.PASSED)
    await practice.stop()
    lost = asyncio.create_task(until(world, check, Verdict.ERROR))
    assert "can't be reached" in (await lost).found.render()
    await practice.start()
    await until(world, check, Verdict.PASSED)


@pytest.mark.parametrize(
    ("fault", "options", "words"),
    [
        ("image-pull", {}, "nginx:1.21"),
        ("pull-rate-limit", {}, "pull limit is reached: nginx:1.21"),
        ("crash-loop", {}, "keeps exiting: nginx (exit code 1)"),
        ("unschedulable", {}, "enough free CPU or memory"),
        ("not-ready", {}, "readiness probe fails"),
    ],
)
async def test_a_fault_of_pods_is_diagnosed(world, practice, kubectl, fault, options, words):
    practice.faults.add(fault, "web", **options)
    await kubectl("create", "deployment", "web", "--image=nginx:1.21")
    check = Deployment(deployment="web", ready=True)

    def message(outcome):
        return any(words in finding.cause.render() for finding in outcome.findings)

    outcome = await until(world, check, Verdict.PENDING, message)
    assert outcome.findings[0].object.startswith("pod/web-")
    assert outcome.findings[0].evidence
    practice.faults.clear(fault, "web")
    await until(world, check, Verdict.PASSED)


async def test_a_load_balancer_that_does_not_come_is_diagnosed(world, practice, kubectl):
    practice.faults.add("load-balancer-pending", "web")
    await kubectl("create", "service", "loadbalancer", "web", "--tcp=80")
    check = Service(service="web", external=True)
    outcome = await until(world, check, Verdict.PENDING, lambda outcome: bool(outcome.findings))
    assert "kubectl port-forward" in outcome.findings[0].remedy.render()
    practice.faults.clear("load-balancer-pending", "web")
    await until(world, check, Verdict.PASSED)


@pytest.mark.parametrize(
    ("fault", "target", "options"),
    [("api-unavailable", "", {}), ("forbidden", "deployments.apps", {"verbs": ["get", "list", "watch"]})],
)
async def test_a_fault_of_the_api_is_an_error_and_passes(world, practice, kubectl, fault, target, options):
    await kubectl("create", "deployment", "web", "--image=nginx:1.21")
    absent = Deployment(deployment="other", absent=True)
    await until(world, absent, Verdict.PASSED)
    practice.faults.add(fault, target, **options)
    async with LiveCluster(world._cluster.access, Timing(grace=0.2, forbidden_pause=0.2)) as late:
        newcomer = LiveWorld(late, None, Web(late), {})
        assert (await look(absent, newcomer.look())).verdict is Verdict.ERROR
        practice.faults.clear(fault, target)
        await until(newcomer, absent, Verdict.PASSED)
