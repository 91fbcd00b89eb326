"""A live view of the record for checks: later events appear in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from runner.session.attempt_state import AttemptState


class LiveAnswers(Mapping[str, tuple[str, ...]]):
    """The learner's answers, by question."""

    def __init__(self, state: Callable[[], AttemptState]) -> None:
        self._state = state

    def __getitem__(self, question: str) -> tuple[str, ...]:
        return self._state().answers[question]

    def __iter__(self) -> Iterator[str]:
        return iter(self._state().answers)

    def __len__(self) -> int:
        return len(self._state().answers)


class LiveBegan(Mapping[str, datetime]):
    """When each step began, by its id."""

    def __init__(self, state: Callable[[], AttemptState]) -> None:
        self._state = state

    def __getitem__(self, step: str) -> datetime:
        began = self._state().step(step).began
        if began is None:
            raise KeyError(step)
        return began

    def __iter__(self) -> Iterator[str]:
        return (step for step, record in self._state().steps.items() if record.began is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
