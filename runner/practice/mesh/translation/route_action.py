"""One HTTP rule of a VirtualService as Envoy's routes, and the routes of services without one."""

from __future__ import annotations

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.envoy_types import in_range, seconds
from runner.practice.mesh.translation.host_names import full_name
from runner.practice.mesh.translation.proxy_scope import ProxyScope
from runner.practice.mesh.translation.route_headers import header_changes
from runner.practice.mesh.translation.route_match import (
    checked_regex,
    is_catch_all,
    route_match,
    static_match,
)
from runner.practice.mesh.translation.route_policies import (
    cors_policy,
    fault,
    hash_policy,
    mirrors,
    retry_policy,
)
from runner.practice.mesh.translation.virtual_services import HttpRule, VirtualService

_NO_TIMEOUT: Json = {
    "timeout": "0s",
    "max_stream_duration": {"max_stream_duration": "0s", "grpc_timeout_header_max": "0s"},
}


def default_route(
    cluster: str, operation: str, retry: Json | None = None, hashed: Json | None = None
) -> Json:
    """Everything to one cluster, without a time limit."""
    action: Json = {"cluster": cluster, **_NO_TIMEOUT}
    if retry:
        action["retry_policy"] = retry
    if hashed:
        action["hash_policy"] = [hashed]
    return {
        "name": "default",
        "match": {"prefix": "/"},
        "decorator": {"operation": operation},
        "route": action,
    }


def http_routes(scope: ProxyScope, rules: VirtualService, port: int, gateways: frozenset[str]) -> list[Json]:
    """The routes of a VirtualService at a port, as far as they can be met there; a malformed one is left out."""
    workload = scope.proxy.workload
    found: list[Json] = []
    for rule in rules.http:
        for match in rule.spec.get("match") or [{}]:
            with scope.ineffective.guard(rules.obj):
                if not static_match(match, port, workload.labels, workload.namespace, gateways):
                    continue
                route = _route(scope, rules, rule, match, port)
                found.append(route)
                if is_catch_all(route["match"]):
                    return found
    return found


def _route(scope: ProxyScope, rules: VirtualService, rule: HttpRule, match: Json, port: int) -> Json:
    """Of one rule under one of its conditions. Raises what malformed fields lead to."""
    spec = rule.spec
    route: Json = {"match": route_match(match)}
    names = [name for name in (spec.get("name"), match.get("name")) if name]
    if names:
        route["name"] = ".".join(names)
    path = f"/apis/networking.istio.io/v1alpha3/namespaces/{rules.namespace}/virtual-service/{rules.name}"
    route["metadata"] = {"filter_metadata": {"istio": {"config": path}}}
    changes = header_changes(spec.get("headers"))
    changes.add_to(route)
    if spec.get("redirect"):
        route["redirect"] = _redirect(spec["redirect"])
        operation = f"{rules.name}:{port}"
    elif spec.get("directResponse"):
        route["direct_response"] = _direct_response(spec["directResponse"])
        operation = f"{rules.name}:{port}"
    else:
        operation = _forward(scope, rules, rule, route, changes.authority, port)
    route["decorator"] = {"operation": operation + _path_of(route["match"])}
    filters: Json = {}
    if spec.get("fault") and (injected := fault(spec["fault"])):
        filters["envoy.filters.http.fault"] = injected
    if spec.get("corsPolicy"):
        filters["envoy.filters.http.cors"] = cors_policy(spec["corsPolicy"])
    if filters:
        route["typed_per_filter_config"] = filters
    return route


