"""`-t`: kubectl's terminal is the command's."""

from __future__ import annotations

from tests.practice.core.conftest import Kubectl

from .conftest import RunPod
from .kubectl_terminal import at_terminal


async def test_a_command_at_a_terminal(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    async with at_terminal(kubectl, "exec", "-it", "web", "--", "cat") as terminal:
        terminal.type("abc\r")
        await terminal.until("abc\r\nabc\r\n")
        terminal.type("\x04")
        assert await terminal.ended() == 0


async def test_control_c_ends_the_command(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    async with at_terminal(
        kubectl, "exec", "-it", "web", "--", "sh", "-c", "echo begun; sleep 1000"
    ) as terminal:
        await terminal.until("begun\r\n")
        terminal.type("\x03")
        assert await terminal.ended() == 130
        assert "command terminated with exit code 130" in terminal.output


async def test_a_shell_at_a_terminal(kubectl: Kubectl, run_pod: RunPod) -> None:
    await run_pod("web")
    async with at_terminal(kubectl, "exec", "-it", "web", "--", "sh") as terminal:
        await terminal.until("/ #")
        terminal.type("echo $((6 * 7)) seen\r")
        await terminal.until("42 seen")


async def test_attached_to_a_terminal(kubectl: Kubectl, run_pod: RunPod) -> None:
    main = {"name": "main", "image": "busybox", "command": ["cat"], "stdin": True, "tty": True}
    await run_pod("web", containers=[main])
    async with at_terminal(kubectl, "attach", "-it", "web") as terminal:
        await terminal.until("If you don't see a command prompt")
        terminal.type("abc\r")
        await terminal.until("abc\r\nabc\r\n")
    assert "abc" in await kubectl.ok("logs", "web")
