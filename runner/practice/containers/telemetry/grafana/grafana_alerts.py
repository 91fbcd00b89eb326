"""Grafana's alert rules: a query, a threshold, how often and how long (Normal, Pending, Firing)."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.practice.containers.telemetry.alert_states import AlertStates
from runner.practice.containers.telemetry.label_pairs import Labels, labels_of, unnamed
from runner.practice.containers.telemetry.prometheus_client import (
    PrometheusClient,
    PrometheusError,
    Sample,
)
from runner.practice.containers.telemetry.prometheus_config import seconds
from runner.practice.containers.telemetry.rule_groups import moment

DEFAULT_INTERVAL = 60.0
EXPRESSIONS = ("__expr__", "-100")
"""Data sources that compute with other queries' results."""


class InvalidRule(ValueError):
    """The message is what the API answers."""


@dataclass(slots=True)
class GrafanaRule:
    """`plain` is what the provisioning API was given, and gives back."""

    plain: dict[str, Any]
    states: AlertStates
    error: str = ""
    no_data: bool = False
    last: float = 0.0
    value: float = math.nan
    """The highest of the last evaluation."""

    @property
    def uid(self) -> str:
        return str(self.plain["uid"])

    @property
    def state(self) -> str:
        """inactive, pending, firing"""
        return self.states.state

    @property
    def health(self) -> str:
        return "error" if self.error else "nodata" if self.no_data else "ok" if self.last else "unknown"


@dataclass(slots=True)
class GrafanaAlerts:
    """All rules; evaluated at the interval of their group."""

    prometheus: PrometheusClient
    rules: dict[str, GrafanaRule] = field(default_factory=dict)
    """By uid."""
    intervals: dict[tuple[str, str], float] = field(default_factory=dict)
    """Seconds by folder and group."""
    _due: dict[tuple[str, str], float] = field(default_factory=dict)

    def put(self, plain: Mapping[str, Any], uid: str = "") -> GrafanaRule:
        """A new rule, or with `uid` a change. Raises InvalidRule."""
        rule = {**plain, "uid": uid or str(plain.get("uid") or secrets.token_urlsafe(8))}
        if not str(rule.get("title") or ""):
            raise InvalidRule("invalid alert rule: title is empty")
        queries = rule.get("data")
        if not isinstance(queries, list) or not queries:
            raise InvalidRule("invalid alert rule: no queries or expressions are found")
        condition = str(rule.setdefault("condition", queries[-1].get("refId", "")))
        if condition not in {str(each.get("refId")) for each in queries}:
            raise InvalidRule(f"invalid alert rule: condition {condition} does not exist")
        try:
            hold = seconds(rule.get("for") or "0s") if rule.get("for") not in (0, "0") else 0.0
        except ValueError as error:
            raise InvalidRule(f"invalid alert rule: {error}") from None
        rule.setdefault("folderUID", "istio")
        rule.setdefault("ruleGroup", "default")
        rule.setdefault("noDataState", "NoData")
        rule.setdefault("execErrState", "Error")
        rule["id"] = len(self.rules) + 1
        rule["updated"] = moment(time.time())
        made = self.rules[rule["uid"]] = GrafanaRule(rule, AlertStates(hold))
        return made

    def group_of(self, rule: GrafanaRule) -> tuple[str, str]:
        return str(rule.plain["folderUID"]), str(rule.plain["ruleGroup"])

    def interval(self, group: tuple[str, str]) -> float:
        return self.intervals.get(group, DEFAULT_INTERVAL)

    async def evaluate_due(self) -> None:
        """The rules of the groups whose time has come."""
        now = time.monotonic()
        for group in {self.group_of(rule) for rule in self.rules.values()}:
            if self._due.get(group, 0.0) > now:
                continue
            self._due[group] = now + self.interval(group)
            for rule in list(self.rules.values()):
                if self.group_of(rule) == group and not rule.plain.get("isPaused"):
                    await self._evaluate(rule)

    def evaluate_soon(self, rule: GrafanaRule) -> None:
        """With the next look: after a change."""
        self._due.pop(self.group_of(rule), None)

    async def _evaluate(self, rule: GrafanaRule) -> None:
        rule.last = time.time()
        try:
            values = await self._values(rule, str(rule.plain["condition"]), set())
        except (PrometheusError, InvalidRule, KeyError, TypeError) as error:
            rule.error = str(error)
            return
        rule.error, rule.no_data = "", not values
        fulfilled: dict[Labels, float] = {}
        named = {"alertname": str(rule.plain["title"]), **(rule.plain.get("labels") or {})}
        for sample in values:
            if sample.value:
                fulfilled[labels_of({**dict(unnamed(labels_of(sample.labels))), **named})] = sample.value
        rule.states.update(fulfilled, rule.last)

    async def _values(self, rule: GrafanaRule, reference: str, seen: set[str]) -> list[Sample]:
        """Of a query or an expression of a rule. Raises PrometheusError, InvalidRule."""
        if reference in seen:
            raise InvalidRule(f"expression {reference} refers to itself")
        found = next((each for each in rule.plain["data"] if str(each.get("refId")) == reference), None)
        if found is None:
            raise InvalidRule(f"could not find {reference}")
        model = found.get("model") or {}
        if str(found.get("datasourceUid")) not in EXPRESSIONS:
            samples = await self.prometheus.vector(str(model.get("expr") or ""))
            rule.value = max((sample.value for sample in samples), default=math.nan)
            return samples
        kind, seen = str(model.get("type")), seen | {reference}
        if kind == "classic_conditions":
            return await self._classic(rule, model.get("conditions") or (), seen)
        before = await self._values(rule, str(model.get("expression", "")).strip("$ {}"), seen)
        if kind == "reduce":
            return before
        if kind == "threshold":
            evaluator = (model.get("conditions") or [{}])[0].get("evaluator") or {}
            return [Sample(each.labels, float(_holds(each.value, evaluator))) for each in before]
        raise InvalidRule(f"expressions of the type {kind} are not supported by this stand-in of Grafana")

    async def _classic(
        self, rule: GrafanaRule, conditions: Sequence[Mapping[str, Any]], seen: set[str]
    ) -> list[Sample]:
        """All conditions together, without labels."""
        holds = True
        for condition in conditions:
            reference = str(((condition.get("query") or {}).get("params") or [""])[0])
            samples = await self._values(rule, reference, seen)
            fits = any(_holds(each.value, condition.get("evaluator") or {}) for each in samples)
            is_or = (condition.get("operator") or {}).get("type") == "or"
            holds = (holds or fits) if is_or else (holds and fits)
        return [Sample({}, float(holds))]


