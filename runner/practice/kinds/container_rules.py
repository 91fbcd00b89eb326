"""Rules of the containers of a pod spec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runner.practice.kinds.resource_rules import container_resource, quantity
from runner.practice.kinds.security_rules import container_context
from runner.practice.kinds.volume_rules import field_reference, local_path, resource_reference
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.machinery.validation.quantity_format import amount

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("SCTP", "TCP", "UDP")
HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
VALUE_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef")
ENVIRONMENT_PATHS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.podIP", "status.podIPs", "status.hostIPs",
)  # fmt: skip
NAMELESS_SINCE = 99
"""References without a name are refused in all minors so far."""
LIMIT_OF_SINCE = 26
"""The minor from which on a request above its limit is reported with the limit's value."""


def containers(
    problems: Problems, at: str, kind: str, spec: Object, volumes: Mapping[str, Object | None]
) -> None:
    """The containers in `spec[kind]`; `volumes` are those that they may mount, by name."""
    seen: set[str] = set()
    others = {c.get("name") for c in spec.get("containers") or ()} if kind == "initContainers" else set()
    used: set[tuple[Any, ...]] = set()
    for index, one in enumerate(spec.get(kind) or ()):
        here, name = f"{at}.{kind}[{index}]", one.get("name", "")
        if not name:
            problems.required(f"{here}.name")
        elif words := names.label(name):
            names.check(problems, f"{here}.name", name, words)
        elif name in seen or name in others:
            problems.duplicate(f"{here}.name", name)
        seen.add(name)
        image = one.get("image", "")
        if not image:
            problems.required(f"{here}.image")
        _lifecycle(problems, here, kind, one)
        if one.get("terminationMessagePolicy") not in ("File", "FallbackToLogsOnError"):
            problems.one_of(
                f"{here}.terminationMessagePolicy",
                one.get("terminationMessagePolicy"),
                ("FallbackToLogsOnError", "File"),
            )
        _ports(problems, f"{here}.ports", one.get("ports") or (), spec)
        _host_ports(
            problems,
            f"{here}.ports",
            f"{at}.{kind}",
            one.get("ports") or (),
            used if kind == "containers" else set(),
        )
        _environment(problems, here, one)
        _sources(problems, f"{here}.envFrom", one.get("envFrom") or ())
        _mounts(problems, f"{here}.volumeMounts", one, volumes)
        _devices(problems, f"{here}.volumeDevices", one, volumes)
        problems.one_of(f"{here}.imagePullPolicy", one.get("imagePullPolicy"), PULL_POLICIES)
        _resources(problems, f"{here}.resources", one.get("resources") or {})
        container_context(problems, f"{here}.securityContext", one.get("securityContext"))


def _lifecycle(problems: Problems, here: str, kind: str, one: Object) -> None:
    starts_and_ends = kind == "initContainers" and one.get("restartPolicy") != "Always"
    if starts_and_ends:
        for field in ("lifecycle", *PROBES):
            if one.get(field) is not None and problems.minor < 28:
                problems.invalid(f"{here}.{field}", "", "must not be set for init containers")
            elif one.get(field) is not None:
                problems.forbidden(
                    f"{here}.{field}", "may not be set for init containers without restartPolicy=Always"
                )
        return
    for field in PROBES:
        if one.get(field) is not None:
            _handler(problems, f"{here}.{field}", one[field])
            _timing(problems, f"{here}.{field}", one[field])
    for hook, action in (one.get("lifecycle") or {}).items():
        if isinstance(action, dict):
            _handler(problems, f"{here}.lifecycle.{hook}", action)


def _host_ports(problems: Problems, at: str, shown_at: str, found: Any, used: set[tuple[Any, ...]]) -> None:
    """No two ports of a pod are the same port of its node."""
    for index, port in enumerate(found):
        if not port.get("hostPort"):
            continue
        whole = (port.get("protocol", "TCP"), port.get("hostIP", ""), port["hostPort"])
        if whole in used:
            problems.duplicate(f"{at}[{index}].hostPort", "/".join(map(str, whole)))
        used.add(whole)


