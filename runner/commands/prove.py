"""`labgate prove`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click

from runner.authoring.prove.proof import Ending, Proof, StepProof
from runner.authoring.prove.proof_report import json_report, junit_report
from runner.authoring.prove.prover import prove as prove_lab
from runner.authoring.source_locations import placed
from runner.commands import failure
from runner.commands.cluster_option import Choice, opener
from runner.commands.common import language, language_option, report, report_line
from runner.commands.consent_prompt import ask_author
from runner.commands.grade_command import FILE, lab_of, written
from runner.grading.reports import report_files
from runner.labs import library
from runner.labs.lab_problems import Problem
from runner.labs.model import Lab
from runner.labs.prerequisites import EarlierProblem, earlier
from runner.paths import scratch
from runner.practice.cluster import PracticeCluster
from runner.session.target import Target, practice_wants
from runner.words import Phrase, count_phrase, phrase, translate

SPEED = 4.0
"""How many times quicker than life the practice cluster is here: pulls, back-off, controllers."""
CONTAINER_SPEED = 1.0
"""Containers, liveness and startup probes and grace periods take real time, as a lab's learners will have them; readiness
probes only tell when something is ready, and are as quick as the rest."""
FORMATS = {"json": json_report, "junit": junit_report}


@click.command()
@click.argument("lab")
@click.option(
    "--context", metavar="NAME", help="Use this context of the kubeconfig instead of a practice cluster."
)
@click.option(
    "--kubeconfig", type=FILE, help="Use this kubeconfig instead of $KUBECONFIG and ~/.kube/config."
)
@click.option("--set", "settings", metavar="VARIABLE=VALUE", multiple=True, help="Set a variable of the lab.")
@click.option("--strict", is_flag=True, help="Also report work that no check would miss.")
@click.option(
    "--report", "reports", metavar="FORMAT=FILE", multiple=True, help="Write reports: json=FILE, junit=FILE."
)
@click.option("--yes", is_flag=True, help="Run the commands of a lab from elsewhere without asking.")
@language_option
def prove(
    lab: str,
    context: str | None,
    kubeconfig: Path | None,
    settings: Sequence[str],
    strict: bool,
    reports: Sequence[str],
    yes: bool,
) -> int:
    """Prove that LAB's checks fail before the work and pass after it.

    Runs the lab on a new practice cluster, once with its commands and once with its solutions, and evaluates
    every check before and after each step. For each object that a step creates or changes, it tests whether a
    check fails if the object is missing. Finally, the clean-up must leave the cluster as it was.

    Exits with 0 if the lab is proved, 1 if it is not, 2 if it can't be read, 3 if the cluster is not available.
    """
    failure.log_to_file()
    asked = report_files.wanted(reports, FORMATS)
    report_files.prepare(asked, {"--kubeconfig": kubeconfig})
    with report_files.output_of(asked) as output:
        return _proved(lab, Choice(False, context, kubeconfig), settings, strict, yes, asked, output)


def _proved(
    lab: str,
    where: Choice,
    settings: Sequence[str],
    strict: bool,
    yes: bool,
    asked: Sequence[report_files.Wanted],
    output: TextIO,
) -> int:
    this = lab_of(lab, settings)
    open_target = _opener(this, where)
    ask_author(library.find(lab), yes=yes)
    if not (where.context or where.kubeconfig):
        _ask_for_earlier(this, yes=yes)
    proof = Proof.of(this)
    asyncio.run(_followed(this, open_target, proof))
    if strict:
        proof.faults = [replace(each, grave=True) for each in proof.faults]
    problems = placed(
        library.find(lab), ((each.path, each.message, each.hint, each.rule) for each in proof.faults)
    )
    _conclude(proof, problems)
    unwritten = written([(each, FORMATS[each.format](proof, problems, language())) for each in asked], output)
    return proof.ending.exit_code or unwritten


def _ask_for_earlier(lab: Lab, *, yes: bool) -> None:
    """The labs whose work is brought first run their commands, too. What is wrong with them the proof tells."""
    try:
        before = earlier(lab)
    except EarlierProblem:
        return
    for each in before:
        ask_author(each.folder, yes=yes)


def _opener(lab: Lab, where: Choice) -> Callable[[], AbstractAsyncContextManager[Target]]:
    if where.context or where.kubeconfig:
        return opener(where, lab, fresh=False)
    return lambda: _new_practice(lab)


@asynccontextmanager
async def _new_practice(lab: Lab) -> AsyncIterator[Target]:
    """A cluster that nobody else uses, and that is gone afterwards."""
    wants = practice_wants(lab)
    with scratch() as folder:
        async with PracticeCluster(
            lab.id,
            wants.version or "1.32",
            pages=wants.pages,
            speed=SPEED,
            containers=True,
            container_speed=CONTAINER_SPEED,
            metrics_server=wants.metrics_server,
            images=wants.images,
        ) as practice:
            path = practice.kubeconfig(folder / "kubeconfig")
            yield Target(f"practice/{lab.id}", practice.server, path, practice.context, practice=True)


async def _followed(
    lab: Lab, open_target: Callable[[], AbstractAsyncContextManager[Target]], proof: Proof
) -> None:
    with scratch() as folder:
        try:
            async for step in prove_lab(lab, open_target, folder, proof):
                _report_step(proof, step)
        except Exception as error:
            message = getattr(error, "message", None)
            proof.problem = (
                message if isinstance(message, Phrase) else failure.unexpected(error, sys.argv[1:])
            )


def _report_step(proof: Proof, step: StepProof) -> None:
    grave = any(fault.grave and fault.path[:2] == step.path for fault in proof.faults)
    shown = phrase(
        "{sign} {number}. {step}  checks: {checks}, created: {made}, changed: {changed}  ({seconds} s)",
        sign="✗" if grave or not step.passes else "✓",
        number=step.number,
        step=step.id,
        checks=len(step.checks),
        made=len(step.made),
        changed=len(step.changed),
        seconds=f"{step.seconds:.1f}",
    )
    report(shown)


def _conclude(proof: Proof, problems: Sequence[Problem]) -> None:
    if proof.earlier:
        report(
            phrase(
                "Ran these labs first, because this lab comes after them: {labs}", labs=tuple(proof.earlier)
            )
        )
    for fault, problem in zip(proof.faults, problems, strict=True):
        line = problem.render(language())
        report_line(
            line if fault.grave else translate(phrase("{message} (warning)", message=line), language())
        )
    if proof.problem is not None:
        report(proof.problem)
    report(_verdict(proof))


def _verdict(proof: Proof) -> Phrase:
    lab, steps = proof.lab.id, len(proof.steps)
    if proof.ending is Ending.NOT_JUDGED:
        return phrase("Could not be judged: {lab}.", lab=lab)
    if proof.ending is Ending.PROVED:
        seconds = f"{proof.seconds:.1f}"
        return count_phrase(
            "Proved: {lab}, {count} step, in {seconds} s.",
            "Proved: {lab}, {count} steps, in {seconds} s.",
            count=steps,
            lab=lab,
            seconds=seconds,
        )
    return phrase(
        "Not proved: {lab}, problems: {faults}, steps reached: {reached} of {steps}.",
        lab=lab,
        faults=sum(fault.grave for fault in proof.faults),
        reached=sum(step.reached for step in proof.steps),
        steps=steps,
    )
