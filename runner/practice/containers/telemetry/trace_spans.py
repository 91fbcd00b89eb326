"""Spans of traces: read from Zipkin's JSON (version 2), with parents as Jaeger has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runner.practice.containers.mesh.mesh_span import PROXY_TAG

NAME_TAG = "service.name"
SERVICE_TAG, NAMESPACE_TAG = "istio.canonical_service", "istio.namespace"
UNKNOWN_SERVICE = "unknown-service-name"


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """Times are microseconds, `start` since 1970."""

    trace: str
    id: str
    parent: str
    service: str
    operation: str
    start: int
    duration: int
    kind: str = ""
    """client, server, producer, consumer"""
    shared: bool = False
    """Whether it has the id of the client's span, which is the same call."""
    tags: Mapping[str, str] = field(default_factory=dict)
    logs: Sequence[tuple[int, str]] = ()
    address: str = ""

    @property
    def is_error(self) -> bool:
        status = self.tags.get("http.status_code", "")
        return self.tags.get("error", "false") not in ("", "false") or status.startswith("5")


def spans_of_zipkin(plain: Any) -> list[TraceSpan]:
    """Of the body of POST /api/v2/spans. Raises ValueError, as a collector refuses it."""
    if not isinstance(plain, list):
        raise ValueError("Unable to process request body: expected a list of spans")
    return [_span(each) for each in plain]


def _span(plain: Any) -> TraceSpan:
    try:
        tags = {str(name): str(value) for name, value in (plain.get("tags") or {}).items()}
        local = plain.get("localEndpoint") or {}
        return TraceSpan(
            _identity(plain["traceId"], 32 if len(str(plain["traceId"])) > 16 else 16),
            _identity(plain["id"], 16),
            _identity(plain["parentId"], 16) if plain.get("parentId") else "",
            _service(tags, str(local.get("serviceName") or "")),
            str(plain.get("name") or ""),
            int(plain.get("timestamp") or 0),
            int(plain.get("duration") or 0),
            str(plain.get("kind") or "").lower(),
            bool(plain.get("shared")),
            _shown(tags),
            [(int(each["timestamp"]), str(each["value"])) for each in plain.get("annotations") or ()],
            tags.get(PROXY_TAG) or str(local.get("ipv4") or ""),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"Unable to process request body: {error}") from None


def _shown(tags: Mapping[str, str]) -> dict[str, str]:
    """Without what is of this machine: whose span it is, prefixes that tell proxies apart, pipes instead of addresses."""
    kept = {}
    for name, value in tags.items():
        if name in (PROXY_TAG, NAME_TAG) or (name == "peer.address" and value.startswith("/")):
            continue
        kept[name] = value.rpartition(";")[2] if name.startswith("upstream_cluster") else value
    return kept


def _identity(text: object, length: int) -> str:
    """In hexadecimal, as long as all others are. Raises ValueError."""
    written = str(text).lower()
    int(written, 16)
    return written.rjust(length, "0")


def _service(tags: Mapping[str, str], reported: str) -> str:
    """`productpage.default`: one Envoy reports for all proxies here, and says in tags for which."""
    if tags.get(NAME_TAG):
        return tags[NAME_TAG]
    if tags.get(SERVICE_TAG) and tags.get(NAMESPACE_TAG):
        return f"{tags[SERVICE_TAG]}.{tags[NAMESPACE_TAG]}"
    return reported or UNKNOWN_SERVICE


def adjusted(spans: Sequence[TraceSpan]) -> list[TraceSpan]:
    """With ids of their own: where client and server share one, the server's becomes a child of the client's, and what the
    server called becomes the server's (jaeger: adjuster SpanIDUniquifier)."""
    clients = {span.id for span in spans if span.kind == "client"}
    renamed = {
        span.id: f"{(int(span.id, 16) ^ 0x5A5A5A5A5A5A5A5A) & (2**64 - 1):016x}"
        for span in spans
        if span.kind == "server" and span.id in clients
    }
    result = []
    for span in spans:
        if span.kind == "server" and span.id in renamed:
            result.append(replace(span, id=renamed[span.id], parent=span.id))
        elif span.parent in renamed:
            result.append(replace(span, parent=renamed[span.parent]))
        else:
            result.append(span)
    return sorted(result, key=lambda span: span.start)
