"""Through proxies to the API server: the kubeconfig's and the environment's, for Labgate as for kubectl."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from authority import Authority, encoded, server_context
from test_reasons import VERSION, answering

from checks.base import CannotRead
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.proxies import proxy_of

KUBECTL = shutil.which("kubectl")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """A proxy of one kind, which remembers whom it was asked for. Every name leads to this machine."""

    def __init__(self, handshake: Callable[..., Any], password: str = "") -> None:
        self._handshake, self.password = handshake, password
        self.asked: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            host, port = await self._handshake(self, reader, writer)
            self.asked.append(host)
            there = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pipe(reader, there[1]), pipe(there[0], writer))
        writer.close()


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def socks5(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """RFC 1928, and RFC 1929 where there is a password."""
    _, count = await reader.readexactly(2)
    methods = await reader.readexactly(count)
    wanted = 2 if proxy.password else 0
    if wanted not in methods:
        writer.write(b"\x05\xff")
        raise OSError("no such method")
    writer.write(bytes([5, wanted]))
    if proxy.password:
        _, length = await reader.readexactly(2)
        await reader.readexactly(length)
        password = await reader.readexactly((await reader.readexactly(1))[0])
        right = password.decode() == proxy.password
        writer.write(b"\x01\x00" if right else b"\x01\x01")
        if not right:
            raise OSError("wrong password")
    *_, kind = await reader.readexactly(4)
    raw = await reader.readexactly({1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0])
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    writer.write(b"\x05\x00\x00\x01" + bytes(6))
    return (".".join(map(str, raw)) if kind == 1 else raw.decode()), port


async def connect(
    proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[str, int]:
    head = await reader.readuntil(b"\r\n\r\n")
    if proxy.password and b"Proxy-Authorization: Basic " not in head:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        raise OSError("no password")
    host, _, port = head.split()[1].decode().rpartition(":")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    return host, int(port)


@pytest.fixture
async def proxy(request: pytest.FixtureRequest) -> AsyncIterator[Proxy]:
    made = Proxy(*request.param)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture
async def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Path]]:
    """Writes one whose server is known to the proxy alone, by a name that no DNS has."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    authority = Authority()
    tls = server_context(tmp_path, authority.issue("api.invalid"))
    async with answering(VERSION, tls) as port:

        def write(host: str = "api.invalid", **cluster: Any) -> Path:
            entry = {
                "server": f"https://{host}:{port}",
                "certificate-authority-data": encoded(authority.pem),
                **cluster,
            }
            document = {
                "clusters": [{"name": "c", "cluster": entry}],
                "users": [{"name": "u", "user": {"token": "t"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            }
            (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
            return tmp_path / "kubeconfig"

        yield write


async def version(path: Path) -> str:
    async with LiveCluster(Access.from_kubeconfig(path)) as cluster:
        return await cluster.version()


async def kubectl(path: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *(
            KUBECTL or "",
            f"--kubeconfig={path}",
            "--context=c",
            "get",
            "--raw=/version",
            "--request-timeout=5s",
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return out.decode()


KINDS = pytest.mark.parametrize(
    ("proxy", "scheme"),
    [
        ((connect,), "http"),
        ((socks5,), "socks5"),
        ((connect, "pass word"), "http"),
        ((socks5, "pass word"), "socks5"),
    ],
    indirect=["proxy"],
    ids=["http", "socks5", "http-with-password", "socks5-with-password"],
)


def address(proxy: Proxy, scheme: str) -> str:
    who = "kim:pass%20word@" if proxy.password else ""
    return f"{scheme}://{who}127.0.0.1:{proxy.port}"


@KINDS
async def test_a_proxy_of_the_kubeconfig(proxy: Proxy, scheme: str, kubeconfig: Callable[..., Path]) -> None:
    path = kubeconfig(**{"proxy-url": address(proxy, scheme)})
    assert await version(path) == "1.30.1"
    assert set(proxy.asked) == {"api.invalid"}, "the proxy looks the name up"
    if KUBECTL:
        assert "v1.30.1" in await kubectl(path)


@KINDS
async def test_a_name_of_its_own_through_a_proxy(
    proxy: Proxy, scheme: str, kubeconfig: Callable[..., Path]
) -> None:
    proxied = {"proxy-url": address(proxy, scheme)}
    path = kubeconfig("other.invalid", **proxied, **{"tls-server-name": "api.invalid"})
    assert await version(path) == "1.30.1"
    with pytest.raises(CannotRead, match=r"it is not for the name other.invalid"):
        await version(kubeconfig("other.invalid", **proxied))


@pytest.mark.parametrize(
    "proxy", [(socks5, "secret"), (connect, "secret")], indirect=True, ids=["socks5", "http"]
)
async def test_without_its_password_a_proxy_lets_nobody_through(
    proxy: Proxy, kubeconfig: Callable[..., Path]
) -> None:
    scheme = "socks5" if proxy._handshake is socks5 else "http"
    with pytest.raises(CannotRead, match="The proxy requires a user name and a password"):
        await version(kubeconfig(**{"proxy-url": f"{scheme}://127.0.0.1:{proxy.port}"}))


@KINDS
async def test_a_proxy_of_the_environment(
    proxy: Proxy, scheme: str, kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kubeconfig()
    monkeypatch.setenv("HTTPS_PROXY", address(proxy, scheme))
    assert await version(path) == "1.30.1"
    assert proxy.asked
    monkeypatch.setenv("NO_PROXY", ".invalid")
    with pytest.raises(CannotRead, match="DNS does not know"):
        await version(path)


async def test_many_connections_go_through_a_socks_proxy(
    kubeconfig: Callable[..., Path], tmp_path: Path
) -> None:
    made = Proxy(socks5)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    path = kubeconfig(**{"proxy-url": f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"})
    async with LiveCluster(Access.from_kubeconfig(path)) as cluster:
        answers = await asyncio.gather(*(cluster.fetch("/version", 10, 1000) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len(made.asked) == 20
    server.close()


@pytest.mark.parametrize(
    ("no_proxy", "server", "direct"),
    [
        ("", "https://api.test:6443", False),
        ("*", "https://api.test:6443", True),
        ("api.test", "https://api.test:6443", True),
        ("api.test", "https://x.api.test:6443", True),
        ("api.test", "https://myapi.test:6443", False),
        (".api.test", "https://api.test:6443", False),
        (".api.test", "https://x.api.test:6443", True),
        ("*.api.test", "https://x.api.test:6443", True),
        ("API.test", "https://api.TEST:6443", True),
        ("api.test:443", "https://api.test:6443", False),
        ("api.test:443", "https://api.test", True),
        ("api.test:6443", "https://api.test:6443", True),
        (" a.test , api.test ", "https://api.test:6443", True),
        ("10.0.0.0/8", "https://10.1.2.3:6443", True),
        ("10.0.0.0/8", "https://11.1.2.3:6443", False),
        ("10.0.0.0/8", "https://api.test:6443", False),
        ("10.1.2.3", "https://10.1.2.3:6443", True),
        ("10.1.2.3", "https://10.1.2.30:6443", False),
        ("fd00::/8", "https://[fd00::1]:6443", True),
        ("[fd00::1]:6443", "https://[fd00::1]:6443", True),
        ("fd00::1", "https://[fd00::1]:6443", True),
        ("10.0.0.0/99,nonsense/", "https://10.1.2.3:6443", False),
        ("", "https://127.0.0.1:6443", True),
        ("", "https://[::1]:6443", True),
        ("", "https://localhost:6443", True),
    ],
)
def test_what_is_excepted_from_the_environments_proxy(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, server: str, direct: bool
) -> None:
    """As golang.org/x/net/http/httpproxy, with which kubectl is built."""
    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    found = proxy_of(server, {})
    assert (found is None) == direct
    if found is not None:
        assert (found.url, found.source) == ("http://proxy.test:3128", "HTTPS_PROXY")


def test_the_kubeconfigs_proxy_goes_before_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://environment.test:3128")
    monkeypatch.setenv("NO_PROXY", "*")
    found = proxy_of("https://api.test", {"proxy-url": "socks5://me:secret@own.test:1080"})
    assert found is not None
    assert (found.source, found.shown, found.is_socks) == ("proxy-url", "socks5://own.test:1080", True)
