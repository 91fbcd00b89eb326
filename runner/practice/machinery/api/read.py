"""get and list."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.output import Form, draw_list, draw_object
from runner.practice.machinery.errors import ApiError, bad_request, gone, not_found
from runner.practice.machinery.list_selectors import Matcher, field_matcher, label_matcher
from runner.practice.machinery.store import Key

Object = dict[str, Any]

TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list"
    " without the continue parameter."
)


def get(backend: Backend, call: Call, form: Form) -> Object:
    """One object in `form`. Raises ApiError (404)."""
    found = backend.store.get(Key(call.resource.storage_key, call.namespace, call.name))
    if found is None:
        raise not_found(call.key, call.name)
    return draw_object(backend, call, found, form)


def matcher(call: Call) -> Matcher:
    """What the call's selectors let through. Raises ApiError (400)."""
    tests: list[Matcher] = []
    if labels := call.query.get("labelSelector"):
        tests.append(label_matcher(labels))
    if fields := call.query.get("fieldSelector"):
        tests.append(field_matcher(fields, call.resource, call.api_version))
    if call.name:  # the watch of one object by its path
        tests.append(lambda obj: obj["metadata"]["name"] == call.name)
    return lambda obj: all(test(obj) for test in tests)


def selected(call: Call, objects: Sequence[Object]) -> list[Object]:
    matches = matcher(call)
    return [obj for obj in objects if matches(obj)]


def list_objects(backend: Backend, call: Call, form: Form) -> Object:
    """A list in `form`, in pages where the client gives `limit`. Raises ApiError (400, 410, 504)."""
    revision, after = _starting_point(backend, call)
    resource, namespace = call.resource.storage_key, call.namespace or None
    if revision == backend.store.revision:
        found: Sequence[Object] = backend.store.list(resource, namespace)
    else:
        try:
            found = backend.store.snapshot(resource, namespace, revision)
        except ApiError:
            raise (
                gone(TOO_OLD) if after else gone("The resourceVersion for the provided list is too old.")
            ) from None
    found = selected(call, found)
    if after:
        found = [obj for obj in found if _position(obj) > after]
    meta: Object = {"resourceVersion": str(revision)}
    limit = _number(call.query.get("limit", "0"))
    if 0 < limit < len(found):
        last = found[limit - 1]
        meta["continue"] = _token(revision, _position(last))
        if not call.query.get("labelSelector") and not call.query.get("fieldSelector"):
            meta["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    return draw_list(backend, call, found, meta, form)


def _position(obj: Object) -> tuple[str, str]:
    return (obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


def _token(revision: int, position: tuple[str, str]) -> str:
    words = {"v": "meta.k8s.io/v1", "rv": revision, "start": "/".join(position)}
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode().rstrip("=")


def _starting_point(backend: Backend, call: Call) -> tuple[int, tuple[str, str] | None]:
    """(the revision to list at, the position after which to go on)."""
    if token := call.query.get("continue"):
        try:
            words = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            namespace, _, name = words["start"].partition("/")
            return int(words["rv"]), (namespace, name)
        except (ValueError, KeyError, TypeError):
            raise bad_request("continue key is not valid: not a token of this server") from None
    asked = _number(call.query.get("resourceVersion") or "0")
    check_revision(backend, asked)
    exact = call.query.get("resourceVersionMatch") == "Exact"
    return (asked if exact and asked else backend.store.revision), None


def check_revision(backend: Backend, asked: int) -> None:
    """Refuse a revision that is still to come. Raises ApiError (504), which makes clients try again."""
    if asked > backend.store.revision:
        message = f"Too large resource version: {asked}, current: {backend.store.revision}"
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        raise ApiError(504, "Timeout", f"Timeout: {message}", {"causes": [cause], "retryAfterSeconds": 1})


def _number(text: str) -> int:
    try:
        return max(int(text), 0)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
