"""What a route does beside choosing a destination: retries, faults, mirrors, CORS, hashing."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.envoy_types import (
    any_of,
    extension,
    fraction,
    in_range,
    positive_seconds,
    seconds,
)
from runner.practice.mesh.translation.route_match import string_matcher

_STATUS_CODES = frozenset(status.value for status in HTTPStatus)


def retry_policy(retries: Json | None, version: tuple[int, int]) -> Json | None:
    """Istio's: two retries where nothing is said, on what cannot have had an effect; None where retries are off."""
    policy: Json = {
        "retry_on": "connect-failure,refused-stream,unavailable,cancelled",
        "num_retries": 2,
        "retry_host_predicate": [extension("previous_hosts")],
        "host_selection_retry_max_attempts": 5,
    }
    if version < (1, 24):
        policy["retry_on"] += ",retriable-status-codes"
        policy["retriable_status_codes"] = [503]
    if retries is None:
        return policy
    attempts = int(retries.get("attempts") or 0)
    if attempts <= 0:
        return None
    policy["num_retries"] = attempts
    if retries.get("retryOn"):
        policy |= _retry_on(retries["retryOn"])
    if timeout := seconds(retries.get("perTryTimeout")):
        policy["per_try_timeout"] = timeout
    if retries.get("backoff"):
        policy["retry_back_off"] = {"base_interval": seconds(retries["backoff"])}
    if retries.get("retryIgnorePreviousHosts") is False:
        del policy["retry_host_predicate"]
    return policy


def _retry_on(conditions: str) -> Json:
    """Numbers among the conditions are status codes."""
    parts = [part.strip() for part in conditions.split(",") if part.strip()]
    codes = [int(part) for part in parts if part.isdecimal() and int(part) in _STATUS_CODES]
    names = [part for part in parts if not (part.isdecimal() and int(part) in _STATUS_CODES)]
    if codes and "retriable-status-codes" not in names:
        names.append("retriable-status-codes")
    return {"retry_on": ",".join(names), "retriable_status_codes": codes}


def fault(injection: Json) -> Json | None:
    """The configuration of the fault filter for a route."""
    found: Json = {}
    delay = injection.get("delay") or {}
    if duration := positive_seconds(delay.get("fixedDelay"), "fixedDelay"):
        found["delay"] = {"fixed_delay": duration, "percentage": _percentage(delay)}
    abort = injection.get("abort") or {}
    if abort.get("httpStatus"):
        found["abort"] = {
            "http_status": in_range(abort["httpStatus"], 200, 599, "httpStatus"),
            "percentage": _percentage(abort),
        }
    elif abort.get("grpcStatus"):
        found["abort"] = {
            "grpc_status": _GRPC_STATUSES.index(abort["grpcStatus"]),
            "percentage": _percentage(abort),
        }
    return any_of("fault", **found) if found else None


_GRPC_STATUSES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)


def _percentage(part: Json) -> Json:
    """Nobody is hit where none is given."""
    if part.get("percentage") is not None:
        return fraction(float((part["percentage"] or {}).get("value") or 0))
    return fraction(float(part.get("percent") or 0))


def mirrors(rule: Json, cluster: Callable[[Json], str]) -> list[Json]:
    """Where copies of requests go; `cluster` names that of a destination."""
    found = []
    if rule.get("mirror"):
        percentage = rule.get("mirrorPercentage")
        if percentage is not None:
            percent = float((percentage or {}).get("value") or 0)
        else:
            percent = float(rule["mirrorPercent"]) if rule.get("mirrorPercent") is not None else 100.0
        found.append((rule["mirror"], percent))
    for mirror in rule.get("mirrors") or []:
        value = mirror.get("percentage")
        found.append((mirror["destination"], 100.0 if value is None else float(value.get("value") or 0)))
    return [
        {
            "cluster": cluster(destination),
            "runtime_fraction": {"default_value": fraction(percent)},
            "trace_sampled": False,
        }
        for destination, percent in found
        if percent > 0
    ]


def cors_policy(policy: Json) -> Json:
    """The configuration of the CORS filter for a route. Raises ValueError for a bad regular expression."""
    if policy.get("allowOrigins"):
        origins = [matcher for value in policy["allowOrigins"] if (matcher := string_matcher(value))]
    else:
        origins = [{"exact": origin} for origin in policy.get("allowOrigin") or []]
    found: Json = {"allow_origin_string_match": origins}
    for field, name in (
        ("allowMethods", "allow_methods"),
        ("allowHeaders", "allow_headers"),
        ("exposeHeaders", "expose_headers"),
    ):
        if policy.get(field):
            found[name] = ",".join(policy[field])
    if duration := seconds(policy.get("maxAge")):
        found["max_age"] = duration.removesuffix("s").partition(".")[0]
    if policy.get("allowCredentials") is not None:
        found["allow_credentials"] = bool(policy["allowCredentials"])
    return any_of("cors_policy", **found)


def hash_policy(load_balancer: Json | None) -> Json | None:
    """What of a request a `consistentHash` looks at."""
    consistent = (load_balancer or {}).get("consistentHash") or {}
    if consistent.get("httpHeaderName"):
        return {"header": {"header_name": consistent["httpHeaderName"]}}
    if consistent.get("httpCookie"):
        cookie = consistent["httpCookie"]
        found: Json = {"name": cookie["name"]}
        if not cookie["name"]:
            raise ValueError("a cookie to hash by has no name")
        if cookie.get("path"):
            found["path"] = cookie["path"]
        if ttl := seconds(cookie.get("ttl")):
            found["ttl"] = ttl
        return {"cookie": found}
    if consistent.get("useSourceIp"):
        return {"connection_properties": {"source_ip": True}}
    if consistent.get("httpQueryParameterName"):
        return {"query_parameter": {"name": consistent["httpQueryParameterName"]}}
    return None
