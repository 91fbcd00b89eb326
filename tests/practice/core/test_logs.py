"""What of a pod's log is shown: sinceTime, sinceSeconds, tailLines, limitBytes, timestamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runner.practice.machinery.errors import ApiError
from runner.practice.node.log_options import LogOptions, log_options
from runner.practice.node.simulated_log import chosen

WRITTEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LINES = ["one", "two"]


class Asked:
    """As much of a call as options are read from."""

    name = "web"

    def __init__(self, **query: str) -> None:
        self.query = query


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (LogOptions(), "one\ntwo\n"),
        (LogOptions(since=WRITTEN), "one\ntwo\n"),
        (LogOptions(since=WRITTEN + timedelta(seconds=0.9)), "one\ntwo\n"),
        (LogOptions(since=WRITTEN + timedelta(seconds=1)), ""),
        (LogOptions(tail=1), "two\n"),
        (LogOptions(tail=0), ""),
        (LogOptions(tail=9), "one\ntwo\n"),
        (LogOptions(limit_bytes=5), "one\nt"),
        (LogOptions(tail=1, timestamps=True), "2026-01-02T03:04:05.000000000Z two\n"),
    ],
)
def test_lines_that_were_asked_for(options: LogOptions, shown: str) -> None:
    assert chosen(options, LINES, WRITTEN) == shown


def test_seconds_are_counted_from_now() -> None:
    since = log_options(Asked(sinceSeconds="60")).since
    assert since is not None
    assert timedelta(seconds=59) < datetime.now(UTC) - since < timedelta(seconds=90)
    assert log_options(Asked(sinceTime="2026-01-02T03:04:05Z")).since == WRITTEN


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"sinceSeconds": "0"}, "sinceSeconds: Invalid value: 0: must be greater than 0"),
        ({"tailLines": "-1"}, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ({"limitBytes": "0"}, "limitBytes: Invalid value: 0: must be greater than 0"),
        (
            {"sinceSeconds": "5", "sinceTime": "2026-01-02T03:04:05Z"},
            "[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
        ),
        ({"sinceSeconds": "x"}, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            {"sinceTime": "bad"},
            'parsing time "bad" as "2006-01-02T15:04:05Z07:00": cannot parse "bad" as "2006"',
        ),
    ],
)
def test_what_a_real_server_refuses_is_refused(query: dict[str, str], why: str) -> None:
    with pytest.raises(ApiError) as refused:
        log_options(Asked(**query))

    assert refused.value.message.endswith(why)
    assert refused.value.code == (400 if "parsing" in why else 422)
