"""VirtualServices and Sidecars as routes: what they are made of."""

from __future__ import annotations

import pytest

from tests.practice.mesh.translated_mesh import SmallMesh, bookinfo

REVIEWS = "reviews.default.svc.cluster.local"


def with_rule(rule: str, hosts: str = "[reviews]") -> SmallMesh:
    """Bookinfo with one VirtualService of one rule."""
    text = f"kind: VirtualService\nmetadata: {{name: rules}}\nspec:\n  hosts: {hosts}\n  http:\n  - {rule}\n"
    return bookinfo().apply(text)


def route(rule: str) -> dict[str, object]:
    """The first route of a rule, as productpage has it."""
    translated = with_rule(rule).config("productpage-v1")
    assert not translated.ineffective
    return translated.routes("9080", "reviews")[0]


TO = "route: [{destination: {host: reviews}}]"


def test_a_service_goes_by_all_its_names() -> None:
    mesh = bookinfo()
    pod = mesh.pod("sleep-0", namespace="other")
    near, far = mesh.config("productpage-v1"), mesh.config("sleep-0")
    assert pod.namespace == "other"
    names = [
        REVIEWS,
        "reviews",
        "reviews.default",
        "reviews.default.svc",
        mesh.services["reviews"].cluster_ips[0],
    ]
    assert near.virtual_host("9080", "reviews")["domains"] == [
        domain for name in names for domain in (name, f"{name}:9080")
    ]
    assert "reviews" not in far.virtual_host("9080", REVIEWS)["domains"]
    assert {"reviews.default", "reviews.default.svc:9080"} <= set(
        far.virtual_host("9080", REVIEWS)["domains"]
    )


def test_a_service_without_rules_has_no_time_limit_and_two_retries() -> None:
    (only,) = bookinfo().config("productpage-v1").routes("9080", "reviews")
    assert only["name"] == "default"
    assert only["decorator"] == {"operation": f"{REVIEWS}:9080/*"}
    action = only["route"]
    assert action["cluster"] == f"10.244.0.5;outbound|9080||{REVIEWS}"
    assert action["timeout"] == "0s"
    assert action["retry_policy"]["num_retries"] == 2
    assert action["retry_policy"]["retriable_status_codes"] == [503]
    assert (
        action["retry_policy"]["retry_host_predicate"][0]["name"]
        == "envoy.retry_host_predicates.previous_hosts"
    )


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("{uri: {exact: /a}}", {"path": "/a"}),
        ("{uri: {prefix: /a}}", {"prefix": "/a"}),
        ("{uri: {prefix: /a}, ignoreUriCase: true}", {"prefix": "/a", "case_sensitive": False}),
        ("{uri: {regex: '/a/[0-9]+'}}", {"safe_regex": {"regex": "/a/[0-9]+"}}),
        (
            "{headers: {end-user: {exact: jason}}}",
            {"prefix": "/", "headers": [{"name": "end-user", "string_match": {"exact": "jason"}}]},
        ),
        ("{headers: {x: {}}}", {"prefix": "/", "headers": [{"name": "x", "present_match": True}]}),
        (
            "{withoutHeaders: {x: {}}}",
            {"prefix": "/", "headers": [{"name": "x", "present_match": True, "invert_match": True}]},
        ),
        (
            "{method: {exact: GET}, authority: {prefix: a}, scheme: {exact: http}}",
            {
                "prefix": "/",
                "headers": [
                    {"name": ":method", "string_match": {"exact": "GET"}},
                    {"name": ":authority", "string_match": {"prefix": "a"}},
                    {"name": ":scheme", "string_match": {"exact": "http"}},
                ],
            },
        ),
        (
            "{queryParams: {v: {exact: '2'}}}",
            {"prefix": "/", "query_parameters": [{"name": "v", "string_match": {"exact": "2"}}]},
        ),
        ("{port: 9080}", {"prefix": "/"}),
        ("{sourceLabels: {app: productpage}, sourceNamespace: default}", {"prefix": "/"}),
    ],
)
def test_conditions(match: str, expected: dict[str, object]) -> None:
    assert route(f"match: [{match}]\n    {TO}")["match"] == expected


