"""Laws of the patches, and what each directive does."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.practice.kinds.pod_kind import POD as POD_KIND
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.patch.json_patch import apply_json_patch
from runner.practice.machinery.patch.list_types import BuiltInTyping
from runner.practice.machinery.patch.merge_patch import apply_merge_patch
from runner.practice.machinery.patch.strategic_patch import apply_strategic_patch

POD = BuiltInTyping(POD_KIND.list_types)

names = st.sampled_from(["a", "b", "c", "d"])
leaves = st.one_of(st.booleans(), st.integers(-3, 3), st.text("xyz", max_size=2))
documents = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)
objects = st.dictionaries(names, documents, max_size=4)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def merge_diff(old: Any, new: Any) -> Any:
    """The merge patch from `old` to `new` (RFC 7386 backwards)."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    patch: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        if name not in old or not same(old[name], value):
            patch[name] = merge_diff(old.get(name), value)
    return patch


@given(objects, objects)
def test_a_merge_patch_of_the_difference_gives_the_new_one(old: Any, new: Any) -> None:
    patch = merge_diff(old, new)
    assert same(apply_merge_patch(old, patch), new)


@given(objects, objects)
def test_a_merge_patch_is_idempotent_and_leaves_its_input_alone(document: Any, patch: Any) -> None:
    before = copy.deepcopy(document)
    once = apply_merge_patch(document, patch)
    assert apply_merge_patch(once, patch) == once
    assert document == before


@given(objects, objects)
def test_a_strategic_patch_of_unknown_fields_is_a_merge_patch(old: Any, new: Any) -> None:
    patch = merge_diff(old, new)
    assert same(apply_strategic_patch(old, patch, POD), new)


containers = st.lists(
    st.builds(
        lambda name, image, env: {
            "name": name,
            "image": image,
            "env": [{"name": n, "value": v} for n, v in env.items()],
        },
        names,
        st.sampled_from(["nginx", "redis"]),
        st.dictionaries(names, st.text("xy", max_size=1), max_size=3),
    ),
    max_size=4,
    unique_by=lambda container: container["name"],
)


def container_patch(old: list[Any], new: list[Any]) -> dict[str, Any]:
    """The strategic patch that kubectl would make from one list of containers to another."""
    before = {item["name"]: item for item in old}
    after = {item["name"] for item in new}
    patch: list[Any] = []
    for item in new:
        was = before.get(item["name"], {"env": []})
        gone = [
            {"name": e["name"], "$patch": "delete"}
            for e in was["env"]
            if e["name"] not in {x["name"] for x in item["env"]}
        ]
        order = [{"name": e["name"]} for e in item["env"]]
        patch.append({**item, "env": item["env"] + gone, "$setElementOrder/env": order})
    patch += [{"name": item["name"], "$patch": "delete"} for item in old if item["name"] not in after]
    order = [{"name": item["name"]} for item in new]
    return {"spec": {"$setElementOrder/containers": order, "containers": patch}}


@given(containers, containers)
def test_a_strategic_patch_of_keyed_lists_gives_the_new_one(old: list[Any], new: list[Any]) -> None:
    document = {"spec": {"containers": old}}
    patch = container_patch(old, new)
    once = apply_strategic_patch(document, patch, POD)
    assert once == {"spec": {"containers": new}}
    assert apply_strategic_patch(once, patch, POD) == once


def pod(**spec: Any) -> dict[str, Any]:
    return {"spec": spec}


def test_items_that_the_patch_does_not_know_stay_in_their_place() -> None:
    live = pod(
        containers=[
            {"name": "app", "image": "a"},
            {"name": "sidecar", "image": "s"},
            {"name": "last", "image": "l"},
        ]
    )
    patch = pod(
        **{
            "$setElementOrder/containers": [{"name": "last"}, {"name": "app"}],
            "containers": [{"name": "app", "image": "b"}],
        }
    )
    found = apply_strategic_patch(live, patch, POD)["spec"]["containers"]
    assert [item["name"] for item in found] == ["sidecar", "last", "app"]
    assert found[2]["image"] == "b"


