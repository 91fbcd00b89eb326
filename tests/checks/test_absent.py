"""An object that isn't there: under nearly its name, or in another namespace."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, FakeCluster, FakeWorld, make

from checks.deployment import Deployment
from checks.diagnosis.absent import is_slip, why_absent
from checks.namespace import NamespaceCheck
from checks.registry import look


@pytest.mark.parametrize(
    ("typed", "slip"),
    [
        ("istio", False),
        ("isito", True),  # the wrong way round
        ("isti", True),  # one missing
        ("istioo", True),  # one too many
        ("istix", True),  # one wrong
        ("xstio", True),
        ("iistio", True),
        ("istxx", False),
        ("istioxx", False),
        ("ist", False),
        ("itsoi", False),
        ("itsix", False),
        ("isitx", False),
        ("isti1", False),  # a digit is meant
        ("istio1", False),
    ],
)
def test_one_slip_of_the_key_and_no_more(typed, slip):
    assert is_slip(typed, "istio") is slip
    assert is_slip("istio", typed) is slip


@pytest.mark.parametrize(
    ("typed", "meant", "slip"), [("ab", "ba", False), ("abc", "acb", True), ("web-1", "web-2", False)]
)
def test_short_names_and_numbers_are_no_slips(typed, meant, slip):
    assert is_slip(typed, meant) is slip


def web(name="web", namespace="shop", **more):
    return make("Deployment", name, namespace, apiVersion="apps/v1", **more)


def home(name):
    return make("Namespace", name, None)


async def found(*objects, name="web", namespace="shop", cluster=None):
    world = FakeWorld(*objects) if cluster is None else FakeWorld(cluster=cluster)
    findings = await why_absent(world, "apps/v1", "Deployment", name, namespace)
    return [(each.rule, each.object, each.evidence) for each in findings]


async def test_nearly_its_name_comes_before_another_namespace():
    near, elsewhere = web("wbe"), web("web", "default")
    assert await found(near, elsewhere) == [("misspelled", "deployment/wbe in shop", "wbe")]
    assert await found(web("wbe", going=True)) == []
    assert await found(web("wbe", "other")) == []
    assert await found() == []


async def test_in_the_default_namespace_or_one_of_nearly_its_name():
    in_default = [("in-another-namespace", "deployment/web in default", "default")]
    assert await found(web("web", "default")) == in_default
    assert await found(web("db", "default")) == []
    assert await found(web("web", "default"), namespace="default") == []
    assert await found(home("shpo"), web("web", "shpo")) == [
        ("in-another-namespace", "deployment/web in shpo", "shpo")
    ]
    assert await found(home("shpo"), web("db", "shpo")) == []
    assert await found(home("other"), web("web", "other")) == []


async def test_in_the_clusters_own_namespaces_nobody_makes_anything_by_mistake():
    objects = (home("kube-system"), web("web", "kube-system"))
    assert await found(*objects, namespace="kube-sytem") == []


async def test_a_kind_without_namespaces_is_looked_for_by_name():
    world = FakeWorld(home("shpo"))
    (finding,) = (await look(NamespaceCheck(namespace="shop"), world)).findings
    assert finding.rule == "misspelled"
    assert "shop" in finding.remedy.render()


async def test_who_may_not_look_elsewhere_is_reported_nothing():
    cluster = FakeCluster([web("web", "other")], Namespace=FORBIDDEN)
    assert await found(cluster=cluster) == []


async def test_a_deployment_that_is_absent_says_where_it_is():
    outcome = await look(
        Deployment(deployment="web", namespace="shop"), FakeWorld(home("shop"), web("web", "default"))
    )
    (finding,) = outcome.findings
    assert finding.remedy.render().endswith("kubectl delete deployment web -n default")
    assert "-n shop" in finding.remedy.render()
