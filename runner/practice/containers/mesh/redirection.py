"""Which of a pod's connections its sidecar takes: what istio-init has iptables do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address, ip_network
from itertools import pairwise

AGENT_PORTS = frozenset({15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090})
"""The proxy's own."""


@dataclass(frozen=True, slots=True)
class Redirection:
    """As the options of istio-iptables say."""

    inbound: frozenset[int] | None = None
    """The ports that are taken; None: all."""
    not_inbound: frozenset[int] = frozenset()
    not_outbound: frozenset[int] = frozenset()
    outbound: frozenset[int] = frozenset()
    """Ports that are taken whatever their address."""
    ranges: Sequence[IPv4Network] | None = None
    """The addresses to which connections are taken; None: all."""
    not_ranges: Sequence[IPv4Network] = ()

    def takes_inbound(self, port: int) -> bool:
        if port in AGENT_PORTS or port in self.not_inbound:
            return False
        return self.inbound is None or port in self.inbound

    def takes_outbound(self, address: str, port: int) -> bool:
        if port in self.not_outbound:
            return False
        if port in self.outbound:
            return True
        if self.ranges is None and not self.not_ranges:
            return True
        to = ip_address(address)
        if any(to in network for network in self.not_ranges):
            return False
        return self.ranges is None or any(to in network for network in self.ranges)


def redirection_of(argv: Sequence[str]) -> Redirection:
    """What `istio-iptables` with these arguments sets up."""
    given: Mapping[str, str] = {word: value for word, value in pairwise(argv) if word.startswith("-")}
    inbound, ranges = given.get("-b", "*"), given.get("-i", "*")
    return Redirection(
        None if inbound == "*" else _ports(inbound),
        _ports(given.get("-d", "")),
        _ports(given.get("-o", "")),
        _ports(given.get("-q", "")),
        None if ranges == "*" else _networks(ranges),
        _networks(given.get("-x", "")),
    )


def _ports(text: str) -> frozenset[int]:
    return frozenset(int(each) for each in text.split(",") if each.strip().isdigit())


def _networks(text: str) -> list[IPv4Network]:
    found = []
    for each in text.split(","):
        try:
            network = ip_network(each.strip(), strict=False)
        except ValueError:
            continue
        if isinstance(network, IPv4Network):
            found.append(network)
    return found
