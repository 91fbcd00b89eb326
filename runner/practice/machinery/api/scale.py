"""The scale subresource: how many replicas, of built-in workloads and of custom resources that say where."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.body import APPLY_PATCH, media_of, parse
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.output import shown
from runner.practice.machinery.api.reply import Reply
from runner.practice.machinery.api.write import current_of
from runner.practice.machinery.api.write_options import write_options, writer_of
from runner.practice.machinery.errors import Cause, bad_request, conflict, invalid, unsupported_media_type
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.patch.json_patch import apply_json_patch
from runner.practice.machinery.patch.merge_patch import apply_merge_patch

Object = dict[str, Any]

PLACES = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": "",
}


def get_scale(backend: Backend, call: Call) -> Object:
    return scale_of(call, current_of(backend, call))


def scale_of(call: Call, obj: Object) -> Object:
    """The Scale of a stored object."""
    meta = {
        name: obj["metadata"][name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if name in obj["metadata"]
    }
    status: Object = {"replicas": _at(obj, _place(call, "statusReplicasPath")) or 0}
    selector = _selector(call, obj)
    if selector:
        status["selector"] = selector
    replicas = _at(obj, _place(call, "specReplicasPath"))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def put_scale(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    """Update or patch the scale. Raises ApiError."""
    current = current_of(backend, call)
    before = scale_of(call, current)
    if call.verb == "update":
        wanted = parse(body, content_type)
    else:
        wanted = _patched(before, parse(body, "application/yaml"), media_of(content_type))
    if not isinstance(wanted, dict) or wanted.get("kind") != "Scale":
        raise bad_request("the object provided is unrecognized (must be of type Scale)")
    meta = wanted.get("metadata") or {}
    if meta.get("resourceVersion") not in (None, "", current["metadata"]["resourceVersion"]):
        raise conflict(call.key, call.name)
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request("json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32")
    if replicas < 0:
        message = f"Invalid value: {replicas}: must be greater than or equal to 0"
        raise invalid("Scale", call.name, [Cause("spec.replicas", message)], "autoscaling")
    obj = _with(shown(call, current), _place(call, "specReplicasPath"), replicas)
    warnings: list[str] = []
    write = write_options(backend, call, warnings, writer_of(backend, call))
    stored = backend.pipeline.update(call.resource, call.version, current, obj, write)
    return Reply(200, scale_of(call, stored), warnings)


def _patched(scale: Object, patch: Any, media: str) -> Any:
    if media == "application/json-patch+json":
        return apply_json_patch(scale, patch)
    if media in ("application/merge-patch+json", "application/strategic-merge-patch+json", APPLY_PATCH):
        return apply_merge_patch(scale, patch)
    raise unsupported_media_type(["application/json-patch+json", "application/merge-patch+json"])


def _place(call: Call, name: str) -> tuple[str, ...]:
    path = PLACES[name]
    if call.resource.custom:
        served = call.resource.version(call.version)
        path = (served.subresources["scale"] if served else {}).get(name, "")
    return tuple(part for part in path.split(".") if part)


def _at(obj: Object, path: tuple[str, ...]) -> Any:
    found: Any = obj if path else None
    for part in path:
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _with(obj: Object, path: tuple[str, ...], value: Any) -> Object:
    obj = copied(obj)
    place = obj
    for part in path[:-1]:
        place = place.setdefault(part, {})
    place[path[-1]] = value
    return obj


def _selector(call: Call, obj: Object) -> str:
    if call.resource.custom:
        return str(_at(obj, _place(call, "labelSelectorPath")) or "")
    selector = (obj.get("spec") or {}).get("selector") or {}
    if call.resource.builtin and call.resource.builtin.plain_selector:
        selector = {"matchLabels": selector}
    labels = selector.get("matchLabels") or {}
    parts = [f"{key}={labels[key]}" for key in sorted(labels)]
    parts += [_expression(part) for part in selector.get("matchExpressions") or ()]
    return ",".join(parts)


def _expression(part: Object) -> str:
    key, operator = part["key"], part["operator"]
    if operator in ("Exists", "DoesNotExist"):
        return key if operator == "Exists" else f"!{key}"
    return f"{key} {operator.lower()} ({','.join(sorted(part.get('values') or ()))})"
