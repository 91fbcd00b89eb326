"""What an open lab costs while nothing happens and all its steps have passed: `python -m tests.bench.idle`."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass

from runner.labs import library
from runner.labs.load import load
from runner.session.events import ClusterLost, LabFinished, StepPassed
from runner.session.lab_places import practice_place
from runner.session.visit import Visit
from tests.session.walking import Learner

SETTLED = 5.0  # seconds after the lab's end in which what it set off comes to rest


@dataclass(frozen=True)
class Idle:
    """`processor`: seconds of processor time a second, this program's alone. `requests`: to the API server, a minute.

    A watch that stays open is no request.
    """

    processor: float
    requests: float


async def idle(lab_id: str, seconds: float) -> Idle:
    """One of the labs, worked through by its solutions on its practice cluster, and then left alone."""
    lab = load(library.find(lab_id))
    visit = Visit(lab, practice_place(lab))
    learner = Learner(visit, await visit.enter((100, 30)))
    try:
        for step in lab.steps:
            await learner.run.run_solution(step.id)
            await learner.hears(StepPassed, step=step.id)
        await learner.hears(LabFinished, passed=True)
        await asyncio.sleep(SETTLED)
        asked = _count(learner)
        began, used = time.perf_counter(), _processor()
        await asyncio.sleep(seconds)
        lasted = time.perf_counter() - began
        assert not learner.heard(ClusterLost), (
            "the cluster was stopped meanwhile: this measures the attempts to reach it"
        )
        return Idle((_processor() - used) / lasted, len(asked) * 60 / lasted)
    finally:
        await learner.leaves()


def _count(learner: Learner) -> list[str]:
    """The paths of all requests from now on."""
    server = learner.run.runner.judge.cluster._server
    asked: list[str] = []
    for name in ("json", "fetch", "stream"):

        def counted(
            path: str, *more: object, _ask: object = getattr(server, name), **named: object
        ) -> object:
            asked.append(path)
            return _ask(path, *more, **named)  # type: ignore[operator]

        setattr(server, name, counted)
    return asked


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(lab_id: str = "istio-install", seconds: float = 60.0) -> Idle:
    """In a home of its own."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"LABGATE_HOME": f"{folder}/labgate", "HOME": folder, "KUBECONFIG": f"{folder}/none"}
        try:
            return asyncio.run(idle(lab_id, seconds))
        finally:
            os.environ.clear()
            os.environ |= before


if __name__ == "__main__":
    measured = measure(*sys.argv[1:2])
    print(f"{measured.processor:.2%} of a processor, {measured.requests:.0f} requests a minute")
