"""From a client's object to the stored one: unknown fields, defaults, admission, validation, ownership."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.practice import crds
from runner.practice.admission import admit, check_namespace, generate_name, prepare_for_create
from runner.practice.api.backend import Backend
from runner.practice.api.call import Call
from runner.practice.convert import to_storage
from runner.practice.defaults import apply_defaults
from runner.practice.errors import ApiError, Cause, bad_request, invalid
from runner.practice.patch.managed import Writer, track_update
from runner.practice.store import timestamp
from runner.practice.validation import check_fields, prune, validate

Object = dict[str, Any]

FIELD_VALIDATION_SINCE = 25
"""The minor whose server checks unknown fields; older ones drop them without a word."""


@dataclass
class Reply:
    """What a handler answers; `stored` is the object behind `body`, where it is one of the resource's own."""

    code: int
    body: Object
    warnings: list[str] = field(default_factory=list)
    stored: Object | None = None


def writer_of(call: Call, *, apply: bool = False) -> Writer:
    """Who this request writes as: fieldManager, or what comes first in the user agent."""
    manager = call.query.get("fieldManager") or call.headers.get("User-Agent", "unknown").split("/")[0]
    if apply and not call.query.get("fieldManager"):
        cause = Cause("fieldManager", "Required value: is required for apply patch", "FieldValueRequired")
        raise invalid("PatchOptions", "", [cause], "meta.k8s.io")
    return Writer(manager, call.api_version, timestamp(), call.subresource)


def take_fields(backend: Backend, call: Call, obj: Object, warnings: list[str], patch: Any = None) -> Object:
    """`obj` (in the wire's version) without the fields that its kind does not know.

    Raises ApiError where the request wants that refused (fieldValidation=Strict), or where a value has a wrong
    type. `patch` is the patch that made `obj`, for the words of the refusal.
    """
    resource = call.resource
    if resource.custom:
        obj, problems = crds.prune(resource, call.version, obj)
    else:
        obj = without_nulls(obj)
        problems = check_fields(resource.key, call.api_version, obj)
        obj = prune(resource.key, obj) if problems else obj
    level = call.query.get("fieldValidation") or "Warn"
    if level not in ("Strict", "Warn", "Ignore"):
        raise bad_request(f'invalid fieldValidation: "{level}"')
    if problems and backend.minor >= FIELD_VALIDATION_SINCE:
        if level == "Strict":
            raise _strict(call, problems, patch)
        if level == "Warn":
            warnings += problems
    return obj


def without_nulls(value: Any) -> Any:
    """A typed kind's decoder reads null as absent."""
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value if item is not None]
    return value


def _strict(call: Call, problems: Sequence[str], patch: Any) -> ApiError:
    told = f"strict decoding error: {', '.join(problems)}"
    if patch is not None:
        from runner.practice.patch.strategic import go_value

        return invalid("", "", [Cause("patch", f'Invalid value: "{go_value(patch)}": {told}')])
    kind = call.resource.kind
    return bad_request(f'{kind} in version "{call.version}" cannot be handled as a {kind}: {told}')


def create_object(
    backend: Backend, call: Call, obj: Object, writer: Writer | None, warnings: list[str]
) -> Object:
    """Store a new object (in the wire's version, fields checked); `writer` None keeps its managedFields."""
    resource, store = call.resource, backend.store
    key = resource.storage_key
    meta = dict(obj["metadata"])
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = generate_name(meta["generateName"])
    for name in ("uid", "creationTimestamp", "selfLink", "generation"):
        meta.pop(name, None)
    obj = {**obj, "metadata": meta}
    stored = to_storage(resource, call.version, obj)
    if not stored["metadata"].get("name"):
        cause = Cause(
            "metadata.name", "Required value: name or generateName is required", "FieldValueRequired"
        )
        raise invalid(resource.kind, "", [cause], resource.group)
    check_namespace(store, resource, meta.get("namespace", ""), meta["name"])
    stored = _defaulted(backend, call, stored)
    has_status = resource.has("status", call.version)
    stored = prepare_for_create(key, stored, has_status=has_status)
    stored = admit(store, key, stored, minor=backend.minor)
    _validated(backend, call, stored, None)
    if writer is not None:
        stored["metadata"].pop("managedFields", None)
        stored = track_update(None, stored, writer, backend.typing(resource, call.version))
    return store.create(key, stored, dry_run=call.dry_run)


def update_object(
    backend: Backend, call: Call, current: Object, obj: Object, writer: Writer | None, warnings: list[str]
) -> Object:
    """Store `obj` (in the wire's version, fields checked) over `current`."""
    resource, key = call.resource, call.resource.storage_key
    status = call.subresource == "status"
    stored = to_storage(resource, call.version, obj)
    if status:
        stored = {**current, "status": stored.get("status", {}), "metadata": _status_meta(current, stored)}
    else:
        stored = _defaulted(backend, call, stored)
        stored["metadata"].setdefault("namespace", current["metadata"].get("namespace", ""))
        stored = admit(backend.store, key, stored, current, minor=backend.minor)
        if resource.has("status", call.version):
            stored = {**stored, "status": current.get("status", {})}
            if "status" not in current:
                del stored["status"]
        _validated(backend, call, stored, current)
    if writer is not None:
        given = obj["metadata"].get("managedFields")
        stored = {**stored, "metadata": {**stored["metadata"], "managedFields": given}}
        stored = track_update(current, stored, writer, backend.typing(resource, call.version))
    return backend.store.update(key, stored, status=status, dry_run=call.dry_run)


def _status_meta(current: Object, new: Object) -> Object:
    meta = dict(current["metadata"])
    for name in ("resourceVersion", "uid", "managedFields"):
        if new["metadata"].get(name):
            meta[name] = new["metadata"][name]
    return meta


def _defaulted(backend: Backend, call: Call, stored: Object) -> Object:
    if call.resource.custom:
        return crds.default(call.resource, call.version, stored)
    if call.resource.key == crds.CRDS:
        return crds.default_definition(stored)
    return apply_defaults(call.resource.storage_key, stored, backend.minor)


def _validated(backend: Backend, call: Call, stored: Object, old: Object | None) -> None:
    resource = call.resource
    if resource.custom:
        crds.validate(resource, call.version, stored)
    elif resource.key == crds.CRDS:
        crds.validate_definition(stored, old, backend.registry)
    else:
        validate(resource.storage_key, stored, old)
