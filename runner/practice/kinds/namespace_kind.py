"""Namespace: a scope for names."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds import cluster_rules
from runner.practice.machinery.kind import NO_COLLECTION, STATUS, Kind, SelectableField, Subresource
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names

NAME_LABEL_SINCE = 21


def set_defaults(obj: Object, minor: int) -> None:
    meta = obj["metadata"]
    if minor >= NAME_LABEL_SINCE and meta.get("name"):
        meta["labels"] = {**(meta.get("labels") or {}), "kubernetes.io/metadata.name": meta["name"]}


def prepare_for_create(obj: Object, minor: int) -> Object:
    """Its content is deleted before it goes: the finalizer `kubernetes` holds it until then."""
    given = (obj.get("spec") or {}).get("finalizers") or []
    return {**obj, "spec": {"finalizers": ["kubernetes", *(name for name in given if name != "kubernetes")]}}


def finalizers(obj: Object) -> list[str]:
    return list((obj.get("spec") or {}).get("finalizers") or ())


def mark_deleted(obj: Object) -> None:
    obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}


def name_rule(name: str, minor: int) -> list[str]:
    return names.label(name)


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], (obj.get("status") or {}).get("phase", ""), view.age(obj)]


NAMESPACE = Kind(
    group="",
    name="Namespace",
    plural="namespaces",
    short_names=("ns",),
    namespaced=False,
    scopes_others=True,
    verbs=NO_COLLECTION,
    subresources=(Subresource("finalize", verbs=("update",)), STATUS),
    set_defaults=set_defaults,
    prepare_for_create=prepare_for_create,
    initial_status=lambda obj: {"phase": "Active"},
    name_rule=name_rule,
    validate=cluster_rules.namespace,
    keeps_spec=True,
    finalizers=finalizers,
    mark_deleted=mark_deleted,
    shows_grace=False,
    printer=printer(cells, "Name", "Status", "Age"),
    selectable_fields=(SelectableField("status.phase"),),
)
