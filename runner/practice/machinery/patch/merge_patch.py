"""JSON merge patch (RFC 7386)."""

from __future__ import annotations

import copy
from typing import Any


def apply_merge_patch(document: Any, patch: Any) -> Any:
    """A patched copy: null removes a field, an object merges, anything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = apply_merge_patch(merged.get(name), value)
    return copy.deepcopy(merged)
