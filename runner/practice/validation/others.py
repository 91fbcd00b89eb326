"""Rules of settings and access."""

from __future__ import annotations

import base64
import json

from runner.practice.machinery.errors import Cause
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems

NEEDED_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
BASIC = "kubernetes.io/basic-auth"
LARGEST = 1024 * 1024


def _keys(problems: Problems, field: str, found: Object) -> None:
    for key in sorted(found):
        names.check(problems, f"{field}[{key}]", key, names.config_key(key))


def _frozen(problems: Problems, obj: Object, old: Object | None, fields: tuple[str, ...]) -> None:
    """What `immutable: true` means."""
    if old is None or not old.get("immutable"):
        return
    if not obj.get("immutable"):
        problems.forbidden("immutable", "field is immutable when `immutable` is set")
    for field in fields:
        if obj.get(field) != old.get(field):
            problems.forbidden(field, "field is immutable when `immutable` is set")


def config_map(problems: Problems, obj: Object, old: Object | None) -> None:
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    _keys(problems, "data", data)
    for key in sorted(set(data) & set(binary)):
        problems.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    _keys(problems, "binaryData", binary)
    size = sum(len(str(value).encode()) for value in (*data.values(), *binary.values()))
    if size > LARGEST:
        problems.causes.append(_too_long(""))
    _frozen(problems, obj, old, ("data", "binaryData"))


def _too_long(field: str) -> Cause:
    return Cause(field, f"Too long: must have at most {LARGEST} bytes", "FieldValueTooLong")


def secret(problems: Problems, obj: Object, old: Object | None) -> None:
    data, kind = obj.get("data") or {}, obj.get("type", "")
    _keys(problems, "data", data)
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
    _frozen(problems, obj, old, ("data",))


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


SYSTEM_CLASSES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
HIGHEST_PRIORITY = 1_000_000_000


def priority_class(problems: Problems, obj: Object, old: Object | None) -> None:
    name, value = obj["metadata"].get("name", ""), obj.get("value", 0)
    if name.startswith("system-"):
        if (why := _not_of_the_system(obj, name)) is not None:
            problems.forbidden(
                "metadata.name",
                f"priority class names with 'system-' prefix are reserved for system use only. error: {why}",
            )
    elif value > HIGHEST_PRIORITY:
        problems.forbidden("value", f"maximum allowed value of a user defined priority is {HIGHEST_PRIORITY}")
    policies = ("PreemptLowerPriority", "Never")
    policy = obj.get("preemptionPolicy", policies[0])
    if policy not in policies:
        problems.unsupported("preemptionPolicy", policy, policies)
    if old is not None:
        if value != old.get("value", 0):
            problems.forbidden(
                "Value" if problems.minor < 23 else "value", "may not be changed in an update."
            )
        problems.immutable("preemptionPolicy", policy, old.get("preemptionPolicy", policies[0]))


def _not_of_the_system(obj: Object, name: str) -> str | None:
    if name not in SYSTEM_CLASSES:
        return f"{name} is not a known system priority class"
    if obj.get("value") != SYSTEM_CLASSES[name]:
        return f"value of {name} PriorityClass must be {SYSTEM_CLASSES[name]}"
    if obj.get("globalDefault"):
        return f"globalDefault of {name} PriorityClass must be false"
    return None
