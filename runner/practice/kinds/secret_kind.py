"""Secret: data that is kept from view."""

from __future__ import annotations

import base64
import json
from typing import Any

from runner.practice.kinds.data_rules import LARGEST, data_keys, frozen_data
from runner.practice.kinds.default_values import fill
from runner.practice.kinds.quota_usage import counted_as
from runner.practice.machinery.errors import Cause
from runner.practice.machinery.kind import Kind, SelectableField
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    fill(obj, type="Opaque")
    given = obj.pop("stringData", None)
    if given:
        encoded = {name: base64.b64encode(str(value).encode()).decode() for name, value in given.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


NEEDED_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


BASIC = "kubernetes.io/basic-auth"


def _too_long(field: str) -> Cause:
    return Cause(field, f"Too long: must have at most {LARGEST} bytes", "FieldValueTooLong")


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    data, kind = obj.get("data") or {}, obj.get("type", "")
    data_keys(problems, "data", data)
    for key in NEEDED_KEYS.get(kind, ()):
        if key not in data or (kind.endswith("ssh-auth") and not data[key]):
            problems.required(f"data[{key}]")
        elif "dockerc" in key:
            _docker(problems, f"data[{key}]", data[key])
    if kind == BASIC and not {"username", "password"} & {*data}:
        for key in ("username", "password"):
            problems.required(f"data[{key}]")
    if sum(len(value) * 3 // 4 for value in data.values()) > LARGEST:
        problems.causes.append(_too_long("data"))
    if kind == "kubernetes.io/service-account-token":
        account = "kubernetes.io/service-account.name"
        if not (obj["metadata"].get("annotations") or {}).get(account):
            problems.required(f"metadata.annotations[{account}]")
    if old is not None:
        problems.immutable("type", kind, old.get("type", ""))
    frozen_data(problems, obj, old, ("data",))


def _docker(problems: Problems, at: str, value: str) -> None:
    try:
        found = json.loads(base64.b64decode(value))
    except ValueError as error:
        problems.invalid(at, "<secret contents redacted>", str(error))
        return
    if found is not None and not isinstance(found, dict):
        problems.invalid(
            at,
            "<secret contents redacted>",
            "json: cannot unmarshal into Go value of type map[string]interface {}",
        )


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data") or ()), view.age(obj)]


SECRET = Kind(
    group="",
    name="Secret",
    plural="secrets",
    quota_usage=counted_as("secrets"),
    set_defaults=set_defaults,
    validate=validate,
    printer=printer(cells, "Name", "Type", "Data", "Age"),
    selectable_fields=(SelectableField("type"),),
)
