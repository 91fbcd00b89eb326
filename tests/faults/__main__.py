"""`make faults`: every fault, whether it was found, by what evidence, how soon, and whether it is reported no longer
when it is gone; then how often a healthy cluster was reported. `--only TEXT`: cases with that in their name.

Exits with 1 where anything is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.faults.case import Case
from tests.faults.cases import CASES
from tests.faults.healthy import Tally, healthy_rollouts
from tests.faults.proof import Proof, prove
from tests.faults.scene import on_practice

FACTS = tuple(f"F{number:02}" for number in range(1, 45))
"""The rows of the table of what goes wrong in the Istio lab."""
NO_FAULT = ("F23",)
"""Only to be waited for: a pod that is not ready in its first half minute. It must not be reported as a fault."""
EVIDENCE = 60


@dataclass(frozen=True)
class Tried:
    """A case and how far it came; `wrong` is what was otherwise, "" for nothing."""

    case: Case
    proof: Proof
    wrong: str = ""


async def _try(case: Case, folder: Path) -> Tried:
    proof = Proof()
    try:
        async with on_practice(folder, case.version) as scene:
            await prove(case, scene, proof)
    except Exception as error:  # whatever it is, it is reported in the table, and the next case is tried
        return Tried(case, proof, str(error) or type(error).__name__)
    return Tried(case, proof)


def _in_a_cluster_of_its_own(case: Case) -> Tried:
    with tempfile.TemporaryDirectory(prefix="labgate-faults-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_try(case, Path(folder)))


def _row(tried: Tried) -> tuple[Text, ...]:
    case, proof = tried.case, tried.proof
    found = [finding.rule for finding in proof.findings]
    message = " ".join(proof.findings[0].evidence.split()) if proof.findings else ""
    seen = "yes" if found == [case.rule] else f"NO: {', '.join(found) or 'nothing'}"
    return (
        Text(case.id),
        Text(" ".join(case.facts)),
        Text(seen, "" if found == [case.rule] else "bold red"),
        Text(message if len(message) <= EVIDENCE else f"{message[: EVIDENCE - 1]}…"),
        Text("" if proof.seconds is None else f"{proof.seconds:.2f}"),
        Text("yes" if proof.gone else "NO", "" if proof.gone else "bold red"),
    )


def _table(tried: Sequence[Tried]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("fault", "rows", "found", "evidence"):
        table.add_column(name, no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("gone", no_wrap=True)
    for each in tried:
        table.add_row(*_row(each))
    return table


def _console() -> Console:
    """As wide as the terminal; where there is none, nothing is cut."""
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "170"))
    return Console(width=width, highlight=False, markup=False, emoji=False)


def _summary(console: Console, tried: Sequence[Tried], tally: Tally | None) -> bool:
    """What it comes to; gives whether all is as it should be."""
    wrong = [each for each in tried if each.wrong]
    waited = sorted(each.proof.seconds for each in tried if each.proof.seconds is not None)
    console.print(
        f"\n{len(tried) - len(wrong)} of {len(tried)} faults found, and gone when they were gone", end=""
    )
    console.print(f"; median {waited[len(waited) // 2]:.2f} s, worst {waited[-1]:.2f} s" if waited else "")
    for each in wrong:
        console.print(f"  {each.case.id}: {' '.join(each.wrong.split())[:300]}", style="red")
    if tally is not None:
        console.print(
            f"False alarms: {len(tally.alarms)} in {tally.looks} looks at {tally.states} healthy states"
            f" on their way ({tally.checks} checks)"
        )
        for alarm in tally.alarms:
            console.print(f"  {alarm}", style="red")
    return not wrong and not (tally and tally.alarms)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help="cases with this in their name")
    parser.add_argument("--healthy", type=int, default=25, help="random healthy states (25; 0: none)")
    chosen = parser.parse_args(arguments)
    console = _console()
    cases = [case for case in CASES if chosen.only in case.id]
    tried = []
    for number, case in enumerate(cases, 1):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{number} of {len(cases)}: {case.id}", end="", file=sys.stderr, flush=True)
        tried.append(_in_a_cluster_of_its_own(case))
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    console.print(_table(tried))
    tally = healthy_rollouts(chosen.healthy) if chosen.healthy else None
    right = _summary(console, tried, tally)
    if not chosen.only:
        without = [fact for fact in FACTS if not any(fact in case.facts for case in CASES)]
        without = [fact for fact in without if fact not in NO_FAULT]
        console.print(f"Rows without a case: {' '.join(without) or 'none'}; no fault: {' '.join(NO_FAULT)}")
        right = right and not without
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
