"""Checks for what a stretch did: false before it, true after it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks import registry
from checks.base import Change, Object, ObjectRef
from checks.object_fields import in_namespace
from checks.registry import CHECKS
from checks.resource import Resource
from runner.authoring.record.fleeting import conditions, is_fleeting, prefix_of, steady, typed_in
from runner.authoring.record.judging import Judge, Proposal
from runner.authoring.record.object_diff import partial
from runner.authoring.record.recording import FOLDER, Moment, Recording
from runner.authoring.record.stretches import Stretch
from runner.labs.text import escaped
from runner.shell.redact import MASK
from runner.world.everything import Key

MOST_FILES = 5
"""Files and folders of one stretch that are checked for."""
MOST_PROGRAMS = 3
WITHIN = "5m"
"""How long pods and load balancers may take."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


async def proposed(recording: Recording, stretch: Stretch, judge: Judge) -> list[Proposal]:
    """The checks of a step, those of the workspace first."""
    moments = recording.moments
    found = [*_workspace(recording, stretch)]
    for ladder in ladders(moments, stretch, typed_in(recording)):
        proposal = await judge.settled(ladder, stretch.first, stretch.last)
        if proposal is not None:
            found.append(proposal)
    return [literal(each) for each in found]


def takes_time(checks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any of them waits for pods or load balancers."""
    return any(registry.takes_time(check) for check in checks)


def literal(value: Any) -> Any:
    """As it is, also where it has braces that a lab would take for a variable."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, Mapping):
        return {name: literal(each) for name, each in value.items()}
    return [literal(each) for each in value] if isinstance(value, list) else value


def ladders(moments: Sequence[Moment], stretch: Stretch, typed: str = "") -> Iterator[list[Proposal]]:
    """For each object that the stretch made, changed or deleted, checks from the strictest on.

    `typed` is all that somebody wrote: what stands in it is no value of chance.
    """
    before, after, what = moments[stretch.first].cluster, moments[stretch.last].cluster, stretch.what
    quiet: dict[tuple[str, str, str], list[str]] = {}
    for key in sorted(what.made, key=lambda each: _rank(each, after.objects)):
        prefix = prefix_of(key, after.objects[key], typed)
        own = list(registry.made(_ref(key, after.objects[key]), after.objects[key])) if not prefix else []
        if prefix:
            yield [_some(key, after.objects[key], prefix)]
        elif own:
            yield own
        else:
            api = str(after.objects[key].get("apiVersion"))
            quiet.setdefault((key.kind, api, key.namespace), []).append(key.name)
    for (kind, api, namespace), names in quiet.items():
        yield from _by_name(kind, api, namespace, names)
    for key in what.changed:
        yield list(_changed(key, before.objects[key], after.objects[key], typed))
    for key in what.gone:
        if prefix_of(key, before.objects[key], typed):
            continue
        yield [{**existing(key, before.objects[key]), "absent": True}]


def _rank(key: Key, objects: Mapping[Key, Object]) -> tuple[int, Key]:
    """What a person would name first: the order of the check types."""
    return list(CHECKS.values()).index(registry.type_for(_ref(key, objects[key]))), key


def _ref(key: Key, obj: Object) -> ObjectRef:
    return ObjectRef(key.kind, key.name, key.namespace, str(obj.get("apiVersion")))


def _by_name(kind: str, api: str, namespace: str, names: Sequence[str]) -> Iterator[list[Proposal]]:
    ref = ObjectRef(kind, names[0], namespace, api)
    if len(names) == 1:
        yield [Resource.existing(ref)]
        return
    yield [{**Resource.of_kind(ref), **in_namespace(ref), "names": list(names)}]


def existing(key: Key, obj: Object) -> Proposal:
    """A check that the object is there."""
    return registry.existing(_ref(key, obj))


def _some(key: Key, obj: Object, prefix: str) -> Proposal:
    """A check that there is an object whose name begins so."""
    ref = _ref(key, obj)
    named = f"[?starts_with(metadata.name, '{prefix}')]"
    return {**Resource.of_kind(ref), **in_namespace(ref), "where": named}


def _changed(key: Key, before: Object, after: Object, typed: str) -> Iterator[Proposal]:
    ref, whole = _ref(key, after), partial(before, after)
    rest = steady(whole, typed)
    change = Change(before, after, rest.kept, lambda name, value: is_fleeting(name, value, typed))
    yield from registry.changed(ref, change)
    this = Resource.existing(ref)
    if rest.kept:
        yield {**this, "matches": rest.kept}
    if whole:  # what is otherwise can't be asked for, that it is otherwise can
        yield from ({**this, "where": each} for each in conditions(before, rest.left_out))


# the workspace


def _workspace(recording: Recording, stretch: Stretch) -> Iterator[Proposal]:
    before, after = recording.moments[stretch.first].places, recording.moments[stretch.last].places
    end = recording.moments[-1].places
    for path in _roots(stretch.what.files)[:MOST_FILES]:
        once = {} if path in end.files else {"once": True}
        yield {"file": path, "folder": after.files[path] == FOLDER, **once}
    programs = [each for each in stretch.what.programs if _NAME.fullmatch(each)]
    for program in programs[:MOST_PROGRAMS]:
        yield {"tool": program, **({} if program in end.programs else {"once": True})}
    for name in stretch.what.variables:
        once = {} if end.environment.get(name) == after.environment[name] else {"once": True}
        yield from (
            {**each, **once}
            for each in _variable(
                recording, name, before.environment.get(name), after.environment[name], bool(programs)
            )
        )


def _chosen(name: str, value: str, typed: str) -> bool:
    """Whether a variable has its value from somebody who wrote it there, and not from a command's output."""
    if not value.isprintable() or is_fleeting(name, value, typed):
        return False
    assigned = re.findall(rf"(?<![\w$]){re.escape(name)}=(\S*)", typed)
    return not any(re.search(r"[$`]", each) for each in assigned) or value in typed


def _roots(paths: Sequence[str]) -> list[str]:
    """Those that are in none of the others."""
    known = set(paths)
    return [path for path in paths if not any(str(parent) in known for parent in _parents(path))]


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts)))


def _variable(
    recording: Recording, name: str, was: str | None, now: str, with_programs: bool
) -> Iterator[Proposal]:
    root = str(recording.beginning.workspace)
    if name == "PATH":
        folders = [each for each in now.split(":") if each not in (was or "").split(":")]
        for folder in folders if not with_programs else ():
            inside = folder.removeprefix(f"{root}/")
            if inside and not inside.startswith("/"):
                yield {"environment": "PATH", "contains": inside}
    elif now == MASK or root in now or len(now) > 200 or not _chosen(name, now, typed_in(recording)):
        if was is None:
            yield {"environment": name}
    else:
        yield {"environment": name, "equals": now}
