"""Strategic merge patch: kubectl's own format, with merge keys and the `$` directives.

Follows the behaviour that kubernetes' "strategic merge patch" contributor document describes.
"""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.errors import bad_request
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.patch.list_types import ListRule, Path, Typing

PATCH = "$patch"
RETAIN = "$retainKeys"
DELETE_FROM = "$deleteFromPrimitiveList/"
ORDER = "$setElementOrder/"

Object = dict[str, Any]


def apply_strategic_patch(document: Object, patch: Any, typing: Typing) -> Object:
    """A patched copy. Raises ApiError if the patch is malformed, or an item lacks its merge key."""
    if not isinstance(patch, dict):
        raise bad_request("Invalid JSON document")
    return _merge_map(copied(document), copied(patch), typing, ())


def _merge_map(original: Object, patch: Object, typing: Typing, path: Path) -> Object:
    directive = patch.pop(PATCH, None)
    if directive == "replace":
        replaced: Object = _without_directives(patch)
        return replaced
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise bad_request(f"Unknown patch type found: {directive}")
    _retain(original, patch)
    _delete_from_lists(original, patch)
    orders = {name[len(ORDER) :]: patch.pop(name) for name in list(patch) if name.startswith(ORDER)}
    for name in (*patch, *(name for name in orders if name not in patch)):
        value = patch.get(name)
        if name in patch and value is None:
            original.pop(name, None)
            continue
        at = (*path, name)
        if name not in original:
            if name in patch:
                original[name] = _new_field(value, typing.list_rule(at))
        elif isinstance(original[name], list) and (isinstance(value, list) or name not in patch):
            original[name] = _merge_list(
                original[name], value or [], typing, at, orders.get(name), name in patch
            )
        elif isinstance(original[name], dict) and isinstance(value, dict):
            original[name] = _merge_map(original[name], value, typing, at)
        elif name in patch:
            original[name] = _without_directives(value)
    return original


def _retain(original: Object, patch: Object) -> None:
    if RETAIN not in patch:
        return
    keep = patch.pop(RETAIN)
    if not isinstance(keep, list) or any(
        n not in keep for n in patch if not n.startswith("$") and patch[n] is not None
    ):
        raise bad_request("The patch does not conform to the format required by $retainKeys")
    for name in [name for name in original if name not in keep]:
        del original[name]


def _delete_from_lists(original: Object, patch: Object) -> None:
    for directive in [name for name in patch if name.startswith(DELETE_FROM)]:
        gone, name = patch.pop(directive), directive[len(DELETE_FROM) :]
        if not isinstance(gone, list):
            raise bad_request("Invalid patch format of primitive list")
        if isinstance(original.get(name), list):
            original[name] = [value for value in original[name] if value not in gone]


def _new_field(value: Any, rule: ListRule | None) -> Any:
    """A field that the original does not have."""
    if isinstance(value, list) and rule and value and isinstance(value[0], dict):
        value = [item for item in value if item.get(PATCH) != "delete"]
    return _without_directives(value)


def _without_directives(value: Any) -> Any:
    if isinstance(value, list):
        kept = [item for item in value if not (isinstance(item, dict) and set(item) == {PATCH})]
        return [_without_directives(item) for item in kept]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_directives(inner)
        for name, inner in value.items()
        if not (name in (PATCH, RETAIN) or name.startswith((DELETE_FROM, ORDER))) and inner is not None
    }


def _merge_list(
    original: list[Any], patch: list[Any], typing: Typing, path: Path, order: Any, patched: bool
) -> list[Any]:
    rule = typing.list_rule(path)
    if rule is None or (rule.keys and not rule.patch_key):
        return _without_directives(patch) if patched else original
    if order is not None and not isinstance(order, list):
        raise bad_request("The patch does not conform to the format required by $setElementOrder")
    if not rule.patch_key:
        merged = original + [value for value in patch if value not in original]
        merged = _in_order(list(dict.fromkeys(merged)), patch, original, "")
        return merged if order is None else _in_order(merged, order, original, "")
    key = rule.patch_key
    replaced = [item for item in patch if isinstance(item, dict) and item.get(PATCH) == "replace"]
    if replaced:
        return [_without_directives(item) for item in patch if item not in replaced]
    # What a patch names comes in the patch's order, in front of what it does not know.
    merged = _in_order(_merge_items(original, patch, key, typing, path), patch, original, key)
    return merged if order is None else _in_order(merged, order, original, key)


def _merge_items(original: list[Any], patch: list[Any], key: str, typing: Typing, path: Path) -> list[Any]:
    merged = list(original)
    for item in patch:
        if not isinstance(item, dict) or key not in item:
            # The real server answers 500; what a client sends is never an internal error here.
            raise bad_request(f"map: {go_value(item)} does not contain declared merge key: {key}")
        at = [i for i, old in enumerate(merged) if isinstance(old, dict) and old.get(key) == item[key]]
        if item.get(PATCH) == "delete":
            merged = [old for i, old in enumerate(merged) if i not in at]
        elif at:
            merged[at[0]] = _merge_map(merged[at[0]], item, typing, path)
        else:
            merged.append(_without_directives(item))
    return merged


def _in_order(merged: list[Any], order: list[Any], original: list[Any], key: str) -> list[Any]:
    """The items that `order` names in its order, the server's own items between them where they were."""

    def identity(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, dict) else item

    wanted = [identity(item) for item in order]
    before = [identity(item) for item in original]
    named = sorted((i for i in merged if identity(i) in wanted), key=lambda i: wanted.index(identity(i)))
    own = [item for item in merged if identity(item) not in wanted]
    result: list[Any] = []
    while own or named:
        if not named or (own and _in_front(identity(own[0]), identity(named[0]), before)):
            result.append(own.pop(0))
        else:
            result.append(named.pop(0))
    return result


def _in_front(one: Any, other: Any, before: list[Any]) -> bool:
    return one in before and other in before and before.index(one) < before.index(other)


def go_value(value: Any) -> str:
    """A value as Go prints it with %v."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{name}:{go_value(value[name])}" for name in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_value(item) for item in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)
