"""The downward API: fields of a pod and its containers' resources, as environment variables and files show them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Key, Object, Store

_ENTRY = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


def field_value(pod: Object, path: str) -> str:
    """What a fieldRef stands for; "" for what is not set (kubernetes: pkg/fieldpath ExtractFieldPathAsString)."""
    meta, status = pod["metadata"], pod.get("status") or {}
    if found := _ENTRY.fullmatch(path):
        return str((meta.get(found[1]) or {}).get(found[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        return _lines(meta.get(path.partition(".")[2]) or {})
    if path in ("status.podIPs", "status.hostIPs"):
        own, one = path.removeprefix("status."), path.removeprefix("status.").removesuffix("s")
        listed = status.get(own) or ([{"ip": status[one]}] if status.get(one) else [])
        return ",".join(entry["ip"] for entry in listed)
    at: object = pod
    for part in path.split("."):
        at = at.get(part, "") if isinstance(at, Mapping) else ""
    return str(at)


def resource_value(store: Store, pod: Object, source: Object, container: str = "") -> str:
    """What a resourceFieldRef stands for: rounded up to whole divisors. A limit that is not set is the node's allocatable."""
    wanted = source.get("containerName") or container
    specs = [*(pod["spec"].get("containers") or ()), *(pod["spec"].get("initContainers") or ())]
    spec: Object = next((each for each in specs if each["name"] == wanted), {})
    part, _, resource = str(source.get("resource", "")).partition(".")
    amount = ((spec.get("resources") or {}).get(part) or {}).get(resource)
    if amount is None and part == "limits":
        node = store.get(Key("nodes", "", pod["spec"].get("nodeName", ""))) or {}
        amount = (node.get("status", {}).get("allocatable") or {}).get(resource)
    divisor = quantity(source.get("divisor") or "1") or quantity("1")
    return str(math.ceil(quantity(amount or "0") / divisor))


def _lines(values: Mapping[str, str]) -> str:
    return "\n".join(f"{key}={json.dumps(values[key], ensure_ascii=False)}" for key in sorted(values))
