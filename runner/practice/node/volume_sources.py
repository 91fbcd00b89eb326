"""The files of volumes that the kubelet writes: ConfigMaps, Secrets, the downward API, tokens, and all of them projected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runner.practice.machinery.store import Object, Store
from runner.practice.node.config_data import config_map_data, secret_data
from runner.practice.node.pod_fields import field_value, resource_value

DEFAULT_MODE = 0o644
GROUP_READS = 0o440
"""What an fsGroup may do with files of a read-only volume (kubernetes: pkg/volume/volume_linux.go)."""

Token = Callable[[Object], str]
"""Gives the token of a serviceAccountToken source."""

_KINDS = {
    "configMap": ("configmap", "name", config_map_data, "configmap references non-existent config key"),
    "secret": ("secret", "secretName", secret_data, "references non-existent secret key"),
}


class VolumeProblem(Exception):
    """A volume can't be set up yet, in the words of the event FailedMount. `volume` is its name, if not the pod's own."""

    def __init__(self, message: str, volume: str = "") -> None:
        super().__init__(message)
        self.volume = volume


@dataclass(slots=True)
class Content:
    """Files by their paths in the volume."""

    files: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)

    def add(self, path: str, data: bytes, mode: int) -> None:
        self.files[path], self.modes[path] = data, mode


def is_written(volume: Mapping[str, object]) -> bool:
    """Whether it is a volume whose files the kubelet writes."""
    return any(part in volume for part in (*_KINDS, "downwardAPI", "projected"))


def content(store: Store, pod: Object, volume: Object, token: Token) -> Content:
    """What is in one of the pod's volumes now. Raises VolumeProblem where an object or a key is missing."""
    made = Content()
    for part in (*_KINDS, "downwardAPI"):
        if part in volume:
            _add(made, store, pod, part, volume[part], int(volume[part].get("defaultMode") or DEFAULT_MODE))
    if projected := volume.get("projected"):
        mode = int(projected.get("defaultMode") or DEFAULT_MODE)
        for source in projected.get("sources") or ():
            for part in (*_KINDS, "downwardAPI"):
                if part in source:
                    _add(made, store, pod, part, source[part], mode)
            if wanted := source.get("serviceAccountToken"):
                made.add(wanted["path"], token(wanted).encode(), mode)
    if (pod["spec"].get("securityContext") or {}).get("fsGroup") is not None:
        made.modes = {path: mode | GROUP_READS for path, mode in made.modes.items()}
    return made


def _add(made: Content, store: Store, pod: Object, part: str, source: Object, mode: int) -> None:
    if part == "downwardAPI":
        for item in source.get("items") or ():
            if "fieldRef" in item:
                text = field_value(pod, item["fieldRef"].get("fieldPath", ""))
            else:
                text = resource_value(store, pod, item.get("resourceFieldRef") or {})
            made.add(item["path"], text.encode(), int(item.get("mode") or mode))
        return
    word, name_field, data, missing_key = _KINDS[part]
    name = source.get(name_field) or source.get("name") or ""
    found = data(store, pod["metadata"]["namespace"], name)
    if found is None:
        if source.get("optional"):
            return
        raise VolumeProblem(f'{word} "{name}" not found')
    if not source.get("items"):
        for key, value in found.items():
            made.add(key, value, mode)
        return
    for item in source["items"]:
        if item["key"] in found:
            made.add(item["path"], found[item["key"]], int(item.get("mode") or mode))
        elif not source.get("optional"):
            raise VolumeProblem(f"{missing_key}: {item['key']}")
