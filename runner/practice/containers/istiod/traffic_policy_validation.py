"""DestinationRules and their traffic policies (istio 1.11.3, pkg/config/validation: ValidateDestinationRule)."""

from __future__ import annotations

from runner.practice.containers.istiod import validation_problems as check
from runner.practice.containers.istiod.validation_problems import Json, Problems, items, mapping

FIELDS = ("loadBalancer", "connectionPool", "outlierDetection", "tls")
OTHERS = ("portLevelSettings", "tunnel", "proxyProtocol", "retryBudget")


def destination_rule(spec: Json, problems: Problems) -> None:
    problems.add(check.wildcard_domain(str(spec.get("host") or "")))
    _traffic_policy(spec.get("trafficPolicy"), problems)
    for subset in items(spec.get("subsets")):
        problems.add(check.subset_name(subset.get("name")))
        problems.add(check.labels(subset.get("labels")))
        _traffic_policy(subset.get("trafficPolicy"), problems)


def _traffic_policy(found: Json | None, problems: Problems) -> None:
    if found is None:
        return
    if not any(found.get(field) is not None for field in (*FIELDS, *OTHERS)):
        problems.add("traffic policy must have at least one field")
    _parts(found, problems)
    for level in items(found.get("portLevelSettings")):
        if not mapping(level.get("port")).get("number"):
            problems.add("portTrafficPolicy must have valid port")
        else:
            problems.add(check.port(mapping(level.get("port"))["number"]))
        if not any(level.get(field) is not None for field in FIELDS):
            problems.add("port traffic policy must have at least one field")
        _parts(level, problems)


def _parts(found: Json, problems: Problems) -> None:
    _load_balancer(mapping(found.get("loadBalancer")), problems)
    if found.get("connectionPool") is not None:
        _connection_pool(mapping(found["connectionPool"]), problems)
    _outlier_detection(mapping(found.get("outlierDetection")), problems)
    _tls(mapping(found.get("tls")), problems)


def _load_balancer(found: Json, problems: Problems) -> None:
    hashed = mapping(found.get("consistentHash"))
    if "httpCookie" in hashed:
        cookie = mapping(hashed["httpCookie"])
        if not cookie.get("name"):
            problems.add("name required for HttpCookie")
        if cookie.get("ttl") is None:
            problems.add("ttl required for HttpCookie")
    locality = mapping(found.get("localityLbSetting"))
    if locality.get("distribute") and locality.get("failover"):
        problems.add("can not simultaneously specify 'distribute' and 'failover'")
    for each in items(locality.get("distribute")):
        weights = list(mapping(each.get("to")).values())
        if any(not 1 <= weight <= 100 for weight in weights):
            problems.add("locality weight must be in range [1, 100]")
        elif sum(weights) != 100:
            problems.add(f"total locality weight {sum(weights)} != 100")
    for each in items(locality.get("failover")):
        if each.get("from") == each.get("to"):
            problems.add("locality lb failover settings must specify different regions")


def _connection_pool(found: Json, problems: Problems) -> None:
    if found.get("http") is None and found.get("tcp") is None:
        problems.add("connection pool must have at least one field")
    http, tcp = mapping(found.get("http")), mapping(found.get("tcp"))
    for name, shown in (
        ("http1MaxPendingRequests", "http1 max pending requests"),
        ("http2MaxRequests", "http2 max requests"),
        ("maxRequestsPerConnection", "max requests per connection"),
        ("maxRetries", "max retries"),
    ):
        if http.get(name, 0) < 0:
            problems.add(f"{shown} must be non-negative")
    problems.add(check.duration(http.get("idleTimeout")))
    if http.get("h2UpgradePolicy") == "UPGRADE" and http.get("useClientProtocol"):
        problems.add("use client protocol must not be true when H2UpgradePolicy is UPGRADE")
    if tcp.get("maxConnections", 0) < 0:
        problems.add("max connections must be non-negative")
    problems.add(check.duration(tcp.get("connectTimeout")))


def _outlier_detection(found: Json, problems: Problems) -> None:
    for name in ("baseEjectionTime", "interval"):
        problems.add(check.duration(found.get(name)))
    if found.get("consecutiveErrors"):
        problems.warn(
            "outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors instead"
        )
    if found.get("consecutiveLocalOriginFailures") and not found.get("splitExternalLocalOriginErrors"):
        problems.add(
            "outlier detection consecutive local origin failures is specified, but split external local origin errors is set to"
            " false"
        )
    for name in ("maxEjectionPercent", "minHealthPercent"):
        if not 0 <= found.get(name, 0) <= 100:
            problems.add(f"percentage {found[name]} is not in range 0..100")


def _tls(found: Json, problems: Problems) -> None:
    if found.get("credentialName") and any(
        found.get(name) for name in ("clientCertificate", "caCertificates", "privateKey")
    ):
        problems.add("cannot specify client certificates or CA certificate If credentialName is set")
        return
    if found.get("mode") == "MUTUAL" and not found.get("credentialName"):
        if not found.get("clientCertificate"):
            problems.add("client certificate required for mutual tls")
        if not found.get("privateKey"):
            problems.add("private key required for mutual tls")
