"""What the agent beside Envoy answers: the proxy's readiness, the applications' probes, metrics."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Listener, Request, Response
from runner.practice.containers.server_program import text
from runner.practice.containers.telemetry.proxy_metrics_text import proxy_metrics_text

Json = dict[str, Any]

AGENT_PORT, READY_PORT, METRICS_PORT = 15020, 15021, 15090
PROBE_SECONDS = 1.0
LOOK_AGAIN = 0.05
NOT_READY = (
    "Envoy proxy is NOT ready: config not received from XDS server (is Istiod running?): "
    "cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected"
)
"""As pilot-agent says it at each probe (istio: pilot/cmd/pilot-agent/status/ready)."""


class AgentStatus:
    """The agent of one istio-proxy."""

    def __init__(self, call: Invocation) -> None:
        self._call, self._pod = call, call.container.pod
        self._probers: Mapping[str, Json] = json.loads(call.env.get("ISTIO_KUBE_APP_PROBERS") or "{}")

    @property
    def ready(self) -> bool:
        """Whether the proxy has its configuration."""
        mesh = self._pod.network.mesh
        return mesh is None or mesh.ready(self._pod.config.ip)

    async def run(self) -> int:
        call = self._call
        listeners = {
            port: Listener(http=self.answer, program="pilot-agent")
            for port in (AGENT_PORT, READY_PORT, METRICS_PORT)
        }
        for port, listener in listeners.items():
            self._pod.listen(call.container, port, listener)
        await self._log("info", "Proxy role")
        saying = asyncio.get_running_loop().create_task(self._say_once_ready())
        try:
            await call.terminated.wait()
        finally:
            saying.cancel()
            for port in listeners:
                self._pod.unlisten(port)
        await self._log("info", "Agent draining Proxy")
        return 0

    async def answer(self, request: Request) -> Response:
        """Any of its three ports."""
        if request.path == "/healthz/ready":
            if self.ready:
                return text(200, "")
            await self._log("warn", NOT_READY)
            return text(503, "")
        if request.path.startswith("/app-health/"):
            return await self._app_health(request)
        if request.path == "/stats/prometheus":
            measured = await proxy_metrics_text(self._call, merged=request.port == AGENT_PORT)
            return text(200, f"# TYPE envoy_server_live gauge\nenvoy_server_live{{}} 1\n{measured}")
        if request.path == "/quitquitquit" and request.method == "POST":
            self._call.terminated.set()
            return text(200, "ok")
        return text(404, "404 page not found\n")

    async def _say_once_ready(self) -> None:
        while True:
            if self.ready:
                await self._log("info", "Envoy proxy is ready")
                return
            await asyncio.sleep(LOOK_AGAIN)

    async def _app_health(self, request: Request) -> Response:
        """Ask the application what the kubelet wanted to know."""
        prober = self._probers.get(request.path)
        if prober is None:
            return text(404, f'unknown prober "{request.path}"')
        action, kind = next(
            (prober[each], each) for each in ("httpGet", "tcpSocket", "grpc") if each in prober
        )
        port = int(action["port"])
        if kind != "httpGet":
            return await self._reached(port)
        headers = [("Host", f"{self._pod.config.ip}:{port}"), *request.headers]
        own = [(each["name"], each["value"]) for each in action.get("httpHeaders") or ()]
        kept = [each for each in headers if each[0].lower() not in {name.lower() for name, _ in own}]
        path = f"/{(action.get('path') or '/').lstrip('/')}"
        asked = Request("GET", path, [*kept, *own], client=self._pod.config.ip)
        if action.get("scheme") == "HTTPS":
            asked.scheme = "https"
        seconds = float(prober.get("timeoutSeconds") or PROBE_SECONDS)
        try:
            answer = await self._pod.network.request(self._pod, "127.0.0.1", port, asked, timeout=seconds)
        except ConnectError:
            return text(500, "")
        return text(answer.status, "")

    async def _reached(self, port: int) -> Response:
        try:
            await self._pod.network.connect(self._pod, "127.0.0.1", port, timeout=PROBE_SECONDS)
        except ConnectError:
            return text(500, "")
        return text(200, "")

    async def _log(self, level: str, message: str) -> None:
        now = time.time()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        await self._call.error(f"{moment}.{int(now % 1 * 1e6):06d}Z\t{level}\t{message}\n")
