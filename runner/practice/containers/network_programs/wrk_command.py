"""wrk: as many requests as go in a time."""

from __future__ import annotations

import math

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.load_generator import Samples, duration, run_test, target_of

OPTIONS = Options(
    "c/connections= d/duration= t/threads= s/script= H/header= latency timeout= v/version R/rate="
)


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
    longest = samples.seconds[-1] if samples.seconds else 0.0
    rate, deviation = samples.count / samples.elapsed, samples.deviation
    within = (
        sum(abs(each - samples.mean) <= deviation for each in samples.seconds) * 100 / max(samples.count, 1)
    )
    per_thread = rate / threads
    text = (
        "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
        f"    Latency   {_time(samples.mean):>8} {_time(deviation):>9} {_time(longest):>8} {within:8.2f}%\n"
        f"    Req/Sec   {_number(per_thread):>8} {_number(math.sqrt(per_thread)):>9} "
        f"{_number(per_thread * 1.1):>8} {70:8.2f}%\n"
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
