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
    ],
)
def test_labels(selector: str, labels: dict[str, str], matches: bool) -> None:
    assert label_matcher(selector)(labelled(**labels)) is matches


@pytest.mark.parametrize("selector", ["app in x", "=x", "a=b,", "a=b c", "app in (", "-a=b", "a=%"])
def test_labels_that_cannot_be_read(selector: str) -> None:
    with pytest.raises(ApiError) as refused:
        label_matcher(selector)
    assert refused.value.code == 400


def test_fields() -> None:
    pod = {
        "metadata": {"name": "x", "namespace": "d"},
        "spec": {"nodeName": "n"},
        "status": {"phase": "Running"},
    }
    assert field_matcher("metadata.name=x,status.phase!=Failed", resource("pods"), "v1")(pod)
    assert not field_matcher("spec.nodeName=m", resource("pods"), "v1")(pod)
    assert field_matcher("spec.unschedulable=false", resource("nodes"), "v1")({"metadata": {"name": "n"}})


def test_fields_that_a_kind_cannot_be_selected_by() -> None:
    with pytest.raises(ApiError, match=r'"spec.replicas" is not a known field selector'):
        field_matcher("spec.replicas=1", resource("deployments.apps"), "apps/v1")
    with pytest.raises(ApiError, match="field label not supported: nope"):
        field_matcher("nope=1", resource("pods"), "v1")


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
