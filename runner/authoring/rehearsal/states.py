"""The clusters that a class can have: a lab half done, done, and done with something wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from checks.base import LooksAt, Object
from checks.registry import look
from runner.labs.model import Lab, Step
from runner.practice.cluster import Identity, PracticeCluster
from runner.practice.machinery.store import Snapshot
from runner.session.events import StepFailed, StepPassed, StepSkipped
from runner.session.judge import Judge
from runner.session.open import open_judge, open_runner
from runner.session.target import Target, practice_wants

SPEED = 10.0
"""How many times quicker than life the lab is worked through."""
SETTLED = 15.0
"""Seconds that a fault may take until a check sees it."""
OF_THE_LEARNER = (LooksAt.MACHINE, LooksAt.FOLDER, LooksAt.ANSWERS)
"""What the checks look at that a class's grading leaves out where nothing but the cluster is there."""
OF_THE_API: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("api-unavailable", "", {}),
    ("unauthorized", "", {}),
    ("api-slow", "", {"seconds": "600"}),
)
"""Faults by which a learner can't be graded at all."""


@dataclass(frozen=True, slots=True)
class State:
    """A cluster at one moment. `points` is what it is worth; None if it can't be graded.

    `held_by` is the first step that does not hold; "" if all do, or where nothing can be known.
    """

    name: str
    kind: str
    """finished, partway, fault"""
    snapshot: Snapshot
    points: int | None
    total: int
    held_by: str = ""


@dataclass(slots=True)
class States:
    """All that were made, and the version of their clusters. The pages of the finished one go on answering."""

    version: str
    identity: Identity
    all: list[State]

    def of(self, kind: str) -> list[State]:
        return [state for state in self.all if state.kind == kind]


@asynccontextmanager
async def states(lab: Lab, folder: Path) -> AsyncIterator[States]:
    """Work through the lab on a practice cluster of its own, and keep what the cluster was after each step.

    Raises RuntimeError if the lab can't be worked through: prove it first.
    """
    wants = practice_wants(lab)
    identity_folder = folder / "identity"
    identity_folder.mkdir(parents=True)
    identity = Identity.of(identity_folder)
    async with AsyncExitStack() as stack:
        landlord = PracticeCluster(
            lab.id,
            wants.version or "1.32",
            pages=wants.pages,
            speed=SPEED,
            identity=identity,
            metrics_server=wants.metrics_server,
            images=wants.images,
            containers=True,  # some steps hold only where programs run: a page that a console shows
            container_speed=1.0,
        )
        await stack.enter_async_context(landlord)
        found = [state async for state in _worked_through(lab, landlord, folder)]
        end = found[-1]
        for kind, target, options in (*_faults(end.snapshot), *OF_THE_API):
            state = await _with_fault(lab, landlord, end, kind, target, options, folder)
            found += [state] if state is not None else []
        yield States(landlord.version, identity, found)


def _target(lab: Lab, cluster: PracticeCluster, folder: Path) -> Target:
    folder.mkdir(parents=True, exist_ok=True)
    path = cluster.kubeconfig(folder / "kubeconfig")
    return Target(f"practice/{lab.id}", cluster.server, path, cluster.context, practice=True)


def _judge(lab: Lab, cluster: PracticeCluster, folder: Path) -> AbstractAsyncContextManager[Judge]:
    return open_judge(lab, _target(lab, cluster, folder), folder=folder / "attempt")


async def _worked_through(lab: Lab, cluster: PracticeCluster, folder: Path) -> AsyncIterator[State]:
    yield await _state(lab, cluster, folder, "partway-none", "partway")
    passed: set[str] = set()
    work = folder / "work"
    opened = open_runner(lab, _target(lab, cluster, work), fresh=True, folder=work / "attempt")
    async with opened as runner:
        async for event in runner.grade():
            if isinstance(event, StepFailed | StepSkipped):
                raise RuntimeError(f"the lab {lab.id} can't be worked through: {event.step} does not hold")
            if isinstance(event, StepPassed) and event.step not in passed:
                passed.add(event.step)
                last = all(each.id in passed or each.optional for each in lab.steps)
                kind = "finished" if last else "partway"
                yield await _state(lab, cluster, folder, f"{kind}-{event.step}", kind)


