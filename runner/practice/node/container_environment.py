"""The environment of a container: envFrom, then env, then the variables of Services."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from runner.practice.machinery.store import Object, Store
from runner.practice.node.config_data import config_map_data, secret_data
from runner.practice.node.pod_fields import field_value, resource_value
from runner.practice.node.service_environment import service_variables

RELAXED_NAMES_SINCE = 32
"""The minor since which any printable ASCII text without `=` is a variable's name."""

_REFERENCE = re.compile(r"\$(\$|\(([^)]*)\))")
_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_RELAXED_NAME = re.compile(r"[ -<>-~]+")
_FROM = {"configMapRef": ("configMap", config_map_data), "secretRef": ("secret", secret_data)}
_KEYS = {"configMapKeyRef": config_map_data, "secretKeyRef": secret_data}


def environment(store: Store, pod: Object, spec: Object, minor: int) -> dict[str, str]:
    """What a container of the pod gets. What it refers to must exist (`missing_references.py` looks before).

    `$(NAME)` in a value stands for a variable that was set before it, or that a Service gives.
    """
    services = service_variables(store, pod)
    env: dict[str, str] = {}
    for source in spec.get("envFrom") or ():
        found, _ = _from(store, pod, source, minor)
        env |= found
    for variable in spec.get("env") or ():
        if variable.get("valueFrom") and not variable.get("value"):
            value = _referred(store, pod, spec, variable["valueFrom"])
        else:
            value = expanded(str(variable.get("value", "")), {**services, **env})
        if value is not None:
            env[variable["name"]] = value
    return {**services, **env}


def skipped_names(store: Store, pod: Object, spec: Object, minor: int) -> list[str]:
    """The messages of the event InvalidEnvironmentVariableNames: keys that can't be the names of variables."""
    messages = []
    for source in spec.get("envFrom") or ():
        _, skipped = _from(store, pod, source, minor)
        for part, (word, _) in _FROM.items():
            if skipped and part in source:
                where = f"{word} {pod['metadata']['namespace']}/{source[part].get('name', '')}"
                messages.append(
                    f"Keys [{', '.join(sorted(skipped))}] from the EnvFrom {where} were skipped since they are considered"
                    " invalid environment variable names."
                )
    return messages


def expanded(text: str, env: Mapping[str, str]) -> str:
    """$(NAME) by its value where there is one, $$ by one $ (kubernetes: third_party/forked/golang/expansion)."""
    return _REFERENCE.sub(lambda found: "$" if found[1] == "$" else env.get(found[2], found[0]), text)


def unresolved(text: str, env: Mapping[str, str]) -> list[str]:
    """The names in a text's $(NAME) that have no value."""
    return [found[2] for found in _REFERENCE.finditer(text) if found[1] != "$" and found[2] not in env]


def all_expanded(words: Sequence[str] | None, env: Mapping[str, str]) -> list[str] | None:
    """A command or its arguments."""
    return [expanded(str(word), env) for word in words] if words is not None else None


def _from(store: Store, pod: Object, source: Object, minor: int) -> tuple[dict[str, str], list[str]]:
    """(the variables of one envFrom, the names that can't be ones)."""
    allowed = _RELAXED_NAME if minor >= RELAXED_NAMES_SINCE else _NAME
    env: dict[str, str] = {}
    skipped = []
    for part, (_, data) in _FROM.items():
        if part not in source:
            continue
        for key, value in (
            data(store, pod["metadata"]["namespace"], source[part].get("name", "")) or {}
        ).items():
            name = source.get("prefix", "") + key
            if allowed.fullmatch(name) and (allowed is _RELAXED_NAME or not name.startswith("..")):
                env[name] = value.decode("utf-8", "replace")
            else:
                skipped.append(name)
    return env, skipped


def _referred(store: Store, pod: Object, spec: Object, source: Object) -> str | None:
    """The value of one variable; None if what it refers to is optional and missing."""
    for part, data in _KEYS.items():
        if part in source:
            found = data(store, pod["metadata"]["namespace"], source[part].get("name", "")) or {}
            value = found.get(source[part]["key"])
            return None if value is None else value.decode("utf-8", "replace")
    if "fieldRef" in source:
        return field_value(pod, source["fieldRef"].get("fieldPath", ""))
    if "resourceFieldRef" in source:
        return resource_value(store, pod, source["resourceFieldRef"], spec["name"])
    return ""
