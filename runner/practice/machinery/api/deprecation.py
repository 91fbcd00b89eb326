"""The warning header for deprecated versions of a kind (since 1.19)."""

from __future__ import annotations

from runner.practice.machinery.api.call import Call
from runner.practice.machinery.kind import FOREVER
from runner.practice.machinery.served_resources import Registry


def deprecation(call: Call, registry: Registry) -> list[str]:
    """`policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 …`."""
    version, kind = call.resource.version(call.version), call.resource.builtin
    if version is None:
        return []
    if kind is None or version.warning:
        warned = bool(version.warning) and (kind is None or registry.minor >= version.deprecated)
        return [version.warning] if warned else []
    if version.until == FOREVER or registry.minor < version.deprecated:
        return []
    message = (
        f"{call.api_version} {kind.name} is deprecated in v1.{version.deprecated}+,"
        f" unavailable in v1.{version.until + 1}+"
    )
    newer = kind.stored_api_version
    if newer == call.api_version:
        newer = kind.stored_as.stored_api_version if kind.stored_as else ""
    return [f"{message}; use {newer} {kind.name}" if newer else message]