def _holds(value: float, evaluator: Mapping[str, Any]) -> bool:
    params = [float(each) for each in evaluator.get("params") or (0,)]
    match evaluator.get("type", "gt"):
        case "gt":
            return value > params[0]
        case "lt":
            return value < params[0]
        case "within_range":
            return params[0] < value < params[1]
        case "outside_range":
            return value < params[0] or value > params[1]
    raise InvalidRule(f"unknown evaluator {evaluator.get('type')}")


def rules_shown(alerts: GrafanaAlerts) -> dict[str, Any]:
    """As /api/prometheus/grafana/api/v1/rules has them."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for rule in alerts.rules.values():
        groups.setdefault(alerts.group_of(rule), []).append(_rule(rule))
    listed = [
        {"name": name, "file": folder, "interval": alerts.interval((folder, name)), "rules": rules}
        for (folder, name), rules in sorted(groups.items())
    ]
    return {"status": "success", "data": {"groups": listed}}


def _rule(rule: GrafanaRule) -> dict[str, Any]:
    names = {False: "Pending", True: "Alerting"}
    shown = [
        {
            "labels": dict(labels),
            "annotations": dict(rule.plain.get("annotations") or {}),
            "state": names[alert.is_firing],
            "activeAt": moment(alert.active_since),
            "value": f"{alert.value:g}",
        }
        for labels, alert in rule.states.alerts.items()
    ]
    expression = next(
        (
            str((each.get("model") or {}).get("expr", ""))
            for each in rule.plain["data"]
            if (each.get("model") or {}).get("expr")
        ),
        "",
    )
    return {
        "uid": rule.uid,
        "name": rule.plain["title"],
        "type": "alerting",
        "state": rule.state,
        "health": rule.health,
        "lastError": rule.error,
        "lastEvaluation": moment(rule.last),
        "query": expression,
        "duration": rule.states.hold,
        "value": None if math.isnan(rule.value) else rule.value,
        "alerts": shown,
        "annotations": dict(rule.plain.get("annotations") or {}),
        "labels": dict(rule.plain.get("labels") or {}),
    }