async def _state(lab: Lab, cluster: PracticeCluster, folder: Path, name: str, kind: str) -> State:
    """The cluster as it is now, and what it is worth: judged on a copy in which nothing moves."""
    snapshot = cluster.store.everything()
    points, total, held = 0, 0, ""
    async with (
        _resting(lab, cluster, snapshot) as still,
        _judge(lab, still, folder / name) as judge,
    ):
        for step in lab.steps:
            earned, possible, passes = await _judged(step, judge)
            if not step.optional:
                points, total = points + earned, total + possible
                held = held or ("" if passes else step.id)
    return State(name, kind, snapshot, points, total, held)


def _resting(lab: Lab, like: PracticeCluster, snapshot: Snapshot) -> PracticeCluster:
    pages = practice_wants(lab).pages
    return PracticeCluster(lab.id, like.version, pages=pages, resting=snapshot, speed=SPEED)


async def _judged(step: Step, judge: Judge) -> tuple[int, int, bool]:
    """Points earned and possible, and whether all of it holds, of what a cluster alone can tell."""
    earned = possible = 0
    passes = True
    for check in step.checks:
        if check.looks_at in OF_THE_LEARNER:
            continue
        outcome = await look(check, judge.world.look())
        possible += check.points
        earned += check.points if outcome.passed else 0
        passes &= outcome.verdict.passes
    return earned, possible, passes


def _faults(end: Snapshot) -> list[tuple[str, str, dict[str, str]]]:
    """Faults that the finished lab can have, spread over its workloads."""
    names = [_name(obj) for obj in end.objects.get("deployments.apps", {}).values()]
    names += [_name(obj) for obj in end.objects.get("statefulsets.apps", {}).values()]
    kinds: Sequence[tuple[str, dict[str, str]]] = (
        ("image-pull", {}),
        ("crash-loop", {"because": "error"}),
        ("crash-loop", {"because": "oom"}),
        ("unschedulable", {"because": "cpu"}),
        ("image-pull", {"because": "rate-limit"}),
    )
    found = [
        (kind, names[number % len(names)], dict(options))
        for number, (kind, options) in enumerate(kinds)
        if names
    ]
    return list({(kind, target): (kind, target, options) for kind, target, options in found}.values())


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


async def _with_fault(
    lab: Lab,
    landlord: PracticeCluster,
    end: State,
    kind: str,
    target: str,
    options: dict[str, str],
    folder: Path,
) -> State | None:
    """The finished lab with a fault; None if no check sees it."""
    name = f"{kind}-{target or 'api'}"
    async with _resting(lab, landlord, end.snapshot) as cluster:
        if not target:
            cluster.faults.add(kind, target, **options)
            return State(name, "fault", cluster.store.everything(), None, end.total)
        cluster.wake()  # its kubelets are to meet the fault
        cluster.faults.add(kind, target, **options)
        async with _judge(lab, cluster, folder / f"{name}-coming") as judge:
            if not await _comes(lab, judge):
                return None
        await asyncio.sleep(1.0)  # until what follows from it has come as well: endpoints, conditions
        return await _state(lab, cluster, folder, name, "fault")


async def _comes(lab: Lab, judge: Judge) -> bool:
    """Wait until some check sees the fault; False if none does in time."""
    end = asyncio.get_running_loop().time() + SETTLED
    while asyncio.get_running_loop().time() < end:
        if not all([(await _judged(step, judge))[2] for step in lab.steps]):
            return True
        await asyncio.sleep(0.1)
    return False
