"""From a client's object to the stored one: unknown fields, defaults, admission, validation, ownership."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.practice.admission import (
    Request,
    admit,
    check,
    check_namespace,
    generate_name,
    prepare_for_create,
)
from runner.practice.authentication.signing_requests import Part
from runner.practice.authorization.write_guard import guarded
from runner.practice.defaults import apply_defaults
from runner.practice.kinds import custom_resources as crds
from runner.practice.kinds.embedded_objects import read_all_metadata
from runner.practice.kinds.service_addresses import allocate
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.conversion import to_storage
from runner.practice.machinery.errors import ApiError, Cause, bad_request, conflict, invalid
from runner.practice.machinery.patch.managed_fields import Writer, track_update
from runner.practice.machinery.store import timestamp
from runner.practice.validation import check_fields, prune, read_nulls, validate
from runner.practice.validation.status_rules import validate_status

Object = dict[str, Any]

STATUS_PARTS = ("status", "approval")
"""Subresources through which a status is written."""
FIELD_VALIDATION_SINCE = 25
"""The minor whose server checks unknown fields; older ones drop them without a word."""


FAMILIES_SINCE = 21
"""The minor from which Services tell their IP families."""
SUBRESOURCE_TOLD_SINCE = 22
"""The minor whose managedFields name the subresource that was written through."""


KEPT_SPECS = ("certificatesigningrequests.certificates.k8s.io", "namespaces")
"""Kinds whose spec an ordinary update leaves as it is."""


@dataclass
class Reply:
    """What a handler answers; `stored` is the object behind `body`, where it is one of the resource's own."""

    code: int
    body: Object
    warnings: list[str] = field(default_factory=list)
    stored: Object | None = None


def writer_of(backend: Backend, call: Call, *, apply: bool = False) -> Writer:
    """Who this request writes as: fieldManager, or what comes first in the user agent."""
    manager = call.query.get("fieldManager") or call.headers.get("User-Agent", "unknown").split("/")[0]
    if apply and not call.query.get("fieldManager"):
        cause = Cause("fieldManager", "Required value: is required for apply patch", "FieldValueRequired")
        raise invalid("PatchOptions", "", [cause], "meta.k8s.io")
    subresource = call.subresource if backend.minor >= SUBRESOURCE_TOLD_SINCE else ""
    return Writer(manager, call.api_version, timestamp(), subresource)


def take_fields(
    backend: Backend, call: Call, obj: Object, warnings: list[str], patch: str = "", *, applied: bool = False
) -> Object:
    """`obj` (in the wire's version) without the fields that its kind does not know.

    Raises ApiError where the request wants that refused (fieldValidation=Strict), or where a value has a wrong
    type. `patch` shows the patch that made `obj`, for the words of the refusal. What is `applied` by the server
    may have no unknown fields at all.
    """
    resource = call.resource
    if resource.custom:
        served = resource.version(call.version)
        obj, problems = crds.prune(resource, call.version, obj)
        obj = read_all_metadata(obj, served.schema if served else None, _unreadable(call))
    else:
        given = obj
        obj = read_nulls(resource.key, call.api_version, obj)
        problems = _checked(call, given if applied else obj, patch)
        obj = prune(resource.key, obj) if problems else obj
    if problems and applied:
        where = problems[0].removeprefix('unknown field "').rstrip('"')
        what = f"{obj['metadata'].get('name', '')}; {call.api_version}, Kind={resource.kind}"
        told = f" ({call.namespace}/{what})" if backend.minor >= FIELD_VALIDATION_SINCE else ""
        raise bad_request(
            f"failed to create typed patch object{told}: .{where}: field not declared in schema"
        )
    level = call.query.get("fieldValidation") or "Warn"
    if level not in ("Strict", "Warn", "Ignore"):
        raise bad_request(f'invalid fieldValidation: "{level}"')
    if problems and backend.minor >= FIELD_VALIDATION_SINCE:
        if level == "Strict":
            raise _strict(call, problems, patch)
        if level == "Warn":
            warnings += problems
    return obj


def _checked(call: Call, obj: Object, patch: str) -> list[str]:
    try:
        return check_fields(call.resource.key, call.api_version, obj)
    except ApiError as error:
        if not patch:
            raise
        why = error.message.partition(f"cannot be handled as a {call.resource.kind}: ")[2] or error.message
        if patch.startswith("map["):  # a strategic patch is converted, not decoded
            why = re.sub(r".* of type (\S+)$", r"unrecognized type: \1", why)
        raise _bad_patch(patch, why) from None


def _unreadable(call: Call) -> Callable[[str], ApiError]:
    kind = call.resource.kind

    def refuse(words: str) -> ApiError:
        return bad_request(f'{kind} in version "{call.version}" cannot be handled as a {kind}: {words}')

    return refuse


def _strict(call: Call, problems: Sequence[str], patch: str) -> ApiError:
    told = f"strict decoding error: {', '.join(problems)}"
    if patch:
        return _bad_patch(patch, told)
    kind = call.resource.kind
    return bad_request(f'{kind} in version "{call.version}" cannot be handled as a {kind}: {told}')


def _bad_patch(patch: str, why: str) -> ApiError:
    """A patch whose result can't be decoded: the real server names no kind here."""
    return invalid("", "", [Cause("patch", f"Invalid value: {json.dumps(patch, ensure_ascii=False)}: {why}")])


