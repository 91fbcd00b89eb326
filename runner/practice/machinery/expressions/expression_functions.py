"""The functions that Kubernetes adds to CEL (k8s.io/apiserver/pkg/cel/library), as far as they are here.

Quantities, URLs, addresses and the authorizer are maps with one key of their own, because the library takes no
foreign types. Lists have no `indexOf`: the strings' one has the name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from runner.practice.machinery.validation import name_rules
from runner.practice.machinery.validation.quantity_format import amount

Value = dict[str, Any]

QUANTITY, URL, IP, CIDR = "@quantity", "@url", "@ip", "@cidr"
AUTHORIZER = "@authorizer"


def plain(value: Any) -> Any:
    """A value of the library's as JSON has it."""
    if hasattr(value, "plain_value"):
        return value.plain_value()
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    return value


def functions(cel: Any) -> list[Any]:
    """Declarations for an environment of the module `cel`."""
    kinds = {
        "s": cel.Type.STRING,
        "i": cel.Type.INT,
        "d": cel.Type.DOUBLE,
        "b": cel.Type.BOOL,
        "l": cel.Type.List(cel.Type.DYN),
        "m": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
        "?": cel.Type.DYN,
    }
    by_name: dict[str, list[Any]] = {}
    for name, member, parameters, result, does in _TABLE:
        overload = cel.Overload(
            f"kubernetes_{name.replace('.', '_')}_{parameters}{'_member' if member else ''}",
            return_type=kinds[result],
            parameters=[kinds[each] for each in parameters],
            is_member=member,
            impl=_called(does),
        )
        by_name.setdefault(name, []).append(overload)
    return [cel.FunctionDecl(name, overloads) for name, overloads in by_name.items()]


