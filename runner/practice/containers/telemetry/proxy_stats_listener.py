"""What the istio-proxy of a pod answers a Prometheus: its counters, with the metrics of the application beside it."""

from __future__ import annotations

import json

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, HttpHandler, Request, Response
from runner.practice.containers.telemetry.exposition_format import CONTENT_TYPE

MERGED_PORT = 15020
"""The agent's: /stats/prometheus has both, and injection sets the pod's annotations to it."""
ENVOY_PORT = 15090
"""Envoy's own: the counters alone."""
ANNOTATIONS = "ISTIO_PROMETHEUS_ANNOTATIONS"
"""What the pod's annotations prometheus.io/… were before injection, as JSON: scrape, path, port."""
APPLICATION_SECONDS = 5.0


def proxy_stats(call: Invocation, *, merged: bool) -> HttpHandler:
    """Answers /stats/prometheus (and /metrics of the agent) for the pod of this proxy."""
    pod = call.container.pod

    async def answer(request: Request) -> Response:
        if request.path not in ("/stats/prometheus", "/metrics"):
            return Response(404, [("Content-Type", "text/plain; charset=utf-8")], b"404 page not found\n")
        text = pod.network.proxy_metrics.text(pod.config.uid)
        if merged:
            text += await _of_application(call)
        return Response(200, [("Content-Type", CONTENT_TYPE)], text.encode())

    return answer


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
