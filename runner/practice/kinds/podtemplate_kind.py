"""PodTemplate: a template for pods, kept by itself."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.workload_rules import template
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.tables.cells import containers, labels
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    template(problems, "template", obj.get("template") or {})


def cells(obj: Object, view: View) -> list[Any]:
    template = obj.get("template") or {}
    shown = labels((template.get("metadata") or {}).get("labels"))
    return [obj["metadata"]["name"], *containers(template.get("spec")), shown]


POD_TEMPLATE = Kind(
    group="",
    name="PodTemplate",
    plural="podtemplates",
    returns_deleted=True,
    set_defaults=template_defaults,
    validate=validate,
    generation_since=0,
    printer=printer(cells, "Name", "Containers", "Images", "Pod Labels"),
    list_types=template_lists("template"),
)
