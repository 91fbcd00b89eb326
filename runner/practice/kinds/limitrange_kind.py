"""LimitRange: bounds and defaults of the resources of a namespace's pods and claims."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.kinds.resource_rules import limit_names
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.tables.columns import Object
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems, Raw, quoted
from runner.practice.machinery.validation.quantity_format import amount


def set_defaults(obj: Object, minor: int) -> None:
    for item in obj.setdefault("spec", {}).get("limits") or ():
        if item.get("type") != "Container":
            continue
        default = dict(item.get("default") or {})
        for name, value in (item.get("max") or {}).items():
            default.setdefault(name, value)
        request = {**(item.get("min") or {}), **default, **(item.get("defaultRequest") or {})}
        if default:
            item["default"] = default
        if request:
            item["defaultRequest"] = request


TYPES = ("Container", "PersistentVolumeClaim", "Pod")


_SCALES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    seen: set[str] = set()
    for index, item in enumerate((obj.get("spec") or {}).get("limits") or ()):
        at, kind = f"spec.limits[{index}]", item.get("type", "")
        if words := names.qualified(kind):
            names.check(problems, f"{at}.type", kind, words)
        elif kind not in TYPES and "/" not in kind:
            problems.invalid(f"{at}.type", kind, "must be a standard limit type or fully qualified")
        if kind in seen:
            problems.duplicate(f"{at}.type", kind)
        seen.add(kind)
        if kind == "Pod":
            for field in ("default", "defaultRequest"):
                if item.get(field):
                    problems.forbidden(f"{at}.{field}", "may not be specified when `type` is 'Pod'")
        if kind == "PersistentVolumeClaim":
            bounds = {**(item.get("min") or {}), **(item.get("max") or {})}
            if "storage" not in bounds:
                why = "either minimum or maximum storage value is required, but neither was provided"
                problems.required(f"{at}.limits", why)
        limit_names(problems, at, kind, item)
        _bounds(problems, at, item, kind)


def _bounds(problems: Problems, at: str, item: Object, kind: str) -> None:
    fields = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
    most, least, usual, asked, ratio = (item.get(field) or {} for field in fields)
    if kind == "Pod":
        usual, asked = {}, {}
    for key in sorted({*most, *least, *usual, *asked, *ratio}):
        for field, shown, low, words, high in (
            (f"min[{key}]", least, least, "min value {} is greater than max value {}", most),
            (f"defaultRequest[{key}]", asked, least, "min value {} is greater than default request value {}", asked),
            (f"defaultRequest[{key}]", asked, asked, "default request value {} is greater than max value {}", most),
            (f"defaultRequest[{key}]", asked, asked,
             "default request value {} is greater than default limit value {}", usual),
            (f"default[{key}]", least, least, "min value {} is greater than default value {}", usual),
            (f"default[{key}]", most, usual, "default value {} is greater than max value {}", most),
        ):  # fmt: skip
            if key in low and key in high and amount(low[key]) > amount(high[key]):
                problems.invalid(f"{at}.{field}", _go(shown[key]), words.format(low[key], high[key]))
        if key in ratio and amount(ratio[key]) < 1:
            where = f"{at}.maxLimitRequestRatio[{key}]"
            problems.invalid(where, _go(ratio[key]), f"ratio {ratio[key]} is less than 1")


def _go(value: Any) -> Raw:
    """A quantity printed as a Go struct, as in the real server's messages."""
    text = str(value)
    found = re.fullmatch(r"([-+]?\d+)([a-zA-Z]*)", text)
    number, suffix = (found[1], found[2]) if found else (text, "")
    binary = suffix.endswith("i")
    number, scale = (str(int(amount(text))), 0) if binary else (number, _SCALES.get(suffix, 0))
    form = "BinarySI" if binary else "DecimalSI"
    return Raw(
        f"resource.Quantity{{i:resource.int64Amount{{value:{number}, scale:{scale}}},"
        f" d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:{quoted(text)}, Format:{quoted(form)}}}"
    )


LIMIT_RANGE = Kind(
    group="",
    name="LimitRange",
    plural="limitranges",
    short_names=("limits",),
    set_defaults=set_defaults,
    validate=validate,
)
