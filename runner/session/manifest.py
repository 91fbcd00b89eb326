"""An object as `kubectl get -o yaml` writes it, and the lines on which a field of it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from checks.base import Object

HIDDEN = "•••••"
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_BREAKS = re.compile("[\r\x85\u2028\u2029]")
"""Line breaks in YAML besides the line feed."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The libyaml version, ten times as fast, if PyYAML was built with it."""


class _Kubectl(yaml.SafeDumper):
    """Quotes and blocks as kubectl writes them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    if "\n" in data:
        return dumper.represent_scalar(
            "tag:yaml.org,2002:str", data, style='"' if _BREAKS.search(data) else "|"
        )
    resolved = dumper.resolve(yaml.ScalarNode, data, (True, False))  # type: ignore[no-untyped-call]
    plain = resolved == "tag:yaml.org,2002:str"
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", data, style='"' if _BREAKS.search(data) or not plain else None
    )


_Kubectl.add_representer(str, _text)


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a manifest, from 0, `end` excluded. `whole`: the field is there; else this is what of its path is."""

    start: int
    end: int
    whole: bool


def manifest(obj: Object) -> str:
    """The object as YAML: without managedFields, and nothing of what a Secret holds."""
    return yaml.dump(
        _shown(obj),
        Dumper=_Kubectl,
        default_flow_style=False,
        allow_unicode=True,
        width=10_000,
        sort_keys=True,
    )


def _shown(obj: Object) -> Object:
    shown = dict(obj)
    metadata = dict(obj.get("metadata") or {})
    metadata.pop("managedFields", None)
    shown["metadata"] = metadata
    if obj.get("kind") == "Secret":
        for part in ("data", "stringData"):
            if isinstance(obj.get(part), Mapping):
                shown[part] = dict.fromkeys(obj[part], HIDDEN)
        if _APPLIED in (metadata.get("annotations") or {}):  # it has all the data again
            metadata["annotations"] = {**metadata["annotations"], _APPLIED: HIDDEN}
    return shown


def place(text: str, path: str) -> Place | None:
    """Where `path` (`status.conditions[1].message`, `metadata.labels.app.kubernetes.io/name`) stands in a manifest.

    None if not even its first key does.
    """
    node = yaml.compose(text, Loader=_LOADER)
    found: Place | None = None
    rest = path
    while rest and node is not None:
        step = _step(node, rest)
        if step is None:
            return found
        begins, node, rest = step
        end = node.end_mark.line if node.end_mark.column == 0 else node.end_mark.line + 1
        scalar = isinstance(node, yaml.ScalarNode)
        found = Place(begins, max(end, begins + 1) if scalar else begins + 1, not rest)
    return found


def _step(node: yaml.Node, rest: str) -> tuple[int, yaml.Node, str] | None:
    """One key or index down: the line where it begins, its node, and what is left of the path."""
    if isinstance(node, yaml.SequenceNode):
        index = re.match(r"\[(\d+)\]\.?", rest)
        if index is None or int(index[1]) >= len(node.value):
            return None
        item = node.value[int(index[1])]
        return item.start_mark.line, item, rest[index.end() :]
    if isinstance(node, yaml.MappingNode):
        # keys may have dots themselves: the longest one that fits
        for key, value in sorted(node.value, key=lambda pair: -len(pair[0].value)):
            for written in (key.value, f'["{key.value}"]', f"['{key.value}']", f"[{key.value}]"):
                if rest == written or rest.startswith((f"{written}.", f"{written}[")):
                    return key.start_mark.line, value, rest[len(written) :].removeprefix(".")
    return None
