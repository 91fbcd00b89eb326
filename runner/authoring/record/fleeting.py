"""Values that differ in every run: times, generated names, what the API server assigns. No check may expect them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checks.base import Object
from runner.authoring.record.recording import Moment, Recording
from runner.authoring.record.stretches import Difference
from runner.world.everything import Key

HANDED_OUT = frozenset(
    """
    clusterIP clusterIPs nodePort healthCheckNodePort uid resourceVersion generation observedGeneration caBundle nodeName
    volumeName podIP podIPs hostIP podCIDR podCIDRs providerID machineID pod-template-hash controller-revision-hash
    controller-uid batch.kubernetes.io/controller-uid pod-template-generation statefulset.kubernetes.io/pod-name
    volume.kubernetes.io/selected-node kubernetes.io/service-account.uid
    """.split()  # noqa: SIM905  # a list of twenty quoted words reads worse
)
"""Fields, labels and annotations whose values the cluster chooses."""
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T _]\d\d[:.-]?\d\d|\b\d\d:\d\d:\d\d\b"
    r"|(?<!\d)1[5-9]\d{8}(\d{3}(\d{6})?)?(?!\d)|(?<!\d)20\d{6}T?\d{4,6}(?!\d)"
)
"""ISO 8601 and the like, seconds and milliseconds since 1970, 20261130T105112."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HASH = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,}(?![0-9A-Za-z])|sha\d+[:~-]\w{16,}"
)
_ADDRESS = re.compile(r"(?<![\d.])(\d{1,3}\.){3}\d{1,3}(?![\d.])|\b([0-9a-f]{1,4}:){3,}[0-9a-f:]*\b")
_TOKEN = re.compile(r"\beyJ[\w-]{10,}|[A-Za-z0-9+/_-]{44,}={0,2}")
_SUFFIX = re.compile(r"(?<=-)[bcdfghjklmnpqrstvwxz2456789]{5}$")
"""What generateName puts behind a name (k8s.io/apimachinery/pkg/util/rand: no vowels, none of 0, 1 and 3)."""
_CHANCE = re.compile(
    r"\$\{?RANDOM|\$\(\s*(date|uuidgen|mktemp|openssl\s+rand|shuf|od|head\s+/dev/u?random)|`\s*(date|uuidgen)|\$\$|\$\{?(SECONDS|EPOCH\w+)"
)
"""Parts of a command line that differ in every run."""


@dataclass(frozen=True, slots=True)
class Steady:
    """What of a partial object another run can have, and the paths of what it can't."""

    kept: dict[str, Any]
    left_out: list[tuple[str, ...]] = field(default_factory=list)
    """Of fields that are in no list."""


def typed_in(recording: Recording) -> str:
    """All that somebody wrote: what stands in it was chosen, and is the same in the next run."""
    parts: list[str] = []
    for moment in recording.moments:
        if moment.ran is not None:
            parts += [
                moment.ran.line,
                *moment.ran.typed.keys,
                *(answer for _, answer in moment.ran.typed.answers),
            ]
    return "\n".join(parts)


def is_fleeting(name: str, value: object, typed: str) -> bool:
    """Whether the value of the field `name` is one that another run can't have."""
    if value in (None, "", "None") or isinstance(value, bool):  # a headless Service has None by choice
        return False
    words = str(value)
    if _written(words, typed) and not _UUID.search(words):
        return False
    if name in HANDED_OUT:
        return True
    if not isinstance(value, str):
        return isinstance(value, int) and _TIME.fullmatch(words) is not None
    return any(pattern.search(words) for pattern in (_TIME, _UUID, _HASH, _ADDRESS, _TOKEN, _SUFFIX))


def _written(words: str, typed: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(words)}(?![\w.-])", typed) is not None


def steady(found: Mapping[str, Any], typed: str) -> Steady:
    """The partial object without what is fleeting, and without what is empty then."""
    left_out: list[tuple[str, ...]] = []
    kept = _steady(found, typed, (), left_out)
    return Steady(kept if isinstance(kept, dict) else {}, left_out)


def _steady(value: Any, typed: str, path: tuple[str, ...] | None, left_out: list[tuple[str, ...]]) -> Any:
    """None if nothing is left of it. `path` is None in lists."""
    if isinstance(value, Mapping):
        kept = {}
        for name, each in value.items():
            below = None if path is None else (*path, name)
            if isinstance(each, Mapping | list) and each:
                inner = None if _all_handed_out(name, each) else _steady(each, typed, below, left_out)
                if inner is not None:
                    kept[name] = inner
            elif not is_fleeting(name, each, typed):
                kept[name] = each
            elif below is not None:
                left_out.append(below)
        only_named = set(kept) == {"name"} and len(value) > 1
        return kept if kept and not only_named else None
    if isinstance(value, list):
        if all(isinstance(each, Mapping) for each in value):
            rest = [inner for each in value if (inner := _steady(each, typed, None, left_out)) is not None]
            return rest or None
        return None if any(is_fleeting("", each, typed) for each in value) else value
    return value


def _all_handed_out(name: str, value: object) -> bool:
    return name in HANDED_OUT and isinstance(value, Sequence)


def conditions(before: Object, left_out: Iterable[tuple[str, ...]]) -> list[str]:
    """Expressions (`where`) for what changed and has no value of its own: it is there; the object is a later one."""
    there = [path for path in left_out if _at(before, path) is None]
    found = [" && ".join(_expression(path) for path in there)] if there else []
    generation = (before.get("metadata") or {}).get("generation")
    if isinstance(generation, int):
        found.append(f"metadata.generation > `{generation}`")
    return found


def _at(obj: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        obj = obj.get(name) if isinstance(obj, Mapping) else None
    return obj


def _expression(path: tuple[str, ...]) -> str:
    return ".".join(name if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"' for name in path)


def prefix_of(key: Key, obj: Object, typed: str) -> str:
    """The part of an object's name that another run's has, too; "" if all of it is the same."""
    generated = (obj.get("metadata") or {}).get("generateName")
    if generated and key.name.startswith(str(generated)):
        return str(generated)
    if _written(key.name, typed):
        return ""
    for pattern in (_UUID, _TIME, _SUFFIX):
        if (found := pattern.search(key.name)) and found.start() > 1:
            return key.name[: found.start()]
    if _CHANCE.search(typed) and (found := re.search(r"(?<=[a-z-])\d{2,}$", key.name)) and found.start() > 1:
        return key.name[: found.start()]
    return ""


def in_every_run(what: Difference, before: Moment, after: Moment, typed: str) -> Difference:
    """The difference as it is reported: names that another run won't have end with …"""

    def shown(keys: Sequence[Key], moment: Moment) -> tuple[Key, ...]:
        prefixes = [(key, prefix_of(key, moment.cluster.objects[key], typed)) for key in keys]
        return tuple(
            replace(key, name=f"{prefix.rstrip('-')}-…") if prefix else key for key, prefix in prefixes
        )

    return replace(what, made=shown(what.made, after), gone=shown(what.gone, before))
