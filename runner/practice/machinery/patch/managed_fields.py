"""metadata.managedFields: which manager owns which field, and server-side apply, which is based on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.patch.field_sets import (
    PRESENT,
    FieldPath,
    dotted,
    element_of,
    flatten,
    from_fields,
    to_fields,
)
from runner.practice.machinery.patch.list_types import Path, Typing

Object = dict[str, Any]

KUBECTL = "kubectl"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, in which version, through which subresource ("" for the object itself), and when."""

    manager: str
    api_version: str
    time: str
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One manager's share."""

    manager: str
    operation: str
    api_version: str
    subresource: str
    time: str
    paths: frozenset[FieldPath]

    @property
    def identity(self) -> tuple[str, str, str, str]:
        version = self.api_version if self.operation == "Update" else ""
        return (self.manager, self.operation, version, self.subresource)


def read_entries(obj: Mapping[str, Any]) -> list[Entry]:
    """The managed fields of an object; what can't be understood is left out."""
    return [
        Entry(
            entry["manager"],
            entry["operation"],
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
            entry.get("time", ""),
            frozenset(from_fields(entry.get("fieldsV1") or {})),
        )
        for entry in obj.get("metadata", {}).get("managedFields") or ()
        if entry.get("manager") and entry.get("operation") in ("Apply", "Update")
    ]


def _write_entries(obj: Object, entries: Iterable[Entry]) -> Object:
    text = []
    # Appliers come first, then by time, as the real server sorts them.
    for entry in sorted(entries, key=lambda e: (e.operation, e.time, e.manager)):
        if not entry.paths:
            continue
        written: Object = {
            "manager": entry.manager,
            "operation": entry.operation,
            "apiVersion": entry.api_version,
            "time": entry.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": to_fields(entry.paths),
        }
        if entry.subresource:
            written["subresource"] = entry.subresource
        text.append(written)
    meta = {name: value for name, value in obj["metadata"].items() if name != "managedFields"}
    if text:
        meta["managedFields"] = text
    return {**obj, "metadata": meta}


def track_update(old: Object | None, new: Object, writer: Writer, typing: Typing) -> Object:
    """`new` with its managedFields as an ordinary write of `writer` leaves them."""
    if old is not None and new["metadata"].get("managedFields") == [{}]:
        return _write_entries(new, ())  # the documented way to clear them
    before = flatten(old, typing, maps=True) if old else {}
    after = flatten(new, typing, maps=True)
    changed = {path for path, value in after.items() if path not in before or before[path] != value}
    removed = before.keys() - after.keys()
    entries = read_entries(old) if old else []
    if not changed and not removed:
        return _write_entries(new, entries)
    mine = Entry(
        writer.manager, "Update", writer.api_version, writer.subresource, writer.time, frozenset(changed)
    )
    kept: list[Entry] = []
    for entry in entries:
        if entry.identity == mine.identity:
            mine = replace(mine, paths=frozenset((entry.paths - removed) | changed))
        else:
            kept.append(replace(entry, paths=entry.paths - changed - removed))
    return _write_entries(new, [*kept, mine])


