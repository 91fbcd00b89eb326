"""Services, DestinationRules and ServiceEntries as clusters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.practice.mesh.mesh_view import Json
from tests.practice.mesh.translated_mesh import SmallMesh, Translated, bookinfo

REVIEWS = "outbound|9080||reviews.default.svc.cluster.local"


def with_policy(policy: str) -> Translated:
    """Bookinfo with a traffic policy for reviews, as productpage has it."""
    text = (
        f"kind: DestinationRule\nmetadata: {{name: rule}}\nspec:\n  host: reviews\n  trafficPolicy: {policy}"
    )
    return bookinfo().apply(text).config("productpage-v1")


def addresses(cluster: Json) -> list[str]:
    """Of the endpoints."""
    return [
        endpoint["metadata"]["filter_metadata"]["istio"]["address"]
        for group in cluster["load_assignment"]["endpoints"]
        for endpoint in group["lb_endpoints"]
    ]


def upstream_tls(cluster: Json) -> Json:
    """Of the first socket, behind its PROXY header."""
    socket: Json = cluster["transport_socket_matches"][0]["transport_socket"]["typed_config"][
        "transport_socket"
    ]
    return socket


def test_a_cluster_without_a_rule_has_no_limits() -> None:
    cluster = bookinfo().config("productpage-v1").cluster(REVIEWS)
    (threshold,) = cluster["circuit_breakers"]["thresholds"]
    assert {
        threshold[key] for key in ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    } == {2**32 - 1}
    assert (cluster["lb_policy"], cluster["connect_timeout"]) == ("ROUND_ROBIN", "10s")
    assert "outlier_detection" not in cluster
    assert addresses(cluster) == ["10.244.0.8:9080", "10.244.0.9:9080", "10.244.0.10:9080"]


def test_a_newer_istio_balances_by_the_least_requests() -> None:
    mesh = bookinfo()
    mesh.version = (1, 20)
    assert mesh.config("productpage-v1").cluster(REVIEWS)["lb_policy"] == "LEAST_REQUEST"


def test_endpoints_with_a_sidecar_are_called_by_mutual_tls_and_others_as_they_are() -> None:
    mesh = bookinfo()
    mesh.service("legacy", [mesh.pod("legacy-0", sidecar=False)])
    translated = mesh.config("productpage-v1")
    cluster = translated.cluster(REVIEWS)
    assert cluster["transport_socket_matches"][0]["match"] == {"tlsMode": "istio"}
    tls = upstream_tls(cluster)["typed_config"]
    assert tls["sni"] == "outbound_.9080_._.reviews.default.svc.cluster.local"
    context = tls["common_tls_context"]
    assert context["alpn_protocols"] == ["istio-http/1.1", "istio", "http/1.1"]
    names = context["combined_validation_context"]["default_validation_context"][
        "match_typed_subject_alt_names"
    ]
    assert names == [
        {"san_type": "URI", "matcher": {"exact": "spiffe://cluster.local/ns/default/sa/reviews"}}
    ]
    assert {request.kind for request in translated.config.secrets} == {"workload", "root"}
    legacy = translated.cluster("outbound|9080||legacy.default.svc.cluster.local")
    assert "transport_socket_matches" not in legacy
    path = legacy["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["pipe"]["path"]
    assert path.endswith(f"app-{mesh.workloads['legacy-0'].ip}-9080")


def test_subsets_have_the_endpoints_of_their_labels() -> None:
    mesh = bookinfo().apply(
        "kind: DestinationRule\nspec:\n  host: reviews\n  trafficPolicy: {loadBalancer: {simple: RANDOM}}\n  subsets:\n"
        "  - {name: v2, labels: {version: v2}}\n"
        "  - {name: v3, labels: {version: v3}, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}\n"
        "  - {name: v9, labels: {version: v9}}"
    )
    translated = mesh.config("productpage-v1")
    host = REVIEWS.rpartition("|")[2]
    clusters = {
        subset: translated.cluster(f"outbound|9080|{subset}|{host}") for subset in ("", "v2", "v3", "v9")
    }
    assert addresses(clusters["v2"]) == ["10.244.0.9:9080"]
    assert clusters["v9"]["load_assignment"]["endpoints"] == []
    assert [cluster["lb_policy"] for cluster in clusters.values()] == [
        "RANDOM",
        "RANDOM",
        "ROUND_ROBIN",
        "RANDOM",
    ]


def test_pools_and_outlier_detection() -> None:
    cluster = with_policy(
        "\n    connectionPool:\n      tcp: {maxConnections: 1, connectTimeout: 30ms}\n"
        "      http: {http1MaxPendingRequests: 2, http2MaxRequests: 3, maxRetries: 4, maxRequestsPerConnection: 5,"
        " idleTimeout: 1m}\n"
        "    outlierDetection: {consecutive5xxErrors: 1, consecutiveGatewayErrors: 0, interval: 1s, baseEjectionTime: 3m,"
        " maxEjectionPercent: 100, minHealthPercent: 25}"
    ).cluster(REVIEWS)
    (threshold,) = cluster["circuit_breakers"]["thresholds"]
    names = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    assert [threshold[name] for name in names] == [1, 2, 3, 4]
    assert cluster["connect_timeout"] == "0.03s"
    (options,) = cluster["typed_extension_protocol_options"].values()
    assert options["common_http_protocol_options"] == {
        "idle_timeout": "60s",
        "max_requests_per_connection": 5,
    }
    outlier = cluster["outlier_detection"]
    assert (outlier["consecutive_5xx"], outlier["enforcing_consecutive_5xx"]) == (1, 100)
    assert outlier["enforcing_consecutive_gateway_failure"] == 0
    assert (outlier["interval"], outlier["base_ejection_time"], outlier["max_ejection_percent"]) == (
        "1s",
        "180s",
        100,
    )
    assert cluster["common_lb_config"]["healthy_panic_threshold"] == {"value": 25.0}


def test_settings_of_a_port_replace_all_others_there() -> None:
    policy = (
        "\n    loadBalancer: {simple: RANDOM}\n    portLevelSettings:\n"
        "    - {port: {number: 9080}, connectionPool: {tcp: {maxConnections: 7}}}"
    )
    cluster = with_policy(policy).cluster(REVIEWS)
    assert cluster["lb_policy"] == "ROUND_ROBIN"
    assert cluster["circuit_breakers"]["thresholds"][0]["max_connections"] == 7


@pytest.mark.parametrize(
    ("hashed", "expected"),
    [
        ("httpHeaderName: x-user", {"header": {"header_name": "x-user"}}),
        ("httpCookie: {name: c, ttl: 0s}", {"cookie": {"name": "c", "ttl": "0s"}}),
        ("useSourceIp: true", {"connection_properties": {"source_ip": True}}),
        ("httpQueryParameterName: q", {"query_parameter": {"name": "q"}}),
    ],
)
def test_consistent_hashing(hashed: str, expected: Json) -> None:
    translated = with_policy(f"{{loadBalancer: {{consistentHash: {{{hashed}}}}}}}")
    assert translated.cluster(REVIEWS)["lb_policy"] == "RING_HASH"
    assert translated.routes("9080", "reviews")[0]["route"]["hash_policy"] == [expected]


def test_the_rule_of_the_client_comes_before_that_of_the_service_and_that_of_the_root() -> None:
    mesh = bookinfo()
    mesh.pod("sleep-0", namespace="other")

    def balanced_by(client: str) -> str:
        return str(mesh.config(client).cluster(REVIEWS)["lb_policy"])

    host = REVIEWS.rpartition("|")[2]
    for namespace, policy, expected in (
        ("istio-system", "RANDOM", "RANDOM"),
        ("default", "LEAST_CONN", "LEAST_REQUEST"),
        ("other", "ROUND_ROBIN", "ROUND_ROBIN"),
    ):
        mesh.apply(
            f"kind: DestinationRule\nmetadata: {{name: rule, namespace: {namespace}}}\n"
            f"spec: {{host: {host}, trafficPolicy: {{loadBalancer: {{simple: {policy}}}}}}}"
        )
        assert balanced_by("sleep-0") == expected
    assert balanced_by("productpage-v1") == "LEAST_REQUEST"
    mesh.apply(
        "kind: DestinationRule\nmetadata: {name: rule}\n"
        "spec: {host: reviews, exportTo: ['.'], trafficPolicy: {loadBalancer: {simple: RANDOM}}}"
    )
    mesh.objects = [obj for obj in mesh.objects if obj["metadata"]["namespace"] != "other"]
    assert balanced_by("productpage-v1") == "RANDOM"


def test_subsets_of_two_rules_for_a_host_come_together() -> None:
    mesh = bookinfo()
    for name in ("v1", "v2"):
        mesh.apply(
            f"kind: DestinationRule\nmetadata: {{name: {name}}}\n"
            f"spec: {{host: reviews, subsets: [{{name: {name}, labels: {{version: {name}}}}}, {{name: same, labels: {{}}}}]}}"
        )
    translated = mesh.config("productpage-v1")
    host = REVIEWS.rpartition("|")[2]
    assert {f"outbound|9080|v1|{host}", f"outbound|9080|v2|{host}"} <= translated.cluster_names()
    assert "duplicate subset same" in translated.ineffective[0].why


def test_tls_that_a_rule_asks_for() -> None:
    for mode, alpn in (("ISTIO_MUTUAL", "istio-http/1.1"), ("SIMPLE", "http/1.1")):
        tls = upstream_tls(with_policy(f"{{tls: {{mode: {mode}, sni: a.example}}}}").cluster(REVIEWS))[
            "typed_config"
        ]
        assert tls["sni"] == "a.example"
        assert alpn in tls["common_tls_context"]["alpn_protocols"]
    mutual = with_policy("{tls: {mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCertificates: /a}}")
    assert [(found.kind, found.paths) for found in mutual.config.secrets if found.paths] == [
        ("file", ("/c", "/k")),
        ("file-ca", ("/a",)),
    ]
    off = with_policy("{tls: {mode: DISABLE}}").cluster(REVIEWS)
    assert upstream_tls(off)["name"] == "envoy.transport_sockets.raw_buffer"
    wrong = with_policy("{tls: {mode: ODD}}")
    assert "unknown TLS mode ODD" in wrong.ineffective[0].why
    assert wrong.cluster(REVIEWS)["load_assignment"]["endpoints"]


def external(text: str) -> Translated:
    """Bookinfo with a ServiceEntry."""
    return bookinfo().apply(f"kind: ServiceEntry\nspec:\n  {text}").config("productpage-v1")


def test_hosts_outside_of_the_mesh() -> None:
    ports = "ports: [{number: 443, name: tls, protocol: TLS}, {number: 80, name: http, protocol: HTTP, targetPort: 8080}]"
    dns = external(f"hosts: [a.example]\n  resolution: DNS\n  location: MESH_EXTERNAL\n  {ports}")
    assert addresses(dns.cluster("outbound|443||a.example")) == ["a.example:443"]
    assert addresses(dns.cluster("outbound|80||a.example")) == ["a.example:8080"]
    assert dns.virtual_host("80", "a.example")["domains"] == ["a.example", "a.example:80"]
    chain = next(
        chain
        for chain in dns.listener("virtualOutbound")["filter_chains"]
        if chain["filter_chain_match"].get("server_names") == ["a.example"]
    )
    assert chain["filters"][0]["typed_config"]["cluster"] == "10.244.0.5;outbound|443||a.example"
    static = external(
        "hosts: [b.example]\n  resolution: STATIC\n  addresses: [192.0.2.1]\n"
        f"  endpoints: [{{address: 198.51.100.7}}]\n  {ports}"
    )
    assert addresses(static.cluster("outbound|443||b.example")) == ["198.51.100.7:443"]
    assert "192.0.2.1:80" in static.virtual_host("80", "b.example")["domains"]
    none = external("hosts: ['*.c.example']\n  ports: [{number: 80, name: http, protocol: HTTP}]")
    path = none.cluster("outbound|80||*.c.example")["load_assignment"]["endpoints"][0]["lb_endpoints"][0]
    assert path["endpoint"]["address"]["pipe"]["path"].endswith("passthrough")


def test_a_service_entry_selects_pods() -> None:
    mesh = bookinfo().apply(
        "kind: ServiceEntry\nspec:\n  hosts: [chosen.example]\n  resolution: STATIC\n  location: MESH_INTERNAL\n"
        "  workloadSelector: {labels: {app: reviews}}\n  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 9080}]"
    )
    assert len(addresses(mesh.config("productpage-v1").cluster("outbound|80||chosen.example"))) == 3


def test_an_external_name_is_called_by_that_name() -> None:
    mesh = bookinfo()
    mesh.service("outside", [], ("http", 80), headless=True, type="ExternalName", external_name="a.example")
    cluster = mesh.config("productpage-v1").cluster("outbound|80||outside.default.svc.cluster.local")
    assert addresses(cluster) == ["a.example:80"]
    assert cluster["transport_socket_matches"][0]["match"] == {"destination": "a.example:80"}


def test_a_port_that_only_the_container_declares_has_a_way_in() -> None:
    mesh = bookinfo()
    mesh.proxies["ratings-v1"] = replace(mesh.proxies["ratings-v1"], container_ports=(9080, 7070))
    translated = mesh.config("ratings-v1")
    assert {"inbound|9080||", "inbound|7070||"} <= translated.cluster_names()
    assert len(translated.listener("virtualInbound|7070")["filter_chains"]) == 4


def test_the_pool_of_a_rule_also_holds_where_requests_arrive() -> None:
    mesh = bookinfo().apply(
        "kind: DestinationRule\nspec: {host: ratings, trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}}"
    )
    cluster = mesh.config("ratings-v1").cluster("inbound|9080||")
    assert cluster["circuit_breakers"]["thresholds"][0]["max_connections"] == 1


def test_the_settings_of_one_mesh_are_not_changed_by_another() -> None:
    """Configurations share what is the same in all of them."""
    with_policy("{connectionPool: {tcp: {maxConnections: 1}}, outlierDetection: {}}")
    test_a_cluster_without_a_rule_has_no_limits()


def test_envoy_filters_are_named_and_istios_own_are_not() -> None:
    mesh: SmallMesh = bookinfo()
    for name in ("mine", "stats-filter-1.11", "tcp-metadata-exchange-1.11"):
        mesh.apply(f"kind: EnvoyFilter\nmetadata: {{name: {name}, namespace: istio-system}}\nspec: {{}}")
    assert [found.name for found in mesh.config("ratings-v1").ineffective] == ["mine"]


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("{connectionPool: {tcp: {maxConnections: 99999999999}}}", "maxConnections"),
        ("{connectionPool: {tcp: {connectTimeout: 0s}}}", "connectTimeout"),
        ("{outlierDetection: {maxEjectionPercent: 300}}", "maxEjectionPercent"),
        ("{loadBalancer: {consistentHash: {httpCookie: {name: '', ttl: 0s}}}}", "cookie"),
        ("{loadBalancer: {consistentHash: {maglev: {tableSize: 10}}}}", "prime"),
    ],
)
def test_numbers_that_envoy_would_refuse_cost_their_rule_only(policy: str, why: str) -> None:
    mesh = bookinfo().apply(f"kind: DestinationRule\nspec: {{host: reviews, trafficPolicy: {policy}}}")
    for pod in ("productpage-v1", "reviews-v1"):
        translated = mesh.config(pod)
        assert addresses(translated.cluster(REVIEWS))
        assert why in translated.ineffective[0].why
