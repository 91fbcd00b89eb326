"""How a process in a pod finds the addresses of a name: /etc/hosts, then the name servers of /etc/resolv.conf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address


@dataclass(frozen=True, slots=True)
class ResolvConf:
    """/etc/resolv.conf (resolv.conf(5)), as much as decides where names are looked up."""

    nameservers: Sequence[str] = ()
    search: Sequence[str] = ()
    ndots: int = 1

    def candidates(self, name: str) -> list[str]:
        """The full names that are asked for one after the other until one exists."""
        if name.endswith("."):
            return [name.rstrip(".")]
        searched = [f"{name}.{domain.rstrip('.')}" for domain in self.search]
        return [name, *searched] if name.count(".") >= self.ndots else [*searched, name]


@lru_cache(maxsize=1024)
def parsed(text: str) -> ResolvConf:
    """The last `search` and the last `ndots` count, as in the C library."""
    nameservers: list[str] = []
    search: list[str] = []
    ndots = 1
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "nameserver" and len(words) > 1:
            nameservers.append(words[1])
        elif words[0] in ("search", "domain"):
            search = words[1:]
        elif words[0] == "options":
            for option in words[1:]:
                key, _, value = option.partition(":")
                if key == "ndots" and value.isdigit():
                    ndots = min(int(value), 15)
    return ResolvConf(tuple(nameservers[:3]), tuple(search), ndots)


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True
