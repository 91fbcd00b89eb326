"""Node ports on the learner's machine: every node has a loopback address there, its ExternalIP."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterable, Iterator

from runner.practice.containers.network_messages import Place
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import Controller, WorkQueue
from runner.practice.controllers.object_helpers import going
from runner.practice.machinery.store import Change, Key, Object, key_of
from runner.practice.network.outside_access import OutsideAccess

log = logging.getLogger(__name__)

Port = tuple[str, int]
"""A node's address here, and the port."""


class NodePorts(Controller):
    """Listens on the node ports of every Service that has a ready endpoint: without one the kernel refuses, as kube-proxy's
    rules would."""

    account = "system:kube-proxy"
    watches = frozenset({"services", "endpoints", "nodes"})

    def __init__(self, cluster: ClusterContext, queue: WorkQueue, access: OutsideAccess) -> None:
        super().__init__(cluster, queue)
        self._access = access
        self._open: dict[Key, dict[Port, asyncio.Task[asyncio.Server]]] = {}

    async def stop(self) -> None:
        for key in list(self._open):
            self._keep(key, {})
        await asyncio.sleep(0)

    def keys(self, change: Change) -> Iterable[Key]:
        if not self._opens:
            return ()
        if change.key.resource == "nodes":
            return [key_of("services", service) for service in self.store.list("services")]
        return [Key("services", change.key.namespace, change.key.name)]

    @property
    def _opens(self) -> bool:
        settings = self.cluster.settings
        return settings.containers and settings.balancers

    def reconcile(self, key: Key) -> None:
        service = self.store.get(key)
        wanted: dict[Port, Place] = {}
        if service is not None and not going(service) and self._has_endpoint(key):
            wanted = dict(self._wanted(key, service))
        self._keep(key, wanted)

    def _has_endpoint(self, key: Key) -> bool:
        endpoints = self.store.get(Key("endpoints", key.namespace, key.name)) or {}
        return any(subset.get("addresses") for subset in endpoints.get("subsets") or ())

    def _wanted(self, key: Key, service: Object) -> Iterator[tuple[Port, Place]]:
        for port in service["spec"].get("ports") or ():
            if not port.get("nodePort") or port.get("protocol", "TCP") != "TCP":
                continue
            page = self._access.is_page("services", key.namespace, key.name, str(port["port"]))
            for node, address in self._nodes():
                place = Place("node", node, port["nodePort"])
                if page:  # answered for the Service, whatever the node
                    place = Place("service", key.name, port["port"], key.namespace)
                yield (address, port["nodePort"]), place

    def _nodes(self) -> Iterator[tuple[str, str]]:
        for node in self.store.list("nodes"):
            for entry in node.get("status", {}).get("addresses") or ():
                if entry["type"] == "ExternalIP" and entry["address"].startswith("127."):
                    yield node["metadata"]["name"], entry["address"]

    def _keep(self, key: Key, wanted: dict[Port, Place]) -> None:
        """Have these ports open for a Service, and no others."""
        opened = self._open.setdefault(key, {})
        for port in [each for each in opened if each not in wanted]:
            _close(opened.pop(port))
        for port, place in wanted.items():
            if port not in opened:
                try:
                    bound = socket.create_server(port)
                except OSError as error:  # somebody else's
                    log.info("node port %s:%s: %s", *port, error)
                    continue
                bound.setblocking(False)
                opened[port] = asyncio.get_running_loop().create_task(self._serve(bound, place))
        if not opened:
            del self._open[key]

    async def _serve(self, bound: socket.socket, place: Place) -> asyncio.Server:
        if place.kind == "node":
            return await self._access.serve(bound, place)
        server = self._access.page_server("services", place.namespace, place.name, str(place.port))
        return await asyncio.get_running_loop().create_server(server, sock=bound)


def _close(opening: asyncio.Task[asyncio.Server]) -> None:
    def close(done: asyncio.Task[asyncio.Server]) -> None:
        if not done.cancelled():
            done.result().close()

    opening.add_done_callback(close)
