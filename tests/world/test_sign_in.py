"""Signing in with certificates, through TLS, past proxies."""

from __future__ import annotations

import json
import stat
import sys

import pytest
from authority import Authority, encoded, server_context

from checks.base import CannotRead
from runner.world.credentials import credentials
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing

QUICK = Timing(grace=0.3, first_pause=0.02, longest_pause=0.2)


@pytest.fixture
def authority():
    return Authority()


@pytest.fixture
async def secure(api, authority, tmp_path):
    """The fake API server again, over TLS and for those with a certificate only."""
    await api.stop()
    certificate, key = authority.issue("api.test")
    api.port, api.tls = 0, server_context(tmp_path, (certificate, key), clients=authority.pem)
    await api.start()
    return api


def access(api, authority, user, **cluster):
    cluster = {"certificate-authority-data": encoded(authority.pem), **cluster}
    return Access("fake", f"https://127.0.0.1:{api.port}", "default", cluster, user)


def learner(authority):
    certificate, key = authority.issue("learner")
    return {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}


async def test_a_client_certificate(secure, authority):
    async with LiveCluster(access(secure, authority, learner(authority)), QUICK) as cluster:
        assert await cluster.list("v1", "Pod", "shop") == []


async def test_without_a_certificate_there_is_no_way_in(secure, authority):
    async with LiveCluster(access(secure, authority, {}), QUICK) as cluster:
        with pytest.raises(CannotRead) as caught:
            await cluster.version()
        assert caught.value.reason == "unreachable"


async def test_a_server_that_somebody_else_vouches_for_is_not_trusted(secure, authority):
    stranger = access(secure, Authority(), learner(authority))
    async with LiveCluster(stranger, QUICK) as cluster:
        with pytest.raises(CannotRead, match="certificate is not trusted"):
            await cluster.version()


async def test_trust_can_be_waived_and_another_name_expected(secure, authority):
    user = learner(authority)
    waived = {"certificate-authority-data": "", "insecure-skip-tls-verify": True}
    for cluster in (waived, {"tls-server-name": "api.test"}):
        async with LiveCluster(access(secure, authority, user, **cluster), QUICK) as live:
            assert await live.version() == "1.22.4"
    async with LiveCluster(access(secure, authority, user, **{"tls-server-name": "b.test"}), QUICK) as live:
        with pytest.raises(CannotRead, match="certificate is not trusted"):
            await live.version()


async def test_a_plugin_may_bring_a_certificate(secure, authority, tmp_path):
    certificate, key = authority.issue("learner")
    status = {"clientCertificateData": certificate, "clientKeyData": key}
    script = tmp_path / "plugin"
    script.write_text(f"#!{sys.executable}\nprint({json.dumps(json.dumps({'status': status}))})\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "Never",
            "command": str(script),
        }
    }
    async with LiveCluster(access(secure, authority, user), QUICK) as cluster:
        assert await cluster.version() == "1.22.4"


async def test_certificates_that_are_none_are_reported(secure, authority):
    user = {"client-certificate-data": encoded("nonsense"), "client-key-data": encoded("nonsense")}
    async with LiveCluster(access(secure, authority, user), QUICK) as cluster:
        with pytest.raises(CannotRead, match="certificates of context fake can't be used"):
            await cluster.version()


async def test_a_proxy_of_the_environment_is_not_used_for_this_machine(api, access_to, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with LiveCluster(access_to(api), QUICK) as cluster:
        assert await cluster.version() == "1.22.4"


@pytest.mark.parametrize(
    ("user", "headers"),
    [
        ({}, ()),
        ({"token": "t"}, (("Authorization", "Bearer t"),)),
        ({"username": "u", "password": "p"}, (("Authorization", f"Basic {encoded('u:p')}"),)),
        (
            {"token": "t", "as": "learner", "as-groups": ["a", "b"]},
            (
                ("Impersonate-User", "learner"),
                ("Impersonate-Group", "a"),
                ("Impersonate-Group", "b"),
                ("Authorization", "Bearer t"),
            ),
        ),
    ],
)
async def test_what_a_kubeconfigs_user_sends(user, headers):
    assert (await credentials(Access("a", "https://x.test", "default", {}, user))).headers == headers


async def test_a_token_file_is_read_anew(tmp_path):
    path = tmp_path / "token"
    anyone = Access("a", "https://x.test", "default", {}, {"tokenFile": str(path)})
    with pytest.raises(CannotRead, match="token file can't be read"):
        await credentials(anyone)
    for token in ("one", "two"):
        path.write_text(f"{token}\n")
        assert (await credentials(anyone)).headers == (("Authorization", f"Bearer {token}"),)


async def test_what_kubectl_no_longer_knows_is_reported():
    old = Access("a", "https://x.test", "default", {}, {"auth-provider": {"name": "gcp"}})
    with pytest.raises(CannotRead, match="auth-provider") as caught:
        await credentials(old)
    assert caught.value.reason == "unauthorized"
