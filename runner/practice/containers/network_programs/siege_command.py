"""siege: users who send requests one after the other, a line for each with -v, and a report at the end.

Its words, figures and what counts as a failure are those of siege 4.0.4 (src/main.c, src/browser.c, doc/siege.pod).
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.load_generator import (
    BatchedOutput,
    Outcome,
    Target,
    crowd,
    send,
)
from runner.practice.containers.network_programs.web_client import (
    Url,
    answer,
    connect,
    parse_url,
    request_head,
    response_head,
)

VERSION = "4.0.4"
AGENT = f"Mozilla/5.0 (unknown-x86_64-linux-gnu) Siege/{VERSION}"
OPTIONS = Options(
    "V/version h/help C/config v/verbose q/quiet g/get p/print c/concurrent= r/reps= t/time= d/delay= b/benchmark i/internet "
    "f/file= R/rc= l/log m/mark= H/header= A/user-agent= T/content-type= j/json-output J/no-json-output N/no-parser "
    "F/no-follow D/debug"
)
USERS, MOST_USERS = 25, 255
MOST_FAILURES = 1024
"""siegerc's `failures`: after so many it gives up."""
TIMEOUT = 30.0
MOST_REDIRECTS = 10
RED, MAGENTA, CYAN, BLUE = 31, 35, 36, 34
_RULE = "=" * 64
CAPPED = f"\n{_RULE}\nWARNING: The number of users is capped at {MOST_USERS}.\n{_RULE}\n"
HELP = f"""SIEGE {VERSION}
Usage: siege [options]
       siege [options] URL
       siege -g URL
Options:
  -V, --version             VERSION, prints the version number.
  -h, --help                HELP, prints this section.
  -v, --verbose             VERBOSE, prints notification to screen.
  -q, --quiet               QUIET turns verbose off and suppresses output.
  -g, --get                 GET, pull down HTTP headers and display the transaction.
  -c, --concurrent=NUM      CONCURRENT users, default is 10
  -r, --reps=NUM            REPS, number of times to run the test.
  -t, --time=NUMm           TIMED testing where "m" is modifier S, M, or H
                            ex: --time=1H, one hour test.
  -d, --delay=NUM           Time DELAY, random delay before each request
  -b, --benchmark           BENCHMARK: no delays between requests.
  -i, --internet            INTERNET user simulation, hits URLs randomly.
  -f, --file=FILE           FILE, select a specific URLS FILE.
  -H, --header="text"       Add a header to request (can be many)
  -A, --user-agent="text"   Sets User-Agent in request
  -T, --content-type="text" Sets Content-Type in request
"""


class SiegeError(Exception):
    """What stops it before it begins."""


