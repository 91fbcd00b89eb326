"""`labgate practice class`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

import click

from runner.commands import failure
from runner.commands.common import Stop, language_option, report
from runner.commands.consent_prompt import ask_once
from runner.commands.grade_command import lab_of
from runner.grading.grade import Job
from runner.labs import library
from runner.labs.model import Lab
from runner.paths import scratch
from runner.words import phrase


@click.command(name="class")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--lab", required=True, help="The lab that the class works on.")
@click.option("--learners", type=click.IntRange(1, 1000), default=30, help="Number of learners (30).")
@click.option("--seed", type=int, default=1, help="Seed: another number gives another class (1).")
@click.option("--yes", is_flag=True, help="Run the commands of a lab from elsewhere without asking.")
@language_option
def class_(folder: Path, lab: str, learners: int, seed: int, yes: bool) -> int:
    """Serve a simulated class for a rehearsal of grading.

    Writes FOLDER/roster.yaml with a kubeconfig for each learner, for `labgate grade LAB --roster`, and
    FOLDER/truth.json with the expected results. One third of the learners has finished the lab, one third is
    part of the way, one third has faults. Press Ctrl-C to stop.
    """
    failure.log_to_file()
    this = lab_of(lab, ())
    ask_once(Job(this, run=True), library.find(lab), yes=yes)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(
            phrase(
                "Can't create folder {folder}: {reason}",
                folder=folder,
                reason=error.strerror or str(error),
            )
        ) from error
    if (folder / "roster.yaml").exists():
        raise Stop(phrase("This folder already has a class: {folder}. Choose another folder.", folder=folder))
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_serve(this, lab, folder, learners, seed))
    return 0


async def _serve(lab: Lab, name: str, folder: Path, learners: int, seed: int) -> None:
    from runner.authoring.rehearsal.room import classroom

    report(phrase("Running the lab to create clusters at each of its stages."))
    end = asyncio.Event()
    with scratch() as work:
        async with classroom(lab, folder, work, learners, seed) as roster:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
            report(
                phrase(
                    "The class is ready, learners: {learners}. Press Ctrl-C to stop it.", learners=learners
                )
            )
            report(phrase("To grade it: {command}", command=f"labgate grade {name} --roster {roster}"))
            report(phrase("The expected result of each learner: {file}", file=folder / "truth.json"))
            await end.wait()
