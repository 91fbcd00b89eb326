"""The formats of texts and numbers in schemas, as the real server checks them (go-openapi's strfmt)."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

_UUID = "[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"


def _pattern(text: str) -> Callable[[str], bool]:
    compiled = re.compile(text, re.IGNORECASE | re.ASCII)
    return lambda value: compiled.fullmatch(value) is not None


def _tried(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, binascii.Error):
            return False
        return True

    return check


def _moment(value: str) -> None:
    found = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?", value, re.ASCII
    )
    if not found:
        raise ValueError(value)
    datetime.fromisoformat(f"{found[1]}T{found[2]}")


def _mail(value: str) -> None:
    _, address = parseaddr(value)
    if not address or "@" not in address.strip("@") or re.search(r"\s", address) or address.count("@") != 1:
        raise ValueError(value)


def _uri(value: str) -> None:
    parts = urlsplit(value)
    if not parts.scheme and not value.startswith("/"):
        raise ValueError(value)


def _day(value: str) -> None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError(value)
    date.fromisoformat(value)


_CHECKS: dict[str, Callable[[str], bool]] = {
    "byte": _tried(lambda value: base64.b64decode(value, validate=True)),
    "cidr": _tried(lambda value: ipaddress.ip_network(value if "/" in value else "x", strict=False)),
    "date": _tried(_day),
    "datetime": _tried(_moment),
    "date-time": _tried(_moment),
    "duration": _pattern(
        r"(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|hr|hour|hours|min|minutes|seconds|d|day|days|w|week|weeks)\s*)+"
    ),
    "email": _tried(_mail),
    "hexcolor": _pattern("#?([0-9a-f]{3}|[0-9a-f]{6})"),
    "hostname": _pattern(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"),
    "ipv4": _tried(ipaddress.IPv4Address),
    "ipv6": _tried(ipaddress.IPv6Address),
    "mac": _pattern("([0-9a-f]{2}[:-]){5}[0-9a-f]{2}"),
    "uri": _tried(_uri),
    "uuid": _pattern(_UUID),
    "uuid3": _pattern("[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}"),
    "uuid4": _pattern("[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}"),
    "uuid5": _pattern("[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}"),
}


def fits(value: object, form: str) -> bool:
    """Whether a text is of a format; formats that nobody knows fit everything."""
    check = _CHECKS.get(form)
    return check is None or not isinstance(value, str) or check(value)
