"""What a practice cluster is made as: its Kubernetes version, its nodes, the range of its Services' addresses.

A cluster keeps its shape until it is reset: objects in it were stored as that version has them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runner.kubernetes_versions import NEWEST, OLDEST
from runner.words import Phrase, UserError, phrase

DEFAULT_VERSION, DEFAULT_NODES, DEFAULT_CIDR = "1.32", 2, "10.96.0.0/12"
DEFAULT_ADDRESSES = ipaddress.IPv4Network(DEFAULT_CIDR)
MOST_NODES = 50
LARGEST_RANGE, SMALLEST_RANGE = 12, 28
"""Prefix lengths: the API server takes no larger range, and the DNS Service has the tenth address of it."""
IN_USE = (ipaddress.IPv4Network("10.244.0.0/16"), ipaddress.IPv4Network("172.18.0.0/16"))
"""Addresses of pods and of nodes."""


class ShapeError(UserError):
    """No practice cluster can have that version, number of nodes or range; `message` says what it can have."""


@dataclass(frozen=True, slots=True)
class ShapeOptions:
    """What a person chose for a new cluster; None: not chosen."""

    version: str | None = None
    nodes: int | None = None
    service_cidr: str | None = None
    metrics_server: bool | None = None

    def arguments(self) -> list[str]:
        """As they are typed after `labgate practice start NAME`."""
        text = (
            ("--kubernetes", self.version),
            ("--nodes", self.nodes),
            ("--service-cidr", self.service_cidr),
        )
        found = [part for option, value in text if value is not None for part in (option, str(value))]
        if self.metrics_server is not None:
            found.append("--metrics-server" if self.metrics_server else "--no-metrics-server")
        return found


@dataclass(frozen=True, slots=True)
class Shape:
    """`nodes` counts the control plane's; without any the cluster is an API server with its controllers."""

    version: str = DEFAULT_VERSION
    nodes: int = DEFAULT_NODES
    service_cidr: str = DEFAULT_CIDR
    metrics_server: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Shape:
        """As settings.json has it; settings of earlier versions have the version alone."""
        return cls(
            settings["version"],
            settings.get("nodes", DEFAULT_NODES),
            settings.get("service_cidr", DEFAULT_CIDR),
            settings.get("metrics_server", False),
        )

    def with_options(self, options: ShapeOptions) -> Shape:
        return Shape(
            self.version if options.version is None else options.version,
            self.nodes if options.nodes is None else options.nodes,
            self.service_cidr if options.service_cidr is None else options.service_cidr,
            self.metrics_server if options.metrics_server is None else options.metrics_server,
        )

    def summary(self) -> Phrase:
        if self.metrics_server:
            return phrase(
                "Kubernetes {version}, nodes: {nodes}, Service addresses: {service_cidr}, with a metrics server",
                version=self.version,
                nodes=self.nodes,
                service_cidr=self.service_cidr,
            )
        return phrase(
            "Kubernetes {version}, nodes: {nodes}, Service addresses: {service_cidr}",
            version=self.version,
            nodes=self.nodes,
            service_cidr=self.service_cidr,
        )


def read_version(given: str) -> str:
    """`v1.28`, `1.28.0` and `1.28` as "1.28"; "1.28.4" stays. Raises ShapeError if no cluster can be it."""
    found = re.fullmatch(r"v?1\.(\d{1,3})(?:\.(\d{1,3}))?", given.strip())
    if not found or not OLDEST <= int(found[1]) <= NEWEST:
        raise ShapeError(
            phrase(
                "A practice cluster can't have Kubernetes {given}. It can have 1.{oldest} to 1.{newest}, "
                "for example {example}.",
                given=given,
                oldest=OLDEST,
                newest=NEWEST,
                example=f"--kubernetes {DEFAULT_VERSION}",
            )
        )
    patch = f".{int(found[2])}" if found[2] and int(found[2]) else ""
    return f"1.{int(found[1])}{patch}"


def read_nodes(given: int) -> int:
    """Raises ShapeError if no cluster can have so many."""
    if not 0 <= given <= MOST_NODES:
        raise ShapeError(
            phrase(
                "A practice cluster can't have {given} nodes. It can have 0 to {most}.",
                given=given,
                most=MOST_NODES,
            )
        )
    return given


def read_service_cidr(given: str) -> str:
    """The range as its network: `10.0.0.7/24` as "10.0.0.0/24". Raises ShapeError if it can't be the Services'."""
    try:
        network = ipaddress.IPv4Network(given.strip(), strict=False)
    except ValueError:
        network = None
    if network is None or "/" not in given:
        raise ShapeError(
            phrase(
                "{given} is not a range of IPv4 addresses. An example of one: {example}",
                given=given,
                example="--service-cidr 10.0.0.0/24",
            )
        )
    if not LARGEST_RANGE <= network.prefixlen <= SMALLEST_RANGE:
        raise ShapeError(
            phrase(
                "The range of the Services' addresses can be from /{largest} to /{smallest}, not {given}.",
                largest=LARGEST_RANGE,
                smallest=SMALLEST_RANGE,
                given=given,
            )
        )
    if any(network.overlaps(other) for other in IN_USE):
        raise ShapeError(
            phrase(
                "{given} can't be the range of the Services' addresses: the pods have {pods}, and the nodes {nodes}.",
                given=given,
                pods=str(IN_USE[0]),
                nodes=str(IN_USE[1]),
            )
        )
    return str(network)
