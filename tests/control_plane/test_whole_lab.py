"""The Istio lab, whole, on a real API server with its real controllers.

Beside it run a simulated kubelet (kubelet.py) and, here, the ports of a simulated load balancer, which answer with a page
of the console's name. There is no network: the download is the lab's stand-in.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from runner.session.lab_environment import ISTIO_PROGRAMS

ROOT = Path(__file__).parents[2]
LAB = ROOT / "labs" / "istio-install"
PORTS = {"kiali": (20001,), "tracing": (80,), "grafana": (3000,), "prometheus": (9090,)}
PAGES = {
    "kiali": ("/kiali", "Kiali"),
    "tracing": ("/", "Jaeger UI"),
    "grafana": ("/", "Grafana"),
    "prometheus": ("/graph", "Prometheus"),
}
"""The path of each console's first page, and its title."""


class Balancer:
    """Listens on the external address of every Service that gets one; what is there answers with a page."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Balancer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    async def _run(self) -> None:
        runners: dict[tuple[str, int], web.ServerRunner] = {}
        while not self._end.is_set():
            for name, address in await self._addresses():
                for port in PORTS.get(name, ()):
                    if (address, port) not in runners:
                        runners[address, port] = await self._listen(name, address, port)
            await asyncio.sleep(0.3)
        for runner in runners.values():
            await runner.cleanup()

    async def _addresses(self) -> list[tuple[str, str]]:
        asked = await asyncio.create_subprocess_exec(
            "kubectl", "get", "services", "-A", "-o", "json", "--kubeconfig", self._kubeconfig,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        output, _ = await asked.communicate()
        return [
            (service["metadata"]["name"], ingress["ip"])
            for service in json.loads(output or b'{"items": []}')["items"]
            for ingress in service["status"]["loadBalancer"].get("ingress", [])
        ]

    async def _listen(self, name: str, address: str, port: int) -> web.ServerRunner:
        path, title = PAGES[name]

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            if request.path.rstrip("/") != path.rstrip("/"):
                return web.Response(status=404)
            return web.Response(text=f"<title>{title}</title>", content_type="text/html")

        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        await web.TCPSite(runner, address, port).start()
        return runner


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LABGATE", "KUBE"))}
    standins = LAB / "practice"
    return kept | {
        "LABGATE_HOME": str(tmp_path / "home"),
        "LABGATE_STANDINS": str(standins),
        "LABGATE_ISTIO": str(ISTIO_PROGRAMS),
        "LABGATE_PYTHON": sys.executable,
        "PATH": f"{standins / 'bin'}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CI": "true",
    }


@pytest.fixture
def balancer(real: Path) -> Iterator[Balancer]:
    with Balancer(real) as running:
        yield running


@pytest.mark.timeout(300)
def test_the_whole_lab(real: Path, environment: dict[str, str], tmp_path: Path, balancer: Balancer) -> None:
    if os.geteuid() != 0:
        pytest.skip("Jaeger's console is on port 80, which only root may open here")
    report = tmp_path / "out.json"
    grade = [sys.executable, "-m", "runner", "grade", "istio-install", "--kubeconfig", str(real)]

    before = subprocess.run(grade, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert before.returncode == 1, before.stdout + before.stderr

    worked = subprocess.run(
        [*grade, "--run", "--cleanup", "--yes", "--report", f"json={report}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert worked.returncode == 0, worked.stdout + worked.stderr
    steps = {step["id"]: step["verdict"] for step in json.loads(report.read_text())["steps"]}
    assert set(steps.values()) == {"passed"}, steps
    left = subprocess.run(
        ["kubectl", "get", "all,crd", "-n", "istio-system", "--kubeconfig", str(real), "-o", "name"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "istio" not in left.stdout


@pytest.mark.timeout(300)
def test_the_whole_lab_is_proved(
    real: Path, environment: dict[str, str], tmp_path: Path, balancer: Balancer
) -> None:
    if os.geteuid() != 0:
        pytest.skip("Jaeger's console is on port 80, which only root may open here")
    done = subprocess.run(
        [sys.executable, "-m", "runner", "prove", "istio-install", "--kubeconfig", str(real)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
