"""Which steps are unlocked: for learners, and for authors."""

from __future__ import annotations

from collections.abc import Callable

from runner.labs.model import Lab, Step
from runner.session.attempt_state import AttemptState

UnlockPolicy = Callable[[Lab, AttemptState, str], Step | None]
"""Gives the step that must pass before this one (its id) is unlocked; None if it is unlocked."""


def in_order(lab: Lab, state: AttemptState, step: str) -> Step | None:
    """A step is unlocked once every step before it that counts has passed; what was unlocked stays so. Raises KeyError."""
    for each in lab.steps:
        if each.id == step:
            return None
        if not each.optional and not state.step(each.id).reached:
            return each
    raise KeyError(step)


def any_order(lab: Lab, state: AttemptState, step: str) -> Step | None:
    """Nothing is locked: the author of a lab may work on any step."""
    return None
