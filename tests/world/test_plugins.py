"""Signing in with a credential plugin."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.base import CannotRead
from runner.world.credentials import Credentials, credentials
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing

QUICK = Timing(grace=0.3, first_pause=0.02, longest_pause=0.2)

PLUGIN = """#!{python}
import json, os, pathlib
here = pathlib.Path(__file__).parent
ran = here / "ran"
ran.write_text(ran.read_text() + "x" if ran.exists() else "x")
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
assert info["spec"]["interactive"] is False and os.environ["REGION"] == "here"
status = json.loads((here / "status.json").read_text())
print(json.dumps({{"apiVersion": info["apiVersion"], "kind": "ExecCredential", "status": status}}))
"""


@pytest.fixture
def plugin(tmp_path):
    script = tmp_path / "plugin"
    script.write_text(PLUGIN.format(python=sys.executable))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "status.json").write_text(json.dumps({"token": "first"}))
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "IfAvailable",
            "command": "./plugin",
            "env": [{"name": "REGION", "value": "here"}],
        }
    }
    return tmp_path, user


async def test_a_credential_plugin_is_run_once_and_again_when_its_token_is_refused(api, access_to, plugin):
    folder, user = plugin
    api.tokens = {"first"}
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        await asyncio.gather(*(cluster.list("v1", kind, "shop") for kind in ("Pod", "Service", "ConfigMap")))
        assert (folder / "ran").read_text() == "x"
        api.tokens = {"second"}
        (folder / "status.json").write_text(json.dumps({"token": "second"}))
        assert await cluster.can("create", "namespaces")
        assert (folder / "ran").read_text() == "xx"
        assert api.seen_tokens[-1] == "second"


async def test_a_plugin_whose_token_expired_is_run_before_it_is_refused(api, access_to, plugin, monkeypatch):
    folder, user = plugin
    now = datetime.now(UTC)
    soon = {"token": "first", "expirationTimestamp": f"{now + timedelta(hours=1):%FT%TZ}"}
    (folder / "status.json").write_text(json.dumps(soon))
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        await cluster.can("get", "pods")
        await cluster.can("get", "pods")
        assert (folder / "ran").read_text() == "x"
        monkeypatch.setattr(Credentials, "expired", lambda used: used.expires <= now + timedelta(hours=2))
        await cluster.can("get", "pods")
        await cluster.can("get", "pods")
        assert (folder / "ran").read_text() == "xx", "not again and again where the clock jumped"


async def test_a_plugin_that_fails_says_so(api, access_to, plugin):
    folder, user = plugin
    (folder / "status.json").unlink()
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        with pytest.raises(
            CannotRead, match=r"credential plugin failed: .*plugin, exit code 1.*FileNotFound"
        ):
            await cluster.list("v1", "Pod", "shop")
    (folder / "plugin").unlink()
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        with pytest.raises(CannotRead) as caught:
            await cluster.list("v1", "Pod", "shop")
    assert caught.value.reason == "unauthorized"


async def test_a_plugin_that_does_not_answer_is_ended_with_all_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr("runner.world.plugins.TAKES", 0.3)
    script = tmp_path / "plugin"
    script.write_text(f"#!/bin/sh\nsleep 600 & echo $! > {tmp_path / 'child'}\nwait\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "Never",
            "command": str(script),
        }
    }
    with pytest.raises(CannotRead, match="did not respond"):
        await credentials(Access("a", "https://x.test", "default", {}, user))
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    for _ in range(200):
        if not child.exists() or child.read_text().split()[2] == "Z":
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the plugin's child lives on")


def written(folder, text):
    script = folder / "plugin"
    script.write_text(f"#!/bin/sh\necho -n x >> {folder / 'ran'}\n{text}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


TROUBLES = {
    "fails": ("echo not signed in >&2; exit 1", "not signed in"),
    "prints garbage": ("echo '<html>'", "credential plugin failed"),
    "prints nothing": ("true", "credential plugin failed"),
    "prints another thing": ("""echo '{"kind": "Pod", "status": {}}'""", "credential plugin failed"),
    "asks at the terminal": ("read answer < /dev/tty || exit 3", "exit code 3|/dev/tty"),
    "hangs": ("sleep 600", "did not respond"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_plugin_that_fails_is_run_once_for_all_who_ask_and_not_again_at_once(
    api, access_to, plugin, monkeypatch, trouble
):
    monkeypatch.setattr("runner.world.plugins.TAKES", 0.5)
    folder, user = plugin
    text, output = TROUBLES[trouble]
    written(folder, text)
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        kinds = ("Pod", "Service", "ConfigMap", "Endpoints", "Namespace", "Secret")
        for _ in range(5):
            results = await asyncio.gather(
                *(cluster.list("v1", kind, "shop") for kind in kinds),
                cluster.version(),
                return_exceptions=True,
            )
            assert {getattr(result, "reason", result) for result in results} == {"unauthorized"}
            with pytest.raises(CannotRead, match=output):
                raise results[0]
    assert (folder / "ran").read_text() == "x"
    assert not api.requests, "nobody was asked without credentials"


async def test_a_plugin_whose_credentials_are_never_accepted_is_run_rarer_and_rarer(
    api, access_to, plugin, monkeypatch
):
    folder, user = plugin
    api.tokens = {"another"}
    clock = [1000.0]
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        monkeypatch.setattr(cluster._server, "_clock", lambda: clock[0])
        for _ in range(600):  # ten minutes, a question each second
            clock[0] += 1
            with pytest.raises(CannotRead) as caught:
                await cluster._server.json("/version")
            assert caught.value.reason == "unauthorized"
    assert 15 <= len((folder / "ran").read_text()) <= 30


async def test_a_plugin_that_works_again_is_heard(api, access_to, plugin, monkeypatch):
    monkeypatch.setattr("runner.world.api_client.REFRESH_AT_MOST_EVERY", 0.1)
    folder, user = plugin
    good = (folder / "plugin").read_text()
    written(folder, "exit 1")
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        with pytest.raises(CannotRead):
            await cluster.list("v1", "Pod", "shop")
        (folder / "plugin").write_text(good)
        async with asyncio.timeout(60):
            while True:
                try:
                    assert await cluster.list("v1", "Pod", "shop") == []
                    return
                except CannotRead:
                    await asyncio.sleep(0.05)


async def test_a_token_that_ends_in_the_middle_of_a_watch_is_made_good_before_anybody_hears_of_it(
    api, access_to, plugin
):
    folder, user = plugin
    api.tokens = {"first"}
    async with LiveCluster(access_to(api, user), QUICK) as cluster:
        assert await cluster.list("v1", "Pod", "shop") == []
        api.tokens = {"second"}
        (folder / "status.json").write_text(json.dumps({"token": "second"}))
        api.drop_watches()
        await api.put("pods", "a", "shop")
        async with asyncio.timeout(60):
            while not await cluster.get("v1", "Pod", "a", "shop"):
                await asyncio.sleep(0.01)
    assert (folder / "ran").read_text() == "xx"


async def test_a_token_file_that_is_replaced_is_read_again(api, access_to, tmp_path):
    file = tmp_path / "token"
    file.write_text("first")
    api.tokens = {"first"}
    async with LiveCluster(access_to(api, {"tokenFile": str(file)}), QUICK) as cluster:
        assert await cluster.list("v1", "Pod", "shop") == []
        api.tokens = {"second"}
        file.write_text("second\n")
        assert await cluster.list("v1", "ConfigMap", "shop") == []
        assert (await cluster.fetch("/version", 5.0, 1000)).status == 200
        api.tokens = {"third"}
        with pytest.raises(CannotRead) as caught:
            await cluster.list("v1", "Service", "shop")
        assert caught.value.reason == "unauthorized"


async def test_new_certificates_do_not_cut_what_runs_on_the_old_ones(api, access_to, monkeypatch):
    api.tokens = {"first", "second"}
    brought = iter(
        [
            Credentials((("Authorization", "Bearer first"),)),
            Credentials((("Authorization", "Bearer second"),)),
        ]
    )

    async def bring(access):
        return next(brought)

    monkeypatch.setattr("runner.world.api_client.credentials", bring)
    async with LiveCluster(access_to(api, {"exec": {}}), QUICK) as cluster:
        server = cluster._server
        await cluster.list("v1", "Pod", "shop")
        old = server._rest
        server._credentials = Credentials(server._credentials.headers, certificate="another")
        await server._refresh()
        assert server._rest is not old
        assert not old.session.closed
        await api.put("pods", "a", "shop")
        async with asyncio.timeout(60):
            while not await cluster.get("v1", "Pod", "a", "shop"):
                await asyncio.sleep(0.01)
        assert (api.count("LIST"), api.count("WATCH")) == (1, 1), "the watch went on"
    assert old.session.closed
