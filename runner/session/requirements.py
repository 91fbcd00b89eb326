"""Checks a lab's requirements before its first command: cluster version, tools, permissions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import reduce

from checks import registry
from checks.base import CannotRead, Finding, Outcome, Verdict, World
from checks.permission_words import resource_name, task
from checks.versions import Range
from runner.labs.model import Lab
from runner.session import capacity
from runner.session.runnable import required_tools
from runner.words import NOT_JUDGED, Phrase, UserError, phrase

Can = Callable[[str, str, str | None], Awaitable[bool]]
"""Whether the person may do this verb to this resource in this namespace (None: in all)."""


class RequirementsUnmet(UserError):
    """The lab can't run here; `message` says what is missing and how to fix each."""

    exit_code = NOT_JUDGED  # nothing was judged, and nothing is the learner's failure

    def __init__(self, outcomes: list[Outcome]) -> None:
        self.outcomes = tuple(outcomes)
        super().__init__(
            reduce(
                lambda above, below: phrase("{above}\n{below}", above=above, below=below),
                [_line(outcome) for outcome in outcomes],
                phrase("The lab can't start here; nothing was run."),
            )
        )


async def examine(lab: Lab, world: World, can: Can) -> AsyncIterator[Outcome]:
    """Every requirement of the lab and whether it holds; what does not has a finding with the remedy."""
    wanted = lab.requires
    if wanted.kubernetes:
        yield await _version(wanted.kubernetes, world)
    for tool in required_tools(wanted):
        outcome = await registry.look(tool, world)
        remedy = phrase(
            "Install {tool} ({versions}); `labgate doctor` says how.",
            tool=tool.tool,
            versions=tool.version or "*",
        )
        yield _with_way_out(outcome, remedy)
    for access in wanted.access:
        yield await _access(access.verb, access.resource, access.namespace, can)
    if wanted.capacity:
        for outcome in await capacity.examine(wanted.capacity, world.cluster):
            yield outcome


def blocks(outcome: Outcome) -> bool:
    """Whether this keeps the lab from starting. What is PENDING (capacity) is a warning and no more."""
    return outcome.verdict in (Verdict.FAILED, Verdict.ERROR)


async def require(lab: Lab, world: World, can: Can) -> None:
    """Raises RequirementsUnmet if something that the lab requires fails. Warnings don't count."""
    unmet = [outcome async for outcome in examine(lab, world, can) if blocks(outcome)]
    if unmet:
        raise RequirementsUnmet(unmet)


async def _version(wanted: str, world: World) -> Outcome:
    expected = phrase("Kubernetes version of the cluster: {wanted}", wanted=wanted)
    try:
        version = await world.cluster.version()
    except CannotRead as error:
        return Outcome(Verdict.ERROR, expected, error.message)
    verdict = Verdict.PASSED if version in Range.parse(wanted) else Verdict.FAILED
    remedy = phrase("Use a cluster of such a version, or the practice cluster: --practice")
    return _with_way_out(Outcome(verdict, expected, phrase("version {version}", version=version)), remedy)


async def _access(verb: str, resource: str, namespace: str | None, can: Can) -> Outcome:
    expected = phrase("Permission: {task}", task=task(verb, resource_name(resource)))
    if namespace:
        expected = phrase("{permission} (namespace: {namespace})", permission=expected, namespace=namespace)
    try:
        allowed = await can(verb, resource, namespace)
    except CannotRead as error:
        return Outcome(Verdict.ERROR, expected, error.message)
    if allowed:
        return Outcome(Verdict.PASSED, expected, phrase("allowed"))
    remedy = phrase("Ask the cluster's administrator for it, or use the practice cluster: --practice")
    return _with_way_out(Outcome(Verdict.FAILED, expected, phrase("not allowed")), remedy)


def _with_way_out(outcome: Outcome, remedy: Phrase) -> Outcome:
    if outcome.passed:
        return outcome
    finding = Finding("requirement", outcome.found, remedy)
    return Outcome(outcome.verdict, outcome.expected, outcome.found, (*outcome.findings, finding))


def _line(outcome: Outcome) -> Phrase:
    """One line: what is required, what was found, and the first way out."""
    if not outcome.findings:
        return phrase("  {expected}: {found}", expected=outcome.expected, found=outcome.found)
    return phrase(
        "  {expected}: {found}. {remedy}",
        expected=outcome.expected,
        found=outcome.found,
        remedy=outcome.findings[0].remedy,
    )
