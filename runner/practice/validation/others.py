"""Rules of settings, storage and access."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.machinery.validation.quantity_format import amount

NEEDED_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce")
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


def _too_long(field: str) -> Any:
    from runner.practice.machinery.errors import Cause

    return Cause(field, f"Too long: must have at most {LARGEST} bytes", "FieldValueTooLong")


def secret(problems: Problems, obj: Object, old: Object | None) -> None:
    data, kind = obj.get("data") or {}, obj.get("type", "")
    _keys(problems, "data", data)
    for key in NEEDED_KEYS.get(kind, ()):
        if key not in data:
            problems.required(f"data[{key}]")
    if kind == "kubernetes.io/service-account-token":
        account = "kubernetes.io/service-account.name"
        if not (obj["metadata"].get("annotations") or {}).get(account):
            problems.required(f"metadata.annotations[{account}]")
    if old is not None:
        problems.immutable("type", kind, old.get("type", ""))
    _frozen(problems, obj, old, ("data",))


def claim(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    modes = spec.get("accessModes")
    if not modes:
        problems.required("spec.accessModes", "at least 1 access mode is required")
    known = (*ACCESS_MODES, "ReadWriteOncePod") if problems.minor >= 22 else ACCESS_MODES
    for mode in modes or ():
        if mode not in known:
            problems.unsupported("spec.accessModes", mode, known)
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        problems.required("spec.resources[storage]")
    elif amount(storage) <= 0:
        problems.invalid("spec.resources[storage]", storage, "must be greater than zero")
    if old is not None:
        _same_claim(problems, spec, old.get("spec") or {})


def _same_claim(problems: Problems, spec: Object, before: Object) -> None:
    free = ("resources", "volumeName")
    if any(spec.get(f) != before.get(f) for f in {*spec, *before} if f not in free):
        more = " and volumeAttributesClassName" if problems.minor >= 29 else ""
        why = f"spec is immutable after creation except resources.requests{more} for bound claims"
        problems.forbidden("spec", why)


def volume(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if not spec.get("accessModes"):
        problems.required("spec.accessModes")
    if not spec.get("capacity"):
        problems.required("spec.capacity")
    policies = ("Delete", "Recycle", "Retain")
    problems.one_of("spec.persistentVolumeReclaimPolicy", spec.get("persistentVolumeReclaimPolicy"), policies)


def storage_class(problems: Problems, obj: Object, old: Object | None) -> None:
    if not obj.get("provisioner"):
        problems.required("provisioner")
    if old is None:
        return
    if obj.get("parameters") != old.get("parameters"):
        problems.forbidden("parameters", "updates to parameters are forbidden.")
    for field in ("provisioner", "reclaimPolicy"):
        if obj.get(field) != old.get(field):
            problems.forbidden(field, f"updates to {field} are forbidden.")
    problems.immutable("volumeBindingMode", obj.get("volumeBindingMode"), old.get("volumeBindingMode"))


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
