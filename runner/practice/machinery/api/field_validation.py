"""Unknown fields are dropped, warned about or refused, as fieldValidation says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from runner.practice.machinery import custom_resources
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.embedded_objects import read_all_metadata
from runner.practice.machinery.errors import ApiError, Cause, bad_request, invalid
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.validation.decoding import check_fields, prune, read_nulls

Object = dict[str, Any]

FIELD_VALIDATION_SINCE = 25
"""The minor since which a server checks unknown fields; older ones drop them silently."""


def take_fields(
    backend: Backend, call: Call, obj: Object, warnings: list[str], patch: str = "", *, applied: bool = False
) -> Object:
    """`obj` (in the wire's version) without the fields that its kind does not know.

    Raises ApiError if the request wants that refused (fieldValidation=Strict), or where a value has a wrong
    type. `patch` shows the patch that made `obj`, for the words of the refusal. What is `applied` by the server
    may have no unknown fields at all.
    """
    kind = call.resource.builtin
    if kind is None:
        served = call.resource.version(call.version)
        obj, problems = custom_resources.prune(call.resource, call.version, obj)
        obj = read_all_metadata(obj, served.schema if served else None, _unreadable(call))
    else:
        given = obj
        obj = read_nulls(kind, call.api_version, obj)
        problems = _checked(call, kind, given if applied else obj, patch)
        obj = prune(kind, obj) if problems else obj
    if problems and applied:
        where = problems[0].removeprefix('unknown field "').rstrip('"')
        what = f"{obj['metadata'].get('name', '')}; {call.api_version}, Kind={call.resource.kind}"
        shown = f" ({call.namespace}/{what})" if backend.minor >= FIELD_VALIDATION_SINCE else ""
        raise bad_request(
            f"failed to create typed patch object{shown}: .{where}: field not declared in schema"
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


def _checked(call: Call, kind: Kind, obj: Object, patch: str) -> list[str]:
    try:
        return check_fields(kind, call.api_version, obj)
    except ApiError as error:
        if not patch:
            raise
        why = error.message.partition(f"cannot be handled as a {call.resource.kind}: ")[2] or error.message
        if patch.startswith("map["):  # a strategic patch is converted, not decoded
            why = _not_converted(why)
        raise _bad_patch(patch, why) from None


_GO_KINDS = {"array": "slice", "object": "map", "number": "int64"}


def _not_converted(why: str) -> str:
    """What the decoder says of a wrong type, in the words of the converter (apimachinery, runtime/converter.go)."""
    found = re.search(r"cannot unmarshal (\w+)\b.* of type (\S+)$", why)
    if found is None:
        return why
    given, wanted = _GO_KINDS.get(found[1], found[1]), found[2]
    if wanted.startswith("map["):
        return f"cannot restore map from {given}"
    if wanted.startswith("[]"):
        return f"cannot restore slice from {given}"
    if "." in wanted:
        return f"cannot restore struct from: {given}"
    return f"unrecognized type: {wanted}"


def _unreadable(call: Call) -> Callable[[str], ApiError]:
    kind = call.resource.kind

    def refuse(words: str) -> ApiError:
        return bad_request(f'{kind} in version "{call.version}" cannot be handled as a {kind}: {words}')

    return refuse


def _strict(call: Call, problems: Sequence[str], patch: str) -> ApiError:
    why = f"strict decoding error: {', '.join(problems)}"
    if patch:
        return _bad_patch(patch, why)
    kind = call.resource.kind
    return bad_request(f'{kind} in version "{call.version}" cannot be handled as a {kind}: {why}')


def _bad_patch(patch: str, why: str) -> ApiError:
    """A patch whose result can't be decoded: the real server names no kind here."""
    return invalid("", "", [Cause("patch", f"Invalid value: {json.dumps(patch, ensure_ascii=False)}: {why}")])
