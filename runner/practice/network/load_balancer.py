"""Load balancers: every Service of type LoadBalancer gets a loopback address on which its ports answer."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.practice.containers.network_messages import Place
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import Controller, WorkQueue
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import going, uid_of
from runner.practice.faults.active_faults import RESOURCE as FAULTS
from runner.practice.machinery.store import Change, Key, Object, key_of
from runner.practice.network.outside_access import OutsideAccess

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)

FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
PORT_ANNOTATION = "practice.labgate.dev/port-"
"""With the Service's port after it: the port on which it is really served."""
SOURCE = Source("service-controller")
ENSURING = 0.6
IP_MODE_SINCE = 30
CANDIDATES = 16
OTHER_PORTS = 8000
"""A port that needs privileges is served at this much more: 80 at 8080, 443 at 8443."""


class TakenError(Exception):
    """Somebody else listens on an address."""


@dataclass(slots=True)
class Open:
    """The listening ports of one Service."""

    uid: str
    address: str
    ports: tuple[int, ...]
    served: dict[int, int]  # the Service's port -> the port that listens
    sockets: dict[int, socket.socket] = field(default_factory=dict)
    servers: list[web.Server] = field(default_factory=list)
    listeners: list[asyncio.Server] = field(default_factory=list)


class Balancers(Controller):
    """Gives, serves and takes back the addresses of load balancers."""

    account = "service-controller"
    watches = frozenset({"services", FAULTS})

    def __init__(self, cluster: ClusterContext, queue: WorkQueue, access: OutsideAccess) -> None:
        super().__init__(cluster, queue)
        self._access = access
        self._open: dict[Key, Open] = {}
        self._ensuring: dict[Key, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Close all ports; the Services keep their addresses for the next start."""
        for key in list(self._open):
            self._close(key)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == "services":
            return [change.key]
        return [key_of("services", service) for service in self.store.list("services")]

    def reconcile(self, key: Key) -> None:
        service = self.store.get(key)
        open_now = self._open.get(key)
        if open_now and (service is None or uid_of(service) != open_now.uid):
            self._close(key)
        if service is None:
            self._ensuring.pop(key, None)
        elif service["spec"].get("type") != "LoadBalancer" or going(service):
            self._give_up(key, service)
        else:
            self._ensure(key, service)

    def _ensure(self, key: Key, service: Object) -> None:
        fault = self.cluster.faults.of_service(service)
        message = fault.options.get("message") if fault else ""
        at_work = fault is None or message  # silently from it, there is no service controller
        if at_work and FINALIZER not in (service["metadata"].get("finalizers") or ()):
            self.cluster.change(key, _with_finalizer)
        if fault:
            self._ensuring.pop(key, None)
            self._close(key)
            if _address(service) is not None:
                self._set_address(key, None)
            if message:
                reason = str(fault.options.get("reason") or "SyncLoadBalancerFailed")
                self._report(service, "Warning", reason, _of_controller(reason, str(message)))
            return
        given, open_now = _address(service), self._open.get(key)
        if given and open_now and open_now.address == given and open_now.ports == _ports(service):
            return
        if given:  # known from before: a restart, or its ports changed
            self._assign(key, service, given)
        elif self._ensuring.get(key) != uid_of(service):
            self._ensuring[key] = uid_of(service)
            self._report(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
            self.later(key, ENSURING)
        else:
            self._ensuring.pop(key)
            self._assign(key, service, None)
            self._report(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")

    def _assign(self, key: Key, service: Object, given: str | None) -> None:
        """Open the ports, first at the address that was `given` before."""
        self._close(key)
        opened = self._listen(service, given)
        self._open[key] = opened
        notes = {
            f"{PORT_ANNOTATION}{port}": str(real) for port, real in opened.served.items() if real != port
        }
        if notes != _notes(service):
            self.cluster.change(key, lambda obj: _noted(obj, notes))
            for port, real in opened.served.items():
                if port != real:
                    self._report_other_port(service, opened.address, port, real)
        if opened.address != given:
            self._set_address(key, opened.address)
        task = asyncio.get_running_loop().create_task(self._serve(key, opened))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _report_other_port(self, service: Object, address: str, port: int, real: int) -> None:
        message = f"Port {port} of {address} can't be opened on this machine. It is served on port {real}: "
        message += f"http://{address}:{real}/"
        self._report(service, "Warning", "AnotherPort", message)

    def _listen(self, service: Object, given: str | None) -> Open:
        uid, ports = uid_of(service), _ports(service)
        for address in [*([given] if given else []), *_candidates(uid)]:
            if not self.cluster.settings.balancers:
                return Open(uid, address, ports, {port: port for port in ports})
            opened = Open(uid, address, ports, {})
            try:
                for port in ports:
                    bound = _bind(address, port, _notes(service).get(f"{PORT_ANNOTATION}{port}"))
                    opened.sockets[port] = bound
                    opened.served[port] = bound.getsockname()[1]
            except (TakenError, OSError) as error:
                log.info("load balancer address %s: %s", address, error)
                for bound in opened.sockets.values():
                    bound.close()
                continue
            return opened
        return self._listen_anywhere(service)

    def _listen_anywhere(self, service: Object) -> Open:
        """Where only 127.0.0.1 can be bound (macOS): there, and mostly on other ports."""
        opened = Open(uid_of(service), "127.0.0.1", _ports(service), {})
        for port in opened.ports:
            kept = _notes(service).get(f"{PORT_ANNOTATION}{port}")
            try:
                bound = _bind(opened.address, port, kept)
            except (TakenError, OSError):
                bound = _bound(opened.address, 0)
            opened.sockets[port] = bound
            opened.served[port] = bound.getsockname()[1]
        return opened

    async def _serve(self, key: Key, opened: Open) -> None:
        loop = asyncio.get_running_loop()
        for port, bound in opened.sockets.items():
            if not self._access.is_page("services", key.namespace, key.name, str(port)):
                place = Place("service", key.name, port, key.namespace)
                opened.listeners.append(await self._access.serve(bound, place))
                continue
            server = self._access.page_server("services", key.namespace, key.name, str(port))
            opened.servers.append(server)
            opened.listeners.append(await loop.create_server(server, sock=bound))

    def _close(self, key: Key) -> None:
        opened = self._open.pop(key, None)
        if opened is None:
            return
        for listener in opened.listeners:
            listener.close()
        for bound in opened.sockets.values():
            bound.close()
        for server in opened.servers:
            task = asyncio.get_running_loop().create_task(server.shutdown(0))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _give_up(self, key: Key, service: Object) -> None:
        """No load balancer any longer: another type, or deleted."""
        self._ensuring.pop(key, None)
        self._close(key)
        if FINALIZER not in (service["metadata"].get("finalizers") or ()):
            return
        self._report(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer")
        if _address(service) is not None:
            self._set_address(key, None)
        self._report(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer")
        self.cluster.change(key, _without_finalizer)

    def _set_address(self, key: Key, address: str | None) -> None:
        entry: Object = {"ip": address}
        if self.cluster.minor >= IP_MODE_SINCE:
            entry["ipMode"] = "VIP"

        def change(service: Object) -> Object:
            service.setdefault("status", {})["loadBalancer"] = {"ingress": [entry]} if address else {}
            return service

        self.cluster.change(key, change, status=True)

    def _report(self, service: Object, kind: str, reason: str, message: str) -> None:
        self.cluster.recorder.emit(reference(service, "v1", "Service"), SOURCE, kind, reason, message)


def _of_controller(reason: str, message: str) -> str:
    """The message as the controller of that reason words it: Kubernetes' own puts the cloud's behind its own words."""
    if reason == "SyncLoadBalancerFailed":
        return f"Error syncing load balancer: failed to ensure load balancer: {message}"
    return message


def _candidates(uid: str) -> Iterator[str]:
    """Loopback addresses for a Service, the same each time."""
    for attempt in range(CANDIDATES):
        digest = hashlib.sha256(f"{uid}/{attempt}".encode()).digest()
        yield f"127.{64 + digest[0] % 64}.{digest[1]}.{1 + digest[2] % 254}"


def _bind(address: str, port: int, kept: str | None) -> socket.socket:
    """A socket that listens on `port`, or on another one where that needs privileges.

    Raises TakenError if somebody listens there, OSError where the address can't be had.
    """
    wanted = [int(kept)] if kept and kept.isdigit() else []
    last: OSError | None = None
    for number in [*wanted, port, *([port + OTHER_PORTS, 0] if port < 1024 else [])]:
        try:
            return _bound(address, number)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and number == port:
                raise TakenError(f"port {port} is taken") from error
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EADDRINUSE):
                raise
            last = error
    raise TakenError(f"port {port}: {last}")


def _bound(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(128)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _address(service: Object) -> str | None:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or ()
    return next((entry["ip"] for entry in ingress if entry.get("ip")), None)


def _ports(service: Object) -> tuple[int, ...]:
    listed = service["spec"].get("ports") or ()
    return tuple(dict.fromkeys(port["port"] for port in listed if port.get("protocol", "TCP") == "TCP"))


def _notes(service: Object) -> dict[str, str]:
    annotations = service["metadata"].get("annotations") or {}
    return {name: value for name, value in annotations.items() if name.startswith(PORT_ANNOTATION)}


def _noted(service: Object, notes: dict[str, str]) -> Object:
    annotations = service["metadata"].get("annotations") or {}
    kept = {name: value for name, value in annotations.items() if not name.startswith(PORT_ANNOTATION)}
    service["metadata"]["annotations"] = kept | notes
    return service


def _with_finalizer(service: Object) -> Object:
    service["metadata"].setdefault("finalizers", []).append(FINALIZER)
    return service


def _without_finalizer(service: Object) -> Object:
    kept = [name for name in service["metadata"].get("finalizers") or () if name != FINALIZER]
    service["metadata"]["finalizers"] = kept
    return _noted(service, {})
