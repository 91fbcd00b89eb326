"""Server-side apply, and who owns which field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.practice.kinds.deployment_kind import DEPLOYMENT as DEPLOYMENT_KIND
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.patch.field_sets import PRESENT, flatten, from_fields, to_fields
from runner.practice.machinery.patch.list_types import BuiltInTyping, SchemaTyping
from runner.practice.machinery.patch.managed_fields import (
    LAST_APPLIED,
    Writer,
    apply_config,
    read_entries,
    track_update,
)

DEPLOYMENT = BuiltInTyping(DEPLOYMENT_KIND.list_types)


def writer(manager: str, subresource: str = "") -> Writer:
    return Writer(manager, "apps/v1", "2024-01-01T00:00:00Z", subresource)


def config(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def applied(live: Any, words: Any, manager: str, *, force: bool = False) -> Any:
    return apply_config(live, words, writer(manager), DEPLOYMENT, force=force)


def owners(obj: Any) -> dict[str, Any]:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", [])}


def template(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"containers": list(containers)}}


def test_what_is_no_longer_reported_goes() -> None:
    live = applied(None, config(replicas=3, paused=True), "me")
    live = applied(live, config(replicas=3), "me")
    assert live["spec"] == {"replicas": 3}
    assert owners(live) == {"me": {"f:spec": {"f:replicas": {}}}}


def test_what_another_says_too_stays() -> None:
    live = applied(None, config(replicas=3, paused=True), "me")
    live = applied(live, config(paused=True), "you")
    live = applied(live, config(replicas=3), "me")
    assert live["spec"] == {"replicas": 3, "paused": True}
    assert owners(live)["you"] == {"f:spec": {"f:paused": {}}}


def test_conflicts_name_the_field_and_its_owner() -> None:
    live = applied(None, config(replicas=3), "you")
    with pytest.raises(ApiError) as refused:
        applied(live, config(replicas=4), "me")
    assert refused.value.message == 'Apply failed with 1 conflict: conflict with "you": .spec.replicas'
    assert refused.value.details["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "you"', "field": ".spec.replicas"}
    ]


def test_conflicts_with_an_ordinary_writer_name_its_version() -> None:
    live = track_update(None, config(replicas=3), writer("kubectl-create"), DEPLOYMENT)
    with pytest.raises(ApiError, match=r'conflict with "kubectl-create" using apps/v1: .spec.replicas'):
        applied(live, config(replicas=4), "me")


def test_force_takes_the_field() -> None:
    live = applied(None, config(replicas=3, paused=True), "you")
    live = applied(live, config(replicas=4), "me", force=True)
    assert live["spec"]["replicas"] == 4
    assert owners(live) == {"me": {"f:spec": {"f:replicas": {}}}, "you": {"f:spec": {"f:paused": {}}}}


def test_the_same_value_is_shared() -> None:
    live = applied(None, config(replicas=3), "you")
    live = applied(live, config(replicas=3), "me")
    assert set(owners(live)) == {"me", "you"}


def test_containers_are_distinguished_by_name() -> None:
    live = applied(None, config(template=template({"name": "a", "image": "x"})), "me")
    live = applied(live, config(template=template({"name": "b", "image": "y"})), "you")
    assert [c["name"] for c in live["spec"]["template"]["spec"]["containers"]] == ["a", "b"]
    live = applied(live, config(template=template({"name": "c", "image": "z"})), "me")
    assert [c["name"] for c in live["spec"]["template"]["spec"]["containers"]] == ["b", "c"]


def test_an_item_that_another_adds_to_stays() -> None:
    live = applied(None, config(template=template({"name": "a", "image": "x"})), "me")
    live = track_update(
        live,
        {**live, "spec": {"template": template({"name": "a", "image": "x", "tty": True})}},
        writer("editor"),
        DEPLOYMENT,
    )
    live = applied(live, config(replicas=1), "me")
    assert live["spec"]["template"]["spec"]["containers"] == [{"name": "a", "tty": True}]


def test_ordinary_writes_take_what_they_change() -> None:
    live = applied(None, config(replicas=3, paused=True), "me")
    changed = {**live, "spec": {"replicas": 5, "paused": True}}
    live = track_update(live, changed, writer("kubectl-edit"), DEPLOYMENT)
    assert owners(live) == {
        "me": {"f:spec": {"f:paused": {}}},
        "kubectl-edit": {"f:spec": {"f:replicas": {}}},
    }


def test_a_write_without_a_change_leaves_no_trace() -> None:
    live = applied(None, config(replicas=3), "me")
    assert track_update(live, live, writer("other"), DEPLOYMENT) == live
    assert applied(live, config(replicas=3), "me") == live


def test_an_object_that_nobody_owns() -> None:
    live = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 1},
    }
    with pytest.raises(ApiError, match="before-first-apply"):
        applied(live, config(replicas=2), "me")


def test_kubectl_takes_over_what_it_applied_client_side() -> None:
    words = json.dumps(config(replicas=1))
    live = config(replicas=1)
    live["metadata"]["annotations"] = {LAST_APPLIED: words}
    live = track_update(None, live, writer("kubectl-client-side-apply"), DEPLOYMENT)
    with pytest.raises(ApiError):
        applied(live, config(replicas=2), "someone")
    live = applied(live, config(replicas=2), "kubectl")
    assert live["spec"]["replicas"] == 2
    assert json.loads(live["metadata"]["annotations"][LAST_APPLIED])["spec"] == {"replicas": 2}


def test_custom_resources_go_by_their_schema() -> None:
    schema = {
        "properties": {
            "spec": {
                "properties": {
                    "hosts": {"type": "array", "x-kubernetes-list-type": "set"},
                    "routes": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["name"],
                        "items": {"properties": {"name": {}, "to": {}}},
                    },
                    "whole": {"type": "object", "x-kubernetes-map-type": "atomic"},
                    "plain": {"type": "array"},
                }
            }
        }
    }
    typing = SchemaTyping(schema)

    def words(live: Any, manager: str, **spec: Any) -> Any:
        return apply_config(live, config(**spec), writer(manager), typing, force=False)

    live = words(None, "me", hosts=["a"], routes=[{"name": "r", "to": 1}], whole={"x": 1}, plain=[1])
    live = words(live, "you", hosts=["b"], routes=[{"name": "s", "to": 2}])
    assert live["spec"]["hosts"] == ["a", "b"]
    assert live["spec"]["routes"] == [{"name": "r", "to": 1}, {"name": "s", "to": 2}]
    with pytest.raises(ApiError, match=r"\.spec\.whole"):
        words(live, "you", hosts=["b"], whole={"y": 1})
    live = words(live, "me", routes=[{"name": "r", "to": 1}])
    assert live["spec"] == {"hosts": ["b"], "routes": [{"name": "r", "to": 1}, {"name": "s", "to": 2}]}


names = st.sampled_from(["a", "b", "c"])
specs = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 2),
        "template": st.builds(
            lambda labels, items: {"metadata": {"labels": labels}, "spec": {"containers": items}},
            st.dictionaries(names, names, min_size=1, max_size=2),
            st.lists(
                st.builds(lambda name, image: {"name": name, "image": image}, names, names),
                min_size=1,
                max_size=3,
                unique_by=lambda item: item["name"],
            ),
        ),
    },
)


@given(specs, specs)
def test_the_only_applier_gets_what_it_says(first: Any, second: Any) -> None:
    live = applied(None, config(**first), "me")
    live = applied(live, config(**second), "me")
    assert flatten(live, DEPLOYMENT) == flatten(config(**second), DEPLOYMENT)


@given(specs, specs)
def test_appliers_do_not_lose_each_others_fields(mine: Any, yours: Any) -> None:
    live = applied(None, config(**mine), "me")
    live = applied(live, config(**yours), "you", force=True)
    words = {
        path: value for path, value in flatten(config(**yours), DEPLOYMENT).items() if value is not PRESENT
    }
    assert words.items() <= flatten(live, DEPLOYMENT).items()
    live = applied(live, config(), "you", force=True)
    kept = {path for entry in read_entries(live) for path in entry.paths}
    assert kept <= flatten(live, DEPLOYMENT, maps=True).keys() | {("f:spec",)}


@given(specs)
def test_field_sets_survive_their_written_form(spec: Any) -> None:
    paths = set(flatten(config(**spec), DEPLOYMENT, maps=True))
    assert from_fields(to_fields(paths)) == paths
