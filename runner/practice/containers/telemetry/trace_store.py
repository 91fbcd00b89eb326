"""Traces in memory, the oldest of which go where there are more than fit."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.practice.containers.telemetry.trace_spans import TraceSpan, adjusted

MOST_TRACES = 4000
MOST_SPANS_OF_A_TRACE = 500


@dataclass(frozen=True, slots=True)
class TraceSearch:
    """What is looked for. Times are microseconds; 0: any."""

    service: str
    operation: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    shortest: int = 0
    longest: int = 0
    limit: int = 20


class TraceStore:
    """The store of one collector."""

    def __init__(self, most: int = MOST_TRACES) -> None:
        self._most = most
        self._traces: OrderedDict[str, list[TraceSpan]] = OrderedDict()
        self._services: dict[str, set[tuple[str, str]]] = {}
        """(operation, kind) by service."""

    def add(self, spans: Iterable[TraceSpan]) -> None:
        for span in spans:
            found = self._traces.setdefault(span.trace, [])
            if len(found) < MOST_SPANS_OF_A_TRACE:
                found.append(span)
            self._services.setdefault(span.service, set()).add((span.operation, span.kind))
        while len(self._traces) > self._most:
            self._traces.popitem(last=False)

    def services(self) -> list[str]:
        return sorted(self._services)

    def operations(self, service: str, kind: str = "") -> list[tuple[str, str]]:
        """(name, kind) of a service's operations."""
        return sorted(each for each in self._services.get(service, ()) if kind in ("", each[1]))

    def trace(self, identity: str) -> list[TraceSpan]:
        """The spans of a trace by their start; none where it is not known."""
        found = self._traces.get(identity) or self._traces.get(identity.lstrip("0").rjust(32, "0"))
        return adjusted(found or self._traces.get(identity.lstrip("0").rjust(16, "0"), []))

    def find(self, search: TraceSearch) -> list[list[TraceSpan]]:
        """The newest traces that have a span like that."""
        found = []
        for identity in reversed(self._traces):
            spans = self._traces[identity]
            if any(_fits(span, search) for span in spans):
                found.append(adjusted(spans))
        found.sort(key=lambda spans: -spans[0].start)
        return found[: search.limit]

    def dependencies(self, start: int, end: int) -> dict[tuple[str, str], int]:
        """How often one service called another."""
        counted: Counter[tuple[str, str]] = Counter()
        for spans in self._traces.values():
            if not start <= spans[0].start <= end:
                continue
            whole = adjusted(spans)
            by_id = {span.id: span for span in whole}
            for span in whole:
                parent = by_id.get(span.parent)
                if parent is not None and parent.service != span.service:
                    counted[parent.service, span.service] += 1
        return dict(counted)

    def __len__(self) -> int:
        return len(self._traces)


def _fits(span: TraceSpan, search: TraceSearch) -> bool:
    if span.service != search.service or search.operation not in ("", span.operation):
        return False
    if not (search.start or 0) <= span.start or (search.end and span.start > search.end):
        return False
    if span.duration < search.shortest or (search.longest and span.duration > search.longest):
        return False
    return all(_tag(span, name) == value for name, value in search.tags.items())


def _tag(span: TraceSpan, name: str) -> str | None:
    if name == "error" and name not in span.tags:
        return "true" if span.is_error else None
    return span.tags.get(name)


def depth_of(spans: Sequence[TraceSpan]) -> int:
    """Of the tree of a trace."""
    by_id = {span.id: span for span in spans}

    def depth(span: TraceSpan) -> int:
        steps, seen = 1, {span.id}
        while (parent := by_id.get(span.parent)) is not None and parent.id not in seen:
            seen.add(parent.id)
            span, steps = parent, steps + 1
        return steps

    return max(map(depth, spans), default=0)
