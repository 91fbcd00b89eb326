"""`kubectl attach`, `kubectl run -i` and `kubectl debug`: the streams of a container's main process."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.practice.core.conftest import Kubectl

from .conftest import PODS, RunPod, when


async def test_a_run_that_is_attached_to(kubectl: Kubectl) -> None:
    run = ("run", "--rm", "-i", "--restart=Never", "--image=busybox")
    result = await kubectl(*run, "echoing", "--", "cat", stdin="one\ntwo\n")
    assert (result.code, result.out) == (0, 'one\ntwo\npod "echoing" deleted\n'), result.err
    result = await kubectl(*run, "failing", "--", "sh", "-c", "sleep 0.5; echo out; echo err >&2; exit 4")
    assert result.code == 4
    assert result.out == 'out\npod "failing" deleted\n'
    assert "err\n" in result.err


async def test_output_is_logged_and_shown_to_whoever_is_attached(kubectl: Kubectl, run_pod: RunPod) -> None:
    script = "echo before; while ! test -e /tmp/go; do echo tick; sleep 0.1; done; echo after"
    await run_pod("web", script, restartPolicy="Never")
    attached = [
        await asyncio.create_subprocess_exec(
            kubectl.program, "--kubeconfig", str(kubectl.kubeconfig), "attach", "web",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )
        for _ in range(2)
    ]  # fmt: skip
    async with asyncio.timeout(30):
        for each in attached:
            assert each.stdout is not None
            assert await each.stdout.readline() == b"tick\n"
        await kubectl.ok("exec", "web", "--", "touch", "/tmp/go")
        outputs = [(await each.communicate())[0] for each in attached]
    assert [set(output.splitlines()[:-1]) - {b"tick"} for output in outputs] == [set(), set()]
    assert [output.splitlines()[-1] for output in outputs] == [b"after", b"after"]
    logged = (await kubectl.ok("logs", "web")).splitlines()
    assert (logged[0], logged[-1]) == ("before", "after")


async def test_where_there_is_nothing_to_attach_to(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod(
        "half", until="Pending", containers=[{"name": "broken", "image": "registry.invalid/none:404"}]
    )
    result = await kubectl("attach", "half")
    assert result.code == 1
    assert "container broken not found in pod half_default" in result.err or "host assigned" in result.err


async def test_an_ephemeral_container_runs_once(run_pod: RunPod, http: aiohttp.ClientSession) -> None:
    await run_pod("web")
    added = {
        "name": "debugger",
        "image": "busybox",
        "command": ["sh", "-c", "echo seen; exit 3"],
        "targetContainerName": "main",
    }
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    body = {"spec": {"ephemeralContainers": [added]}}
    async with http.patch(f"{PODS}/web/ephemeralcontainers", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()

    def ended(pod) -> bool:
        statuses = pod["status"].get("ephemeralContainerStatuses")
        return bool(statuses) and "terminated" in statuses[0]["state"]

    pod = await when(http, "web", ended)
    (status,) = pod["status"]["ephemeralContainerStatuses"]
    assert (status["state"]["terminated"]["exitCode"], status["restartCount"], status["ready"]) == (
        3,
        0,
        False,
    )
    assert pod["status"]["phase"] == "Running"
    async with http.get(f"{PODS}/web/log?container=debugger") as log:
        assert await log.text() == "seen\n"


async def test_debug_with_kubectl(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    script = ("--", "sh", "-c", "sleep 0.5; echo hello from $HOSTNAME; exit 2")
    result = await kubectl("debug", "-i", "web", "--image=busybox", "--target=main", "-c", "look", *script)
    if "EphemeralContainers" in result.err:
        pytest.skip("a kubectl of before 1.23 can't debug this version")
    assert result.out.endswith("hello from web\n"), result
