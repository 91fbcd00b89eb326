"""Load balancers without an address, and pods without a sidecar: at the edges of each rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fake_world import FORBIDDEN, NOW, FakeCluster, FakeWorld, make

from checks.diagnosis.balancing import (
    no_address,
    nobody_gives_addresses,
    port_of_localhost_taken,
    port_of_node_taken,
    refused_by_controller,
)
from checks.diagnosis.injection_causes import no_sidecar


def world(*objects, **error_of) -> FakeWorld:
    made = FakeWorld(cluster=FakeCluster(objects, **error_of))
    made.cluster.kinds |= {"MutatingWebhookConfiguration"}
    return made


def at(seconds):
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def service(name="web", ports=(80,), kind="LoadBalancer", ingress=None, seconds=3600, **metadata):
    made = make("Service", name, spec={"type": kind, "ports": [{"port": port} for port in ports]},
                status={"loadBalancer": {"ingress": [ingress] if ingress else []}})  # fmt: skip
    made["metadata"] |= {"creationTimestamp": at(seconds), **metadata}
    return made


def node(name="n", provider=""):
    return make("Node", name, None, spec={"providerID": provider} if provider else {})


def rule(finding):
    return finding and finding.rule


TAKEN = {"ip": "1.2.3.4"}


def kept_out(status="False", message="1 node(s) didn't have free ports"):
    made = make("Pod", "svclb-web", labels={"svccontroller.k3s.cattle.io/svcname": "web"})
    conditions = [{"type": "Initialized"}, {"type": "PodScheduled", "status": status, "message": message}]
    return {**made, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("objects", "holder", "port"),
    [
        ([service("other", (90, 80, 70), ingress=TAKEN)], "other", 80),
        ([service("other", (443, 80), ingress=TAKEN)], "other", 80),
        ([service("far", (90,), ingress=TAKEN), service("other", ingress=TAKEN)], "other", 80),
        ([service("other", kind="ClusterIP", ingress=TAKEN)], None, None),
        ([service("other")], None, None),
        ([service(ingress=TAKEN)], None, None),  # itself
        ([service("other", ingress=TAKEN, uid="u1")], None, None),
        ([], None, None),
    ],
)
async def test_who_has_the_port(objects, holder, port):
    mine = (
        service(ports=(80, 443), uid="u1")
        if any("uid" in each["metadata"] for each in objects)
        else service(ports=(80, 443))
    )
    on_node = await port_of_node_taken(world(kept_out(), *objects), mine)
    assert (on_node.rule, on_node.field) == ("balancer-port-taken", "status.conditions[1].message")
    assert (on_node.cause.values.get("service"), on_node.cause.values.get("port")) == (holder, port)
    local = await port_of_localhost_taken(world(node("docker-desktop"), *objects), mine)
    assert (local and (local.about.name, local.cause.values["port"])) == (holder and (holder, port))
    assert await port_of_localhost_taken(world(node("plain"), *objects), mine) is None


@pytest.mark.parametrize("pod", [kept_out("True"), kept_out(message="Insufficient cpu")])
async def test_a_pod_of_the_balancer_that_is_not_kept_out_by_its_port(pod):
    assert await port_of_node_taken(world(pod), service()) is None


@pytest.mark.parametrize(
    ("nodes", "seen"),
    [
        ([], "nodes: -"),
        ([node("a")], "nodes: a: -"),
        ([node("a", "x://1"), node("b")], "nodes: a: x://1, b: -"),
        ([node(name) for name in "abcde"], "nodes: a: -, b: -, c: -, d: -"),
    ],
)
async def test_which_nodes_were_seen(nodes, seen):
    finding = await nobody_gives_addresses(world(*nodes), service())
    assert finding.evidence == f"loadBalancer: {{}}, no event; {seen}"


@pytest.mark.parametrize(
    ("seconds", "finalizers", "expected"),
    [
        (119, None, None),
        (120, None, "no-load-balancer"),
        (119, ["service.kubernetes.io/load-balancer-cleanup"], None),
        (120, ["service.kubernetes.io/load-balancer-cleanup"], "balancer-slow"),
        (120, ["other"], "no-load-balancer"),
    ],
)
async def test_how_long_is_too_long(seconds, finalizers, expected):
    assert (
        rule(await nobody_gives_addresses(world(), service(seconds=seconds, finalizers=finalizers)))
        == expected
    )


async def test_the_newest_word_of_a_controller_is_told_before_all_else():
    def said(message, seconds):
        return make("Event", message, type="Warning", reason="SyncLoadBalancerFailed", message=message,
                    lastTimestamp=at(seconds), involvedObject={"kind": "Service", "name": "web"})  # fmt: skip

    objects = (said("no internet gateway", 30), said("Quota exceeded", 5), kept_out())
    assert rule(await refused_by_controller(world(*objects), service())) == "balancer-quota"
    assert rule(await no_address(world(*objects), service())) == "balancer-quota"
    assert await refused_by_controller(world(), service()) is None


# sidecars

ON, EARLY, LATE = {"istio-injection": "enabled"}, at(100), at(50)
ENABLED = {"namespaceSelector": {"matchLabels": ON}}
CANARY = {
    "namespaceSelector": {
        "matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": [7, "canary"]}]
    }
}
NOT_CANARY = {
    "namespaceSelector": {
        "matchExpressions": [{"key": "istio.io/rev", "operator": "NotIn", "values": ["canary"]}]
    }
}
OTHER_KEY = {
    "namespaceSelector": {"matchExpressions": [{"key": "x", "operator": "In", "values": ["canary"]}]}
}


def home(fields=(), **labels):
    made = make("Namespace", "shop", None, labels=labels)
    made["metadata"]["managedFields"] = [
        {"time": time, "fieldsV1": {"f:metadata": {"f:labels": {f"f:{label}": {}}}}} for label, time in fields
    ]
    return made


def injector(*hooks, created=EARLY):
    made = make("MutatingWebhookConfiguration", "istio-sidecar-injector", None, webhooks=list(hooks))
    made["metadata"]["creationTimestamp"] = created
    return made


def pod(name="web", created=LATE, sidecar=False, **labels):
    made = make(
        "Pod",
        name,
        "shop",
        labels=labels,
        spec={"containers": [{"name": "istio-proxy" if sidecar else "web"}]},
    )
    made["metadata"]["creationTimestamp"] = created
    return made


REVISION = {"istio.io/rev": "old"}


@pytest.mark.parametrize(
    ("namespace", "hook", "expected", "field", "evidence"),
    [
        (home(), ENABLED, "injection-off", "metadata.labels", "istio-injection="),
        (
            home(**{"istio-injection": "disabled"}),
            ENABLED,
            "injection-off",
            "metadata.labels.istio-injection",
            "istio-injection=disabled",
        ),
        (
            home(**REVISION),
            CANARY,
            "injection-for-others",
            "metadata.labels.istio.io/rev",
            "istio.io/rev=old",
        ),
        (
            home(**REVISION, **ON),
            CANARY,
            "injection-for-others",
            "metadata.labels.istio-injection",
            "istio-injection=enabled",
        ),
        (
            home(**REVISION, **{"istio-injection": "disabled"}),
            CANARY,
            "injection-for-others",
            "metadata.labels.istio-injection",
            "istio-injection=disabled",
        ),
        (
            home(**REVISION),
            ENABLED,
            "injection-for-others",
            "metadata.labels.istio.io/rev",
            "istio.io/rev=old",
        ),
        (home(), OTHER_KEY, None, "", ""),
        (home(), NOT_CANARY, None, "", ""),
    ],
)
async def test_injection_that_is_off_or_for_others(namespace, hook, expected, field, evidence):
    finding = await no_sidecar(world(namespace, injector(hook)), "shop", [pod()])
    assert rule(finding) == expected
    assert not finding or (finding.field, finding.evidence) == (field, evidence)
    assert await no_sidecar(world(namespace, injector(hook), Namespace=FORBIDDEN), "shop", [pod()]) is None
    assert await no_sidecar(world(injector(hook)), "shop", [pod()]) is None
    assert await no_sidecar(world(namespace, injector(hook)), "shop", [pod(sidecar=True)]) is None
    assert await no_sidecar(world(namespace, injector(hook)), "shop", []) is None


async def test_the_labels_that_would_win_are_taken_off():
    finding = await no_sidecar(
        world(home(**{"istio-injection": "disabled"}), injector(CANARY)), "shop", [pod()]
    )
    assert "istio.io/rev=canary istio-injection- --overwrite" in finding.remedy.values["command"]
    plain = await no_sidecar(world(home(), injector(CANARY)), "shop", [pod()])
    assert plain.remedy.values["command"] == "kubectl label namespace shop istio.io/rev=canary --overwrite"


@pytest.mark.parametrize(
    ("fields", "installed", "created", "told"),
    [
        ([("istio-injection", at(70))], EARLY, at(80), True),
        ([("istio-injection", at(70))], EARLY, at(60), False),
        ([("istio-injection", at(70))], EARLY, at(70), False),
        ([("istio.io/rev", at(90)), ("istio-injection", at(70))], EARLY, at(80), True),
        ([("other", at(70))], EARLY, at(80), False),
        ([], at(70), at(80), True),
        ([], EARLY, at(80), False),
        ([], at(70), "", False),
    ],
)
async def test_pods_that_were_made_before_injection(fields, installed, created, told):
    later = pod("later", at(1))
    finding = await no_sidecar(
        world(home(fields, **ON), injector(ENABLED, created=installed)), "shop", [later, pod("mine", created)]
    )
    assert (finding and (finding.rule, finding.about.name, finding.evidence)) == (
        ("made-before-injection", "mine", created) if told else None
    )


async def test_only_what_would_be_injected_is_asked():
    for_web = {**ENABLED, "objectSelector": {"matchLabels": {"app": "web"}}}
    pods = [pod("other", at(99), app="other"), pod("mine", at(80), app="web")]
    found = await no_sidecar(
        world(home([("istio-injection", at(70))], **ON), injector(for_web)), "shop", pods
    )
    assert found.about.name == "mine"
