"""Manifests of Kubernetes that a scenario brings: which ones a command names, and what kubectl prints of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from runner.authoring.imports.kubectl import Kubectl, calls

MOST_BYTES = 200_000
MOST_DOCUMENTS = 50
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


APPLY, DELETE = ("apply", "create", "replace"), ("delete",)


def applied(command: str, verbs: tuple[str, ...] = APPLY) -> list[str]:
    """The names of the files that `kubectl apply -f` (or another of the verbs) is given, without their folders."""
    found = []
    for words in calls(command):
        kubectl = Kubectl.of(words)
        if kubectl and kubectl.verb in verbs and "filename" in kubectl.options:
            found += [PurePosixPath(name).name for name in kubectl.options["filename"].split(",")]
    return found


_HEREDOC = re.compile(
    r"<<-?[ \t]*[\\'\"]?(?P<end>[\w.-]+)['\"]?[^\n]*\n(?P<content>.*?)^[ \t]*(?P=end)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_TO_FILE = re.compile(r">\s*[\"']?(?P<file>[\w./~$-]+)")
_APPLIES = re.compile(
    r"\bkubectl\s+(?:\S+\s+)*?(?:apply|create|replace)\b.*\s(?:-f|--filename)[ =]*-(?:\s|$)"
)


def written(command: str) -> dict[str, bytes]:
    """The file that a here-document is written into, by its name without folders."""
    found, to = _HEREDOC.search(command), _TO_FILE.search(command.split("\n", 1)[0])
    return {PurePosixPath(to["file"]).name: found["content"].encode()} if found and to else {}


def given(command: str) -> bytes:
    """What `kubectl apply -f -` is given by a here-document; nothing where that is not so."""
    found = _HEREDOC.search(command)
    return found["content"].encode() if found and _APPLIES.search(command.split("\n", 1)[0]) else b""


def objects(content: bytes) -> list[tuple[str, str, str]]:
    """The kind, name and namespace ("": none is said) of each object of a manifest; none of what is no manifest."""
    if len(content) > MOST_BYTES or b"&" in content:  # anchors could stand for more than there is
        return []
    try:
        return list(_objects(content))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        return []


def _objects(content: bytes) -> Iterator[tuple[str, str, str]]:
    for number, each in enumerate(yaml.load_all(content, Loader=_LOADER)):  # it is a safe loader
        if number >= MOST_DOCUMENTS:
            return
        metadata = each.get("metadata") if isinstance(each, dict) else None
        if (
            isinstance(metadata, dict)
            and isinstance(each.get("kind"), str)
            and isinstance(metadata.get("name"), str)
        ):
            yield each["kind"], metadata["name"], str(metadata.get("namespace") or "")
