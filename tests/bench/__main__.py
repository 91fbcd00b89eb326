"""`make bench`: the speed budgets, measured side by side in one run, because machines are noisy.

Every figure is a median over several rounds; where there is something to compare with, the ratio is of the medians.
With KUBEBUILDER_ASSETS set, a real control plane runs beside the practice cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.labs import library
from runner.practice import process
from tests.bench import idle, screens, terminal
from tests.bench.classes import LEARNERS, classes
from tests.bench.containers import containers
from tests.bench.following import following
from tests.bench.looking import looking
from tests.bench.mesh import mesh
from tests.bench.report import ROUNDS, Row, median, run, show
from tests.bench.unlock import unlock
from tests.control_plane.control_plane import ControlPlane, assets

os.environ["LABGATE_TOUR"] = "0"
SECTIONS = ("program", "screen", "lab", "clusters", "containers", "mesh", "class")
SECTION_SECONDS = 600
"""A section takes up to two minutes on a quiet machine."""


def starting() -> list[Row]:
    """How long until the program says something, and until the practice cluster answers kubectl."""
    taken = []
    for _ in range(ROUNDS):
        process.stop("bench-start")
        process.reset("bench-start")
        began = time.perf_counter()
        process.start("bench-start", owner=True)
        taken.append(time.perf_counter() - began)
    process.stop("bench-start")
    return [
        Row(
            "labgate --help",
            median(lambda: run(sys.executable, "-m", "runner", "--help")),
            "0.15 s",
            "python -c pass",
            median(lambda: run(sys.executable, "-c", "pass")),
        ),
        Row("practice cluster: new, until its API answers", statistics.median(taken), "0.5 s"),
    ]


def applying(kubeconfig: Path, addons: Path) -> float:
    """`kubectl apply` of the 25 addon objects into an empty namespace, each round on a new one."""
    taken = []
    for _ in range(2):
        run("kubectl", "create", "namespace", "istio-system", kubeconfig=kubeconfig)
        began = time.perf_counter()
        text = run("kubectl", "apply", "-f", str(addons), kubeconfig=kubeconfig)
        taken.append(time.perf_counter() - began)
        assert text.count("created") == 25, text
        run("kubectl", "delete", "-f", str(addons), "--wait=false", kubeconfig=kubeconfig)
        run("kubectl", "delete", "namespace", "istio-system", kubeconfig=kubeconfig)
    return statistics.median(taken)


def on_the_screen(home: Path) -> list[Row]:
    """What a learner feels: the first frame, a key, a flood, a change in the cluster."""
    measured = terminal.measure()
    return [
        Row("labgate: first frame", screens.first_frame(), "0.5 s"),
        Row("memory of the program in a lab", screens.memory_in_a_lab(), "120 MB", unit="MiB"),
        Row("cluster right, until the screen shows the step done", screens.seen(home / "lab"), "0.1 s"),
        Row("a key in the terminal, until it is on the screen", measured.key_median),
        Row("10 MB of output, until its end is on the screen", measured.flood),
        Row("Ctrl-C in a flood, until the prompt is back (worst)", measured.interrupt),
        Row("seq 1 200000", measured.seq),
    ]


def in_a_lab(home: Path) -> list[Row]:
    """A lab with many steps, of which each passes by a change from outside; and one that is through, left alone."""
    (home / "unlock").mkdir()
    with practice("bench-unlock") as running:
        steps = asyncio.run(unlock(running, home / "unlock", idle=3.0))
    alone = idle.measure(seconds=15.0)
    return [
        Row("cluster right, until StepPassed, median", steps.median, "0.05 s"),
        Row("cluster right, until StepPassed, p95", steps.p95, "0.1 s"),
        Row("an open lab in which nothing happens: processor", alone.processor * 100, "1 %", unit="%"),
        Row("an open lab in which nothing happens: API requests", alone.requests, "30 /min", unit="/min"),
    ]


@contextmanager
def bounded(section: str, seconds: int = SECTION_SECONDS) -> Iterator[None]:
    """What takes longer than any machine needs hangs: then every thread's place is printed, and the program ends."""
    print(f"{section} …", file=sys.stderr, flush=True)
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@contextmanager
def practice(name: str) -> Iterator[process.Running]:
    running = process.start(name, version="1.22", owner=True)
    try:
        yield running
    finally:
        process.stop(name)


def main() -> None:
    """--only SECTION…: these alone; --learners N: the size of the class."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION")
    parser.add_argument("--learners", type=int, default=LEARNERS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["LABGATE_HOME"] = home
        folder = Path(home)
        measures: dict[str, Callable[[], None]] = {
            "program": lambda: show("The program", starting()),
            "screen": lambda: show("The screen", on_the_screen(folder)),
            "lab": lambda: show("A lab", in_a_lab(folder)),
            "clusters": lambda: clusters(folder),
            "containers": in_containers,
            "mesh": lambda: in_a_mesh(folder),
            "class": lambda: show("A class", classes(folder, given.learners)),
        }
        for section in given.only:
            with bounded(section):
                measures[section]()


def in_containers() -> None:
    with practice("bench-containers") as running:
        show("Containers", containers(running))


def in_a_mesh(home: Path) -> None:
    with practice("bench-mesh") as running:
        show("A mesh", mesh(running, home))


def clusters(home: Path) -> None:
    """The practice cluster, and the real control plane where there is one."""
    addons = next(path.parent for path in (library.find("istio-install") / "practice").rglob("kiali.yaml"))
    binaries = assets()
    with practice("bench") as ours:
        applied = applying(ours.kubeconfig, addons)
        followed = following("practice", ours.kubeconfig, home)
        looked = looking("practice", ours.kubeconfig, addons)
    if binaries is None:
        show("kubectl", [Row("kubectl apply of the 25 addons", applied)])
    else:
        with ControlPlane(home / "real", binaries) as real:
            there = applying(real.kubeconfig, addons)
            show("kubectl", [Row("kubectl apply of the 25 addons", applied, "", "kube-apiserver", there)])
            followed += following("kube-apiserver", real.kubeconfig, home)
            looked += looking("kube-apiserver", real.kubeconfig, addons)
    show("Verifying", [*followed, *looked])


if __name__ == "__main__":
    main()
