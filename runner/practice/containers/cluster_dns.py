"""The names of a cluster, as CoreDNS serves them with the usual Corefile.

The DNS specification of Kubernetes (kubernetes/dns, docs/specification.md) and CoreDNS' plugin `kubernetes`, with
`pods insecure`, `ttl 30` and `forward` to where no name is known: nothing outside of the cluster is reached.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Literal

from runner.practice.containers.cluster_index import ClusterIndex
from runner.practice.containers.cluster_view import Backend, ServiceView

ZONE = "cluster.local"
TTL = 30
MOST_ALIASES = 8
_REVERSE = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa")

Code = Literal["NOERROR", "NXDOMAIN"]


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record; `data` as dig prints it. Names have no dot at their end, but for those within `data`."""

    name: str
    type: str
    data: str
    ttl: int = TTL


@dataclass(frozen=True, slots=True)
class Answer:
    """What the name server says of a name. NOERROR without records: the name exists, with other types."""

    name: str
    code: Code
    records: Sequence[Record] = ()
    authoritative: bool = True
    """Whether the name is in the cluster's own zone."""

    @property
    def addresses(self) -> list[str]:
        return [record.data for record in self.records if record.type == "A"]


class ClusterDns:
    """Answers for full names."""

    def __init__(self, index: ClusterIndex) -> None:
        self._index = index

    def query(self, name: str, type_: str = "A") -> Answer:
        """What is known of a full name, whatever dot it ends with."""
        name, type_ = name.lower().rstrip("."), type_.upper()
        self._index.refresh()
        if name.endswith(".in-addr.arpa"):
            return self._reverse(name, type_)
        if name != ZONE and not name.endswith(f".{ZONE}"):
            return Answer(name, "NXDOMAIN", (), authoritative=False)
        labels = name.removesuffix(ZONE).rstrip(".").split(".")
        if labels == [""]:
            return Answer(name, "NOERROR")
        found = None
        if labels[-1] == "svc":
            found = self._in_services(name, labels[:-1], type_)
        elif labels[-1] == "pod":
            found = self._of_pod(name, labels[:-1], type_)
        elif labels == ["dns-version"]:
            found = [Record(name, "TXT", '"1.1.0"')] if type_ == "TXT" else []
        return Answer(name, "NXDOMAIN" if found is None else "NOERROR", found or ())

    def _in_services(self, name: str, labels: list[str], type_: str) -> list[Record] | None:
        """The records below svc.cluster.local; None for a name that does not exist."""
        if len(labels) < 2:
            return [] if not labels or labels[0] in self._index.namespaces else None
        *below, service_name, namespace = labels
        service = self._index.services.get((namespace, service_name))
        if service is None:
            return None
        if below and below[-1].startswith("_") and len(below) == 2:
            return self._of_port(name, service, below[0].removeprefix("_"), below[1].removeprefix("_"), type_)
        if service.external_name and not below:
            return self._alias(name, service.external_name, type_)
        if len(below) > 1:
            return None
        backends = self._endpoints(service)
        if below:
            backends = [each for each in backends if endpoint_name(each) == below[0]]
        elif service.cluster_ip != "None":
            return _of_type(name, type_, service, [service.cluster_ip])
        if not backends:
            return None
        return _of_type(name, type_, service, _shuffled(each.ip for each in backends))

    def _endpoints(self, service: ServiceView) -> list[Backend]:
        return [each for each in service.backends if each.ready]

    def _of_port(
        self, name: str, service: ServiceView, port_name: str, protocol: str, type_: str
    ) -> list[Record] | None:
        ports = [
            port for port in service.ports if port.name == port_name and port.protocol.lower() == protocol
        ]
        if not ports:
            return None
        full = f"{service.name}.{service.namespace}.svc.{ZONE}"
        if service.cluster_ip != "None":
            return _typed(name, type_, [(full, ports[0].port, service.cluster_ip)])
        targets = [
            (f"{endpoint_name(each)}.{full}", number, each.ip)
            for each in self._endpoints(service)
            for own, number, _ in each.ports
            if own == ports[0].port
        ]
        return _typed(name, type_, targets) if targets else None

    def _alias(self, name: str, target: str, type_: str) -> list[Record]:
        """A CNAME, and what it leads to in the cluster."""
        records = []
        for _ in range(MOST_ALIASES):
            target = target.lower().rstrip(".")
            records.append(Record(name, "CNAME", f"{target}."))
            further = self._external_name(target)
            if type_ == "CNAME" or not further:
                break
            name, target = target, further
        return [*records, *(self.query(target, type_).records if type_ != "CNAME" and not further else ())]

    def _external_name(self, name: str) -> str:
        """What the Service of that full name stands for; "" if it is no ExternalName."""
        service_name, _, rest = name.removesuffix(f".svc.{ZONE}").partition(".")
        service = self._index.services.get((rest, service_name)) if name.endswith(f".svc.{ZONE}") else None
        return service.external_name if service else ""

    def _of_pod(self, name: str, labels: list[str], type_: str) -> list[Record] | None:
        """10-244-1-2.namespace.pod.cluster.local, whether that pod exists or not."""
        if len(labels) < 2:
            return [] if not labels or labels[0] in self._index.namespaces else None
        dashed, namespace = ".".join(labels[:-1]), labels[-1]
        if namespace not in self._index.namespaces:
            return None
        try:
            address = str(IPv4Address(dashed.replace("-", ".")))
        except AddressValueError:
            return None
        return [Record(name, "A", address)] if type_ in ("A", "ANY") else []

    def _reverse(self, name: str, type_: str) -> Answer:
        found = _REVERSE.fullmatch(name)
        address = ".".join(reversed(found.groups())) if found else ""
        targets = [f"{full}." for full in self._names_of(address)]
        if not targets:
            return Answer(name, "NXDOMAIN", (), authoritative=False)
        return Answer(
            name, "NOERROR", [Record(name, "PTR", each) for each in targets] if type_ == "PTR" else ()
        )

    def _names_of(self, address: str) -> Iterator[str]:
        service = self._index.by_cluster_ip.get(address)
        if service is not None:
            yield f"{service.name}.{service.namespace}.svc.{ZONE}"
            return
        for service in self._index.services.values():
            if service.cluster_ip == "None":
                for each in service.backends:
                    if each.ip == address:
                        yield f"{endpoint_name(each)}.{service.name}.{service.namespace}.svc.{ZONE}"


def endpoint_name(backend: Backend) -> str:
    """The first label of an endpoint's name: its hostname, or its address with dashes."""
    return backend.hostname or backend.ip.replace(".", "-")


def _of_type(name: str, type_: str, service: ServiceView, addresses: Sequence[str]) -> list[Record]:
    if type_ == "SRV":
        return [
            Record(name, "SRV", f"0 {100 // max(1, len(service.ports))} {port.port} {name}.")
            for port in service.ports
        ]
    return [Record(name, "A", each) for each in addresses] if type_ in ("A", "ANY") else []


def _typed(name: str, type_: str, targets: Sequence[tuple[str, int, str]]) -> list[Record]:
    if type_ == "SRV":
        share = 100 // len(targets)
        return [Record(name, "SRV", f"0 {share} {port} {host}.") for host, port, _ in targets]
    return [Record(name, "A", address) for _, _, address in targets] if type_ in ("A", "ANY") else []


def _shuffled(addresses: Iterator[str]) -> list[str]:
    """In the order of CoreDNS' loadbalance: any."""
    found = list(dict.fromkeys(addresses))
    random.shuffle(found)
    return found