def _ports(problems: Problems, at: str, found: Any, spec: Object) -> None:
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
            if spec.get("hostNetwork") and port["hostPort"] != port.get("containerPort"):
                why = "must match `hostPort` when `hostNetwork` is true"
                problems.invalid(f"{at}.containerPort", port.get("containerPort", 0), why)
        if port.get("protocol", "TCP") not in PROTOCOLS:
            problems.unsupported(f"{here}.protocol", port["protocol"], PROTOCOLS)


def _environment(problems: Problems, here: str, one: Object) -> None:
    for index, variable in enumerate(one.get("env") or ()):
        at, name = f"{here}.env[{index}]", variable.get("name", "")
        if not name:
            problems.required(f"{at}.name")
        else:
            names.check(problems, f"{at}.name", name, names.environment_name(name))
        if variable.get("valueFrom") is not None:
            _value_from(problems, f"{at}.valueFrom", variable)


def _value_from(problems: Problems, at: str, variable: Object) -> None:
    source = variable["valueFrom"]
    given = [name for name in VALUE_SOURCES if source.get(name) is not None]
    if not given:
        why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        problems.invalid(at, "", why)
    elif variable.get("value"):
        problems.invalid(at, "", "may not be specified when `value` is not empty")
    elif len(given) > 1:
        problems.invalid(at, "", "may not have more than one field specified at a time")
    for name in given:
        found, here = source[name], f"{at}.{name}"
        if name == "fieldRef":
            field_reference(problems, here, found, ENVIRONMENT_PATHS)
        elif name == "resourceFieldRef":
            resource_reference(problems, here, found, in_volume=False)
        else:
            if not found.get("name") and problems.minor < NAMELESS_SINCE:
                problems.required(f"{here}.name")
            if not found.get("key"):
                problems.required(f"{here}.key")
            else:
                names.check(problems, f"{here}.key", found["key"], names.config_key(found["key"]))


