"""Rules of security contexts, of pods and of their containers."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems

_ID = "must be between 0 and 2147483647, inclusive"
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?\.)*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL_SLASHES = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
SLASHES_SINCE = 23
PROC_MOUNT_SINCE = 31


def _id(problems: Problems, at: str, value: Any) -> None:
    if value is not None and not 0 <= value <= 2**31 - 1:
        problems.invalid(at, value, _ID)


def _seccomp(problems: Problems, at: str, found: Object | None) -> None:
    if found is None:
        return
    kind, profile = found.get("type", ""), found.get("localhostProfile")
    known = ("Localhost", "RuntimeDefault", "Unconfined")
    if kind == "Localhost":
        if profile is None:
            problems.required(f"{at}.localhostProfile", "must be set when seccomp type is Localhost")
        else:
            _descending(problems, f"{at}.localhostProfile", profile)
        return
    if profile is not None:
        problems.invalid(f"{at}.localhostProfile", profile, "can only be set when seccomp type is Localhost")
    if not kind:
        problems.required(f"{at}.type", "type is required when seccompProfile is set")
    elif kind not in known:
        problems.unsupported(f"{at}.type", kind, known)


def _descending(problems: Problems, at: str, path: str) -> None:
    if path.startswith("/"):
        problems.invalid(at, path, "must be a relative path")
    if ".." in path.split("/"):
        problems.invalid(at, path, "must not contain '..'")


def _windows(problems: Problems, at: str, found: Object | None) -> None:
    if found is None:
        return
    spec, user = found.get("gmsaCredentialSpec"), found.get("runAsUserName")
    name = found.get("gmsaCredentialSpecName")
    if name is not None:
        names.check(problems, f"{at}.gmsaCredentialSpecName", name, names.subdomain(name))
    if spec == "":
        problems.invalid(f"{at}.gmsaCredentialSpec", spec, "gmsaCredentialSpec cannot be an empty string")
    if user == "":
        problems.invalid(f"{at}.runAsUserName", user, "runAsUserName cannot be an empty string")
    elif user is not None and user.count("\\") > 1:
        problems.invalid(f"{at}.runAsUserName", user, "runAsUserName cannot contain more than one backslash")
    elif user is not None and re.search(r'["/:;|=,+*?<>@\[\]]', user.rpartition("\\")[2]):
        why = "runAsUserName's User doesn't match expected pattern"
        problems.invalid(f"{at}.runAsUserName", user, why)


def pod_context(problems: Problems, at: str, spec: Object) -> None:
    found = spec.get("securityContext") or {}
    here = f"{at}.securityContext"
    for field in ("fsGroup", "runAsUser", "runAsGroup"):
        _id(problems, f"{here}.{field}", found.get(field))
    for index, one in enumerate(found.get("supplementalGroups") or ()):
        _id(problems, f"{here}.supplementalGroups[{index}]", one)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        problems.invalid(
            f"{at}.shareProcessNamespace", True, "ShareProcessNamespace and HostPID cannot both be enabled"
        )
    seen = set()
    for index, one in enumerate(found.get("sysctls") or ()):
        place, name = f"{here}.sysctls[{index}].name", one.get("name", "")
        pattern = _SYSCTL_SLASHES if problems.minor >= SLASHES_SINCE else _SYSCTL
        if not name:
            problems.required(place)
        elif len(name) > 253 or not re.fullmatch(pattern, name):
            problems.invalid(place, name, f"must have at most 253 characters and match regex ^{pattern}$")
        elif name in seen:
            problems.duplicate(place, name)
        seen.add(name)
    policy = found.get("fsGroupChangePolicy")
    if policy is not None and policy not in ("OnRootMismatch", "Always"):
        problems.unsupported(f"{here}.fsGroupChangePolicy", policy, ("Always", "OnRootMismatch"))
    _seccomp(problems, f"{here}.seccompProfile", found.get("seccompProfile"))
    _windows(problems, f"{here}.windowsOptions", found.get("windowsOptions"))


def container_context(problems: Problems, at: str, found: Object | None) -> None:
    if not found:
        return
    for field in ("runAsUser", "runAsGroup"):
        _id(problems, f"{at}.{field}", found.get(field))
    mount = found.get("procMount")
    if problems.minor >= PROC_MOUNT_SINCE and mount not in (None, "Default", "Unmasked"):
        problems.unsupported(f"{at}.procMount", mount, ("Default", "Unmasked"))
    _seccomp(problems, f"{at}.seccompProfile", found.get("seccompProfile"))
    _windows(problems, f"{at}.windowsOptions", found.get("windowsOptions"))
    if found.get("allowPrivilegeEscalation") is not False:
        return
    if found.get("privileged"):
        why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        problems.invalid(at, "", why)
    if "CAP_SYS_ADMIN" in ((found.get("capabilities") or {}).get("add") or ()):
        why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
        problems.invalid(at, "", why)
