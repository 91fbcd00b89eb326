"""A lab, its nodes and its problems stay as they were made; only what reads them collects."""

from __future__ import annotations

import dataclasses

import pytest

import runner.labs
from tests.kept_as_made import classes, keeps

COLLECT = {"runner.labs.shape.Shaper", "runner.labs.source._Frame"}
CLASSES = classes(runner.labs)


@pytest.mark.parametrize("name", CLASSES)
def test_it_stays_as_it_was_made(name: str) -> None:
    assert keeps(CLASSES[name]) is (name not in COLLECT)


@pytest.mark.parametrize("name", sorted(COLLECT))
def test_what_collects_takes_no_other_attributes(name: str) -> None:
    assert dataclasses.is_dataclass(CLASSES[name])
    assert "__slots__" in vars(CLASSES[name])


def test_there_are_some() -> None:
    assert len(CLASSES) > 25
