"""The conditions of a VirtualService's HTTP route."""

from __future__ import annotations

from collections.abc import Mapping

import re2

from runner.practice.mesh.mesh_view import Json

_QUIET = re2.Options()
_QUIET.log_errors = False


def static_match(
    match: Json, port: int, labels: Mapping[str, str], namespace: str, gateways: frozenset[str]
) -> bool:
    """What does not depend on the request: the port, the gateway, or the client's labels and namespace."""
    if match.get("port") and match["port"] != port:
        return False
    if match.get("gateways"):
        return not gateways.isdisjoint(match["gateways"])
    wanted = match.get("sourceLabels") or {}
    return wanted.items() <= labels.items() and match.get("sourceNamespace", namespace) in ("", namespace)


def route_match(match: Json) -> Json:
    """Envoy's match of a request. Raises ValueError for a regular expression that is none."""
    found: Json = _path(match.get("uri") or {})
    if match.get("ignoreUriCase") and "safe_regex" not in found:
        found["case_sensitive"] = False
    headers = [_header(name, value) for name, value in sorted((match.get("headers") or {}).items())]
    headers += [_absent(name, value) for name, value in sorted((match.get("withoutHeaders") or {}).items())]
    for field, header in (("method", ":method"), ("authority", ":authority"), ("scheme", ":scheme")):
        if match.get(field):
            headers.append(_header(header, match[field]))
    if headers:
        found["headers"] = headers
    if match.get("queryParams"):
        found["query_parameters"] = [
            _parameter(name, value) for name, value in sorted(match["queryParams"].items())
        ]
    return found


def is_catch_all(match: Json) -> bool:
    """Whether an Envoy match is met by every request."""
    return match.get("prefix") == "/" and len(match) == 1


def string_matcher(value: Json) -> Json | None:
    """Envoy's StringMatcher of Istio's StringMatch; None for one that only asks for presence. Raises ValueError."""
    if "exact" in value:
        return {"exact": value["exact"]}
    if value.get("prefix"):
        return {"prefix": value["prefix"]}
    if "regex" in value and value["regex"] != "*":
        return {"safe_regex": {"regex": checked_regex(value["regex"])}}
    return None


def _path(uri: Json) -> Json:
    if "exact" in uri:
        return {"path": uri["exact"]}
    if "regex" in uri and uri["regex"] != "*":
        return {"safe_regex": {"regex": checked_regex(uri["regex"])}}
    return {"prefix": uri.get("prefix") or "/"}


def _header(name: str, value: Json | None) -> Json:
    matcher = string_matcher(value or {})
    return {"name": name, **({"string_match": matcher} if matcher else {"present_match": True})}


def _absent(name: str, value: Json | None) -> Json:
    """A request without the header meets it, too."""
    found = {**_header(name, value), "invert_match": True}
    return found if "present_match" in found else {**found, "treat_missing_header_as_empty": True}


def _parameter(name: str, value: Json) -> Json:
    matcher = string_matcher(value)
    if not name:
        raise ValueError("a query parameter has no name")
    return {"name": name, **({"string_match": matcher} if matcher else {"present_match": True})}


def checked_regex(regex: str) -> str:
    """The expression, if it is one: Envoy would refuse all of a route configuration for it. Raises ValueError."""
    if not regex:
        raise ValueError("a regular expression is empty")
    try:
        re2.compile(regex, _QUIET)
    except re2.error as error:
        raise ValueError(f"invalid regular expression {regex!r}: {error}") from error
    return regex
