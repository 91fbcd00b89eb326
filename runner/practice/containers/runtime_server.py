"""`python -m runner.practice.containers SOCKET [LOGS]`: the runtime in a process of its own. Ends with its standard input."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from runner.practice.containers.byte_streams import Nothing, Pipe, Sink
from runner.practice.containers.container_config import (
    ContainerConfig,
    Exit,
    Mount,
    NoSuchContainer,
    PodConfig,
    StartError,
    VolumeConfig,
)
from runner.practice.containers.lab_images import LabImage
from runner.practice.containers.memory_watch import MemoryWatch
from runner.practice.containers.mesh.mesh_messages import mesh_change
from runner.practice.containers.network_decoding import network_change
from runner.practice.containers.network_messages import ConnectError, Place, Request, Response
from runner.practice.containers.network_programs.tls_server_side import converse_securely
from runner.practice.containers.probe_messages import ProbeAction, ProbeResult
from runner.practice.containers.runtime import Runtime
from runner.practice.containers.runtime_frames import Frames, Kind, decoded, encoded
from runner.practice.containers.standard_streams import Streams, Terminal

log = logging.getLogger(__name__)

Call = dict[str, Any]
T = TypeVar("T")
LINES_OF_A_FRAME = 500


class RuntimeServer:
    """Answers the kubelet's calls on a socket that only this user can open."""

    def __init__(self, logs: Path | None = None, folder: Path | None = None) -> None:
        self._exits: list[asyncio.Queue[tuple[str, Exit]]] = []
        self.runtime = Runtime(self._exited, logs, folder)
        self._calls: dict[str, Callable[[Call, Frames], Awaitable[Any]]] = {
            "start": self._start,
            "stop": self._stop,
            "probe": self._probe,
            "exec": self._exec,
            "attach": self._attach,
            "logs": self._logs,
            "put_volume": self._put_volume,
            "put_images": self._put_images,
            "change_network": self._change_network,
            "change_mesh": self._change_mesh,
            "dial": self._dial,
            "request": self._request,
            "remove_volume": self._remove_volume,
            "volume_sizes": self._volume_sizes,
            "remove_pod": self._remove_pod,
            "usage": self._usage,
            "exits": self._report_exits,
        }

    async def listen(self, path: Path) -> asyncio.Server:
        return await asyncio.start_unix_server(self._connected, path)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames(reader, writer)
        # Cancelled at the end of the process: asyncio of Python 3.11 takes a connection's cancelled task for an error.
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            head = await frames.read()
            if head is not None and head[0] is Kind.HEAD:
                await self._answer(decoded(head[1]), frames)
        frames.close()

    async def _answer(self, call: Call, frames: Frames) -> None:
        try:
            result = await self._calls[call["call"]](call, frames)
        except StartError as error:
            await frames.write(
                Kind.ERROR, encoded({"message": error.message, "reason": error.reason, "code": error.code})
            )
        except ConnectError as error:
            failed = {"failure": error.failure, "host": error.host, "port": error.port}
            failed |= {"stand_in": error.stand_in}
            await frames.write(Kind.ERROR, encoded({"reason": "ConnectError", **failed}))
        except NoSuchContainer as error:
            await frames.write(
                Kind.ERROR, encoded({"message": str(error), "reason": "NoSuchContainer", "code": 0})
            )
        except Exception as error:
            if isinstance(error, ConnectionError):
                raise
            log.exception("the call %s", call.get("call"))
            await frames.write(
                Kind.ERROR,
                encoded({"message": f"{type(error).__name__}: {error}", "reason": "Internal", "code": 0}),
            )
        else:
            await frames.write(Kind.RESULT, encoded(result))

    async def _start(self, call: Call, _frames: Frames) -> None:
        await self.runtime.start(
            _container(call["config"]), [VolumeConfig(**each) for each in call["volumes"]]
        )

    async def _stop(self, call: Call, _frames: Frames) -> Exit:
        return await self.runtime.stop(call["container"], call["grace"])

    async def _probe(self, call: Call, _frames: Frames) -> ProbeResult:
        return await self.runtime.probe(call["container"], ProbeAction(**call["action"]))

    async def _exec(self, call: Call, frames: Frames) -> int:
        return await _with_streams(
            call, frames, lambda streams: self.runtime.exec(call["container"], call["argv"], streams)
        )

    async def _attach(self, call: Call, frames: Frames) -> None:
        await _with_streams(call, frames, lambda streams: self.runtime.attach(call["container"], streams))

    async def _logs(self, call: Call, frames: Frames) -> None:
        async def write() -> None:
            async for lines in self.runtime.logs(call["container"], follow=call["follow"], tail=call["tail"]):
                for at in range(0, len(lines), LINES_OF_A_FRAME):
                    await frames.write(Kind.ITEM, encoded(lines[at : at + LINES_OF_A_FRAME]))

        writing, leaving = asyncio.ensure_future(write()), asyncio.ensure_future(frames.read())
        try:
            await asyncio.wait([writing, leaving], return_when=asyncio.FIRST_COMPLETED)
            if writing.done():
                writing.result()
        finally:
            writing.cancel()
            leaving.cancel()

    async def _put_images(self, call: Call, _frames: Frames) -> None:
        self.runtime.images.put([LabImage.of(each) for each in call["images"]])

    async def _put_volume(self, call: Call, _frames: Frames) -> None:
        self.runtime.put_volume(VolumeConfig(**call["volume"]))

    async def _change_network(self, call: Call, _frames: Frames) -> None:
        self.runtime.change_network(network_change(call["change"]))

    async def _change_mesh(self, call: Call, _frames: Frames) -> None:
        await self.runtime.change_mesh(mesh_change(call["change"]))

    async def _dial(self, call: Call, frames: Frames) -> None:
        """Bytes to what answers there and back, until one side ends."""
        found = await self.runtime.dial(Place(**call["place"]))
        await frames.write(Kind.ITEM, encoded({"stand_in": found.listener.stand_in}))
        incoming = Pipe()

        async def write(data: bytes) -> None:
            await frames.write(Kind.STDOUT, data)

        talking = asyncio.ensure_future(converse_securely(found, incoming, write))
        reading = asyncio.ensure_future(_feed(frames, incoming, None))
        try:
            await asyncio.wait([talking, reading], return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
        except (ConnectError, ConnectionResetError):
            pass  # broken off: the caller sees the end
        finally:
            talking.cancel()
            reading.cancel()

    async def _request(self, call: Call, _frames: Frames) -> Response:
        found = await self.runtime.dial(Place(**call["place"]))
        if found.listener.http is None:
            raise ConnectError("reset", call["place"]["name"], found.port)
        return await found.listener.http(Request(**call["request"]))

    async def _remove_volume(self, call: Call, _frames: Frames) -> None:
        self.runtime.remove_volume(call["volume"])

    async def _volume_sizes(self, call: Call, _frames: Frames) -> dict[str, int]:
        return self.runtime.volume_sizes(call["volumes"])

    async def _remove_pod(self, call: Call, _frames: Frames) -> None:
        await self.runtime.remove_pod(call["pod"], call["volumes"])

    async def _usage(self, _call: Call, _frames: Frames) -> dict[str, tuple[float, int]]:
        return await self.runtime.usage()

    async def _report_exits(self, _call: Call, frames: Frames) -> None:
        """Every exit from now on, until the caller leaves."""
        queue: asyncio.Queue[tuple[str, Exit]] = asyncio.Queue()
        self._exits.append(queue)
        try:
            await frames.write(Kind.ITEM, encoded({"listening": True}))
            while True:
                container, exit_ = await queue.get()
                await frames.write(Kind.ITEM, encoded({"container": container, "exit": exit_}))
        finally:
            self._exits.remove(queue)

    def _exited(self, container: str, exit_: Exit) -> None:
        for queue in self._exits:
            queue.put_nowait((container, exit_))


async def _with_streams(call: Call, frames: Frames, work: Callable[[Streams], Awaitable[T]]) -> T:
    """Do the work with the caller's streams, until it ends or the caller leaves: then it is cancelled."""
    stdin = Pipe() if call["stdin"] else Nothing()
    terminal = Terminal() if call["terminal"] else None
    streams = Streams(stdin, _sink(frames, Kind.STDOUT), _sink(frames, Kind.STDERR), terminal)
    running = asyncio.ensure_future(work(streams))
    reading = asyncio.ensure_future(_feed(frames, stdin, terminal))
    try:
        await asyncio.wait([running, reading], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            running.cancel()
        return await running
    finally:
        running.cancel()
        reading.cancel()


def _sink(frames: Frames, kind: Kind) -> Sink:
    async def write(data: bytes) -> None:  # bashkit takes coroutine functions only
        await frames.write(kind, data)

    return write


async def _feed(frames: Frames, stdin: Pipe | Nothing, terminal: Terminal | None) -> None:
    """Pass on what comes from the caller, until it leaves."""
    while (frame := await frames.read()) is not None:
        kind, payload = frame
        if kind is Kind.STDIN and isinstance(stdin, Pipe):
            await stdin.write(payload)
        elif kind is Kind.STDIN_END and isinstance(stdin, Pipe):
            await stdin.close()
        elif kind is Kind.RESIZE and terminal is not None:
            size = decoded(payload)
            terminal.resize(size["columns"], size["rows"])


def _container(plain: dict[str, Any]) -> ContainerConfig:
    return ContainerConfig(
        **{**plain, "pod": PodConfig(**plain["pod"]), "mounts": [Mount(**each) for each in plain["mounts"]]}
    )


async def serve(path: Path, until: asyncio.Event, logs: Path | None = None) -> None:
    """Answer calls at that socket until the event is set."""
    server = RuntimeServer(logs, path.parent)
    os.umask(0o077)
    watching = asyncio.ensure_future(MemoryWatch(server.runtime.containers).run())
    async with await server.listen(path):
        print("ready", flush=True)
        await until.wait()
        watching.cancel()
        await server.runtime.close()
