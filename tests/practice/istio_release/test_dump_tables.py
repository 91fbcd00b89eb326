"""The tables of `istioctl proxy-config`, of a dump as the practice cluster's Envoy gives it."""

from __future__ import annotations

from typing import Any

from runner.practice.istio_release.dumps import dump_tables as tables
from runner.practice.istio_release.dumps.envoy_dump import camel, clusters, listeners, routes
from runner.practice.istio_release.istioctl.text_columns import columns

Json = dict[str, Any]
FOLDER = "/tmp/labgate-mesh-x"
REVIEWS = "reviews.default.svc.cluster.local"
PLAIN = {"transport_protocol": "raw_buffer", "application_protocols": ["http/1.0", "http/1.1", "h2c"]}


def pipe(name: str) -> Json:
    return {"pipe": {"path": f"{FOLDER}/{name}"}}


def tcp(cluster: str, **match: Any) -> Json:
    filters = [{"name": tables.TCP, "typed_config": {"cluster": cluster}}]
    return {"filter_chain_match": match, "filters": filters} if match else {"filters": filters}


def http(route: str, **match: Any) -> Json:
    return {
        "filter_chain_match": match,
        "filters": [{"name": tables.HTTP, "typed_config": {"rds": {"route_config_name": route}}}],
    }


def part(kind: str, **content: Any) -> Json:
    return {"@type": f"type.googleapis.com/envoy.admin.v3.{kind}ConfigDump", **content}


def metadata(kind: str, name: str) -> Json:
    path = f"/apis/networking.istio.io/v1alpha3/namespaces/default/{kind}/{name}"
    return {"metadata": {"filter_metadata": {"istio": {"config": path}}}}


DNS = {"prefix_ranges": [{"address_prefix": "10.96.0.10", "prefix_len": 32}], "destination_port": 53}
OUTBOUND = {
    "name": "virtualOutbound",
    "address": pipe("out-10.244.0.7"),
    "filter_chains": [tcp("outbound|53||dns", **DNS), http("9080", destination_port=9080, **PLAIN)],
    "default_filter_chain": tcp("PassthroughCluster"),
}
INBOUND = {
    "name": "in",
    "address": pipe("in-10.244.0.7-9080"),
    "filter_chains": [tcp("inbound|9080||", transport_protocol="tls")],
}
GATEWAY = {"name": "gw", "address": pipe("gw-10.244.0.9-8080"), "filter_chains": [http("http.80")]}
ENDS = {"endpoints": [{"lb_endpoints": [{"endpoint": {"address": pipe("in-10.244.0.8-9080")}}]}]}
DUMP: Json = {
    "configs": [
        part("Clusters", dynamic_active_clusters=[
            {"cluster": {"name": f"outbound|9080|v2|{REVIEWS}", "type": "STATIC", "load_assignment": ENDS,
                         **metadata("destination-rule", "reviews")}},
            {"cluster": {"name": f"outbound|9080||{REVIEWS}", "type": "STATIC"}},
            {"cluster": {"name": "PassthroughCluster", "type": "STATIC"}},
        ]),
        part("Listeners", dynamic_listeners=[{"active_state": {"listener": each}} for each in (OUTBOUND, INBOUND, GATEWAY)]),
        part("Routes", dynamic_route_configs=[{"route_config": {"name": "9080", "virtual_hosts": [{
            "name": f"{REVIEWS}:9080",
            "domains": [REVIEWS, "reviews", "reviews:9080", "reviews.default", "reviews.default.svc", "10.96.1.1"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "x"}, **metadata("virtual-service", "reviews")}],
        }, {"name": "block", "domains": ["*"]}]}}]),
    ]
}  # fmt: skip


def test_clusters() -> None:
    assert tables.cluster_rows(clusters(DUMP)) == [
        ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"],
        ["PassthroughCluster", "-", "-", "-", "STATIC", ""],
        [REVIEWS, "9080", "-", "outbound", "EDS", ""],
        [REVIEWS, "9080", "v2", "outbound", "EDS", "reviews.default"],
    ]
    shown = camel(clusters(DUMP))[0]["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]
    assert shown == {"address": {"socketAddress": {"address": "10.244.0.8", "portValue": 9080}}}


def test_listeners_are_those_of_istio() -> None:
    assert tables.listener_rows(listeners(DUMP), 11) == [
        ["ADDRESS", "PORT", "MATCH", "DESTINATION"],
        ["10.96.0.10", "53", "ALL", "Cluster: outbound|53||dns"],
        ["0.0.0.0", "8080", "ALL", "Route: http.80"],
        ["0.0.0.0", "9080", "Trans: raw_buffer; App: HTTP", "Route: 9080"],
        ["0.0.0.0", "15001", "ALL", "PassthroughCluster"],
        ["0.0.0.0", "15006", "Trans: tls; Addr: *:9080", "Cluster: inbound|9080||"],
    ]
    assert tables.listener_rows([], 30) == [["ADDRESSES", "PORT", "MATCH", "DESTINATION"]]


def test_routes() -> None:
    assert tables.route_rows(routes(DUMP), 11) == [
        ["NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE"],
        ["9080", "reviews, reviews.default + 1 more...", "/*", "reviews.default"],
        ["9080", "*", "/*", "404"],
    ]
    assert tables.route_rows(routes(DUMP), 30)[1][:3] == [
        "9080",
        f"{REVIEWS}:9080",
        "reviews, reviews.default + 1 more...",
    ]


def test_endpoints() -> None:
    ejected = {"eds_health_status": "HEALTHY", "failed_outlier_check": True}
    hosts = [
        {"address": pipe("in-10.244.0.9-9080"), "health_status": ejected},
        {"address": pipe("app-10.244.0.8-9080")},
    ]
    rows = tables.endpoint_rows([{"name": "a", "host_statuses": hosts}])
    assert columns(rows, 5).splitlines()[1:] == [
        "10.244.0.8:9080     HEALTHY     OK                a",
        "10.244.0.9:9080     HEALTHY     FAILED            a",
    ]
