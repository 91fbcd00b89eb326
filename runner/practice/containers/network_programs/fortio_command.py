"""fortio load and fortio curl. The form of its output: fortio 1.11 (periodic/periodic.go, stats/stats.go, README)."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Failure
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.fortio_histogram import RESOLUTION, histogram, percentile
from runner.practice.containers.network_programs.load_generator import (
    Outcome,
    Samples,
    Target,
    deviation,
    duration,
    mean,
    run_test,
)
from runner.practice.containers.network_programs.web_client import (
    Call,
    Exchange,
    NotHttp,
    TookTooLong,
    Url,
    WrongTls,
    exchange,
    parse_url,
    reason,
    response_head,
)

VERSION = "1.11.3"
OPTIONS = Options(
    "c= qps= t= n= loglevel= H= quiet a p= r= X= timeout= payload= content-type= keepalive allow-initial-errors uniform "
    "nocatchup jitter curl curl-stdout-headers L follow-redirects k https-insecure user= json= labels= stdclient http1.0 "
    "abort-on= logger-file-line logprefix= resolve= maxpayloadsizekb= httpbufferkb= connection-reuse= sequential-warmup "
    "no-reresolve runid= offset= profile= logcaller payload-file= payload-size= h2 cacert= cert= key= gomaxprocs= halfclose",
    single_dash=True,
)
LEVELS = {"debug": 0, "verbose": 1, "info": 2, "warning": 3, "error": 4, "critical": 5, "fatal": 6}
LEVEL_NAMES = {number: name.capitalize() for name, number in LEVELS.items()}
PERCENTILES = "50,75,90,99,99.9"
USAGE = f"""Φορτίο {VERSION} usage:
	fortio command [flags] target
