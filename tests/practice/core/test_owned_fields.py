"""Which fields count as somebody's, how they are written, and what server-side apply does at the edges."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.patch.field_sets import (
    PRESENT,
    dotted,
    element_of,
    flatten,
    from_fields,
    to_fields,
)
from runner.practice.machinery.patch.list_types import SET, BuiltInTyping, SchemaTyping, keyed
from runner.practice.machinery.patch.managed_fields import (
    LAST_APPLIED,
    Entry,
    Writer,
    apply_config,
    read_entries,
    track_update,
)

TYPING = BuiltInTyping(
    {
        ("spec", "items"): keyed("name"),
        ("spec", "tags"): SET,
        ("spec", "ports"): keyed("port", "protocol", protocol="TCP"),
    }
)
CUSTOM = SchemaTyping(None)
EARLY, LATE = "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"


def obj(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": spec}


def apply(
    live: Any, words: Any, manager: str = "me", *, time: str = EARLY, force: bool = False, of: str = ""
) -> Any:
    return apply_config(live, words, Writer(manager, "v1", time, of), TYPING, force=force)


def update(
    live: Any, new: Any, manager: str = "editor", *, time: str = EARLY, version: str = "v1", of: str = ""
) -> Any:
    return track_update(live, new, Writer(manager, version, time, of), TYPING)


def shares(live: Any) -> list[tuple[str, str, Any]]:
    return [(e["manager"], e["operation"], e["fieldsV1"]) for e in live["metadata"].get("managedFields", [])]


def with_fields(live: Any, **spec: Any) -> Any:
    """The object with another spec, as an ordinary writer sends it."""
    return {**live, "spec": {**live["spec"], **spec}}


# fields


@pytest.mark.parametrize(
    ("value", "plain", "with_maps"),
    [
        ({"replicas": 1}, {"f:replicas"}, {"f:replicas"}),
        ({"gone": None}, set(), set()),
        ({"a": {"b": 1}}, {"f:a f:b"}, {"f:a", "f:a f:b"}),
        ({"a": {}}, {"f:a"}, {"f:a"}),
        ({"data": {}, "labels": {}}, set(), set()),
        ({"template": {"b": 1}}, {"f:template f:b"}, {"f:template f:b"}),
        ({"template": {}}, {"f:template"}, {"f:template"}),
        ({"selector": {"b": 1}}, {"f:selector"}, {"f:selector"}),
        ({"plain": [1, {"a": 1}]}, {"f:plain"}, {"f:plain"}),
        ({"plain": []}, {"f:plain"}, {"f:plain"}),
        ({"tags": []}, {"f:tags"}, {"f:tags"}),
        ({"tags": ["x"]}, {'f:tags v:"x"'}, {"f:tags", 'f:tags v:"x"'}),
        ({"items": [{"name": "a", "v": 1}]},
         {'f:items k:{"name":"a"}', 'f:items k:{"name":"a"} f:name', 'f:items k:{"name":"a"} f:v'},
         {"f:items", 'f:items k:{"name":"a"}', 'f:items k:{"name":"a"} f:name', 'f:items k:{"name":"a"} f:v'}),
    ],
)  # fmt: skip
def test_fields_that_can_be_owned(value: Any, plain: set[str], with_maps: set[str]) -> None:
    for maps, expected in ((False, plain), (True, with_maps)):
        found = flatten({"spec": value}, TYPING, maps=maps)
        assert {" ".join(path[1:]) for path in found} == expected


def test_a_custom_resource_has_no_struct_before_somebody_writes_it() -> None:
    value = {"spec": {"template": {"b": 1}}, "metadata": {"labels": {"l": "1"}}}
    assert ("f:spec", "f:template") in flatten(value, CUSTOM, maps=True)
    assert ("f:spec",) in flatten(value, CUSTOM, maps=True)
    assert ("f:metadata",) not in flatten(value, CUSTOM, maps=True)
    assert ("f:spec",) not in flatten(value, TYPING, maps=True)
    assert ("f:spec", "f:template") not in flatten(value, CUSTOM)


def test_a_list_that_is_always_there_is_nobodys() -> None:
    typing = BuiltInTyping({("spec", "containers"): keyed("name")})
    found = flatten({"spec": {"containers": [{"name": "a"}]}}, typing, maps=True)
    assert ("f:spec", "f:containers") not in found
    assert ("f:spec", "f:containers") in flatten({"spec": {"containers": []}}, typing)


def test_the_servers_own_fields_and_the_kind_are_nobodys() -> None:
    metadata = {"name": "x", "uid": "1", "generation": 1, "managedFields": [], "labels": {"l": "1"}}
    found = flatten({"apiVersion": "v1", "kind": "X", "metadata": metadata}, TYPING)
    assert set(found) == {("f:metadata", "f:labels", "f:l")}


@pytest.mark.parametrize(
    ("item", "rule", "element"),
    [
        ("x", SET, 'v:"x"'),
        (1, SET, "v:1"),
        ({"b": 1, "a": 2}, SET, 'v:{"a":2,"b":1}'),
        ({"name": "a", "v": 1}, keyed("name"), 'k:{"name":"a"}'),
        ({"port": 80}, keyed("port", "protocol", protocol="TCP"), 'k:{"port":80,"protocol":"TCP"}'),
        ({"port": 80, "protocol": "UDP"}, keyed("port", "protocol", protocol="TCP"), 'k:{"port":80,"protocol":"UDP"}'),
        ({"port": 80}, keyed("protocol", "port"), 'k:{"port":80}'),
        ("x", keyed("name"), "k:{}"),
    ],
)  # fmt: skip
def test_how_an_item_is_named(item: Any, rule: Any, element: str) -> None:
    assert element_of(item, rule) == element


def test_field_sets_as_they_are_written() -> None:
    paths = {
        ("f:spec", "f:a"),
        ("f:spec", "f:items", 'k:{"name":"a"}'),
        ("f:spec", "f:items", 'k:{"name":"a"}', "f:name"),
    }
    written = {"f:spec": {"f:a": {}, "f:items": {'k:{"name":"a"}': {".": {}, "f:name": {}}}}}
    assert to_fields(paths) == written
    assert from_fields(written) == paths
    assert from_fields({}) == set()
    assert from_fields({"f:a": 7, "f:b": {}}) == {("f:b",)}
    assert to_fields([]) == {}


def test_a_path_as_conflicts_name_it() -> None:
    path = ("f:spec", "f:ports", 'k:{"protocol":"TCP","port":80}', "f:name")
    assert dotted(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert dotted(("f:spec", "f:tags", 'v:"x"')) == '.spec.tags[="x"]'
    assert dotted(("f:metadata", "f:labels", "f:a:b")) == ".metadata.labels.a:b"


# entries


def test_entries_that_are_not_understood_are_left_out() -> None:
    entries = [
        {"manager": "a", "operation": "Apply", "fieldsV1": {"f:spec": {}}},
        {"manager": "", "operation": "Apply"},
        {"operation": "Apply"},
        {"manager": "b", "operation": "Other"},
        {"manager": "c", "operation": "Update"},
    ]
    assert read_entries({"metadata": {"managedFields": entries}}) == [
        Entry("a", "Apply", "", "", "", frozenset({("f:spec",)})),
        Entry("c", "Update", "", "", "", frozenset()),
    ]
    assert read_entries({"metadata": {"managedFields": None}}) == read_entries({}) == []


def test_a_manager_that_owns_nothing_is_not_written() -> None:
    live = update(apply(None, obj(a=1)), obj(a=2))
    assert shares(live) == [("editor", "Update", {"f:spec": {"f:a": {}}})]


def test_appliers_come_first_then_by_time() -> None:
    live = update(None, obj(a=1), "first", time=EARLY)
    live = apply(live, obj(b=1), "zed", time=LATE)
    live = apply(live, obj(c=1), "amy", time=LATE)
    live = update(live, with_fields(live, d=1), "last", time=LATE)
    live = apply(live, obj(e=1), "bob", time=EARLY)
    assert [share[0] for share in shares(live)] == ["bob", "amy", "zed", "first", "last"]


def test_subresources_and_versions_are_shares_of_their_own() -> None:
    live = update(None, obj(a=1), "m")
    live = update(live, with_fields(live, b=1), "m", of="status")
    live = update(live, with_fields(live, c=1), "m", version="v2")
    live = update(live, with_fields(live, d=1), "m")
    entries = live["metadata"]["managedFields"]
    assert [(e["apiVersion"], e.get("subresource"), e["fieldsV1"]["f:spec"]) for e in entries] == [
        ("v1", "status", {"f:b": {}}),
        ("v2", None, {"f:c": {}}),
        ("v1", None, {"f:a": {}, "f:d": {}}),
    ]
    assert {(e["time"], e["fieldsType"]) for e in entries} == {(EARLY, "FieldsV1")}


def test_an_applier_is_the_same_in_every_version() -> None:
    live = apply_config(None, obj(a=1), Writer("me", "v1", EARLY), TYPING, force=False)
    live = apply_config(live, obj(b=1), Writer("me", "v2", EARLY), TYPING, force=False)
    assert (live["spec"], len(shares(live))) == ({"b": 1}, 1)


def test_managed_fields_are_cleared_by_an_empty_entry() -> None:
    live = apply(None, obj(a=1))
    cleared = {**live, "metadata": {"name": "x", "managedFields": [{}]}}
    assert "managedFields" not in update(live, cleared)["metadata"]
    assert [share[0] for share in shares(update(None, cleared))] == ["editor"]  # there was nothing to clear


@pytest.mark.parametrize("change", [{"a": 2}, {}])
def test_what_is_taken_away_is_nobodys(change: Any) -> None:
    live = apply(None, obj(a=1, b=1))
    live = update(live, {**live, "spec": {"a": 1, **change}})
    assert all("f:b" not in fields.get("f:spec", {}) for _, _, fields in shares(live))
    again = update(live, {**live, "spec": {**change}})
    assert shares(again) == [("editor", "Update", {"f:spec": {"f:a": {}} if change else {}})]


def test_a_list_or_item_that_is_still_there_did_not_change() -> None:
    live = update(None, obj(items=[{"name": "a", "v": 1}]), "first")
    live = update(live, with_fields(live, items=[{"name": "a", "v": 2}]), "second")
    assert shares(live)[1][2] == {"f:spec": {"f:items": {'k:{"name":"a"}': {"f:v": {}}}}}
    assert set(shares(live)[0][2]["f:spec"]["f:items"]) == {".", 'k:{"name":"a"}'}


# server-side apply


def test_the_time_of_an_applier_is_that_of_its_last_change() -> None:
    live = apply(None, obj(a=1))
    assert apply(live, obj(a=1), time=LATE)["metadata"]["managedFields"][0]["time"] == EARLY
    assert apply(live, obj(a=1, b=1), time=LATE)["metadata"]["managedFields"][0]["time"] == LATE
    live = update(live, with_fields(live, a=2))
    forced = apply(live, obj(a=1), time=LATE, force=True)
    assert forced["metadata"]["managedFields"][0]["time"] == LATE


def test_several_conflicts_are_reported_by_manager() -> None:
    live = apply(None, obj(a=1, b=1), "ann")
    live = update(live, with_fields(live, c=1), "bob", of="status")
    with pytest.raises(ApiError) as refused:
        apply(live, obj(c=2, b=2, a=2))
    assert refused.value.code == 409
    assert refused.value.message == (
        'Apply failed with 3 conflicts: conflicts with "ann":\n- .spec.a\n- .spec.b\n'
        'conflicts with "bob" with subresource "status" using v1:\n- .spec.c'
    )
    assert [cause["field"] for cause in refused.value.details["causes"]] == [".spec.a", ".spec.b", ".spec.c"]


def test_the_same_item_is_no_conflict_and_its_fields_are() -> None:
    live = apply(None, obj(items=[{"name": "a", "v": 1}]), "ann")
    live = apply(live, obj(items=[{"name": "a", "w": 1}]))
    assert live["spec"]["items"] == [{"name": "a", "v": 1, "w": 1}]
    with pytest.raises(ApiError, match=r'\.spec\.items\[name="a"\]\.v'):
        apply(live, obj(items=[{"name": "a", "v": 2}]))


def test_what_nobody_says_any_more_goes_with_parents_that_are_empty_then() -> None:
    live = apply(None, obj(keep=1, a={"b": {"c": 1}}, items=[{"name": "a", "v": {"w": 1}}]))
    live = apply(live, obj(keep=1, items=[{"name": "a"}]))
    assert live["spec"] == {"keep": 1, "items": [{"name": "a"}]}
    live = apply(live, obj(keep=1))
    assert live["spec"]["keep"] == 1
    assert not live["spec"].get("items")


def test_a_parent_with_something_left_stays() -> None:
    live = apply(None, obj(a={"b": 1, "c": 1}))
    live = update(live, with_fields(live, a={"b": 1, "c": 1, "d": 1}))
    assert apply(live, obj())["spec"] == {"a": {"d": 1}}


def test_an_item_whose_key_only_others_say_keeps_it() -> None:
    live = apply(None, obj(ports=[{"port": 80, "protocol": "TCP", "name": "http"}]))
    live = update(live, with_fields(live, ports=[{"port": 80, "protocol": "TCP", "name": "http", "x": 1}]))
    assert apply(live, obj())["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "x": 1}]


def test_what_is_gone_already_need_not_be_taken_away() -> None:
    live = apply(None, obj(a=1, items=[{"name": "a", "v": 1}], tags=["x"]))
    without = {**live, "spec": {"a": 1}}
    assert apply(without, obj(a=1))["spec"] == {"a": 1}
    odd = {**live, "spec": {"a": {"deeper": 1}, "items": []}}
    assert apply(odd, obj(b=1))["spec"]["b"] == 1


def test_a_set_and_an_atomic_map_are_merged_as_such() -> None:
    live = apply(None, obj(tags=["x"], selector={"a": "1"}), "ann")
    live = apply(live, obj(tags=["x", "y"], selector={"b": "2"}), force=True)
    assert live["spec"] == {"tags": ["x", "y"], "selector": {"b": "2"}}
    assert apply(live, obj(tags=["z"], selector={"b": "2"}))["spec"]["tags"] == ["x", "z"]


def test_a_value_of_another_type_replaces() -> None:
    live = apply(None, obj(a=[1], b={"c": 1}))
    assert apply(live, obj(a={"x": 1}, b=[1]))["spec"] == {"a": {"x": 1}, "b": [1]}
    odd = apply(None, obj(items="xy", tags=["y"]))
    assert apply(odd, obj(items=[{"name": "a"}], tags="z"))["spec"] == {"items": [{"name": "a"}], "tags": "z"}


def test_equal_values_are_no_change_whichever_object_holds_them() -> None:
    live = update(None, obj(plain=[1.5, "a"], tags=["x"]), "first")
    again = update(live, with_fields(live, plain=[1.5, "".join("a")], tags=["x"], new=1), "second")
    assert shares(again)[1] == ("second", "Update", {"f:spec": {"f:new": {}}})
    assert apply(again, obj(plain=[1.5, "a"]))["spec"] == again["spec"]  # no conflict


# kubectl's own


def client_side(text: str, **spec: Any) -> dict[str, Any]:
    live = obj(**spec)
    live["metadata"]["annotations"] = {LAST_APPLIED: text}
    return update(None, live, "kubectl-client-side-apply")


@pytest.mark.parametrize("text", ["no json", "[1]", json.dumps(obj(a=7)), "{}"])
def test_kubectl_takes_over_only_what_client_side_apply_set_and_left(text: str) -> None:
    with pytest.raises(ApiError):
        apply(client_side(text, a=1), obj(a=2), "kubectl")


def test_kubectl_takes_over_and_says_so_in_the_annotation() -> None:
    live = apply(client_side(json.dumps(obj(a=1)), a=1), obj(a=2), "kubectl")
    assert (
        live["metadata"]["annotations"][LAST_APPLIED]
        == json.dumps(obj(a=2), separators=(",", ":"), sort_keys=True) + "\n"
    )
    assert '"f:a"' not in json.dumps([fields for name, _, fields in shares(live) if name != "kubectl"])


def test_the_annotation_is_written_as_the_learner_wrote_it() -> None:
    live = apply(client_side("{}", a="가"), obj(a="가"), "kubectl")
    assert '"a":"가"' in live["metadata"]["annotations"][LAST_APPLIED]


@pytest.mark.parametrize("manager", ["kubectl", "me"])
def test_the_annotation_is_kubectls_alone_and_only_where_it_is(manager: str) -> None:
    assert "annotations" not in apply(apply(None, obj(a=1), manager), obj(a=2), manager)["metadata"]
    before = client_side("{}", a=1)
    after = apply(before, obj(a=1), manager)
    changed = after["metadata"]["annotations"] != before["metadata"]["annotations"]
    assert changed is (manager == "kubectl")


def test_an_object_that_nobody_owns_is_one_before_the_first_apply() -> None:
    live = apply(obj(a=1, b=1), obj(a=1), time=LATE)
    assert shares(live) == [
        ("me", "Apply", {"f:spec": {"f:a": {}}}),
        ("before-first-apply", "Update", {"f:spec": {"f:a": {}, "f:b": {}}}),
    ]
    assert [e.get("subresource") for e in live["metadata"]["managedFields"]] == [None, None]
    assert PRESENT not in flatten(obj(a=1), TYPING).values()
