"""JSON merge patch (RFC 7386), as the library of the API server applies it."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.json_copy import copied


def apply_merge_patch(document: Any, patch: Any) -> Any:
    """A patched copy: null removes a field, an object merges, anything else replaces; nulls in lists are left out."""
    if not isinstance(patch, dict):
        return _without_nulls(copied(patch))
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = apply_merge_patch(merged.get(name), value)
    return copied(merged)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value
