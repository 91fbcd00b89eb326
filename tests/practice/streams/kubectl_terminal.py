"""A person at a terminal with kubectl in it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
from collections.abc import AsyncIterator

from tests.practice.core.conftest import Kubectl


class KubectlTerminal:
    """Keys in, what the screen is sent out."""

    def __init__(self, fd: int, process: asyncio.subprocess.Process) -> None:
        self._fd, self.process = fd, process
        self.output = ""
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(fd, self._read)

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    async def until(self, text: str) -> None:
        """Wait until the screen was sent that."""
        async with asyncio.timeout(30):
            while text not in self.output:
                self._news.clear()
                await self._news.wait()

    async def ended(self) -> int:
        """kubectl's exit code."""
        async with asyncio.timeout(30):
            return await self.process.wait()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # the other end is closed
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
        self.output += data.decode("utf-8", "replace")
        self._news.set()


@contextlib.asynccontextmanager
async def at_terminal(kubectl: Kubectl, *arguments: str) -> AsyncIterator[KubectlTerminal]:
    """kubectl with a terminal of 100 columns and 30 rows."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    process = await asyncio.create_subprocess_exec(
        kubectl.program, "--kubeconfig", str(kubectl.kubeconfig), *arguments,
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,
    )  # fmt: skip
    os.close(slave)
    terminal = KubectlTerminal(master, process)
    try:
        yield terminal
    finally:
        asyncio.get_running_loop().remove_reader(master)
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(master)
