"""Cron expressions: minute hour day-of-month month day-of-week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_SHORT = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    dict(
        zip(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
            range(1, 13),
            strict=True,
        )
    ),
    dict(zip(["sun", "mon", "tue", "wed", "thu", "fri", "sat"], range(7), strict=True)),
)
LONGEST_SEARCH = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a CronJob is due, to the minute."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool  # a day of either kind only counts where both are given

    def after(self, moment: datetime) -> datetime | None:
        """The first time after `moment`; None if there is none within five years."""
        at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = moment + LONGEST_SEARCH
        while at < end:
            if at.month not in self.months or not self._on(at):
                at = at.replace(hour=0, minute=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at += timedelta(minutes=1)
            else:
                return at
        return None

    def _on(self, at: datetime) -> bool:
        by_date, by_weekday = at.day in self.days, at.isoweekday() % 7 in self.weekdays
        return (by_date and by_weekday) if self.any_day else (by_date or by_weekday)


def parse(expression: str) -> Schedule:
    """Raises ValueError if it can't be read."""
    fields = _SHORT.get(expression.strip(), expression).split()
    if len(fields) != len(_BOUNDS):
        raise ValueError(f"expected exactly 5 fields, found {len(fields)}: [{expression}]")
    parts = [
        _field(text, *bounds, names) for text, bounds, names in zip(fields, _BOUNDS, _NAMES, strict=True)
    ]
    weekdays = frozenset(day % 7 for day in parts[4])
    any_day = fields[2].startswith(("*", "?")) or fields[4].startswith(("*", "?"))
    return Schedule(parts[0], parts[1], parts[2], parts[3], weekdays, any_day)


def _field(text: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if first in ("*", "?"):
            start, end = low, high
        else:
            start = _number(first, names)
            end = _number(last, names) if dash else (high if step else start)
        every = int(step) if step else 1
        if every < 1 or not low <= start <= end <= high:
            raise ValueError(f"out of range: {part}")
        found |= set(range(start, end + 1, every))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    return names[text.lower()] if text.lower() in names else int(text)
