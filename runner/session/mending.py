"""Which step to go back to if the result of an earlier one is gone: the step that creates it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.base import Check, Outcome, Verdict
from checks.diagnosis.command_lines import Part, parts
from checks.namespace import NamespaceCheck
from checks.resource import Resource
from runner.labs.model import Lab, Step
from runner.session.attempt_view import AttemptView
from runner.session.step_states import StepState


def step_to_mend(view: AttemptView, here: str) -> Step | None:
    """The step whose commands bring back what is missing while the learner is at `here`; None if nothing is broken.

    Where a whole namespace is gone, that is the step that makes it, even if it checks nothing of that itself; else the
    first that passed and fails now.
    """
    broken = [step for step in view.lab.steps if view.state(step.id) is StepState.BROKEN]
    ids = [step.id for step in view.lab.steps]
    seen = [*broken, *(step for step in view.lab.steps if step.id == here)]
    for step in seen:
        for namespace in _gone(step.checks, view.outcomes(step.id)):
            maker = _maker(view.lab, namespace)
            if maker is not None and ids.index(maker.id) <= ids.index(step.id) and _was_done(view, maker):
                return maker
    return broken[0] if broken else None


def belongs_to(view: AttemptView, here: str, index: int) -> Step | None:
    """The other step to which the cause of a failing check belongs: it makes what is missing, or its own check of the same
    object fails. None where the cause is this step's own."""
    check, outcome = view.lab.step(here).checks[index], view.outcomes(here)[index]
    away = step_to_mend(view, here)
    if away is None or away.id == here or outcome is None or outcome.verdict.passes:
        return None
    if any(True for _ in _gone([check], [outcome])):
        return away
    about = check.about()
    fails = (
        each
        for each, its in zip(away.checks, view.outcomes(away.id), strict=True)
        if its is not None and its.verdict.fails
    )
    return away if about is not None and any(each.about() == about for each in fails) else None


def _was_done(view: AttemptView, step: Step) -> bool:
    return view.state(step.id) in (StepState.BROKEN, StepState.PASSED)


def _gone(checks: Sequence[Check], outcomes: Sequence[Outcome | None]) -> Iterator[str]:
    """The namespaces that failing checks find missing or terminating."""
    for check, outcome in zip(checks, outcomes, strict=True):
        if outcome is None or outcome.verdict not in (Verdict.FAILED, Verdict.PENDING):
            continue
        if getattr(check, "absent", False):
            continue
        named = outcome.found.values.get("namespace")
        if isinstance(check, NamespaceCheck) and "labels" not in outcome.found.values:
            yield check.namespace
        elif isinstance(named, str) and set(outcome.found.values) == {"namespace"}:
            yield named
        for finding in outcome.findings:
            named = finding.cause.values.get("namespace")
            # an object that went with its namespace: that may be there again
            of_an_object = "name" in finding.cause.values
            if finding.rule in _OF_NAMESPACES and isinstance(named, str) and not of_an_object:
                yield named


_OF_NAMESPACES = frozenset(["deleted-by-hand", "namespace-terminating", "namespace-missing"])


def _maker(lab: Lab, namespace: str) -> Step | None:
    """The first step that makes it: by a command, or (as it wants it to be there) by what its text says."""
    commanded = (step for step in lab.steps if any(_makes(command, namespace) for command in _commands(step)))
    return next(commanded, None) or next((step for step in lab.steps if _wants(step, namespace)), None)


def _commands(step: Step) -> Iterator[Part]:
    for each in (*step.run, *(step.solution or ())):
        yield from parts(each.command)


def _makes(part: Part, namespace: str) -> bool:
    words = part.words
    return (
        part.name == "kubectl"
        and words[:1] == ["create"]
        and words[1:2] in (["ns"], ["namespace"])
        and namespace in words[2:]
    )


def _wants(step: Step, namespace: str) -> bool:
    return any(
        (isinstance(check, NamespaceCheck) and check.namespace == namespace and not check.absent)
        or (
            isinstance(check, Resource)
            and (check.resource, check.name, check.absent) == ("Namespace", namespace, False)
        )
        for check in step.checks
    )
