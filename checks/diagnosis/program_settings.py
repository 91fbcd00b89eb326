"""What a container's program was started with, as the pod's spec has it: variables, where they come from, the user."""

from __future__ import annotations

from checks.base import CannotRead, Object, World
from checks.object_fields import at, mappings_at, number_at, text_at
from checks.phrase import Phrase, phrase

SOURCES = (("configMapKeyRef", "ConfigMap"),)
"""Fields of valueFrom whose objects are read: Secrets are left alone."""


def spec_of(pod: Object, name: str) -> Object:
    """The container of that name; {} where there is none."""
    for kind in ("containers", "initContainers"):
        for each in mappings_at(pod, "spec", kind):
            if text_at(each, "name") == name:
                return each
    return {}


def variables(pod: Object, name: str) -> dict[str, str]:
    """Those under `env`, by name; a value from elsewhere is "?"."""
    return {
        text_at(each, "name"): text_at(each, "value") or ("?" if "valueFrom" in each else "")
        for each in mappings_at(spec_of(pod, name), "env")
    }


def user_of(pod: Object, name: str) -> int:
    """The user that the spec sets for it; 0 for root, and where the image decides."""
    own = number_at(spec_of(pod, name), "securityContext", "runAsUser")
    return (own if own is not None else number_at(pod, "spec", "securityContext", "runAsUser")) or 0


async def origin(world: World, pod: Object, name: str, text: str) -> str | Phrase | None:
    """The variable of a container whose value has that text in it, with the ConfigMap's key that it comes from."""
    namespace = text_at(pod, "metadata", "namespace")
    spec = spec_of(pod, name)
    for each in mappings_at(spec, "env"):
        variable = text_at(each, "name")
        if text in text_at(each, "value"):
            return variable
        for field, kind in SOURCES:
            source = at(each, "valueFrom", field)
            key = text_at(source, "key")
            if source and text in await _value(world, kind, text_at(source, "name"), namespace, key):
                return phrase(
                    "{variable} (key {key} of the ConfigMap {name})",
                    variable=variable,
                    key=key,
                    name=text_at(source, "name"),
                )
    for each in mappings_at(spec, "envFrom"):
        config_map = text_at(each, "configMapRef", "name")
        for key, value in (await _data(world, "ConfigMap", config_map, namespace)).items():
            if text in value:
                variable = text_at(each, "prefix") + key
                return phrase(
                    "{variable} (key {key} of the ConfigMap {name})",
                    variable=variable,
                    key=key,
                    name=config_map,
                )
    return None


async def _value(world: World, kind: str, name: str, namespace: str, key: str) -> str:
    return (await _data(world, kind, name, namespace)).get(key, "")


async def _data(world: World, kind: str, name: str, namespace: str) -> dict[str, str]:
    if not name:
        return {}
    try:
        data = at(await world.cluster.get("v1", kind, name, namespace), "data")
    except CannotRead:
        return {}
    return (
        {key: value for key, value in data.items() if isinstance(value, str)}
        if isinstance(data, dict)
        else {}
    )