def create_object(
    backend: Backend, call: Call, obj: Object, writer: Writer | None, warnings: list[str]
) -> Object:
    """Store a new object (in the wire's version, fields checked); `writer` None keeps its managedFields."""
    resource, store = call.resource, backend.store
    key = resource.storage_key
    meta = dict(obj["metadata"])
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = generate_name(meta["generateName"])
    for name in ("uid", "creationTimestamp", "selfLink"):
        meta.pop(name, None)
    if resource.custom or (meta.get("generation") or 0) >= 0:  # a negative one is refused
        meta.pop("generation", None)
    obj = {**obj, "metadata": meta}
    stored = to_storage(resource, call.version, obj)
    if not stored["metadata"].get("name"):
        cause = Cause(
            "metadata.name", "Required value: name or generateName is required", "FieldValueRequired"
        )
        raise invalid(resource.kind, "", [cause], resource.group)
    check_namespace(store, resource, meta.get("namespace", ""), meta["name"])
    stored = _defaulted(backend, call, stored)
    if writer is not None:
        stored["metadata"].pop("managedFields", None)
        stored = track_update(None, stored, writer, backend.typing(resource, call.version))
    stored = _admitted(backend, call, stored, None, warnings)
    return store.create(key, stored, dry_run=call.dry_run)


def update_object(
    backend: Backend, call: Call, current: Object, obj: Object, writer: Writer | None, warnings: list[str]
) -> Object:
    """Store `obj` (in the wire's version, fields checked) over `current`."""
    resource, key = call.resource, call.resource.storage_key
    uid = obj["metadata"].get("uid")
    if uid and uid != current["metadata"]["uid"]:
        cause = Cause("metadata.uid", f"Invalid value: {json.dumps(uid)}: field is immutable")
        raise invalid(resource.kind, call.name, [cause], resource.group)
    seen = obj["metadata"].get("resourceVersion")
    if seen and seen != current["metadata"]["resourceVersion"]:  # before anything is found wrong with it
        raise conflict(resource.key, call.name)
    status = call.subresource in STATUS_PARTS
    stored = to_storage(resource, call.version, obj)
    if status:
        stored = {**current, "status": stored.get("status", {}), "metadata": _status_meta(current, stored)}
        stored = _tracked(backend, call, current, stored, writer)
        stored = _guarded(backend, call, stored, current)
        if resource.custom:  # what is wrong there would make every later write fail
            crds.validate(resource, call.version, stored, current, backend.minor)
        else:
            validate_status(key, stored, backend.minor)
    else:
        stored = _defaulted(backend, call, stored)
        if key in KEPT_SPECS and not call.subresource:
            stored["spec"] = current.get("spec", {})
        stored["metadata"].setdefault("namespace", current["metadata"].get("namespace", ""))
        if resource.has("status", call.version):
            stored = {**stored, "status": current.get("status", {})}
            if "status" not in current:
                del stored["status"]
        # What admission adds belongs to nobody.
        stored = _tracked(backend, call, current, stored, writer)
        stored = _admitted(backend, call, stored, current, warnings)
    return backend.store.update(key, stored, status=status, dry_run=call.dry_run)


def _guarded(backend: Backend, call: Call, new: Object, old: Object | None) -> Object:
    part = Part(call.version, call.subresource, backend.minor)
    return guarded(backend.authorizer, call.user, call.resource.storage_key, part, new, old)


def _admitted(
    backend: Backend, call: Call, stored: Object, old: Object | None, warnings: list[str]
) -> Object:
    """What may change the object, what it is born with, validation, and what may refuse it, in this order."""
    key = call.resource.storage_key
    request = admission_request(backend, call, stored, old, warnings)
    admit(request)
    if old is None:
        has_status = call.resource.has("status", call.version)
        request.object = prepare_for_create(key, request.object, has_status=has_status, minor=backend.minor)
    request.object = _guarded(backend, call, request.object, old)
    _validated(backend, call, request.object, old)
    if key == "services":
        families = backend.minor >= FAMILIES_SINCE
        request.object = allocate(
            backend.store, request.object, old, families=families, addresses=backend.service_cidr
        )
    check(request)
    return request.object


def admission_request(
    backend: Backend, call: Call, stored: Object, old: Object | None, warnings: list[str]
) -> Request:
    """What the admission plugins are asked of this call; `stored` is {} where the object is deleted."""
    return Request(
        backend.store,
        backend.registry,
        call.resource.storage_key,
        "DELETE" if not stored else "CREATE" if old is None else "UPDATE",
        stored,
        old,
        user=call.user,
        version=call.version,
        subresource=call.subresource,
        dry_run=call.dry_run,
        warnings=warnings,
        webhooks=call.webhooks,
    )


def admit_deletion(
    backend: Backend, call: Call, current: Object, options: Object, warnings: list[str]
) -> None:
    """Ask the plugins whether an object may go. Raises ApiError where one refuses it."""
    request = admission_request(backend, call, {}, current, warnings)
    request.options = {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", **options}
    request.dry_run = request.dry_run or bool(options.get("dryRun"))
    admit(request)
    check(request)


def _tracked(backend: Backend, call: Call, current: Object, stored: Object, writer: Writer | None) -> Object:
    if writer is None:  # server-side apply has told already
        return stored
    return track_update(current, stored, writer, backend.typing(call.resource, call.version))


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
        return crds.default_definition(stored, call.version)
    return apply_defaults(call.resource.storage_key, stored, backend.minor)


def _validated(backend: Backend, call: Call, stored: Object, old: Object | None) -> None:
    resource = call.resource
    if resource.custom:
        crds.validate(resource, call.version, stored, old, backend.minor)
    elif resource.key == crds.CRDS:
        crds.validate_definition(stored, old, backend.minor, call.api_version)
    else:
        validate(resource.storage_key, stored, old, backend.minor, call.api_version)
