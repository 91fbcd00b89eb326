"""A service mesh on the practice cluster: Istio with bookinfo, and requests through real sidecars."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import threading
import time
import urllib.request
from functools import partial
from pathlib import Path

from runner.practice import process
from runner.practice.containers.mesh.envoy_process import installed_envoy
from runner.session.lab_environment import ISTIO_PROGRAMS
from tests.bench.containers import CLIENT, WEB, apply, memory, pod, service
from tests.bench.report import Row, run

VERSION = "1.11.3"
SECONDS_OF_LOAD = 20
CHANGES = 15
SUBSETS = "v2", "v3"


def mesh(running: process.Running, home: Path) -> list[Row]:
    """On a practice cluster of its own, of a version that Istio 1.11 is made for."""
    if installed_envoy() is None:
        return [Row("Envoy is not installed (labgate[mesh]): nothing of a mesh was measured", 0.0)]
    os.environ["LABGATE_ISTIO"] = str(ISTIO_PROGRAMS)
    istio = _downloaded(home)
    kubectl = partial(run, "kubectl", kubeconfig=running.kubeconfig)
    run(
        str(istio / "bin" / "istioctl"),
        "install",
        "--set",
        "profile=demo",
        "-y",
        kubeconfig=running.kubeconfig,
    )
    kubectl("label", "namespace", "default", "istio-injection=enabled")
    samples = istio / "samples" / "bookinfo"
    kubectl("apply", "-f", str(samples / "platform" / "kube" / "bookinfo.yaml"))
    for name in ("bookinfo-gateway", "destination-rule-all", "virtual-service-all-v1"):
        kubectl("apply", "-f", str(samples / "networking" / f"{name}.yaml"))
    kubectl("wait", "pod", "--all", "--for=condition=Ready", "--timeout=120s")
    rows = [
        Row("memory of a cluster with bookinfo, gateways and Envoy", memory(running), "400 MB", unit="MiB")
    ]
    apply(running, pod("web", WEB), pod("siege", CLIENT), service())
    kubectl("wait", "pod", "web", "siege", "--for=condition=Ready", "--timeout=60s")
    began = time.perf_counter()
    kubectl("exec", "siege", "-c", "siege", "--", "curl", "-sf", "http://web/")
    rows.append(
        Row("first request through two new sidecars, once they are ready", time.perf_counter() - began, "1 s")
    )
    took = statistics.median(_changing(running))
    rows.append(Row("a changed VirtualService, until it is in effect", took, "0.1 s"))
    output = kubectl(
        "exec",
        "siege",
        "-c",
        "siege",
        "--",
        "sh",
        "-c",
        f"siege -c30 -t{SECONDS_OF_LOAD}S -b http://web/ 2>&1",
    )
    rate = next(line for line in output.splitlines() if line.startswith("Transaction rate"))
    rows.append(
        Row("siege -c30 through two sidecars", float(rate.split(":")[1].split()[0]), "500 /s", unit="/s")
    )
    return rows


def _downloaded(home: Path) -> Path:
    """Istio, as the stand-in for its download has it."""
    script = f'sh "{ISTIO_PROGRAMS}/curl" -sL https://istio.io/downloadIstio | ISTIO_VERSION={VERSION} sh -'
    environment = {**os.environ, "PATH": f"{ISTIO_PROGRAMS}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", script], cwd=home, env=environment, check=True, capture_output=True)
    return home / f"istio-{VERSION}"


def _changing(running: process.Running) -> list[float]:
    """Seconds from the request that changes a VirtualService until another version answers, while requests are sent all the
    time."""
    kubeconfig = f"--kubeconfig={running.kubeconfig}"
    loop = "while true; do curl -s reviews:9080/reviews/0; echo; done"
    asking = ["kubectl", kubeconfig, "exec", "siege", "-c", "siege", "--", "sh", "-c", loop]
    proxying = ["kubectl", kubeconfig, "proxy", "--port=0"]
    client = subprocess.Popen(asking, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    proxy = subprocess.Popen(proxying, stdout=subprocess.PIPE, text=True)
    heard: list[tuple[float, str]] = []
    try:
        assert client.stdout is not None
        assert proxy.stdout is not None
        lines = client.stdout
        threading.Thread(
            target=lambda: [heard.append((time.perf_counter(), line)) for line in lines], daemon=True
        ).start()
        port = proxy.stdout.readline().rpartition(":")[2].strip()
        return [_changed(port, SUBSETS[number % 2], heard) for number in range(CHANGES)]
    finally:
        for each in (client, proxy):
            each.kill()
            each.wait()


def _changed(port: str, subset: str, heard: list[tuple[float, str]]) -> float:
    time.sleep(0.2)
    route = {"destination": {"host": "reviews", "subset": subset}}
    place = "apis/networking.istio.io/v1alpha3/namespaces/default/virtualservices/reviews"
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/{place}",
        json.dumps({"spec": {"http": [{"route": [route]}]}}).encode(),
        {"Content-Type": "application/merge-patch+json"},
        method="PATCH",
    )
    seen, began = len(heard), time.perf_counter()
    urllib.request.urlopen(asked).close()
    while time.perf_counter() - began < 20:
        for moment, line in heard[seen:]:
            if f"reviews-{subset}" in line:
                return moment - began
        time.sleep(0.001)
    raise AssertionError(f"{subset} never answered")
