"""Who reaches whom: names, addresses, Services and policies between pods."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from runner.practice.containers.api_server_listener import ApiServer
from runner.practice.containers.cluster_dns import ClusterDns
from runner.practice.containers.cluster_index import ClusterIndex, ServiceAt
from runner.practice.containers.cluster_view import NetworkChange, NetworkView
from runner.practice.containers.lab_pages import page_listener
from runner.practice.containers.mesh_on_network import MeshOnNetwork
from runner.practice.containers.name_resolver import is_address, parsed
from runner.practice.containers.network_messages import (
    ConnectError,
    Destination,
    Failure,
    Listener,
    Place,
    Request,
    ResolveError,
    Response,
)
from runner.practice.containers.network_policies import End, Policies
from runner.practice.containers.pod_on_network import PodOnNetwork
from runner.practice.containers.service_balancer import Balancer
from runner.practice.containers.telemetry.proxy_metrics import ProxyMetrics

CONNECT_SECONDS = 130.0
"""How long Linux tries where nothing answers; clients with a time-out of their own give up earlier."""
NO_ROUTE_SECONDS = 3.0
RESOLVE_SECONDS = 10.0
"""Two attempts of five seconds (resolv.conf(5))."""
API_SERVER_PORT = 6443
DNS_PORT = 53
PODS = ip_network("10.244.0.0/16")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A connection that somebody wants."""

    source: PodOnNetwork | None
    host: str
    port: int
    protocol: str
    past_proxy: bool = False
    """It came out of the pod's own proxy."""

    @property
    def client(self) -> str:
        return self.source.config.ip if self.source else ""

    @property
    def node(self) -> str:
        return self.source.config.node if self.source else ""

    @property
    def takes_part(self) -> bool:
        """Whether the proxy of its own pod may take it."""
        return self.protocol == "TCP" and not self.past_proxy

    def failed(self, failure: Failure) -> ConnectError:
        return ConnectError(failure, self.host, self.port)


