"""ab, ApacheBench: a number of requests by some users at a time."""

from __future__ import annotations

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.load_generator import (
    Outcome,
    Samples,
    Target,
    deviation,
    mean,
    run_test,
    target_of,
)

OPTIONS = Options("n= c= t= s= b= p= u= T= v= w i C= H= A= P= X= k V h l q r m= d S g= e= B=")


async def ab(call: Invocation) -> int:
    """ApacheBench."""
    try:
        given, operands = OPTIONS.parse(call.argv[1:])
        values = dict(given)
        users, seconds = int(values.get("c", 1)), float(values["t"]) if "t" in values else None
        total = int(values.get("n", 50000 if seconds else 1))
        headers = [value for name, value in given if name == "H"]
        body = ContainerFiles(call.container, call.cwd).read(values["p"]) if "p" in values else b""
        method = values.get("m") or ("POST" if body else "HEAD" if "i" in values else "GET")
        if "/" not in operands[0].partition("://")[2]:
            raise ValueError(operands[0])
        target = target_of(
            operands[0], method, headers, body, values.get("T", "text/plain"), "ApacheBench/2.3"
        )
    except (OptionError, IndexError):
        await call.error(
            "ab: wrong number of arguments\nUsage: ab [options] [http[s]://]hostname[:port]/path\n"
        )
        return 22
    except (ValueError, OSError):
        await call.error("ab: invalid URL\nUsage: ab [options] [http[s]://]hostname[:port]/path\n")
        return 22
    if users > total:
        await call.error("ab: Cannot use concurrency level greater than total number of requests\n")
        return 22
    host, port = target.url.host, target.url.port
    await call.out(
        "This is ApacheBench, Version 2.3 <$Revision: 1903618 $>\n"
        "Copyright 1996 Adam Twiss, Zeus Technology Ltd, http://www.zeustech.net/\n"
        f"Licensed to The Apache Software Foundation, http://www.apache.org/\n\nBenchmarking {host} (be patient)..."
    )
    server: list[str] = [""]
    sizes: list[int] = []

    async def each(outcome: Outcome) -> None:
        server[0] = server[0] or outcome.server
        sizes.append(outcome.size)

    samples = await run_test(
        call, target, users, total=total, seconds=seconds, limit=float(values.get("s", 30)), each=each
    )
    if samples.failures:
        why = {"unknown host": "Name or service not known (670002)", "refused": "Connection refused (111)"}
        failure = next(iter(samples.failures))
        await call.error(f"apr_socket_recv: {why.get(failure, 'Connection reset by peer (104)')}\n")
        return 111
    await call.out("..done\n\n\n" + _report(samples, target, users, server[0], sizes, port))
    return 0


def _report(samples: Samples, target: Target, users: int, server: str, sizes: list[int], port: int) -> str:
    length = sizes[0] if sizes else 0
    failed = sum(size != length for size in sizes)
    other = sum(count for status, count in samples.statuses.items() if not 200 <= status < 300)
    total, apart = samples.heads + samples.bodies, samples.elapsed * 1000 / max(samples.count, 1)
    rows = [
        ("Server Software:", server), ("Server Hostname:", target.url.host), ("Server Port:", f"{port}\n"),
        ("Document Path:", target.url.target), ("Document Length:", f"{length} bytes\n"),
        ("Concurrency Level:", users), ("Time taken for tests:", f"{samples.elapsed:.3f} seconds"),
        ("Complete requests:", samples.count), ("Failed requests:", failed),
        *([("   (Connect: 0, Receive: 0, Length:", f"{failed}, Exceptions: 0)")] if failed else []),
        *([("Non-2xx responses:", other)] if other else []),
        ("Total transferred:", f"{total} bytes"), ("HTML transferred:", f"{samples.bodies} bytes"),
        ("Requests per second:", f"{samples.count / samples.elapsed:.2f} [#/sec] (mean)"),
        ("Time per request:", f"{apart * users:.3f} [ms] (mean)"),
        ("Time per request:", f"{apart:.3f} [ms] (mean, across all concurrent requests)"),
        ("Transfer rate:", f"{total / 1024 / samples.elapsed:.2f} [Kbytes/sec] received\n"),
    ]  # fmt: skip
    text = "".join(f"{name:<{36 if name[0] == ' ' else 24}}{value}\n" for name, value in rows)
    text += "Connection Times (ms)\n              min  mean[+/-sd] median   max\n"
    taken = samples.answered
    rows_of_times = {
        "Connect:": [each.dialled for each in taken],
        "Processing:": [each.seconds - each.dialled for each in taken],
        "Waiting:": [each.waited for each in taken],
        "Total:": [each.seconds for each in taken],
    }
    text += "".join(_times(name, seconds or [0.0]) for name, seconds in rows_of_times.items())
    text += "\nPercentage of the requests served within a certain time (ms)\n"
    shares = (50, 66, 75, 80, 90, 95, 98, 99)
    text += "".join(f"  {share}% {round(samples.at(share / 100) * 1000):6}\n" for share in shares)
    return text + f" 100% {round(samples.at(1) * 1000):6} (longest request)\n"


def _times(name: str, seconds: list[float]) -> str:
    """A row: the least, the mean and its deviation, the median, and the most, in milliseconds."""
    ordered = sorted(each * 1000 for each in seconds)
    return (
        f"{name:<11}{ordered[0]:6.0f} {mean(ordered):4.0f} {deviation(ordered, 1):5.1f} "
        f"{ordered[len(ordered) // 2]:6.0f} {ordered[-1]:7.0f}\n"
    )
