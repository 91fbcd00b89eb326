"""What the learner's own commands show about a failing check: one rule per family, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence

from checks.base import CannotRead, Check, Finding, World
from checks.diagnosis.at_work import changes_something
from checks.diagnosis.contexts import not_let_in, other_context, wrong_cluster
from checks.diagnosis.downloads import not_downloaded
from checks.diagnosis.editors import edited_nothing
from checks.diagnosis.folders import typed_in_a_folder_that_is_gone, wrong_folder
from checks.diagnosis.installs import refused
from checks.diagnosis.programs import not_found
from checks.diagnosis.prompts import declined
from checks.diagnosis.question import CommandRule, Question

COMMAND_RULES: tuple[CommandRule, ...] = (
    wrong_cluster,
    other_context,
    not_found,
    not_let_in,
    typed_in_a_folder_that_is_gone,
    wrong_folder,
    not_downloaded,
    declined,
    edited_nothing,
    refused,
)
"""In the order in which they stop a command: the cluster, the program, the folder, the answer, the server."""

RESTATING = frozenset(
    ["install-timed-out", "namespace-missing", "namespace-terminating", "command-forbidden", "apply-again"]
)
"""Causes that the cluster itself shows, too: left out if the cluster's finding is reported."""


async def from_commands(world: World, check: Check, reported: Sequence[Finding]) -> tuple[Finding, ...]:
    """A cause for this check besides those `reported`; at most one, and never a duplicate.

    None while a command runs that may be fixing it: what earlier commands left wrong may no longer apply.
    """
    if changes_something(world.workspace.running):
        return ()
    question = Question(world, check, world.workspace.history)
    for rule in COMMAND_RULES:
        try:
            finding = await rule(question)
        except CannotRead:
            continue
        if finding is None:
            continue
        if reported and (finding.rule in RESTATING or any(_same(finding, each) for each in reported)):
            return ()
        return (finding,)
    return ()


def _same(finding: Finding, other: Finding) -> bool:
    return finding.rule == other.rule or finding.same == other.same
