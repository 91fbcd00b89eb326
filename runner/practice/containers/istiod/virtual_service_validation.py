"""VirtualServices (istio 1.11.3, pkg/config/validation: ValidateVirtualService, validateHTTPRoute)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from runner.practice.containers.istiod import validation_problems as check
from runner.practice.containers.istiod.validation_problems import Json, Problems, items, mapping

RETRY_ON = frozenset((
    "5xx", "gateway-error", "reset", "connect-failure", "refused-stream", "retriable-4xx", "retriable-status-codes",
    "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal",
    "resource-exhausted", "unavailable",
))  # fmt: skip
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"))
ANY_SUM_SINCE = (1, 14)
"""From which version weights are shares of their sum, whatever that is."""


def virtual_service(spec: Json, problems: Problems, version: tuple[int, int]) -> None:
    hosts, gateways = [str(host) for host in spec.get("hosts") or ()], spec.get("gateways") or ["mesh"]
    delegate = not hosts
    if delegate:
        _delegate(spec, problems)
    _gateway_names(spec.get("gateways") or (), problems)
    _hosts(hosts, gateways, problems)
    if not any(spec.get(kind) for kind in ("http", "tcp", "tls")):
        problems.add("http, tcp or tls must be provided in virtual service")
    for route in items(spec.get("http")):
        _http_route(route, problems, version, delegate=delegate)
    for route in items(spec.get("tls")):
        _tls_route(route, hosts, problems, version)
    for route in items(spec.get("tcp")):
        for match in items(route.get("match")):
            _network_match(match, problems)
        if not route.get("route"):
            problems.add("TCP route is required")
        _weights(items(route.get("route")), problems, version)
    _export_to(spec.get("exportTo") or (), problems)
    _unreachable(items(spec.get("http")), problems)


def _delegate(spec: Json, problems: Problems) -> None:
    if spec.get("gateways"):
        problems.add("delegate virtual service must have no gateways specified")
    for kind in ("tls", "tcp"):
        if spec.get(kind):
            problems.add(f"delegate virtual service must have no {kind} route specified")


def _hosts(hosts: list[str], gateways: list[Any], problems: Problems) -> None:
    for host in hosts:
        if check.is_ip(host):
            continue
        problems.add(check.wildcard_domain(host))
        if host == "*" and "mesh" in gateways:
            problems.add("wildcard host * is not allowed for virtual services bound to the mesh gateway")
    for number, host in enumerate(hosts):
        for other in hosts[:number]:
            if host == other:
                problems.add(f"duplicate hosts in virtual service: {other} & {host}")


def _gateway_names(names: Iterable[Any], problems: Problems) -> None:
    for name in names:
        parts = str(name).split("/")
        if len(parts) == 1:
            problems.add(check.fqdn(str(name)))
        elif len(parts) != 2 or not all(parts):
            problems.add("config namespace and gateway name cannot be empty")


def _http_route(route: Json, problems: Problems, version: tuple[int, int], *, delegate: bool) -> None:
    _conflicts(route, problems, delegate=delegate)
    for match in items(route.get("match")):
        _http_match(match, problems, delegating=delegate or bool(route.get("delegate")))
    _header_operations(mapping(route.get("headers")), problems)
    _cors(mapping(route.get("corsPolicy")), problems)
    if "fault" in route:
        _fault(mapping(route["fault"]), problems)
    _mirror(route, problems)
    if "redirect" in route:
        _redirect(mapping(route["redirect"]), problems)
    if "retries" in route:
        _retries(mapping(route["retries"]), problems)
    if "rewrite" in route and not (
        mapping(route["rewrite"]).get("uri") or mapping(route["rewrite"]).get("authority")
        or mapping(route["rewrite"]).get("uriRegexRewrite")
    ):  # fmt: skip
        problems.add("rewrite must specify URI, authority, or both")
    _weights(items(route.get("route")), problems, version)
    problems.add(check.duration(route.get("timeout")))


def _header_operations(headers: Json, problems: Problems) -> None:
    for part in ("request", "response"):
        operations = mapping(headers.get(part))
        for action in ("add", "set"):
            for name in mapping(operations.get(action)):
                problems.add(check.header_name(name))
        for name in operations.get("remove") or ():
            problems.add(check.header_name(str(name)))


def _mirror(route: Json, problems: Problems) -> None:
    if (share := route.get("mirrorPercent")) is not None:
        if share > 100:
            problems.add(f"mirror_percent must have a max value of 100 (it has {share})")
        problems.warn('using deprecated setting "mirrorPercent", use "mirrorPercentage" instead')
    if (share := mapping(route.get("mirrorPercentage")).get("value", 0)) > 100:
        problems.add(f"mirror_percentage must have a max value of 100 (it has {share:f})")
    if "mirror" in route:
        _destination(mapping(route["mirror"]), problems)


def _conflicts(route: Json, problems: Problems, *, delegate: bool) -> None:
    if route.get("delegate") is not None and not delegate:
        for field in ("redirect", "route"):
            if route.get(field):
                problems.add(f"root HTTP route {route.get('name', '')} must not specify {field}")
        return
    if delegate and route.get("delegate") is not None:
        problems.add("delegate HTTP route cannot contain delegate")
    if route.get("redirect") is not None:
        if route.get("route"):
            problems.add("HTTP route cannot contain both route and redirect")
        if route.get("fault") is not None:
            problems.add("HTTP route cannot contain both fault and redirect")
        if route.get("rewrite") is not None:
            problems.add("HTTP route rule cannot contain both rewrite and redirect")
    elif not route.get("route") and route.get("directResponse") is None:
        problems.add("HTTP route or redirect is required")


def _http_match(match: Json, problems: Problems, *, delegating: bool) -> None:
    for field in ("uri", "scheme", "method", "authority"):
        pattern = mapping(match.get(field)).get("regex")
        if pattern and delegating:
            problems.add(
                f"{'url' if field == 'uri' else field} match does not support regex match for delegating"
            )
        problems.add(check.regex(pattern, field))
    for field in ("headers", "withoutHeaders", "queryParams"):
        for name, value in mapping(match.get(field)).items():
            if value is None:
                problems.add(f"header match {name} cannot be null")
            if field != "queryParams":
                problems.add(check.header_name(name))
            problems.add(
                check.regex(mapping(value).get("regex"), field if field != "withoutHeaders" else "headers")
            )
    if match.get("port"):
        problems.add(check.port(match["port"]))
    problems.add(check.labels(match.get("sourceLabels")))
    _gateway_names(match.get("gateways") or (), problems)


def _weights(destinations: list[Json], problems: Problems, version: tuple[int, int]) -> None:
    for each in destinations:
        if not each.get("destination"):
            problems.add("destination is required")
        else:
            _destination(mapping(each["destination"]), problems)
        weight = each.get("weight", 0)
        if weight < 0:
            problems.add(f"weight {weight} < 0")
        elif weight > 100 and version < ANY_SUM_SINCE:
            problems.add(f"weight {weight} > 100")
    total = sum(each.get("weight", 0) for each in destinations)
    if version >= ANY_SUM_SINCE:
        if len(destinations) > 1 and total == 0:
            problems.add("total destination weight = 0")
    elif total != 100 and (len(destinations) > 1 or (len(destinations) == 1 and total != 0)):
        problems.add(f"total destination weight {total} != 100")


def _destination(found: Json, problems: Problems) -> None:
    host = str(found.get("host") or "")
    if host == "*":
        problems.add("invalid destination host *")
    else:
        problems.add(check.wildcard_domain(host))
    if found.get("subset"):
        problems.add(check.subset_name(found["subset"]))
    if "port" in found:
        problems.add(check.port(mapping(found["port"]).get("number")))


def _cors(policy: Json, problems: Problems) -> None:
    for origin in items(policy.get("allowOrigins")):
        problems.add(check.regex(origin.get("regex"), "corsPolicy.allowOrigins"))
    for method in policy.get("allowMethods") or ():
        if method not in METHODS:
            problems.add(f'"{method}" is not a supported HTTP method')
    for name in [*(policy.get("allowHeaders") or ()), *(policy.get("exposeHeaders") or ())]:
        problems.add(check.header_name(str(name)))
    problems.add(check.duration(policy.get("maxAge")))


def _fault(fault: Json, problems: Problems) -> None:
    abort, delay = fault.get("abort"), fault.get("delay")
    if abort is None and delay is None:
        problems.add("HTTP fault injection must have an abort and/or a delay")
    if abort is not None:
        _percent(mapping(abort.get("percentage")).get("value"), problems)
        status = abort.get("httpStatus")
        if status is not None and not 200 <= status <= 599:
            problems.add(f"HTTP status {status} is not in range 200-599")
        if abort.get("http2Error") is not None:
            problems.add("HTTP/2 abort fault injection not supported yet")
    if delay is not None:
        _percent(mapping(delay.get("percentage")).get("value"), problems)
        if delay.get("exponentialDelay") is not None:
            problems.add("exponentialDelay not supported yet")
        problems.add(check.duration(delay.get("fixedDelay")))


def _percent(value: Any, problems: Problems) -> None:
    if value is None:
        return
    if value < 0 or value > 100:
        problems.add(f"percentage {value:f} is not in range 0..100")
    elif 0 < value < 0.0001:
        problems.add(f"percentage {value:f} is too small")


def _redirect(redirect: Json, problems: Problems) -> None:
    if not any(redirect.get(field) for field in ("uri", "authority", "port", "derivePort", "scheme")):
        problems.add("redirect must specify URI, authority, or both")
    code = redirect.get("redirectCode") or 301
    if not 300 <= code <= 399:
        problems.add(f"{code} is not a valid redirect code, must be 3xx")


def _retries(retries: Json, problems: Problems) -> None:
    attempts = retries.get("attempts", 0)
    if attempts < 0:
        problems.add("attempts cannot be negative")
    if attempts == 0 and (retries.get("perTryTimeout") is not None or retries.get("retryOn")):
        problems.add("http retry policy configured when attempts are set to 0 (disabled)")
    problems.add(check.duration(retries.get("perTryTimeout")))
    for policy in str(retries.get("retryOn") or "").split(","):
        word = policy.strip()
        known = word in RETRY_ON or (word.isdigit() and 100 <= int(word) <= 599)
        if retries.get("retryOn") and not known:
            problems.add(f'"{policy}" is not a valid retryOn policy')


def _tls_route(route: Json, hosts: list[str], problems: Problems, version: tuple[int, int]) -> None:
    if not route.get("match"):
        problems.add("TLS route must have at least one match condition")
    for match in items(route.get("match")):
        if not match.get("sniHosts"):
            problems.add("TLS match must have at least one SNI host")
        for sni in match.get("sniHosts") or ():
            problems.add(check.wildcard_domain(str(sni)))
            if not any(_within(str(sni), host) for host in hosts):
                listed = ", ".join(hosts)
                problems.add(
                    f'SNI host "{sni}" is not a compatible subset of any of the virtual service hosts: [{listed}]'
                )
        _network_match(match, problems)
    if not route.get("route"):
        problems.add("TLS route is required")
    _weights(items(route.get("route")), problems, version)


def _within(name: str, host: str) -> bool:
    if host in ("*", name):
        return True
    return host.startswith("*") and name.removeprefix("*").endswith(host[1:])


def _network_match(match: Json, problems: Problems) -> None:
    for subnet in match.get("destinationSubnets") or ():
        problems.add(check.cidr_or_ip(str(subnet)))
    if match.get("port"):
        problems.add(check.port(match["port"]))
    problems.add(check.labels(match.get("sourceLabels")))
    _gateway_names(match.get("gateways") or (), problems)


def _export_to(found: Iterable[Any], problems: Problems) -> None:
    words = [str(each) for each in found]
    for word in dict.fromkeys(words):
        if words.count(word) > 1:
            problems.add(f"duplicate entries in exportTo for entry {word}")
    if "*" in words and len(words) > 1:
        problems.add("cannot have both public (*) and non-public exportTo values for a resource")


def _unreachable(routes: list[Json], problems: Problems) -> None:
    """Rules behind one that takes everything, or behind the same match."""
    seen: dict[str, str] = {}
    everything = ""
    for number, route in enumerate(routes):
        shown = f'"{route["name"]}"' if route.get("name") else f"#{number}"
        matches = items(route.get("match"))
        if not matches:
            if everything:
                problems.warn(
                    f"virtualService rule {shown} not used (only the last rule can have no matches)"
                )
            everything = everything or shown
            continue
        same = [seen.get(json.dumps(match, sort_keys=True)) for match in matches]
        if all(same):
            problems.warn(f"virtualService rule {shown} not used (all matches used by prior rules)")
        for match in matches:
            seen.setdefault(json.dumps(match, sort_keys=True), shown)
