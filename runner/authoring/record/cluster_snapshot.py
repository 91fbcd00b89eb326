"""The cluster and the workspace at one moment, without what must not be kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.base import Object
from runner.authoring.record.recording import FOLDER, Places
from runner.shell.redact import MASK, redact
from runner.world.everything import Everything, Key, everything
from runner.world.kubeconfig_access import Access

MOST_FILES = 5000
"""Files and folders of the workspace that are looked at."""
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_OWN = frozenset(
    {
        "_",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "COLUMNS",
        "LINES",
        "TERM",
        "SHELL",
        "LABGATE_ISTIO",
        "LABGATE_STANDINS",
        "LABGATE_PYTHON",
    }
)


async def cluster_now(access: Access) -> Everything:
    """All objects, without Secrets' contents and managers' notes. Raises CannotRead."""
    now = await everything(access)
    return Everything({key: kept(obj) for key, obj in now.objects.items()}, now.kinds, now.unread)


def kept(obj: Object) -> Object:
    """The object as it may be written down."""
    meta = {name: value for name, value in (obj.get("metadata") or {}).items() if name != "managedFields"}
    annotations = meta.get("annotations")
    if annotations:  # what was applied is in it, a Secret's contents too
        meta["annotations"] = {name: value for name, value in annotations.items() if name != _APPLIED}
    rest: dict[str, Any] = {**obj, "metadata": meta}
    if obj.get("kind") == "Secret":
        for name in ("data", "stringData"):
            if rest.get(name):
                rest[name] = dict.fromkeys(rest[name], MASK)
        rest["written"] = meta.get("resourceVersion")  # so that a new value is seen to be one
    return rest


def places_now(root: Path, folder: Path, environment: Mapping[str, str], first_path: str) -> Places:
    """The workspace `root`, and the shell's folder and environment; `first_path`: the PATH in the beginning."""
    return Places(
        str(folder),
        dict(_files(root)),
        {name: _kept_value(name, value) for name, value in environment.items() if name not in _OWN},
        frozenset(_programs(environment.get("PATH", ""), first_path)),
    )


def _kept_value(name: str, value: str) -> str:
    masked = redact(f"{name}={value}") != f"{name}={value}" or redact(value) != value
    return MASK if masked else value


def _files(root: Path) -> Iterator[tuple[str, str]]:
    left = MOST_FILES
    for here, folders, files in os.walk(root):
        folders.sort()
        for name in [*folders, *sorted(files)]:
            path = Path(here, name)
            left -= 1
            if left < 0:
                return
            try:
                state = path.lstat()
            except OSError:
                continue  # gone meanwhile
            stamp = FOLDER if path.is_dir() else f"{state.st_size} {state.st_mtime_ns}"
            yield path.relative_to(root).as_posix(), stamp


def _programs(path: str, first: str) -> Iterator[str]:
    known = set(first.split(os.pathsep))
    for folder in path.split(os.pathsep):
        if folder in known or not folder.startswith("/"):
            continue
        try:
            found = sorted(os.scandir(folder), key=lambda each: each.name)
        except OSError:
            continue
        yield from (each.name for each in found if each.is_file() and os.access(each.path, os.X_OK))


def by_name(key: Key) -> tuple[str, str, str, str]:
    """A key as JSON has it."""
    return key.kind, key.namespace, key.name, key.group
