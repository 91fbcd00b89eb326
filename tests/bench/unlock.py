"""From the cluster's state being right to the step that passes: `python -m tests.bench.unlock`."""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from runner.practice import process
from runner.session.events import LabStarted, StepPassed
from runner.session.lab_places import Place
from tests.session.walking import Learner, holds, lab_of, step, until

STEPS = 30


@dataclass(frozen=True)
class Unlock:
    """Seconds from the request that makes the last of a step's objects to its StepPassed, and what a lab costs idle."""

    median: float
    p95: float
    idle_cpu: float  # of one processor, with nothing happening at all steps passed but one


async def unlock(running: process.Running, folder: Path, idle: float = 10.0) -> Unlock:
    """Steps with four checks each, three of which hold already; each step by a change from outside."""
    steps = [
        step(name, checks=[*(holds(f"{name}-{at}") for at in range(3)), holds(name)])
        for name in (f"s{number}" for number in range(STEPS))
    ]
    token = yaml.safe_load(running.kubeconfig.read_text())["users"][0]["user"]["token"]
    place = Place("bench", running.server, running.context, running.kubeconfig, False, True)
    connector = aiohttp.TCPConnector(ssl=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(running.server, headers=headers, connector=connector) as http:

        async def make(name: str) -> None:
            body = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}}
            async with http.post("/api/v1/namespaces/default/configmaps", json=body) as answer:
                assert answer.status == 201, await answer.text()

        for each in steps:
            for at in range(3):
                await make(f"{each['id']}-{at}")
        learner = await Learner.at(lab_of(folder, *steps), place)
        try:
            await learner.hears(LabStarted)
            taken = []
            for each in steps[:-1]:
                await until(lambda of=each: all(learner.run.view.outcomes(of["id"])))  # type: ignore[misc]
                taken.append(await _passes(learner, each["id"], make))
            began = _processor()
            await asyncio.sleep(idle)
            spent = (_processor() - began) / idle
        finally:
            await learner.leaves()
    return Unlock(statistics.median(taken), statistics.quantiles(taken, n=20)[-1], spent)


async def _passes(learner: Learner, name: str, make: object) -> float:
    passed = asyncio.Event()
    at = 0.0
    report = learner.run._emit

    def emitting(event: object) -> None:
        nonlocal at
        report(event)  # type: ignore[arg-type]
        if isinstance(event, StepPassed) and event.step == name:
            at = time.perf_counter()
            passed.set()

    learner.run._emit = emitting  # type: ignore[assignment,method-assign]
    began = time.perf_counter()
    await make(name)  # type: ignore[operator]
    await passed.wait()
    learner.run._emit = report  # type: ignore[method-assign]
    return at - began


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["LABGATE_HOME"] = home
        running = process.start("bench-unlock", owner=True)
        try:
            measured = asyncio.run(unlock(running, Path(home)))
        finally:
            process.stop("bench-unlock")
    print(
        f"state right -> StepPassed: median {measured.median * 1000:.1f} ms, p95 {measured.p95 * 1000:.1f} ms; "
        f"idle: {measured.idle_cpu:.2%} of a processor"
    )


if __name__ == "__main__":
    main()
