from __future__ import annotations

from typing import Any

import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.list_selectors import field_matcher, label_matcher, match_labels
from runner.practice.machinery.served_resources import Resource


def resource(key: str) -> Resource:
    found = registry_of().by_key(key)
    assert found is not None
    return found


def labelled(**labels: str) -> dict[str, Any]:
    return {"metadata": {"name": "x", "labels": labels}}


@pytest.mark.parametrize(
    ("selector", "labels", "matches"),
    [
        ("", {}, True),
        ("app=web", {"app": "web"}, True),
        ("app==web", {"app": "db"}, False),
        ("app!=web", {}, True),
        ("app!=web", {"app": "web"}, False),
        ("app", {"app": ""}, True),
        ("!app", {"app": ""}, False),
        ("!app", {}, True),
        ("app in (web, db)", {"app": "db"}, True),
        ("app in (web,db)", {}, False),
        ("app notin (web,db)", {}, True),
        ("app notin (web,db)", {"app": "web"}, False),
        ("app=web,tier!=back", {"app": "web", "tier": "front"}, True),
        ("app=web, tier in (a,b) ,!gone", {"app": "web", "tier": "b"}, True),
        ("n>3", {"n": "4"}, True),
        ("n<3", {"n": "4"}, False),
        ("n>3", {"n": "many"}, False),
        ("app.kubernetes.io/name=kiali", {"app.kubernetes.io/name": "kiali"}, True),
        ("app=", {"app": ""}, True),
        ("app=", {}, False),
        (" ", {}, True),
        ("app=web ", {"app": "web"}, True),
        (" ! app", {}, True),
        ("app=web", {"app": "db"}, False),
        ("app==web", {"app": "web"}, True),
        ("app!=web", {"app": "db"}, True),
        ("app=web,tier!=back", {"app": "web", "tier": "back"}, False),
        ("app=web,tier!=back", {"app": "db", "tier": "front"}, False),
        ("app", {}, False),
        ("app in (web)", {"app": "db"}, False),
        ("app notin (web)", {"app": "db"}, True),
        ("app in ()", {"app": ""}, True),
        ("in in (in)", {"in": "in"}, True),
        ("n>3", {"n": "3"}, False),
        ("n>3", {"n": "2"}, False),
        ("n>3", {}, False),
        ("n<3", {"n": "3"}, False),
        ("n<3", {"n": "2"}, True),
        ("n<3", {}, False),
        ("n > -3", {"n": "1"}, None),
        ("a" * 63 + "=1", {"a" * 63: "1"}, True),
        ("a=" + "1" * 63, {"a": "1" * 63}, True),
        ("a=" + "1" * 64, {}, None),
        ("a" * 64 + "=1", {}, None),
        ("-x.io/a=1", {}, None),
        ("x.io/a.b_c-d=1", {"x.io/a.b_c-d": "1"}, True),
    ],
)
def test_labels(selector: str, labels: dict[str, str], matches: bool | None) -> None:
    """None: it can't be read."""
    if matches is None:
        with pytest.raises(ApiError):
            label_matcher(selector)
        return
    assert label_matcher(selector)(labelled(**labels)) is matches


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("app in x", "found 'x' expected: '('"),
        ("app notin x", "found 'x' expected: '('"),
        ("=x", "found '=x', expected: !, identifier"),
        ("a=b,", "found '', expected: identifier after ','"),
        ("a=b, ", "found '', expected: identifier after ','"),
        ("a=b,,c", "found ',c', expected: !, identifier"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a b", "found 'b', expected: ',' or 'end of string'"),
        ("app in (", "found 'in (', expected: ',' or 'end of string'"),
        ("-a=b", 'Invalid value: "-a": name part must consist of'),
        ("-a", 'Invalid value: "-a": name part must consist of'),
        ("a_ in (b)", 'Invalid value: "a_": name part must consist of'),
        ("a=%", 'values[0][a]: Invalid value: "%": a valid label must be'),
        ("a in (b,%)", 'values[0][a]: Invalid value: "%": a valid label must be'),
        ("a>b", "values[0][a]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer"),
    ],
)
def test_labels_that_cannot_be_read(selector: str, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        label_matcher(selector)
    assert refused.value.code == 400
    assert message in refused.value.message


@pytest.mark.parametrize("labelled", [{}, {"metadata": {}}, {"metadata": {"labels": None}}])
def test_an_object_without_labels_has_none(labelled: dict[str, Any]) -> None:
    assert not label_matcher("a")(labelled)
    assert label_matcher("!a")(labelled)


def test_fields() -> None:
    pod = {
        "metadata": {"name": "x", "namespace": "d"},
        "spec": {"nodeName": "n"},
        "status": {"phase": "Running"},
    }
    assert field_matcher("metadata.name=x,status.phase!=Failed", resource("pods"), "v1")(pod)
    assert not field_matcher("spec.nodeName=m", resource("pods"), "v1")(pod)
    assert field_matcher("spec.unschedulable=false", resource("nodes"), "v1")({"metadata": {"name": "n"}})


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("metadata.name=x", True),
        ("metadata.name==x", True),
        ("metadata.name!=x", False),
        ("metadata.name=y", False),
        ("metadata.name=x,", True),
        ("metadata.name=x,metadata.namespace=e", False),
        ("metadata.namespace!=e,metadata.name=x", True),
        ("spec.nodeName=n", False),  # its spec is no map
        ("spec.nodeName=", True),
        ("spec.hostNetwork=false", True),
        (r"metadata.name!=a\,b\=c", True),
    ],
)
def test_each_field_term_must_hold(selector: str, matches: bool) -> None:
    pod = {"metadata": {"name": "x", "namespace": "d"}, "spec": None}
    assert field_matcher(selector, resource("pods"), "v1")(pod) is matches


