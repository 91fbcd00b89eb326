"""The work of the labs that a lab builds on: done on its practice cluster, verified on a cluster of the person's own."""

from __future__ import annotations

import shlex
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path

from checks.base import CannotRead, Finding, Outcome, Verdict
from runner.labs.library import built_in
from runner.labs.model import Lab
from runner.labs.prerequisites import EarlierProblem, earlier
from runner.session.events import (
    CommandFinished,
    EarlierLab,
    EarlierStep,
    LabFinished,
    StepBroken,
    StepFailed,
    StepStarted,
)
from runner.session.lab_runner import LabRunner
from runner.session.open import open_judge, open_runner
from runner.session.progress import read_state
from runner.session.runnable import visible
from runner.session.target import Target, attempt_folder
from runner.session.trust import may_run
from runner.words import Phrase, phrase
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster

_CLUSTER = "cluster"
"""The file beside an attempt's record with the UID of the cluster on which the work was done."""


async def bring(
    lab: Lab, target: Target, attempt: Path, *, fresh: bool
) -> AsyncGenerator[EarlierStep | EarlierLab, None]:
    """Work through the labs before this one, in order, without their clean-ups; work that is still there is kept.

    `attempt` is the folder of this lab's attempt. Once a step of this lab was reached on the cluster, work that it
    removed is not restored. Emits each step when it begins, and each lab when it is complete. Raises EarlierProblem,
    RequirementsUnmet, CannotRead.
    """
    begun = not fresh and bool(read_state(attempt).reached)
    async for event in bring_all(earlier(lab), lab.id, target, attempt / "after", fresh=fresh, begun=begun):
        yield event


async def bring_all(
    labs: Sequence[Lab], name: str, target: Target, folder: Path, *, fresh: bool, begun: bool = False
) -> AsyncGenerator[EarlierStep | EarlierLab, None]:
    """The same of these labs, which come before the one of that name; `folder` keeps their attempts."""
    cluster = await _uid(target) if labs else ""
    for each in labs:
        kept = folder / each.id
        since = time.monotonic()
        same = not fresh and _done_on(kept) == cluster
        finished = read_state(kept).finished
        there = same and finished and (begun or await _is_there(each, target, kept))
        if not there:
            kept.mkdir(parents=True, exist_ok=True, mode=0o700)
            (kept / _CLUSTER).write_text(cluster)
            opened = open_runner(each, target, fresh=finished or not same, folder=kept)
            async with opened as runner, aclosing(_work_through(name, runner)) as steps:
                async for step in steps:
                    yield step
        yield EarlierLab(each.id, len(each.steps), time.monotonic() - since, there)


async def earlier_work_there(lab: Lab, target: Target, kubeconfig: Path | None) -> AsyncIterator[Outcome]:
    """Whether the work of the labs before this one is on a cluster of the person's own, where this one was not begun yet.

    What is not there is PENDING, with the way on: the person may know better. `kubeconfig` is the file that they named,
    None for the default one. Nothing is changed.
    """
    if read_state(attempt_folder(lab, target.name)).reached:
        return
    try:
        before = earlier(lab)
    except EarlierProblem as problem:
        expected = phrase("The result of {lab}, which this lab continues", lab=lab.after or "")
        yield Outcome(Verdict.PENDING, expected, phrase("could not be checked"), (_finding(problem.message),))
        return
    for each in before:
        yield await _there(each, target, kubeconfig)


async def _there(each: Lab, target: Target, kubeconfig: Path | None) -> Outcome:
    expected = phrase("The result of {lab}, which this lab continues", lab=each.id)
    why = (
        await _first_missing(each, target) if may_run(each) else phrase("it was not started on this machine")
    )
    if why is None:
        return Outcome(Verdict.PASSED, expected, phrase("is on the cluster"))
    name = each.id if built_in(each.folder) else str(each.folder)
    file = ["--kubeconfig", str(kubeconfig)] if kubeconfig else []
    command = shlex.join(["labgate", "learn", name, "--context", target.context, *file])
    done_for = shlex.join(["labgate", "grade", name, "--run", "--context", target.context, *file])
    remedy = phrase(
        "Do that lab on this cluster first: {command}. To have its commands run for you: {grade}",
        command=command,
        grade=done_for,
    )
    # what a challenge of it is solved by is not told here
    lines = [line for commands in (each.setup, *(step.run for step in each.steps)) for line in commands]
    finding = Finding(
        "requirement",
        why,
        remedy,
        evidence="\n".join(visible(line.command) for line in lines),
        source=f"{each.id}/lab.yaml",
    )
    return Outcome(Verdict.PENDING, expected, phrase("is not there"), (finding,))


async def _first_missing(each: Lab, target: Target) -> Phrase | None:
    """What the first step that fails is found to be; None if all hold, as far as they can be judged."""
    folder = attempt_folder(each, target.name)
    async with open_judge(each, target, folder=folder, settle_budget=0.0) as judge:
        for step in each.steps:
            if step.optional:
                continue
            for outcome in (await judge.look_at(step)).outcomes:
                if outcome.verdict in (Verdict.FAILED, Verdict.PENDING):
                    return phrase("{step}: {found}", step=step.id, found=outcome.found)
    return None


def _finding(why: Phrase) -> Finding:
    remedy = phrase("Do that lab on this cluster first, or use the practice cluster: --practice")
    return Finding("requirement", why, remedy)


async def _uid(target: Target) -> str:
    """An identifier that distinguishes this cluster from one recreated in its place. Raises CannotRead."""
    async with LiveCluster(Access.from_kubeconfig(target.kubeconfig, target.context)) as cluster:
        found = await cluster.get("v1", "Namespace", "kube-system")
    if found is None:
        raise CannotRead("server", phrase("{server} has no namespace kube-system", server=target.server))
    return str(found["metadata"]["uid"])


def _done_on(folder: Path) -> str:
    try:
        return (folder / _CLUSTER).read_text()
    except OSError:
        return ""


async def _is_there(each: Lab, target: Target, folder: Path) -> bool:
    """Whether some of it still holds: the lab itself may have changed the rest."""
    async with open_judge(each, target, folder=folder) as judge:
        for step in each.steps:
            if step.checks and (await judge.look_at(step)).passes:
                return True
    return False


async def _work_through(name: str, runner: LabRunner) -> AsyncGenerator[EarlierStep, None]:
    await runner.judge.require()
    ids = [step.id for step in runner.lab.steps]
    why: Phrase | None = None
    stopped: Phrase | str = "-"
    passed = False
    async with aclosing(runner.grade()) as events:
        async for event in events:
            if isinstance(event, StepStarted) and event.step in ids:
                yield EarlierStep(runner.lab.id, event.step, ids.index(event.step) + 1, len(ids))
            if isinstance(event, CommandFinished) and event.end.exit_code != 0 and why is None:
                stopped = phrase("{step}: {command} failed", step=event.step, command=event.command)
            if isinstance(event, StepFailed | StepBroken) and why is None:
                found = [outcome.found for outcome in event.outcomes if not outcome.verdict.passes]
                why = phrase("{step}: {found}", step=event.step, found=found[0] if found else stopped)
            if isinstance(event, LabFinished):
                passed = event.passed
    if not passed:
        raise EarlierProblem(
            phrase(
                "{lab} comes after {earlier}, and that could not be worked through: {why}",
                lab=name,
                earlier=runner.lab.id,
                why=why or stopped,
            )
        )
