"""What the istio-proxy of a pod answers a Prometheus: its counters, with the metrics of the application beside it."""

from __future__ import annotations

import json

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Request

MERGED_PORT = 15020
"""The agent's: injection sets the pod's annotations to it."""
ANNOTATIONS = "ISTIO_PROMETHEUS_ANNOTATIONS"
"""What the pod's annotations prometheus.io/… were before injection, as JSON: scrape, path, port."""
APPLICATION_SECONDS = 5.0


async def proxy_metrics_text(call: Invocation, *, merged: bool) -> str:
    """The counters of this proxy's pod. `merged`: as the agent has them, with the application's metrics."""
    pod = call.container.pod
    text = pod.network.proxy_metrics.text(pod.config.uid)
    return text + await _of_application(call) if merged else text


async def _of_application(call: Invocation) -> str:
    """Its metrics; "" where it has none, or does not answer (the agent leaves them out then)."""
    try:
        wanted = json.loads(call.env.get(ANNOTATIONS, "{}"))
        port = int(wanted.get("port") or 80)
    except ValueError:
        return ""
    if str(wanted.get("scrape", "")).lower() != "true" or port == MERGED_PORT:
        return ""
    pod, path = call.container.pod, str(wanted.get("path") or "/metrics")
    asked = Request("GET", path, [("Host", f"localhost:{port}")])
    try:
        answer = await pod.network.request(pod, "127.0.0.1", port, asked, timeout=APPLICATION_SECONDS)
    except ConnectError:
        return ""
    text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
    return text if not text or text.endswith("\n") else f"{text}\n"
