"""The checks of the course on a real API server and on a practice cluster: the same verdicts."""

from __future__ import annotations

import asyncio
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.base import Check, Outcome, Verdict
from checks.can import Can
from checks.event import Event
from checks.log import Log
from checks.registry import look
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.world import LiveWorld


@pytest.fixture(params=["real", "practice"])
def kubeconfig(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


def kubectl(kubeconfig: Path, *words: str) -> None:
    subprocess.run(["kubectl", "--kubeconfig", str(kubeconfig), *words], check=True, capture_output=True)


async def outcome(kubeconfig: Path, check: Check) -> Outcome:
    async with LiveCluster(Access.from_kubeconfig(kubeconfig)) as cluster:
        world: Any = LiveWorld(cluster, None, None, {})  # type: ignore[arg-type]
        return await look(check, world.look())


async def test_can(kubeconfig: Path) -> None:
    for words in (
        ["create", "namespace", "may"],
        ["create", "serviceaccount", "viewer", "-n", "may"],
        ["create", "role", "reader", "--verb=get", "--resource=deployments.apps", "-n", "may"],
        ["create", "rolebinding", "read", "--role=reader", "--serviceaccount=may:viewer", "-n", "may"],
    ):
        kubectl(kubeconfig, *words)

    def viewer(verb: str, **more: Any) -> Can:
        action = {"verb": verb, "resource": "deployments", "in": "may"}
        return Can.model_validate({"can": action, "as": "system:serviceaccount:may:viewer", **more})

    allowed = await outcome(kubeconfig, viewer("get"))
    assert allowed.verdict is Verdict.PASSED, allowed
    assert 'RoleBinding "read/may"' in allowed.found.render()
    assert (await outcome(kubeconfig, viewer("delete"))).verdict is Verdict.FAILED
    assert (await outcome(kubeconfig, viewer("delete", allowed=False))).verdict is Verdict.PASSED
    must_not = await outcome(kubeconfig, viewer("get", allowed=False))
    assert [finding.rule for finding in must_not.findings] == ["allowed-by-binding"]


async def test_event(kubeconfig: Path) -> None:
    kubectl(kubeconfig, "create", "namespace", "told")
    kubectl(kubeconfig, "create", "deployment", "web", "--image=nginx", "-n", "told")
    scaled = {"event": "ScalingReplicaSet", "in": "told", "kind": "Deployment", "name": "web"}
    async with LiveCluster(Access.from_kubeconfig(kubeconfig)) as cluster, asyncio.timeout(60):
        now = datetime.now(UTC)
        began = {"now": now - timedelta(minutes=1), "later": now + timedelta(hours=1)}
        world = LiveWorld(cluster, None, None, {}, began)  # type: ignore[arg-type]
        check = Event.model_validate({**scaled, "matches": "^Scaled up replica set web-"})
        while (await look(check, looked := world.look("now"))).verdict is not Verdict.PASSED:
            await world.changed(looked.reads, 5.0)
        assert (await look(check, world.look("later"))).verdict is Verdict.FAILED
    assert (
        await outcome(kubeconfig, Event.model_validate({**scaled, "type": "Warning"}))
    ).verdict is Verdict.FAILED


async def test_log(kubeconfig: Path) -> None:
    """No node of the real one gives logs here: that is no verdict on what a container wrote."""
    kubectl(kubeconfig, "create", "namespace", "wrote")
    asked = {"log": "GET", "in": "wrote", "pod": "web"}
    assert (await outcome(kubeconfig, Log.model_validate(asked))).verdict is Verdict.FAILED
    kubectl(kubeconfig, "run", "web", "--image=nginx", "-n", "wrote")
    verdicts = []
    async with asyncio.timeout(60):
        while not verdicts or verdicts[-1] is Verdict.PENDING:
            verdicts.append((await outcome(kubeconfig, Log.model_validate(asked))).verdict)
    assert verdicts[-1] in (Verdict.FAILED, Verdict.ERROR)
    gone = await outcome(kubeconfig, Log.model_validate({**asked, "container": "side"}))
    assert gone.found.render() == "The pod has no such container: side"
