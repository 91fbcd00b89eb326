"""The schemas of Istio's kinds, and what istiod's webhook says of an object."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from runner.practice.containers.istiod.config_validation import validated, validation_answer
from runner.practice.istio_release.api_fields import messages, schema_of, unknown_fields
from runner.practice.istio_release.istio_definitions import api_version, definitions

Json = dict[str, Any]
FIRST, NOW = (1, 11), (1, 30)


def test_the_table_of_fields_is_whole() -> None:
    """Every message that a field has is in it."""
    scalars = {
        "string",
        "bool",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "double",
        "duration",
        "bytes",
        "object",
    }
    for name, fields in messages().items():
        for field in fields:
            assert field.words or field.type in scalars or field.type in messages(), f"{name}.{field.name}"


def test_definitions_of_the_first_release_and_of_now() -> None:
    first = {each["metadata"]["name"]: each["spec"] for each in definitions(11)}
    now = {each["metadata"]["name"]: each["spec"] for each in definitions(30)}
    assert len(first) == 13 and "istiooperators.install.istio.io" in first
    assert "istiooperators.install.istio.io" not in now and "wasmplugins.extensions.istio.io" in now
    versions = [
        (each["name"], each["storage"]) for each in now["virtualservices.networking.istio.io"]["versions"]
    ]
    assert versions == [("v1", True), ("v1alpha3", False), ("v1beta1", False)]
    assert api_version("VirtualService", 11) == "networking.istio.io/v1alpha3"
    assert api_version("PeerAuthentication", 30) == "security.istio.io/v1"


def test_a_schema_has_types_words_and_choices() -> None:
    match = schema_of("StringMatch", 11)
    assert match["oneOf"][0] == {
        "not": {"anyOf": [{"required": [name]} for name in ("exact", "prefix", "regex")]}
    }
    route = schema_of("HTTPRoute", 11)["properties"]
    assert "directResponse" not in route and "directResponse" in schema_of("HTTPRoute", 30)["properties"]
    assert route["route"]["items"]["properties"]["weight"] == {"type": "integer", "format": "int32"}
    simple = schema_of("LoadBalancerSettings", 11)["properties"]["simple"]["enum"]
    assert "LEAST_CONN" in simple and "LEAST_REQUEST" not in simple
    assert "required" not in schema_of("Subset", 11) and schema_of("Subset", 30)["required"] == ["name"]


def test_unknown_fields_have_their_path() -> None:
    spec = {"hosts": ["a"], "http": [{"rout": [], "route": [{"destination": {"hots": "a"}}]}]}
    assert unknown_fields("VirtualService", spec, 11) == [
        ("http[0]", "rout"),
        ("http[0].route[0].destination", "hots"),
    ]


def obj(kind: str, spec: str, name: str = "a") -> Json:
    return {"kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": yaml.safe_load(spec)}


ROUTE = "route: [{destination: {host: a}}]"
TWO = "route: [{destination: {host: a}, weight: 50}, {destination: {host: b}, weight: 60}]"


@pytest.mark.parametrize(
    ("kind", "spec", "words"),
    [
        ("VirtualService", f"{{hosts: [a], http: [{{{TWO}}}]}}",
         "total destination weight 110 != 100"),
        ("VirtualService", "{hosts: [a]}", "http, tcp or tls must be provided in virtual service"),
        ("VirtualService", f"{{hosts: ['*'], http: [{{{ROUTE}}}]}}",
         "wildcard host * is not allowed for virtual services bound to the mesh gateway"),
        ("VirtualService", "{hosts: [a], http: [{match: [{uri: {prefix: /}}]}]}", "HTTP route or redirect is required"),
        ("VirtualService", f"{{hosts: [a], http: [{{match: [{{uri: {{regex: 'a('}}}}], {ROUTE}}}]}}",

                '"uri": error parsing regexp: missing closing ): `a(`; Istio uses RE2 style regex-based match (https://github.com/google/re2/wiki/Syntax)'),
        ("VirtualService", f"{{hosts: [a], http: [{{timeout: 3, {ROUTE}}}]}}", 'bad Duration: time: invalid duration "3"'),
        ("VirtualService", f"{{hosts: [a], http: [{{timeout: 0s, {ROUTE}}}]}}", "duration must be greater than 1ms"),
        ("VirtualService", f"{{hosts: [a], http: [{{fault: {{}}, {ROUTE}}}]}}",
         "HTTP fault injection must have an abort and/or a delay"),
        ("VirtualService", f"{{hosts: [a], http: [{{fault: {{abort: {{httpStatus: 99}}}}, {ROUTE}}}]}}",
         "HTTP status 99 is not in range 200-599"),
        ("VirtualService", f"{{hosts: [a], http: [{{retries: {{attempts: 3, retryOn: never}}, {ROUTE}}}]}}",
         '"never" is not a valid retryOn policy'),
        ("VirtualService", f"{{hosts: [a], http: [{{redirect: {{uri: /}}, {ROUTE}}}]}}",
         "HTTP route cannot contain both route and redirect"),
        ("DestinationRule", "{host: a, subsets: [{labels: {version: v1}}]}", "subset name cannot be empty"),
        ("DestinationRule", "{host: a, trafficPolicy: {}}", "traffic policy must have at least one field"),
        ("DestinationRule", "{host: a, trafficPolicy: {tls: {mode: MUTUAL}}}",
         "2 errors occurred:\n\t* client certificate required for mutual tls\n\t* private key required for mutual tls\n\n"),
        ("Gateway", "{servers: []}", "gateway must have at least one server"),
        ("Gateway", "{servers: [{port: {number: 80, name: http, protocol: HTTP}}]}",
         "server config must contain at least one host"),
        ("Gateway", "{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*']}]}",
         "server must have TLS settings for HTTPS/TLS protocols"),
        ("ServiceEntry", "{ports: [{number: 80, name: http, protocol: HTTP}]}", "service entry must have at least one host"),
        ("Sidecar", "{}", "sidecar: empty configuration provided"),
        ("Sidecar", "{egress: [{hosts: [reviews]}]}", "host must be of form namespace/dnsName"),
        ("PeerAuthentication", "{portLevelMtls: {'80': {mode: DISABLE}}}",
         "mesh/namespace peer authentication cannot have port level mTLS"),
        ("AuthorizationPolicy", "{action: DENY}",
         "invalid policy a.default: DENY action without `rules` is meaningless as it will never be triggered,"
         " add an empty rule `{}`"
         " if you want it be triggered for every request"),
        ("RequestAuthentication", "{jwtRules: [{jwksUri: 'https://a/b'}]}", "issuer must be set"),
        ("Telemetry", "{tracing: [{randomSamplingPercentage: 101}]}", "randomSamplingPercentage must be in range [0.0, 100.0]"),
    ],
)  # fmt: skip
def test_what_istiod_refuses(kind: str, spec: str, words: str) -> None:
    assert validated(obj(kind, spec), FIRST).words == words


def test_weights_are_shares_in_newer_versions() -> None:
    both = "{hosts: [a], http: [{route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 2}]}]}"
    assert (
        validated(obj("VirtualService", both), FIRST).errors
        and not validated(obj("VirtualService", both), NOW).errors
    )


def test_the_answer_to_a_review() -> None:
    bad = obj("Gateway", "{servers: []}")
    answer = validation_answer({"operation": "CREATE", "namespace": "default", "object": bad}, FIRST)
    assert answer == {
        "allowed": False,
        "status": {"message": "configuration is invalid: gateway must have at least one server"},
    }
    assert validation_answer({"operation": "DELETE", "object": bad}, FIRST) == {"allowed": True}
    twice = obj("VirtualService", f"{{hosts: [a], http: [{{{ROUTE}}}, {{{ROUTE}}}]}}")
    answer = validation_answer({"operation": "CREATE", "namespace": "default", "object": twice}, FIRST)
    assert answer["allowed"] and answer["warnings"] == [
        "virtualService rule #1 not used (only the last rule can have no matches)"
    ]


@pytest.mark.parametrize("kind", sorted(messages()))
def test_nothing_of_a_wrong_type_is_an_error_of_ours(kind: str) -> None:
    for spec in (
        None,
        [],
        "x",
        {"hosts": 3},
        {"servers": [None, 3]},
        {"http": [{"route": [{"weight": "a"}]}]},
    ):
        validated({"kind": kind, "metadata": {"name": "a"}, "spec": spec}, FIRST)
