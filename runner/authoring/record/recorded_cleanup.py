"""Taking away what was made."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from checks.base import Object
from runner.authoring.lab_draft import DraftCommand, as_written
from runner.authoring.record.draft_texts import both
from runner.authoring.record.object_diff import partial
from runner.authoring.record.proposed_checks import existing, literal
from runner.authoring.record.recording import Moment
from runner.authoring.record.stretches import Difference
from runner.labs.text import escaped
from runner.words import Phrase, phrase
from runner.world.everything import Everything, Key

MOST_NAMES = 12
"""Objects that one command deletes."""
_LAST = ("CustomResourceDefinition",)


def cleanup_of(first: Moment, end: Moment, what: Difference) -> tuple[dict[str, Any], list[Phrase]]:
    """The lab's `cleanup`, {} if there is nothing to remove, and what the author has to do by hand."""
    commands = [*_deletions(what.made, end.cluster), *_restored(first, end, what.changed)]
    if not commands:
        return {}, list(_by_hand(first, end, what))
    checks = [
        {**existing(key, end.cluster.objects[key]), "absent": True}
        for key in _one_each(_to_delete(what.made, end.cluster))
    ]
    cleanup: dict[str, Any] = {
        "title": both(phrase("Tidy up")),
        "text": both(phrase("These commands remove what the lab created.")),
        "run": [as_written(each) for each in commands],
    }
    if checks:
        cleanup |= {"checks": [literal(each) for each in checks], "within": "5m"}
    return cleanup, list(_by_hand(first, end, what))


def _to_delete(made: Sequence[Key], now: Everything) -> list[Key]:
    """What has to be deleted: the rest goes with its namespace, or with its kind."""
    namespaces = {key.name for key in made if key.kind == "Namespace" and not key.group}
    kinds = {
        ((spec := now.objects[key].get("spec") or {}).get("group"), (spec.get("names") or {}).get("kind"))
        for key in made
        if key.kind == "CustomResourceDefinition"
    }
    left = [key for key in made if key.namespace not in namespaces and (key.group, key.kind) not in kinds]
    return sorted(left, key=lambda key: (key.kind != "Namespace", not key.namespace, key.kind in _LAST, key))


def _one_each(keys: Sequence[Key]) -> list[Key]:
    """One of each command's objects: it stands for the others. Of namespaces all."""
    found: dict[tuple[str, ...], Key] = {}
    for key in keys:
        own = (key.name,) if key.kind == "Namespace" else ()
        found.setdefault((key.kind, key.group, key.namespace, *own), key)
    return list(found.values())


def _deletions(made: Sequence[Key], now: Everything) -> Iterator[DraftCommand]:
    groups: dict[tuple[str, str], list[str]] = {}
    for key in _to_delete(made, now):
        groups.setdefault((_resource(key), key.namespace), []).append(key.name)
    for (resource, namespace), names in groups.items():
        where = f" -n {namespace}" if namespace else ""
        for begin in range(0, len(names), MOST_NAMES):
            some = " ".join(names[begin : begin + MOST_NAMES])
            yield DraftCommand(f"kubectl delete {resource} {some}{where} --ignore-not-found", timeout="5m")


def _resource(key: Key) -> str:
    return f"{key.kind.lower()}.{key.group}" if key.group else key.kind.lower()


def patch_of(key: Key, before: Object, after: Object) -> str:
    """A command that makes `after` of `before`; "" if it can't be said. Of a Service whose type changed: the type."""
    patch = partial(before, after, whole_lists=True)
    was, now = before.get("spec") or {}, after.get("spec") or {}
    if key.kind == "Service" and was.get("type") != now.get("type"):
        patch = {"spec": {"type": now.get("type")}}  # the server sees to ports and addresses
    if not patch:
        return ""
    where = f" -n {key.namespace}" if key.namespace else ""
    written = escaped(shlex.quote(json.dumps(patch, separators=(",", ":"), ensure_ascii=False)))
    return f"kubectl patch {_resource(key)} {key.name}{where} --type merge -p {written}"


def _restored(first: Moment, end: Moment, changed: Sequence[Key]) -> Iterator[DraftCommand]:
    for key in changed:
        patch = patch_of(key, end.cluster.objects[key], first.cluster.objects[key])
        if patch:
            yield DraftCommand(patch)


def _by_hand(first: Moment, end: Moment, what: Difference) -> Iterator[Phrase]:
    lost = [
        key for key in what.changed if not patch_of(key, end.cluster.objects[key], first.cluster.objects[key])
    ]
    if lost:
        yield phrase(
            "TODO: the clean-up has to restore what was changed: {objects}", objects=tuple(map(str, lost))
        )
    if what.gone:
        yield phrase(
            "TODO: the clean-up has to restore what was deleted: {objects}",
            objects=tuple(map(str, what.gone)),
        )
