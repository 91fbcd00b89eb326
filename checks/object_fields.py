"""Reading Kubernetes objects without trusting their shape, and the words that checks of objects share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from checks.base import CannotRead, Check, Object, ObjectRef, Outcome, Verdict, World, Written
from checks.phrase import Phrase, count_phrase, phrase
from checks.selectors import is_label

NAME = r"^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$"
"""A name that the API server could know; RBAC objects may have colons and capitals in theirs."""

Name = Annotated[str, Field(pattern=NAME, max_length=253)]
Namespace = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]

MOST_LABELS = 64
"""Labels of an object of which a selector is made."""

ABSENT = Field(description="It must not exist, or no longer exist.")


class NamespacedCheck(Check):
    """A check of something in one namespace."""

    namespace: Annotated[
        Namespace,
        Field(alias="in", description="The namespace; default: `default`."),
    ] = "default"


def at(obj: object, *path: str | int) -> Any:
    """The value at `path`, None if there is none or what is on the way has another shape."""
    for key in path:
        if isinstance(obj, dict) and isinstance(key, str):
            obj = obj.get(key)
        elif isinstance(obj, list) and isinstance(key, int) and key < len(obj):
            obj = obj[key]
        else:
            return None
    return obj


def text_at(obj: object, *path: str | int) -> str:
    """The string at `path`, "" if there is none."""
    value = at(obj, *path)
    return value if isinstance(value, str) else ""


def number_at(obj: object, *path: str | int) -> int | None:
    """The whole number at `path`, None if there is none."""
    value = at(obj, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mappings_at(obj: object, *path: str | int) -> list[Object]:
    """The objects in the list at `path`; none if there is no list."""
    value = at(obj, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def running_containers(pod_spec: object) -> list[Object]:
    """The containers that go on running: also the sidecars among the init containers (Kubernetes 1.28)."""
    started_first = mappings_at(pod_spec, "initContainers")
    sidecars = [each for each in started_first if each.get("restartPolicy") == "Always"]
    return mappings_at(pod_spec, "containers") + sidecars


def as_selector(labels: object) -> str:
    """A selector for objects with all these labels, "" if there are none. Raises CannotRead if it is none."""
    if not isinstance(labels, dict):
        return ""
    # a part of the selector, or none at all, would take what it does not mean
    if len(labels) > MOST_LABELS:
        raise CannotRead(
            "limit",
            count_phrase(
                "A label selector in the cluster is too long: {count} label",
                "A label selector in the cluster is too long: {count} labels",
                count=len(labels),
            ),
        )
    if not all(is_label(key, value) for key, value in labels.items()):
        raise CannotRead("server", phrase("A label selector in the cluster can't be read."))
    return ",".join(f"{key}={value}" for key, value in labels.items())


def name_of(obj: object) -> str:
    """The object's own name, "" if it has none."""
    return text_at(obj, "metadata", "name")


def in_namespace(ref: ObjectRef) -> Written:
    """`in` as a check has it; nothing for an object of no namespace."""
    return {"in": ref.namespace} if ref.namespace else {}


def is_going(obj: object) -> bool:
    """Whether the object was deleted and waits for its finalizers or its grace period."""
    return bool(text_at(obj, "metadata", "deletionTimestamp"))


def condition(obj: object, kind: str) -> Object:
    """The status condition of that type, {} if the object doesn't have it."""
    return next((c for c in mappings_at(obj, "status", "conditions") if c.get("type") == kind), {})


def describe(kind: str, name: str, namespace: str, wanted: Sequence[Phrase]) -> Phrase:
    """`Deployment istiod (namespace istio-system): ready, replicas 1`; an empty namespace is left out."""
    if not namespace:
        return phrase("{kind} {name}: {wanted}", kind=kind, name=name, wanted=tuple(wanted))
    return phrase(
        "{kind} {name} (namespace {namespace}): {wanted}",
        kind=kind,
        name=name,
        namespace=namespace,
        wanted=tuple(wanted),
    )


def exists() -> Phrase:
    return phrase("exists")


def absent() -> Phrase:
    return phrase("does not exist")


async def missing(world: World, kind: str, name: str, namespace: str | None) -> Phrase:
    """Words for an object that isn't there: its namespace is named where that is what is missing."""
    if namespace and await namespace_is_missing(world, namespace):
        return phrase("The namespace does not exist: {namespace}", namespace=namespace)
    if namespace:
        return phrase(
            "Does not exist: {kind} {name} in namespace {namespace}",
            kind=kind,
            name=name,
            namespace=namespace,
        )
    return phrase("Does not exist: {kind} {name}", kind=kind, name=name)


async def namespace_is_missing(world: World, namespace: str) -> bool:
    try:
        return await world.cluster.get("v1", "Namespace", namespace) is None
    except CannotRead:  # a learner may be allowed to read in a namespace and not to read namespaces
        return False


def judge_absent(expected: Phrase, obj: Object | None) -> Outcome:
    """The outcome where an object must not exist, given what the API server said."""
    if obj is None:
        return Outcome(Verdict.PASSED, expected, absent())
    if is_going(obj):
        return Outcome(Verdict.PENDING, expected, phrase("Being deleted, and not gone yet"))
    return Outcome(Verdict.FAILED, expected, phrase("Still exists"))


def going(expected: Phrase) -> Outcome:
    """The outcome where an object must exist and is being deleted."""
    return Outcome(Verdict.FAILED, expected, phrase("Being deleted"))
