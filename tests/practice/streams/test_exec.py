"""`kubectl exec` as kubectl does it: over SPDY up to 1.30, in a WebSocket since."""

from __future__ import annotations

import asyncio

import pytest

from tests.practice.core.conftest import Kubectl

from .conftest import RunPod


async def test_output_error_and_exit_code(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    result = await kubectl("exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (result.code, result.out) == (3, "out\n")
    assert result.err == "err\ncommand terminated with exit code 3\n"
    assert await kubectl.ok("exec", "web", "--", "echo", "a b") == "a b\n"


async def test_input_goes_in_and_ends(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    text = "".join(f"line {number}\n" for number in range(20_000))
    assert await kubectl.ok("exec", "-i", "web", "--", "cat", stdin=text) == text


async def test_a_program_that_is_not_there(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    result = await kubectl("exec", "web", "--", "nonsense")
    assert (result.code, result.out) == (1, "")
    assert "Internal error occurred: error executing command in container: " in result.err
    assert 'exec: "nonsense": executable file not found in $PATH: unknown\n' in result.err


async def test_which_container(kubectl: Kubectl, run_pod: RunPod) -> None:
    both = [
        {
            "name": name,
            "image": "busybox",
            "command": ["sleep", "1000"],
            "env": [{"name": "NAME", "value": name}],
        }
        for name in ("first", "second")
    ]
    await run_pod("two", containers=both)
    script = ("--", "sh", "-c", "echo $NAME")
    assert await kubectl.ok("exec", "two", "-c", "second", *script) == "second\n"
    result = await kubectl("exec", "two", *script)
    assert result.out == "first\n"  # kubectl takes the first one itself, and says so
    assert (await kubectl("exec", "two", "-c", "third", *script)).code == 1
    await kubectl.ok("annotate", "pod", "two", "kubectl.kubernetes.io/default-container=second")
    assert (await kubectl("exec", "two", *script)).out in (
        "second\n",
        "first\n",
    )  # 1.20 knows no such annotation


async def test_a_container_that_does_not_run(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("done", "exit 0", "Succeeded", restartPolicy="Never")
    result = await kubectl("exec", "done", "--", "true")
    assert "cannot exec" in result.err
    missing = {"name": "broken", "image": "registry.invalid/none:404"}
    await run_pod("half", until="Pending", containers=[missing])
    result = await kubectl("exec", "half", "--", "true")
    assert 'container not found ("broken")' in result.err or "host assigned" in result.err
    assert 'pods "nobody" not found' in (await kubectl("exec", "nobody", "--", "true")).err


async def test_a_client_that_leaves_ends_its_command(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    command = "trap 'true' EXIT; echo begun; while true; do date > /tmp/beat; sleep 0.05; done"
    process = await asyncio.create_subprocess_exec(
        kubectl.program, "--kubeconfig", str(kubectl.kubeconfig), "exec", "web", "--", "sh", "-c", command,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    process.terminate()
    await process.wait()
    async with asyncio.timeout(30):
        while True:
            await kubectl.ok("exec", "web", "--", "rm", "-f", "/tmp/beat")
            await asyncio.sleep(0.3)
            if (await kubectl("exec", "web", "--", "ls", "/tmp/beat")).code:
                return


@pytest.mark.parametrize("version", ["1.20"])
async def test_a_server_without_the_newest_websocket(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    assert await kubectl.ok("exec", "-i", "web", "--", "cat", stdin="hello") == "hello"


async def test_who_may(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    await kubectl.ok("create", "role", "reader", "--verb=get", "--resource=pods")
    await kubectl.ok("create", "rolebinding", "reader", "--role=reader", "--user=bob")
    result = await kubectl("exec", "web", "--as=bob", "--", "echo", "in")
    assert result.code == 1
    assert 'User "bob" cannot create resource "pods/exec" in API group "" in the namespace' in result.err
    await kubectl.ok("create", "role", "runner", "--verb=create", "--resource=pods/exec")
    await kubectl.ok("create", "rolebinding", "runner", "--role=runner", "--user=bob")
    assert await kubectl.ok("exec", "web", "--as=bob", "--", "echo", "in") == "in\n"


async def test_a_command_ends_with_its_container(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    running = asyncio.create_task(kubectl("exec", "web", "--", "sh", "-c", "touch /tmp/begun; sleep 1000"))
    while (await kubectl("exec", "web", "--", "ls", "/tmp/begun")).code:
        await asyncio.sleep(0.02)
    await kubectl.ok("delete", "pod", "web", "--now")
    async with asyncio.timeout(30):
        result = await running
    assert (result.code, result.err) == (137, "command terminated with exit code 137\n")
