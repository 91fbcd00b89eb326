"""RequestAuthentication: which tokens are good. A request without one passes; one with a bad one does not (401)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.authorization_matchers import JWT_PAYLOAD
from runner.practice.mesh.translation.envoy_types import RAW_BUFFER, extension, seconds, with_proxy_header
from runner.practice.mesh.translation.proxy_scope import ProxyScope

_KEY_FIELDS = {"RSA": {"n", "e"}, "EC": {"x", "y"}, "OKP": {"x"}, "oct": {"k"}, None: {"kty"}}
"""What a key of a kind has at least."""


@dataclass
class JwtFilters:
    """Of one proxy."""

    filters: list[Json] = field(default_factory=list)
    clusters: list[Json] = field(default_factory=list)
    """From which keys are fetched."""


def jwt_filters(scope: ProxyScope) -> JwtFilters:
    """All tokens that a proxy looks at."""
    found = JwtFilters()
    providers: dict[str, Json] = {}
    clusters: dict[str, Json] = {}
    for obj in scope.index.of_workload("RequestAuthentication", scope.proxy.workload):
        for rule in (obj.get("spec") or {}).get("jwtRules") or []:
            with scope.ineffective.guard(obj):
                providers[f"origins-{len(providers)}"] = _provider(scope, rule, clusters)
    if not providers:
        return found
    missing: Json = {"allow_missing": {}}
    single = [{"requires_any": {"requirements": [{"provider_name": name}, missing]}} for name in providers]
    if len(single) == 1:
        requirement = single[0]
    else:
        named = [{"provider_name": name} for name in providers]
        requirement = {"requires_any": {"requirements": [*named, {"requires_all": {"requirements": single}}]}}
    rules = [{"match": {"prefix": "/"}, "requires": requirement}]
    found.filters.append(extension("jwt", providers=providers, rules=rules, bypass_cors_preflight=True))
    found.clusters.extend(clusters.values())
    return found


def _provider(scope: ProxyScope, rule: Json, clusters: dict[str, Json]) -> Json:
    """One rule. Raises ValueError for keys that are none."""
    found: Json = {
        "issuer": rule["issuer"],
        "forward": bool(rule.get("forwardOriginalToken")),
        "payload_in_metadata": JWT_PAYLOAD,
    }
    if rule.get("audiences"):
        found["audiences"] = list(rule["audiences"])
    headers = [
        {"name": header["name"], **({"value_prefix": header["prefix"]} if header.get("prefix") else {})}
        for header in rule.get("fromHeaders") or []
    ]
    if headers:
        found["from_headers"] = headers
    if rule.get("fromParams"):
        found["from_params"] = list(rule["fromParams"])
    if rule.get("fromCookies"):
        found["from_cookies"] = list(rule["fromCookies"])
    if rule.get("outputPayloadToHeader"):
        found["forward_payload_header"] = rule["outputPayloadToHeader"]
    if claims := rule.get("outputClaimToHeaders"):
        found["claim_to_headers"] = [
            {"header_name": claim["header"], "claim_name": claim["claim"]} for claim in claims
        ]
    if rule.get("jwks"):
        keys = json.loads(rule["jwks"])
        if not isinstance(keys, dict) or not keys.get("keys"):
            raise ValueError("jwks has no keys")
        if not all(_KEY_FIELDS.get(key.get("kty"), {"kty"}) <= key.keys() for key in keys["keys"]):
            raise ValueError("jwks has a key without its parts")
        found["local_jwks"] = {"inline_string": rule["jwks"]}
    else:
        found["remote_jwks"] = _remote(scope, rule, clusters)
    return found


def _remote(scope: ProxyScope, rule: Json, clusters: dict[str, Json]) -> Json:
    """Keys that are fetched, as a client in the cluster would fetch them."""
    uri = rule.get("jwksUri") or rule["issuer"].rstrip("/") + "/.well-known/jwks.json"
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"jwksUri {uri!r} is no address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    name = scope.named(f"jwks|{port}||{parts.hostname}")
    socket = (
        extension("upstream_tls", sni=parts.hostname, common_tls_context={})
        if parts.scheme == "https"
        else RAW_BUFFER
    )
    clusters[name] = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": scope.paths.passthrough}}}}]}
            ],
        },
        "transport_socket": with_proxy_header(
            socket, peer=scope.proxy.uid, destination=f"{parts.hostname}:{port}"
        ),
    }
    return {
        "http_uri": {"uri": uri, "cluster": name, "timeout": seconds(rule.get("timeout")) or "5s"},
        "cache_duration": "1200s",
    }
