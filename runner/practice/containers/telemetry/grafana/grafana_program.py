"""grafana/grafana: dashboards and alerts over the Prometheus of its data source."""

from __future__ import annotations

import asyncio
import contextlib
import time
from urllib.parse import urlsplit

import yaml

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve
from runner.practice.containers.telemetry.exposition_format import CONTENT_TYPE, written
from runner.practice.containers.telemetry.grafana.grafana_alerts import GrafanaAlerts
from runner.practice.containers.telemetry.grafana.grafana_api import GrafanaApi
from runner.practice.containers.telemetry.prometheus_client import PrometheusClient
from runner.practice.containers.telemetry.web_answers import found_at, page, plain_answer

SOURCES = "/etc/grafana/provisioning/datasources"
DEFAULT_URL = "http://prometheus:9090"
SECONDS_OF_A_REQUEST = 0.001
LOOK_EVERY = 1.0
VIEWS = frozenset({"", "dashboards", "d", "explore", "alerting"})


def grafana(version: str) -> Program:
    async def run(call: Invocation) -> int:
        return await _Grafana(call, version).run()

    return run


class _Grafana:
    def __init__(self, call: Invocation, version: str) -> None:
        self._call, self._version = call, version
        prometheus = PrometheusClient(call, _source(call))
        self._alerts = GrafanaAlerts(prometheus)
        self._api = GrafanaApi(prometheus, self._alerts, version)
        root = call.env.get("GF_SERVER_ROOT_URL", "")
        below = call.env.get("GF_SERVER_SERVE_FROM_SUB_PATH", "") == "true"
        self._base = urlsplit(root).path.rstrip("/") if below else ""

    async def run(self) -> int:
        await self._log(f'msg="Starting Grafana" version={self._version} commit=stand-in-of-Labgate')
        await self._log('msg="HTTP Server Listen" address=[::]:3000 protocol=http')
        evaluating = asyncio.ensure_future(self._evaluate())
        port = self._call.env.get("GF_SERVER_HTTP_PORT", "3000")
        try:
            return await serve(self._call, {int(port) if port.isdigit() else 3000: self._answer}, "grafana")
        finally:
            evaluating.cancel()

    async def _evaluate(self) -> None:
        while True:
            await self._alerts.evaluate_due()
            await asyncio.sleep(LOOK_EVERY)

    async def _answer(self, request: Request) -> Response:
        await self._call.container.work(SECONDS_OF_A_REQUEST)
        if self._base and request.path.startswith(f"{self._base}/"):
            request.target = request.target.removeprefix(self._base)
        path = request.path
        if path.startswith("/api/"):
            return await self._api.answer(request)
        if path == "/metrics":
            line = written("grafana_build_info", (("version", self._version),), 1)
            return Response(200, [("Content-Type", CONTENT_TYPE)], f"{line}\n".encode())
        if path == "/login":
            return found_at(f"{self._base}/")
        if path.strip("/").partition("/")[0] in VIEWS:
            return page("grafana", self._base, version=self._version)
        return plain_answer("404 page not found\n", 404)

    async def _log(self, text: str) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        await self._call.out(f"logger=server t={moment} level=info {text}\n")


def _source(call: Invocation) -> str:
    """The address of the first data source that is a Prometheus, from the files of provisioning."""
    files = ContainerFiles(call.container)
    with contextlib.suppress(OSError, yaml.YAMLError, AttributeError, TypeError):
        for name in files.names(SOURCES):
            if not name.endswith((".yaml", ".yml")):
                continue
            plain = yaml.safe_load(files.read_text(f"{SOURCES}/{name}"))
            for each in plain.get("datasources") or ():
                if each.get("type") == "prometheus" and each.get("url"):
                    return str(each["url"])
    return DEFAULT_URL
