"""Missing ConfigMaps, Secrets and keys that a pod refers to. The messages are the kubelet's."""

from __future__ import annotations

import re

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.ages import settled
from checks.diagnosis.evidence import ref
from checks.diagnosis.likeness import nearest
from checks.object_fields import name_of, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

_MISSING = re.compile(r'\b(configmap|secret)s? "(?:[\w.-]+/)?([\w.-]+)" not found', re.IGNORECASE)
_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) \S*?/?([\w.-]+)$")
_KEYS = re.compile(r"references non-existent (config|secret) key: ([\w.-]+)")
_KINDS = {"configmap": "ConfigMap", "secret": "Secret"}


async def missing(world: World, pod: Object, message: str, field: str, source: str) -> Finding | None:
    """What the message reports as missing; None if it reports something else, or if it exists by now."""
    if not settled(world, pod):
        return None
    namespace = text_at(pod, "metadata", "namespace")
    if match := _MISSING.search(message):
        kind, name = _KINDS[match[1].lower()], match[2]
        if await _is_there(world, kind, name, namespace):
            return None
        near = nearest(name, await _names(world, kind, namespace), 0.7)
        return Finding(
            f"{kind.lower()}-missing",
            phrase("The pod needs a {kind} that does not exist: {name}", kind=kind, name=name),
            _way_out(kind, name, namespace, near),
            ref(pod),
            quotation(message),
            field,
            source,
        )
    if match := _KEY.search(message):
        key, kind, name = match[1], match[2], match[3]
    elif match := _KEYS.search(message):
        key, kind, name = match[2], "ConfigMap" if match[1] == "config" else "Secret", ""
    else:
        return None
    return Finding(
        "key-missing",
        phrase("A key that the pod needs is not in the {kind} {name}: {key}", kind=kind, name=name, key=key),
        phrase(
            "Compare the key with the existing ones: {command}",
            command=f"kubectl describe {kind.lower()} {name} -n {namespace}".replace("  ", " "),
        ),
        ref(pod),
        quotation(message),
        field,
        source,
    )


def _way_out(kind: str, name: str, namespace: str, near: str) -> Phrase:
    if near:
        return phrase(
            "There is one with a similar name: {near}. Correct the name in the manifest and apply it again.",
            near=near,
        )
    return phrase(
        "Create it in the pod's namespace, or correct the name. To list what exists: {command}",
        command=f"kubectl get {kind.lower()}s -n {namespace}",
    )


async def _is_there(world: World, kind: str, name: str, namespace: str) -> bool:
    try:
        return await world.cluster.get("v1", kind, name, namespace) is not None
    except CannotRead:  # the message is all that can be known
        return False


async def _names(world: World, kind: str, namespace: str) -> list[str]:
    if kind == "Secret":  # a list would contain more than the learner's own secrets
        return []
    try:
        return [name_of(each) for each in await world.cluster.list("v1", kind, namespace)]
    except CannotRead:
        return []