class PodNetwork:
    """The network of a cluster. `pods` are the running sandboxes by uid.

    `source` is always the pod that asks, None for somebody outside the cluster. Where packets are dropped a call waits
    as long as `timeout` says (None: as long as Linux does), and then raises.
    """

    def __init__(self, pods: Mapping[str, PodOnNetwork]) -> None:
        self._pods = pods
        self._at: dict[str, PodOnNetwork] = {}
        self._names: dict[tuple[str, str], list[str]] = {}
        """Addresses by the content of resolv.conf and the name, until something changes."""
        self.index = ClusterIndex()
        self.dns = ClusterDns(self.index)
        self.policies = Policies(self.index)
        self.mesh: MeshOnNetwork | None = None
        """The mesh, where a proxy of one runs."""
        self._balancer = Balancer()
        self._api = ApiServer(self.index)
        self.proxy_metrics = ProxyMetrics()
        """What the proxies of a mesh have counted."""

    def set_view(self, view: NetworkView) -> None:
        """Know this and nothing else."""
        self.index.replace(view)

    def change(self, change: NetworkChange) -> None:
        self.index.change(change)

    def listeners_changed(self, pod: PodOnNetwork) -> None:
        """Something listens in that pod, or no longer."""
        if self.mesh is not None:
            self.mesh.listeners_changed(pod)

    async def close(self) -> None:
        """End the connections to the API server."""
        await self._api.close()

    def taken_on_node(self, source: PodOnNetwork, port: int, *, udp: bool) -> bool:
        """Whether another pod of the node's own network listens there."""
        return source.config.host_network and any(
            pod is not source and pod.listener(port, udp=udp) is not None
            for pod in self._on_node(source.config.node)
        )

    async def resolve(
        self, source: PodOnNetwork | None, name: str, *, timeout: float | None = None
    ) -> list[str]:
        """The addresses of a name, as the C library of that pod finds them. Raises ResolveError."""
        if is_address(name):
            return [name]
        if source is None:
            return self._addresses("", name)
        if own := _in_hosts(source, name):
            return own
        failure = self.name_server_failure(source, *parsed(source.resolv_conf).nameservers)
        if failure == "timed out":
            await asyncio.sleep(RESOLVE_SECONDS if timeout is None else min(timeout, RESOLVE_SECONDS))
        if failure is not None:
            raise ResolveError(failure, name)
        return self._addresses(source.resolv_conf, name)

    def name_server_failure(self, source: PodOnNetwork, *servers: str) -> Failure | None:
        """Why none of these name servers answers the pod; None if one does."""
        self._refresh()
        for server in servers:
            if server == _of_nodes(self.index):
                return None  # it knows the names of outside alone
            found = self.index.by_port.get((server, DNS_PORT, "UDP"))
            if found is not None and self._answers(source, server, found):
                return None
        return "timed out"

    async def connect(
        self,
        source: PodOnNetwork | None,
        host: str,
        port: int,
        *,
        timeout: float | None = None,
        udp: bool = False,
        past_proxy: bool = False,
    ) -> Destination:
        """What answers at a name or address for that pod. Raises ConnectError (ResolveError for the name).

        `past_proxy`: it comes out of the pod's own proxy. Of several addresses the next one is tried where one refuses.
        """
        addresses = [host] if is_address(host) else await self.resolve(source, host, timeout=timeout)
        attempt = _Attempt(source, host, port, "UDP" if udp else "TCP", past_proxy)
        for last, address in enumerate(addresses, 1 - len(addresses)):
            try:
                return self._route(attempt, address)
            except ConnectError as error:
                if not last or error.failure == "timed out":
                    raise await _waited(error, address, timeout) from None
        raise attempt.failed("no route")

    async def dial(self, place: Place, timeout: float | None = None) -> Destination:
        """What answers there for somebody outside the cluster: the cloud's balancer, a node port, or a kubelet that
        forwards a port within the pod. Raises ConnectError."""
        attempt = _Attempt(None, place.name, place.port, "TCP")
        try:
            return self._reached_from_outside(attempt, place)
        except ConnectError as error:
            raise await _waited(error, "", timeout) from None

    def _reached_from_outside(self, attempt: _Attempt, place: Place) -> Destination:
        self._refresh()
        if place.kind == "pod":
            pod = self._pods.get(place.uid)
            listener = self._of_gateway(pod, place.port) or pod.listener(place.port) if pod else None
            if pod is None or listener is None:
                raise attempt.failed("refused")
            return Destination("127.0.0.1", place.port, listener, place.uid, "127.0.0.1")
        if place.kind == "node":
            return self._at_node(attempt, place.name, self.index.node_addresses.get(place.name, ""))
        service = self.index.services.get((place.namespace, place.name))
        for port in service.ports if service else ():
            if service and (port.port, port.protocol) == (place.port, "TCP"):
                return self._service(attempt, (service, port), "")
        raise attempt.failed("refused")

    async def request(
        self,
        source: PodOnNetwork | None,
        host: str,
        port: int,
        request: Request,
        *,
        timeout: float | None = None,
    ) -> Response:
        """Send an HTTP request there; `timeout` is the one for connecting. Raises ConnectError."""
        found = await self.connect(source, host, port, timeout=timeout)
        if found.listener.http is None:
            raise ConnectError("reset", host, port, found.address)
        request.client, request.port = found.client or request.client, found.port
        return await found.listener.http(request)

    def pod_at(self, address: str) -> PodOnNetwork | None:
        """The running pod of that address, those of the node's network aside."""
        pod = self._at.get(address)
        if pod is not None and self._pods.get(pod.config.uid) is pod:
            return pod
        self._at = {pod.config.ip: pod for pod in self._pods.values() if not pod.config.host_network}
        return self._at.get(address)

    def answers_ping(self, source: PodOnNetwork, address: str) -> bool:
        """Whether an ICMP echo comes back. A Service's address has no answer: rules for ports are all that it is."""
        self._refresh()
        if address.startswith("127.") or address == source.config.ip:
            return True
        if address not in self.index.node_at and self.pod_at(address) is None:
            return False
        try:
            self._check(_Attempt(source, address, 0, "ICMP"), address, 0)
        except ConnectError:
            return False
        return True

    def _route(self, attempt: _Attempt, address: str) -> Destination:
        """Follow a packet. Raises ConnectError."""
        self._refresh()
        if self.mesh is not None and attempt.source is not None and attempt.takes_part:
            taken = self.mesh.leaving(attempt.source, attempt.host, address, attempt.port)
            if taken is not None:
                taken = replace(taken, server=self._server_behind(attempt, address))
                return Destination(address, attempt.port, taken, "", attempt.client)
        index, source = self.index, attempt.source
        at = (address, attempt.port, attempt.protocol)
        if found := index.by_port.get(at):
            return self._service(attempt, found, attempt.node if found[0].internal_local else "")
        if address in index.by_cluster_ip:
            raise attempt.failed("timed out")  # no rule takes the packet, and nobody has that address
        if found := index.by_external.get(at):
            return self._service(attempt, found, "")
        if address.startswith("127.") and source is not None and address not in index.external_addresses:
            return self._on_loopback(attempt, source, address)
        if node := index.node_at.get(address):
            return self._at_node(attempt, node, address)
        return self._at_address(attempt, address, attempt.port)

    def _server_behind(self, attempt: _Attempt, address: str) -> object:
        """For clients that speak a server's protocol without its bytes: they are not carried by the mesh."""
        try:
            return self._route(replace(attempt, past_proxy=True), address).listener.server
        except ConnectError:
            return None

    def _of_gateway(self, pod: PodOnNetwork, port: int) -> Listener | None:
        """What a gateway's proxy has at a port of its pod."""
        return self.mesh.gateway(pod, port) if self.mesh is not None else None

    def _at_address(self, attempt: _Attempt, address: str, port: int) -> Destination:
        pod = self.pod_at(address)
        if pod is not None:
            return self._in_pod(attempt, pod, address, port)
        if ip_address(address) in PODS:
            raise attempt.failed("no route")
        raise attempt.failed("timed out")  # nothing outside the cluster is reached

    def _on_loopback(self, attempt: _Attempt, source: PodOnNetwork, address: str) -> Destination:
        """The containers of a pod share it, and the pods of a node's own network the node's."""
        for pod in self._on_node(source.config.node) if source.config.host_network else (source,):
            listener = pod.listener(attempt.port, udp=attempt.protocol == "UDP")
            if listener is not None:
                return Destination(address, attempt.port, listener, pod.config.uid, address)
        raise attempt.failed("refused")

    def _service(self, attempt: _Attempt, found: ServiceAt, node: str) -> Destination:
        """Any endpoint, or one of `node`, where that is not "": then packets are dropped if it has none."""
        chosen = self._balancer.choose(*found, attempt.client, node)
        if chosen is None:
            raise attempt.failed("timed out" if node and found[0].backends else "refused")
        backend, number = chosen
        if self.index.pages and (page := page_listener(self.index.pages, *found)):
            self._check(attempt, backend.ip, number)
            return Destination(backend.ip, number, page, backend.pod, attempt.client)
        if backend.ip in self.index.node_at:
            return self._in_node(attempt, self.index.node_at[backend.ip], backend.ip, number)
        return self._at_address(attempt, backend.ip, number)

    def _at_node(self, attempt: _Attempt, node: str, address: str) -> Destination:
        """A node port, a host port, or what listens in the node's own network."""
        if found := self.index.by_node_port.get((attempt.port, attempt.protocol)):
            only_there = found[0].external_local and attempt.source is None  # pods reach all endpoints
            return self._service(attempt, found, node if only_there else "")
        if mapped := self.index.host_ports.get((node, attempt.port, attempt.protocol)):
            return self._at_address(attempt, mapped[0].ip, mapped[1])
        return self._in_node(attempt, node, address, attempt.port)

    def _in_node(self, attempt: _Attempt, node: str, address: str, port: int) -> Destination:
        self._check(attempt, address, port)
        for pod in self._on_node(node):
            listener = pod.listener(port, udp=attempt.protocol == "UDP")
            if listener is not None and not listener.local:
                return Destination(address, port, listener, pod.config.uid, attempt.client)
        if port == API_SERVER_PORT and self.index.parts.nodes[0][0] == node:
            return Destination(address, port, self._api.listener, "", attempt.client)
        raise attempt.failed("refused")

    def _in_pod(self, attempt: _Attempt, pod: PodOnNetwork, address: str, port: int) -> Destination:
        self._check(attempt, address, port)
        if self.mesh is not None and attempt.protocol == "TCP":
            taken = self.mesh.entering(pod, port, attempt.client)
            if taken is not None:
                behind = pod.listener(port)
                taken = replace(taken, server=behind.server if behind else None)
                return Destination(address, port, taken, pod.config.uid, attempt.client)
        listener = pod.listener(port, udp=attempt.protocol == "UDP")
        if listener is None or listener.local:
            refused = attempt.failed("refused")
            refused.stand_in = pod.stands_in
            raise refused
        return Destination(address, port, listener, pod.config.uid, attempt.client)

    def _check(self, attempt: _Attempt, address: str, port: int) -> None:
        """Ask the policies. Raises ConnectError."""
        if not self.index.parts.policies:
            return
        pods = self.index.pod_at
        source = End(attempt.client, pods.get(attempt.client), attempt.node)
        if not self.policies.allow(source, End(address, pods.get(address)), port, attempt.protocol):
            raise attempt.failed("timed out")

    def _answers(self, source: PodOnNetwork, server: str, found: ServiceAt) -> bool:
        """Whether a name server behind a Service is reached; that its pods are ready is enough."""
        chosen = self._balancer.choose(*found, source.config.ip, "")
        if chosen is None:
            return False
        try:
            self._check(_Attempt(source, server, DNS_PORT, "UDP"), chosen[0].ip, chosen[1])
        except ConnectError:
            return False
        return True

    def _addresses(self, resolv_conf: str, name: str) -> list[str]:
        """Those of the first of the full names that exists. Raises ResolveError."""
        self._refresh()
        found = self._names.get((resolv_conf, name))
        if found is None:
            answers = (self.dns.query(full) for full in parsed(resolv_conf).candidates(name))
            found = next((answer.addresses for answer in answers if answer.addresses), None)
            if found is None:
                raise ResolveError("unknown host", name)
            self._names[resolv_conf, name] = found
        return found if len(found) == 1 else random.sample(found, len(found))

    def _refresh(self) -> None:
        if self.index.refresh():
            self._names.clear()

    def pods_of_node(self, node: str) -> Sequence[PodOnNetwork]:
        """All that run there."""
        return [pod for pod in self._pods.values() if pod.config.node == node]

    def _on_node(self, node: str) -> Sequence[PodOnNetwork]:
        """The pods of a node's own network."""
        return [pod for pod in self._pods.values() if pod.config.host_network and pod.config.node == node]


async def _waited(error: ConnectError, address: str, timeout: float | None) -> ConnectError:
    """The error, once it is noticed: at once where somebody refuses, else after a while."""
    if error.failure == "refused":
        refused = ConnectError("refused", error.host, error.port, address)
        refused.stand_in = error.stand_in
        return refused
    waits = CONNECT_SECONDS if error.failure == "timed out" else NO_ROUTE_SECONDS
    early = timeout is not None and timeout < waits
    await asyncio.sleep(timeout if timeout is not None and early else waits)
    return ConnectError("timed out" if early else error.failure, error.host, error.port, address)


def _in_hosts(source: PodOnNetwork, name: str) -> list[str]:
    """What /etc/hosts has for a name."""
    if name in ("localhost", "ip6-localhost"):
        return ["127.0.0.1"]
    if name in source.full_hostname.split():
        return [source.config.ip]
    return [address for address, names in source.config.host_aliases.items() if name in names]


def _of_nodes(index: ClusterIndex) -> str:
    """The name server of the nodes themselves, as in kind: the first address of their network."""
    first = next(iter(index.node_at), "172.18.0.2")
    return f"{first.rpartition('.')[0]}.1"
