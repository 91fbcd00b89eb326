"""hey: a number of requests, or as many as go in a time (-z), with a histogram."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.load_generator import (
    Samples,
    Target,
    duration,
    mean,
    run_test,
    target_of,
)

OPTIONS = Options(
    "n= c= q= z= m= H= d= D= T= t= A= a= x= U= host= o= h2 disable-keepalive disable-compression disable-redirects cpus=",
    single_dash=True,
)
BAR = 40
"""The longest bar of the histogram."""


async def hey(call: Invocation) -> int:
    try:
        given, operands = OPTIONS.parse(call.argv[1:])
        values = dict(given)
        users = int(values.get("c", 50))
        seconds = duration(values["z"]) if "z" in values else None
        total = None if seconds else int(values.get("n", 200))
        headers = [value for name, value in given if name == "H"] + (
            [f"Host: {values['host']}"] if "host" in values else []
        )
        body = values.get("d", "").encode()
        target = target_of(
            operands[0], values.get("m", "GET"), headers, body, values.get("T", "text/html"), "hey/0.0.1"
        )
        rate = float(values.get("q", 0)) * users
    except (OptionError, ValueError, IndexError) as error:
        await call.error(f"{error}\nUsage: hey [options...] <url>\n")
        return 1
    if total is not None and total < users:
        await call.error("-n cannot be less than -c.\n")
        return 1
    samples = await run_test(
        call, target, users, total=total, seconds=seconds, rate=rate, limit=float(values.get("t", 20)) or None
    )
    await call.out(_report(samples, target))
    return 0


def _report(samples: Samples, target: Target) -> str:
    failed = sum(samples.failures.values())
    text = ""
    if samples.count:
        slowest, fastest = samples.seconds[-1], samples.seconds[0]
        text += (
            f"\nSummary:\n  Total:\t{samples.elapsed:.4f} secs\n  Slowest:\t{slowest:.4f} secs\n"
            f"  Fastest:\t{fastest:.4f} secs\n"
            f"  Average:\t{samples.mean:.4f} secs\n  Requests/sec:\t{(samples.count + failed) / samples.elapsed:.4f}\n  \n"
            f"  Total data:\t{samples.bodies} bytes\n  Size/request:\t{samples.bodies // samples.count} bytes\n"
            f"\nResponse time histogram:\n{_bars(samples)}\n\nLatency distribution:\n"
        )
        text += "".join(
            f"  {share}% in {samples.at(share / 100):.4f} secs\n" for share in (10, 25, 50, 75, 90, 95, 99)
        )
        parts: dict[str, list[float]] = {
            "DNS+dialup": [each.dialled for each in samples.answered],
            "DNS-lookup": [each.looked_up for each in samples.answered],
            "req write": [each.wrote for each in samples.answered],
            "resp wait": [each.waited for each in samples.answered],
            "resp read": [each.read for each in samples.answered],
        }
        text += "\nDetails (average, fastest, slowest):\n"
        for name, taken in parts.items():
            shown = ", ".join(f"{each:.4f} secs" for each in (mean(taken), min(taken), max(taken)))
            text += f"  {name}:\t{shown}\n"
        text += "\nStatus code distribution:\n"
        text += "".join(
            f"  [{status}]\t{count} responses\n" for status, count in sorted(samples.statuses.items())
        )
    else:
        text += f"\nSummary:\n  Total:\t{samples.elapsed:.4f} secs\n  Slowest:\t0.0000 secs\n  Fastest:\t0.0000 secs\n"
        text += "  Average:\tNaN secs\n"
        text += f"  Requests/sec:\t{failed / samples.elapsed:.4f}\n\n"
    if failed:
        text += "\nError distribution:\n"
        for failure, count in samples.failures.items():
            host = target.url.host
            why = {
                "unknown host": f"dial tcp: lookup {host}: no such host",
                "refused": "dial tcp: connect: connection refused",
                "reset": "EOF",
            }.get(failure, "context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
            text += f'  [{count}]\tGet "{target.url.text}": {why}\n'
    return text + "\n"


def _bars(samples: Samples) -> str:
    low, high = samples.seconds[0], samples.seconds[-1]
    step = (high - low) / 10
    marks = [low + step * number for number in range(11)]
    counts = [0] * 11
    at = 0
    for each in samples.seconds:
        while at < 10 and each > marks[at]:
            at += 1
        counts[at] += 1
    most = max(counts)
    return "\n".join(
        f"  {mark:.3f} [{count}]\t|{'■' * round(count * BAR / most)}"
        for mark, count in zip(marks, counts, strict=True)
    )
