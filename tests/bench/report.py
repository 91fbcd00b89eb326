"""A figure with its budget beside it, and what it is compared with."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """Seconds, unless `unit` says otherwise. `ratio`: how much better than `against`."""

    what: str
    value: float
    budget: str = ""
    against: str = ""
    other: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> str:
        return "" if self.other is None else f"{self.other / max(self.value, 1e-9):.1f}x"

    def shown(self, value: float | None) -> str:
        if value is None:
            return ""
        return f"{value:.3f} s" if self.unit == "s" else f"{value:.{0 if value >= 10 else 2}f} {self.unit}"


def median(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds of one call, the median over some rounds after one that is not counted."""
    act()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def p95(taken: Sequence[float]) -> float:
    return statistics.quantiles(taken, n=20, method="inclusive")[-1]


def run(*command: str, kubeconfig: Path | None = None) -> str:
    environment = {**os.environ, **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def show(title: str, rows: Sequence[Row]) -> None:
    """One section of the report, as soon as it is measured."""
    table = Table(
        "what", "measured", "budget", "against", "its figure", "ratio", title=title, title_justify="left"
    )
    for row in rows:
        table.add_row(
            row.what, row.shown(row.value), row.budget, row.against, row.shown(row.other), row.ratio
        )
    Console(width=130).print(table)