@dataclass(slots=True)
class Siege:
    """One siege: what is asked of it, and what has come of it so far."""

    call: Invocation
    targets: list[Target]
    users: int = USERS
    rounds: int | None = None
    seconds: float | None = None
    delay: float = 0.0
    verbose: bool = False
    quiet: bool = False
    at_random: bool = False
    follow: bool = True
    hits: int = 0
    succeeded: int = 0
    failed: int = 0
    size: int = 0
    spent: float = 0.0
    longest: float = 0.0
    shortest: float = -1.0
    elapsed: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until all is sent, the time is over, somebody interrupts it, or too much has failed."""
        out = BatchedOutput(self.call.stdout)
        began = time.monotonic()

        async def user(number: int) -> None:
            turn = number % len(self.targets)
            count = 0
            while (self.rounds is None or count < self.rounds * len(self.targets)) and not self.over.is_set():
                target = random.choice(self.targets) if self.at_random else self.targets[turn]  # noqa: S311
                turn, count = (turn + 1) % len(self.targets), count + 1
                if self.delay:
                    await asyncio.sleep(random.uniform(0.001, self.delay))  # noqa: S311
                if not await self._request(target, out):
                    self.failed += 1
                    if self.failed >= MOST_FAILURES:
                        self.over.set()

        interrupted = await crowd(self.users, user, self.seconds)
        self.elapsed = time.monotonic() - began
        await out.flush()
        if not self.quiet and (interrupted or self.seconds is not None):
            await self.call.error("\nLifting the server siege...")

    async def _request(self, target: Target, out: BatchedOutput, redirects: int = 0) -> bool:
        """One request; gives whether it counts as a hit."""
        made = await send(self.call.container, target, TIMEOUT)
        if made.failure is not None:
            await self._failed(target.url, made, out)
            return False
        self.size += made.size
        self.spent += made.seconds
        self.succeeded += made.status < 400 or made.status in (401, 407)
        self.longest = max(self.longest, made.seconds)
        self.shortest = made.seconds if self.shortest < 0 else min(self.shortest, made.seconds)
        if self.verbose:
            await out.add(self._line(target, made))
        if (
            self.follow
            and made.location
            and made.status in (301, 302, 303, 307)
            and redirects < MOST_REDIRECTS
        ):
            further = parse_url(urljoin(target.url.text, made.location))
            if not await self._request(Target(further, "GET", _hosted(target, further)), out, redirects + 1):
                return False
        if made.status == 408 or made.status >= 500:
            return False
        self.hits += 1
        return True

    def _line(self, target: Target, made: Outcome) -> str:
        where = target.url.target if target.method == "GET" else target.url.text
        text = f"HTTP/1.1 {made.status}    {made.seconds:5.2f} secs: {made.size:7} bytes ==> {target.method:<4} {where}"
        if self.call.terminal is None:
            return text + "\n"
        colour = {2: BLUE, 3: CYAN, 4: MAGENTA}.get(made.status // 100, RED)
        return f"\x1b[0;{colour}m{text}\x1b[0m\n"

    async def _failed(self, url: Url, made: Outcome, out: BatchedOutput) -> None:
        words = {
            "unknown host": f"[error] Host not found: {url.host}\n",
            "refused": "[error] socket: unable to connect sock.c:282: Connection refused",
            "no route": "[error] socket: unable to connect sock.c:282: No route to host",
            "reset": "[error] socket: read error Connection reset by peer sock.c:635: Connection reset by peer",
            "timed out": "[alert] socket: select and discovered it's not ready sock.c:384: Connection timed out\n"
            f"[alert] socket: read check timed out({TIMEOUT:.0f}) sock.c:273: Connection timed out",
        }
        assert made.failure is not None
        await out.flush()
        await self.call.error(words[made.failure] + "\n")
        await asyncio.sleep(0.001)

    def report(self) -> str:
        """The figures as siege prints them."""
        hits, elapsed = self.hits, max(self.elapsed, 0.01)
        megabytes = self.size / 1048576
        availability = hits / (hits + self.failed) * 100 if hits else 0.0
        aborted = (
            "siege aborted due to excessive socket failure; you\ncan change the failure threshold in $HOME/.siegerc\n"
            if self.failed >= MOST_FAILURES
            else ""
        )
        return (
            f"{aborted}\n"
            f"Transactions:\t\t{hits:12} hits\n"
            f"Availability:\t\t{availability:12.2f} %\n"
            f"Elapsed time:\t\t{self.elapsed:12.2f} secs\n"
            f"Data transferred:\t{megabytes:12.2f} MB\n"
            f"Response time:\t\t{self.spent / hits if hits else 0:12.2f} secs\n"
            f"Transaction rate:\t{hits / elapsed:12.2f} trans/sec\n"
            f"Throughput:\t\t{megabytes / elapsed:12.2f} MB/sec\n"
            f"Concurrency:\t\t{self.spent / elapsed:12.2f}\n"
            f"Successful transactions:{self.succeeded:12}\n"
            f"Failed transactions:\t{self.failed:12}\n"
            f"Longest transaction:\t{self.longest:12.2f}\n"
            f"Shortest transaction:\t{max(self.shortest, 0):12.2f}\n \n"
        )


async def siege(call: Invocation) -> int:
    try:
        given, operands = OPTIONS.parse(call.argv[1:])
        values = dict(given)
        if "version" in values or "help" in values:
            await call.out(HELP if "help" in values else f"SIEGE {VERSION}\n")
            return 0
        wanted = _siege(call, given, operands)
    except OptionError as error:
        await call.error(f"siege: invalid option -- '{error.option.lstrip('-')}'\n{HELP}")
        return 1
    except SiegeError as error:
        await call.error(str(error))
        return 1
    if "get" in values:
        return await _get(call, wanted.targets[0])
    if not wanted.quiet:
        capped = CAPPED if int(values.get("concurrent", USERS)) > MOST_USERS else ""
        text = f"{capped}** SIEGE {VERSION}\n** Preparing {wanted.users} concurrent users for battle.\n"
        await call.error(text + "The server is now under siege..." + ("\n" if wanted.verbose else ""))
    await wanted.run()
    if not wanted.quiet:
        await call.error(wanted.report())
    return 0


async def _get(call: Invocation, target: Target) -> int:
    """-g: one request with its headers, as it goes over the wire."""

    found = await connect(call.container, target.url.host, target.url.port)
    response = await answer(call.container, found, target.request(), target.url.scheme)
    await call.stdout(
        (request_head(target.request()) + "\n" + response_head(response)).encode() + response.body + b"\n"
    )
    return 0


def _siege(call: Invocation, given: list[tuple[str, str]], operands: list[str]) -> Siege:
    """Raises SiegeError."""
    values = dict(given)
    files = ContainerFiles(call.container, call.cwd)
    texts = operands[-1:]
    if not texts and "file" in values:
        try:
            lines = files.read_text(values["file"]).splitlines()
        except OSError:
            raise SiegeError(f"ERROR: unable to open file: {values['file']}\n") from None
        texts = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not texts:
        raise SiegeError(HELP)
    try:
        users = min(int(values.get("concurrent", USERS)), MOST_USERS)
        rounds = int(values["reps"]) if "reps" in values and values["reps"] != "once" else None
        delay = float(re.match(r"[\d.]*", values.get("delay", "0"))[0] or 0)  # type: ignore[index]
    except ValueError as error:
        raise SiegeError(f"siege: {error}\n") from None
    return Siege(
        call,
        [_target(text, given, files) for text in texts],
        max(users, 1),
        1 if values.get("reps") == "once" else rounds,
        _seconds(values["time"]) if "time" in values else None,
        0.0 if "benchmark" in values else delay,
        "verbose" in values and "quiet" not in values,
        "quiet" in values,
        "internet" in values,
        "no-follow" not in values,
    )


def _target(text: str, given: list[tuple[str, str]], files: ContainerFiles) -> Target:
    """`URL`, or `URL POST BODY` with the body itself or <FILE. Raises SiegeError."""
    words = text.split(None, 2)
    method = (
        words[1].upper()
        if len(words) > 1 and words[1].upper() in ("POST", "PUT", "PATCH", "DELETE", "HEAD")
        else "GET"
    )
    data = words[2] if method != "GET" and len(words) > 2 else ""
    try:
        body = files.read(data[1:].strip()) if data.startswith("<") else data.encode()
        url = parse_url(words[0])
    except OSError:
        raise SiegeError(f"ERROR: unable to open file: {data[1:].strip()}\n") from None
    except ValueError:
        raise SiegeError(f"[error] invalid URL: {words[0]}\n") from None
    values = dict(given)
    headers = [("Host", url.authority), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate")]
    headers.append(("User-Agent", values.get("user-agent", AGENT)))
    own = [value.partition(":") for name, value in given if name == "header"]
    names = {name.strip().lower() for name, _, _ in own}
    headers = [pair for pair in headers if pair[0].lower() not in names]
    headers += [(name.strip(), value.strip()) for name, _, value in own]
    if body:
        headers.append(("Content-type", values.get("content-type", "application/x-www-form-urlencoded")))
        headers.append(("Content-length", str(len(body))))
    return Target(url, method, [*headers, ("Connection", "close")], body)


def _hosted(target: Target, url: Url) -> list[tuple[str, str]]:
    """The headers for where a redirect leads."""
    kept = [
        pair for pair in target.headers if pair[0].lower() not in ("host", "content-type", "content-length")
    ]
    return [("Host", url.authority), *kept]


def _seconds(text: str) -> float:
    """60S, 5M (also without the letter), 1H. Raises SiegeError."""
    found = re.fullmatch(r"\s*(\d+)\s*([sSmMhH]?).*", text)
    if found is None:
        raise SiegeError(f"siege: invalid time: {text}\n")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "": 60}[found[2].lower()]
