"""`kubectl logs` of containers that run, have ended, or were restarted."""

from __future__ import annotations

import asyncio
import re

import aiohttp

from runner.practice.cluster import PracticeCluster
from tests.practice.core.conftest import Kubectl

from .conftest import PODS, RunPod, logged, when

COUNT = "for n in 1 2 3 4 5; do echo line $n; done; "


async def test_what_of_a_log_is_shown(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web", COUNT + "printf rest; exit 0", "Succeeded", restartPolicy="Never")
    assert await kubectl.ok("logs", "web") == "".join(f"line {n}\n" for n in range(1, 6)) + "rest"
    assert await kubectl.ok("logs", "web", "--tail=2") == "line 5\nrest"
    assert await kubectl.ok("logs", "web", "--limit-bytes=9") == "line 1\nli"
    assert await kubectl.ok("logs", "web", "--since=1h", "--tail=1") == "rest"
    assert await kubectl.ok("logs", "web", "--since-time=2100-01-01T00:00:00Z") == ""
    assert await kubectl.ok("logs", "-f", "web", "--tail=1") == "rest"
    first = (await kubectl.ok("logs", "web", "--timestamps")).splitlines()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 1", first)


async def test_followed_until_the_container_ends(
    kubectl: Kubectl, run_pod: RunPod, http: aiohttp.ClientSession
) -> None:
    script = "echo begun; while ! test -e /tmp/go; do sleep 0.05; done; echo done"
    await run_pod("web", script)
    following = asyncio.create_task(kubectl("logs", "-f", "web"))
    await logged(http, "web", "begun")
    await kubectl.ok("exec", "web", "--", "touch", "/tmp/go")
    async with asyncio.timeout(30):
        result = await following
    assert (result.code, result.out) == (0, "begun\ndone\n")


async def test_the_container_before_the_last_restart(
    kubectl: Kubectl, run_pod: RunPod, http: aiohttp.ClientSession
) -> None:
    script = "if test -e /data/was; then echo second; sleep 1000; fi; touch /data/was; echo first; exit 1"
    main = {
        "name": "main",
        "image": "busybox",
        "command": ["sh", "-c", script],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    await run_pod("web", containers=[main], volumes=[{"name": "data", "emptyDir": {}}])

    def restarted(pod) -> bool:
        (status,) = pod["status"]["containerStatuses"]
        return status["restartCount"] == 1 and "running" in status["state"]

    await when(http, "web", restarted)
    await logged(http, "web", "second")
    assert await kubectl.ok("logs", "web", "--previous") == "first\n"
    assert await kubectl.ok("logs", "web") == "second\n"


async def test_logs_that_there_are_not(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    result = await kubectl("logs", "web", "--previous")
    assert 'previous terminated container "main" in pod "web" not found' in result.err
    await run_pod(
        "half", until="Pending", containers=[{"name": "broken", "image": "registry.invalid/none:404"}]
    )
    result = await kubectl("logs", "half", "-c", "nobody")
    assert result.code == 1


async def test_init_containers_and_all_containers(
    kubectl: Kubectl, run_pod: RunPod, http: aiohttp.ClientSession
) -> None:
    def container(name: str, script: str) -> dict[str, object]:
        return {"name": name, "image": "busybox", "command": ["sh", "-c", script]}

    await run_pod(
        "many",
        initContainers=[container("setup", "echo set up")],
        containers=[container(name, f"echo {name}; sleep 1000") for name in ("a", "b")],
    )
    await kubectl.ok("label", "pod", "many", "app=many")
    for name in ("a", "b"):
        await logged(http, "many", name, name)
    assert await kubectl.ok("logs", "many", "-c", "setup") == "set up\n"
    out = await kubectl.ok("logs", "-l", "app=many", "--all-containers", "--prefix")
    assert sorted(out.splitlines()) == ["[pod/many/a] a", "[pod/many/b] b", "[pod/many/setup] set up"]
    result = await kubectl("logs", "-f", "-l", "app=many", "--all-containers", "--max-log-requests=1")
    assert "maximum allowed concurrency" in result.err or "max-log-requests" in result.err


async def test_after_a_restart_of_the_cluster(tmp_path) -> None:
    folder = tmp_path / "cluster"
    script = "echo hello; sleep 1000"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {
            "containers": [{"name": "main", "image": "busybox", "command": ["sh", "-c", script]}],
            "initContainers": [{"name": "setup", "image": "busybox", "command": ["echo", "set up"]}],
        },
    }

    async def logs(cluster: PracticeCluster, container: str, *, create: bool) -> str:
        headers = {"Authorization": f"Bearer {cluster.token}"}
        connector = aiohttp.TCPConnector(ssl=False)
        async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as http:
            if create:
                async with http.post(PODS, json=pod) as made:
                    assert made.status == 201
            await when(http, "web", lambda found: (found.get("status") or {}).get("phase") == "Running")
            async with asyncio.timeout(30):
                while True:
                    async with http.get(f"{PODS}/web/log?container={container}") as answer:
                        assert answer.status == 200
                        if text := await answer.text():
                            return text
                    await asyncio.sleep(0.02)

    for create in (True, False):
        async with PracticeCluster("test", folder=folder, speed=50, containers=True) as cluster:
            assert await logs(cluster, "main", create=create) == "hello\n"
            assert await logs(cluster, "setup", create=False) == "set up\n"
    for log in (folder / "logs").iterdir():
        log.unlink()
    async with PracticeCluster("test", folder=folder, speed=50, containers=True) as cluster:
        assert "not kept" in await logs(cluster, "setup", create=False)
