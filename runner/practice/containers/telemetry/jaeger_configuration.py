"""The configuration file of Jaeger 2: which ports it opens, and below which path its page is."""

from __future__ import annotations

from typing import Any

import yaml

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation

HEALTH_PORT, ZIPKIN_PORT = 13133, 9411


def configuration(call: Invocation) -> dict[str, Any] | None:
    """Of --config; {} where it can't be read, None where none is named (Jaeger 1)."""
    words = list(call.argv)
    path = next((word.partition("=")[2] for word in words if word.startswith("--config=")), "")
    if "--config" in words[:-1]:
        path = words[words.index("--config") + 1]
    if not path:
        return None
    try:
        found = yaml.safe_load(ContainerFiles(call.container).read_text(path.removeprefix("file:")))
    except (OSError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def base_path(found: dict[str, Any]) -> str:
    query = ((found.get("extensions") or {}).get("jaeger_query")) or {}
    return str(query.get("base_path") or "/")


def health_port(found: dict[str, Any]) -> int:
    """Where healthcheckv2 answers."""
    http = (((found.get("extensions") or {}).get("healthcheckv2")) or {}).get("http") or {}
    return _port(http.get("endpoint"), HEALTH_PORT)


def zipkin_port(found: dict[str, Any]) -> int:
    receiver = ((found.get("receivers") or {}).get("zipkin")) or {}
    return _port(receiver.get("endpoint"), ZIPKIN_PORT)


def _port(endpoint: Any, default: int) -> int:
    end = str(endpoint or "").rpartition(":")[2]
    return int(end) if end.isdigit() else default
