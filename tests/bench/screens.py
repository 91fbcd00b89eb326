"""The program on the screen: its first frame, its memory in a lab, and a cluster's change until it is seen."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pexpect
import yaml

from runner.practice import process
from runner.session.lab_places import Place
from runner.tui.app import LabgateApp
from runner.tui.screens.lab import LabScreen
from tests.session.walking import holds, lab_of, step

ROUNDS = 5


@contextmanager
def on_a_terminal(*arguments: str) -> Iterator[pexpect.spawn[str]]:
    """The program in a terminal of 160 by 50, ended afterwards."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "runner", *arguments],
        dimensions=(50, 160),
        env=os.environ | {"TERM": "xterm-256color", "LABGATE_LANGUAGE": "en"},
        encoding="utf-8",
        timeout=60,
    )
    try:
        yield child
    finally:
        child.close(force=True)


def first_frame() -> float:
    """Seconds from the start of `labgate` until its catalogue is drawn; the median over some rounds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with on_a_terminal() as child:
            child.expect_exact("Labgate")
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def memory_in_a_lab() -> float:
    """MiB that the program itself holds (not its shell, not the practice cluster) at a lab's first step."""
    with on_a_terminal("learn", "istio-install", "--practice") as child:
        child.expect_exact("0/13")
        time.sleep(3)  # what is loaded on the way has been loaded
        assert child.pid is not None
        status = Path(f"/proc/{child.pid}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kib) / 1024


def seen(folder: Path) -> float:
    """Seconds from the request that makes a step right until the screen shows it as done; the median over some steps."""
    running = process.start("bench-screen", owner=True)
    try:
        return asyncio.run(_seen(running, folder))
    finally:
        process.stop("bench-screen")


async def _seen(running: process.Running, folder: Path, steps: int = 15) -> float:
    names = [f"s{number}" for number in range(steps)]
    lab = lab_of(folder, *(step(name, checks=[holds(name)]) for name in names))
    place = Place("bench", running.server, running.context, running.kubeconfig, False, True)
    token = yaml.safe_load(running.kubeconfig.read_text())["users"][0]["user"]["token"]
    http = aiohttp.ClientSession(
        running.server,
        headers={"Authorization": f"Bearer {token}"},
        connector=aiohttp.TCPConnector(ssl=False),
    )
    app = LabgateApp(lab, place, language="en")
    taken = []
    async with http, app.run_test(size=(160, 50)) as pilot:
        await _until(app, lambda: isinstance(app.screen, LabScreen), "the lab's page")
        await pilot.pause(1)
        for number, name in enumerate(names[:-1], 1):
            began = time.perf_counter()
            body = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}}
            async with http.post("/api/v1/namespaces/default/configmaps", json=body) as answer:
                assert answer.status == 201
            await _until(app, partial(_shows, app, f"✓ {number:>2} "), f"step {number} as done")
            taken.append(time.perf_counter() - began)
            await pilot.pause(0.2)
        await app.close_lab()  # as the program does at its end, which this isn't
    return statistics.median(taken)


async def _until(app: LabgateApp, holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait for the screen. Raises TimeoutError, which says what stood there instead: an app that failed draws no more."""
    end = time.perf_counter() + seconds
    while not holds():
        if time.perf_counter() > end or not app.is_running:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s. The screen shows:\n{_text(app)}")
        await asyncio.sleep(0.002)


def _shows(app: LabgateApp, text: str) -> bool:
    return text in _text(app)


def _text(app: LabgateApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
