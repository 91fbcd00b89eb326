"""Pods without a sidecar: what the injector's webhooks select, and when."""

from __future__ import annotations

import pytest
from fake_world import FakeCluster, FakeWorld, make
from pydantic import TypeAdapter

from checks.registry import AnyCheck, look
from checks.selectors import selects

CHECK = TypeAdapter(AnyCheck).validate_python({"pods": 1, "in": "shop", "containers": 2})
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"
ON = {"istio-injection": "enabled"}
HOOK = {
    "namespaceSelector": {
        "matchExpressions": [{"key": "istio-injection", "operator": "In", "values": ["enabled"]}]
    },
    "objectSelector": {
        "matchExpressions": [{"key": "sidecar.istio.io/inject", "operator": "NotIn", "values": ["false"]}]
    },
}
REVISION = {
    "namespaceSelector": {
        "matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": ["canary"]}]
    }
}


def home(at=EARLY, **labels):
    made = make("Namespace", "shop", None, labels=labels)
    fields = {"f:metadata": {"f:labels": {f"f:{label}": {} for label in labels}}}
    made["metadata"]["managedFields"] = [{"manager": "kubectl-label", "time": at, "fieldsV1": fields}]
    return made


def injector(*webhooks, at=EARLY, name="istio-sidecar-injector"):
    made = make("MutatingWebhookConfiguration", name, None, webhooks=list(webhooks))
    made["metadata"]["creationTimestamp"] = at
    return made


def pod(at=LATE, containers=1, going=False, annotations=None, labels=None, **spec):
    listed = [{"name": "web"}, {"name": "istio-proxy"}][:containers]
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    made = make(
        "Pod",
        "web",
        "shop",
        labels=labels or {},
        spec={"containers": listed, **spec},
        status=status,
        going=going,
    )
    made["metadata"] |= {"creationTimestamp": at, "annotations": annotations or {}}
    return made


async def reported(*objects):
    findings = (await look(CHECK, FakeWorld(cluster=FakeCluster(objects)))).findings
    return [(finding.rule, finding.remedy.values.get("command")) for finding in findings]


@pytest.mark.parametrize(
    ("objects", "rule"),
    [
        ([home(LATE, **ON), injector(HOOK), pod(EARLY)], "made-before-injection"),
        ([home(EARLY, **ON), injector(HOOK, at=LATE), pod(EARLY)], "made-before-injection"),
        ([home(EARLY, **ON), injector(HOOK), pod(LATE)], ""),  # afterwards: who knows why
        ([home(LATE, **ON), injector(HOOK), pod(LATE)], ""),
        ([home(LATE, **ON), injector(), pod(EARLY)], "no-injector"),
        ([home(LATE, **ON), injector(HOOK, name="other"), pod(EARLY)], "no-injector"),
        ([home(LATE, **ON), injector(HOOK), pod(EARLY, containers=2)], ""),
        ([home(LATE, **ON), injector(HOOK), pod(EARLY, going=True)], ""),
        ([home(), injector(HOOK), pod()], "injection-off"),
        ([home(**{"istio-injection": "disabled"}), injector(HOOK), pod()], "injection-off"),
        ([home(), injector(REVISION), pod()], "injection-off"),
        ([home(**ON), injector(REVISION), pod()], "injection-for-others"),
        ([home(**{"istio.io/rev": "other"}), injector(REVISION), pod()], "injection-for-others"),
        ([home(), injector({"namespaceSelector": {"matchLabels": {"a": "b"}}}), pod()], ""),
        (
            [home(**ON), injector(HOOK), pod(annotations={"sidecar.istio.io/inject": "false"})],
            "injection-refused",
        ),
        ([home(**ON), injector(HOOK), pod(labels={"sidecar.istio.io/inject": "false"})], "injection-refused"),
        ([home(**ON), injector(HOOK), pod(hostNetwork=True)], "injection-not-for-host-network"),
        ([home(**ON), injector(HOOK), pod(hostNetwork=False)], ""),
    ],
)
async def test_why_a_pod_has_no_sidecar(objects, rule):
    assert [found for found, _ in await reported(*objects)] == ([rule] if rule else [])


async def test_the_label_that_is_proposed_is_one_that_a_webhook_selects():
    assert await reported(home(), injector(HOOK), pod()) == [
        ("injection-off", "kubectl label namespace shop istio-injection=enabled --overwrite")
    ]
    assert await reported(home(**ON), injector(REVISION), pod()) == [
        (
            "injection-for-others",
            "kubectl label namespace shop istio.io/rev=canary istio-injection- --overwrite",
        )
    ]


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        (None, True),
        ({}, True),
        ({"matchLabels": {"a": "b"}}, True),
        ({"matchLabels": {"a": "c"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["c"]}]}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["c"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, False),
        ({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["b"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "x", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Gt"}]}, False),
        ({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
        ("a=b", False),
        ({"matchLabels": []}, True),
        ({"matchLabels": ["a"]}, False),
        ({"matchExpressions": [None]}, False),
    ],
)
def test_a_label_selector_of_a_manifest(selector, taken):
    assert selects(selector, {"a": "b"}) is taken
