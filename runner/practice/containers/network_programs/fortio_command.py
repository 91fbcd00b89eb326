"""fortio load and fortio curl. The form of its output: fortio 1.11 (periodic/periodic.go, stats/stats.go, README)."""

from __future__ import annotations

import os
import time

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Failure
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.load_generator import (
    Outcome,
    Samples,
    Target,
    duration,
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
EDGES = (0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.011, 0.012, 0.014, 0.016, 0.018, 0.02,
         0.025, 0.03, 0.035, 0.04, 0.045, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25, 0.3,
         0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 2, 3, 4, 5, 7.5, 10, 20, 30, 40, 50, 75, 100)  # fmt: skip
"""Upper edges of the histogram's ranges, in seconds."""
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
    await call.out(_report(samples, users))
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


def _report(samples: Samples, users: int) -> str:
    failed = sum(samples.failures.values())
    calls = samples.count + failed
    ended = f"Ended after {_span(samples.elapsed)} : {calls} calls. qps={calls / samples.elapsed:.5g}"
    if not samples.count:
        return f"{ended}\nCode  -1 : {failed} (100.0 %)\n"
    low, high, mean = samples.seconds[0], samples.seconds[-1], samples.mean
    lines = [
        ended,
        f"Aggregated Function Time : count {samples.count} avg {mean:.8g} +/- {samples.deviation:.4g} min {low:.9g} "
        f"max {high:.9g} sum {mean * samples.count:.9g}",
        "# range, mid point, percentile, count",
        *_histogram(samples),
        *(f"# target {share:g}% {samples.at(share / 100):.6g}" for share in (50, 75, 90, 99, 99.9)),
    ]
    bad = sum(count for status, count in samples.statuses.items() if status >= 400)
    lines.append(f"Sockets used: {users + bad} (for perfect keepalive, would be {users})")
    lines.append("Jitter: false")
    if failed:
        lines.append(f"Code  -1 : {failed} ({failed * 100 / calls:.1f} %)")
    lines += [
        f"Code {status:3} : {count} ({count * 100 / calls:.1f} %)"
        for status, count in sorted(samples.statuses.items())
    ]
    head, whole = samples.heads / samples.count, (samples.heads + samples.bodies) / samples.count
    lines += [
        f"Response Header Sizes : count {samples.count} avg {head:.8g} +/- 0 min {head:.0f} max {head:.0f} sum {samples.heads}",
        f"Response Body/Total Sizes : count {samples.count} avg {whole:.8g} +/- 0 min {whole:.0f} max {whole:.0f} "
        f"sum {samples.heads + samples.bodies}",
        f"All done {calls} calls (plus 0 warmup) {mean * 1000:.3f} ms avg, {calls / samples.elapsed:.1f} qps",
    ]
    return "\n".join(lines) + "\n"


def _histogram(samples: Samples) -> list[str]:
    """A line for each range that something is in."""
    lines: list[str] = []
    at, low = 0, 0.0
    ordered, count = samples.seconds, samples.count
    for high in (*EDGES, ordered[-1] + 1):
        first = at
        while at < count and ordered[at] <= high:
            at += 1
        if at > first:
            top = ordered[-1] if at == count else high
            bottom = f">= {ordered[0]:.9g}" if not lines else f"> {low:g}"
            start = ordered[0] if not lines else low
            lines.append(
                f"{bottom} <= {top:.9g} , {(start + top) / 2:.9g} , {at * 100 / count:.2f}, {at - first}"
            )
        low = high
    return lines


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
