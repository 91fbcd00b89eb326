"""create, update, patch, delete and deletecollection."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.body import (
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    check_type,
    fit_namespace,
    media_of,
    parse,
    read_object,
    read_options,
)
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.field_validation import take_fields
from runner.practice.machinery.api.output import shown
from runner.practice.machinery.api.read import selected
from runner.practice.machinery.api.reply import Reply
from runner.practice.machinery.api.write_options import write_options, writer_of
from runner.practice.machinery.errors import (
    ApiError,
    Cause,
    bad_request,
    conflict,
    invalid,
    not_found,
    unsupported_media_type,
)
from runner.practice.machinery.kind import FOREVER
from runner.practice.machinery.patch.json_patch import apply_json_patch
from runner.practice.machinery.patch.managed_fields import apply_config
from runner.practice.machinery.patch.merge_patch import apply_merge_patch
from runner.practice.machinery.patch.strategic_patch import apply_strategic_patch, go_value
from runner.practice.machinery.store import Key

Object = dict[str, Any]


def key_of(call: Call) -> Key:
    return Key(call.resource.storage_key, call.namespace, call.name)


def current_of(backend: Backend, call: Call) -> Object:
    """The stored object that the call names. Raises ApiError (404)."""
    found = backend.store.get(key_of(call))
    if found is None:
        raise not_found(call.key, call.name)
    return found


def create(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    warnings: list[str] = []
    obj = take_fields(backend, call, read_object(backend.registry, call, body, content_type), warnings)
    options = write_options(backend, call, warnings, writer_of(backend, call))
    stored = backend.pipeline.create(call.resource, call.version, obj, options)
    return Reply(201, shown(call, stored), warnings, stored)


def update(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    warnings: list[str] = []
    obj = take_fields(backend, call, read_object(backend.registry, call, body, content_type), warnings)
    check_name(call, obj)
    if obj["metadata"].get("resourceVersion") == "0":  # a number here, and 0 is none
        obj = {**obj, "metadata": {k: v for k, v in obj["metadata"].items() if k != "resourceVersion"}}
    current = current_of(backend, call)
    if _is_versioned(backend, call) and not obj["metadata"].get("resourceVersion"):
        cause = Cause("metadata.resourceVersion", "Invalid value: 0x0: must be specified for an update")
        raise invalid(call.resource.plural, call.name, [cause], call.resource.group)
    options = write_options(backend, call, warnings, writer_of(backend, call))
    stored = backend.pipeline.update(call.resource, call.version, current, obj, options)
    return Reply(200, shown(call, stored), warnings, stored)


def _is_versioned(backend: Backend, call: Call) -> bool:
    """Whether an update must say which resourceVersion it replaces."""
    kind = call.resource.builtin
    if kind is None or kind.versioned_updates_until == FOREVER:
        return True
    return not call.subresource and backend.minor <= kind.versioned_updates_until


def check_name(call: Call, obj: Object) -> None:
    name = obj["metadata"].get("name")
    if not name:
        why = f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided"
        raise bad_request(why)
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")


def patch(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    media = media_of(content_type)
    if media == APPLY_PATCH:
        return apply(backend, call, body)
    warnings: list[str] = []
    current = current_of(backend, call)
    given = parse(body, "application/json")
    patched = patched_object(backend, call, shown(call, current), given, media)
    _check_patched(backend, call, patched)
    shown_patch = (
        go_value(given)
        if media == STRATEGIC_PATCH
        else json.dumps(patched, separators=(",", ":"), sort_keys=True)
    )
    patched = take_fields(backend, call, patched, warnings, shown_patch)
    options = write_options(backend, call, warnings, writer_of(backend, call))
    stored = backend.pipeline.update(call.resource, call.version, current, patched, options)
    return Reply(200, shown(call, stored), warnings, stored)


def patched_object(backend: Backend, call: Call, obj: Object, given: Any, media: str) -> Object:
    """`obj` (in the wire's version) with a patch of type `media` applied. Raises ApiError."""
    if media == JSON_PATCH:
        found = apply_json_patch(obj, given)
    elif media == MERGE_PATCH:
        found = apply_merge_patch(obj, given)
    elif media == STRATEGIC_PATCH and not call.resource.custom:
        found = apply_strategic_patch(obj, given, backend.typing(call.resource, call.version))
        # The real server patches a Go struct, whose type no patch can change.
        found |= {"apiVersion": obj["apiVersion"], "kind": obj["kind"]}
    elif call.resource.custom:
        raise unsupported_media_type([JSON_PATCH, MERGE_PATCH, APPLY_PATCH])
    else:
        raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    if not isinstance(found, dict):
        raise bad_request("couldn't get version/kind; json parse error: the patched object is no object")
    return found


def _check_patched(backend: Backend, call: Call, obj: Object) -> None:
    if not isinstance(obj.get("metadata"), dict):
        obj["metadata"] = {}
    check_type(backend.registry, call, str(obj.get("apiVersion")), str(obj.get("kind")))
    check_name(call, obj)
    namespace = obj["metadata"].get("namespace", call.namespace)
    if call.resource.namespaced and namespace != call.namespace:
        raise bad_request(
            f"the namespace of the object ({namespace}) does not match the namespace on the request ({call.namespace})"
        )
    fit_namespace(call, obj["metadata"])


def apply(backend: Backend, call: Call, body: bytes) -> Reply:
    """Server-side apply: creates what is not there."""
    writer = writer_of(backend, call, apply=True)
    warnings: list[str] = []
    config = read_object(backend.registry, call, body, "application/yaml")
    config["metadata"].setdefault("name", call.name)
    check_name(call, config)
    if config["metadata"].get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    given, config = config, take_fields(backend, call, config, warnings, applied=True)
    current = backend.store.get(key_of(call))
    if current is None and call.subresource:
        raise not_found(call.key, call.name)
    version = config["metadata"].pop("resourceVersion", None)
    live = shown(call, current) if current is not None else None
    typing = backend.typing(call.resource, call.version)
    merged = apply_config(live, config, writer, typing, force=call.flag("force"))
    if call.resource.builtin:
        merged = _emptied(merged, given)
    options = write_options(backend, call, warnings)
    if current is None:
        backend.authorizer.check(call.user, call.attributes("create"))
        stored = backend.pipeline.create(call.resource, call.version, merged, options)
        return Reply(201, shown(call, stored), warnings, stored)
    if version:
        merged["metadata"]["resourceVersion"] = version
    stored = backend.pipeline.update(call.resource, call.version, current, merged, options)
    return Reply(200, shown(call, stored), warnings, stored)


def _emptied(merged: Object, given: Object) -> Object:
    """`merged` without the values and lists that an applied configuration says are null; maps it leaves alone."""
    kept: Object = {}
    for name, value in merged.items():
        if name in given and given[name] is None and not isinstance(value, dict):
            continue
        inner = given.get(name)
        deeper = isinstance(value, dict) and isinstance(inner, dict)
        kept[name] = _emptied(value, inner) if deeper and inner else value
    return kept


def delete(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    options = read_options(call, body, content_type)
    current = current_of(backend, call)
    warnings: list[str] = []
    admit_deletion(backend, call, current, options, warnings)
    last, gone = delete_one(backend, call, current, options)
    kind = call.resource.builtin
    if not gone or (kind and kind.returns_deleted):
        return Reply(200, shown(call, last), warnings, last)
    details: Object = {"name": call.name, "kind": call.resource.plural, "uid": last["metadata"]["uid"]}
    if call.resource.group:
        details["group"] = call.resource.group
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
    return Reply(200, status, warnings)


def admit_deletion(
    backend: Backend, call: Call, current: Object, options: Object, warnings: list[str]
) -> None:
    """Raises ApiError if admission refuses the deletion of an object."""
    write = write_options(backend, call, warnings)
    write = replace(write, dry_run=write.dry_run or bool(options.get("dryRun")))
    backend.pipeline.admit_deletion(call.resource, call.version, current, options, write)


def delete_one(backend: Backend, call: Call, current: Object, options: Object) -> tuple[Object, bool]:
    """Delete a stored object as `options` (DeleteOptions) say: (its last state, whether it is gone)."""
    meta = current["metadata"]
    key = Key(call.resource.storage_key, meta.get("namespace", ""), meta["name"])
    wanted = options.get("preconditions") or {}
    version = wanted.get("resourceVersion")
    if version and version != meta["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record"
            f" ({meta['resourceVersion']}). The object might have been modified"
        )
        raise conflict(call.resource.qualified_kind, meta["name"], why)
    last = backend.store.delete(
        key,
        propagation=propagation(call, options),
        uid=wanted.get("uid"),
        grace=options.get("gracePeriodSeconds"),
        dry_run=bool(options.get("dryRun")),
    )
    return last, backend.store.get(key) is None or bool(options.get("dryRun"))


def propagation(call: Call, options: Object) -> str:
    """Background, Foreground or Orphan. Raises ApiError (422) for anything else."""
    kind = call.resource.builtin
    policy = options.get("propagationPolicy") or (kind.default_propagation if kind else "Background")
    if policy not in ("Background", "Foreground", "Orphan"):
        message = 'Unsupported value: "{}": supported values: "Foreground", "Background", "Orphan", "nil"'
        cause = Cause("propagationPolicy", message.format(policy), "FieldValueNotSupported")
        raise invalid("DeleteOptions", "", [cause], "meta.k8s.io")
    return str(policy)


def delete_collection(backend: Backend, call: Call, body: bytes, content_type: str) -> Reply:
    options = read_options(call, body, content_type)
    found = selected(call, backend.store.list(call.resource.storage_key, call.namespace or None))
    warnings: list[str] = []
    for obj in found:  # all of them before the first is gone
        admit_deletion(backend, call, obj, options, warnings)
    last = [delete_one(backend, call, obj, options)[0] for obj in found]
    listing = {
        "kind": call.resource.kind_of_list,
        "apiVersion": call.api_version,
        "metadata": {"resourceVersion": str(backend.store.revision)},
        "items": [shown(call, obj) for obj in last],
    }
    return Reply(200, listing, warnings)
