"""Load: many users who send requests at the same time, as siege, fortio, hey, ab and wrk do."""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from runner.practice.containers.byte_streams import Sink
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Failure, Request, Response
from runner.practice.containers.network_programs.web_client import (
    NotHttp,
    Url,
    WrongTls,
    addresses,
    answer,
    connect,
    parse_url,
    response_head,
)
from runner.practice.containers.running_container import RunningContainer

ROUND_TRIP = 0.004
"""Seconds that a request and its answer take on the way, as between the pods of a small cluster."""
PROCESSOR_SECONDS = 0.0001
"""What the client uses of a processor for a request."""
BATCH_SECONDS = 0.1
BATCH_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """What each request asks."""

    url: Url
    method: str = "GET"
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def request(self) -> Request:
        return Request(self.method, self.url.target, self.headers, self.body)


def target_of(text: str, method: str, headers: list[str], body: bytes, kind: str, agent: str) -> Target:
    """What a command's arguments ask for. Raises ValueError."""
    url = parse_url(text)
    own = [entry.partition(":") for entry in headers]
    names = {name.strip().lower() for name, _, _ in own}
    made = [pair for pair in (("Host", url.authority), ("User-Agent", agent)) if pair[0].lower() not in names]
    made += [(name.strip(), value.strip()) for name, _, value in own]
    if body:
        made += [("Content-Type", kind), ("Content-Length", str(len(body)))]
    return Target(url, method, made, body)


@dataclass(slots=True)
class Outcome:
    """How one request ended; status 0 where there was no answer."""

    seconds: float
    status: int = 0
    size: int = 0
    """Bytes of the body."""
    head: int = 0
    failure: Failure | None = None
    location: str = ""
    server: str = ""
    looked_up: float = 0.0
    """Seconds until the name had an address; this is part of what `dialled` has."""
    dialled: float = 0.0
    wrote: float = 0.0
    waited: float = 0.0
    """Seconds from the request's end to the answer's beginning."""
    read: float = 0.0
    user: int = 0
    """Which of the users asked."""
    ended: float = 0.0
    """When, as time.monotonic() has it."""


async def send(container: RunningContainer, target: Target, limit: float | None = None) -> Outcome:
    """One request. Raises nothing that a server or the network may do."""
    began = time.monotonic()
    made = Outcome(0.0)
    await container.work(PROCESSOR_SECONDS)
    try:
        async with asyncio.timeout(limit):
            response = await _exchanged(container, target, made)
    except ConnectError as error:
        made.failure = error.failure
    except TimeoutError:
        made.failure = "timed out"
    except (WrongTls, NotHttp):
        made.failure = "reset"
    else:
        came = time.monotonic()
        made.status, made.size, made.head = response.status, len(response.body), len(response_head(response))
        made.location, made.server = response.header("Location"), response.header("Server")
        made.read = time.monotonic() - came
    made.ended = time.monotonic()
    made.seconds = made.ended - began
    return made


async def _exchanged(container: RunningContainer, target: Target, made: Outcome) -> Response:
    """The answer; fills in how long each part took. Raises ConnectError, WrongTls, NotHttp."""
    way = time.monotonic()
    await asyncio.sleep(ROUND_TRIP * random.uniform(0.8, 1.4))  # noqa: S311
    begin = time.monotonic()
    host = target.url.host
    found = await addresses(container, host)
    resolved = time.monotonic()
    destination = await connect(container, found[0] if len(found) == 1 else host, target.url.port)
    connected = time.monotonic()
    request = target.request()
    written = time.monotonic()
    response = await answer(container, destination, request, target.url.scheme)
    made.looked_up, made.dialled = resolved - begin, connected - begin
    made.wrote, made.waited = written - connected, time.monotonic() - written + begin - way
    return response


async def crowd(users: int, work: Callable[[int], Awaitable[object]], seconds: float | None) -> bool:
    """Have that many users at work until all are done or the time is over; gives whether somebody interrupted it."""
    tasks = [asyncio.ensure_future(work(number)) for number in range(users)]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds)
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current is not None:
            current.uncancel()
        return True
    finally:
        for task in tasks:
            task.cancel()
    for task in done:
        task.result()
    return False


class BatchedOutput:
    """Lines that are written some at a time: a write for each would cost more than the request that it is about."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lines: list[str] = []
        self._size = 0
        self._due = 0.0

    async def add(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line)
        now = time.monotonic()
        if now >= self._due or self._size > BATCH_BYTES:
            self._due = now + BATCH_SECONDS
            await self.flush()

    async def flush(self) -> None:
        if self._lines:
            text, self._lines, self._size = "".join(self._lines), [], 0
            await self._sink(text.encode())


@dataclass(slots=True)
class Samples:
    """What all requests of a test took, in seconds, and what was answered."""

    seconds: list[float] = field(default_factory=list)
    answered: list[Outcome] = field(default_factory=list)
    """In their order."""
    statuses: dict[int, int] = field(default_factory=dict)
    failures: dict[Failure, int] = field(default_factory=dict)
    bodies: int = 0
    heads: int = 0
    began: float = field(default_factory=time.monotonic)
    elapsed: float = 0.0

    def add(self, outcome: Outcome) -> None:
        if outcome.failure is not None:
            self.failures[outcome.failure] = self.failures.get(outcome.failure, 0) + 1
            return
        self.seconds.append(outcome.seconds)
        self.answered.append(outcome)
        self.statuses[outcome.status] = self.statuses.get(outcome.status, 0) + 1
        self.bodies += outcome.size
        self.heads += outcome.head

    def end(self) -> None:
        self.elapsed = max(time.monotonic() - self.began, 1e-6)
        self.seconds.sort()

    @property
    def count(self) -> int:
        return len(self.seconds)

    @property
    def mean(self) -> float:
        return mean(self.seconds)

    @property
    def deviation(self) -> float:
        return deviation(self.seconds)

    def at(self, share: float) -> float:
        """The seconds within which that share of the requests was answered."""
        if not self.seconds:
            return 0.0
        return self.seconds[min(int(share * self.count), self.count - 1)]


def mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


def deviation(values: Sequence[float], less: int = 0) -> float:
    """The standard deviation; `less` is 1 for that of a sample."""
    average = mean(values)
    return math.sqrt(sum((each - average) ** 2 for each in values) / max(len(values) - less, 1))


async def run_test(
    call: Invocation,
    target: Target,
    users: int,
    *,
    total: int | None = None,
    seconds: float | None = None,
    rate: float = 0.0,
    limit: float | None = None,
    each: Callable[[Outcome], Awaitable[None]] | None = None,
) -> Samples:
    """The same request by each user, `total` times in all or for so many seconds, `rate` a second at most (0: no bound)."""
    samples = Samples()
    sent = 0

    async def user(number: int) -> None:
        nonlocal sent
        while total is None or sent < total:
            turn = sent
            sent += 1
            if rate:
                await asyncio.sleep(max(0.0, samples.began + turn / rate - time.monotonic()))
            outcome = await send(call.container, target, limit)
            outcome.user = number
            samples.add(outcome)
            if each is not None:
                await each(outcome)

    await crowd(users, user, seconds)
    samples.end()
    return samples


def duration(text: str) -> float:
    """Seconds of a duration as Go writes it: 1m30s, 500ms, 10s; a bare number is seconds. Raises ValueError."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
    parts: list[tuple[str, str]] = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return float(text)
    return sum((float(number) * units[unit] for number, unit in parts), 0.0)
