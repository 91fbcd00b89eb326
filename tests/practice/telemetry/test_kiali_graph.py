"""Kiali's graph, marks, validations and health, from objects and rates."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.containers.telemetry.kiali import namespace_lists
from runner.practice.containers.telemetry.kiali.graph_badges import mark
from runner.practice.containers.telemetry.kiali.traffic_graph import GraphType, TrafficGraph
from tests.practice.telemetry.mesh_example import deployment, made, mesh, pod, rate

TRAFFIC = [
    rate("", "productpage/v1", 4),
    rate("productpage/v1", "reviews/v1", 3),
    rate("productpage/v1", "reviews/v2", 0.5),
    rate("productpage/v1", "reviews/v2", 0.5, "503", "UO"),
]


def drawn(kind: GraphType = "versionedApp", *istio: Any) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """(nodes by name, edges by the names of their ends)."""
    graph = TrafficGraph(kind)
    graph.add(TRAFFIC)
    graph.add_security([rate("productpage/v1", "reviews/v1", 4, connection_security_policy="mutual_tls")])
    mark(graph, mesh(istio))
    elements = graph.elements()

    def name(data: dict[str, Any]) -> str:
        words = (
            data["nodeType"],
            data.get("service") or data.get("app") or data.get("workload"),
            data.get("version"),
        )
        return " ".join(word for word in words if word)

    by_id = {each["data"]["id"]: name(each["data"]) for each in elements["nodes"]}
    nodes = {name(each["data"]): each["data"] for each in elements["nodes"]}
    edges = {(by_id[e["data"]["source"]], by_id[e["data"]["target"]]): e["data"] for e in elements["edges"]}
    return nodes, edges


def test_the_graph_of_versioned_apps() -> None:
    nodes, edges = drawn()
    assert set(edges) == {
        ("unknown unknown", "service productpage"),
        ("service productpage", "app productpage v1"),
        ("app productpage v1", "service reviews"),
        ("service reviews", "app reviews v1"),
        ("service reviews", "app reviews v2"),
    }
    into = edges["app productpage v1", "service reviews"]
    assert into["traffic"]["rates"] == {"http": "4.00", "httpPercentErr": "12.5"}
    assert into["isMTLS"] == "100"
    assert edges["service reviews", "app reviews v2"]["traffic"]["responses"]["503"]["flags"] == {
        "UO": "50.0"
    }
    assert nodes["unknown unknown"]["isRoot"]
    assert "isRoot" not in nodes["service reviews"]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("app", {"unknown unknown", "service productpage", "app productpage", "service reviews", "app reviews"}),
        ("service", {"unknown unknown", "service productpage", "service reviews"}),
        (
            "workload",
            {"workload reviews-v1", "workload reviews-v2", "workload productpage-v1"}
            | {"service reviews", "service productpage", "unknown unknown"},
        ),
    ],
)  # fmt: skip
def test_other_kinds_of_graph(kind: GraphType, names: set[str]) -> None:
    assert {name for name in drawn(kind)[0] if name} == names


def test_marks() -> None:
    virtual_service = made(
        "VirtualService",
        "reviews",
        {"hosts": ["reviews"], "http": [{"timeout": "1s", "route": [{"destination": {"host": "reviews"}}]}]},
    )
    breaker = made(
        "DestinationRule", "reviews", {"host": "reviews", "trafficPolicy": {"outlierDetection": {}}}
    )
    nodes, _ = drawn("versionedApp", virtual_service, breaker)
    service = nodes["service reviews"]
    assert service["hasVS"] == {"hostnames": ["reviews"]}
    assert service["hasCB"]
    assert service["hasRequestTimeout"]
    assert nodes["app reviews v1"]["hasCB"]
    assert "hasVS" not in nodes["service productpage"]
    assert not {"hasVS", "hasCB"} & drawn()[0]["service reviews"].keys()


def test_a_pod_without_its_sidecar_is_marked() -> None:
    graph = TrafficGraph("app")
    graph.add(TRAFFIC)
    mark(graph, mesh(pods=[pod("reviews", "v1", "app"), pod("productpage", "v1")]))
    missing = {node.name for node in graph.nodes.values() if node.extra.get("hasMissingSC")}
    assert missing == {"reviews"}


def routed(destination: dict[str, str], **more: Any) -> dict[str, Any]:
    """A VirtualService for reviews with that one destination."""
    return {"hosts": ["reviews"], "http": [{"route": [{"destination": destination, **more}]}]}


@pytest.mark.parametrize(
    ("kind", "spec", "codes"),
    [
        ("VirtualService", routed({"host": "ghost"}), ["KIA1101"]),
        ("VirtualService", routed({"host": "reviews", "subset": "v9"}), ["KIA1107"]),
        ("VirtualService", {"hosts": ["*"], "gateways": ["none"], "http": []}, ["KIA1102"]),
        ("VirtualService", routed({"host": "reviews.default"}, weight=80), ["KIA1104"]),
        ("VirtualService", routed({"host": "reviews"}), []),
        ("DestinationRule", {"host": "ghost"}, ["KIA0202"]),
        ("DestinationRule", {"host": "reviews", "subsets": [{"name": "v7", "labels": {"version": "v7"}}]}, ["KIA0203"]),
        ("DestinationRule", {"host": "reviews", "subsets": [{"name": "v2", "labels": {"version": "v2"}}]}, []),
        ("Gateway", {"selector": {"istio": "ingressgateway"}}, ["KIA0302"]),
        (
            "AuthorizationPolicy",
            {"selector": {"matchLabels": {"app": "ghost"}}, "rules": [{"from": [{"source": {"namespaces": ["gone"]}}]}]},
            ["KIA0004", "KIA0101"],
        ),
        ("PeerAuthentication", {"mtls": {"mode": "STRICT"}}, []),
    ],
)  # fmt: skip
def test_validations(kind: str, spec: dict[str, Any], codes: list[str]) -> None:
    listed = namespace_lists.configuration(mesh([made(kind, "one", spec)]), "default")
    found = listed["validations"][kind.lower()]["one.default"]
    assert [check["code"] for check in found["checks"]] == codes
    assert found["valid"] == (not any(check["severity"] == "error" for check in found["checks"]))


def test_health_follows_replicas_and_answers() -> None:
    def status(samples: list[Any], name: str = "reviews", kind: str = "app") -> str:
        return str(namespace_lists.health(mesh(), "default", kind, samples)[name]["status"])

    assert status([]) == "Healthy"
    assert status([rate("", "reviews/v1", 99), rate("", "reviews/v1", 1, "500")]) == "Degraded"
    assert status([rate("", "reviews/v1", 8), rate("", "reviews/v1", 2, "503")]) == "Failure"
    assert status([rate("", "reviews/v1", 8), rate("", "reviews/v1", 2, "404")], kind="service") == "Failure"
    objects = mesh()
    down = type(objects)(
        objects.namespaces,
        objects.services,
        objects.pods,
        {"Deployment": [deployment("reviews", "v1", 1, 0)]},
        {},
    )
    assert namespace_lists.health(down, "default", "workload", [])["reviews-v1"]["status"] == "Failure"


def test_lists() -> None:
    objects = mesh()
    assert [each["name"] for each in namespace_lists.applications(objects, "default")] == [
        "productpage",
        "reviews",
    ]
    listed = namespace_lists.workloads(objects, "default")
    assert [(each["name"], each["podCount"], each["istioSidecar"]) for each in listed] == [
        ("productpage-v1", 1, True), ("reviews-v1", 1, True), ("reviews-v2", 1, True),
    ]  # fmt: skip
    assert [each["name"] for each in namespace_lists.services(objects, "default")] == [
        "productpage",
        "reviews",
    ]
    assert namespace_lists.configuration_count(
        mesh([made("DestinationRule", "d", {"host": "ghost"})]), "default"
    ) == (1, 1, 0)
