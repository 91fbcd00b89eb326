"""A Service of another type: what the former one needed goes, unless somebody asks for it; as kube-apiserver 1.20.2 does."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.kinds.service_type_change import drop_unused_fields

BALANCED = {
    "type": "LoadBalancer",
    "clusterIP": "10.0.0.6",
    "clusterIPs": ["10.0.0.6"],
    "externalTrafficPolicy": "Local",
    "healthCheckNodePort": 32525,
    "allocateLoadBalancerNodePorts": True,
    "ports": [{"name": "http", "port": 80, "nodePort": 31868}],
}


def changed(**spec: Any) -> dict[str, Any]:
    new = {"spec": {**BALANCED, **spec}}
    return dict(drop_unused_fields(new, {"spec": BALANCED})["spec"])


@pytest.mark.parametrize(
    ("to", "gone"),
    [
        ("LoadBalancer", set()),
        ("NodePort", {"healthCheckNodePort", "allocateLoadBalancerNodePorts"}),
        ("ClusterIP", {"healthCheckNodePort", "allocateLoadBalancerNodePorts", "externalTrafficPolicy"}),
        (
            "ExternalName",
            {
                "healthCheckNodePort", "allocateLoadBalancerNodePorts", "externalTrafficPolicy", "clusterIP",
                "clusterIPs",
            },
        ),
    ],
)  # fmt: skip
def test_what_the_new_type_has_no_use_for_goes(to, gone):
    spec = changed(type=to)
    assert set(BALANCED) - set(spec) == gone
    assert ("nodePort" in spec["ports"][0]) is (to in ("NodePort", "LoadBalancer"))


def test_what_somebody_asks_for_stays_to_be_refused():
    assert changed(type="ClusterIP", externalTrafficPolicy="Cluster")["externalTrafficPolicy"] == "Cluster"
    asked = changed(type="ClusterIP", ports=[{"name": "http", "port": 80, "nodePort": 30080}])
    assert asked["ports"][0]["nodePort"] == 30080
