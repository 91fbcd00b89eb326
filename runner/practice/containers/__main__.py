"""The runtime's process. See runtime_server.py."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import sys
from pathlib import Path

from runner.practice.containers.container_limits import LARGEST_FILE_ON_DISK, NICENESS, PARSER_STACK
from runner.practice.containers.runtime_server import serve


async def _main(path: Path, logs: Path | None) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, over.set)

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            over.set()

    loop.add_reader(sys.stdin.fileno(), read)
    await serve(path, over, logs)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _soft, most = resource.getrlimit(resource.RLIMIT_STACK)
    if most == resource.RLIM_INFINITY or most > PARSER_STACK:
        resource.setrlimit(resource.RLIMIT_STACK, (PARSER_STACK, most))
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (LARGEST_FILE_ON_DISK, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    )
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
