"""Headers that a service passes on to those that it asks, so that traces and routes by header go on."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.containers.network_messages import Request

_TRACING = frozenset(
    {"x-request-id", "x-ot-span-context", "x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority",
     "traceparent", "tracestate", "x-cloud-trace-context", "grpc-trace-bin", "b3", "sw8"}
)  # fmt: skip


def passed_headers(request: Request, also: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Those of tracing, and those named (in lower case)."""
    wanted = _TRACING | set(also)
    return [
        (key, value)
        for key, value in request.headers
        if key.lower() in wanted or key.lower().startswith(("x-b3-", "baggage-"))
    ]
