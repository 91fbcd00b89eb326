"""Each rule of the patches, in small: what is refused with which code, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.patch.json_patch import MAX_OPERATIONS, apply_json_patch
from runner.practice.machinery.patch.list_types import SET, BuiltInTyping, ListRule, SchemaTyping, keyed
from runner.practice.machinery.patch.merge_patch import apply_merge_patch
from runner.practice.machinery.patch.strategic_patch import apply_strategic_patch, go_value

TYPING = BuiltInTyping({("items",): keyed("name"), ("tags",): SET, ("pairs",): ListRule("", ("a", "b"))})


def refusal(function: Any, *arguments: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        function(*arguments)
    return refused.value.code, refused.value.message


# JSON patch

DOCUMENT = {"a": 1, "list": [1, [2], {"x": 3}], "map": {"in": {"y": 1}}, "": 0, "yes": True}


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ({"op": "replace", "path": "/list/0", "value": 9}, {"list": [9, [2], {"x": 3}]}),
        ({"op": "replace", "path": "/list/1/0", "value": None}, {"list": [1, [None], {"x": 3}]}),
        ({"op": "add", "path": "/list/3", "value": 9}, {"list": [1, [2], {"x": 3}, 9]}),
        ({"op": "add", "path": "/list/0", "value": 9}, {"list": [9, 1, [2], {"x": 3}]}),
        ({"op": "add", "path": "/list/2/x", "value": 9}, {"list": [1, [2], {"x": 9}]}),
        ({"op": "remove", "path": "/list/2"}, {"list": [1, [2]]}),
        ({"op": "remove", "path": "/list/2/x"}, {"list": [1, [2], {}]}),
        ({"op": "replace", "path": "/", "value": 5}, {"": 5}),
        ({"op": "move", "from": "/map", "path": "/map"}, {}),
        ({"op": "move", "from": "/map/in", "path": "/a"}, {"a": {"y": 1}, "map": {}}),
        ({"op": "copy", "from": "/map", "path": "/map/in/z"}, {"map": {"in": {"y": 1, "z": {"in": {"y": 1}}}}}),
        ({"op": "test", "path": "/a", "value": 1.0}, {}),
        ({"op": "test", "path": "/yes", "value": True}, {}),
        ({"op": "test", "path": "/list", "value": [1, [2], {"x": 3}]}, {}),
    ],
)  # fmt: skip
def test_what_a_json_patch_changes(operation: Any, changed: Any) -> None:
    assert apply_json_patch(DOCUMENT, [operation]) == DOCUMENT | changed


@pytest.mark.parametrize(
    ("operation", "whole"),
    [
        ({"op": "replace", "path": "", "value": [1]}, [1]),
        ({"op": "add", "path": "", "value": [1]}, [1]),
        ({"op": "remove", "path": ""}, None),
        ({"op": "copy", "from": "/a", "path": ""}, 1),
        ({"op": "test", "path": "", "value": DOCUMENT}, DOCUMENT),
    ],
)
def test_the_empty_path_is_the_whole_document(operation: Any, whole: Any) -> None:
    assert apply_json_patch(DOCUMENT, [operation]) == whole


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/b"},
        {"op": "replace", "path": "/a"},
        {"op": "test", "path": "/a"},
        {"op": "add", "path": 1, "value": 1},
        {"op": "add", "value": 1},
        {"op": "copy", "path": "/b"},
        {"op": "move", "from": 1, "path": "/b"},
        {"op": "copy", "from": "/no", "path": "/b"},
        {"op": "test", "path": "/yes", "value": 1},
        {"op": "test", "path": "/a", "value": True},
        {"op": "test", "path": "/a", "value": 2},
        {"op": "test", "path": "/list", "value": [1, [2]]},
        {"op": "test", "path": "/list", "value": [1, [2], {"x": True}]},
        {"op": "test", "path": "/map", "value": {}},
        {"op": "test", "path": "/map", "value": 1},
        {"op": "test", "path": "/a", "value": {}},
        {"op": "test", "path": "/list", "value": 1},
        {"op": "test", "path": "/a", "value": []},
        {"op": "test", "path": "/map", "value": {"in": {"y": 2}}},
        {"op": "add", "path": "/list/4", "value": 1},
        {"op": "replace", "path": "/list/3", "value": 1},
        {"op": "replace", "path": "/list/-", "value": 1},
        {"op": "replace", "path": "/list/٣", "value": 1},
        {"op": "remove", "path": "/list/3"},
        {"op": "remove", "path": "/list/-1"},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "add", "path": "/a/b/c", "value": 1},
        {"op": "replace", "path": "/list/1/0/deeper", "value": 1},
    ],
)
def test_a_json_patch_that_does_not_apply(operation: Any) -> None:
    assert refusal(apply_json_patch, DOCUMENT, [operation])[0] == 422


def test_a_json_patch_is_a_list_that_is_not_too_long() -> None:
    assert refusal(apply_json_patch, {}, {"op": "remove"})[0] == 400
    test = {"op": "test", "path": "/a", "value": 1}
    assert apply_json_patch(DOCUMENT, [test] * MAX_OPERATIONS) == DOCUMENT
    code, message = refusal(apply_json_patch, DOCUMENT, [test] * (MAX_OPERATIONS + 1))
    assert (code, message) == (413, "The allowed maximum operations in a JSON patch is 10000, got 10001")


def test_an_index_of_two_digits_has_no_leading_zero_and_zero_is_one() -> None:
    numbers = {"n": list(range(12))}
    assert apply_json_patch(numbers, [{"op": "remove", "path": "/n/10"}])["n"] == [*range(10), 11]
    assert apply_json_patch(numbers, [{"op": "remove", "path": "/n/0"}])["n"] == [*range(1, 12)]


# merge patch


@pytest.mark.parametrize(
    ("document", "patch", "merged"),
    [
        ({"a": [1]}, {"a": [1, None, {"x": None, "y": 2}, [None]]}, {"a": [1, {"y": 2}, []]}),
        ({"a": 1}, {"a": {"b": None, "c": 2}}, {"a": {"c": 2}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": 1}, {"b": None}, {"a": 1}),
        ([1], {"a": 1}, {"a": 1}),
        ({"a": 1}, 7, 7),
    ],
)
def test_merge_patches(document: Any, patch: Any, merged: Any) -> None:
    assert apply_merge_patch(document, patch) == merged


# strategic merge patch


@pytest.mark.parametrize(
    ("original", "patch", "merged"),
    [
        ({"m": {"a": 1}}, {"m": {"$patch": "delete"}}, {"m": {}}),
        ({"m": {"a": 1}}, {"m": {"$patch": "merge", "b": 2}}, {"m": {"a": 1, "b": 2}}),
        ({"m": {"a": 1}}, {"m": {"$patch": "replace", "b": 2, "c": None}}, {"m": {"b": 2}}),
        ({"m": {"a": 1}}, {"m": None, "n": None}, {}),
        ({"m": {"a": 1}}, {"m": [1]}, {"m": [1]}),
        ({"m": [1]}, {"m": {"a": 1, "b": None, "$retainKeys": ["a"]}}, {"m": {"a": 1}}),
        ({"m": 1}, {"m": 2}, {"m": 2}),
        ({}, {"m": {"a": {"$patch": "replace", "b": 1}}}, {"m": {"a": {"b": 1}}}),
        # null and the directives are no names that $retainKeys must know
        ({"a": 1, "b": 2}, {"$retainKeys": ["a"], "a": 3, "b": None}, {"a": 3}),
        ({"a": 1, "tags": ["x", "y"]}, {"$retainKeys": ["tags"], "$deleteFromPrimitiveList/tags": ["x"]}, {"tags": ["y"]}),
        ({"tags": "x"}, {"$deleteFromPrimitiveList/tags": ["x"]}, {"tags": "x"}),
        ({}, {"$deleteFromPrimitiveList/tags": ["x"]}, {}),
        # sets
        ({"tags": ["x", "y"]}, {"tags": ["y", "z"]}, {"tags": ["x", "y", "z"]}),
        ({"tags": ["x", "y"]}, {"tags": ["z"], "$setElementOrder/tags": ["y", "z", "x"]}, {"tags": ["y", "z", "x"]}),
        ({"tags": ["x", "y"]}, {"$setElementOrder/tags": ["y", "x"]}, {"tags": ["y", "x"]}),
        ({}, {"$setElementOrder/tags": ["y", "x"]}, {}),
        ({"tags": "x"}, {"$setElementOrder/tags": ["y", "x"]}, {"tags": "x"}),
        ({"tags": ["x"]}, {"tags": None, "$setElementOrder/tags": ["x"]}, {}),
        # keyed lists
        ({"items": [{"name": "a", "v": 1}]}, {"items": [{"name": "a", "w": 2}]}, {"items": [{"name": "a", "v": 1, "w": 2}]}),
        ({"items": [{"name": "a"}, {"name": "b"}]}, {"items": [{"name": "a", "$patch": "delete"}]}, {"items": [{"name": "b"}]}),
        ({"items": [{"name": "a"}]}, {"items": [{"name": "z", "$patch": "delete"}]}, {"items": [{"name": "a"}]}),
        ({}, {"items": [{"name": "a", "$patch": "delete"}, {"name": "b"}]}, {"items": [{"name": "b"}]}),
        ({}, {"items": []}, {"items": []}),
        ({"items": [{"name": "a"}]}, {"items": [{"$patch": "replace"}, {"name": "b", "c": None}]}, {"items": [{"name": "b"}]}),
        ({"items": [{"name": "a"}, {"name": "a", "v": 1}]}, {"items": [{"name": "a", "v": 2}]},
         {"items": [{"name": "a", "v": 2}, {"name": "a", "v": 1}]}),
        ({"items": [{"name": "a"}, {"name": "a", "v": 1}]}, {"items": [{"name": "a", "$patch": "delete"}]}, {"items": []}),
        ({"items": [7, {"name": "a"}]}, {"items": [{"name": "a", "v": 1}]}, {"items": [7, {"name": "a", "v": 1}]}),
        ({"items": [{"name": n} for n in "abc"]}, {"$setElementOrder/items": [{"name": "c"}, {"name": "a"}]},
         {"items": [{"name": n} for n in "bca"]}),
        ({"items": [{"name": n} for n in "abc"]}, {"$setElementOrder/items": [{"name": "b"}, {"name": "c"}]},
         {"items": [{"name": n} for n in "abc"]}),
        ({"items": [{"name": n} for n in "ab"]},
         {"items": [{"name": "n"}], "$setElementOrder/items": [{"name": "n"}, {"name": "b"}]},
         {"items": [{"name": n} for n in "nab"]}),
        # a keyed list that has no key for patches, and a list without a rule, are replaced
        ({"pairs": [{"a": 1, "b": 1}]}, {"pairs": [{"a": 2, "b": None}]}, {"pairs": [{"a": 2}]}),
        ({"pairs": [{"a": 1, "b": 1}]}, {"$setElementOrder/pairs": []}, {"pairs": [{"a": 1, "b": 1}]}),
        ({"plain": [1, 2]}, {"plain": [{"$patch": "replace"}, 3]}, {"plain": [3]}),
        ({"plain": [1, 2]}, {"plain": [{"$patch": "x", "n": 1}]}, {"plain": [{"n": 1}]}),
    ],
)  # fmt: skip
def test_strategic_patches(original: Any, patch: Any, merged: Any) -> None:
    assert apply_strategic_patch(original, patch, TYPING) == merged


@pytest.mark.parametrize(
    ("original", "patch", "message"),
    [
        ({}, [1], "Invalid JSON document"),
        ({"m": {}}, {"m": {"$patch": "fly"}}, "Unknown patch type found: fly"),
        ({"m": {}}, {"m": {"$retainKeys": "a"}}, "does not conform to the format required by $retainKeys"),
        ({"m": {}}, {"m": {"$retainKeys": ["a"], "b": 1}}, "required by $retainKeys"),
        ({"tags": []}, {"$deleteFromPrimitiveList/tags": "x"}, "Invalid patch format of primitive list"),
        ({"tags": []}, {"$setElementOrder/tags": "x"}, "required by $setElementOrder"),
        ({"items": []}, {"items": ["x"]}, "map: x does not contain declared merge key: name"),
        ({"items": []}, {"items": [{"v": None, "a": [True, 1]}]}, "map: map[a:[true 1] v:<nil>] does not"),
    ],
)  # fmt: skip
def test_strategic_patches_that_are_refused(original: Any, patch: Any, message: str) -> None:
    code, words = refusal(apply_strategic_patch, original, patch, TYPING)
    assert code == 400
    assert message in words


def test_values_as_go_prints_them() -> None:
    assert go_value({"b": [None, False], "a": {"x": 1.5}}) == "map[a:map[x:1.5] b:[<nil> false]]"


# how lists merge


def test_lists_of_built_in_kinds() -> None:
    assert TYPING.list_rule(("items",)) == ListRule("name", ("name",), ())
    assert TYPING.list_rule(("metadata", "ownerReferences")) == keyed("uid")
    assert TYPING.list_rule(("metadata", "finalizers")) == SET
    assert TYPING.list_rule(("status", "conditions")) == keyed("type")
    assert TYPING.list_rule(("spec", "conditions")) is None
    assert keyed("port", "protocol", protocol="TCP") == ListRule(
        "port", ("port", "protocol"), (("protocol", "TCP"),)
    )
    assert [TYPING.is_atomic(path) for path in ((), ("selector",), ("spec", "selector"), ("spec",))] == [
        False,
        True,
        True,
        False,
    ]
    assert (TYPING.custom, SchemaTyping(None).custom) == (False, True)


SCHEMA = {
    "properties": {
        "spec": {
            "properties": {
                "rules": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["port", "protocol"],
                    "items": {
                        "properties": {
                            "port": {}, "protocol": {"default": "TCP"},
                            "tags": {"type": "array", "x-kubernetes-list-type": "set"},
                        }
                    },
                },
                "nameless": {"type": "array", "x-kubernetes-list-type": "map"},
                "atomic": {"type": "array", "x-kubernetes-list-type": "atomic"},
                "any": {"additionalProperties": {"x-kubernetes-map-type": "atomic"}},
                "open": {"additionalProperties": True},
                "granular": {"x-kubernetes-map-type": "granular"},
            }
        }
    }
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (("metadata", "finalizers"), SET),
        (("spec", "rules"), ListRule("port", ("port", "protocol"), (("protocol", "TCP"),))),
        (("spec", "rules", "tags"), SET),
        (("spec", "rules", "none"), None),
        (("spec", "nameless"), ListRule("", (), ())),
        (("spec", "atomic"), None),
        (("spec", "unknown", "deeper"), None),
        (("spec", "open", "x"), None),
    ],
)
def test_lists_of_custom_resources(path: tuple[str, ...], rule: ListRule | None) -> None:
    assert SchemaTyping(SCHEMA).list_rule(path) == rule
    assert SchemaTyping(None).list_rule(("spec",)) is None


def test_atomic_maps_of_custom_resources() -> None:
    typing = SchemaTyping(SCHEMA)
    paths = (("spec", "any", "x"), ("spec", "any"), ("spec", "granular"), ("spec", "open", "x"))
    assert [typing.is_atomic(path) for path in paths] == [True, False, False, False]
