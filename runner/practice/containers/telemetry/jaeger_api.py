"""Jaeger's HTTP API as its page and clients use it (jaeger: cmd/query/app/http_handler.go)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.telemetry.trace_spans import TraceSpan, spans_of_zipkin
from runner.practice.containers.telemetry.trace_store import TraceSearch, TraceStore
from runner.practice.containers.telemetry.web_answers import (
    first,
    json_answer,
    parameters,
    parts,
    plain_answer,
)

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_MICROSECONDS = {"ns": 0.001, "us": 1, "µs": 1, "ms": 1e3, "s": 1e6, "m": 6e7, "h": 3.6e9}
DEFAULT_LIMIT = 100
LOOKBACK = 48 * 3600 * 10**6


def jaeger_answer(store: TraceStore, request: Request, path: str) -> Response:
    """`path` is the one below the program's base path, beginning with /api."""
    given = parameters(request)
    found = parts(path)[1:]
    try:
        match found:
            case ["services"]:
                return _data(store.services())
            case ["services", service, "operations"]:
                return _data(list(dict(store.operations(service))))
            case ["operations"]:
                if not first(given, "service"):
                    raise ValueError("unable to parse param 'service': parameter is required")
                listed = store.operations(first(given, "service"), first(given, "spanKind"))
                return _data([{"name": name, "spanKind": kind} for name, kind in listed])
            case ["traces"]:
                if given.get("traceID"):
                    return _data(
                        [_trace(store.trace(each)) for each in given["traceID"] if store.trace(each)]
                    )
                return _data([_trace(spans) for spans in store.find(_search(given))])
            case ["traces", identity]:
                spans = store.trace(identity.lower())
                return _data([_trace(spans)]) if spans else _error(404, "trace not found")
            case ["dependencies"]:
                return _data(_dependencies(store, given))
    except ValueError as error:
        return _error(400, str(error))
    return plain_answer("404 page not found\n", 404)


def collected(store: TraceStore, request: Request) -> Response:
    """POST /api/v2/spans of Zipkin's."""
    try:
        store.add(spans_of_zipkin(json.loads(request.body or b"null")))
    except ValueError as error:
        return plain_answer(f"{error}\n", 400)
    return Response(202)


def _search(given: Mapping[str, list[str]]) -> TraceSearch:
    """Raises ValueError in Jaeger's words."""
    service = first(given, "service")
    if not service:
        raise ValueError("parameter 'service' is required")
    tags: dict[str, str] = {}
    if first(given, "tags"):
        try:
            tags = {str(name): str(value) for name, value in json.loads(first(given, "tags")).items()}
        except (ValueError, AttributeError):
            message = "malformed 'tags' parameter, cannot unmarshal JSON: invalid character"
            raise ValueError(message) from None
    for pair in given.get("tag", ()):
        name, colon, value = pair.partition(":")
        if not colon:
            raise ValueError(f"malformed 'tag' parameter, expecting key:value, received: {pair}")
        tags[name] = value
    end = int(first(given, "end") or 0) or int(time.time() * 1e6)
    return TraceSearch(
        service,
        "" if first(given, "operation") == "all" else first(given, "operation"),
        tags,
        int(first(given, "start") or 0) or end - LOOKBACK,
        end,
        _duration(first(given, "minDuration"), "minDuration"),
        _duration(first(given, "maxDuration"), "maxDuration"),
        int(first(given, "limit") or DEFAULT_LIMIT),
    )


def _duration(text: str, name: str) -> int:
    """Microseconds of 1.2s, 100ms, 500us."""
    if not text:
        return 0
    found = _DURATION.findall(text)
    if not found or "".join(number + unit for number, unit in found) != text:
        raise ValueError(f'cannot not parse {name}: time: invalid duration "{text}"')
    return int(sum(float(number) * _MICROSECONDS[unit] for number, unit in found))


def _trace(spans: Sequence[TraceSpan]) -> dict[str, Any]:
    numbers: dict[tuple[str, str], str] = {}
    listed = []
    for span in spans:
        process = numbers.setdefault((span.service, span.address), f"p{len(numbers) + 1}")
        reference = {"refType": "CHILD_OF", "traceID": span.trace, "spanID": span.parent}
        tags: list[dict[str, Any]] = [
            {"key": name, "type": "string", "value": value} for name, value in sorted(span.tags.items())
        ]
        if span.kind:
            tags.append({"key": "span.kind", "type": "string", "value": span.kind})
        if span.is_error and "error" not in span.tags:
            tags.append({"key": "error", "type": "bool", "value": True})
        listed.append(
            {
                "traceID": span.trace,
                "spanID": span.id,
                "flags": 1,
                "operationName": span.operation,
                "references": [reference] if span.parent else [],
                "startTime": span.start,
                "duration": span.duration,
                "tags": [*tags, {"key": "internal.span.format", "type": "string", "value": "zipkin"}],
                "logs": [
                    {"timestamp": at, "fields": [{"key": "event", "type": "string", "value": text}]}
                    for at, text in span.logs
                ],
                "processID": process,
                "warnings": None,
            }
        )
    processes = {
        number: {
            "serviceName": service,
            "tags": [{"key": "ip", "type": "string", "value": address}] if address else [],
        }
        for (service, address), number in numbers.items()
    }
    return {
        "traceID": spans[0].trace if spans else "",
        "spans": listed,
        "processes": processes,
        "warnings": None,
    }


def _dependencies(store: TraceStore, given: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    end = int(first(given, "endTs") or time.time() * 1000)
    lookback = int(first(given, "lookback") or LOOKBACK // 1000)
    called = store.dependencies((end - lookback) * 1000, end * 1000)
    return [{"parent": a, "child": b, "callCount": count} for (a, b), count in sorted(called.items())]


def _data(data: list[Any]) -> Response:
    return json_answer({"data": data, "total": len(data), "limit": 0, "offset": 0, "errors": None})


def _error(status: int, message: str) -> Response:
    errors = [{"code": status, "msg": message}]
    return json_answer({"data": None, "total": 0, "limit": 0, "offset": 0, "errors": errors}, status)
