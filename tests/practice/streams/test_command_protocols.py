"""exec as clients other than kubectl ask for it, and what is refused on the way."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.streaming.command_input import Channel, CommandInput, StreamOptions

from .conftest import PODS, RunPod, logged

CAT = f"{PODS}/web/exec?command=cat&stdin=true&stdout=true&stderr=true"
BAD = f"{PODS}/web/exec?command=sh&command=-c&command=exit%203&stdout=true"


async def received(socket: aiohttp.ClientWebSocketResponse, *, encoded: bool = False) -> dict[int, bytes]:
    """All that comes by channel, until the server closes."""
    found: dict[int, bytes] = {}
    async for message in socket:
        data: Any = message.data
        channel, data = (int(data[0]), base64.b64decode(data[1:])) if encoded else (data[0], data[1:])
        found[channel] = found.get(channel, b"") + data
    return found


async def test_the_fifth_version_ends_the_input(http: aiohttp.ClientSession, run_pod: RunPod) -> None:
    await run_pod("web")
    protocols = ("v5.channel.k8s.io", "v4.channel.k8s.io")  # as @kubernetes/client-node offers them
    async with asyncio.timeout(30), http.ws_connect(CAT, protocols=protocols) as socket:
        assert socket.protocol == "v5.channel.k8s.io"
        await socket.send_bytes(b"\x00hel")
        await socket.send_bytes(b"\x00lo")
        await socket.send_bytes(b"\xff\x00")
        found = await received(socket)
    assert found[1] == b"hello"
    assert json.loads(found[3]) == {"metadata": {}, "status": "Success"}


@pytest.mark.parametrize(
    ("protocol", "as_json"),
    [
        ("v4.channel.k8s.io", True),
        ("v4.base64.channel.k8s.io", True),
        ("channel.k8s.io", False),
        ("base64.channel.k8s.io", False),
        (None, False),
    ],
)
async def test_how_a_failure_is_told(
    http: aiohttp.ClientSession, run_pod: RunPod, protocol: str | None, as_json: bool
) -> None:
    await run_pod("web")
    async with asyncio.timeout(30), http.ws_connect(BAD, protocols=[protocol] if protocol else []) as socket:
        assert socket.protocol == protocol
        found = await received(socket, encoded="base64" in (protocol or ""))
    message = (
        "command terminated with non-zero exit code: error executing command [sh -c exit 3], exit code 3"
    )
    if as_json:
        status = json.loads(found[3])
        assert status["details"] == {"causes": [{"reason": "ExitCode", "message": "3"}]}
        assert (status["reason"], status["message"]) == ("NonZeroExitCode", message)
    else:
        assert found[3].decode() == message


async def test_a_container_that_is_not_there(http: aiohttp.ClientSession, run_pod: RunPod) -> None:
    await run_pod("web", "exit 0", "Succeeded", restartPolicy="Never")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(CAT, protocols=("v4.channel.k8s.io",))
    assert refused.value.status == 500
    async with http.ws_connect(CAT, protocols=("v5.channel.k8s.io",)) as socket:
        found = await received(socket)
    assert 'unable to upgrade connection: container not found ("main")' in json.loads(found[3])["message"]


SPDY = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}


@pytest.mark.parametrize(
    ("path", "headers", "code", "words"),
    [
        ("web/exec?command=ls&stdout=true", {}, 400, "Upgrade request required"),
        ("web/exec?command=ls", SPDY, 400, "you must specify at least 1 of stdin, stdout, stderr"),
        ("nobody/exec?command=ls&stdout=true", SPDY, 404, 'pods "nobody" not found'),
        ("web/exec?container=x&command=ls&stdout=true", SPDY, 400, "container x is not valid for pod web"),
        ("web/exec?command=ls&stdout=true", SPDY, 400, "X-Stream-Protocol-Version is required"),
        (
            "web/exec?command=ls&stdout=true",
            {**SPDY, "X-Stream-Protocol-Version": "v9.channel.k8s.io"},
            403,
            "client supports [v9.channel.k8s.io], server accepts [v4.channel.k8s.io v3.channel.k8s.io",
        ),
        (
            "web/exec?command=ls&stdout=true",
            {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": "v9.channel.k8s.io"},
            403,
            "",
        ),
    ],
)
async def test_who_is_turned_away(
    http: aiohttp.ClientSession, run_pod: RunPod, path: str, headers: dict[str, str], code: int, words: str
) -> None:
    await run_pod("web")
    async with http.post(f"{PODS}/{path}", headers=headers) as answer:
        text = await answer.text()
        assert (answer.status, words in text.replace('\\"', '"')) == (code, True), text


async def test_several_containers_need_a_name(http: aiohttp.ClientSession, run_pod: RunPod) -> None:
    both = [{"name": name, "image": "busybox", "command": ["sleep", "1000"]} for name in ("a", "b")]
    setup = {"name": "setup", "image": "busybox", "command": ["true"]}
    await run_pod("two", containers=both, initContainers=[setup])
    async with http.post(f"{PODS}/two/exec?command=ls&stdout=true", headers=SPDY) as answer:
        message = (await answer.json())["message"]
    assert message == "a container name must be specified for pod two, choose one of: [setup a b]"


async def test_sizes_of_a_terminal_come_in_pieces() -> None:
    given = CommandInput(StreamOptions(stdin=True, stdout=True, stderr=False, tty=True))
    assert given.terminal is not None
    sizes: list[tuple[int, int]] = []
    terminal = given.terminal
    terminal.resized.append(lambda: sizes.append((terminal.columns, terminal.rows)))
    for piece in (b'{"Width":100,', b'"Height":30}\n{"Width":101,"Height":31}', b"nonsense", b'{"Width":0}'):
        await given.receive(Channel.RESIZE, piece)
    assert sizes == [(100, 30), (101, 31)]


def with_the_python_client(kubeconfig: Path) -> tuple[str, str, int, str]:
    from kubernetes import client, config, stream

    with config.new_client_from_config(str(kubeconfig)) as api:
        core = client.CoreV1Api(api)
        said = stream.stream(
            core.connect_get_namespaced_pod_exec, "web", "default", command=["echo", "hello"],
            stdout=True, stderr=True, stdin=False, tty=False,
        )  # fmt: skip
        command = stream.stream(
            core.connect_get_namespaced_pod_exec, "web", "default", command=["sh"],
            stdout=True, stderr=True, stdin=True, tty=False, _preload_content=False,
        )  # fmt: skip
        command.close()
        failing = stream.stream(
            core.connect_get_namespaced_pod_exec, "web", "default", command=["sh", "-c", "echo bad >&2; exit 7"],
            stdout=True, stderr=True, stdin=False, tty=False, _preload_content=False,
        )  # fmt: skip
        failing.run_forever(timeout=30)
        return said, failing.read_stderr(), failing.returncode, core.read_namespaced_pod_log("web", "default")


def attached_with_the_python_client(kubeconfig: Path) -> tuple[str, list[str]]:
    from kubernetes import client, config, stream, watch

    with config.new_client_from_config(str(kubeconfig)) as api:
        core = client.CoreV1Api(api)
        attached = stream.stream(
            core.connect_get_namespaced_pod_attach, "web", "default",
            stdout=True, stderr=True, stdin=True, tty=False, _preload_content=False,
        )  # fmt: skip
        attached.write_stdin("first\n")
        said = attached.readline_stdout(timeout=30)
        attached.close()
        followed = []
        for line in watch.Watch().stream(core.read_namespaced_pod_log, name="web", namespace="default"):
            followed.append(line)
            break
        return said, followed


async def test_the_python_client_attaches_and_follows(
    cluster: PracticeCluster, run_pod: RunPod, tmp_path: Path
) -> None:
    main = {"name": "main", "image": "busybox", "command": ["cat"], "stdin": True}
    await run_pod("web", containers=[main])
    kubeconfig = cluster.kubeconfig(tmp_path / "kubeconfig")
    assert await asyncio.to_thread(attached_with_the_python_client, kubeconfig) == ("first", ["first"])


async def test_attached_as_the_javascript_client_does(http: aiohttp.ClientSession, run_pod: RunPod) -> None:
    """@kubernetes/client-node offers all versions for exec and attach; a log it follows with a plain GET."""
    main = {"name": "main", "image": "busybox", "command": ["cat"], "stdin": True, "stdinOnce": True}
    await run_pod("web", containers=[main], restartPolicy="Never")
    offered = [f"{version}channel.k8s.io" for version in ("v5.", "v4.", "v3.", "v2.", "")]
    url = f"{PODS}/web/attach?container=main&stdin=true&stdout=true&stderr=true&tty=false"
    async with asyncio.timeout(30), http.get(f"{PODS}/web/log?follow=true&container=main") as log:
        async with http.ws_connect(url, protocols=offered) as socket:
            await socket.send_bytes(b"\x00said\n")
            assert await log.content.readline() == b"said\n"
            await socket.send_bytes(b"\xff\x00")
            found = await received(socket)
        assert (found[1], json.loads(found[3])["status"]) == (b"said\n", "Success")
        assert await log.content.read() == b""


async def test_the_python_client(
    cluster: PracticeCluster, run_pod: RunPod, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await run_pod("web", "echo logged; sleep 1000")
    await logged(http, "web", "logged")
    kubeconfig = cluster.kubeconfig(tmp_path / "kubeconfig")
    assert await asyncio.to_thread(with_the_python_client, kubeconfig) == ("hello\n", "bad\n", 7, "logged\n")
