"""Gateways, authentication, authorization and telemetry: what they are made of."""

from __future__ import annotations

import pytest

from runner.practice.mesh.mesh_view import Json
from tests.practice.mesh.translated_mesh import SmallMesh, Translated, bookinfo

GATEWAY = """
kind: Gateway
metadata: {name: web}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: HOSTS}]
"""


def gateway(hosts: str, *rules: str) -> Translated:
    """The ingress gateway with one server, and VirtualServices bound to it."""
    mesh = bookinfo().apply(GATEWAY.replace("HOSTS", hosts))
    for number, rule in enumerate(rules):
        mesh.apply(
            f"kind: VirtualService\nmetadata: {{name: r{number}, creationTimestamp: '{number}'}}\nspec: {rule}"
        )
    return mesh.config("istio-ingressgateway")


def bound(hosts: str, path: str) -> str:
    """A VirtualService of the gateway `web`."""
    to = "route: [{destination: {host: productpage}}]"
    return f"{{hosts: {hosts}, gateways: [web], http: [{{match: [{{uri: {{prefix: {path}}}}}], {to}}}]}}"


def test_a_gateway_listens_at_the_port_of_its_pod() -> None:
    translated = gateway("['*']", bound("['*']", "/productpage"))
    (listener,) = translated.config.listeners
    assert listener["address"]["pipe"]["path"].endswith(f"gw-{translated.ip}-8080")
    (route,) = translated.routes("http.80", "*")
    assert route["match"] == {"prefix": "/productpage"}
    assert route["route"]["cluster"].endswith("outbound|9080||productpage.default.svc.cluster.local")


def test_only_hosts_of_both_are_let_in() -> None:
    translated = gateway(
        "[a.example, '*.b.example']", bound("['*.example']", "/1"), bound("[x.b.example, c.example]", "/2")
    )
    hosts = {
        host["name"]: host["domains"]
        for host in translated.config.routes[f"{translated.ip};http.80"]["virtual_hosts"]
    }
    assert hosts == {
        "a.example:80": ["a.example", "a.example:*"],
        "*.b.example:80": ["*.b.example", "*.b.example:80"],
        "x.b.example:80": ["x.b.example", "x.b.example:*"],
    }


def test_namespaces_of_hosts_decide_whose_rules_are_taken() -> None:
    assert gateway("['default/a.example']", bound("[a.example]", "/1")).routes("http.80", "a.example")
    for hosts in ("['other/a.example']", "['./b.example']"):
        (only,) = gateway(hosts, bound("[a.example]", "/1")).config.routes.values()
        assert only["virtual_hosts"][0]["routes"] == []


def test_rules_of_several_virtual_services_for_a_host_come_together() -> None:
    everything = "{hosts: [a.example], gateways: [web], http: [{route: [{destination: {host: ratings}}]}]}"
    translated = gateway("['*']", everything, bound("[a.example]", "/2"), bound("[a.example]", "/3"))
    assert [route["match"]["prefix"] for route in translated.routes("http.80", "a.example")] == [
        "/2",
        "/3",
        "/",
    ]


SERVERS = """
kind: Gateway
metadata: {name: secure}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 443, name: a, protocol: HTTPS}, hosts: [a.example], tls: {mode: SIMPLE, credentialName: a-cert}}
  - {port: {number: 443, name: b, protocol: HTTPS}, hosts: [b.example], tls: {mode: MUTUAL, credentialName: b-cert}}
  - {port: {number: 443, name: c, protocol: TLS}, hosts: [c.example], tls: {mode: PASSTHROUGH}}
  - {port: {number: 31400, name: d, protocol: TCP}, hosts: ['*']}
---
kind: VirtualService
spec:
  hosts: [c.example]
  gateways: [secure]
  tls: [{match: [{port: 443, sniHosts: [c.example]}], route: [{destination: {host: ratings, port: {number: 9080}}}]}]
---
kind: VirtualService
spec:
  hosts: ['*']
  gateways: [secure]
  tcp: [{match: [{port: 31400}], route: [{destination: {host: details, port: {number: 9080}}}]}]
"""


