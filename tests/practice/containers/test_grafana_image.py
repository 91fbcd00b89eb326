"""grafana/grafana over a Prometheus: dashboards whose queries are right, the data source's proxy, alert rules."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from runner.practice.containers.telemetry.grafana import grafana_program
from runner.practice.containers.telemetry.grafana.istio_dashboards import DASHBOARDS, SOURCE
from runner.practice.containers.telemetry.promql.parsed_query import parse_query
from tests.practice.containers.container_room import ContainerRoom, Started

PROMETHEUS = """
global: {scrape_interval: 200ms}
scrape_configs: [{job_name: own, static_configs: [{targets: ["localhost:9090"]}]}]
"""
SOURCES = "datasources: [{name: Prometheus, type: prometheus, url: 'http://prom:9090'}]\n"


async def _pair(room: ContainerRoom) -> tuple[Started, Started]:
    """(Grafana, Prometheus), both listening."""
    volumes = [
        VolumeConfig("prom", content={"prometheus.yml": PROMETHEUS.encode()}),
        VolumeConfig("source", content={"datasources.yaml": SOURCES.encode()}),
    ]
    prometheus = await room.run(
        "prom/prometheus", name="prom", volumes=volumes, mounts=[Mount("prom", "/etc/prometheus")]
    )
    grafana = await room.run(
        "grafana/grafana:7.5.5", name="grafana", mounts=[Mount("source", grafana_program.SOURCES)]
    )
    room.serve([9090], prom=prometheus)
    for started, port in ((prometheus, 9090), (grafana, 3000)):
        await room.until(
            lambda started=started, port=port: room.runtime.container(started.id).pod.listener(port)
        )
    return grafana, prometheus


async def asked(
    room: ContainerRoom, server: Started, path: str, method: str = "GET", body: Any = None
) -> tuple[int, Any]:
    answer = await room.request(server, path, 3000, method=method, body=json.dumps(body) if body else "")
    return answer.status, json.loads(answer.body) if answer.body else None


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():
            await asyncio.sleep(0.05)


def rule(expression: str, above: float, hold: str) -> dict[str, Any]:
    return {
        "title": "busy",
        "ruleGroup": "g",
        "folderUID": "istio",
        "condition": "C",
        "for": hold,
        "data": [
            {"refId": "A", "datasourceUid": SOURCE, "model": {"expr": expression}},
            {"refId": "B", "datasourceUid": "__expr__", "model": {"type": "reduce", "expression": "A"}},
            {
                "refId": "C",
                "datasourceUid": "-100",
                "model": {
                    "type": "threshold",
                    "expression": "B",
                    "conditions": [{"evaluator": {"type": "gt", "params": [above]}}],
                },
            },
        ],
    }


async def test_dashboards_and_the_data_source(room: ContainerRoom) -> None:
    grafana, _ = await _pair(room)
    assert await asked(room, grafana, "/api/health") == (
        200,
        {"commit": "stand-in", "database": "ok", "version": "7.5.5"},
    )
    page = await room.request(grafana, "/", 3000)
    assert b"Grafana" in page.body
    assert "모의 화면".encode() in page.body
    _, found = await asked(room, grafana, "/api/search?query=service")
    assert [each["title"] for each in found] == ["Istio Service Dashboard"]
    _, board = await asked(room, grafana, f"/api/dashboards/uid/{found[0]['uid']}")
    assert board["dashboard"]["templating"]["list"][0]["name"] == "service"
    assert (await asked(room, grafana, "/api/dashboards/uid/none"))[0] == 404
    _, sources = await asked(room, grafana, "/api/datasources")
    assert sources[0]["url"] == "http://prom:9090"
    for proxy in ("1", f"uid/{SOURCE}"):
        _, answer = await asked(
            room, grafana, f"/api/datasources/proxy/{proxy}/api/v1/query?query={quote('vector(3)')}"
        )
        assert answer["data"]["result"][0]["value"][1] == "3"
    assert (await asked(room, grafana, "/api/datasources/proxy/1/-/quit"))[0] == 403


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.slug)
def test_every_query_of_the_dashboards_can_be_read(dashboard: Any) -> None:
    for panel in dashboard.panels:
        for query, _ in panel.queries:
            parse_query(query)


async def test_an_alert_is_normal_pending_firing(
    room: ContainerRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grafana_program, "LOOK_EVERY", 0.05)
    grafana, _ = await _pair(room)

    async def shown() -> dict[str, Any]:
        _, found = await asked(room, grafana, "/api/prometheus/grafana/api/v1/rules")
        return dict(found["data"]["groups"][0]["rules"][0])

    async def is_in(state: str) -> bool:
        found = await shown()
        return found["state"] == state and found["health"] == "ok"

    status, made = await asked(
        room, grafana, "/api/v1/provisioning/alert-rules", "POST", rule("max(up)", 5, "30s")
    )
    assert status == 201
    path = f"/api/v1/provisioning/alert-rules/{made['uid']}"
    group = "/api/v1/provisioning/folder/istio/rule-groups/g"
    await asked(room, grafana, group, "PUT", {"interval": 1})
    await until(lambda: is_in("inactive"))
    assert (await asked(room, grafana, path, "PUT", rule("max(up)", 0.5, "30s")))[0] == 200
    await until(lambda: is_in("pending"))
    assert (await shown())["alerts"][0]["state"] == "Pending"
    await asked(room, grafana, path, "PUT", rule("max(up)", 0.5, "0s"))
    await until(lambda: is_in("firing"))
    assert (await shown())["alerts"][0]["labels"] == {"alertname": "busy"}
    await asked(room, grafana, path, "PUT", rule("sum(", 0.5, "0s"))

    async def failed() -> bool:
        return "unclosed left parenthesis" in (await shown())["lastError"]

    await until(failed)
    assert (await asked(room, grafana, path, "DELETE"))[0] == 204
    assert (await asked(room, grafana, path))[0] == 404


async def test_what_it_refuses(room: ContainerRoom) -> None:
    grafana = await room.run("grafana/grafana", name="grafana")
    await room.until(lambda: room.runtime.container(grafana.id).pod.listener(3000))
    path = "/api/v1/provisioning/alert-rules"
    assert (await asked(room, grafana, path, "POST", {"title": ""}))[0] == 400
    assert (await asked(room, grafana, path, "POST", {**rule("up", 1, "1s"), "condition": "Z"}))[1] == {
        "message": "invalid alert rule: condition Z does not exist"
    }
    status, lost = await asked(room, grafana, "/api/datasources/proxy/1/api/v1/query?query=up")
    assert status == 502
    assert "http://prometheus:9090 is not reached" in lost["message"]
