"""`python -m runner.practice NAME [--owned]`: the process of one practice cluster. See process.py for its caller."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from pathlib import Path

from runner.practice import process
from runner.practice.cluster import PracticeCluster
from runner.practice.cluster_shape import Shape
from runner.practice.machinery.disk import DiskLost


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m runner.practice", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--owned", action="store_true", help="end when standard input ends")
    arguments = parser.parse_args()
    folder = process.folder_of(arguments.name)
    lock = os.open(folder / process.LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _translate("locked")
        sys.exit(1)
    try:
        asyncio.run(_serve(arguments.name, folder, owned=arguments.owned))
    except Exception as error:  # the log may be on the full disk: report to the caller
        _translate(f"failed: {' '.join(str(error).split()) or type(error).__name__}")
        raise


async def _serve(name: str, folder: Path, *, owned: bool) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    settings = json.loads((folder / process.SETTINGS).read_text())
    pages = [Path(folder) for folder in settings["pages"]]
    state = folder / process.STATE
    shape = Shape.of(settings)
    async with PracticeCluster(
        name,
        version=shape.version,
        folder=state,
        pages=pages,
        nodes=shape.nodes,
        service_cidr=shape.service_cidr,
        containers=True,
        metrics_server=shape.metrics_server,
        images=settings.get("images", ()),
    ) as cluster:
        lost: list[DiskLost] = []

        def end_by(error: DiskLost) -> None:
            lost.append(error)
            ended.set()

        cluster.store.lost = end_by
        cluster.kubeconfig(folder / process.KUBECONFIG)
        running = {
            "pid": os.getpid(),
            "server": cluster.server,
            "context": cluster.context,
            "version": settings["version"],
        }
        (folder / process.RUNNING).write_text(json.dumps(running))
        _translate("ready")
        if owned:
            loop.add_reader(sys.stdin.fileno(), _read_or_end, ended)
        await ended.wait()
    (folder / process.RUNNING).unlink(missing_ok=True)
    if lost:  # going on would mean a cluster in which nothing ever changes
        raise lost[0]


def _read_or_end(ended: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        ended.set()


def _translate(word: str) -> None:
    """Send one word to the caller, if it still listens, and close the pipe."""
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), f"{word}\n".encode())
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())


if __name__ == "__main__":
    main()