@pytest.mark.parametrize(
    "match",
    ["{port: 80}", "{sourceLabels: {app: ratings}}", "{sourceNamespace: other}", "{gateways: [some]}"],
)
def test_conditions_that_no_request_of_the_client_meets_leave_the_service_as_it_is(match: str) -> None:
    (only,) = with_rule(f"match: [{match}]\n    {TO}").config("productpage-v1").routes("9080", "reviews")
    assert only["name"] == "default"


def test_what_comes_after_a_route_for_everything_is_left_out() -> None:
    mesh = with_rule(f"{TO}\n  - match: [{{uri: {{prefix: /never}}}}]\n    {TO}")
    assert len(mesh.config("productpage-v1").routes("9080", "reviews")) == 1


def test_destinations_of_no_weight_are_left_out() -> None:
    weights = (80, 0, 20)
    parts = ", ".join(
        f"{{destination: {{host: reviews, subset: v{n}}}, weight: {w}}}" for n, w in enumerate(weights, 1)
    )
    clusters = route(f"route: [{parts}]")["route"]["weighted_clusters"]["clusters"]  # type: ignore[index]
    assert [(cluster["name"].split("|")[2], cluster["weight"]) for cluster in clusters] == [
        ("v1", 80),
        ("v3", 20),
    ]
    only = route(
        "route: [{destination: {host: reviews, subset: v1}, weight: 100}, {destination: {host: reviews}, weight: 0}]"
    )
    assert only["route"]["cluster"] == f"10.244.0.5;outbound|9080|v1|{REVIEWS}"  # type: ignore[index]


def test_time_limits_retries_rewrites_and_mirrors() -> None:
    action = route(
        "timeout: 1m30s\n    retries: {attempts: 3, perTryTimeout: 500ms, retryOn: '5xx,429'}\n"
        "    rewrite: {uri: /v2, authority: inner}\n    mirror: {host: ratings, subset: v1}\n"
        f"    mirrorPercentage: {{value: 12.5}}\n    {TO}"
    )["route"]
    assert isinstance(action, dict)
    assert (action["timeout"], action["prefix_rewrite"], action["host_rewrite_literal"]) == (
        "90s",
        "/v2",
        "inner",
    )
    retry = action["retry_policy"]
    assert (retry["num_retries"], retry["per_try_timeout"]) == (3, "0.5s")
    assert (retry["retry_on"], retry["retriable_status_codes"]) == ("5xx,retriable-status-codes", [429])
    (mirror,) = action["request_mirror_policies"]
    assert mirror["cluster"].endswith("outbound|9080|v1|ratings.default.svc.cluster.local")
    assert mirror["runtime_fraction"]["default_value"] == {"numerator": 125000, "denominator": "MILLION"}
    off = route(
        f"retries: {{attempts: 0}}\n    mirror: {{host: ratings}}\n    mirrorPercentage: {{value: 0}}\n    {TO}"
    )["route"]
    assert isinstance(off, dict)
    assert "retry_policy" not in off
    assert "request_mirror_policies" not in off


def test_faults_and_cors_are_of_the_route() -> None:
    made = route(
        "fault:\n      delay: {fixedDelay: 7s, percentage: {value: 0.5}}\n"
        "      abort: {httpStatus: 500, percentage: {value: 100}}\n"
        "    corsPolicy: {allowOrigins: [{prefix: 'https://a'}], allowMethods: [GET, POST], maxAge: 24h,"
        " allowCredentials: true}\n"
        f"    {TO}"
    )["typed_per_filter_config"]
    assert isinstance(made, dict)
    fault = made["envoy.filters.http.fault"]
    assert fault["delay"] == {
        "fixed_delay": "7s",
        "percentage": {"numerator": 5000, "denominator": "MILLION"},
    }
    assert fault["abort"]["http_status"] == 500
    cors = made["envoy.filters.http.cors"]
    assert cors["allow_origin_string_match"] == [{"prefix": "https://a"}]
    assert (cors["allow_methods"], cors["max_age"], cors["allow_credentials"]) == ("GET,POST", "86400", True)


def test_redirects_and_direct_responses() -> None:
    redirect = route("redirect: {uri: /b, authority: c, redirectCode: 307}")["redirect"]
    assert redirect == {"response_code": "TEMPORARY_REDIRECT", "path_redirect": "/b", "host_redirect": "c"}
    response = route("directResponse: {status: 418, body: {string: teapot}}")["direct_response"]
    assert response == {"status": 418, "body": {"inline_string": "teapot"}}


