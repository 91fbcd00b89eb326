"""Where the ports of a Service are reached from outside of its cluster."""

from __future__ import annotations

import re

from checks.base import Object
from checks.object_fields import mappings_at, number_at, text_at
from checks.service import external_addresses

PRACTICE_PORT = "practice.labgate.dev/port-{port}"
"""The annotation in which a practice cluster says on which port it really listens for a Service's port."""

_ADDRESS = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
"""A host's name or IP, and nothing around it."""


def external_url(service: Object, port: int) -> str | None:
    """Where the Service's port is reached from outside (the first of its addresses), None if it has none."""
    return next(iter(external_urls(service, port)), None)


def external_urls(service: Object, port: int) -> tuple[str, ...]:
    """Where the Service's port is reached from outside, by each of its external addresses."""
    listening = text_at(service, "metadata", "annotations", PRACTICE_PORT.format(port=port))
    served = int(listening) if re.fullmatch(r"[0-9]{1,5}", listening) else port
    addresses = [each for each in external_addresses(service) if _ADDRESS.fullmatch(each)]
    return tuple(url_at(service, port, address, served) for address in dict.fromkeys(addresses))


def url_at(service: Object, port: int, host: str, listening: int) -> str:
    """Where the Service's port is reached at a host that listens on `listening` for it."""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_https(service, port) else 'http'}://{shown}:{listening}"


def is_https(service: Object, number: int) -> bool:
    """Whether the port speaks TLS, by its appProtocol, name or number."""
    for port in mappings_at(service, "spec", "ports"):
        if number_at(port, "port") == number:
            text = (text_at(port, "appProtocol") or text_at(port, "name")).lower()
            return text.startswith("https") or (number == 443 and not text.startswith("http"))
    return number == 443
