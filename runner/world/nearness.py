"""How near an address is to this machine: a cluster may not send us to anything nearer than itself.

A page is asked for from this machine, which reaches what a learner does not: its own services, its network's, and the
metadata of a machine in a cloud.
"""

from __future__ import annotations

import ipaddress
import socket
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit

from checks.base import CannotRead
from runner.words import phrase


class Nearness(IntEnum):
    """From far to near. `NOBODY` is an address of no cluster and no page."""

    OUT_THERE = 0
    NETWORK = 1
    """Private addresses, shared and unique local ones."""
    MACHINE = 2
    NOBODY = 3
    """Link-local ones (among them the metadata of cloud machines), multicast, 0.0.0.0."""


class TooNear(CannotRead):
    """An address that is not contacted."""

    def __init__(self, host: str) -> None:
        super().__init__(
            "limit",
            phrase(
                "The cluster names an address that is on this machine or its network, not on the "
                "cluster. It was not opened: {address}",
                address=host[:200],
            ),
        )


def nearness(address: str) -> Nearness:
    """Of an IP. Raises ValueError."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        within = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip)
        if within is not None:
            ip = within
    if ip.is_loopback:
        return Nearness.MACHINE
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return Nearness.NOBODY
    return Nearness.OUT_THERE if ip.is_global else Nearness.NETWORK


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """RFC 6052's well-known prefix."""
    known = ip in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if known else None


def of_server(server: str, peer: str) -> Nearness:
    """Of an API server by its URL, and by the IP that answered. What is not known counts as far."""
    for known in (urlsplit(server).hostname or "", peer):
        try:
            return nearness(known)
        except ValueError:
            continue
    return Nearness.OUT_THERE


def ensure_no_nearer(host: str, most: Nearness) -> None:
    """Raises TooNear for an IP; names are looked at when they are resolved."""
    try:
        near = nearness(host)
    except ValueError:
        if (
            ":" in host or host.replace(".", "").isdigit()
        ):  # 2130706433 is 127.0.0.1 to most, and not looked up
            near = Nearness.NOBODY
        else:
            return
    if near > most:
        raise TooNear(host)


class FarResolver:
    """An aiohttp resolver that does not resolve names to addresses that are too near. The address checked here is the
    one connected to, so it can't change in between.
    """

    def __init__(self, most: Nearness) -> None:
        from aiohttp.resolver import ThreadedResolver

        self._most = most
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[Any]:
        """As aiohttp asks. Raises TooNear."""
        found: list[Any] = await self._resolver.resolve(host, port, family)
        for each in found:
            ensure_no_nearer(each["host"], self._most)
        return found

    async def close(self) -> None:
        """Nothing is kept."""
