"""Objects of any kind: partial objects, conditions, counts."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, NAMESPACE, UNREACHABLE, FakeCluster, FakeWorld, make
from pydantic import TypeAdapter, ValidationError

from checks.base import Verdict
from checks.partial import difference
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
GATEWAY = {"resource": "Gateway", "api": "networking.istio.io/v1beta1", "in": "istio-system"}


def gateway(name="shop", port=80, **parts):
    servers = [{"port": {"number": port, "name": "http"}, "hosts": ["*"]}]
    return make("Gateway", name, spec={"selector": {"istio": "ingressgateway"}, "servers": servers}, **parts)


@pytest.mark.parametrize(
    ("check", "objects", "verdict", "message"),
    [
        ({"name": "shop"}, [gateway()], Verdict.PASSED, ""),
        (
            {"name": "shop", "matches": {"spec": {"servers": [{"port": {"number": 80}}]}}},
            [gateway()],
            Verdict.PASSED,
            "",
        ),
        (
            {"name": "shop", "matches": {"spec": {"servers": [{"port": {"number": 443}}]}}},
            [gateway()],
            Verdict.FAILED,
            "spec.servers[0].port.number: 80, wanted: 443",
        ),
        (
            {"name": "shop", "matches": {"spec": {"selector": {"istio": "egress"}}}},
            [gateway()],
            Verdict.FAILED,
            'spec.selector.istio: "ingressgateway", wanted: "egress"',
        ),
        ({"name": "shop", "where": "length(spec.servers) == `1`"}, [gateway()], Verdict.PASSED, ""),
        ({"name": "shop", "where": "spec.tls"}, [gateway()], Verdict.FAILED, "spec.tls: null"),
        (
            {"name": "shop", "where": "length(spec.tls) > `0`"},
            [gateway()],
            Verdict.FAILED,
            "can't be worked out",
        ),
        (
            {"name": "shop"},
            [NAMESPACE, gateway("other")],
            Verdict.FAILED,
            "Does not exist: Gateway shop in namespace istio-system",
        ),
        (
            {"name": "shop"},
            [gateway("other", going=True), gateway(going=True)],
            Verdict.FAILED,
            "Being deleted",
        ),
        ({}, [gateway()], Verdict.PASSED, "count: 1: shop"),
        ({"count": 2}, [gateway(), gateway("b")], Verdict.PASSED, "count: 2: shop, b"),
        ({"count": 2}, [gateway()], Verdict.FAILED, "count: 1: shop"),
        ({"count": {"min": 2}}, [gateway()], Verdict.FAILED, "count: 1"),
        ({"matches": {"spec": {"servers": [{"port": {"number": 443}}]}}}, [gateway()], Verdict.FAILED, "443"),
        (
            {"matches": {"spec": {"servers": [{"port": {"number": 443}}]}}},
            [gateway(), gateway("b", 443)],
            Verdict.PASSED,
            "b",
        ),
        ({"where": "length(@) == `2`"}, [gateway(), gateway("b")], Verdict.PASSED, ""),
        ({"where": "[0].spec.servers[0].port.number == `443`"}, [gateway()], Verdict.FAILED, "false"),
        ({"selector": "app=x"}, [NAMESPACE, gateway()], Verdict.FAILED, "None exists: Gateway"),
        ({"names": ["shop", "b"]}, [gateway(), gateway("b"), gateway("c")], Verdict.PASSED, "count: 3"),
        (
            {"names": ["shop", "b", "c"]},
            [gateway(), gateway("b", going=True)],
            Verdict.FAILED,
            "Missing: b, c",
        ),
        (
            {"names": ["shop"]},
            [NAMESPACE, gateway(labels={"a": "b"}, going=True)],
            Verdict.FAILED,
            "None exists",
        ),
        ({"absent": True}, [gateway()], Verdict.FAILED, "Still there: shop"),
        ({"absent": True}, [gateway(going=True)], Verdict.PENDING, "not gone yet"),
        ({"absent": True, "name": "b"}, [gateway()], Verdict.PASSED, ""),
        ({"absent": True, "selector": "app=x"}, [gateway()], Verdict.PASSED, ""),
        ({"absent": True, "name": "shop"}, [gateway()], Verdict.FAILED, "Still exists"),
    ],
)
async def test_resource(check, objects, verdict, message):
    outcome = await look(ANY.validate_python({**GATEWAY, **check}), FakeWorld(*objects))
    found = outcome.found.render()
    assert (outcome.verdict, message in found) == (verdict, True), found


@pytest.mark.parametrize("check", [{}, {"absent": True}, {"name": "a"}, {"name": "a", "absent": True}])
@pytest.mark.parametrize("cluster", [FakeCluster(error=UNREACHABLE), FakeCluster(error=FORBIDDEN)])
async def test_what_cannot_be_read_is_an_error(check, cluster):
    outcome = await look(ANY.validate_python({**GATEWAY, **check}), FakeWorld(cluster=cluster))
    assert outcome.verdict is Verdict.ERROR


@pytest.mark.parametrize("more", [{}, {"name": "a"}, {"in": "nowhere"}, {"selector": "a=b"}])
async def test_of_a_kind_that_the_cluster_certainly_lacks_nothing_exists(more):
    gone = await look(ANY.validate_python({**GATEWAY, **more, "absent": True}), FakeWorld())
    assert (gone.verdict, "does not have this kind" in gone.found.render()) == (Verdict.PASSED, True)
    wanted = await look(ANY.validate_python({**GATEWAY, **more}), FakeWorld())
    assert (wanted.verdict, "does not have this kind" in wanted.found.render()) == (Verdict.FAILED, True)


async def test_where_is_not_asked_of_an_empty_list():
    check = ANY.validate_python({"resource": "ConfigMap", "in": "shop", "where": "length(@) == `0`"})
    outcome = await look(check, FakeWorld())
    assert (outcome.verdict, outcome.found.render()) == (
        Verdict.FAILED,
        "The namespace does not exist: shop",
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"where": "a["},
        {"name": "a", "count": 1},
        {"name": "a", "selector": "b=c"},
        {"count": 0},
        {"name": "a", "names": ["b"]},
        {"absent": True, "names": ["b"]},
        {"absent": True, "count": 1},
        {"matches": {}},
        {"api": "v1beta1/x"},
        {"selector": "=="},
    ],
)
def test_resources_that_make_no_sense_are_refused(bad):
    with pytest.raises(ValidationError):
        ANY.validate_python({**GATEWAY, **bad})


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2, 3, 1]}}),
        ([{"name": "a"}, {"image": "x"}], [{"name": "a", "image": "x"}, {"name": "a", "image": "y"}]),
        ({"spec": {}}, {"spec": {}}),
        ({"a": None}, {}),
        ({"a": 1}, {"a": 1.0}),
    ],
)
def test_a_partial_object_is_contained(expected, found):
    assert difference(expected, found) is None


@pytest.mark.parametrize(
    ("expected", "found", "path", "there"),
    [
        ({"a": 1}, {}, "a", None),
        ({"a": {"b.c/d": "x"}}, {"a": {"b.c/d": "y"}}, 'a["b.c/d"]', "y"),
        ({"a": True}, {"a": 1}, "a", 1),
        ({"a": 80}, {"a": "80"}, "a", "80"),
        ({"a": [1, 1]}, {"a": [1]}, "a[1]", None),
        ({"a": []}, {"a": [1]}, "a", [1]),
        ({"spec": {}}, {"spec": {"rules": [1]}}, "spec", {"rules": [1]}),
        ({"spec": {}}, {}, "spec", None),
        (
            {"c": [{"name": "app", "image": "v2"}]},
            {"c": [{"name": "proxy"}, {"name": "app", "image": "v1"}]},
            "c[1].image",
            "v1",
        ),
        ({"a": {"b": 1}}, {"a": "text"}, "a", "text"),
    ],
)
def test_the_first_difference_is_reported_with_its_path(expected, found, path, there):
    differs = difference(expected, found)
    assert differs is not None
    assert (differs.path, differs.found) == (path, there)
