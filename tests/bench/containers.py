"""Containers that run: commands in them, their memory, and the API while they are under load."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from runner.practice import process
from tests.bench.report import Row, median, run

PODS = 100
SECONDS_OF_LOAD = 20
"""Long enough for the calls of kubectl that are measured meanwhile."""
SECONDS_ALONE = 6
WEB = {"name": "web", "image": "nginx:1.25", "ports": [{"containerPort": 80}]}
CLIENT = {"name": "siege", "image": "apexacme/siege-nginx"}


def containers(running: process.Running) -> list[Row]:
    """On a practice cluster of its own, whose nodes take all the pods."""
    kubectl = partial(run, "kubectl", kubeconfig=running.kubeconfig)
    apply(running, pod("web", WEB), pod("siege", CLIENT), service())
    kubectl("wait", "pod", "web", "siege", "--for=condition=Ready", "--timeout=60s")
    looked = median(lambda: kubectl("get", "pod", "web"))
    entered = median(lambda: kubectl("exec", "web", "--", "true"))
    rows = [Row("kubectl exec POD -- true", entered, f"{2 * looked:.3f} s", "kubectl get pod", looked)]
    with _load(running, 20, SECONDS_ALONE) as alone:
        """Nothing else asks the cluster meanwhile."""
    rows.append(Row("requests that siege -c20 -b makes", alone[0], "1000 /s", unit="/s"))
    quiet = median(lambda: kubectl("get", "pods"))
    with _load(running, 30, SECONDS_OF_LOAD) as report:
        loaded = median(lambda: kubectl("get", "pods"))
    rows.append(
        Row("kubectl get pods while siege -c30 -b runs", loaded, f"{2 * quiet:.3f} s", "without it", quiet)
    )
    rows.append(Row("requests that siege -c30 -b makes meanwhile", report[0], unit="/s"))
    apply(running, deployment(PODS))
    kubectl("rollout", "status", "deployment/many", "--timeout=180s")
    rows.append(
        Row(f"memory of the cluster with {PODS} pods that run nginx", memory(running), "150 MB", unit="MiB")
    )
    return rows


def memory(running: process.Running) -> float:
    """MiB that the processes of a practice cluster hold: its API's, that of its containers, and Envoy."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        children.setdefault(int(words[1]), []).append(int(entry.parent.name))
    found = [running.pid]
    for pid in found:
        found += children.get(pid, ())
    return sum(_resident(pid) for pid in found) / 1024


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


@contextmanager
def _load(running: process.Running, users: int, seconds: int) -> Iterator[list[float]]:
    """siege with so many users meanwhile; then the requests a second that it reports."""
    command = ["kubectl", f"--kubeconfig={running.kubeconfig}", "exec", "siege", "--",
               "siege", f"-c{users}", f"-t{seconds}S", "-b", "http://web/"]  # fmt: skip
    found: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as siege:
        time.sleep(1)
        yield found
        output = siege.communicate()[0]
    rate = next(line for line in output.splitlines() if line.startswith("Transaction rate"))
    found.append(float(rate.split(":")[1].split()[0]))


def apply(running: process.Running, *objects: object) -> None:
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    command = ["kubectl", f"--kubeconfig={running.kubeconfig}", "apply", "-f", "-"]
    subprocess.run(command, input=manifest, text=True, check=True, capture_output=True)


def pod(name: str, container: object) -> object:
    meta = {"name": name, "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container]}}


def service() -> object:
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}


def deployment(replicas: int) -> object:
    labels = {"app": "many"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [WEB]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "many"}, "spec": spec}
