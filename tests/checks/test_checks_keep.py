"""Checks, findings and outcomes stay as they were made."""

from __future__ import annotations

import pytest

import checks
from tests.kept_as_made import classes, keeps

REMEMBERS = "checks.diagnosis.question.Question"
CLASSES = classes(checks)


@pytest.mark.parametrize("name", CLASSES)
def test_it_stays_as_it_was_made(name: str) -> None:
    assert keeps(CLASSES[name]) is (name != REMEMBERS)


def test_what_remembers_what_it_worked_out_is_frozen_all_the_same() -> None:
    assert CLASSES[REMEMBERS].__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_there_are_some() -> None:
    assert len(CLASSES) > 40