def test_the_older_one_of_two_virtual_services_for_a_host_has_it() -> None:
    mesh = bookinfo()
    for name, created, subset in (
        ("younger", "2026-02-01T00:00:00Z", "v2"),
        ("older", "2026-01-01T00:00:00Z", "v1"),
    ):
        mesh.apply(
            f"kind: VirtualService\nmetadata: {{name: {name}, creationTimestamp: '{created}'}}\n"
            f"spec: {{hosts: [reviews], http: [{{route: [{{destination: {{host: reviews, subset: {subset}}}}}]}}]}}"
        )
    translated = mesh.config("productpage-v1")
    (only,) = translated.routes("9080", "reviews")
    assert "|v1|" in only["route"]["cluster"]
    assert [(found.name, found.kind) for found in translated.ineffective] == [("younger", "VirtualService")]


def test_an_exact_host_comes_before_a_wildcard() -> None:
    mesh = bookinfo()
    for name, host, path in (
        ("wide", "'*.default.svc.cluster.local'", "/wide"),
        ("exact", "reviews", "/exact"),
    ):
        mesh.apply(
            f"kind: VirtualService\nmetadata: {{name: {name}, creationTimestamp: '{name[0]}'}}\nspec: {{hosts: [{host}],"
            f" http: [{{match: [{{uri: {{exact: {path}}}}}], {TO}}}]}}"
        )
    translated = mesh.config("productpage-v1")
    assert translated.routes("9080", "reviews")[0]["match"] == {"path": "/exact"}
    assert translated.routes("9080", "ratings")[0]["match"] == {"path": "/wide"}


def test_a_delegate_has_the_rules_of_its_part() -> None:
    mesh = with_rule(
        "match: [{uri: {prefix: /api}}]\n    timeout: 3s\n    delegate: {name: part, namespace: other}"
    )
    mesh.apply(
        "kind: VirtualService\nmetadata: {name: part, namespace: other}\nspec:\n  http:\n"
        "  - {match: [{uri: {prefix: /api/v1}}], route: [{destination: {host: v1.other.svc.cluster.local}}]}\n"
        "  - {match: [{uri: {prefix: /else}}], route: [{destination: {host: never}}]}\n"
        "  - {route: [{destination: {host: short}}], timeout: 1s}"
    )
    translated = mesh.config("productpage-v1")
    first, last = translated.routes("9080", "reviews")
    assert (first["match"], first["route"]["timeout"]) == ({"prefix": "/api/v1"}, "3s")
    assert (last["match"], last["route"]["timeout"]) == ({"prefix": "/api"}, "1s")
    assert last["route"]["cluster"].endswith("outbound|9080||short.other.svc.cluster.local")
    assert [found.name for found in translated.ineffective] == ["part"]
    lost = with_rule("delegate: {name: nobody}").config("productpage-v1")
    assert "default/nobody not found" in lost.ineffective[0].why


