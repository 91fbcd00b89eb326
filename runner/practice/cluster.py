"""A practice cluster in this process: the store, the API and the controllers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import socket
import ssl
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web

from runner.kept_contexts import with_kept
from runner.paths import scratch, write_private
from runner.practice.authentication.account_tokens import AccountTokens
from runner.practice.authentication.authenticate import authenticate, take_certificates
from runner.practice.authentication.authority import Authority
from runner.practice.authentication.impersonation import acting
from runner.practice.authentication.token_discovery import token_pages
from runner.practice.authentication.token_requests import token_handler
from runner.practice.authorization.access_reviews import Reviews
from runner.practice.cluster_shape import DEFAULT_CIDR, DEFAULT_NODES
from runner.practice.control_plane import ControlPlane
from runner.practice.controllers.cluster_context import Settings
from runner.practice.controllers.custom_resource_definitions import Definitions
from runner.practice.faults.fault_api import fault_page
from runner.practice.faults.fault_kinds import FAULTS_PATH, FORMER_FAULTS_PATH
from runner.practice.kinds import registry_of
from runner.practice.machinery.api.backend import Backend, Page
from runner.practice.machinery.api.server import build
from runner.practice.machinery.served_resources import minor_of
from runner.practice.machinery.store import Snapshot, Store
from runner.practice.machinery.users import ADMIN, User
from runner.practice.network.port_forward import port_forward_handler
from runner.practice.network.service_proxy import proxy_handler
from runner.practice.node.metrics_api import metrics_handlers
from runner.practice.node.pod_subresources import pod_handlers

HOST = "127.0.0.1"
VOLUMES = "volumes"
"""The folder of the state in which PersistentVolumes are."""
LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Identity:
    """The keys and certificates of a cluster; several clusters on this machine may share them."""

    authority: Authority
    context: ssl.SSLContext

    @classmethod
    def of(cls, folder: Path) -> Identity:
        """The one that is kept in the folder, made where there is none."""
        authority = Authority.of(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.server)
        take_certificates(context, authority.certificate)
        return cls(authority, context)


class PracticeCluster:
    """One cluster. `async with` starts it and ends it; several of them may live in one process.

    `version` is the Kubernetes version that it says it is ("1.32"); `folder` keeps its state (None: memory only);
    `pages` are the folders of a lab's stand-in pages; `speed` divides every waiting time of the simulation. With `resting` it
    begins as that snapshot and nothing in it moves until something is changed. `identity`: of several clusters
    in one process that share a certificate. A new cluster gets `nodes` nodes, and its Services get addresses
    of `service_cidr`. With `containers` something
    really runs in its pods, in a process of its own that starts with the first pod. With `metrics_server` a new cluster
    has one from the start. `images` are those of labs, as practice/images.yaml has them.
    `container_speed` stands for `speed` where a time is measured against a container's work: probes, hooks, grace.
    """

    def __init__(
        self,
        name: str,
        version: str = "1.32",
        folder: Path | None = None,
        pages: Sequence[Path] = (),
        speed: float = 1.0,
        port: int = 0,
        resting: Snapshot | None = None,
        identity: Identity | None = None,
        nodes: int = DEFAULT_NODES,
        service_cidr: str = DEFAULT_CIDR,
        containers: bool = False,
        metrics_server: bool = False,
        images: Sequence[Mapping[str, Any]] = (),
        container_speed: float | None = None,
    ) -> None:
        self.name = name
        self.version = version if version.count(".") > 1 else f"1.{minor_of(version)}.0"
        self._folder, self._pages, self._speed, self._port = folder, pages, speed, port
        self._resting, self._identity = resting, identity
        self._nodes, self._service_cidr = nodes, IPv4Network(service_cidr)
        self._containers, self._metrics_server, self._images = containers, metrics_server, images
        self._container_speed = container_speed
        self._temporary = contextlib.ExitStack()
        self._runner: web.AppRunner | None = None
        self._control_plane: ControlPlane | None = None
        self._definitions: Definitions | None = None
        self._backend: Backend | None = None
        self.token = ""

    async def __aenter__(self) -> PracticeCluster:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Answers requests when it returns. Raises OSError if the port is taken."""
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            place = self._folder
        else:
            place = self._temporary.enter_context(scratch(Path(tempfile.gettempdir())))
        identity = self._identity or Identity.of(place)
        self.authority = identity.authority
        self._certificate = self.authority.certificate
        self.token = _kept_token(place)
        self.registry = registry_of(self.version)
        self.store = Store(self._folder, self.registry, self._resting)
        settings = Settings(
            speed=self._speed,
            container_speed=self._container_speed,
            version=self.version,
            pages=self._pages,
            balancers=self._resting is None,  # the addresses in a snapshot are another cluster's
            authority=self.authority,
            nodes=self._nodes,
            service_cidr=self._service_cidr,
            containers=self._containers,
            volumes=place / VOLUMES,
            logs=place / LOGS,
            metrics_server=self._metrics_server,
            images=self._images,
        )
        self._control_plane = ControlPlane(self.store, self.registry, settings)
        self._definitions = Definitions(self._control_plane.pipeline)
        self._definitions.start()
        self.faults = self._control_plane.faults
        backend = self._api(self._control_plane)
        self._backend = backend
        await self._listen(place, backend, identity.context)
        if self._resting is None:
            self._control_plane.start(self._address())
        else:
            self._until_changed = self.store.subscribe(lambda _change: self.wake())

    def _api(self, control_plane: ControlPlane) -> Backend:
        """Everything that answers requests, and by what."""
        minor, authorizer = self.registry.minor, control_plane.authorizer
        tokens = self.tokens = AccountTokens(self.store, self.authority, minor)
        proxy = proxy_handler(control_plane.access)

        def authenticated(request: web.Request) -> User:
            user = authenticate(request, self.token, tokens, minor)
            return acting(authorizer, user, request.headers, request.path, minor)

        return Backend(
            control_plane.pipeline,
            self.version,
            authenticate=authenticated,
            authorizer=authorizer,
            interference=self.faults,
            handlers={
                **Reviews(authorizer, tokens, self.token).handlers(),
                ("serviceaccounts", "token"): token_handler(tokens),
                **pod_handlers(self.faults, control_plane.runtime),
                **metrics_handlers(control_plane.context.metrics),
                ("pods", "portforward"): port_forward_handler(control_plane.access),
                ("pods", "proxy"): proxy,
                ("services", "proxy"): proxy,
            },
            pages=token_pages(tokens, self._address),
            passed_on=partial(_passed_on, control_plane),
            undisturbed_pages={
                FAULTS_PATH: fault_page(self.faults),
                FORMER_FAULTS_PATH: fault_page(self.faults, "troubles"),
            },
            address=self._address,
        )

    def wake(self) -> None:
        """Start a resting cluster; the first change of any object does so, too."""
        assert self._control_plane is not None
        if self._resting is not None:
            self._resting = None
            self._until_changed()
            self._control_plane.start(self._address())

    async def _listen(self, place: Path, backend: Backend, context: ssl.SSLContext) -> None:
        self._runner = web.AppRunner(
            build(backend), access_log=None, handler_cancellation=True, shutdown_timeout=0.5
        )
        await self._runner.setup()
        listener = _listener(place / "port", self._port)
        self._port = int(listener.getsockname()[1])
        (place / "port").write_text(str(self._port))
        await web.SockSite(self._runner, listener, ssl_context=context).start()

    async def stop(self) -> None:
        """End every watch, controller and connection; the state stays in the folder."""
        if self._backend is not None:
            self._backend.closing.set()
            await asyncio.sleep(0)  # lets watches send their last line
        if self._control_plane is not None:
            await self._control_plane.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._definitions is not None:
            self._definitions.stop()
            self.store.close()
        self._temporary.close()

    def _address(self) -> str:
        return f"{HOST}:{self._port}"

    @property
    def server(self) -> str:
        """`https://127.0.0.1:<port>`."""
        return f"https://{HOST}:{self._port}"

    @property
    def context(self) -> str:
        """The name of the kubeconfig's one context."""
        return f"practice-{self.name}"

    def kubeconfig(self, path: Path) -> Path:
        """Write a self-contained kubeconfig (mode 0600) with the one context, and return its path.

        One that is there already keeps what was changed in it (see kept_contexts).
        """
        context = self.context
        certificate = base64.b64encode(self._certificate.encode()).decode()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": context,
                    "cluster": {"server": self.server, "certificate-authority-data": certificate},
                }
            ],
            "users": [{"name": ADMIN.name, "user": {"token": self.token}}],
            "contexts": [
                {"name": context, "context": {"cluster": context, "user": ADMIN.name, "namespace": "default"}}
            ],
            "current-context": context,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, json.dumps(with_kept(config, path), indent=2) + "\n")
        return path


def _kept_token(folder: Path) -> str:
    """The cluster's bearer token, the same after a restart."""
    path = folder / "token"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()


def _listener(remembered: Path, port: int) -> socket.socket:
    """On `port`; where that is 0 on the port of the last time if it is free, so that kubeconfigs stay true."""
    if not port and remembered.exists() and remembered.read_text().isdigit():
        with contextlib.suppress(OSError):  # taken meanwhile: a new one will do
            return socket.create_server((HOST, int(remembered.read_text())))
    return socket.create_server((HOST, port))


def _passed_on(control_plane: ControlPlane, path: str) -> Page | None:
    """What answers a path of an adapter's group: the server behind its APIService."""
    words = path.split("/", 3)
    server = control_plane.context.custom_metrics.servers.get(words[2]) if len(words) > 2 else None
    return partial(control_plane.aggregated.passed_on, server) if server else None
