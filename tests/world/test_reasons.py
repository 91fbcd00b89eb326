"""Each way of not reaching a cluster, or of not being let in, has its own words and what to do next: real sockets, real TLS."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import stat
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from authority import Authority, encoded, server_context
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

from runner.grading.roster.class_model import Learner
from runner.grading.roster.grading_job import LearnerJob
from runner.grading.roster.one import grade_one
from runner.session.lab_places import Place, probe
from runner.words import translate

VERSION = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"gitVersion": "v1.30.1"}'
GONE = "HTTP/1.1 {} No\r\nContent-Type: text/html\r\n\r\n<html>Sign in to the campus network</html>"
STATUS = 'HTTP/1.1 {} No\r\nContent-Type: application/json\r\n\r\n{{"kind": "Status", "message": "{}"}}'
PLAIN = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
LAB = """\
format: 1
title: One
summary: Looks at a namespace.
minutes: 1
level: beginner
steps:
  - {id: one, title: One, text: Look at it., run: [kubectl get ns default], checks: [{namespace: default}]}
"""
V1 = "client.authentication.k8s.io/v1"


@asynccontextmanager
async def answering(answer: str | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that gives this answer to everybody, and hangs up; None: it says nothing at all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if answer is None:
                await asyncio.sleep(3600)
            await reader.read(65536)
            writer.write((answer or "").encode())
            await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def closed() -> int:
    """A port at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Scene:
    """What a case builds with: a cluster's and a user's entry of a kubeconfig, and servers that end with the test."""

    folder: Path
    stack: AsyncExitStack
    authority: Authority = field(default_factory=Authority)
    cluster: dict[str, Any] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=lambda: {"token": "t"})

    async def serve(
        self, answer: str | None = VERSION, pair: tuple[str, str] | None = None, **tls: Any
    ) -> int:
        """An API server whose authority the kubeconfig has."""
        context = server_context(self.folder, pair or self.authority.issue("api.test"), **tls)
        port = await self.stack.enter_async_context(answering(answer, context))
        self.cluster |= {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority-data": encoded(self.authority.pem),
        }
        return port

    async def plain(self, answer: str | None) -> int:
        return await self.stack.enter_async_context(answering(answer))

    def plugin(self, script: str, **more: Any) -> None:
        file = self.folder / "plugin"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        self.user = {"exec": {"apiVersion": V1, "command": str(file), "interactiveMode": "Never", **more}}

    def certificate(self, pair: tuple[str, str], key: str = "") -> None:
        self.user = {"client-certificate-data": encoded(pair[0]), "client-key-data": encoded(key or pair[1])}

    def written(self) -> Path:
        document = {
            "clusters": [{"name": "c", "cluster": self.cluster}],
            "users": [{"name": "u", "user": self.user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        path = self.folder / "kubeconfig"
        path.write_text(yaml.safe_dump(document))
        return path


Build = Callable[[Scene], Any]
CASES: dict[str, tuple[Build, str]] = {}


def case(expected: str) -> Callable[[Build], Build]:
    """`said`: what the reason must say, as a pattern."""

    def enter(build: Build) -> Build:
        CASES[build.__name__] = (build, expected)
        return build

    return enter


# the credential plugin --------------------------------------------------------------------------------------


@case("not installed or not in PATH: no-such-plugin. Install it from the vendor")
async def plugin_missing(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("")
    scene.user["exec"] |= {"command": "no-such-plugin", "installHint": "Install it from the vendor."}


@case("not installed or not in PATH: no-such-plugin. Install it as your cluster provider describes")
async def plugin_missing_without_a_hint(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("")
    scene.user["exec"]["command"] = "no-such-plugin"


@case("can't be run: .*plugin: Permission denied")
async def plugin_not_executable(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("")
    (scene.folder / "plugin").chmod(0o600)


@case("failed: .*plugin, exit code 4. Its message: please run: aws sso login")
async def plugin_fails(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("echo please run: aws sso login >&2; exit 4")


@case("printed this instead of credentials: <html>")
async def plugin_prints_nonsense(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("echo '<html>'")


@case("did not respond within 1 s|has not answered in 3 s")
async def plugin_hangs(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("sleep 60")


@case(
    "uses client.authentication.k8s.io/v1beta1, but the kubeconfig requires client.authentication.k8s.io/v1"
)
async def plugin_of_another_version(scene: Scene) -> None:
    await scene.serve()
    message = {"apiVersion": V1 + "beta1", "kind": "ExecCredential", "status": {"token": "t"}}
    scene.plugin(f"echo '{json.dumps(message)}'")


@case("has apiVersion client.authentication.k8s.io/v2. Supported")
async def plugin_of_a_version_that_nobody_knows(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("true", apiVersion="client.authentication.k8s.io/v2")


@case("needs a terminal to ask you")
async def plugin_that_must_ask(scene: Scene) -> None:
    await scene.serve()
    scene.plugin("true", interactiveMode="Always")


@case("returned neither a token nor a certificate")
async def plugin_without_a_token(scene: Scene) -> None:
    await scene.serve()
    message = {"apiVersion": V1, "kind": "ExecCredential", "status": {}}
    scene.plugin(f"echo '{json.dumps(message)}'")


# the server's certificate -----------------------------------------------------------------------------------


@case("signed by an authority that is not in the kubeconfig")
async def wrong_authority(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["certificate-authority-data"] = encoded(Authority().pem)


@case("signed by an authority that is not in the kubeconfig|self-signed, and the kubeconfig has no")
async def no_authority(scene: Scene) -> None:
    await scene.serve()
    del scene.cluster["certificate-authority-data"]


@case("it has expired. This machine's clock says")
async def server_certificate_expired(scene: Scene) -> None:
    await scene.serve(pair=scene.authority.issue("api.test", days=(-9, -2)))


@case("it is not valid yet. This machine's clock says")
async def server_certificate_of_tomorrow(scene: Scene) -> None:
    await scene.serve(pair=scene.authority.issue("api.test", days=(2, 9)))


@case("it is not for the name 127.0.0.1.*set one as tls-server-name")
async def another_host(scene: Scene) -> None:
    await scene.serve(pair=scene.authority.issue("api.test", address="10.0.0.1"))


@case(r"not for the name in tls-server-name \(other.test\)")
async def another_tls_server_name(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["tls-server-name"] = "other.test"


# the client's certificate, tokens ---------------------------------------------------------------------------


@case("credentials of context c: the client certificate expired on 20")
async def client_certificate_expired(scene: Scene) -> None:
    await scene.serve(STATUS.format(401, "Unauthorized"))
    scene.certificate(scene.authority.issue("kim", days=(-9, -2)))


@case("credentials of context c: the client certificate is not valid before 20")
async def client_certificate_of_tomorrow(scene: Scene) -> None:
    await scene.serve(STATUS.format(401, "Unauthorized"))
    scene.certificate(scene.authority.issue("kim", days=(2, 9)))


@case("does not accept the client certificate of context c")
async def client_certificate_expired_for_tls(scene: Scene) -> None:
    """A server that looks at it in TLS already; API servers do so later."""
    await scene.serve(clients=scene.authority.pem)
    scene.certificate(scene.authority.issue("kim", days=(-9, -2)))


@case("the key does not match the client certificate")
async def anothers_key(scene: Scene) -> None:
    await scene.serve()
    scene.certificate(scene.authority.issue("kim"), key=scene.authority.issue("lee")[1])


@case("the key has a passphrase.*openssl pkey")
async def key_with_a_passphrase(scene: Scene) -> None:
    await scene.serve()
    scene.certificate(scene.authority.issue("kim", encryption=BestAvailableEncryption(b"secret")))


@case("client certificate contains no certificate")
async def certificate_that_is_none(scene: Scene) -> None:
    await scene.serve()
    scene.certificate(("nonsense", scene.authority.issue("kim")[1]))


@case("key is missing or is not a PEM key")
async def key_that_is_none(scene: Scene) -> None:
    await scene.serve()
    scene.certificate(scene.authority.issue("kim"), key="nonsense")


@case("client certificate without its key")
async def certificate_without_a_key(scene: Scene) -> None:
    await scene.serve()
    scene.user = {"client-certificate-data": encoded(scene.authority.issue("kim")[0])}


@case(r"referenced by the kubeconfig can't be read: .*kim\.crt: No such file")
async def certificate_file_missing(scene: Scene) -> None:
    await scene.serve()
    scene.user = {"client-certificate": "kim.crt", "client-key": "kim.key"}


@case(r"referenced by the kubeconfig is empty \(client-certificate\): .*kim\.crt")
async def certificate_file_empty(scene: Scene) -> None:
    await scene.serve()
    (scene.folder / "kim.crt").write_text("\n")
    scene.user = {"client-certificate": "kim.crt", "client-key": "kim.key"}


@case("referenced by the kubeconfig can't be read: .*: Is a directory")
async def certificate_file_that_is_a_folder(scene: Scene) -> None:
    await scene.serve()
    scene.user = {"client-certificate": ".", "client-key": "."}


@case("certificate authority contains no certificate")
async def authority_that_is_none(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["certificate-authority-data"] = encoded("nonsense")


@case("certificate-authority-data: it is not complete base64")
async def authority_cut_short(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["certificate-authority-data"] = encoded(scene.authority.pem)[:-3]


@case("token file can't be read: .*/token: No such file")
async def token_file_missing(scene: Scene) -> None:
    await scene.serve()
    scene.user = {"tokenFile": "token"}


@case("token file is empty: .*/token")
async def token_file_empty(scene: Scene) -> None:
    await scene.serve()
    (scene.folder / "token").write_text("\n")
    scene.user = {"tokenFile": "token"}


@case("the token expired on 2001-09-09")
async def token_expired(scene: Scene) -> None:
    await scene.serve(STATUS.format(401, "Unauthorized"))
    scene.user = {"token": f"e30.{encoded(json.dumps({'exp': 1_000_000_000})).rstrip('=')}.c2ln"}


@case("does not accept the credentials of context c. Sign in again")
async def unauthorized(scene: Scene) -> None:
    await scene.serve(STATUS.format(401, "Unauthorized"))


@case("does not allow it: namespaces is forbidden")
async def forbidden(scene: Scene) -> None:
    await scene.serve(STATUS.format(403, "namespaces is forbidden"))


# the network ------------------------------------------------------------------------------------------------


@case("The connection was refused")
async def refused(scene: Scene) -> None:
    scene.cluster["server"] = f"https://127.0.0.1:{closed()}"


@case("The connection was refused")
async def refused_at_several_addresses(scene: Scene) -> None:
    scene.cluster["server"] = f"https://localhost:{closed()}"


@case("DNS does not know the name no-such-cluster.invalid")
async def unknown_name(scene: Scene) -> None:
    scene.cluster["server"] = "https://no-such-cluster.invalid:6443"


@case("does not respond in time|no answer within 3 s")
async def silent(scene: Scene) -> None:
    scene.cluster["server"] = f"https://127.0.0.1:{await scene.plain(None)}"


@case("does not use TLS")
async def https_to_a_plain_port(scene: Scene) -> None:
    scene.cluster["server"] = (
        f"https://127.0.0.1:{await scene.plain('HTTP/1.1 400 Bad Request' + chr(13) + chr(10))}"
    )


@case("requires TLS: use https:// instead of http://")
async def http_to_a_port_of_go(scene: Scene) -> None:
    scene.cluster["server"] = f"http://127.0.0.1:{await scene.plain(PLAIN)}"


@case("closed the connection without a response. API servers use https")
async def http_to_a_port_of_tls(scene: Scene) -> None:
    port = await scene.serve()
    scene.cluster = {"server": f"http://127.0.0.1:{port}"}


@case("A web page responds instead of an API server.*Sign in to the network in a browser")
async def captive_portal(scene: Scene) -> None:
    await scene.serve(GONE.format(200))


@case("A web page responds instead of an API server")
async def captive_portal_that_refuses(scene: Scene) -> None:
    await scene.serve(GONE.format(511))


@case("redirects to another address")
async def captive_portal_that_leads_elsewhere(scene: Scene) -> None:
    await scene.serve("HTTP/1.1 302 Found\r\nLocation: https://login.test/\r\nContent-Length: 0\r\n\r\n")


@case("the server address")
async def password_in_the_address(scene: Scene) -> None:
    scene.cluster["server"] = "https://kim:very-secret@127.0.0.1:6443"


# proxies ----------------------------------------------------------------------------------------------------


@case("proxy-url is proxy.test:3128: this is not an address")
async def proxy_without_a_scheme(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["proxy-url"] = "proxy.test:3128"


@case("proxy-url is ftp://proxy.test: it must start with one of: http://, https://, socks5://")
async def proxy_of_another_kind(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["proxy-url"] = "ftp://proxy.test"


@case(r"The proxy does not respond: http://127.0.0.1:\d+ \(from proxy-url\)")
async def proxy_refuses(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["proxy-url"] = f"http://kim:very-secret@127.0.0.1:{closed()}"


@case(r"The proxy does not respond: socks5://127.0.0.1:\d+ \(from proxy-url\)")
async def socks_refuses(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["proxy-url"] = f"socks5://kim:very-secret@127.0.0.1:{closed()}"


@case("The proxy requires a user name and a password")
async def proxy_wants_a_password(scene: Scene) -> None:
    await scene.serve()
    port = await scene.plain("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    scene.cluster["proxy-url"] = f"http://127.0.0.1:{port}"


@case("did not connect to https://127.0.0.1:.*: 502 No")
async def proxy_can_not_reach_it(scene: Scene) -> None:
    await scene.serve()
    scene.cluster["proxy-url"] = f"http://127.0.0.1:{await scene.plain(STATUS.format(502, ''))}"


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "labgate"))
    monkeypatch.setattr("runner.world.plugins.TAKES", 1.0)
    monkeypatch.setattr("runner.world.api_client.ANSWER_WITHIN", 1.0)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "kubeconfigs"
    folder.mkdir()
    async with AsyncExitStack() as stack:
        yield Scene(folder, stack)


def shown_well(sentence: Any, pattern: str) -> None:
    english, korean = translate(sentence, "en"), translate(sentence, "ko")
    assert re.search(pattern, english), english
    assert re.search("[가-힣]", korean), korean
    assert "very-secret" not in english
    assert len(english) > 30, "what happened, and what to do next"


@pytest.mark.parametrize("name", CASES)
async def test_the_page_of_places_has_the_reason(scene: Scene, name: str) -> None:
    build, pattern = CASES[name]
    await build(scene)
    began = time.monotonic()
    reach = await probe(Place("c", "", "c", scene.written(), practice=False, current=False))
    assert reach.problem is not None
    shown_well(reach.problem, pattern)
    assert time.monotonic() - began < 20


async def test_a_slow_plugin_is_not_taken_for_a_slow_cluster(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.serve()
    scene.plugin("sleep 60")
    monkeypatch.setattr("runner.world.plugins.TAKES", 60.0)
    monkeypatch.setattr("runner.session.lab_places.PROBED_WITHIN", 0.5)
    reach = await probe(Place("c", "", "c", scene.written(), practice=False, current=False))
    shown_well(
        reach.problem, "credential plugin has not answered in .* s: .*/plugin. It may be waiting for you"
    )


_NOT_FOR_STRANGERS = {
    "http_to_a_port_of_go", "http_to_a_port_of_tls", "token_file_missing", "token_file_empty", "password_in_the_address",
    "certificate_file_missing", "certificate_file_empty", "certificate_file_that_is_a_folder",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CASES if "prox" not in name and "socks" not in name])
async def test_a_class_has_the_reason(scene: Scene, name: str) -> None:
    build, pattern = CASES[name]
    await build(scene)
    lab = scene.folder / "lab"
    lab.mkdir()
    (lab / "lab.yaml").write_text(LAB)
    learner = Learner("kim", str(scene.written()))
    graded = await grade_one(LearnerJob(str(lab), learner, "en", deadline=30, plugins=True))
    assert not graded.is_graded, "what could not be judged is no grade"
    if name == "forbidden":  # it answered: what it does not allow is reported by each check
        assert graded.report is not None
        assert "does not allow it" in json.dumps(graded.report)
    elif name in _NOT_FOR_STRANGERS:
        assert str(scene.folder) in graded.problem or "127.0.0.1" in graded.problem
    else:
        assert re.search(pattern, graded.problem), graded.problem


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "HTTPS_PROXY",
            "ftp://p.test",
            "proxy address in HTTPS_PROXY can't be used: ftp://p.test: it must start with",
        ),
        ("https_proxy", "http://", "proxy address in https_proxy can't be used"),
        (
            "HTTPS_PROXY",
            "127.0.0.1:1",
            r"proxy does not respond: http://127.0.0.1:\d+ \(from HTTPS_PROXY\)",
        ),
        (
            "HTTPS_PROXY",
            "socks5h://127.0.0.1:1",
            r"not respond: socks5h://127.0.0.1:\d+ \(from HTTPS_PROXY\)",
        ),
    ],
)
async def test_proxies_of_the_environment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    scene.cluster["server"] = "https://api.invalid:6443"
    monkeypatch.setenv(name, value)
    reach = await probe(Place("c", "", "c", scene.written(), practice=False, current=False))
    shown_well(reach.problem, expected)
