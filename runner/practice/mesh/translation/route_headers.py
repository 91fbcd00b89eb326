"""Changes of headers, by route and by destination."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.practice.mesh.mesh_view import Json

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OPERATOR = re.compile(
    r"%(?:%|(?:(?:DOWNSTREAM|UPSTREAM)_(?:LOCAL|REMOTE)_(?:ADDRESS(?:_WITHOUT_PORT)?|PORT)|DOWNSTREAM_DIRECT_REMOTE_ADDRESS"
    r"|DOWNSTREAM_(?:PEER|LOCAL)_(?:URI_SAN|SUBJECT)|DOWNSTREAM_TLS_(?:VERSION|CIPHER)|UPSTREAM_(?:CLUSTER|HOST|METADATA)"
    r"|RESPONSE_(?:CODE|CODE_DETAILS|FLAGS)|REQUESTED_SERVER_NAME|CONNECTION_ID)(?:\([^()%]*\))?(?::\d+)?%"
    r"|(?:REQ|RESP|START_TIME|DYNAMIC_METADATA|FILTER_STATE|ENVIRONMENT|HOSTNAME|PROTOCOL|ROUTE_NAME|VIRTUAL_CLUSTER_NAME"
    r"|BYTES_SENT|BYTES_RECEIVED|DURATION|PER_REQUEST_STATE|CLUSTER_METADATA)(?:\([^()%]*\))?(?::\d+)?%)"
)
"""What Envoy takes in a value; another "%" would make it refuse the whole configuration."""


@dataclass
class HeaderChanges:
    """As the fields of a route, or of one of its destinations."""

    fields: dict[str, list[Json] | list[str]] = field(default_factory=dict)
    authority: str = ""
    """The Host that the request gets."""

    def add_to(self, target: Json) -> None:
        """Appends to what `target` has."""
        for name, values in self.fields.items():
            target[name] = [*target.get(name, ()), *values]


def header_changes(headers: Json | None) -> HeaderChanges:
    """Of `headers` in a route or destination. Raises ValueError for what is no header."""
    found = HeaderChanges()
    for part in ("request", "response"):
        operations = (headers or {}).get(part) or {}
        set_, added = operations.get("set") or {}, operations.get("add") or {}
        changes = [*_values(set_, "OVERWRITE_IF_EXISTS_OR_ADD"), *_values(added, "APPEND_IF_EXISTS_OR_ADD")]
        removed = [name for name in operations.get("remove") or [] if not _is_internal(name)]
        if changes:
            found.fields[f"{part}_headers_to_add"] = changes
        if removed:
            found.fields[f"{part}_headers_to_remove"] = removed
        if part == "request":
            found.authority = _authority(set_) or _authority(added)
    return found


def _values(values: Mapping[str, str], action: str) -> list[Json]:
    return [
        {
            "header": {"key": _checked_name(name), "value": _checked_value(str(value))},
            "append_action": action,
            "keep_empty_value": True,
        }
        for name, value in sorted(values.items())
        if not _is_internal(name)
    ]


def _is_internal(name: str) -> bool:
    """What a rewrite changes, not a header."""
    return name.startswith(":") or name.lower() == "host"


def _authority(values: Mapping[str, str]) -> str:
    return next((value for name, value in values.items() if name.lower() in ("host", ":authority")), "")


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"invalid header name {name!r}")
    return name


def _checked_value(value: str) -> str:
    if "%" in _OPERATOR.sub("", value) or "\n" in value or "\r" in value:
        raise ValueError(f"invalid header value {value!r}")
    return value
