"""Rules of PodSecurityPolicies (served until 1.24)."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.kinds.volume_rules import backwards
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems

VOLUMES = (
    "*", "awsElasticBlockStore", "azureDisk", "azureFile", "cephFS", "cinder", "configMap", "csi", "downwardAPI",
    "emptyDir", "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath",
    "iscsi", "nfs", "none", "persistentVolumeClaim", "photonPersistentDisk", "portworxVolume", "projected", "quobyte",
    "rbd", "scaleIO", "secret", "storageOS", "vsphere",
)  # fmt: skip
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?\.)*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]"
_RULES: dict[str, tuple[str, ...]] = {
    "runAsUser": ("MustRunAs", "MustRunAsNonRoot", "RunAsAny"),
    "runAsGroup": ("MustRunAs", "RunAsAny", "MayRunAs"),
    "seLinux": ("MustRunAs", "RunAsAny"),
    "fsGroup": ("MustRunAs", "MayRunAs", "RunAsAny"),
    "supplementalGroups": ("MustRunAs", "MayRunAs", "RunAsAny"),
}


def pod_security_policy(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    for field, known in _RULES.items():
        found = spec.get(field)
        if found is None and field == "runAsGroup":
            continue
        rule = (found or {}).get("rule", "")
        if rule not in known:
            problems.unsupported(f"spec.{field}.rule", rule, sorted(known))
        _ranges(problems, f"spec.{field}.ranges", (found or {}).get("ranges") or ())
    for volume in spec.get("volumes") or ():
        if volume not in VOLUMES:
            problems.unsupported("spec.volumes", volume, VOLUMES)
    _capabilities(problems, spec)
    if spec.get("defaultAllowPrivilegeEscalation") and spec.get("allowPrivilegeEscalation") is False:
        why = "Cannot set DefaultAllowPrivilegeEscalation to true without also setting AllowPrivilegeEscalation to true"
        problems.invalid("spec.defaultAllowPrivilegeEscalation", True, why)
    _allowed(problems, spec)
    for field in ("allowedUnsafeSysctls", "forbiddenSysctls"):
        for index, name in enumerate(spec.get(field) or ()):
            _sysctl(problems, f"spec.{field}[{index}]", name)
    for index, one in enumerate(spec.get("hostPorts") or ()):
        if one.get("min", 0) > one.get("max", 0):
            problems.invalid(f"spec.hostPorts[{index}]", one.get("min", 0), "min cannot be greater than max")
    _runtime(problems, spec.get("runtimeClass"))


def _sysctl(problems: Problems, at: str, name: str) -> None:
    if not name:
        problems.invalid(at, name, "empty sysctl not allowed")
    elif not re.fullmatch(_SYSCTL, name):
        problems.invalid(at, name, f"must have at most 253 characters and match regex ^{_SYSCTL}$")


def _allowed(problems: Problems, spec: Object) -> None:
    for index, one in enumerate(spec.get("allowedHostPaths") or ()):
        if not one.get("pathPrefix"):
            problems.required(f"spec.allowedHostPaths[{index}]")
        else:
            backwards(problems, f"spec.allowedHostPaths[{index}]", one["pathPrefix"], field="")
    for field, needed, why in (
        ("allowedFlexVolumes", "driver", "must specify a driver"),
        ("allowedCSIDrivers", "name", ""),
    ):
        for index, one in enumerate(spec.get(field) or ()):
            if not one.get(needed):
                problems.required(f"spec.{field}[{index}].{needed}", why)


def _ranges(problems: Problems, at: str, found: Any) -> None:
    for index, one in enumerate(found):
        low, high = one.get("min", 0), one.get("max", 0)
        if low < 0:
            problems.invalid(f"{at}[{index}].min", low, "must be between 0 and 2147483647, inclusive")
        if high < 0:
            problems.invalid(f"{at}[{index}].max", high, "must be between 0 and 2147483647, inclusive")
        if low > high:
            problems.invalid(f"{at}[{index}]", low, "min cannot be greater than max")


def _capabilities(problems: Problems, spec: Object) -> None:
    dropped, added = spec.get("requiredDropCapabilities") or (), spec.get("defaultAddCapabilities") or ()
    allowed = spec.get("allowedCapabilities") or ()
    for name in dropped:
        for field, found in (("defaultAddCapabilities", added), ("allowedCapabilities", allowed)):
            if name in found:
                problems.invalid(
                    f"spec.{field}",
                    name,
                    "capability is listed in " + field + " and requiredDropCapabilities",
                )


def _runtime(problems: Problems, found: Object | None) -> None:
    if found is None:
        return
    allowed = found.get("allowedRuntimeClassNames") or ()
    for index, name in enumerate(allowed):
        if name != "*":
            names.check(
                problems, f"spec.runtimeClass.allowedRuntimeClassNames[{index}]", name, names.subdomain(name)
            )
        elif len(allowed) > 1:
            problems.invalid(
                f"spec.runtimeClass.allowedRuntimeClassNames[{index}]",
                name,
                "if '*' is present, must not specify other RuntimeClass names",
            )
    default = found.get("defaultRuntimeClassName")
    if default is not None:
        names.check(problems, "spec.runtimeClass.defaultRuntimeClassName", default, names.subdomain(default))
        if default not in allowed and "*" not in allowed:
            problems.required(
                "spec.runtimeClass.allowedRuntimeClassNames",
                f"default RuntimeClass {default} must be whitelisted",
            )
