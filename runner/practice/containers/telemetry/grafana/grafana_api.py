"""Grafana's HTTP API, as far as labs and its own page use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.telemetry.grafana.grafana_alerts import (
    GrafanaAlerts,
    InvalidRule,
    rules_shown,
)
from runner.practice.containers.telemetry.grafana.istio_dashboards import DASHBOARDS, SOURCE
from runner.practice.containers.telemetry.prometheus_client import PrometheusClient, PrometheusError
from runner.practice.containers.telemetry.web_answers import first, json_answer, parameters, parts

PROXIES = (f"uid/{SOURCE}", "1")


class GrafanaApi:
    """Answers everything below /api."""

    def __init__(self, prometheus: PrometheusClient, alerts: GrafanaAlerts, version: str) -> None:
        self._prometheus, self._alerts, self._version = prometheus, alerts, version
        self._source = {
            "id": 1,
            "uid": SOURCE,
            "name": "Prometheus",
            "type": "prometheus",
            "access": "proxy",
            "url": prometheus.url,
            "isDefault": True,
        }
        user = {"id": 1, "login": "admin", "name": "admin", "isGrafanaAdmin": True}
        self._fixed: Mapping[str, Any] = {
            "health": {"commit": "stand-in", "database": "ok", "version": version},
            "datasources": [self._source],
            "datasources/1": self._source,
            "datasources/name/Prometheus": self._source,
            f"datasources/uid/{SOURCE}": self._source,
            "org": {"id": 1, "name": "Main Org."},
            "user": user,
            "folders": [{"id": 1, "uid": "istio", "title": "istio"}],
            "alerts": [],
        }

    async def answer(self, request: Request) -> Response:
        found = parts(request.path)[1:]
        name = "/".join(found)
        if name in self._fixed and request.method == "GET":
            return json_answer(self._fixed[name])
        if name == "search":
            return json_answer(_search(request))
        if found[:2] == ["dashboards", "uid"] and len(found) == 3:
            dashboard = next((each for each in DASHBOARDS if each.uid == found[2]), None)
            return json_answer(dashboard.as_json()) if dashboard else _message(404, "Dashboard not found")
        if found[:2] == ["datasources", "proxy"]:
            return await self._proxy(request, found[2:])
        if found[:3] == ["v1", "provisioning", "alert-rules"]:
            return self._rules(request, found[3:])
        if found[:3] == ["v1", "provisioning", "folder"] and len(found) == 6 and found[4] == "rule-groups":
            return self._group(request, found[3], found[5])
        if name == "prometheus/grafana/api/v1/rules":
            return json_answer(rules_shown(self._alerts))
        if name == "prometheus/grafana/api/v1/alerts":
            groups = rules_shown(self._alerts)["data"]["groups"]
            listed = [alert for group in groups for rule in group["rules"] for alert in rule["alerts"]]
            return json_answer({"status": "success", "data": {"alerts": listed}})
        return _message(404, "Not found")

    async def _proxy(self, request: Request, found: list[str]) -> Response:
        """What Prometheus answers: /api/datasources/proxy/1/api/v1/query, or …/proxy/uid/UID/…"""
        own = next((each for each in PROXIES if "/".join(found).startswith(f"{each}/")), None)
        if own is None:
            return _message(404, "Data source not found")
        path = "/" + "/".join(found[own.count("/") + 1 :])
        if not path.startswith("/api/v1/"):
            return _message(403, "non allow-listed path")
        target = f"{path}?{request.query}" if request.query else path
        try:
            return await self._prometheus.get(
                target, request.method, request.body, request.header("content-type")
            )
        except PrometheusError as error:
            return _message(502, str(error))

    def _rules(self, request: Request, found: list[str]) -> Response:
        """Create, read, change and delete alert rules."""
        rules = self._alerts.rules
        if found and found[0] not in rules:
            return _message(404, "Could not find alert rule")
        if request.method == "GET":
            return json_answer(rules[found[0]].plain if found else [rule.plain for rule in rules.values()])
        if request.method == "DELETE" and found:
            del rules[found[0]]
            return Response(204)
        if (request.method, bool(found)) not in (("POST", False), ("PUT", True)):
            return _message(405, "Method not allowed")
        try:
            plain = json.loads(request.body or b"null")
            if not isinstance(plain, dict):
                raise InvalidRule("bad request data")
            rule = self._alerts.put(plain, found[0] if found else "")
        except ValueError as error:
            return _message(400, str(error))
        if "intervalSeconds" in plain:  # of our own page: Grafana has it in the group
            self._alerts.intervals[self._alerts.group_of(rule)] = max(1.0, float(plain["intervalSeconds"]))
        self._alerts.evaluate_soon(rule)
        return json_answer(rule.plain, 200 if found else 201)

    def _group(self, request: Request, folder: str, group: str) -> Response:
        """A group's interval, and with PUT its rules."""
        alerts = self._alerts
        if request.method == "PUT":
            try:
                plain = json.loads(request.body or b"null")
                alerts.intervals[folder, group] = max(1.0, float(plain.get("interval") or 60))
                for each in plain.get("rules") or ():
                    uid = str(each.get("uid") or "")
                    alerts.put({**each, "folderUID": folder, "ruleGroup": group}, uid)
            except (ValueError, AttributeError) as error:
                return _message(400, str(error))
        rules = [rule.plain for rule in alerts.rules.values() if alerts.group_of(rule) == (folder, group)]
        if not rules and request.method == "GET":
            return _message(404, "rule group does not exist")
        interval = alerts.interval((folder, group))
        return json_answer({"title": group, "folderUid": folder, "interval": interval, "rules": rules})


def _search(request: Request) -> list[dict[str, Any]]:
    given = parameters(request)
    wanted, tag = first(given, "query").lower(), first(given, "tag")
    return [
        {
            "id": number,
            "uid": each.uid,
            "title": each.title,
            "uri": f"db/{each.slug}",
            "url": f"/d/{each.uid}/{each.slug}",
            "slug": "",
            "type": "dash-db",
            "tags": list(each.tags),
            "isStarred": False,
            "folderUid": "istio",
            "folderTitle": "istio",
        }
        for number, each in enumerate(DASHBOARDS, 1)
        if wanted in each.title.lower() and tag in ("", *each.tags)
    ]


def _message(status: int, message: str) -> Response:
    return json_answer({"message": message}, status)
