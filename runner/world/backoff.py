"""Exponential backoff with jitter."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from checks.base import CannotRead
from runner.world.refusals import ApiError, bare

_Answered = TypeVar("_Answered")


def after(failures: int, first: float, longest: float) -> float:
    """Seconds after that many failures in a row: `first`, doubled each time, `longest` at most. Without chance."""
    return min(longest, first * 2.0 ** min(max(failures - 1, 0), 16))


def about(seconds: float) -> float:
    """A random time between half of it and all of it, so that many clients don't come back at the same moment."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret


def asked_for(error: CannotRead | None) -> float:
    """The seconds that the API server itself asked for (Retry-After), 0 if it did not."""
    return error.retry_after if isinstance(error, ApiError) else 0.0


@dataclass(frozen=True, slots=True)
class _Held:
    error: CannotRead
    failures: int
    until: float


class Holds:
    """Shared requests.

    After a failure the request is not repeated before its pause is over; the failure is raised instead. A 404 is an
    answer, not a failure.
    """

    def __init__(self, first: float = 0.5, longest: float = 5.0) -> None:
        self._first, self._longest = first, longest
        self._held: dict[str, _Held] = {}

    async def ask(self, key: str, question: Callable[[], Awaitable[_Answered]]) -> _Answered:
        """Raises CannotRead, as the question does."""
        clock = asyncio.get_running_loop().time
        held = self._held.get(key)
        if held is not None and clock() < held.until:
            raise held.error.with_traceback(None)
        try:
            answer = await question()
        except CannotRead as error:
            if isinstance(error, ApiError) and error.code == 404:
                self._held.pop(key, None)
                raise
            failures = held.failures + 1 if held else 1
            pause = max(about(after(failures, self._first, self._longest)), asked_for(error))
            self._held[key] = _Held(bare(error), failures, clock() + pause)
            raise
        self._held.pop(key, None)
        return answer