where command is one of: load (load testing), curl (single URL debug)
"""


async def fortio(call: Invocation) -> int:
    command = call.argv[1] if len(call.argv) > 1 else ""
    if command == "version":
        await call.out(f"{VERSION}\n")
        return 0
    if command not in ("load", "curl"):
        await call.error(USAGE)
        return 1
    try:
        given, operands = OPTIONS.parse(call.argv[2:])
        url = parse_url(operands[-1])
    except (OptionError, ValueError, IndexError) as error:
        why = (
            f"flag provided but not defined: {error}"
            if isinstance(error, OptionError)
            else "Error: need a target"
        )
        await call.error(f"{why}\n{USAGE}")
        return 1
    values = dict(given)
    target = _target(url, given)
    if command == "curl" or "curl" in values:
        return await _curl(call, url, target)
    return await _load(call, url, target, values)


def _target(url: Url, given: list[tuple[str, str]]) -> Target:
    values = dict(given)
    own = [value.partition(":") for name, value in given if name == "H"]
    names = {name.strip().lower() for name, _, _ in own}
    headers = [("Host", url.authority), ("User-Agent", f"fortio.org/fortio-{VERSION}")]
    headers = [pair for pair in headers if pair[0].lower() not in names]
    headers += [(name.strip(), value.strip()) for name, _, value in own]
    body = values.get("payload", "").encode()
    if body or "content-type" in values:
        headers += [
            ("Content-Type", values.get("content-type", "application/octet-stream")),
            ("Content-Length", str(len(body))),
        ]
    return Target(
        url, values.get("X") or ("POST" if body or "content-type" in values else "GET"), headers, body
    )


async def _curl(call: Invocation, url: Url, target: Target) -> int:
    made = Exchange(target.request())
    try:
        await exchange(call.container, url, made.request, Call(limit=3.0), made)
    except (ConnectError, TookTooLong, WrongTls, NotHttp) as error:
        await call.error(
            f"{_clock()} E http_client.go:617> Unable to connect to {url.host}:{url.port} : {_words(error, url)}\n"
        )
        return 1
    await call.stdout(response_head(made.response).encode() + made.response.body)
    return 0 if made.response.status < 400 else 1


async def _load(call: Invocation, url: Url, target: Target, values: dict[str, str]) -> int:
    users = int(values.get("c", 4))
    rate = 0.0 if values.get("qps") == "max" else float(values.get("qps", 8))
    total = int(values.get("n", 0)) or None
    seconds = None if total else duration(values.get("t", "5s")) or None
    level = LEVELS.get(values.get("loglevel", "info").lower(), 2)
    if level != 2:
        await call.error(
            f"{_clock()} I logger.go:127> Log level is now {level} {LEVEL_NAMES[level]} (was 2 Info)\n"
        )
    procs = os.cpu_count() or 2
    amount = f"for {total} calls" if total else f"for {_span(seconds or 0)}"
    running = f"Fortio {VERSION} running at {rate:g} queries per second, {procs}->{procs} procs, {amount}: {url.text}\n"
    await call.error(running)
    await call.error(_plan(users, rate, total, seconds, procs))

    async def each(outcome: Outcome) -> None:
        if outcome.failure is None and outcome.status >= 400 and level <= 3:
            what = f"Parsed non ok code {outcome.status} (HTTP/1.1 {outcome.status})"
            await call.error(f"{_clock()} W http_client.go:889> {what}\n")
        elif outcome.failure is not None and level <= 4:
            what = f"Unable to connect to {url.host}:{url.port} : {_failed(outcome.failure, url)}"
            await call.error(f"{_clock()} E http_client.go:617> {what}\n")

    users = min(users, total) if total else users
    samples = await run_test(
        call,
        target,
        users,
        total=total,
        seconds=seconds,
        rate=rate,
        limit=duration(values.get("timeout", "3s")),
        each=each,
    )
    await call.out(_report(samples, users, values))
    return 0 if samples.statuses else 1


def _plan(users: int, rate: float, total: int | None, seconds: float | None, procs: int) -> str:
    threads = f"with {users} thread(s) [gomax {procs}]"
    if total:
        amount = f"for exactly {total} calls ({total // users} per thread + {total % users})"
    else:
        amount = f"for {_span(seconds or 0)}"
    if not rate:
        return f"Starting at max qps {threads} {amount}\n"
    calls = (
        f" : {int(rate * (seconds or 0) / users)} calls each (total {int(rate * (seconds or 0)) // users * users})"
        if seconds
        else ""
    )
    return f"Starting at {rate:g} qps {threads} {amount}{calls}\n"


def _report(samples: Samples, users: int, values: dict[str, str]) -> str:
    failed = sum(samples.failures.values())
    calls = samples.count + failed
    ended = f"Ended after {_span(samples.elapsed)} : {calls} calls. qps={calls / samples.elapsed:.5g}"
    if not samples.count:
        return f"{ended}\nCode  -1 : {failed} (100.0 %)\n"
    ranges = histogram(samples.seconds, float(values.get("r", 0)) or RESOLUTION)
    percentiles = [float(each) for each in values.get("p", PERCENTILES).split(",") if each.strip()]
    bad = sum(count for status, count in samples.statuses.items() if status >= 400)
    lines = [
        ended,
        _counter("Aggregated Function Time", samples.seconds),
        "# range, mid point, percentile, count",
        *(each.line(is_first=number == 0) for number, each in enumerate(ranges)),
        *(f"# target {share:g}% {percentile(ranges, samples.seconds, share):.6g}" for share in percentiles),
        f"Sockets used: {users + bad} (for perfect keepalive, would be {users})",
        f"Jitter: {'true' if 'jitter' in values else 'false'}",
        *([f"Code  -1 : {failed} ({failed * 100 / calls:.1f} %)"] if failed else []),
        *(
            f"Code {status:3} : {count} ({count * 100 / calls:.1f} %)"
            for status, count in sorted(samples.statuses.items())
        ),
        _counter("Response Header Sizes", [float(each.head) for each in samples.answered]),
        _counter("Response Body/Total Sizes", [float(each.head + each.size) for each in samples.answered]),
        f"All done {calls} calls (plus 0 warmup) {samples.mean * 1000:.3f} ms avg, {calls / samples.elapsed:.1f} qps",
    ]
    return "\n".join(lines) + "\n"


def _counter(name: str, numbers: Sequence[float]) -> str:
    return (
        f"{name} : count {len(numbers)} avg {mean(numbers):.8g} +/- {deviation(numbers):.4g} min {min(numbers):.9g} "
        f"max {max(numbers):.9g} sum {sum(numbers):.9g}"
    )


def _words(error: Exception, url: Url) -> str:
    if isinstance(error, ConnectError):
        return _failed(error.failure, url)
    return "i/o timeout" if isinstance(error, TookTooLong) else reason(400)


def _failed(failure: Failure, url: Url) -> str:
    """As Go words it."""
    at = f"dial tcp {url.host}:{url.port}: connect: "
    return {
        "unknown host": f"lookup {url.host}: no such host",
        "refused": f"{at}connection refused",
        "no route": f"{at}no route to host",
        "reset": "EOF",
        "timed out": f"dial tcp {url.host}:{url.port}: i/o timeout",
    }[failure]


def _clock() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())


def _span(seconds: float) -> str:
    """A duration as Go prints it."""
    if seconds < 1:
        return f"{seconds * 1000:.6g}ms"
    if seconds < 60:
        return f"{seconds:.9g}s"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + f"{int(minutes)}m{rest:.9g}s"
