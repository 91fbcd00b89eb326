"""A program in a container, over the exec channel: from practice clusters of an old and a current version, and from a server
that answers in every way that the channel allows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import yaml
from aiohttp import web

from checks.base import CannotRead, ExecRequest, Verdict
from checks.exec import Exec
from checks.registry import look
from runner.practice.cluster import PracticeCluster
from runner.world import exec_channel
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.world import LiveWorld

SUCCESS = {"status": "Success"}


def failure(code=None, message=""):
    causes = [{"reason": "ExitCode", "message": code}] if code is not None else []
    return {"status": "Failure", "message": message, "details": {"causes": causes}}


class FakeKubelet:
    """Sends `messages` (channel, bytes) to whoever asks; then closes, or with `stays` does nothing more."""

    def __init__(self):
        self.messages, self.stays, self.refuses = [], False, None
        self.queries, self.offered = [], []

    async def answer(self, request):
        self.queries.append(list(request.query.items()))
        if self.refuses:
            code, message = self.refuses
            return web.json_response({"kind": "Status", "code": code, "message": message}, status=code)
        if "Upgrade" not in request.headers:
            return web.json_response({"message": "Upgrade request required"}, status=400)
        self.offered.append(request.headers["Sec-WebSocket-Protocol"])
        socket = web.WebSocketResponse(protocols=("v4.channel.k8s.io",))
        await socket.prepare(request)
        for channel, data in self.messages:
            await socket.send_bytes(bytes([channel]) + data)
        if self.stays:
            await asyncio.sleep(60)
        await socket.close()
        return socket


@pytest.fixture
async def kubelet(tmp_path) -> AsyncIterator[tuple[FakeKubelet, LiveCluster]]:
    fake = FakeKubelet()
    app = web.Application()
    app.router.add_get("/api/v1/namespaces/shop/pods/web/exec", fake.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    config = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "current-context": "c",
    }
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    async with LiveCluster(Access.from_kubeconfig(file)) as cluster:
        yield fake, cluster
    await runner.cleanup()


def request(*command, timeout=5.0, **more):
    return ExecRequest("web", "shop", "app", command or ("true",), timeout, **more)


def ended(status):
    return (3, json.dumps(status).encode())


@pytest.mark.parametrize(
    ("status", "code", "stderr"),
    [
        (SUCCESS, 0, ""),
        (failure("7"), 7, ""),
        (failure("126"), 126, ""),
        (failure(None, 'exec: "x": executable file not found in $PATH'), 127, "executable file"),
        (failure(None, "container is in CONTAINER_EXITED state"), 126, "CONTAINER_EXITED"),
        (failure("a lot", "odd"), 126, "odd"),
    ],
)
async def test_how_it_ended_is_in_the_error_channel(kubelet, status, code, stderr):
    fake, cluster = kubelet
    fake.messages = [
        (1, b""),
        (1, "한글 ".encode()[:4]),
        (1, "한글 ".encode()[4:]),
        (2, b"oops"),
        ended(status),
    ]
    result = await cluster.execute(request("sh", "-c", "echo a b"))
    assert (result.exit_code, result.stdout) == (code, "한글 ")
    assert result.stderr.startswith("oops") and stderr in result.stderr
    assert fake.queries[0] == [
        ("container", "app"),
        ("stdout", "true"),
        ("stderr", "true"),
        ("command", "sh"),
        ("command", "-c"),
        ("command", "echo a b"),
    ]
    assert fake.offered == ["v5.channel.k8s.io,v4.channel.k8s.io"]


async def test_it_is_bounded_in_time_and_bytes(kubelet, monkeypatch):
    fake, cluster = kubelet
    fake.messages, fake.stays = [(1, b"begun")], True
    result = await cluster.execute(request(timeout=0.2))
    assert (result.exit_code, result.stdout) == (None, "begun")
    fake.stays, fake.messages = False, [(1, b"x" * 90), (1, b"needle"), ended(SUCCESS)]
    result = await cluster.execute(request(most=92, seek=("xne", "edl", "none")))
    assert (result.stdout, result.cut) == ("x" * 90 + "ne", True)
    assert result.printed == {"xne", "edl"}
    monkeypatch.setattr(exec_channel, "MOST_READ", 50)
    with pytest.raises(CannotRead) as raised:
        await cluster.execute(request())
    assert raised.value.reason == "limit"


async def test_what_can_not_be_reached_is_an_error_in_the_servers_words(kubelet):
    fake, cluster = kubelet
    fake.messages = [(1, b"half")]
    with pytest.raises(CannotRead, match="closed before the command ended"):
        await cluster.execute(request())
    for code, reason in ((403, "forbidden"), (404, "server"), (500, "server")):
        fake.refuses = (code, "pods web: no")
        with pytest.raises(CannotRead, match="pods web: no") as raised:
            await cluster.execute(request())
        assert raised.value.reason == reason


@pytest.mark.parametrize("version", ["1.20", "1.32"])
async def test_on_practice_clusters(tmp_path, version):
    async with (
        PracticeCluster("exec", version, folder=tmp_path / "state", speed=50, containers=True) as practice,
        LiveCluster(Access.from_kubeconfig(practice.kubeconfig(tmp_path / "kubeconfig"))) as live,
    ):
        world = LiveWorld(live, None, None, {}, {"now": datetime.now(UTC)})  # type: ignore[arg-type]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "app",
                        "image": "busybox",
                        "args": ["sleep", "100"],
                        "env": [{"name": "MODE", "value": "x"}],
                    }
                ]
            },
        }
        await live._server.json("/api/v1/namespaces/default/pods", body=pod)

        async def outcome(**written):
            checked = Exec.model_validate({"selector": "app=web", **written})
            while True:
                looked = world.look("now")
                found = await look(checked, looked)
                if found.verdict is not Verdict.PENDING or checked.timeout < 1:
                    return found
                assert not looked.watchable
                await world.changed(looked.reads, 0.2)

        assert (await outcome(exec="echo $MODE | tr x y", output="^y$")).passed
        assert (await outcome(exec=["printenv", "MODE"], contains="x")).passed
        found = await outcome(exec="echo bad >&2; exit 3")
        assert (found.verdict, found.found.render()) == (Verdict.FAILED, "web: exit code 3: bad")
        found = await outcome(exec=["nosuch"])
        assert found.verdict is Verdict.FAILED
        assert [each.rule for each in found.findings] == ["no-program-in-image"]
        assert (await outcome(exec="sleep 5", timeout=0.3)).found.render() == "web: Still running after 0 s"
