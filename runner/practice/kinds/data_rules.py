"""Rules of the data of ConfigMaps and Secrets."""

from __future__ import annotations

from runner.practice.machinery.tables.columns import Object
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems

LARGEST = 1024 * 1024


def data_keys(problems: Problems, field: str, found: Object) -> None:
    for key in sorted(found):
        names.check(problems, f"{field}[{key}]", key, names.config_key(key))


def frozen_data(problems: Problems, obj: Object, old: Object | None, fields: tuple[str, ...]) -> None:
    """What `immutable: true` means."""
    if old is None or not old.get("immutable"):
        return
    if not obj.get("immutable"):
        problems.forbidden("immutable", "field is immutable when `immutable` is set")
    for field in fields:
        if obj.get(field) != old.get(field):
            problems.forbidden(field, "field is immutable when `immutable` is set")
