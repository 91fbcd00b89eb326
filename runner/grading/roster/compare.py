"""What changed since an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runner.grading.roster.class_model import ClassResult, Graded
from runner.grading.roster.class_summary import Standing, points, standing


@dataclass(frozen=True, slots=True)
class Change:
    """A learner whose result is another one. Points are None if there was or is no grade."""

    learner: str
    name: str
    before: Standing | None
    """None: not in the earlier run."""
    after: Standing
    points_before: int | None
    points_after: int | None


def changes(earlier: Mapping[str, Graded], now: ClassResult) -> list[Change]:
    """Those who stand otherwise, or have other points, in the roster's order."""
    found = []
    for each in now.graded:
        before = earlier.get(each.learner)
        was, had = (standing(before), _earned(before)) if before is not None else (None, None)
        stands, has = standing(each), _earned(each)
        if (was, had) != (stands, has):
            found.append(Change(each.learner, each.name, was, stands, had, has))
    return found


def _earned(graded: Graded) -> int | None:
    earned = points(graded)
    return earned[0] if earned else None
