"""rule_files of a Prometheus: recording rules and alerts, evaluated at their interval."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from runner.practice.containers.telemetry.alert_states import AlertStates
from runner.practice.containers.telemetry.exposition_format import number_text
from runner.practice.containers.telemetry.label_pairs import NAME, Labels, labels_of, unnamed
from runner.practice.containers.telemetry.prometheus_config import InvalidConfig, seconds
from runner.practice.containers.telemetry.promql.parsed_query import Node, parse_query
from runner.practice.containers.telemetry.promql.query_errors import QueryError
from runner.practice.containers.telemetry.promql.query_evaluator import instant_query
from runner.practice.containers.telemetry.sample_store import SampleStore


@dataclass(slots=True)
class LoadedRule:
    """A recording rule where `states` is None."""

    name: str
    query: str
    node: Node
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    states: AlertStates | None = None
    error: str = ""
    last: float = 0.0
    recorded: frozenset[Labels] = frozenset()


@dataclass(slots=True)
class RuleGroup:
    name: str
    file: str
    interval: float
    rules: Sequence[LoadedRule]
    due: float = 0.0


def load_groups(files: Iterable[str], read: Callable[[str], str], interval: float) -> list[RuleGroup]:
    """Those of all files; one that is not there has none. Raises InvalidConfig."""
    groups = []
    for file in files:
        try:
            plain = yaml.safe_load(read(file)) or {}
        except OSError:
            continue
        except yaml.YAMLError as error:
            raise InvalidConfig(f"{file}: {error}") from None
        for group in (plain.get("groups") or ()) if isinstance(plain, dict) else ():
            try:
                rules = [_rule(each) for each in group.get("rules") or ()]
                every = seconds(group["interval"]) if group.get("interval") else interval
            except (QueryError, ValueError, KeyError) as error:
                raise InvalidConfig(f'{file}: group "{group.get("name")}": {error}') from None
            groups.append(RuleGroup(str(group.get("name", "")), file, every, rules))
    return groups


def _rule(plain: Mapping[str, Any]) -> LoadedRule:
    name = str(plain.get("alert") or plain["record"])
    query = str(plain["expr"])
    labels = {str(key): str(value) for key, value in (plain.get("labels") or {}).items()}
    notes = {str(key): str(value) for key, value in (plain.get("annotations") or {}).items()}
    states = AlertStates(seconds(plain["for"]) if plain.get("for") else 0.0) if plain.get("alert") else None
    return LoadedRule(name, query, parse_query(query), labels, notes, states)


def evaluate(group: RuleGroup, store: SampleStore, now: float) -> None:
    """Every rule of a group."""
    for rule in group.rules:
        rule.last = now
        try:
            value = instant_query(store, rule.node, now)
        except QueryError as error:
            rule.error = str(error)
            continue
        rule.error = ""
        vector: Mapping[Labels, float] = value if isinstance(value, dict) else {}
        if isinstance(value, float):
            vector = {(): value}
        if rule.states is None:
            made = {
                labels_of({**dict(labels), **rule.labels, NAME: rule.name}): each
                for labels, each in vector.items()
            }
            for labels, each in made.items():
                store.add(labels, now, each)
            store.end(rule.recorded - made.keys(), now)
            rule.recorded = frozenset(made)
            continue
        named = {"alertname": rule.name, **rule.labels}
        rule.states.update({labels_of({**dict(unnamed(k)), **named}): v for k, v in vector.items()}, now)
        for labels, alert in rule.states.alerts.items():
            state = "firing" if alert.is_firing else "pending"
            store.add(labels_of({**dict(labels), NAME: "ALERTS", "alertstate": state}), now, 1.0)


def evaluate_due(groups: Iterable[RuleGroup], store: SampleStore) -> None:
    now = time.monotonic()
    for group in groups:
        if group.due <= now:
            group.due = now + group.interval
            evaluate(group, store, time.time())


def alerts_shown(rule: LoadedRule) -> list[dict[str, Any]]:
    """The alerts of a rule, as the API has them."""
    if rule.states is None:
        return []
    return [
        {
            "labels": dict(labels),
            "annotations": {
                key: _filled(text, labels, alert.value) for key, text in rule.annotations.items()
            },
            "state": "firing" if alert.is_firing else "pending",
            "activeAt": moment(alert.active_since),
            "value": f"{alert.value:e}".replace("e+0", "e+0"),
        }
        for labels, alert in rule.states.alerts.items()
    ]


def _filled(text: str, labels: Labels, value: float) -> str:
    """With {{ $labels.x }} and {{ $value }}."""
    text = text.replace("{{ $value }}", number_text(value)).replace("{{$value}}", number_text(value))
    for name, found in labels:
        text = text.replace("{{ $labels." + name + " }}", found).replace("{{$labels." + name + "}}", found)
    return text


def moment(seconds_since_1970: float) -> str:
    """As Go writes times in JSON; its zero where there was none."""
    if not seconds_since_1970:
        return "0001-01-01T00:00:00Z"
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds_since_1970))
    return f"{whole}.{int(seconds_since_1970 % 1 * 1000):03d}Z"
