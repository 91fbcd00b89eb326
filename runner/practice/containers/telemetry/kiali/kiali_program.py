"""kiali/kiali: the console of a mesh."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import yaml

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve
from runner.practice.containers.telemetry.exposition_format import CONTENT_TYPE, written
from runner.practice.containers.telemetry.kiali.kiali_api import KialiApi
from runner.practice.containers.telemetry.kiali.shown_objects import ObjectReader
from runner.practice.containers.telemetry.prometheus_client import PrometheusClient
from runner.practice.containers.telemetry.web_answers import found_at, page, plain_answer

DEFAULT_CONFIG = "/kiali-configuration/config.yaml"
SECONDS_OF_A_REQUEST = 0.001


def kiali(version: str) -> Program:
    async def run(call: Invocation) -> int:
        try:
            config = _config(call)
        except (OSError, yaml.YAMLError) as error:
            await call.error(_line("FTL", f"Failed to load config file: {error}"))
            return 1
        return await _Kiali(call, version, config).run()

    return run


class _Kiali:
    def __init__(self, call: Invocation, version: str, config: Mapping[str, Any]) -> None:
        self._call, self._version = call, version
        server = config.get("server") or {}
        self._root = str(server.get("web_root") or "/kiali").rstrip("/")
        self._port = int(server.get("port") or 20001)
        self._metrics_port = int(server.get("metrics_port") or 9090)
        system = str(config.get("istio_namespace") or call.container.pod.config.namespace)
        services = config.get("external_services") or {}
        url = (services.get("prometheus") or {}).get("url") or f"http://prometheus.{system}:9090"
        self._api = KialiApi(ObjectReader(call), PrometheusClient(call, str(url)), version, system)

    async def run(self) -> int:
        await self._call.error(_line("INF", f"Kiali: Version: {self._version}, Commit: stand-in of Labgate"))
        await self._call.error(_line("INF", f"Server endpoint will start at [:{self._port}{self._root}]"))
        handlers = {self._port: self._answer, self._metrics_port: self._metrics}
        return await serve(self._call, handlers, "kiali")

    async def _answer(self, request: Request) -> Response:
        await self._call.container.work(SECONDS_OF_A_REQUEST)
        if self._root and request.path == "/":
            return found_at(f"{self._root}/")
        if not f"{request.path}/".startswith(f"{self._root}/"):
            return plain_answer("404 page not found\n", 404)
        path = request.path.removeprefix(self._root) or "/"
        if path == "/healthz":
            return plain_answer("")
        if path == "/api" or path.startswith("/api/"):
            return await self._api.answer(request, path)
        if path == "/" or path.startswith("/console"):
            return page("kiali", self._root, version=self._version)
        return plain_answer("404 page not found\n", 404)

    async def _metrics(self, request: Request) -> Response:
        if request.path == "/metrics":
            line = written("kiali_build_info", (("version", self._version),), 1)
            return Response(200, [("Content-Type", CONTENT_TYPE)], f"{line}\n".encode())
        return plain_answer("404 page not found\n", 404)


def _config(call: Invocation) -> Mapping[str, Any]:
    """Raises OSError, YAMLError. Without the option -config there are defaults."""
    words = list(call.argv)
    at = next((number for number, word in enumerate(words) if word.lstrip("-") == "config"), None)
    if at is None or at + 1 >= len(words):
        return {}
    found = yaml.safe_load(ContainerFiles(call.container).read_text(words[at + 1]))
    return found if isinstance(found, dict) else {}


def _line(level: str, message: str) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {level} {message}\n"
