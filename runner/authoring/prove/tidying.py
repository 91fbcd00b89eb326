"""The clean-up: it must remove everything that the lab created, and nothing else."""

from __future__ import annotations

from runner.authoring.prove.mutations import named
from runner.authoring.prove.proof import CheckProof
from runner.authoring.prove.round_runner import Worker
from runner.labs.model import Cleanup
from runner.session.events import CLEANUP
from runner.words import phrase
from runner.world.everything import Everything, changed, everything, gone, made


async def tidy(worker: Worker, began: Everything) -> None:
    """Clean up, and compare the cluster with what it was (`began`)."""
    cleanup = worker.lab.cleanup
    if cleanup is None:
        left = made(began, await _everything(worker))
        if left:
            worker.blame(
                "no-cleanup",
                (),
                phrase("the lab has no clean-up and leaves these: {objects}", objects=named(left)),
                phrase("add the commands that remove it to {key}", key="cleanup:"),
                grave=False,
            )
        return
    await _cleaned(worker, cleanup)
    _compare(worker, began, await _everything(worker))


async def _cleaned(worker: Worker, cleanup: Cleanup) -> None:
    checks = [CheckProof(check, ("cleanup", "checks", index)) for index, check in enumerate(cleanup.checks)]
    for each in checks:
        outcome = await worker.look(each)
        if outcome.passed and not each.check.given and worker.failed is None:
            worker.blame(
                "holds-before",
                each.path,
                phrase("passes before the clean-up: {check}", check=each.check.describe()),
            )
    ran = await worker.run(CLEANUP, ("cleanup", "run"), cleanup.run)
    outcomes = await worker.outcomes(CLEANUP, cleanup, patient=ran)
    for each, outcome in zip(checks, outcomes or (), strict=False):
        if not outcome.verdict.passes:
            worker.fails(each, outcome, ("cleanup", "run"))


async def _everything(worker: Worker) -> Everything:
    return await everything(worker.judge.cluster.access)


def _compare(worker: Worker, began: Everything, ended: Everything) -> None:
    left, taken, other = made(began, ended), gone(began, ended), changed(began, ended)
    for rule, keys, words in (
        (
            "left-behind",
            left,
            phrase("after the clean-up, these still exist: {objects}", objects=named(left)),
        ),
        (
            "taken-too-much",
            taken,
            phrase("the clean-up removed what the lab did not create: {objects}", objects=named(taken)),
        ),
        (
            "left-changed",
            other,
            phrase("after the clean-up, these are not as they were: {objects}", objects=named(other)),
        ),
    ):
        if keys:
            worker.blame(rule, ("cleanup", "run"), words)