def test_what_is_not_exported_is_not_seen() -> None:
    mesh = bookinfo()
    mesh.pod("sleep-0", namespace="other")
    mesh.apply(
        f"kind: VirtualService\nspec: {{hosts: [reviews], exportTo: ['.'], http: [{{timeout: 1s, {TO}}}]}}"
    )
    assert mesh.config("productpage-v1").routes("9080", "reviews")[0]["route"]["timeout"] == "1s"
    assert mesh.config("sleep-0").routes("9080", REVIEWS)[0]["route"]["timeout"] == "0s"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("match: [{uri: {regex: '('}}]\n    " + TO, "invalid regular expression"),
        ("redirect: {redirectCode: 399}", "redirect code 399"),
        ("route: [{destination: {}}]", "'host' is missing"),
        ("headers: {request: {set: {a: '100%'}}}\n    " + TO, "invalid header value"),
        (
            "route: [{destination: {host: a}, weight: 0}, {destination: {host: b}, weight: 0}]",
            "no destination with a weight",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_costs_itself_only(rule: str, why: str) -> None:
    mesh = with_rule(f"{rule}\n  - match: [{{uri: {{exact: /good}}}}]\n    {TO}")
    translated = mesh.config("productpage-v1")
    assert [found["match"] for found in translated.routes("9080", "reviews")] == [{"path": "/good"}]
    assert translated.routes("9080", "ratings")
    assert why in translated.ineffective[0].why
    assert (translated.ineffective[0].kind, translated.ineffective[0].name) == ("VirtualService", "rules")


def test_a_sidecar_limits_what_is_known() -> None:
    mesh = bookinfo().apply(
        "kind: Sidecar\nspec:\n  workloadSelector: {labels: {app: productpage}}\n"
        "  egress: [{hosts: ['./reviews.default.svc.cluster.local', 'istio-system/*']}]\n"
        "  outboundTrafficPolicy: {mode: REGISTRY_ONLY}"
    )
    limited, other = mesh.config("productpage-v1"), mesh.config("ratings-v1")
    assert f"outbound|9080||{REVIEWS}" in limited.cluster_names()
    assert "outbound|9080||ratings.default.svc.cluster.local" not in limited.cluster_names()
    assert limited.virtual_host("9080", "*")["name"] == "block_all"
    assert "outbound|9080||ratings.default.svc.cluster.local" in other.cluster_names()
    assert other.virtual_host("9080", "*")["name"] == "allow_any"


def test_a_sidecar_says_where_the_application_listens() -> None:
    mesh = bookinfo().apply(
        "kind: Sidecar\nspec:\n  workloadSelector: {labels: {app: ratings}}\n"
        "  ingress: [{port: {number: 9080, protocol: HTTP, name: http}, defaultEndpoint: '127.0.0.1:8000'}]"
    )
    cluster = mesh.config("ratings-v1").cluster("inbound|9080||")
    path = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["pipe"][
        "path"
    ]
    assert path.endswith(f"app-{mesh.workloads['ratings-v1'].ip}-8000")


def test_a_port_without_a_protocol_is_looked_into() -> None:
    mesh = bookinfo()
    mesh.service("any", [mesh.pod("any-0")], ("", 7000))
    mesh.service("mysql", [mesh.pod("mysql-0")], ("", 3306))
    translated = mesh.config("productpage-v1")
    chains = translated.listener("virtualOutbound")["filter_chains"]
    at = [chain for chain in chains if chain["filter_chain_match"]["destination_port"] == 7000]
    assert [chain["filters"][0]["name"].rpartition(".")[2] for chain in at] == [
        "http_connection_manager",
        "tcp_proxy",
    ]
    assert "10.244.0.5;any.default.svc.cluster.local:7000" in translated.config.routes
    (mysql,) = [chain for chain in chains if chain["filter_chain_match"]["destination_port"] == 3306]
    assert mysql["filters"][0]["name"] == "envoy.filters.network.tcp_proxy"


def test_tls_rules_are_chosen_by_name_and_tcp_rules_by_weight() -> None:
    mesh = bookinfo()
    mesh.service("secure", [mesh.pod("secure-0")], ("tls", 443))
    mesh.service("echo", [mesh.pod("echo-0")], ("tcp", 9000))
    mesh.apply(
        "kind: VirtualService\nspec:\n  hosts: [secure]\n  tls:\n"
        "  - {match: [{port: 443, sniHosts: [a.example]}], route: [{destination: {host: echo, port: {number: 9000}}}]}\n---\n"
        "kind: VirtualService\nspec:\n  hosts: [echo]\n  tcp:\n  - match: [{port: 9000}]\n"
        "    route: [{destination: {host: echo, subset: v1}, weight: 80}, {destination: {host: echo, subset: v2}, weight: 20}]"
    )
    translated = mesh.config("productpage-v1")
    chains = {
        chain["filter_chain_match"]["destination_port"]: chain
        for chain in translated.listener("virtualOutbound")["filter_chains"]
    }
    assert chains[443]["filter_chain_match"]["server_names"] == ["a.example"]
    assert chains[443]["filters"][0]["typed_config"]["cluster"].endswith(
        "outbound|9000||echo.default.svc.cluster.local"
    )
    weighted = chains[9000]["filters"][0]["typed_config"]["weighted_clusters"]["clusters"]
    assert [cluster["weight"] for cluster in weighted] == [80, 20]
