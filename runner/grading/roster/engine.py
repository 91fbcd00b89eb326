"""An engine grades a class: it takes jobs and yields events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.grading.roster.class_model import Graded
from runner.grading.roster.grading_job import LearnerJob


@dataclass(frozen=True, slots=True)
class Began:
    """A learner is being graded."""

    learner: str


@dataclass(frozen=True, slots=True)
class At:
    """A learner's step is being judged."""

    learner: str
    step: str


@dataclass(frozen=True, slots=True)
class Done:
    """A learner's grading ended."""

    graded: Graded


Happening = Began | At | Done


class Engine(Protocol):
    """Grades learners, in whatever order, each once."""

    def run(self, jobs: Sequence[LearnerJob]) -> AsyncGenerator[Happening, None]:
        """Reports each job that it is Done, once. Closing the generator ends what is under way."""
        ...
