"""Rules of the containers of a pod spec."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.machinery.validation.quantity_format import amount

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("SCTP", "TCP", "UDP")
HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
LIMIT_OF_SINCE = 26
"""The minor from which on a request above its limit is told with the limit's value."""


def containers(problems: Problems, at: str, kind: str, spec: Object, volumes: set[str]) -> None:
    """The containers in `spec[kind]`; `volumes` are the names that they may mount."""
    seen: set[str] = set()
    others = {c.get("name") for c in spec.get("containers") or ()} if kind == "initContainers" else set()
    for index, one in enumerate(spec.get(kind) or ()):
        here, name = f"{at}.{kind}[{index}]", one.get("name", "")
        if not name:
            problems.required(f"{here}.name")
        elif words := names.label(name):
            names.check(problems, f"{here}.name", name, words)
        elif name in seen or name in others:
            problems.duplicate(f"{here}.name", name)
        seen.add(name)
        _image(problems, here, one.get("image", ""))
        for field in PROBES:
            if one.get(field) is not None:
                _handler(problems, f"{here}.{field}", one[field])
        for hook, action in (one.get("lifecycle") or {}).items():
            if isinstance(action, dict):
                _handler(problems, f"{here}.lifecycle.{hook}", action)
        _ports(problems, f"{here}.ports", one.get("ports") or ())
        _environment(problems, here, one)
        _mounts(problems, f"{here}.volumeMounts", one.get("volumeMounts") or (), volumes)
        problems.one_of(f"{here}.imagePullPolicy", one.get("imagePullPolicy"), PULL_POLICIES)
        _resources(problems, f"{here}.resources", one.get("resources") or {})


def _image(problems: Problems, here: str, image: str) -> None:
    if not image:
        problems.required(f"{here}.image")


def _ports(problems: Problems, at: str, found: Any) -> None:
    used: set[str] = set()
    for index, port in enumerate(found):
        here, name = f"{at}[{index}]", port.get("name", "")
        if name:
            if words := names.port_name(name):
                names.check(problems, f"{here}.name", name, words)
            elif name in used:
                problems.duplicate(f"{here}.name", name)
            used.add(name)
        if not port.get("containerPort"):
            problems.required(f"{here}.containerPort")
        else:
            names.port(problems, f"{here}.containerPort", port["containerPort"])
        if port.get("hostPort"):
            names.port(problems, f"{here}.hostPort", port["hostPort"])
        if port.get("protocol", "TCP") not in PROTOCOLS:
            problems.unsupported(f"{here}.protocol", port["protocol"], PROTOCOLS)


def _environment(problems: Problems, here: str, one: Object) -> None:
    for index, variable in enumerate(one.get("env") or ()):
        at, name = f"{here}.env[{index}]", variable.get("name", "")
        if not name:
            problems.required(f"{at}.name")
        else:
            names.check(problems, f"{at}.name", name, names.environment_name(name))
        source = variable.get("valueFrom")
        if source is None:
            continue
        if not source:
            why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
            problems.invalid(f"{at}.valueFrom", "", why)
        elif variable.get("value"):
            problems.invalid(f"{at}.valueFrom", "", "may not be specified when `value` is not empty")
        for field in ("configMapKeyRef", "secretKeyRef"):
            if field in source and not source[field].get("key"):
                problems.required(f"{at}.valueFrom.{field}.key")


def _mounts(problems: Problems, at: str, found: Any, volumes: set[str]) -> None:
    paths: set[str] = set()
    for index, mount in enumerate(found):
        here, name, path = f"{at}[{index}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            problems.required(f"{here}.name")
        elif name not in volumes:
            problems.not_found(f"{here}.name", name)
        if not path:
            problems.required(f"{here}.mountPath")
        elif path in paths:
            problems.invalid(f"{here}.mountPath", path, "must be unique")
        paths.add(path)


def _handler(problems: Problems, at: str, action: Object) -> None:
    """A probe's or a hook's one action."""
    found = [name for name in HANDLERS if action.get(name) is not None]
    if not found:
        problems.required(at, "must specify a handler type")
        return
    for extra in found[1:]:
        problems.forbidden(f"{at}.{extra}", "may not specify more than 1 handler type")
    kind = found[0]
    if kind == "exec" and not action["exec"].get("command"):
        problems.required(f"{at}.exec.command")
    if kind in ("httpGet", "tcpSocket"):
        names.port_or_name(problems, f"{at}.{kind}.port", action[kind].get("port", 0))
    if kind == "httpGet":
        problems.one_of(f"{at}.httpGet.scheme", action["httpGet"].get("scheme"), ("HTTP", "HTTPS"))
    for field in (
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ):
        problems.not_negative(f"{at}.{field}", action.get(field))
    if action.get("successThreshold", 1) != 1 and not at.endswith("readinessProbe"):
        problems.invalid(f"{at}.successThreshold", action["successThreshold"], "must be 1")


def _resources(problems: Problems, at: str, found: Object) -> None:
    limits, requests = found.get("limits") or {}, found.get("requests") or {}
    for side, amounts in (("limits", limits), ("requests", requests)):
        for name, value in amounts.items():
            here = f"{at}.{side}[{name}]"
            if "/" not in name and name not in _STANDARD and not name.startswith("hugepages-"):
                problems.invalid(here, name, "must be a standard resource type or fully qualified")
                problems.invalid(here, name, "must be a standard resource for containers")
            if amount(value) < 0:
                problems.invalid(here, value, "must be greater than or equal to 0")
    for name, value in requests.items():
        if name in limits and amount(value) > amount(limits[name]):
            of = f" of {limits[name]}" if problems.minor >= LIMIT_OF_SINCE else ""
            problems.invalid(f"{at}.requests", value, f"must be less than or equal to {name} limit{of}")


_STANDARD = ("cpu", "memory", "ephemeral-storage", "storage")
