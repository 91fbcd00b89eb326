"""JSON patch (RFC 6902), as the API server applies it."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.errors import ApiError, bad_request
from runner.practice.machinery.json_copy import copied

MAX_OPERATIONS = 10_000


def rejected() -> ApiError:
    """A patch that can be read and does not apply."""
    message = "the server rejected our request due to an error in our request"
    return ApiError(422, "Invalid", message, {})


def apply_json_patch(document: Any, operations: Any) -> Any:
    """A patched copy. Raises ApiError: 400 where it is no JSON patch, 422 where it does not apply."""
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    if len(operations) > MAX_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}"
        raise ApiError(413, "RequestEntityTooLarge", message)
    document = copied(document)
    for operation in operations:
        document = _apply(document, operation)
    return document


def _apply(document: Any, operation: Any) -> Any:
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise rejected()
    name, path = operation.get("op"), _pointer(operation["path"])
    if name in ("add", "replace", "test") and "value" not in operation:
        raise rejected()
    if name == "add":
        return _add(document, path, copied(operation["value"]))
    if name == "remove":
        return _remove(document, path)
    if name == "replace":
        _get(document, path)
        return _put(document, path, copied(operation["value"]))
    if name == "test":
        if not _equal(_get(document, path), operation["value"]):
            raise rejected()
        return document
    if name in ("move", "copy") and isinstance(operation.get("from"), str):
        source = _pointer(operation["from"])
        value = copied(_get(document, source))
        if name == "move":
            if path[: len(source)] == source and path != source:
                raise rejected()
            document = _remove(document, source)
        return _add(document, path, value)
    raise rejected()


def _pointer(text: str) -> list[str]:
    if text == "":
        return []
    if not text.startswith("/"):
        raise rejected()
    return [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]


def _equal(one: Any, other: Any) -> bool:
    # In JSON true is not 1, in Python it is.
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)


def _index(token: str, limit: int) -> int:
    if not token.isascii() or not token.isdigit() or (len(token) > 1 and token.startswith("0")):
        raise rejected()
    index = int(token)
    if index >= limit:
        raise rejected()
    return index


def _get(document: Any, path: list[str]) -> Any:
    for token in path:
        if isinstance(document, dict):
            if token not in document:
                raise rejected()
            document = document[token]
        elif isinstance(document, list):
            document = document[_index(token, len(document))]
        else:
            raise rejected()
    return document


def _put(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _get(document, path[:-1])
    if isinstance(parent, list):
        parent[_index(path[-1], len(parent))] = value
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise rejected()
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _get(document, path[:-1])
    if isinstance(parent, list):
        at = len(parent) if path[-1] == "-" else _index(path[-1], len(parent) + 1)
        parent.insert(at, value)
        return document
    return _put(document, path, value)


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        return None
    _get(document, path)
    parent = _get(document, path[:-1])
    del parent[int(path[-1]) if isinstance(parent, list) else path[-1]]
    return document
