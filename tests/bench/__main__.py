"""`make bench`: the speed budgets, measured side by side in one run, because machines are noisy.

Every figure is a median over several rounds; where there is something to compare with, the ratio is of the medians.
With KUBEBUILDER_ASSETS set, a real control plane runs beside the practice cluster.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from checks import registry
from checks.deployment import Deployment
from checks.service import Service
from runner.labs import library
from runner.practice import process
from runner.world.access import Access
from runner.world.cluster import LiveCluster
from runner.world.web import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld
from tests.bench import screens, terminal
from tests.control_plane.control_plane import ControlPlane, assets

ROUNDS = 7


@dataclass(frozen=True)
class Row:
    what: str
    value: float
    budget: str = ""
    against: str = ""
    other: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> str:
        return "" if self.other is None else f"{self.other / self.value:.1f}x"


def median(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds of one call, the median over some rounds after one that is not counted."""
    act()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def run(*command: str, kubeconfig: Path | None = None) -> str:
    environment = {**os.environ, **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def starting() -> list[Row]:
    """How long until the program says something, and until the practice cluster answers kubectl."""

    def practice_up() -> None:
        process.start("bench-start", owner=True)

    taken = []
    for _ in range(ROUNDS):
        process.stop("bench-start")
        process.reset("bench-start")
        began = time.perf_counter()
        practice_up()
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
    for _ in range(3):
        run("kubectl", "create", "namespace", "istio-system", kubeconfig=kubeconfig)
        began = time.perf_counter()
        said = run("kubectl", "apply", "-f", str(addons), kubeconfig=kubeconfig)
        taken.append(time.perf_counter() - began)
        assert said.count("created") == 25, said
        run("kubectl", "delete", "-f", str(addons), "--wait=false", kubeconfig=kubeconfig)
        run("kubectl", "delete", "namespace", "istio-system", kubeconfig=kubeconfig)
    return statistics.median(taken)


def looking(kubeconfig: Path, context: str, addons: Path) -> Row:
    """25 checks of one step in one look, against one kubectl process for each."""
    run("kubectl", "create", "namespace", "istio-system", kubeconfig=kubeconfig)
    run("kubectl", "apply", "-f", str(addons), kubeconfig=kubeconfig)
    deployments = ("grafana", "jaeger", "kiali", "prometheus")
    services = ("grafana", "tracing", "zipkin", "jaeger-collector", "kiali", "prometheus")
    named = [("deployment", name) for name in deployments] + [("service", name) for name in services]
    wanted = [named[index % len(named)] for index in range(25)]
    of = [
        Deployment.model_validate({"deployment": name, "in": "istio-system"})
        if kind == "deployment"
        else Service.model_validate({"service": name, "in": "istio-system"})
        for kind, name in wanted
    ]

    def processes() -> None:
        for kind, name in wanted:
            run("kubectl", "get", kind, name, "-n", "istio-system", "-o", "json", kubeconfig=kubeconfig)

    async def looks() -> float:
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            async with LiveCluster(Access.from_kubeconfig(kubeconfig, context)) as cluster:
                world = LiveWorld(cluster, Workspace(Path.cwd(), lambda: None), Web(cluster), {})
                outcomes = await asyncio.gather(*(registry.look(check, world.look()) for check in of))
            taken.append(time.perf_counter() - began)
            assert all(outcome.verdict != "error" for outcome in outcomes)
        return statistics.median(taken[1:])

    took = asyncio.run(looks())
    return Row(
        "25 checks, one look, connection and all", took, "20x faster", "25 kubectl", median(processes, 3)
    )


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


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["LABGATE_HOME"] = home
        rows = starting() + on_the_screen(Path(home))
        lab = library.find("istio-install")
        addons = next(path.parent for path in (lab / "practice").rglob("kiali.yaml"))
        running = process.start("bench", version="1.22", owner=True)
        try:
            applied = applying(running.kubeconfig, addons)
            binaries = assets()
            if binaries is not None:
                with ControlPlane(Path(home) / "real", binaries) as real:
                    there = applying(real.kubeconfig, addons)
                rows.append(Row("kubectl apply of the 25 addons", applied, "", "kube-apiserver", there))
            else:
                rows.append(Row("kubectl apply of the 25 addons", applied))
            rows.append(looking(running.kubeconfig, running.context, addons))
        finally:
            process.stop("bench")
    show(rows)


def show(rows: list[Row]) -> None:
    table = Table("what", "median", "budget", "against", "its median", "ratio")
    for row in rows:
        other = "" if row.other is None else f"{row.other:.3f} s"
        figure = f"{row.value:.3f} s" if row.unit == "s" else f"{row.value:.0f} {row.unit}"
        table.add_row(row.what, figure, row.budget, row.against, other, row.ratio)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
