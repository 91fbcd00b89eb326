"""What can be verified, one file a check type, and the one registry of them.

A check is written as a mapping; the key that names its type is its subject: `deployment: istiod`.
In a pydantic error of a field of type AnyCheck, `loc` has the subject after the check's place:
`(…, 2, "deployment", "ready")`.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic_core import PydanticCustomError

from checks.base import CannotRead, Check, Finding, Outcome, Verdict, World
from checks.bounds import bounded
from checks.command import Command
from checks.daemonset import DaemonSet
from checks.deployment import Deployment
from checks.diagnosis.command_causes import from_commands
from checks.diagnosis.permissions import not_allowed
from checks.diagnosis.taken_away import taken_away
from checks.environment import Environment
from checks.file import File
from checks.http import Http
from checks.job import Job
from checks.namespace import NamespaceCheck
from checks.phrase import phrase
from checks.pods import Pods
from checks.quiz import Quiz
from checks.resource import Resource
from checks.service import Service
from checks.statefulset import StatefulSet
from checks.tool import Tool

__all__ = ["CHECKS", "AnyCheck", "look"]

log = logging.getLogger(__name__)

_TYPES: tuple[type[Check], ...] = (
    Command,
    File,
    Tool,
    Environment,
    NamespaceCheck,
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
    Pods,
    Service,
    Resource,
    Http,
    Quiz,
)

CHECKS: dict[str, type[Check]] = {check.subject: check for check in _TYPES}
"""Every check type by its subject."""


def _has_one_subject(value: Any) -> Any:
    if isinstance(value, Check):
        return value
    known = ", ".join(CHECKS)
    if not isinstance(value, Mapping):
        raise PydanticCustomError("check_type", "a check is a mapping with one of: {known}", {"known": known})
    subjects = [key for key in value if key in CHECKS]
    if len(subjects) == 1:
        return value
    if subjects:
        raise PydanticCustomError(
            "check_types",
            "a check is of one type, and this names several: {subjects} (the namespace of an object is `in`)",
            {"subjects": ", ".join(subjects)},
        )
    near = [match for key in value for match in difflib.get_close_matches(str(key), CHECKS, n=1)]
    if near:
        raise PydanticCustomError(
            "check_type",
            "not a known type of check; did you mean {nearest}? One of: {known}",
            {"nearest": near[0], "known": known},
        )
    raise PydanticCustomError(
        "check_type", "not a known type of check; it needs one of: {known}", {"known": known}
    )


def _subject(value: Any) -> str | None:
    if isinstance(value, Check):
        return value.subject
    return next((key for key in value if key in CHECKS), None)


AnyCheck = Annotated[
    Annotated[Command, Tag("command")]
    | Annotated[File, Tag("file")]
    | Annotated[Tool, Tag("tool")]
    | Annotated[Environment, Tag("environment")]
    | Annotated[NamespaceCheck, Tag("namespace")]
    | Annotated[Deployment, Tag("deployment")]
    | Annotated[StatefulSet, Tag("statefulset")]
    | Annotated[DaemonSet, Tag("daemonset")]
    | Annotated[Job, Tag("job")]
    | Annotated[Pods, Tag("pods")]
    | Annotated[Service, Tag("service")]
    | Annotated[Resource, Tag("resource")]
    | Annotated[Http, Tag("http")]
    | Annotated[Quiz, Tag("quiz")],
    Discriminator(_subject),
    BeforeValidator(_has_one_subject),
]
"""Any check, told apart by the subject that is present. To be used as the type of a field."""


async def look(check: Check, world: World) -> Outcome:
    """One look. What can't be read is an ERROR, and so is a fault of Labgate's own."""
    return bounded(await _look(check, world))


async def _look(check: Check, world: World) -> Outcome:
    try:
        outcome = await check.evaluate(world)
    except CannotRead as error:
        finding = not_allowed(error)
        return Outcome(Verdict.ERROR, check.describe(), error.message, (finding,) if finding else ())
    except Exception as error:
        log.exception("check %s failed to run", check.subject)
        return Outcome(
            Verdict.ERROR,
            check.describe(),
            phrase(
                "This check could not run, by a fault in Labgate (its log has more): {error}",
                error=repr(error),
            ),
        )
    if outcome.verdict in (Verdict.FAILED, Verdict.PENDING):
        return replace(outcome, findings=await _findings(check, outcome.verdict, world))
    return outcome


async def _findings(check: Check, verdict: Verdict, world: World) -> tuple[Finding, ...]:
    """What the world shows, and after it what the learner's own commands tell, where it FAILED.

    A verdict without its cause is still the verdict: nothing that goes wrong here changes it.
    """
    found: tuple[Finding, ...] = ()
    try:
        gone = await taken_away(world, check)
        if gone is not None:  # the rest follows from it
            return (gone,)
        found = await check.diagnose(world)
    except CannotRead:
        pass
    except Exception:
        log.exception("diagnosis of %s", check.subject)
    if verdict is not Verdict.FAILED:
        return found
    try:
        return (*found, *await from_commands(world, check, found))
    except Exception:
        log.exception("the commands that explain %s", check.subject)
        return found
