"""Rules of IP addresses."""

from __future__ import annotations

import ipaddress

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems


def outside(problems: Problems, at: str, text: str) -> None:
    """An address that is not the machine's own."""
    address = ipaddress.ip_address(text)
    for holds, why in (
        (address.is_unspecified, f"may not be unspecified ({text})"),
        (address.is_loopback, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (address.is_link_local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        (
            address.is_multicast and str(address).startswith(("224.0.0.", "ff02")),
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        ),
    ):
        if holds:
            problems.invalid(at, text, why)


def own_address(problems: Problems, at: str, text: str) -> None:
    """An address of an endpoint."""
    if not names.is_ip(text):
        problems.invalid(at, text, names.IP_WORDS)
    else:
        outside(problems, at, text)
