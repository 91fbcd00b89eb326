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
from runner.world.access import Access
from runner.world.cluster import LiveCluster
from runner.world.credentials import Credentials, credentials
from runner.world.watched import Timing

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
    monkeypatch.setattr("runner.world.credentials.PLUGIN_TAKES", 0.3)
    script = tmp_path / "plugin"
    script.write_text(f"#!/bin/sh\nsleep 600 & echo $! > {tmp_path / 'child'}\nwait\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script)}}
    with pytest.raises(CannotRead, match="did not answer"):
        await credentials(Access("a", "https://x.test", "default", {}, user))
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    for _ in range(200):
        if not child.exists() or child.read_text().split()[2] == "Z":
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the plugin's child lives on")
