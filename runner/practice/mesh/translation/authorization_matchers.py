"""The conditions of AuthorizationPolicies as Envoy's permissions and principals."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.envoy_types import address_range, any_of, in_range

JWT_PAYLOAD = "payload"
"""The key under which the JWT filter leaves what a token says."""

_JWT_FILTER = "envoy.filters.http.jwt_authn"
_PEER = "envoy.network.proxy_protocol.tlv"


_TEMPLATE = re.compile(r"(?:/(?:\{\*\}|[^/{}*]+))*(?:/\{\*\*\})?(?:/[^/{}*]+)*")
"""Path templates that Envoy takes; it ends itself at some of the others."""


class HttpOnly(Exception):
    """A condition that connections without HTTP cannot be asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the conditions will be asked."""

    http: bool
    port: int | None
    """The port of the pod that everything there came to; None if it is in the connection's address."""
    routers: tuple[tuple[str, str], ...] = ()
    """(pod, IP) of the gateways: what they pass on has the address of their client."""


def text_matcher(value: str, *, prefix: str = "", ignore_case: bool = False) -> Json:
    """ "x", "x*", "*x" or "*" (anything but nothing); `prefix` goes before a beginning that is given."""
    if value == "*":
        return {"safe_regex": {"regex": ".+"}}
    if value.startswith("*"):
        found: Json = {"suffix": value[1:]}
    elif value.endswith("*"):
        found = {"prefix": prefix + value[:-1]}
    else:
        found = {"exact": prefix + value}
    return {**found, "ignore_case": True} if ignore_case else found


def _either(matchers: Sequence[Json], rule: str) -> Json:
    """One of several: `rule` is "or_rules" or "or_ids"."""
    key = "rules" if rule == "or_rules" else "ids"
    return matchers[0] if len(matchers) == 1 else {rule: {key: list(matchers)}}


def permission(
    place: Place, values: Sequence[str], excluded: Sequence[str], one: Callable[[Place, str], Json]
) -> list[Json]:
    """Conditions on the request."""
    found = [_either([one(place, value) for value in values], "or_rules")] if values else []
    if excluded:
        found.append({"not_rule": _either([one(place, value) for value in excluded], "or_rules")})
    return found


def principal(
    place: Place, values: Sequence[str], excluded: Sequence[str], one: Callable[[Place, str], Json]
) -> list[Json]:
    """Conditions on the client."""
    found = [_either([one(place, value) for value in values], "or_ids")] if values else []
    if excluded:
        found.append({"not_id": _either([one(place, value) for value in excluded], "or_ids")})
    return found


def _http(place: Place) -> None:
    if not place.http:
        raise HttpOnly


def path(place: Place, value: str) -> Json:
    """Of the request."""
    _http(place)
    if "{*}" in value or "{**}" in value:
        if not _TEMPLATE.fullmatch(value):
            raise ValueError(f"invalid path template {value!r}")
        template = value.replace("{**}", "**").replace("{*}", "*")
        return {
            "uri_template": {
                "name": "uri-template",
                "typed_config": any_of("uri_template_match", path_template=template),
            }
        }
    return {"url_path": {"path": text_matcher(value)}}


def method(place: Place, value: str) -> Json:
    """Of the request."""
    _http(place)
    return _permission_header(":method", text_matcher(value))


def host(place: Place, value: str) -> Json:
    """Of the request, in upper or lower case."""
    _http(place)
    if value == "*":
        return _permission_header(":authority", text_matcher(value))
    return _permission_header(":authority", text_matcher(value, ignore_case=True))


def _permission_header(name: str, matcher: Json) -> Json:
    return {"header": {"name": name, "string_match": matcher}}


def port(place: Place, value: str) -> Json:
    """Of the pod."""
    number = in_range(value, 1, 65535, "port")
    if place.port is None:
        return {"destination_port": number}
    return {"any": True} if number == place.port else {"not_rule": {"any": True}}


def destination_ip(place: Place, value: str) -> Json:
    """Of the pod."""
    del place
    return {"destination_ip": address_range(value)}


