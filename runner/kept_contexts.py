"""What a learner changed in a lab's kubeconfig, kept when the file is written anew.

`kubectl config set-context --current --namespace=shop` is in the file alone, and so are the contexts and users that a
lab makes. The file is written anew at each visit: the server's port may be another one, a token may have been renewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

MOST_BYTES = 1 << 20
"""Of a file that is read; kubectl writes a few thousand."""

Config = dict[str, Any]


def with_kept(config: Config, file: Path) -> Config:
    """`config`, which has one cluster, context and user, with what was changed in `file` meanwhile.

    Kept are its context's namespace, further contexts of the same cluster with their users, and which of the contexts is
    current. Other clusters are not: a lab's commands must not get to them. A file that is not there or can't be read
    adds nothing.
    """
    before = _read(file)
    (cluster,) = (each["name"] for each in config["clusters"])
    (own,) = config["contexts"]
    contexts, users = [own], list(config["users"])
    for name, context in _entries(before, "contexts", "context"):
        if context.get("cluster") != cluster or not isinstance(context.get("user", ""), str):
            continue
        if name != own["name"]:
            contexts.append({"name": name, "context": dict(context)})
        elif isinstance(namespace := context.get("namespace"), str) and namespace:
            contexts[0] = {"name": name, "context": own["context"] | {"namespace": namespace}}
    needed = {each["context"].get("user") for each in contexts} - {each["name"] for each in users}
    for name, user in _entries(before, "users", "user"):
        if name in needed:
            users.append({"name": name, "user": dict(user)})
    current = before.get("current-context")
    if current not in [each["name"] for each in contexts]:
        current = config["current-context"]
    return config | {"contexts": contexts, "users": users, "current-context": current}


def _read(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as opened:
            found = yaml.safe_load(opened.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _entries(
    config: Mapping[str, Any], plural: str, singular: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    listed = config.get(plural)
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("name"), str):
            value = each.get(singular)
            if isinstance(value, Mapping):
                yield each["name"], value
