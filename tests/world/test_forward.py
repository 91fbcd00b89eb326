"""Port-forwards by the real kubectl to a practice cluster: opened, broken, opened again, and gone without a trace."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.machinery.store import Key
from runner.world.forward import Forward, ForwardProblem, Wanted

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "kiali", "namespace": "default"},
    "spec": {
        "selector": {"matchLabels": {"app": "kiali"}},
        "template": {
            "metadata": {"labels": {"app": "kiali"}},
            "spec": {
                "containers": [
                    {
                        "name": "kiali",
                        "image": "quay.io/kiali/kiali:v1.38",
                        "ports": [
                            {"name": "api-port", "containerPort": 20001},
                            {"name": "metrics", "containerPort": 9090},
                        ],
                    }
                ]
            },
        },
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "kiali", "namespace": "default"},
    "spec": {
        "selector": {"app": "kiali"},
        "ports": [{"name": "http", "port": 80, "targetPort": "api-port"}, {"name": "metrics", "port": 9090}],
    },
}


def kubectls() -> list[str]:
    """The kubectl on the PATH, and those that LABGATE_KUBECTLS names."""
    found = [shutil.which("kubectl"), *os.environ.get("LABGATE_KUBECTLS", "").split(os.pathsep)]
    return [path for path in found if path]


@pytest.fixture(params=kubectls() or [pytest.param("", marks=pytest.mark.skip(reason="no kubectl"))])
def environment(request, tmp_path) -> dict[str, str]:
    """The learner's, with one kubectl on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kubectl").symlink_to(request.param)
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(tmp_path)}


@pytest.fixture
async def practice(tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "kiali.html").write_text("<h1>Kiali (stand-in)</h1>", encoding="utf-8")
    (pages / "pages.yaml").write_text("- {service: kiali, port: http, path: /kiali, file: kiali.html}\n")
    async with PracticeCluster("forward", speed=50, pages=[pages]) as cluster:
        headers = {"Authorization": f"Bearer {cluster.token}"}
        connector = aiohttp.TCPConnector(ssl=False)
        async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as http:
            for path, body in (("apis/apps/v1", DEPLOYMENT), ("api/v1", SERVICE)):
                async with http.post(
                    f"/{path}/namespaces/default/{body['kind'].lower()}s", json=body
                ) as answer:
                    assert answer.status == 201, await answer.text()
        await until(lambda: running(cluster))
        yield cluster


@pytest.fixture
async def forward(practice, environment, tmp_path):
    kubeconfig = practice.kubeconfig(tmp_path / "kubeconfig")
    made = Forward(Wanted("kiali", "default", 80, kubeconfig, practice.context), environment)
    yield made
    await made.close()


def running(cluster: PracticeCluster) -> bool:
    pods = cluster.store.list("pods", "default")
    return bool(pods) and all(pod.get("status", {}).get("phase") == "Running" for pod in pods)


async def until(holds) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.02)


async def page(port: int, path: str = "/kiali") -> str:
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}{path}") as answer:
        return await answer.text()


def free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


async def test_the_page_of_the_service(forward):
    port = await forward.open()
    assert await forward.open() == port
    assert "Kiali (stand-in)" in await page(port)
    both = await asyncio.gather(page(port), page(port, "/other"))
    assert "Kiali (stand-in)" in both[0]
    assert "practice cluster" in both[1]
    await forward.close()
    assert free(port)


async def test_another_port_of_the_same_pod_has_the_plain_page(practice, environment, tmp_path):
    kubeconfig = practice.kubeconfig(tmp_path / "kubeconfig")
    forward = Forward(Wanted("kiali", "default", 9090, kubeconfig, practice.context), environment)
    try:
        message = await page(await forward.open())
    finally:
        await forward.close()
    assert "stands in for what a real cluster would show" in message
    assert "9090" in message


async def test_it_breaks_with_the_pod_and_comes_back_at_the_same_port(forward, practice):
    port = await forward.open()
    pod = practice.store.list("pods", "default")[0]["metadata"]["name"]
    practice.store.delete(Key("pods", "default", pod))
    await until(lambda: not forward.port)
    assert "lost connection to pod" in forward.problem.render()
    await until(lambda: forward.port)
    assert forward.port == port
    assert forward.problem is None
    assert "Kiali (stand-in)" in await page(port)


async def test_it_takes_another_port_where_somebody_has_taken_its_own(forward, practice, tmp_path):
    port = await forward.open()
    pod = practice.store.list("pods", "default")[0]["metadata"]["name"]
    practice.store.delete(Key("pods", "default", pod))
    await until(lambda: not forward.port)
    with socket.create_server(("127.0.0.1", port)):
        await until(lambda: forward.port)
    assert forward.port != port
    assert "Kiali (stand-in)" in await page(forward.port)


async def test_what_kubectl_says_is_reported_and_nothing_is_left(practice, environment, tmp_path):
    kubeconfig = practice.kubeconfig(tmp_path / "kubeconfig")
    forward = Forward(Wanted("nobody", "default", 80, kubeconfig, practice.context), environment)
    with pytest.raises(ForwardProblem, match='services "nobody" not found'):
        await forward.open()
    assert not forward.kept


async def test_without_kubectl_it_says_so(tmp_path):
    forward = Forward(Wanted("kiali", "default", 80, tmp_path / "k", "c"), {"PATH": str(tmp_path)})
    with pytest.raises(ForwardProblem, match="needs kubectl, which was not found"):
        await forward.open()


async def test_closing_ends_one_that_is_still_being_opened(forward, practice):
    practice.faults.add("unschedulable", "kiali")
    pod = practice.store.list("pods", "default")[0]["metadata"]["name"]
    practice.store.delete(Key("pods", "default", pod))
    await until(lambda: not running(practice))
    opening = asyncio.create_task(forward.open())
    await until(lambda: forward.kept)
    await forward.close()
    with pytest.raises(ForwardProblem, match="closed"):
        await opening


KILLED = """
import asyncio, json, os, signal, sys
from pathlib import Path
from runner.world.forward import Forward, Wanted

async def main():
    wanted = Wanted("kiali", "default", 80, Path(sys.argv[1]), sys.argv[2])
    print(await Forward(wanted, json.loads(sys.argv[3])).open(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_killed_labgate_leaves_nothing_behind(practice, environment, tmp_path):
    import json

    kubeconfig = practice.kubeconfig(tmp_path / "kubeconfig")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(kubeconfig), practice.context, json.dumps(environment)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    assert await process.wait() == -signal.SIGKILL
    await until(lambda: free(port))