def test_a_protected_comma_or_sign_is_part_of_the_value() -> None:
    odd = {"metadata": {"name": "a,b=c\\d"}}
    assert field_matcher(r"metadata.name=a\,b\=c\\d", resource("pods"), "v1")(odd)


def test_a_boolean_is_written_as_in_json() -> None:
    node = {"metadata": {"name": "n"}, "spec": {"unschedulable": True}}
    assert field_matcher("spec.unschedulable=true", resource("nodes"), "v1")(node)
    assert not field_matcher("spec.unschedulable=false", resource("nodes"), "v1")(node)


def test_fields_that_a_kind_cannot_be_selected_by() -> None:
    with pytest.raises(ApiError, match=r'"spec.replicas" is not a known field selector'):
        field_matcher("spec.replicas=1", resource("deployments.apps"), "apps/v1")
    with pytest.raises(ApiError, match="field label not supported: nope"):
        field_matcher("nope=1", resource("pods"), "v1")
    with pytest.raises(ApiError, match='field label "nope" not supported for Job'):
        field_matcher("nope=1", resource("jobs.batch"), "batch/v1")
    with pytest.raises(ApiError, match="invalid selector: 'a'; can't understand 'a'") as refused:
        field_matcher("a", resource("pods"), "v1")
    assert refused.value.code == 400


def test_selector_objects() -> None:
    selector = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["back"]},
            {"key": "gone", "operator": "DoesNotExist"},
            {"key": "app", "operator": "Exists"},
        ],
    }
    assert match_labels(selector, {"app": "web"})
    assert not match_labels(selector, {"app": "web", "tier": "back"})
    assert not match_labels(selector, {"app": "web", "gone": ""})
    assert match_labels({}, {"any": "thing"})


@pytest.mark.parametrize(
    ("expression", "labels", "selects"),
    [
        ({"operator": "In", "values": ["x", "y"]}, {"a": "y"}, True),
        ({"operator": "In", "values": ["x"]}, {"a": "y"}, False),
        ({"operator": "In"}, {"a": "y"}, False),
        ({"operator": "NotIn", "values": ["x"]}, {"a": "x"}, False),
        ({"operator": "NotIn", "values": ["x"]}, {}, True),
        ({"operator": "Exists"}, {}, False),
        ({"operator": "Exists"}, {"a": ""}, True),
        ({"operator": "DoesNotExist"}, {"a": ""}, False),
        ({"operator": "DoesNotExist"}, {}, True),
    ],
)
def test_expressions(expression: dict[str, Any], labels: dict[str, str], selects: bool) -> None:
    assert match_labels({"matchExpressions": [{"key": "a", **expression}]}, labels) is selects
    assert not match_labels(
        {"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", **expression}]}, labels
    )
