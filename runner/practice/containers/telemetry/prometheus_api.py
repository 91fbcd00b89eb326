"""Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/) and its pages."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.telemetry.exposition_format import number_text
from runner.practice.containers.telemetry.label_pairs import NAME, Labels
from runner.practice.containers.telemetry.prometheus_config import seconds
from runner.practice.containers.telemetry.promql.parsed_query import kind_of, parse_query, selectors_of
from runner.practice.containers.telemetry.promql.query_errors import QueryError
from runner.practice.containers.telemetry.promql.query_evaluator import Ranges, instant_query, range_query
from runner.practice.containers.telemetry.rule_groups import LoadedRule, RuleGroup, alerts_shown, moment
from runner.practice.containers.telemetry.sample_store import Series
from runner.practice.containers.telemetry.scrape_target import ScrapeTarget
from runner.practice.containers.telemetry.scraper import Scraper
from runner.practice.containers.telemetry.web_answers import first, json_answer, parameters, parts

Parameters = Mapping[str, list[str]]
_STATUS = {"bad_data": 400, "execution": 422, "timeout": 503, "unavailable": 503, "not_found": 404}


class PrometheusApi:
    """Answers everything below /api/v1."""

    def __init__(
        self, scraper: Scraper, groups: Sequence[RuleGroup], flags: Mapping[str, str], version: str
    ) -> None:
        self._scraper, self.groups = scraper, groups
        self._store = scraper.store
        self._flags, self._version = flags, version
        self._started = time.time()
        self._paths: dict[str, Callable[[Parameters], Awaitable[Any]]] = {
            "query": self._query,
            "query_range": self._query_range,
            "series": self._series,
            "labels": self._labels,
            "targets": self._targets,
            "rules": self._rules,
            "alerts": self._alerts,
            "metadata": self._metadata,
            "alertmanagers": self._alertmanagers,
            "format_query": self._format_query,
            "status/config": self._status_config,
            "status/flags": self._status_flags,
            "status/runtimeinfo": self._status_runtime,
            "status/buildinfo": self._status_build,
            "status/tsdb": self._status_tsdb,
        }

    async def answer(self, request: Request) -> Response:
        found = parts(request.path)[2:]
        given = parameters(request)
        try:
            if len(found) == 3 and found[0] == "label" and found[2] == "values":
                data = await self._values(found[1], given)
            elif "/".join(found) in self._paths:
                data = await self._paths["/".join(found)](given)
            else:
                return Response(404, [("Content-Type", "text/plain; charset=utf-8")], b"404 page not found\n")
        except QueryError as error:
            body = {"status": "error", "errorType": error.kind, "error": error.message}
            return json_answer(body, _STATUS.get(error.kind, 500))
        return json_answer({"status": "success", "data": data})

    async def _query(self, given: Parameters) -> Any:
        now = _moment(given, "time", time.time())
        node = parse_query(first(given, "query"))
        value = instant_query(self._store, node, now)
        kind = kind_of(node)
        if isinstance(value, list):
            return {"resultType": "matrix", "result": _matrix(value)}
        if isinstance(value, dict):
            result = [
                {"metric": dict(labels), "value": [_time(now), number_text(each)]}
                for labels, each in value.items()
            ]
            return {"resultType": "vector", "result": result}
        text = value if isinstance(value, str) else number_text(value)
        return {"resultType": kind, "result": [_time(now), text]}

    async def _query_range(self, given: Parameters) -> Any:
        start, end, step = _moment(given, "start"), _moment(given, "end"), _step(given)
        if end < start:
            raise _invalid("end", "end timestamp must not be before start time")
        found = await range_query(self._store, parse_query(first(given, "query")), start, end, step)
        return {"resultType": "matrix", "result": _matrix(found)}

    async def _format_query(self, given: Parameters) -> Any:
        parse_query(first(given, "query"))
        return first(given, "query").strip()

    async def _series(self, given: Parameters) -> Any:
        if not given.get("match[]"):
            raise QueryError("bad_data", "no match[] parameter provided")
        return [dict(series.labels) for series in self._matching(given)]

    async def _labels(self, given: Parameters) -> Any:
        return sorted({name for series in self._matching(given) for name, _ in series.labels})

    async def _values(self, label: str, given: Parameters) -> Any:
        if label == NAME and not given.get("match[]"):
            return self._store.names()
        return sorted(
            {value for series in self._matching(given) for name, value in series.labels if name == label}
        )

    def _matching(self, given: Parameters) -> Iterable[Series]:
        """The series of match[] that have a sample in the time asked for."""
        start, end = _moment(given, "start", 0.0), _moment(given, "end", time.time() + 60)
        found: dict[Labels, Series] = {}
        if not given.get("match[]"):
            found = {series.labels: series for series in self._store.series()}
        for text in given.get("match[]", ()):
            for selector in selectors_of(parse_query(text)):
                for group in selector.groups:
                    found |= {series.labels: series for series in self._store.select(group)}
        return [series for series in found.values() if series.has_any(start, end)]

    async def _targets(self, given: Parameters) -> Any:
        state = first(given, "state", "any")
        active = [_target(each) for targets in self._scraper.targets.values() for each in targets]
        dropped = [{"discoveredLabels": labels} for labels in self._scraper.dropped]
        return {
            "activeTargets": active if state in ("any", "active") else [],
            "droppedTargets": dropped if state in ("any", "dropped") else [],
        }

    async def _rules(self, given: Parameters) -> Any:
        kinds = {"alert": (False, True), "record": (True, False)}.get(first(given, "type"), (True, True))
        groups = [
            {
                "name": group.name,
                "file": group.file,
                "interval": group.interval,
                "rules": [_rule(rule) for rule in group.rules if kinds[rule.states is not None]],
            }
            for group in self.groups
        ]
        return {"groups": groups}

    async def _alerts(self, _given: Parameters) -> Any:
        return {
            "alerts": [alert for group in self.groups for rule in group.rules for alert in alerts_shown(rule)]
        }

    async def _metadata(self, given: Parameters) -> Any:
        only = first(given, "metric")
        return {
            name: [{"type": about.kind, "help": about.help, "unit": about.unit}]
            for name, about in self._store.metadata.items()
            if only in ("", name)
        }

    async def _alertmanagers(self, _given: Parameters) -> Any:
        return {"activeAlertmanagers": [], "droppedAlertmanagers": []}

    async def _status_config(self, _given: Parameters) -> Any:
        return {"yaml": self._scraper.config.text}

    async def _status_flags(self, _given: Parameters) -> Any:
        return dict(self._flags)

    async def _status_runtime(self, _given: Parameters) -> Any:
        return {
            "startTime": moment(self._started),
            "CWD": "/prometheus",
            "reloadConfigSuccess": True,
            "lastConfigTime": moment(self._started),
            "timeSeriesCount": len(self._store),
            "corruptionCount": 0,
            "goroutineCount": 42,
            "storageRetention": self._flags.get("storage.tsdb.retention.time", "15d"),
        }

    async def _status_build(self, _given: Parameters) -> Any:
        return {"version": self._version, "revision": "stand-in", "branch": "labgate", "buildUser": "labgate"}

    async def _status_tsdb(self, _given: Parameters) -> Any:
        names = Counter(dict(series.labels).get(NAME, "") for series in self._store.series())
        return {
            "headStats": {"numSeries": len(self._store), "chunkCount": self._store.sample_count() // 120},
            "seriesCountByMetricName": [{"name": name, "value": n} for name, n in names.most_common(50)],
        }


def _matrix(ranges: Ranges) -> list[dict[str, Any]]:
    return [
        {"metric": dict(labels), "values": [[_time(at), number_text(value)] for at, value in points]}
        for labels, points in ranges
    ]


def _target(target: ScrapeTarget) -> dict[str, Any]:
    return {
        "discoveredLabels": dict(target.discovered),
        "labels": dict(target.labels),
        "scrapePool": target.job.name,
        "scrapeUrl": target.url,
        "globalUrl": target.url,
        "lastError": target.error,
        "lastScrape": moment(target.last_scrape),
        "lastScrapeDuration": target.duration,
        "health": target.health,
        "scrapeInterval": f"{target.job.interval:g}s",
        "scrapeTimeout": f"{target.job.timeout:g}s",
    }


def _rule(rule: LoadedRule) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": rule.name,
        "query": rule.query,
        "labels": dict(rule.labels),
        "health": "err" if rule.error else "ok" if rule.last else "unknown",
        "lastError": rule.error,
        "lastEvaluation": moment(rule.last),
        "evaluationTime": 0.0,
        "type": "recording",
    }
    if rule.states is not None:
        made |= {
            "type": "alerting",
            "state": rule.states.state,
            "duration": rule.states.hold,
            "annotations": dict(rule.annotations),
            "alerts": alerts_shown(rule),
        }
    return made


def _time(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 3)


def _invalid(name: str, why: str) -> QueryError:
    return QueryError("bad_data", f'invalid parameter "{name}": {why}')


def _moment(given: Parameters, name: str, default: float | None = None) -> float:
    """Seconds since 1970, from such a number or RFC 3339."""
    text = first(given, name)
    if not text and default is not None:
        return default
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise _invalid(name, f'cannot parse "{text}" to a valid timestamp') from None


def _step(given: Parameters) -> float:
    text = first(given, "step")
    try:
        step = float(text) if text.replace(".", "", 1).isdigit() else seconds(text)
    except ValueError:
        raise _invalid("step", f'cannot parse "{text}" to a valid duration') from None
    if step <= 0:
        message = "zero or negative query resolution step widths are not accepted. Try a positive integer"
        raise _invalid("step", message)
    return step