def _forward(
    scope: ProxyScope, rules: VirtualService, rule: HttpRule, route: Json, authority: str, port: int
) -> str:
    """Adds the destinations to `route`, and says what the operation is called: by the destination if there is one."""
    spec = rule.spec

    def cluster(destination: Json) -> str:
        return destination_cluster(scope, destination, rule.namespace, port)

    action: Json = {**_NO_TIMEOUT}
    if timeout := seconds(spec.get("timeout")):
        # beside max_stream_duration, Envoy does not look at the timeout
        action = {"timeout": timeout}
    if retry := retry_policy(spec.get("retries"), scope.index.config.version):
        action["retry_policy"] = retry
    authority = _rewrite(spec.get("rewrite") or {}, action) or authority
    if authority:
        action["host_rewrite_literal"] = authority
    if copies := mirrors(spec, cluster):
        action["request_mirror_policies"] = copies
    destinations = [item for item in spec.get("route") or [] if item.get("weight") or len(spec["route"]) == 1]
    if not destinations:
        raise ValueError("a route has no destination with a weight")
    weighted: list[Json] = []
    hashed: list[Json] = []
    for item in destinations:
        entry: Json = {
            "name": cluster(item["destination"]),
            "weight": in_range(item.get("weight") or 100, 0, 2**31, "weight"),
        }
        header_changes(item.get("headers")).add_to(entry)
        weighted.append(entry)
        if policy := destination_hash(scope, item["destination"], rule.namespace, port):
            hashed.append(policy)
    if hashed:
        action["hash_policy"] = hashed
    route["route"] = action
    if len(weighted) > 1:
        action["weighted_clusters"] = {"clusters": weighted}
        return f"{rules.name}:{port}"
    only = weighted[0]
    action["cluster"] = only.pop("name")
    del only["weight"]
    for name, values in only.items():
        route[name] = [*route.get(name, ()), *values]
    _, number, _, host = action["cluster"].split("|")
    return f"{host}:{number}"


def destination_cluster(scope: ProxyScope, destination: Json, namespace: str, port: int) -> str:
    """The cluster of a destination: its own port, a service's only one, or the one that the request came to."""
    host = full_name(destination["host"], namespace)
    number = (destination.get("port") or {}).get("number")
    if not number:
        service = scope.find(host)
        number = service.ports[0].number if service is not None and len(service.ports) == 1 else port
    return scope.cluster(int(number), destination.get("subset") or "", host)


def destination_hash(scope: ProxyScope, destination: Json, namespace: str, port: int) -> Json | None:
    """What the DestinationRule of a destination hashes."""
    host = full_name(destination["host"], namespace)
    rule = scope.rule_for(host)
    if rule is None:
        return None
    number = (destination.get("port") or {}).get("number") or port
    with scope.ineffective.guard(rule.obj):
        return hash_policy(
            rule.traffic_policy(destination.get("subset") or "", int(number)).get("loadBalancer")
        )
    return None


def _rewrite(rewrite: Json, action: Json) -> str:
    """Adds what happens to the path, and says what the Host becomes."""
    if rewrite.get("uriRegexRewrite"):
        regex = rewrite["uriRegexRewrite"]
        action["regex_rewrite"] = {
            "pattern": {"regex": checked_regex(regex["match"])},
            "substitution": regex.get("rewrite") or "",
        }
    elif rewrite.get("uri"):
        action["prefix_rewrite"] = rewrite["uri"]
    authority: str = rewrite.get("authority") or ""
    return authority


_REDIRECT_CODES = {
    301: "MOVED_PERMANENTLY",
    302: "FOUND",
    303: "SEE_OTHER",
    307: "TEMPORARY_REDIRECT",
    308: "PERMANENT_REDIRECT",
}


def _redirect(redirect: Json) -> Json:
    code = int(redirect.get("redirectCode") or 301)
    if code not in _REDIRECT_CODES:
        raise ValueError(f"redirect code {code} is not supported")
    found: Json = {"response_code": _REDIRECT_CODES[code]}
    if redirect.get("authority"):
        found["host_redirect"] = redirect["authority"]
    if redirect.get("uri"):
        uri: str = redirect["uri"]
        if uri.startswith("%PREFIX()%"):
            found["prefix_rewrite"] = uri.removeprefix("%PREFIX()%")
        else:
            found["path_redirect"] = uri
    if redirect.get("scheme"):
        found["scheme_redirect"] = redirect["scheme"]
    if redirect.get("port"):
        found["port_redirect"] = int(redirect["port"])
    return found


def _direct_response(response: Json) -> Json:
    found: Json = {"status": in_range(response["status"], 200, 599, "status")}
    body = response.get("body") or {}
    if body.get("string"):
        found["body"] = {"inline_string": body["string"]}
    elif body.get("bytes"):
        found["body"] = {"inline_bytes": body["bytes"]}
    return found


def _path_of(match: Json) -> str:
    """As the name of an operation has it."""
    if "path" in match:
        return str(match["path"])
    if "safe_regex" in match:
        return str(match["safe_regex"]["regex"])
    return f"{match.get('prefix', '/')}*"
