"""Checks for what a stretch did: false before it, true after it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.base import Object
from checks.service_ports import as_written
from runner.authoring.imports.kinds import WORKLOADS
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
_ADDRESS = {"type": "LoadBalancer", "external": True, "or_forwarded": True}


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
    return any(
        check.get("ready")
        or check.get("external")
        or check.get("endpoints")
        or check.get("resource") == "Pod"
        for check in checks
    )


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
    for key in sorted(what.made, key=_rank):
        prefix = prefix_of(key, after.objects[key], typed)
        own = list(_made(key, after.objects[key])) if not prefix else []
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


def _rank(key: Key) -> tuple[int, Key]:
    """What a person would name first."""
    kinds = ("Namespace", *WORKLOADS, "Pod", "Service")
    return (kinds.index(key.kind) if key.kind in kinds else len(kinds)), key


def _made(key: Key, obj: Object) -> Iterator[Proposal]:
    """Nothing of kinds that stand for nothing by themselves: they are told together."""
    where = {"in": key.namespace}
    if key.kind == "Namespace" and not key.group:
        yield {"namespace": key.name}
    elif key.kind in WORKLOADS:
        yield {WORKLOADS[key.kind]: key.name, **where, "ready": True}
        yield {WORKLOADS[key.kind]: key.name, **where}
    elif key.kind == "Service" and not key.group:
        yield from _service(key, obj)
    elif key.kind == "Pod":
        running = "status.phase=='Running' || status.phase=='Succeeded'"
        yield {"resource": "Pod", "name": key.name, **where, "where": running}
        yield {"resource": "Pod", "name": key.name, **where}
    elif key.kind == "PersistentVolumeClaim":
        yield {"resource": key.kind, "name": key.name, **where, "matches": {"status": {"phase": "Bound"}}}
        yield {"resource": key.kind, "name": key.name, **where}


def _service(key: Key, obj: Object) -> Iterator[Proposal]:
    spec = obj.get("spec") or {}
    ports = [as_written(port) for port in spec.get("ports") or ()]
    check: Proposal = {"service": key.name, "in": key.namespace}
    kind = {"type": spec["type"]} if spec.get("type") not in (None, "ClusterIP") else {}
    with_ports = {"ports": ports} if ports else {}
    if kind.get("type") == "LoadBalancer":
        yield {**check, **_ADDRESS, **with_ports}
    if spec.get("selector"):
        yield {**check, **kind, **with_ports, "endpoints": True}
    yield {**check, **kind, **with_ports}


def _by_name(kind: str, api: str, namespace: str, names: Sequence[str]) -> Iterator[list[Proposal]]:
    check: Proposal = {"resource": kind, **({"api": api} if api != "v1" else {})}
    where = {"in": namespace} if namespace else {}
    if len(names) == 1:
        yield [{**check, "name": names[0], **where}]
        return
    yield [{**check, **where, "names": list(names)}]


def existing(key: Key, obj: Object) -> Proposal:
    """A check that the object is there."""
    where = {"in": key.namespace} if key.namespace else {}
    if key.kind == "Namespace" and not key.group:
        return {"namespace": key.name}
    if key.kind in WORKLOADS:
        return {WORKLOADS[key.kind]: key.name, **where}
    if key.kind == "Service" and not key.group:
        return {"service": key.name, **where}
    api = str(obj.get("apiVersion"))
    return {"resource": key.kind, **({"api": api} if api != "v1" else {}), "name": key.name, **where}


def _some(key: Key, obj: Object, prefix: str) -> Proposal:
    """A check that there is an object whose name begins so."""
    api = str(obj.get("apiVersion"))
    where = {"in": key.namespace} if key.namespace else {}
    named = f"[?starts_with(metadata.name, '{prefix}')]"
    return {"resource": key.kind, **({"api": api} if api != "v1" else {}), **where, "where": named}


def _changed(key: Key, before: Object, after: Object, typed: str) -> Iterator[Proposal]:
    check, whole = existing(key, after), partial(before, after)
    rest = steady(whole, typed)
    otherwise = rest.kept
    if key.kind == "Namespace" and (labels := (otherwise.get("metadata") or {}).get("labels")):
        kept = {name: value for name, value in labels.items() if value is not None}
        if kept:
            yield {**check, "labels": kept}
    if key.kind == "Service" and not key.group:
        yield from _changed_service(check, before, after)
    if key.kind in WORKLOADS:
        yield from _changed_workload(check, before, after, typed)
    api = str(after.get("apiVersion"))
    where = {"in": key.namespace} if key.namespace else {}
    this = {"resource": key.kind, **({"api": api} if api != "v1" else {}), "name": key.name, **where}
    if otherwise:
        yield {**this, "matches": otherwise}
    if whole:  # what is otherwise can't be asked for, that it is otherwise can
        yield from ({**this, "where": each} for each in conditions(before, rest.left_out))


def _changed_service(check: Proposal, before: Object, after: Object) -> Iterator[Proposal]:
    was, now = before.get("spec") or {}, after.get("spec") or {}
    if was.get("type") != now.get("type"):
        if now.get("type") == "LoadBalancer":
            yield {**check, **_ADDRESS}
        yield {**check, "type": now.get("type")}
    ports = [as_written(port) for port in now.get("ports") or ()]
    if ports != [as_written(port) for port in was.get("ports") or ()]:
        yield {**check, "ports": ports}


def _changed_workload(check: Proposal, before: Object, after: Object, typed: str) -> Iterator[Proposal]:
    was, now = before.get("spec") or {}, after.get("spec") or {}
    images = [
        each for each in _images(now) if each not in _images(was) and not is_fleeting("image", each, typed)
    ]
    wanted: Proposal = {"image": images[0]} if images else {}
    if was.get("replicas") != now.get("replicas") and now.get("replicas") is not None:
        wanted["replicas"] = now["replicas"]
    if wanted:
        yield {**check, **wanted, "ready": True}
        yield {**check, **wanted}


def _images(spec: Mapping[str, Any]) -> list[str]:
    template = (spec.get("template") or {}).get("spec") or {}
    return [each.get("image", "") for each in template.get("containers") or ()]


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
