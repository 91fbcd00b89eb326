"""A DestinationRule's trafficPolicy as fields of an Envoy cluster."""

from __future__ import annotations

import math

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.envoy_types import UNLIMITED, in_range, positive_seconds, seconds

_LOAD_BALANCERS = {
    "ROUND_ROBIN": "ROUND_ROBIN",
    "LEAST_CONN": "LEAST_REQUEST",
    "LEAST_REQUEST": "LEAST_REQUEST",
    "RANDOM": "RANDOM",
}


def load_balancing(settings: Json | None, version: tuple[int, int]) -> Json:
    """lb_policy and its details. Round robin until Istio 1.13, least request since."""
    settings = settings or {}
    default = "LEAST_REQUEST" if version >= (1, 14) else "ROUND_ROBIN"
    consistent = settings.get("consistentHash")
    if consistent and consistent.get("maglev") is not None:
        size = in_range((consistent["maglev"] or {}).get("tableSize") or 65537, 2, 5000011, "tableSize")
        if any(size % number == 0 for number in range(2, math.isqrt(size) + 1)):
            raise ValueError(f"tableSize must be a prime number, not {size}")
        return {"lb_policy": "MAGLEV", "maglev_lb_config": {"table_size": size}}
    if consistent:
        size = (consistent.get("ringHash") or consistent).get("minimumRingSize")
        return {
            "lb_policy": "RING_HASH",
            "ring_hash_lb_config": {
                "minimum_ring_size": in_range(size or 1024, 1, 8388608, "minimumRingSize")
            },
        }
    found: Json = {"lb_policy": _LOAD_BALANCERS.get(settings.get("simple") or "", default)}
    if window := seconds(settings.get("warmupDurationSecs")):
        name = "least_request_lb_config" if found["lb_policy"] == "LEAST_REQUEST" else "round_robin_lb_config"
        if found["lb_policy"] != "RANDOM":
            found[name] = {"slow_start_config": {"slow_start_window": window}}
    return found


_UNLIMITED_THRESHOLD: Json = {
    **dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries"), UNLIMITED),
    "track_remaining": True,
}
_UNLIMITED_POOL: Json = {
    "circuit_breakers": {"thresholds": [_UNLIMITED_THRESHOLD]},
    "connect_timeout": "10s",
}


def connection_pool(settings: Json | None) -> Json:
    """circuit_breakers, connect_timeout and what else a pool has; everything unlimited where nothing is set."""
    if not settings:
        return _UNLIMITED_POOL
    tcp, http = settings.get("tcp") or {}, settings.get("http") or {}
    threshold = {**_UNLIMITED_THRESHOLD}
    for field, values, name in (
        ("maxConnections", tcp, "max_connections"),
        ("http1MaxPendingRequests", http, "max_pending_requests"),
        ("http2MaxRequests", http, "max_requests"),
        ("maxRetries", http, "max_retries"),
    ):
        if int(values.get(field) or 0) > 0:
            threshold[name] = in_range(values[field], 1, UNLIMITED, field)
    found: Json = {
        "circuit_breakers": {"thresholds": [threshold]},
        "connect_timeout": positive_seconds(tcp.get("connectTimeout"), "connectTimeout") or "10s",
    }
    return found


def http_options(settings: Json | None) -> Json:
    """common_http_protocol_options of the upstream."""
    if not settings:
        return {}
    http, tcp = settings.get("http") or {}, settings.get("tcp") or {}
    found: Json = {}
    if timeout := seconds(http.get("idleTimeout")):
        found["idle_timeout"] = timeout
    if int(http.get("maxRequestsPerConnection") or 0) > 0:
        found["max_requests_per_connection"] = int(http["maxRequestsPerConnection"])
    if duration := seconds(tcp.get("maxConnectionDuration")):
        found["max_connection_duration"] = duration
    return found


def outlier_detection(settings: Json | None) -> Json:
    """outlier_detection and the panic threshold, which Istio has off; nothing where none is set."""
    if settings is None:
        return {}
    # one endpoint may always go, as in the Envoy of Istio's time; since then, none goes below maxEjectionPercent of all
    found: Json = {"enforcing_success_rate": 0, "always_eject_one_host": True}
    for field, name in (
        ("consecutive5xxErrors", "consecutive_5xx"),
        ("consecutiveErrors", "consecutive_gateway_failure"),  # the name until Istio 1.5
        ("consecutiveGatewayErrors", "consecutive_gateway_failure"),
    ):
        value = settings.get(field)
        if value is not None:
            found[name] = in_range(value, 0, UNLIMITED, field) or 1
            found[f"enforcing_{name}"] = 100 if int(value) else 0
    for field, name in (("interval", "interval"), ("baseEjectionTime", "base_ejection_time")):
        if duration := positive_seconds(settings.get(field), field):
            found[name] = duration
    if int(settings.get("maxEjectionPercent") or 0) > 0:
        found["max_ejection_percent"] = in_range(settings["maxEjectionPercent"], 0, 100, "maxEjectionPercent")
    if settings.get("splitExternalLocalOriginErrors"):
        found |= {"split_external_local_origin_errors": True, "enforcing_local_origin_success_rate": 0}
        if int(settings.get("consecutiveLocalOriginFailures") or 0) > 0:
            found["consecutive_local_origin_failure"] = int(settings["consecutiveLocalOriginFailures"])
            found["enforcing_consecutive_local_origin_failure"] = 100
    return {
        "outlier_detection": found,
        "common_lb_config": {
            "healthy_panic_threshold": {
                "value": float(in_range(settings.get("minHealthPercent") or 0, 0, 100, "minHealthPercent"))
            }
        },
    }
