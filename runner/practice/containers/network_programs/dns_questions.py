"""Asking a name server, as nslookup, dig and host do."""

from __future__ import annotations

import asyncio
import ipaddress

from runner.practice.containers.cluster_dns import Answer
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.name_resolver import ResolvConf, parsed
from runner.practice.containers.network_messages import Failure
from runner.practice.containers.network_programs.web_client import is_address

TYPES = ("A", "AAAA", "CNAME", "SRV", "PTR", "TXT", "SOA", "NS", "MX", "ANY")


class NoServer(Exception):
    """A name server that does not answer. `failure` says how."""

    def __init__(self, server: str, failure: Failure) -> None:
        super().__init__(server)
        self.server, self.failure = server, failure


def configuration(call: Invocation) -> ResolvConf:
    """The pod's /etc/resolv.conf."""
    return parsed(call.container.pod.resolv_conf)


async def server_of(call: Invocation, given: str) -> str:
    """The address of the name server that was named; "" for the pod's own. Raises ConnectError."""
    if not given:
        return next(iter(configuration(call).nameservers), "127.0.0.1")
    if is_address(given):
        return given
    return (await call.container.pod.network.resolve(call.container.pod, given))[0]


async def ask(call: Invocation, server: str, name: str, type_: str, patience: float = 5.0) -> Answer:
    """What that server says of a full name. Raises NoServer once `patience` seconds are over."""
    pod = call.container.pod
    failure = pod.network.name_server_failure(pod, server)
    if failure is not None:
        if failure != "refused":
            await asyncio.sleep(patience)
        raise NoServer(server, failure)
    return pod.network.dns.query(name, type_)


def candidates(call: Invocation, name: str) -> list[str]:
    """The full names to try for a name, with the pod's search list."""
    return list(configuration(call).candidates(name))


def reverse_name(address: str) -> str:
    return ipaddress.ip_address(address).reverse_pointer
