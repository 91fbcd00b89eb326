"""prom/prometheus: scrapes what its file says, answers queries, follows alerts, is told of a new file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from runner.practice.containers.network_messages import Listener, Request, Response
from runner.practice.containers.telemetry import config_reloader, prometheus_program
from runner.practice.containers.telemetry.proxied_request import ProxiedRequest
from tests.practice.containers.container_room import ContainerRoom, Started

CONFIG = """
global: {scrape_interval: 300ms, evaluation_interval: 300ms}
rule_files: [/etc/config/rules.yml]
scrape_configs:
  - job_name: prometheus
    static_configs: [{targets: ["localhost:9090"]}]
  - job_name: app
    metrics_path: /stats
    static_configs: [{targets: ["TARGET:15020", "TARGET:81"], labels: {app: order}}]
"""
RULES = """
groups:
  - name: g
    rules:
      - {record: "job:up:sum", expr: sum by (job) (up)}
      - alert: Down
        expr: up == 0
        for: 1ms
        annotations: {summary: "{{ $labels.instance }} is down"}
      - {alert: Patient, expr: up == 0, for: 1h}
"""


def _files(target: str, extra: str = "") -> list[VolumeConfig]:
    content = {
        "prometheus.yml": CONFIG.replace("TARGET", target).encode() + extra.encode(),
        "rules.yml": RULES.encode(),
    }
    return [VolumeConfig("config", content=content)]


MOUNT = [Mount("config", "/etc/config", read_only=True)]
ARGS = ("--config.file=/etc/config/prometheus.yml", "--web.enable-lifecycle")


async def prometheus(room: ContainerRoom, image: str, *args: str, **config: Any) -> Started:
    """One that listens."""
    started = await room.run(image, *args, name="prom", **config)
    await room.until(lambda: room.runtime.container(started.id).pod.listener(9090))
    return started


async def asked(room: ContainerRoom, server: Started, path: str, **request: Any) -> Any:
    answer = await room.request(server, path, 9090, **request)
    return json.loads(answer.body)


async def value(room: ContainerRoom, server: Started, query: str) -> str:
    """Of the only element; "" where there is none."""
    found = (await asked(room, server, f"/api/v1/query?query={quote(query)}"))["data"]["result"]
    return str(found[0]["value"][1]) if found else ""


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():
            await asyncio.sleep(0.05)


async def _app(room: ContainerRoom) -> Started:
    """A pod with something to scrape on 15020, and nothing on 81."""
    started = await room.run("busybox", "sleep", "1000", name="app")
    container = room.runtime.container(started.id)

    async def answer(request: Request) -> Response:
        text = room.runtime.network.proxy_metrics.text(started.id) if request.path == "/stats" else ""
        return Response(200, [("Content-Type", "text/plain")], text.encode())

    container.pod.listen(container, 15020, Listener(http=answer))
    return started


async def test_it_scrapes_and_answers(room: ContainerRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_program, "RULES_EVERY", 0.1)
    app = await _app(room)
    server = await prometheus(room, "prom/prometheus:v2.26.0", *ARGS, volumes=_files(app.ip), mounts=MOUNT)
    home = await room.request(server, "/", 9090)
    assert (home.status, home.body) == (302, b'<a href="/graph">Found</a>.\n\n')
    for name in ("graph", "targets", "alerts"):
        shown = await room.request(server, f"/{name}", 9090)
        assert b"Stand-in for Prometheus" in shown.body
        assert "모의 화면".encode() in shown.body
    room.runtime.network.proxy_metrics.record(ProxiedRequest(app.id, "destination", service_name="order"))
    query = 'istio_requests_total{app="order",destination_service_name="order"}'

    async def scraped() -> bool:
        return await value(room, server, query) == "1"

    await until(scraped)
    assert await value(room, server, 'up{instance=~".*:81"}') == "0"
    targets = (await asked(room, server, "/api/v1/targets"))["data"]["activeTargets"]
    assert {each["scrapeUrl"].rpartition(":")[2]: each["health"] for each in targets} == {
        "9090/metrics": "up", "15020/stats": "up", "81/stats": "down",
    }  # fmt: skip
    (error,) = (each["lastError"] for each in targets if each["health"] == "down")
    assert error == f'Get "http://{app.ip}:81/stats": dial tcp {app.ip}:81: connect: connection refused'

    async def alerted() -> bool:
        return bool(await value(room, server, 'ALERTS{alertname="Down",alertstate="firing"}'))

    await until(alerted)
    rules = (await asked(room, server, "/api/v1/rules"))["data"]["groups"][0]["rules"]
    assert [(rule["type"], rule.get("state")) for rule in rules] == [
        ("recording", None), ("alerting", "firing"), ("alerting", "pending"),
    ]  # fmt: skip
    assert rules[1]["alerts"][0]["annotations"] == {"summary": f"{app.ip}:81 is down"}
    assert await value(room, server, 'job:up:sum{job="app"}') == "1"
    names = (await asked(room, server, "/api/v1/label/__name__/values"))["data"]
    assert {"up", "istio_requests_total", "job:up:sum", "prometheus_tsdb_head_series"} <= set(names)
    assert "app" in (await asked(room, server, "/api/v1/label/job/values"))["data"]
    of_app = quote('up{job="app"}')
    series = await asked(room, server, f"/api/v1/series?match[]={of_app}")
    assert len(series["data"]) == 2
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = await asked(room, server, "/api/v1/query", method="POST", body="query=vector(7)", headers=form)
    assert posted["data"]["result"][0]["value"][1] == "7"
    ranged = await asked(room, server, "/api/v1/query_range?query=vector(2)&start=100&end=130&step=15s")
    assert ranged["data"]["result"] == [{"metric": {}, "values": [[100, "2"], [115, "2"], [130, "2"]]}]


async def test_what_it_refuses(room: ContainerRoom) -> None:
    server = await prometheus(room, "prom/prometheus")
    bad = await room.request(server, "/api/v1/query?query=sum(", 9090)
    assert (bad.status, json.loads(bad.body)) == (
        400,
        {
            "status": "error",
            "errorType": "bad_data",
            "error": 'invalid parameter "query": 1:1: parse error: unclosed left parenthesis',
        },
    )
    late = await asked(room, server, "/api/v1/query_range?query=up&start=soon&end=1&step=1")
    assert late["error"] == 'invalid parameter "start": cannot parse "soon" to a valid timestamp'
    assert (await room.request(server, "/api/v1/nothing", 9090)).status == 404
    assert (await room.request(server, "/-/reload", 9090, method="POST")).status == 403
    wrong = await room.run("prom/prometheus", "--config.file=/nothing.yml", name="wrong")
    assert (await room.exit_of(wrong)).code == 2
    assert "Error loading config (--config.file=/nothing.yml)" in await room.log(wrong)


async def test_it_is_told_of_a_new_file(room: ContainerRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_reloader, "LOOK_EVERY", 0.05)
    app = await _app(room)
    server = await prometheus(room, "prom/prometheus:v2.26.0", *ARGS, volumes=_files(app.ip), mounts=MOUNT)
    url = f"--webhook-url=http://{server.ip}:9090/-/reload"
    await room.run(
        "jimmidyson/configmap-reload:v0.5.0", "--volume-dir=/etc/config", url, name="reload", mounts=MOUNT
    )
    extra = '  - job_name: new\n    static_configs: [{targets: ["localhost:9090"]}]\n'
    room.runtime.put_volume(_files(app.ip, extra)[0])

    async def follows() -> bool:
        return await value(room, server, 'up{job="new"}') == "1"

    await until(follows)