def test_tls_servers_are_told_apart_by_name() -> None:
    translated = bookinfo().apply(SERVERS).config("istio-ingressgateway")
    chains = {
        chain["filter_chain_match"]["server_names"][0]: chain
        for chain in translated.listener("0.0.0.0_8443")["filter_chains"]
    }
    assert "transport_socket" not in chains["c.example"]
    assert chains["c.example"]["filters"][0]["typed_config"]["cluster"].endswith(
        "outbound|9080||ratings.default.svc.cluster.local"
    )
    simple, mutual = (chains[name]["transport_socket"]["typed_config"] for name in ("a.example", "b.example"))
    assert (simple["require_client_certificate"], mutual["require_client_certificate"]) == (False, True)
    assert [
        (found.kind, found.source)
        for found in translated.config.secrets
        if found.kind.startswith("credential")
    ] == [
        ("credential", "a-cert"),
        ("credential", "b-cert"),
        ("credential-ca", "b-cert"),
    ]
    assert f"{translated.ip};https.443.a.secure.default" in translated.config.routes
    (tcp,) = translated.listener("0.0.0.0_31400")["filter_chains"]
    assert tcp["filters"][0]["typed_config"]["cluster"].endswith(
        "outbound|9080||details.default.svc.cluster.local"
    )


def test_servers_that_cannot_share_a_port_are_named() -> None:
    mesh = bookinfo().apply(GATEWAY.replace("HOSTS", "['*']"))
    mesh.apply(
        "kind: Gateway\nmetadata: {name: z}\nspec:\n  selector: {istio: ingressgateway}\n"
        "  servers: [{port: {number: 80, name: t, protocol: TCP}, hosts: ['*']}]"
    )
    translated = mesh.config("istio-ingressgateway")
    assert [(found.name, found.kind) for found in translated.ineffective] == [("z", "Gateway")]
    assert len(translated.config.listeners) == 1


def chains(mesh: SmallMesh, pod: str = "ratings-v1") -> list[tuple[str, bool]]:
    """(kind, with TLS) of the ways into a pod's port."""
    found = mesh.config(pod).listener("virtualInbound|9080")["filter_chains"]
    return [(chain["name"].split("_")[1], "transport_socket" in chain) for chain in found]


def authentication(spec: str, namespace: str = "default", name: str = "default") -> str:
    """A PeerAuthentication."""
    return f"kind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}"


def test_the_narrowest_mode_holds() -> None:
    mesh = bookinfo()
    assert chains(mesh) == [("http", True), ("http", False)]
    mesh.apply(authentication("{mtls: {mode: STRICT}}", "istio-system"))
    assert chains(mesh) == [("http", True)]
    mesh.apply(authentication("{mtls: {mode: PERMISSIVE}}"))
    assert chains(mesh) == [("http", True), ("http", False)]
    mesh.apply(authentication("{selector: {matchLabels: {app: ratings}}, mtls: {mode: STRICT}}", name="own"))
    assert chains(mesh) == [("http", True)]
    assert chains(mesh, "details-v1") == [("http", True), ("http", False)]
    port = "portLevelMtls: {'9080': {mode: DISABLE}}"
    mesh.apply(
        authentication(
            f"{{selector: {{matchLabels: {{app: ratings}}}}, mtls: {{mode: STRICT}}, {port}}}", name="own"
        )
    )
    assert chains(mesh) == [("http", False)]


def rbac(*policies: str, pod: str = "ratings-v1") -> list[Json]:
    """The rules of the RBAC filters that AuthorizationPolicies make."""
    mesh = bookinfo()
    for number, policy in enumerate(policies):
        mesh.apply(f"kind: AuthorizationPolicy\nmetadata: {{name: p{number}}}\nspec: {policy}")
    translated = mesh.config(pod)
    assert not translated.ineffective
    return [
        found["rules"] for found in translated.http_filter("virtualInbound|9080", "envoy.filters.http.rbac")
    ]


def test_a_policy_without_rules_allows_nothing_and_one_for_others_says_nothing() -> None:
    assert rbac("{}") == [{"action": "ALLOW"}]
    assert rbac("{action: DENY}") == [{"action": "DENY"}]
    assert rbac("{selector: {matchLabels: {app: details}}}") == []
    assert rbac("{action: AUDIT, rules: [{}]}") == []
    (allowed,) = rbac("{rules: [{}]}")
    assert allowed["policies"] == {
        "ns[default]-policy[p0]-rule[0]": {"permissions": [{"any": True}], "principals": [{"any": True}]}
    }


