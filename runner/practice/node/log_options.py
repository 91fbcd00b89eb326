"""What of a pod's log is asked for: PodLogOptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runner.practice.controllers.object_helpers import parse_time
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.errors import Cause, bad_request, invalid

ONE_OF_BOTH = "at most one of `sinceTime` or `sinceSeconds` may be specified"


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What of a log is wanted; None: no bound."""

    since: datetime | None = None
    tail: int | None = None
    limit_bytes: int | None = None
    timestamps: bool = False
    follow: bool = False
    """What is still to come is wanted too, until the container has ended."""
    previous: bool = False
    """The log of the container before its last restart is wanted."""


def log_options(call: Call) -> LogOptions:
    """PodLogOptions of the query. Raises ApiError: 400 where one can't be read, 422 where one is out of bounds."""
    numbers = {name: _number(call, name) for name in ("sinceSeconds", "tailLines", "limitBytes")}
    causes: list[Cause] = []
    for name, least, why in (
        ("tailLines", 0, "must be greater than or equal to 0"),
        ("limitBytes", 1, "must be greater than 0"),
        ("sinceSeconds", 1, "must be greater than 0"),
    ):
        value = numbers[name]
        if value is not None and value < least:
            causes.append(Cause(name, f"Invalid value: {value}: {why}"))
    since, seconds = _time(call, "sinceTime"), numbers["sinceSeconds"]
    if since is not None and seconds is not None:
        causes = [Cause("[]", f"Forbidden: {ONE_OF_BOTH}", "FieldValueForbidden")]
    if causes:
        raise invalid("PodLogOptions", call.name, causes)
    if seconds is not None:
        since = datetime.now(UTC) - timedelta(seconds=seconds)
    flags = {name: call.query.get(name) in ("true", "1") for name in ("timestamps", "follow", "previous")}
    return LogOptions(since, numbers["tailLines"], numbers["limitBytes"], **flags)


def _number(call: Call, name: str) -> int | None:
    given = call.query.get(name, "")
    if not given:
        return None
    try:
        return int(given)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{given}": invalid syntax') from None


def _time(call: Call, name: str) -> datetime | None:
    given = call.query.get(name, "")
    try:
        return parse_time(given) if given else None
    except ValueError:
        why = f'parsing time "{given}" as "2006-01-02T15:04:05Z07:00": cannot parse "{given}" as "2006"'
        raise bad_request(why) from None