def apply_config(
    live: Object | None, config: Object, writer: Writer, typing: Typing, *, force: bool
) -> Object:
    """Server-side apply: `live` with what `config` says, without fields that `writer` applied before and no longer
    does.

    Raises ApiError (409 with a cause for each field) if another manager owns a field with another value,
    unless `force`.
    """
    output = flatten(config, typing)
    entries = _entries_before(live, writer, typing)
    mine = Entry(
        writer.manager, "Apply", writer.api_version, writer.subresource, writer.time, frozenset(output)
    )
    own = next((entry for entry in entries if entry.identity == mine.identity), None)
    others = [entry for entry in entries if entry.identity != mine.identity]
    before = flatten(live, typing) if live else {}
    changed = {path for path, value in output.items() if value is not PRESENT and before.get(path) != value}
    conflicts = [(entry, path) for entry in others for path in entry.paths & changed]
    conflicts.sort(key=lambda conflict: dotted(conflict[1]))
    if conflicts and not force:
        allowed = _applied_before(live, before, typing) if writer.manager == KUBECTL else set()
        if refused := [(entry, path) for entry, path in conflicts if path not in allowed]:
            raise conflict_of(refused)
    if conflicts:
        others = [replace(entry, paths=entry.paths - changed) for entry in others]
    merged = _merge(live or {}, config, typing, ())
    if writer.manager == KUBECTL and LAST_APPLIED in _annotations(live):
        # Who goes back to client-side apply then starts from here (the real server does this for kubectl alone).
        text = json.dumps(config, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
        merged["metadata"]["annotations"][LAST_APPLIED] = text
    if own is not None:
        owned = set(output).union(*(entry.paths for entry in others))
        # Whole items before their fields: without its keys an item can't be found any more.
        for path in sorted(own.paths - owned, key=len):
            if not any(other[: len(path)] == path for other in owned) and not _is_key(path):
                _remove(merged, path, typing)
        if own.paths == mine.paths and not conflicts:
            mine = replace(mine, time=own.time)
    return _write_entries(merged, [*others, mine])


def _annotations(obj: Object | None) -> Object:
    found: Object = ((obj or {}).get("metadata") or {}).get("annotations") or {}
    return found


def _applied_before(live: Object | None, before: Mapping[FieldPath, Any], typing: Typing) -> set[FieldPath]:
    """Fields that client-side apply set and that are unchanged since: kubectl's server-side apply takes them over."""
    try:
        applied = json.loads(_annotations(live).get(LAST_APPLIED, "{}"))
    except ValueError:
        return set()
    if not isinstance(applied, dict):
        return set()
    return {path for path, value in flatten(applied, typing).items() if before.get(path) == value}


def _entries_before(live: Object | None, writer: Writer, typing: Typing) -> list[Entry]:
    if live is None:
        return []
    entries = read_entries(live)
    if not entries:
        # An object that nobody is known to own belongs to a manager of this name, as on the real server.
        all_of_it = frozenset(flatten(live, typing))
        entries = [Entry("before-first-apply", "Update", writer.api_version, "", writer.time, all_of_it)]
    return entries


def conflict_of(conflicts: Sequence[tuple[Entry, FieldPath]]) -> ApiError:
    """`Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas`."""
    causes = []
    by_manager: dict[str, list[str]] = {}
    for entry, path in conflicts:
        text = _encoded(entry)
        by_manager.setdefault(text, []).append(dotted(path))
        cause = {"reason": "FieldManagerConflict", "message": f"conflict with {text}", "field": dotted(path)}
        causes.append(cause)
    if len(conflicts) == 1:
        text, fields = next(iter(by_manager.items()))
        message = f"Apply failed with 1 conflict: conflict with {text}: {fields[0]}"
    else:
        blocks = [
            f"conflicts with {text}:\n" + "\n".join(f"- {field}" for field in fields)
            for text, fields in by_manager.items()
        ]
        message = f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(blocks)
    return ApiError(409, "Conflict", message, {"causes": causes})


def _encoded(entry: Entry) -> str:
    text = f'"{entry.manager}"'
    if entry.subresource:
        text += f' with subresource "{entry.subresource}"'
    return f"{text} using {entry.api_version}" if entry.operation == "Update" else text


def _merge(live: Any, config: Any, typing: Typing, path: Path) -> Any:
    if isinstance(live, dict) and isinstance(config, dict) and not typing.is_atomic(path):
        merged = dict(live)
        for name, value in config.items():
            merged[name] = _merge(live[name], value, typing, (*path, name)) if name in live else value
        return copied(merged)
    rule = typing.list_rule(path) if isinstance(live, list) and isinstance(config, list) else None
    if rule is None:
        return copied(config)
    wanted = {element_of(item, rule): item for item in config}
    items = []
    for item in live:
        output = wanted.pop(element_of(item, rule), None)
        items.append(item if output is None else _merge(item, output, typing, path))
    return [*items, *copied(list(wanted.values()))]


def _is_key(path: FieldPath) -> bool:
    """Whether `path` is one of the fields by which its item is identified; it stays as long as the item does."""
    holder, name = path[-2:] if len(path) > 1 else ("", "")
    return holder.startswith("k:") and name.removeprefix("f:") in json.loads(holder[2:])


def _remove(obj: Any, path: FieldPath, typing: Typing) -> None:
    """Remove the field at `path` from `obj`, and parents that become empty."""
    parents: list[tuple[Any, Any]] = []
    names: Path = ()
    for element in path:
        kind, _, rest = element.partition(":")
        if kind == "f":
            if not isinstance(obj, dict) or rest not in obj:
                return
            parents.append((obj, rest))
            obj, names = obj[rest], (*names, rest)
        else:
            rule = typing.list_rule(names)
            found = [i for i, item in enumerate(obj) if rule and element_of(item, rule) == element]
            if not found:
                return
            parents.append((obj, found[0]))
            obj = obj[found[0]]
    holder, at = parents.pop()
    del holder[at]
    while parents and not holder and len(parents) > 1:
        inner = holder
        holder, at = parents.pop()
        if holder[at] is not inner:
            return
        del holder[at]
