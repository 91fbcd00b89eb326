"""What can be verified, one file a check type, and the one registry of them.

A check is written as a mapping; the key that names its type is its subject: `deployment: istiod`.
In a pydantic error of a field of type AnyCheck, `loc` has the subject after the check's place:
`(…, 2, "deployment", "ready")`.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic_core import PydanticCustomError

from checks import check_types
from checks.base import (
    CannotRead,
    Change,
    Check,
    Finding,
    Object,
    ObjectRef,
    Outcome,
    Verdict,
    World,
    Written,
)
from checks.bounds import bounded
from checks.diagnosis.command_causes import from_commands
from checks.diagnosis.permissions import not_allowed
from checks.diagnosis.platform import on_practice_cluster
from checks.diagnosis.taken_away import taken_away
from checks.phrase import phrase

__all__ = ["CHECKS", "AnyCheck", "changed", "existing", "look", "made", "takes_time", "type_for"]

log = logging.getLogger(__name__)

CHECKS: dict[str, type[Check]] = {
    each.subject: each
    for each in vars(check_types).values()
    if isinstance(each, type) and issubclass(each, Check)
}
"""Every check type by its subject, in the order of check_types.py."""


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


if TYPE_CHECKING:
    AnyCheck = Check
else:
    AnyCheck = Annotated[
        Union[tuple(Annotated[check, Tag(subject)] for subject, check in CHECKS.items())],  # noqa: UP007
        Discriminator(_subject),
        BeforeValidator(_has_one_subject),
    ]
"""Any check, distinguished by the subject that is present. To be used as the type of a field."""


def type_for(ref: ObjectRef) -> type[Check]:
    """The type that checks such an object by name: the one of its kind, else `resource`."""
    return next(check for check in CHECKS.values() if check.existing(ref) is not None)


def existing(ref: ObjectRef, *, done: bool = False) -> Written:
    """A check that an object exists, and where `done` asks for it has become what it was made for."""
    written = type_for(ref).existing(ref, done=done)
    assert written is not None
    return written


def made(ref: ObjectRef, obj: Object) -> Iterator[Written]:
    """Checks that pass for an object as it was made, the strictest first; none if one alone stands for nothing."""
    return type_for(ref).made(ref, obj)


def changed(ref: ObjectRef, change: Change) -> Iterator[Written]:
    """Checks that fail before a change and pass after it: those of the kind's own type, the strictest first."""
    return type_for(ref).changed(ref, change)


def takes_time(written: Mapping[str, Any]) -> bool:
    """Whether a check written so waits for pods or load balancers."""
    subject = _subject(written)
    return subject is not None and CHECKS[subject].takes_time(written)


async def look(check: Check, world: World) -> Outcome:
    """One look. What can't be read is an ERROR, and so is a fault of Labgate's own."""
    return bounded(await _look(check, world))


async def _look(check: Check, world: World) -> Outcome:
    try:
        if check.needs == "real-cluster" and await on_practice_cluster(world):
            return Outcome(
                Verdict.SKIPPED,
                check.describe(),
                phrase("This needs a real cluster: on the practice cluster it is not judged."),
            )
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
