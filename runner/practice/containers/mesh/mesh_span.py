"""A span of a trace, as Envoy reports it in Zipkin's format, version 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROXY_TAG = "labgate.proxy"
"""The tag with the address of the pod whose proxy reports: one Envoy reports for all of them."""


@dataclass(frozen=True, slots=True)
class MeshSpan:
    """Times are microseconds: `start` since 1970."""

    trace: str
    id: str
    parent: str = ""
    name: str = ""
    kind: str = ""
    """CLIENT or SERVER."""
    start: int = 0
    duration: int = 0
    proxy: str = ""
    """The address of the pod whose proxy reports."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Without PROXY_TAG."""


def span_of(plain: Mapping[str, Any]) -> MeshSpan:
    """A span from Zipkin's JSON. Raises KeyError."""
    tags = {str(name): str(value) for name, value in (plain.get("tags") or {}).items()}
    proxy = tags.pop(PROXY_TAG, "")
    return MeshSpan(
        str(plain["traceId"]), str(plain["id"]), str(plain.get("parentId", "")), str(plain.get("name", "")),
        str(plain.get("kind", "")), int(plain.get("timestamp", 0)), int(plain.get("duration", 0)), proxy, tags,
    )  # fmt: skip