def test_a_new_item_comes_first() -> None:
    live = pod(containers=[{"name": "a"}, {"name": "b"}])
    found = apply_strategic_patch(live, pod(containers=[{"name": "new"}]), POD)
    assert [item["name"] for item in found["spec"]["containers"]] == ["new", "a", "b"]


def test_retain_keys() -> None:
    live = pod(volumes=[{"name": "v", "emptyDir": {}}])
    patch = pod(volumes=[{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}])
    assert apply_strategic_patch(live, patch, POD) == pod(volumes=[{"name": "v", "hostPath": {"path": "/x"}}])


def test_deletions_from_primitive_lists() -> None:
    live = {"metadata": {"finalizers": ["a", "b", "c"]}}
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["b"], "finalizers": ["d"]}}
    assert apply_strategic_patch(live, patch, POD) == {"metadata": {"finalizers": ["d", "a", "c"]}}


def test_replace_directives() -> None:
    live = pod(containers=[{"name": "a", "image": "x"}], nodeSelector={"k": "v", "l": "w"})
    patch = pod(
        containers=[{"$patch": "replace"}, {"name": "b"}], nodeSelector={"$patch": "replace", "m": "n"}
    )
    assert apply_strategic_patch(live, patch, POD) == pod(containers=[{"name": "b"}], nodeSelector={"m": "n"})


def test_lists_without_a_key_are_replaced() -> None:
    live = pod(containers=[{"name": "a", "args": ["1", "2"]}])
    patch = pod(containers=[{"name": "a", "args": ["3"]}])
    assert apply_strategic_patch(live, patch, POD) == patch


def test_an_item_without_its_key_is_refused() -> None:
    with pytest.raises(ApiError, match="does not contain declared merge key: name"):
        apply_strategic_patch(pod(containers=[{"name": "a"}]), pod(containers=[{"image": "x"}]), POD)


@given(objects, objects)
def test_a_json_patch_of_every_field_gives_the_new_one(old: Any, new: Any) -> None:
    patch = [{"op": "remove", "path": f"/{name}"} for name in old if name not in new]
    patch += [{"op": "add", "path": f"/{name}", "value": value} for name, value in new.items()]
    patch += [{"op": "test", "path": f"/{name}", "value": value} for name, value in new.items()]
    assert same(apply_json_patch(old, patch), new)


@pytest.mark.parametrize(
    ("document", "operations", "expected"),
    [
        ({"a": [1, 2]}, [{"op": "add", "path": "/a/1", "value": 9}], {"a": [1, 9, 2]}),
        ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 9}], {"a": [1, 9]}),
        ({"a~b": 1, "c/d": 2}, [{"op": "remove", "path": "/a~0b"}, {"op": "remove", "path": "/c~1d"}], {}),
        ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": 1}),
        ({"a": {"x": 1}}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": {"x": 1}, "b": {"x": 1}}),
    ],
)
def test_json_patch_operations(document: Any, operations: Any, expected: Any) -> None:
    assert apply_json_patch(document, operations) == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/no"},
        {"op": "replace", "path": "/no", "value": 1},
        {"op": "test", "path": "/a", "value": True},
        {"op": "add", "path": "/list/7", "value": 1},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "fly", "path": "/a"},
        {"op": "move", "from": "/map", "path": "/map/in"},
        {"op": "add", "path": "a", "value": 1},
        "nonsense",
    ],
)
def test_json_patches_that_do_not_apply(operation: Any) -> None:
    document = {"a": 1, "list": [1], "map": {}}
    with pytest.raises(ApiError) as refused:
        apply_json_patch(document, [operation])
    assert refused.value.code == 422
    assert document == {"a": 1, "list": [1], "map": {}}