def server_name(place: Place, value: str) -> Json:
    """SNI."""
    del place
    return {"requested_server_name": text_matcher(value)}


def peer(place: Place, value: str) -> Json:
    """`principals`: who the client's certificate says it is."""
    del place
    return {"authenticated": {"principal_name": text_matcher(value, prefix="spiffe://")}}


def namespace(place: Place, value: str) -> Json:
    """Of the client, by its certificate."""
    del place
    pattern = "[^/]+" if value == "*" else re.escape(value).replace("\\*", "[^/]*")
    return {"authenticated": {"principal_name": {"safe_regex": {"regex": f".*/ns/{pattern}/.*"}}}}


def service_account(place: Place, value: str) -> Json:
    """`serviceAccounts`: "<namespace>/<name>"."""
    del place
    space, _, name = value.rpartition("/")
    return {
        "authenticated": {
            "principal_name": {
                "safe_regex": {"regex": f".*/ns/{re.escape(space) or '[^/]+'}/sa/{re.escape(name)}"}
            }
        }
    }


def source_ip(place: Place, value: str) -> Json:
    """`ipBlocks`: what the connection comes from. A gateway's connections come from the gateway."""
    block = address_range(value)
    # not direct_remote_ip: that is the pipe; this is the address in the PROXY header
    direct: Json = {"source_ip": block}
    if not place.routers:
        return direct
    network = ipaddress.ip_network(f"{block['address_prefix']}/{block['prefix_len']}", strict=False)
    passed_on = [_passed_on_by(pod) for pod, _ in place.routers]
    found: list[Json] = [{"and_ids": {"ids": [direct, {"not_id": _either(passed_on, "or_ids")}]}}]
    found += [
        _passed_on_by(pod) for pod, address in place.routers if ipaddress.ip_address(address) in network
    ]
    return _either(found, "or_ids")


def _passed_on_by(pod: str) -> Json:
    return {
        "filter_state": {
            "key": _PEER,
            "string_match": {"contains": json.dumps({"peer": pod}, separators=(",", ":"))[1:-1]},
        }
    }


def remote_ip(place: Place, value: str) -> Json:
    """`remoteIpBlocks`: the client behind proxies."""
    del place
    return {"remote_ip": address_range(value)}


def request_principal(place: Place, value: str) -> Json:
    """`requestPrincipals`: "<issuer>/<subject>" of a token."""
    _http(place)
    if value == "*":
        return _both(_claim(["iss"], text_matcher("*")), _claim(["sub"], text_matcher("*")))
    if value.startswith("*"):
        issuer, slash, subject = value.rpartition("/")
        if not slash:
            return _claim(["sub"], text_matcher(value))
        first = text_matcher(issuer) if issuer not in ("", "*") else text_matcher("*")
        return _both(_claim(["iss"], first), _claim(["sub"], text_matcher(subject)))
    issuer, slash, subject = value.rpartition("/")
    if value.endswith("*") and not slash:
        return _claim(["iss"], text_matcher(value))
    return _both(_claim(["iss"], text_matcher(issuer)), _claim(["sub"], text_matcher(subject)))


def _both(left: Json, right: Json) -> Json:
    return {"and_ids": {"ids": [left, right]}}


def claim(names: Sequence[str]) -> Callable[[Place, str], Json]:
    """A claim of a token, which may be a text or a list of texts."""

    def one(place: Place, value: str) -> Json:
        _http(place)
        return _claim(names, text_matcher(value))

    return one


def _claim(names: Sequence[str], matcher: Json) -> Json:
    value = {
        "or_match": {
            "value_matchers": [
                {"string_match": matcher},
                {"list_match": {"one_of": {"string_match": matcher}}},
            ]
        }
    }
    segments = [{"key": key} for key in (JWT_PAYLOAD, *names)]
    return {"metadata": {"filter": _JWT_FILTER, "path": segments, "value": value}}


def request_header(name: str) -> Callable[[Place, str], Json]:
    """A header of the request."""

    def one(place: Place, value: str) -> Json:
        _http(place)
        return {"header": {"name": name, "string_match": text_matcher(value)}}

    return one