def test_denials_are_asked_for_first() -> None:
    assert [found["action"] for found in rbac("{rules: [{}]}", "{action: DENY, rules: [{}]}")] == [
        "DENY",
        "ALLOW",
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("principals: ['*']", {"authenticated": {"principal_name": {"safe_regex": {"regex": ".+"}}}}),
        (
            "principals: [cluster.local/ns/a/sa/b]",
            {"authenticated": {"principal_name": {"exact": "spiffe://cluster.local/ns/a/sa/b"}}},
        ),
        ("principals: ['*/sa/b']", {"authenticated": {"principal_name": {"suffix": "/sa/b"}}}),
        ("namespaces: [a]", {"authenticated": {"principal_name": {"safe_regex": {"regex": ".*/ns/a/.*"}}}}),
        ("remoteIpBlocks: [10.0.0.0/8]", {"remote_ip": {"address_prefix": "10.0.0.0", "prefix_len": 8}}),
        (
            "notRemoteIpBlocks: [10.0.0.1]",
            {"not_id": {"remote_ip": {"address_prefix": "10.0.0.1", "prefix_len": 32}}},
        ),
    ],
)
def test_clients(source: str, expected: Json) -> None:
    (found,) = rbac(f"{{rules: [{{from: [{{source: {{{source}}}}}]}}]}}")
    ((rule,),) = ([policy["principals"] for policy in found["policies"].values()],)
    assert rule == [{"and_ids": {"ids": [expected]}}]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("methods: [GET]", {"header": {"name": ":method", "string_match": {"exact": "GET"}}}),
        ("paths: ['/a*']", {"url_path": {"path": {"prefix": "/a"}}}),
        (
            "paths: ['/a', '*/b']",
            {
                "or_rules": {
                    "rules": [
                        {"url_path": {"path": {"exact": "/a"}}},
                        {"url_path": {"path": {"suffix": "/b"}}},
                    ]
                }
            },
        ),
        ("notPaths: [/a]", {"not_rule": {"url_path": {"path": {"exact": "/a"}}}}),
        (
            "hosts: [A.example]",
            {"header": {"name": ":authority", "string_match": {"exact": "A.example", "ignore_case": True}}},
        ),
        ("ports: ['9080']", {"any": True}),
        ("ports: ['80']", {"not_rule": {"any": True}}),
    ],
)
def test_operations(operation: str, expected: Json) -> None:
    (found,) = rbac(f"{{rules: [{{to: [{{operation: {{{operation}}}}}]}}]}}")
    (policy,) = found["policies"].values()
    assert policy["permissions"] == [{"and_rules": {"rules": [expected]}}]


def test_conditions_on_requests_are_not_asked_of_connections() -> None:
    mesh = bookinfo()
    mesh.service("echo", [mesh.pod("echo-0")], ("tcp", 9000))
    rule = "rules: [{to: [{operation: {methods: [GET], ports: ['9000']}}]}]"
    for action, expected in (("ALLOW", 0), ("DENY", 1)):
        mesh.apply(f"kind: AuthorizationPolicy\nmetadata: {{name: p}}\nspec: {{action: {action}, {rule}}}")
        chain = mesh.config("echo-0").listener("virtualInbound|9000")["filter_chains"][0]
        rules = chain["filters"][0]["typed_config"]["rules"]
        assert (rules["action"], len(rules.get("policies", {}))) == (action, expected)


def test_policies_that_make_no_sense_are_named_and_external_ones_too() -> None:
    mesh = bookinfo()
    for name, spec in (
        ("odd", "{rules: [{when: [{key: odd.key, values: [a]}]}]}"),
        ("block", "{rules: [{from: [{source: {ipBlocks: [nonsense]}}]}]}"),
        ("custom", "{action: CUSTOM, provider: {name: a}, rules: [{}]}"),
    ):
        mesh.apply(f"kind: AuthorizationPolicy\nmetadata: {{name: {name}}}\nspec: {spec}")
    found = {entry.name: entry.why for entry in mesh.config("ratings-v1").ineffective}
    assert "odd.key" in found["odd"]
    assert "nonsense" in found["block"]
    assert "CUSTOM is not supported" in found["custom"]


