"""dashboard: a forwarded port to a console or an Envoy, and the address to open."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import webbrowser
from argparse import Namespace
from dataclasses import dataclass

from runner.practice.istio_release.istioctl.kubectl_cluster import Cluster, Failed, Object, is_running, words
from runner.practice.istio_release.istioctl.proxy_config_command import pod_name


@dataclass(frozen=True, slots=True)
class Console:
    """Where one is: pods with one of these labels, a port, and a path of its page."""

    name: str
    labels: tuple[str, ...]
    port: int
    path: str = ""


CONSOLES = {
    "kiali": Console("Kiali", ("app=kiali", "app.kubernetes.io/name=kiali"), 20001, "/kiali"),
    "jaeger": Console("Jaeger", ("app=jaeger",), 16686),
    "prometheus": Console("Prometheus", ("app=prometheus", "app.kubernetes.io/name=prometheus"), 9090),
    "grafana": Console("Grafana", ("app=grafana", "app.kubernetes.io/name=grafana"), 3000),
    "zipkin": Console("Zipkin", ("app=zipkin",), 9411),
}
ENVOY = Console("Envoy", (), 15000)
FORWARDING = re.compile(r"Forwarding from (\S+):(\d+) ->")


def dashboard(cluster: Cluster, asked: Namespace) -> int:
    """Until it is interrupted."""
    if asked.what == "envoy":
        if not asked.pod:
            raise Failed("specify a pod or --selector")
        console = ENVOY
        pod, namespace = pod_name(cluster, asked.pod, asked.namespace)
    elif asked.what in CONSOLES:
        console, namespace = CONSOLES[asked.what], asked.namespace or cluster.system
        pod = f"pod/{_pod_of(cluster, console, namespace)['metadata']['name']}"
    else:
        known = ", ".join(sorted([*CONSOLES, "envoy"]))
        raise Failed(
            f'unknown command "{asked.what}" for "istioctl dashboard" (practice stand-in: it knows {known})'
        )
    port = asked.port or (console.port if _is_free(asked.address, console.port) else 0)
    forward = cluster.start(
        "port-forward", pod, f"{port or ''}:{console.port}", "-n", namespace, "--address", asked.address
    )
    try:
        return _forwarded(forward, console, asked)
    finally:
        forward.terminate()
        forward.wait()


def _pod_of(cluster: Cluster, console: Console, namespace: str) -> Object:
    for labels in console.labels:
        for pod in cluster.get("pods", "-n", namespace, "-l", labels):
            if is_running(pod):
                return pod
    raise Failed(f"no {console.name} pods found")


def _is_free(address: str, port: int) -> bool:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tried:
        try:
            tried.bind(("127.0.0.1" if address == "localhost" else address, port))
        except OSError:
            return False
    return True


def _forwarded(forward: subprocess.Popen[str], console: Console, asked: Namespace) -> int:
    assert forward.stdout is not None and forward.stderr is not None
    line = forward.stdout.readline()
    found = FORWARDING.search(line)
    if found is None:
        raise Failed(f"could not forward the port: {words(forward.stderr.read() or line)}")
    url = f"http://{asked.address}:{found[2]}{console.path}"
    print(url, flush=True)
    if asked.browser and not _opened(url):
        print(f"Failed to open browser; open {url} in your browser.", file=sys.stderr)
    forward.stdout.read()
    return forward.wait()


def _opened(url: str) -> bool:
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False