def _sources(problems: Problems, at: str, found: Any) -> None:
    for index, one in enumerate(found):
        here, prefix = f"{at}[{index}]", one.get("prefix", "")
        if prefix:
            names.check(problems, f"{here}.prefix", prefix, names.environment_name(prefix))
        given = [name for name in ("configMapRef", "secretRef") if one.get(name) is not None]
        for name in given:
            if not one[name].get("name") and problems.minor < NAMELESS_SINCE:
                problems.required(f"{here}.{name}.name")
        if not given:
            problems.invalid(at, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            problems.invalid(at, "", "may not have more than one field specified at a time")


def _mounts(problems: Problems, at: str, one: Object, volumes: Mapping[str, Object | None]) -> None:
    paths: set[str] = set()
    devices = {device.get("name") for device in one.get("volumeDevices") or ()}
    devices_at = {device.get("devicePath") for device in one.get("volumeDevices") or ()}
    for index, mount in enumerate(one.get("volumeMounts") or ()):
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
        if name in devices:
            problems.invalid(f"{here}.name", name, "must not already exist in volumeDevices")
        if path in devices_at:
            problems.invalid(f"{here}.mountPath", path, "must not already exist as a path in volumeDevices")
        for field in ("subPath", "subPathExpr"):
            if mount.get(field):
                local_path(problems, f"{here}.{field}", mount[field])
        if mount.get("subPath") and mount.get("subPathExpr"):
            problems.invalid(
                f"{here}.subPathExpr", mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive"
            )
        _propagation(problems, at, mount, one)


def _propagation(problems: Problems, at: str, mount: Object, one: Object) -> None:
    found, known = mount.get("mountPropagation"), ("Bidirectional", "HostToContainer", "None")
    if found is None:
        return
    if found not in known:
        problems.unsupported(f"{at}.mountPropagation", found, known)
    elif found == "Bidirectional" and not (one.get("securityContext") or {}).get("privileged"):
        problems.forbidden(
            f"{at}.mountPropagation",
            "Bidirectional mount propagation is available only to privileged containers",
        )


def _devices(problems: Problems, at: str, one: Object, volumes: Mapping[str, Object | None]) -> None:
    seen_names: set[str] = set()
    seen_paths: set[str] = set()
    for index, device in enumerate(one.get("volumeDevices") or ()):
        here, name, path = f"{at}[{index}]", device.get("name", ""), device.get("devicePath", "")
        volume = volumes.get(name) or {}
        if not name:
            problems.required(f"{here}.name")
        if name in seen_names:
            problems.invalid(f"{here}.name", name, "must be unique")
        elif name and name not in volumes:
            problems.not_found(f"{here}.name", name)
        elif (
            name
            and "persistentVolumeClaim" not in volume
            and "ephemeral" not in volume
            and volumes.get(name) is not None
        ):
            why = "can only use volume source type of PersistentVolumeClaim for block mode"
            problems.invalid(f"{here}.name", name, why)
        if not path:
            problems.required(f"{here}.devicePath")
        elif path in seen_paths:
            problems.invalid(f"{here}.devicePath", path, "must be unique")
        elif ".." in path.split("/"):
            problems.invalid(f"{here}.devicePath", path, "can not contain backsteps ('..')")
        seen_names.add(name)
        seen_paths.add(path)


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
        _http(problems, f"{at}.httpGet", action["httpGet"])


def _http(problems: Problems, at: str, found: Object) -> None:
    if not found.get("path"):
        problems.required(f"{at}.path")
    known = ("HTTP", "HTTPS")
    if found.get("scheme") not in known:
        problems.unsupported(f"{at}.scheme", found.get("scheme", ""), known)
    for index, header in enumerate(found.get("httpHeaders") or ()):
        name = header.get("name", "")
        if not re.fullmatch("[-A-Za-z0-9]+", name):
            why = (
                "a valid HTTP header must consist of alphanumeric characters or '-' "
                "(e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
            )
            problems.invalid(
                f"{at}.httpHeaders" if problems.minor < 30 else f"{at}.httpHeaders[{index}].name", name, why
            )


def _timing(problems: Problems, at: str, probe: Object) -> None:
    for field in (
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ):
        problems.not_negative(f"{at}.{field}", probe.get(field))
    if probe.get("successThreshold", 1) != 1 and not at.endswith("readinessProbe"):
        problems.invalid(f"{at}.successThreshold", probe["successThreshold"], "must be 1")


def _resources(problems: Problems, at: str, found: Object) -> None:
    limits, requests = found.get("limits") or {}, found.get("requests") or {}
    for side, amounts in (("limits", limits), ("requests", requests)):
        for name, value in amounts.items():
            here = f"{at}.{side}[{name}]"
            container_resource(problems, here, name)
            quantity(problems, here, name, value)
    for name, value in requests.items():
        if name in limits:
            if name.startswith("hugepages-") or "/" in name:
                if amount(value) != amount(limits[name]):
                    problems.invalid(f"{at}.requests", str(value), f"must be equal to {name} limit")
            elif amount(value) > amount(limits[name]):
                of = f" of {limits[name]}" if problems.minor >= LIMIT_OF_SINCE else ""
                problems.invalid(
                    f"{at}.requests", str(value), f"must be less than or equal to {name} limit{of}"
                )
        elif name.startswith("hugepages-") or ("/" in name and "kubernetes.io/" not in name):
            problems.required(f"{at}.limits", "Limit must be set for non overcommitable resources")
    huge = [name for name in (*limits, *requests) if name.startswith("hugepages-")]
    if huge and not {"cpu", "memory"} & {*limits, *requests}:
        problems.forbidden(at, "HugePages require cpu or memory")
