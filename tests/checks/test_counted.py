"""Numbers at which a verdict or a cause turns: containers of a pod, replicas that are not written, what is gone."""

from __future__ import annotations

import pytest
from fake_world import FakeWorld, make

from checks.base import Verdict
from checks.deployment import Deployment
from checks.namespace import NamespaceCheck
from checks.pods import Pods
from checks.registry import look
from checks.statefulset import StatefulSet

INJECTOR = make(
    "MutatingWebhookConfiguration",
    "istio-sidecar-injector",
    None,
    webhooks=[{"namespaceSelector": {"matchLabels": {"istio-injection": "enabled"}}}],
)


def pod(name, containers, **more):
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    spec = {"containers": [{"name": f"c{each}"} for each in range(containers)]}
    return make("Pod", name, "shop", spec=spec, status=ready, **more)


@pytest.mark.parametrize(("containers", "reported"), [(1, True), (2, False), (3, False)])
async def test_only_a_pod_with_too_few_containers_lacks_its_sidecar(containers, reported):
    """A namespace in which nothing is injected: the cause is reported pods that have less than they should."""
    world = FakeWorld(make("Namespace", "shop", None), INJECTOR, pod("web", containers))
    outcome = await look(Pods.model_validate({"pods": 2, "in": "shop", "containers": 2}), world)
    assert outcome.verdict is Verdict.FAILED
    assert [each.rule for each in outcome.findings] == (["injection-off"] if reported else [])


async def test_pods_without_a_number_of_containers_lack_none():
    world = FakeWorld(make("Namespace", "shop", None), INJECTOR, pod("web", 1))
    assert (await look(Pods.model_validate({"pods": 2, "in": "shop"}), world)).findings == ()


@pytest.mark.parametrize(("going", "rules"), [(False, True), (True, False)])
async def test_a_namespace_that_must_be_gone_and_nobody_deletes(going, rules):
    balanced = make(
        "Service",
        "kiali",
        "shop",
        spec={"type": "LoadBalancer"},
        status={"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}},
    )
    home = make(
        "Namespace", "shop", None, going=going, status={"phase": "Terminating" if going else "Active"}
    )
    outcome = await look(NamespaceCheck(namespace="shop", absent=True), FakeWorld(home, balanced))
    assert outcome.verdict is (Verdict.PENDING if going else Verdict.FAILED)
    assert bool([each for each in outcome.findings if "stuck" not in each.rule]) is rules


async def test_a_namespace_that_is_gone_has_no_cause():
    assert (await look(NamespaceCheck(namespace="shop", absent=True), FakeWorld())).verdict is Verdict.PASSED
    assert await NamespaceCheck(namespace="shop", absent=True).diagnose(FakeWorld()) == ()


def test_a_namespace_says_in_words_what_is_wanted():
    assert NamespaceCheck(namespace="a").describe().render() == "Namespace a: exists"
    assert NamespaceCheck(namespace="a", absent=True).describe().render() == "Namespace a: does not exist"


@pytest.mark.parametrize(("kind", "check"), [("Deployment", Deployment), ("StatefulSet", StatefulSet)])
@pytest.mark.parametrize(
    ("written", "asked", "verdict"),
    [
        ({}, 1, Verdict.PASSED),
        ({}, 2, Verdict.FAILED),
        ({}, 0, Verdict.FAILED),
        ({"replicas": 2}, 2, Verdict.PASSED),
    ],
)
async def test_replicas_that_are_not_written_are_one(kind, check, written, asked, verdict):
    obj = make(kind, "web", "shop", apiVersion="apps/v1", spec=written, status={})
    wanted = check.model_validate({check.subject: "web", "in": "shop", "replicas": asked})
    assert (await look(wanted, FakeWorld(obj))).verdict is verdict
