"""What a check expects existed and was deleted, alone or with its namespace."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checks.base import CannotRead, Check, Finding, Object, ObjectRef, Ran, World
from checks.diagnosis.ages import seconds_since
from checks.diagnosis.evidence import ref
from checks.diagnosis.leaving import namespace_stuck
from checks.diagnosis.question import Question
from checks.object_fields import is_going, text_at
from checks.phrase import phrase

LASTS = 3.0
"""Seconds after which a terminating namespace is reported: most are gone by then."""
_MADE = r"(?:created|configured|unchanged|serverside-applied|replaced|restored|exposed)"


async def taken_away(world: World, check: Check) -> Finding | None:
    """For something deleted or terminating: the command that deleted it, else that its namespace is terminating.
    Taken from what kubectl printed, so files, labels, scripts and aliases make no difference."""
    question = Question(world, check, ())
    wanted = question.wanted
    if wanted is None or question.absent:
        return None
    home = wanted.names[0] if wanted.kind == "Namespace" and wanted.names else wanted.namespace
    namespace = await _namespace(world, home) if home else None
    if home and (namespace is None or is_going(namespace)):
        found = _deleted(world.workspace.history, ObjectRef("Namespace", home))
        if found is not None:
            return _namespace_deleted(home, found, namespace)
        return _leaving(world, namespace) if namespace is not None else None
    if len(wanted.names) != 1 or wanted.kind == "Namespace":
        return None
    obj = await question.found()
    if obj is not None and not is_going(obj):
        return None
    found = _deleted(world.workspace.history, wanted)
    if found is not None:
        return _object_deleted(wanted, found, obj)
    if not home:  # it is in no namespace
        return None
    with_home = _deleted(world.workspace.history, wanted, ObjectRef("Namespace", home))
    if with_home is None or with_home[2] is None:  # whether it existed is unknown
        return None
    return _object_deleted(wanted, with_home, obj, home)


async def _namespace(world: World, name: str) -> Object | None:
    """One that can't be read is assumed to exist."""
    try:
        return await world.cluster.get("v1", "Namespace", name)
    except CannotRead:
        return {}


def _deleted(
    history: Sequence[Ran], wanted: ObjectRef, home: ObjectRef | None = None
) -> tuple[Ran, str, Ran | None] | None:
    """The command that deleted it (or `home`, its namespace), its output, and the last command before it that had
    created it (None: unknown). None if no command did, or if it was created again since."""
    went = home or wanted
    gone = re.compile(rf'^{_kind(went)} "{re.escape(went.names[0])}" (?:force )?deleted\b.*$', re.MULTILINE)
    made = re.compile(rf"^{_kind(wanted)}/{re.escape(wanted.names[0])} {_MADE}\b", re.MULTILINE)
    for at in range(len(history) - 1, -1, -1):
        deletions, makings = list(gone.finditer(history[at].output)), list(made.finditer(history[at].output))
        if makings and (not deletions or makings[-1].start() > deletions[-1].start()):
            return None
        if deletions:
            before = next((ran for ran in reversed(history[:at]) if made.search(ran.output)), None)
            return history[at], deletions[-1][0], before
    return None


def _kind(wanted: ObjectRef) -> str:
    """How kubectl prints the kind: `deployment.apps`, as a pattern."""
    return rf"{re.escape(wanted.kind.lower())}(?:\.[\w.-]+)?"


def _namespace_deleted(name: str, found: tuple[Ran, str, Ran | None], namespace: Object | None) -> Finding:
    ran, text, _ = found
    again = f"kubectl create namespace {name}"
    if namespace is not None:  # it accepts nothing new while it is terminating
        again = f"kubectl wait --for=delete namespace/{name} --timeout=2m; {again}"
    return Finding(
        "deleted-by-hand",
        phrase(
            "The namespace {namespace} was deleted in this shell, and everything in it with it",
            namespace=name,
        ),
        phrase("Create it again, then what was in it, step by step: {command}", command=again),
        evidence=text,
        source=ran.line,
    )


def _object_deleted(
    wanted: ObjectRef, found: tuple[Ran, str, Ran | None], obj: Object | None, home: str = ""
) -> Finding:
    """`home`: the namespace that it was deleted with, if it was not deleted itself."""
    ran, text, before = found
    name = wanted.name
    again = phrase("Repeat the step that creates it.")
    if before is not None and before.exit_code == 0:
        again = phrase("Create it again: {command}", command=before.line)
    return Finding(
        "deleted-by-hand",
        phrase(
            "{kind} {name} was deleted in this shell, with its namespace {namespace}",
            kind=wanted.kind,
            name=name,
            namespace=home,
        )
        if home
        else phrase("{kind} {name} was deleted in this shell", kind=wanted.kind, name=name),
        again,
        ref(obj) if obj is not None else None,
        text,
        source=ran.line,
    )


def _leaving(world: World, namespace: Object) -> Finding | None:
    stuck = namespace_stuck(namespace)
    going_since = text_at(namespace, "metadata", "deletionTimestamp")
    if stuck is not None or seconds_since(world, going_since) < LASTS:
        return stuck
    name = text_at(namespace, "metadata", "name")
    return Finding(
        "namespace-terminating",
        phrase("The namespace {namespace} is being deleted, so nothing can be created in it", namespace=name),
        phrase(
            "Wait until it is gone, then create it again: {command}",
            command=f"kubectl wait --for=delete namespace/{name} --timeout=2m",
        ),
        ref(namespace),
        going_since,
        "metadata.deletionTimestamp",
    )
