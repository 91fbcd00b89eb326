"""prom/prometheus: scrapes what its prometheus.yml says, and answers queries."""

from __future__ import annotations

import asyncio
import contextlib
import time

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve
from runner.practice.containers.telemetry.exposition_format import CONTENT_TYPE, family, written
from runner.practice.containers.telemetry.prometheus_api import PrometheusApi
from runner.practice.containers.telemetry.prometheus_config import InvalidConfig, PrometheusConfig
from runner.practice.containers.telemetry.rule_groups import RuleGroup, evaluate_due, load_groups
from runner.practice.containers.telemetry.sample_store import SampleStore
from runner.practice.containers.telemetry.scraper import Scraper
from runner.practice.containers.telemetry.web_answers import found_at, page, plain_answer

DEFAULT_CONFIG = "/etc/prometheus/prometheus.yml"
VIEWS = frozenset({"graph", "query", "targets", "rules", "alerts", "service-discovery", "config", "status"})
SECONDS_OF_A_REQUEST = 0.001
RULES_EVERY = 1.0
FORGET_SECONDS = 6 * 3600.0
RELOADED = "Completed loading of configuration file"


def prometheus(version: str) -> Program:
    async def run(call: Invocation) -> int:
        return await _Prometheus(call, version).run()

    return run


class _Prometheus:
    def __init__(self, call: Invocation, version: str) -> None:
        self._call, self._version = call, version
        self._flags = _flags(call)
        self._file = self._flags.get("config.file", DEFAULT_CONFIG)

    async def run(self) -> int:
        await self._log(
            "info", f'Starting Prometheus" version="(version={self._version}, stand-in of Labgate)'
        )
        try:
            config, groups = self._load()
        except (InvalidConfig, OSError) as error:
            await self._log("error", f'Error loading config (--config.file={self._file})" err="{error}')
            return 2
        self._scraper = Scraper(self._call, config, SampleStore())
        self._api = PrometheusApi(self._scraper, groups, self._flags, self._version)
        work = [asyncio.ensure_future(self._scraper.run()), asyncio.ensure_future(self._evaluate())]
        for each in work:
            each.add_done_callback(self._stopped)
        await self._log("info", f'{RELOADED}" filename="{self._file}')
        await self._log("info", "Server is ready to receive web requests.")
        try:
            code = await serve(self._call, {self._port(): self._answer}, "prometheus")
        finally:
            for each in work:
                each.cancel()
        for each in work:
            if each.done() and not each.cancelled() and (fault := each.exception()) is not None:
                await self._log("error", f"{type(fault).__name__}: {fault}")
                return 1
        return code

    def _stopped(self, work: asyncio.Future[None]) -> None:
        """The scraper ends with the program alone; a fault in it must not pass as a Prometheus without data."""
        if not work.cancelled():
            self._call.terminated.set()

    def _load(self) -> tuple[PrometheusConfig, list[RuleGroup]]:
        """Raises InvalidConfig, OSError."""
        files = ContainerFiles(self._call.container)
        config = PrometheusConfig.of(files.read_text(self._file))
        return config, load_groups(config.rule_files, files.read_text, config.evaluation_interval)

    async def _evaluate(self) -> None:
        while True:
            evaluate_due(self._api.groups, self._scraper.store)
            self._scraper.store.forget_older(time.time() - FORGET_SECONDS)
            await asyncio.sleep(RULES_EVERY)

    async def _answer(self, request: Request) -> Response:
        await self._call.container.work(SECONDS_OF_A_REQUEST)
        path = request.path
        name = path.strip("/")
        if path == "/":
            return found_at("/query" if self._version.startswith("3") else "/graph")
        if path.startswith("/api/v1/"):
            return await self._api.answer(request)
        if path == "/-/ready":
            return plain_answer(
                "Prometheus is Ready.\n" if _is_old(self._version) else "Prometheus Server is Ready.\n"
            )
        if path == "/-/healthy":
            healthy = (
                "Prometheus is Healthy.\n" if _is_old(self._version) else "Prometheus Server is Healthy.\n"
            )
            return plain_answer(healthy)
        if path == "/-/reload":
            return await self._reload(request)
        if path == "/metrics":
            return Response(200, [("Content-Type", CONTENT_TYPE)], self._own_metrics().encode())
        if name in VIEWS:
            return page("prometheus", view="graph" if name == "query" else name)
        return plain_answer("404 page not found\n", 404)

    async def _reload(self, request: Request) -> Response:
        if "web.enable-lifecycle" not in self._flags:
            return plain_answer("Lifecycle API is not enabled.", 403)
        if request.method not in ("POST", "PUT"):
            return plain_answer("Only POST or PUT requests allowed", 405)
        try:
            config, groups = self._load()
        except (InvalidConfig, OSError) as error:
            await self._log("error", f'Error reloading config" err="{error}')
            return plain_answer(f"failed to reload config: {error}\n", 500)
        self._scraper.reload(config)
        self._api.groups = groups
        await self._log("info", f'{RELOADED}" filename="{self._file}')
        return plain_answer("")

    def _own_metrics(self) -> str:
        series = len(self._scraper.store)
        info = (("version", self._version),)
        lines = [
            *family("prometheus_build_info", "gauge", [written("prometheus_build_info", info, 1)]),
            *family(
                "prometheus_tsdb_head_series", "gauge", [written("prometheus_tsdb_head_series", (), series)]
            ),
        ]
        return "".join(f"{line}\n" for line in lines)

    def _port(self) -> int:
        address = self._flags.get("web.listen-address", "0.0.0.0:9090")
        port = address.rpartition(":")[2]
        return int(port) if port.isdigit() else 9090

    async def _log(self, level: str, message: str) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        with contextlib.suppress(ConnectionError):
            await self._call.error(f'level={level} ts={moment}.000Z caller=main.go:1 msg="{message}"\n')


def _is_old(version: str) -> bool:
    """Before 2.38 the words were others."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return numbers < [2, 38]


def _flags(call: Invocation) -> dict[str, str]:
    """--name=value and --name."""
    found = {}
    for word in call.argv[1:]:
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            found[name] = value or "true"
    return found
