"""ConfigMap: configuration data for pods to consume."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.data_rules import LARGEST, data_keys, frozen_data
from runner.practice.kinds.quota_usage import counted_as
from runner.practice.machinery.errors import Cause
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    data_keys(problems, "data", data)
    for key in sorted(set(data) & set(binary)):
        problems.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    data_keys(problems, "binaryData", binary)
    size = sum(len(str(value).encode()) for value in (*data.values(), *binary.values()))
    if size > LARGEST:
        problems.causes.append(_too_long(""))
    frozen_data(problems, obj, old, ("data", "binaryData"))


def _too_long(field: str) -> Cause:
    return Cause(field, f"Too long: must have at most {LARGEST} bytes", "FieldValueTooLong")


def cells(obj: Object, view: View) -> list[Any]:
    count = len(obj.get("data") or ()) + len(obj.get("binaryData") or ())
    return [obj["metadata"]["name"], count, view.age(obj)]


CONFIG_MAP = Kind(
    group="",
    name="ConfigMap",
    plural="configmaps",
    quota_usage=counted_as("configmaps"),
    short_names=("cm",),
    validate=validate,
    printer=printer(cells, "Name", "Data", "Age"),
)
