"""nc: connections by hand, whether a port is open (-z), and a listener (-l). Forms: BusyBox, OpenBSD's netcat."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable
from dataclasses import dataclass

from runner.practice.containers.byte_streams import Nothing, Sink, Source
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Listener
from runner.practice.containers.network_programs.byte_connection import converse
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.network_programs.telnet_command import REASONS
from runner.practice.containers.network_programs.web_client import UnknownHost, addresses, connect
from runner.practice.containers.pod_sandbox import AddressInUse
from runner.practice.containers.standard_streams import Streams

OPTIONS = Options("z v w= l k p= n u e= c= 4 6 q= s= t N d i= L= lk")
SERVICES = {21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "domain", 80: "http", 443: "https", 3306: "mysql",
            5432: "postgresql", 6379: "redis", 8080: "http-alt"}  # fmt: skip
USAGE = "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-w timeout] [destination] [port]\n"
BUSYBOX_USAGE = """BusyBox v1.36.1 multi-call binary.

Usage: nc [OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen
"""


@dataclass(slots=True)
class _Wanted:
    given: dict[str, str]
    operands: list[str]

    def on(self, name: str) -> bool:
        return name in self.given

    @property
    def limit(self) -> float | None:
        return float(self.given["w"]) if self.given.get("w", "").replace(".", "", 1).isdigit() else None


async def netcat(call: Invocation) -> int:
    usage = BUSYBOX_USAGE if is_busybox(call) else USAGE
    try:
        given, operands = OPTIONS.parse(call.argv[1:])
    except OptionError as error:
        await call.error(f"nc: unrecognized option: {error.option.lstrip('-')}\n{usage}")
        return 1
    wanted = _Wanted(dict(given), operands)
    if wanted.on("l"):
        port = wanted.given.get("p") or (operands[-1] if operands else "")
        if port.isdigit():
            return await _listen(call, wanted, int(port))
    elif len(operands) == 2 and all(part.isdigit() for part in operands[1].split("-")):
        first, _, last = operands[1].partition("-")
        codes = [
            await _connect(call, wanted, operands[0], port)
            for port in range(int(first), int(last or first) + 1)
        ]
        return 0 if 0 in codes else 1
    await call.error(usage)
    return 1


async def _connect(call: Invocation, wanted: _Wanted, host: str, port: int) -> int:
    shown, busybox = wanted.on("v"), is_busybox(call)
    udp = wanted.on("u")
    try:
        address = (await addresses(call.container, host))[0]
    except UnknownHost as error:
        await call.error(f"nc: bad address '{host}'\n" if busybox
                         else f'nc: getaddrinfo for host "{host}" port {port}: {error.words}\n')  # fmt: skip
        return 1
    name = host if host == address else f"{host} ({address})"
    try:
        async with asyncio.timeout(wanted.limit):
            found = await connect(call.container, address, port, udp=udp)
    except (ConnectError, TimeoutError) as error:
        why = REASONS[error.failure] if isinstance(error, ConnectError) else ""
        if busybox:
            at = f"{host} ({address}:{port})"
            if shown or not wanted.on("z"):
                await call.error(f"nc: {at}: {why}\n" if why else "nc: timed out\n")
        elif shown:
            how = f"failed: {why}" if why else "timed out: Operation now in progress"
            await call.error(f"nc: connect to {name} port {port} ({'udp' if udp else 'tcp'}) {how}\n")
        return 1
    if shown:
        protocol = "udp" if udp else "tcp"
        service = "*" if wanted.on("n") else SERVICES.get(port, "*")
        await call.error(f"{host} ({address}:{port}) open\n" if busybox
                         else f"Connection to {name} {port} port [{protocol}/{service}] succeeded!\n")  # fmt: skip
    if wanted.on("z"):
        return 0
    await _within(wanted.limit, converse(found, call.stdin, call.stdout))
    return 0


async def _within(limit: float | None, work: Awaitable[None]) -> None:
    """-w: the seconds after which a connection that says nothing is closed."""
    try:
        async with asyncio.timeout(limit):
            await work
    except TimeoutError:
        return


async def _listen(call: Invocation, wanted: _Wanted, port: int) -> int:
    """-l: take one connection (with -k one after the other); what comes is printed, the input is sent."""
    pod, over = call.container.pod, asyncio.Event()
    busy = asyncio.Lock()
    command = wanted.given.get("e") or wanted.given.get("c")

    async def taken(source: Source, sink: Sink) -> None:
        async with busy:
            if over.is_set():
                return
            if not wanted.on("k"):
                pod.unlisten(port)
            if wanted.on("v"):
                await call.error(
                    "connect to [::ffff:127.0.0.1] from localhost\n"
                    if is_busybox(call)
                    else "Connection received\n"
                )
            try:
                if command is not None:

                    async def send(data: bytes) -> None:
                        await sink(data)

                    await call.container.exec(_command(command, wanted), Streams(source, send, send))
                else:
                    await _both_ways(call, source, sink)
            finally:
                if not wanted.on("k"):
                    over.set()

    try:
        pod.listen(call.container, port, Listener(stream=taken, program="nc"))
    except AddressInUse:
        await call.error(
            "nc: bind: Address already in use\n" if is_busybox(call) else "nc: Address already in use\n"
        )
        return 1
    if wanted.on("v"):
        await call.error(
            f"listening on [::]:{port} ...\n" if is_busybox(call) else f"Listening on 0.0.0.0 {port}\n"
        )
    try:
        async with asyncio.timeout(wanted.limit):
            await over.wait()
    except TimeoutError:
        return 1
    finally:
        if wanted.on("k") or not over.is_set():
            pod.unlisten(port)
    return 0


def _command(command: str, wanted: _Wanted) -> list[str]:
    return ["sh", "-c", command] if wanted.on("c") else [*shlex.split(command), *wanted.operands]


async def _both_ways(call: Invocation, source: Source, sink: Sink) -> None:
    """Until the caller has sent everything, and the input is at its end."""

    async def send() -> None:
        if not isinstance(call.stdin, Nothing):
            while (piece := await call.stdin.read()) is not None:
                await sink(piece)

    sending = asyncio.ensure_future(send())
    try:
        while (piece := await source.read()) is not None:
            await call.stdout(piece)
        await asyncio.wait([sending], timeout=1)
    finally:
        sending.cancel()
