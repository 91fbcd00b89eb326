"""Policies of security, and Telemetry (istio 1.11.3, pkg/config/validation and pkg/config/security)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from runner.practice.containers.istiod import validation_problems as check
from runner.practice.containers.istiod.validation_problems import Json, Problems, items, mapping

SOURCE = (
    "principals",
    "requestPrincipals",
    "namespaces",
    "ipBlocks",
    "remoteIpBlocks",
    "serviceAccounts",
    "trustDomains",
)
OPERATION = ("ports", "methods", "paths", "hosts")
CUSTOM_WITHOUT = (
    "namespaces",
    "notNamespaces",
    "principals",
    "notPrincipals",
    "requestPrincipals",
    "notRequestPrincipals",
)
KEYS = frozenset(
    ("source.ip", "remote.ip", "source.namespace", "source.principal", "source.serviceAccount", "request.auth.principal",
     "request.auth.audiences", "request.auth.presenter", "destination.ip", "destination.port", "connection.sni")
)  # fmt: skip
KEYS_WITH_NAME = ("request.headers[", "request.auth.claims[", "experimental.envoy.filters.")
EMPTY_RULE = "add an empty rule `{}` if you want it be triggered for every request"


def authorization_policy(meta: Json, spec: Json, problems: Problems) -> None:
    found = Problems()
    found.add(*check.workload_selector(mapping(spec.get("selector")), "matchLabels"))
    action, rules, provider = spec.get("action", "ALLOW"), spec.get("rules"), mapping(spec.get("provider"))
    if action in ("CUSTOM", "DENY") and rules is None:
        found.add(
            f"{action} action without `rules` is meaningless as it will never be triggered, {EMPTY_RULE}"
        )
    if action == "CUSTOM":
        if rules is not None and not provider.get("name"):
            found.add("`provider.name` must not be empty")
        _custom(items(rules), found)
    elif spec.get("provider") is not None:
        found.add(f"`provider` must not be with non CUSTOM action, found {action}")
    for number, rule in enumerate(rules or ()):
        if not isinstance(rule, dict):
            found.add(f"`rule` must not be nil, found at rule {number}")
            continue
        _rule(rule, number, found)
    start = f"invalid policy {meta.get('name', '')}.{meta.get('namespace', '')}:"
    problems.add(*(f"{start} {error}" for error in found.errors))


def _custom(rules: list[Json], problems: Problems) -> None:
    for rule in rules:
        for each in items(rule.get("from")):
            for field in CUSTOM_WITHOUT:
                if mapping(each.get("source")).get(field):
                    problems.add(
                        f"From.{field[0].upper()}{field[1:]} is currently not supported with CUSTOM action"
                    )
        for when in items(rule.get("when")):
            key = str(when.get("key") or "")
            if key in ("source.namespace", "source.principal") or key.startswith("request.auth."):
                problems.add(f"{key} is currently not supported with CUSTOM action")


def _rule(rule: Json, number: int, problems: Problems) -> None:
    for field, inner, parts in (("from", "source", SOURCE), ("to", "operation", OPERATION)):
        if rule.get(field) == []:
            problems.add(f"`{field}` must not be empty, found at rule {number}")
        for each in items(rule.get(field)):
            found = each.get(inner)
            if not isinstance(found, dict):
                problems.add(f"`{field}.{inner}` must not be nil, found at rule {number}")
                continue
            both = [name for part in parts for name in (part, f"not{part[0].upper()}{part[1:]}")]
            if not any(found.get(name) for name in both):
                problems.add(f"`{field}.{inner}` must not be empty, found at rule {number}")
            for name in both:
                _values(name, found.get(name) or (), problems)
    for when in items(rule.get("when")):
        key = str(when.get("key") or "")
        if not key:
            problems.add("`key` must not be empty")
        elif not when.get("values") and not when.get("notValues"):
            problems.add(f"at least one of `values` or `notValues` must be set for key {key}")
        elif key not in KEYS and not key.startswith(KEYS_WITH_NAME):
            problems.add(f"invalid `value` for `key` {key}: unknown attribute: {key}")


def _values(name: str, found: Sequence[Any], problems: Problems) -> None:
    shown = f"{name[0].upper()}{name[1:]}"
    if any(value == "" for value in found):
        problems.add(f"`{shown}` must not be empty")
    for value in found:
        if "pBlocks" in name:
            problems.add(_block(str(value)))
        elif name.lower().endswith("ports") and not str(value).isdigit():
            problems.add(f"invalid port {value}: must be a number")


def _block(value: str) -> str | None:
    return f"invalid ip address: {value}" if check.cidr_or_ip(value) else None


def request_authentication(spec: Json, problems: Problems) -> None:
    problems.add(*check.workload_selector(mapping(spec.get("selector")), "matchLabels"))
    for rule in items(spec.get("jwtRules")):
        if not rule.get("issuer"):
            problems.add("issuer must be set")
        if any(not audience for audience in rule.get("audiences") or ()):
            problems.add("audience must be non-empty string")
        if uri := rule.get("jwksUri") or rule.get("jwks_uri"):
            parts = urlsplit(str(uri))
            if parts.scheme not in ("http", "https"):
                problems.add(f'URI scheme "{parts.scheme}" is not supported')
        if rule.get("jwks"):
            try:
                keys = json.loads(rule["jwks"])
                if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
                    raise ValueError
            except ValueError:
                problems.add("jwks parse error")
        _locations(items(rule.get("fromHeaders")), rule.get("fromParams") or (), problems)


def _locations(headers: list[Json], parameters: Iterable[Any], problems: Problems) -> None:
    if any(not each.get("name") for each in headers):
        problems.add("location header name must be non-empty string")
    if any(not each for each in parameters):
        problems.add("location query must be non-empty string")


def peer_authentication(spec: Json, problems: Problems) -> None:
    ports = spec.get("portLevelMtls")
    if ports and not mapping(mapping(spec.get("selector")).get("matchLabels")):
        problems.add("mesh/namespace peer authentication cannot have port level mTLS")
    if ports == {}:
        problems.add("port level mTLS, if defined, must have at least one element")
    if "0" in mapping(ports):
        problems.add("port cannot be 0")
    problems.add(*check.workload_selector(mapping(spec.get("selector")), "matchLabels"))


def telemetry(spec: Json, problems: Problems) -> None:
    problems.add(*check.workload_selector(mapping(spec.get("selector")), "matchLabels"))
    for tracing in items(spec.get("tracing")):
        share = tracing.get("randomSamplingPercentage")
        if share is not None and not 0 <= share <= 100:
            problems.add("randomSamplingPercentage must be in range [0.0, 100.0]")
    for metrics in items(spec.get("metrics")):
        for override in items(metrics.get("overrides")):
            for each in mapping(override.get("tagOverrides")).values():
                if mapping(each).get("operation", "UPSERT") == "UPSERT" and not mapping(each).get("value"):
                    problems.add("tagOverrides.value must be set set when operation is UPSERT")
    for kind in ("accessLogging", "tracing", "metrics"):
        if len(spec.get(kind) or ()) > 1 and kind != "accessLogging":
            problems.warn(f"multiple {kind} is not currently supported")