def _called(does: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: does(*(plain(each) for each in arguments))


def _holds(reads: Callable[[str], Any]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            reads(text)
        except ValueError:
            return False
        return True

    return holds


def _quantity(value: Any) -> Value:
    return {QUANTITY: format(amount(value).normalize(), "f")}


def _number(value: Value) -> Any:
    return amount(value[QUANTITY])


def _added(one: Any, other: Any, sign: int) -> Value:
    more = _number(other) if isinstance(other, dict) else amount(other)
    return _quantity(format(_number(one) + sign * more, "f"))


def _compared(one: Any, other: Any) -> int:
    first, second = _number(one), _number(other)
    return int(first > second) - int(first < second)


def _url(text: str) -> Value:
    parts = urlsplit(text)
    if not (parts.scheme or text.startswith("/")) or (parts.scheme and not parts.netloc):
        raise ValueError(text)
    return {URL: text}


def _part(name: str) -> Callable[[Value], Any]:
    def part(value: Value) -> Any:
        found = urlsplit(value[URL])
        if name == "port":
            return str(found.port or "")
        if name == "query":
            return parse_qs(found.query, keep_blank_values=True)
        if name == "path":
            return quote(found.path, safe="/%:@!$&'()*+,;=~-._")
        return getattr(found, name) or ""

    return part


def _ip(text: str) -> Value:
    return {IP: str(ipaddress.ip_address(text))}


def _cidr(text: str) -> Value:
    ipaddress.ip_network(text, strict=False)
    return {CIDR: text}


def _network(value: Value) -> Any:
    return ipaddress.ip_network(value[CIDR], strict=False)


def _contains_ip(value: Value, other: Any) -> bool:
    address = ipaddress.ip_address(other[IP] if isinstance(other, dict) else other)
    return bool(address in _network(value))


def _contains_cidr(value: Value, other: Any) -> bool:
    network = ipaddress.ip_network(other[CIDR] if isinstance(other, dict) else other, strict=False)
    mine = _network(value)
    return mine.version == network.version and bool(network.subnet_of(mine))


def _family(value: Value) -> int:
    return int(ipaddress.ip_address(value[IP]).version)


def _address(name: str) -> Callable[[Value], bool]:
    return lambda value: bool(getattr(ipaddress.ip_address(value[IP]), name))


def _find(text: str, pattern: str) -> str:
    import re2

    found = re2.search(pattern, text)
    return str(found[0]) if found else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    import re2

    found = [str(each[0]) for each in re2.finditer(pattern, text)]
    return found if limit < 0 else found[:limit]


def _sorted(values: list[Any]) -> bool:
    return all(one <= other for one, other in pairwise(values))


def _subset(values: list[Any], wanted: list[Any]) -> bool:
    return all(each in values for each in wanted)


def _narrowed(field: str) -> Callable[..., Value]:
    return lambda value, value_given: {**value, field: value_given}


def _format_problems(name: str, text: str) -> list[str]:
    """What is wrong with a text that is to have one of the named formats."""
    rule = _FORMATS.get(name)
    if rule is None:
        raise ValueError(f"no format {name}")
    return rule(text)


def _by_pattern(pattern: str, words: str) -> Callable[[str], list[str]]:
    return lambda text: [] if re.fullmatch(pattern, text) else [words]


_FORMATS: dict[str, Callable[[str], list[str]]] = {
    "dns1123Label": lambda text: list(name_rules.label(text)),
    "dns1123Subdomain": lambda text: list(name_rules.subdomain(text)),
    "qualifiedName": lambda text: list(name_rules.qualified(text)),
    "dns1035Label": lambda text: list(name_rules.dns_1035(text)),
    "labelValue": lambda text: list(name_rules.label_value(text)),
    "uuid": _by_pattern(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "does not match the UUID format"),
    "date": _by_pattern(r"\d{4}-\d\d-\d\d", "invalid date"),
    "uri": lambda text: [] if _holds(_url)(text) else ["invalid URI"],
}

_TABLE: tuple[tuple[str, bool, str, str, Callable[..., Any]], ...] = (
    ("isSorted", True, "l", "b", _sorted),
    ("sum", True, "l", "?", sum),
    ("min", True, "l", "?", min),
    ("max", True, "l", "?", max),
    ("sets.contains", False, "ll", "b", _subset),
    ("sets.equivalent", False, "ll", "b", lambda one, other: _subset(one, other) and _subset(other, one)),
    ("sets.intersects", False, "ll", "b", lambda one, other: any(each in other for each in one)),
    ("find", True, "ss", "s", _find),
    ("findAll", True, "ss", "l", _find_all),
    ("findAll", True, "ssi", "l", _find_all),
    ("format.problems", False, "ss", "l", _format_problems),
    ("quantity", False, "s", "m", _quantity),
    ("isQuantity", False, "s", "b", _holds(_quantity)),
    ("sign", True, "m", "i", lambda one: int(_number(one) > 0) - int(_number(one) < 0)),
    ("isInteger", True, "m", "b", lambda one: _number(one) == _number(one).to_integral_value()),
    ("asInteger", True, "m", "i", lambda one: int(_number(one))),
    ("asApproximateFloat", True, "m", "d", lambda one: float(_number(one))),
    ("add", True, "mm", "m", lambda one, other: _added(one, other, 1)),
    ("add", True, "mi", "m", lambda one, other: _added(one, other, 1)),
    ("sub", True, "mm", "m", lambda one, other: _added(one, other, -1)),
    ("sub", True, "mi", "m", lambda one, other: _added(one, other, -1)),
    ("isGreaterThan", True, "mm", "b", lambda one, other: _compared(one, other) > 0),
    ("isLessThan", True, "mm", "b", lambda one, other: _compared(one, other) < 0),
    ("compareTo", True, "mm", "i", _compared),
    ("url", False, "s", "m", _url),
    ("isURL", False, "s", "b", _holds(_url)),
    ("getScheme", True, "m", "s", _part("scheme")),
    ("getHost", True, "m", "s", _part("netloc")),
    ("getHostname", True, "m", "s", _part("hostname")),
    ("getPort", True, "m", "s", _part("port")),
    ("getEscapedPath", True, "m", "s", _part("path")),
    ("getQuery", True, "m", "m", _part("query")),
    ("ip", False, "s", "m", _ip),
    ("isIP", False, "s", "b", _holds(_ip)),
    ("ip.isCanonical", False, "s", "b", lambda text: _ip(text)[IP] == text),
    ("family", True, "m", "i", _family),
    ("isUnspecified", True, "m", "b", _address("is_unspecified")),
    ("isLoopback", True, "m", "b", _address("is_loopback")),
    ("isGlobalUnicast", True, "m", "b", lambda value: not _address("is_multicast")(value)),
    ("isLinkLocalUnicast", True, "m", "b", _address("is_link_local")),
    ("cidr", False, "s", "m", _cidr),
    ("isCIDR", False, "s", "b", _holds(_cidr)),
    ("containsIP", True, "mm", "b", _contains_ip),
    ("containsIP", True, "ms", "b", _contains_ip),
    ("containsCIDR", True, "mm", "b", _contains_cidr),
    ("containsCIDR", True, "ms", "b", _contains_cidr),
    ("prefixLength", True, "m", "i", lambda value: int(_network(value).prefixlen)),
    ("masked", True, "m", "m", lambda value: {CIDR: str(_network(value))}),
    ("path", True, "ms", "m", _narrowed("path")),
    ("group", True, "ms", "m", _narrowed("group")),
    ("resource", True, "ms", "m", _narrowed("resource")),
    ("subresource", True, "ms", "m", _narrowed("subresource")),
    ("namespace", True, "ms", "m", _narrowed("namespace")),
    ("name", True, "ms", "m", _narrowed("name")),
    ("serviceAccount", True, "mss", "m", lambda value, home, name: {**value, "account": f"{home}/{name}"}),
    ("check", True, "ms", "m", _narrowed("verb")),
    # The practice cluster's user may do everything.
    ("allowed", True, "m", "b", lambda value: "account" not in value),
    ("reason", True, "m", "s", lambda value: ""),
    ("errored", True, "m", "b", lambda value: False),
    ("error", True, "m", "s", lambda value: ""),
)
"""(name, whether it is called on its first argument, types of the arguments, type of the result, what it does)."""