def test_tokens_of_one_issuer_and_of_several() -> None:
    mesh = bookinfo()
    keys = 'jwks: \'{"keys": [{"kty": "oct", "k": "a"}]}\''
    mesh.apply(
        f"kind: RequestAuthentication\nspec: {{jwtRules: [{{issuer: a, {keys}, fromHeaders: [{{name: x-t, prefix: 'T '}}]}}]}}"
    )
    (single,) = mesh.config("ratings-v1").http_filter("virtualInbound|9080", "envoy.filters.http.jwt_authn")
    assert single["providers"]["origins-0"]["from_headers"] == [{"name": "x-t", "value_prefix": "T "}]
    wanted = single["rules"][0]["requires"]["requires_any"]["requirements"]
    assert wanted == [{"provider_name": "origins-0"}, {"allow_missing": {}}]
    mesh.apply(
        "kind: RequestAuthentication\nmetadata: {name: b}\nspec: {jwtRules: [{issuer: b, jwksUri: 'https://keys.example/jwks'}]}"
    )
    mesh.apply(
        "kind: RequestAuthentication\nmetadata: {name: c}\nspec: {jwtRules: [{issuer: c, jwks: nonsense}]}"
    )
    translated = mesh.config("ratings-v1")
    (several,) = translated.http_filter("virtualInbound|9080", "envoy.filters.http.jwt_authn")
    by_issuer = {provider["issuer"]: provider for provider in several["providers"].values()}
    assert set(by_issuer) == {"a", "b"}
    assert by_issuer["b"]["remote_jwks"]["http_uri"]["cluster"] == f"{translated.ip};jwks|443||keys.example"
    assert "jwks|443||keys.example" in translated.cluster_names()
    assert [found.name for found in translated.ineffective] == ["c"]


def manager(translated: Translated) -> Json:
    """The first connection manager of the way in."""
    found: Json = translated.listener("virtualInbound|9080")["filter_chains"][0]["filters"][-1][
        "typed_config"
    ]
    return found


def line(translated: Translated) -> object:
    """What istio-proxy's log would show."""
    return manager(translated)["access_log"][0]["typed_config"]["log_format"]["json_format"].get("line")


def test_logs_are_on_where_the_mesh_or_a_telemetry_says_so() -> None:
    mesh = bookinfo()
    assert str(line(mesh.config("ratings-v1"))).startswith('[%START_TIME%] "%REQ(:METHOD)%')
    mesh.apply(
        "kind: Telemetry\nspec: {selector: {matchLabels: {app: ratings}}, accessLogging: [{disabled: true}]}"
    )
    assert line(mesh.config("ratings-v1")) is None
    assert line(mesh.config("details-v1"))
    mesh.settings = {}
    assert line(mesh.config("details-v1")) is None
    mesh.apply(
        "kind: Telemetry\nmetadata: {name: logged, namespace: istio-system}\n"
        "spec: {accessLogging: [{providers: [{name: envoy}]}]}"
    )
    assert line(mesh.config("details-v1"))
    mesh.settings = {"accessLogEncoding": "JSON", "accessLogFile": "/dev/stdout"}
    assert isinstance(line(mesh.config("details-v1")), dict)


def test_sampling_is_the_meshs_or_that_of_a_telemetry() -> None:
    mesh = bookinfo()
    assert manager(mesh.config("ratings-v1"))["tracing"]["random_sampling"] == {"value": 100.0}
    mesh.apply(
        "kind: Telemetry\nmetadata: {namespace: istio-system}\nspec: {tracing: [{randomSamplingPercentage: 12.5}]}"
    )
    assert manager(mesh.config("ratings-v1"))["tracing"]["random_sampling"] == {"value": 12.5}
    mesh.apply("kind: Telemetry\nmetadata: {name: silent}\nspec: {tracing: [{disableSpanReporting: true}]}")
    assert "tracing" not in manager(mesh.config("ratings-v1"))


def test_spans_have_the_name_of_their_service() -> None:
    tags = manager(bookinfo().config("ratings-v1"))["tracing"]["custom_tags"]
    assert {"tag": "service.name", "literal": {"value": "ratings.default"}} in tags
