"""wrk: as many requests as go in a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.load_generator import (
    Samples,
    deviation,
    duration,
    mean,
    run_test,
    target_of,
)

OPTIONS = Options(
    "c/connections= d/duration= t/threads= s/script= H/header= latency timeout= v/version R/rate="
)

INTERVAL = 0.1
"""Seconds after which each thread notes how many requests it has made (wrk.c: RECORD_INTERVAL_MS)."""


async def wrk(call: Invocation) -> int:
    try:
        given, operands = OPTIONS.parse(call.argv[1:])
        values = dict(given)
        users, threads = int(values.get("connections", 10)), int(values.get("threads", 2))
        seconds = duration(values.get("duration", "10s"))
        headers = [value for name, value in given if name == "header"]
        target = target_of(operands[0], "GET", headers, b"", "", "wrk")
    except (OptionError, ValueError, IndexError):
        await call.error("Usage: wrk <options> <url>\n")
        return 1
    await call.out(
        f"Running {_span(seconds)} test @ {target.url.text}\n  {threads} threads and {users} connections\n"
    )
    samples = await run_test(
        call, target, users, seconds=seconds, limit=duration(values.get("timeout", "2s"))
    )
    await call.out(_report(samples, threads, latency="latency" in values))
    return 0 if samples.count else 1


def _report(samples: Samples, threads: int, *, latency: bool) -> str:
    rate = samples.count / samples.elapsed
    text = (
        "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
        f"    Latency   {_row(samples.seconds, _time)}"
        f"    Req/Sec   {_row(_rates(samples, threads), _number)}"
    )
    if latency:
        text += "  Latency Distribution\n" + "".join(
            f"     {share}%  {_time(samples.at(share / 100)):>7}\n" for share in (50, 75, 90, 99)
        )
    total = samples.heads + samples.bodies
    text += f"  {samples.count} requests in {_time(samples.elapsed)}, {_size(total)} read\n"
    if samples.failures:
        failures = samples.failures
        connect = sum(failures.get(each, 0) for each in ("refused", "unknown host", "no route"))
        read, late = failures.get("reset", 0), failures.get("timed out", 0)
        text += f"  Socket errors: connect {connect}, read {read}, write 0, timeout {late}\n"
    bad = sum(count for status, count in samples.statuses.items() if status >= 400)
    text += f"  Non-2xx or 3xx responses: {bad}\n" if bad else ""
    return text + f"Requests/sec: {rate:9.2f}\nTransfer/sec: {_size(total / samples.elapsed):>11}\n"


def _rates(samples: Samples, threads: int) -> list[float]:
    """Requests a second of each thread in each interval; each has an equal share of the connections."""
    counts: dict[tuple[int, int], int] = {}
    intervals = int(samples.elapsed / INTERVAL)
    for each in samples.answered:
        at = (each.user % threads, int((each.ended - samples.began) / INTERVAL))
        counts[at] = counts.get(at, 0) + 1
    places = ((thread, interval) for thread in range(threads) for interval in range(intervals))
    return [float(int(counts.get(place, 0) / INTERVAL)) for place in places]


def _row(values: Sequence[float], shown: Callable[[float], str]) -> str:
    """Mean, deviation, the most, and the share within one deviation of the mean."""
    average, spread = mean(values), deviation(values, 1)
    within = sum(abs(each - average) <= spread for each in values) * 100 / max(len(values), 1)
    return f"{shown(average):>8} {shown(spread):>9} {shown(max(values, default=0.0)):>8} {within:8.2f}%\n"


def _time(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e6:.2f}us"
    return f"{seconds * 1000:.2f}ms" if seconds < 1 else f"{seconds:.2f}s"


def _span(seconds: float) -> str:
    return f"{seconds:.0f}s" if seconds < 60 else f"{seconds / 60:.0f}m"


def _number(number: float) -> str:
    return f"{number / 1000:.2f}k" if number >= 1000 else f"{number:.2f}"


def _size(size: float) -> str:
    for unit in ("", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f}{unit or 'B'}"
        size /= 1024
    return f"{size:.2f}GB"
