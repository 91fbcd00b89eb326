"""What became otherwise in an object, as a partial object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from checks.base import Object
from runner.authoring.record.stretches import substance
from runner.shell.redact import MASK, redact

MOST = 1500
"""Characters of JSON of a partial object that is still worth reading."""
_ONLY = ("labels", "annotations")


def partial(before: Object, after: Object, *, whole_lists: bool = False) -> dict[str, Any]:
    """What `after` has and `before` had not; null for what it has no longer.

    Of lists of named things only those that are otherwise, unless `whole_lists` (as a merge patch needs them).
    Empty where there is nothing to say, where it is long, or where it has secrets in it.
    """
    was, now = dict(substance(before)), dict(substance(after))
    meta_was, meta_now = was.pop("metadata"), now.pop("metadata")
    found = _partial(was, now, whole_lists)
    meta = _partial(
        {name: meta_was.get(name) or {} for name in _ONLY},
        {name: meta_now.get(name) or {} for name in _ONLY},
        whole_lists,
    )
    if meta:
        found = {"metadata": meta, **found}
    found.pop("written", None)
    written = json.dumps(found)
    if len(written) > MOST or MASK in written or redact(written) != written:
        return {}
    return found


def _partial(was: Mapping[str, Any], now: Mapping[str, Any], whole: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in now:
        if name not in was:
            found[name] = now[name]
        elif was[name] != now[name]:
            found[name] = _value(was[name], now[name], whole)
    found |= {name: None for name in was if name not in now}
    return found


def _value(was: Any, now: Any, whole: bool) -> Any:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        return _partial(was, now, whole)
    if isinstance(was, list) and isinstance(now, list) and not whole:
        known = {each["name"]: each for each in was if isinstance(each, Mapping) and "name" in each}
        if known and all(isinstance(each, Mapping) and "name" in each for each in now):
            return [
                {"name": each["name"], **_partial(known.get(each["name"], {}), each, whole)}
                for each in now
                if known.get(each["name"]) != each
            ] or now
    return now
