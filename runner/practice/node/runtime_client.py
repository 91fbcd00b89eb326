"""The kubelet's side of the container runtime: starts its process with the first container, and calls it.

Every call has a connection of its own on a Unix socket (`containers/runtime_frames.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from runner.paths import import_path
from runner.practice.containers.cluster_view import NetworkChange
from runner.practice.containers.container_config import (
    ContainerConfig,
    Exit,
    LogLine,
    NoSuchContainer,
    StartError,
    VolumeConfig,
)
from runner.practice.containers.container_limits import STACK
from runner.practice.containers.lab_images import LabImage
from runner.practice.containers.mesh.mesh_messages import MeshChange
from runner.practice.containers.network_messages import ConnectError, Place, Request, Response
from runner.practice.containers.probe_messages import ProbeAction, ProbeResult
from runner.practice.containers.runtime_frames import Frames, Kind, decoded, encoded
from runner.practice.containers.standard_streams import Streams, Terminal
from runner.practice.machinery.store import Object
from runner.practice.node.pod_connection import PodConnection

log = logging.getLogger(__name__)

START_SECONDS = 20.0


class RuntimeClient:
    """Calls the runtime, whose process ends with this one. `exited` is called for each container that ends;
    `logs` is the folder in which the logs of those that have ended are kept."""

    runs = True

    def __init__(
        self,
        exited: Callable[[str, Exit], None],
        logs: Path | None = None,
        images: Sequence[LabImage] = (),
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """`lost` is called where the process has ended by itself, with all that ran in it; the next call starts another one."""
        self._exited, self._logs, self._images, self._lost = exited, logs, images, lost
        self._closing = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def prepared(self) -> bool:
        return self._starting is not None

    def prepare(self) -> None:
        """Start the process, if there is none: it will be needed in a moment."""
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_task(self._start_process())
            self._starting.add_done_callback(_log_failure)

    async def start(
        self, config: ContainerConfig, volumes: Sequence[VolumeConfig], pod: Object, ran_for: float
    ) -> None:
        """See Runtime.start; a container that ran before this process started is run again. Raises StartError."""
        await self._call("start", config=config, volumes=list(volumes))

    async def stop(self, container: str, grace: float) -> Exit:
        """See Runtime.stop. Raises NoSuchContainer."""
        return Exit(**await self._call("stop", container=container, grace=grace))

    async def probe(self, container: str, action: ProbeAction) -> ProbeResult:
        """Make a probe once. Raises NoSuchContainer."""
        return ProbeResult(**await self._call("probe", container=container, action=action))

    async def put_volume(self, volume: VolumeConfig) -> None:
        await self._call("put_volume", volume=volume)

    async def change_network(self, change: NetworkChange) -> None:
        """What is new of the cluster's objects for the pods' network."""
        await self._call("change_network", change=change)

    async def change_mesh(self, change: MeshChange) -> None:
        """What is new of the mesh's configuration."""
        await self._call("change_mesh", change=change)

    async def remove_volume(self, volume: str) -> None:
        await self._call("remove_volume", volume=volume)

    async def volume_sizes(self, volumes: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = await self._call("volume_sizes", volumes=list(volumes))
        return found

    async def remove_pod(self, uid: str, volumes: Sequence[str]) -> None:
        await self._call("remove_pod", pod=uid, volumes=list(volumes))

    async def usage(self) -> dict[str, tuple[float, int]]:
        found = await self._call("usage")
        return {id_: (cpu, memory) for id_, (cpu, memory) in found.items()}

    async def dial(self, place: Place) -> PodConnection:
        """Connect to what answers there, from outside the cluster. Raises ConnectError."""
        frames = await self._connection()
        try:
            await frames.write(Kind.HEAD, encoded({"call": "dial", "place": place}))
            frame = await frames.read()
            if frame is None:
                raise ConnectionResetError("the container runtime has ended")
            if frame[0] is not Kind.ITEM:
                _result(*frame)
        except BaseException:
            frames.close()
            raise
        return PodConnection(frames, stand_in=decoded(frame[1])["stand_in"])

    async def request(self, place: Place, request: Request) -> Response:
        """Send an HTTP request there, from outside the cluster. Raises ConnectError."""
        return Response(**await self._call("request", place=place, request=request))

    async def exec(
        self, container: str, argv: Sequence[str], streams: Streams, *, stdin: bool = False
    ) -> int:
        """Run a command in a container, with its streams; cancelling kills it. Raises NoSuchContainer, StartError."""
        return int(
            await self._with_streams(
                {"call": "exec", "container": container, "argv": list(argv)}, streams, stdin=stdin
            )
        )

    async def attach(self, container: str, streams: Streams, *, stdin: bool = False) -> None:
        """Take part in the streams of the main process; cancelling leaves it. Raises NoSuchContainer."""
        await self._with_streams({"call": "attach", "container": container}, streams, stdin=stdin)

    async def _with_streams(self, head: dict[str, Any], streams: Streams, *, stdin: bool) -> Any:
        frames = await self._connection()
        head |= {"stdin": stdin, "terminal": streams.terminal is not None}
        feeding = None
        try:
            await frames.write(Kind.HEAD, encoded(head))
            feeding = asyncio.get_running_loop().create_task(_feed(frames, streams, stdin=stdin))
            return await _until_result(frames, streams)
        finally:
            if feeding:
                feeding.cancel()
            frames.close()

    async def logs(
        self, container: str, *, follow: bool = False, tail: int | None = None
    ) -> AsyncIterator[list[LogLine]]:
        """The lines of a container's log, at most the last `tail` of those that are there. Raises NoSuchContainer."""
        frames = await self._connection()
        try:
            head = {"call": "logs", "container": container, "follow": follow, "tail": tail}
            await frames.write(Kind.HEAD, encoded(head))
            while (frame := await frames.read()) is not None:
                if frame[0] is not Kind.ITEM:
                    _result(*frame)
                    return
                yield [LogLine(**line) for line in decoded(frame[1])]
        finally:
            frames.close()

    async def close(self) -> None:
        """End the process, and everything that runs in it."""
        self._closing = True
        for task in (self._starting, self._following):
            if task is not None:
                task.cancel()
        if self._process is not None and self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                async with asyncio.timeout(3):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()

    async def _start_process(self) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="labgate-"
        )  # short: a socket's path has at most 107 bytes
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "runner.practice.containers", str(self._socket),
            *([str(self._logs)] if self._logs else []),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env=_environment(), start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            if await self._process.stdout.readline() != b"ready\n":
                raise RuntimeError("the container runtime did not start")
        following = asyncio.Event()
        self._following = asyncio.get_running_loop().create_task(self._follow_exits(following.set))
        self._following.add_done_callback(_log_failure)
        await following.wait()
        if self._images:
            await self._put_images()

    async def _put_images(self) -> None:
        """Tell the runtime the images of labs, before any container is started."""
        frames = await self._opened()
        try:
            await frames.write(Kind.HEAD, encoded({"call": "put_images", "images": list(self._images)}))
            frame = await frames.read()
            if frame is not None:
                _result(*frame)
        finally:
            frames.close()

    async def _follow_exits(self, following: Callable[[], None]) -> None:
        frames = await self._opened()
        await frames.write(Kind.HEAD, encoded({"call": "exits"}))
        while (frame := await frames.read()) is not None:
            item = decoded(frame[1])
            if "exit" in item:
                self._exited(item["container"], Exit(**item["exit"]))
            else:
                following()
        if not self._closing:
            await self._forget_process()
            self._lost()

    async def _forget_process(self) -> None:
        log.warning("the container runtime has ended: the next container starts another one")
        if self._process is not None:
            await self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()
        self._starting = self._process = self._folder = None

    @property
    def _socket(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "runtime.sock"

    async def _connection(self) -> Frames:
        self.prepare()
        assert self._starting is not None
        await asyncio.shield(self._starting)
        return await self._opened()

    async def _opened(self) -> Frames:
        return Frames(*await asyncio.open_unix_connection(self._socket))

    async def _call(self, name: str, **arguments: Any) -> Any:
        frames = await self._connection()
        try:
            await frames.write(Kind.HEAD, encoded({"call": name, **arguments}))
            frame = await frames.read()
            if frame is None:
                raise ConnectionResetError("the container runtime has ended")
            return _result(*frame)
        finally:
            frames.close()


async def _until_result(frames: Frames, streams: Streams) -> Any:
    while (frame := await frames.read()) is not None:
        kind, payload = frame
        if kind is Kind.STDOUT:
            await streams.stdout(payload)
        elif kind is Kind.STDERR:
            await streams.stderr(payload)
        else:
            return _result(kind, payload)
    raise ConnectionResetError("the container runtime has ended")


def _result(kind: Kind, payload: bytes) -> Any:
    value = decoded(payload)
    if kind is Kind.RESULT:
        return value
    if value["reason"] == "ConnectError":
        failed = ConnectError(value["failure"], value["host"], value["port"])
        failed.stand_in = value["stand_in"]
        raise failed
    if value["reason"] == "NoSuchContainer":
        raise NoSuchContainer(value["message"])
    if value["reason"] == "Internal":
        raise RuntimeError(value["message"])
    raise StartError(value["message"], value["reason"], value["code"])


async def _feed(frames: Frames, streams: Streams, *, stdin: bool) -> None:
    """What goes to the command: its input, and the sizes of its terminal."""
    sizes: asyncio.Queue[Terminal] = asyncio.Queue()
    sending = [_send_input(frames, streams)] if stdin else []
    if (terminal := streams.terminal) is not None:
        sizes.put_nowait(terminal)
        terminal.resized.append(lambda: sizes.put_nowait(terminal))
        sending.append(_send_sizes(frames, sizes))
    with contextlib.suppress(ConnectionError):
        await asyncio.gather(*sending)


async def _send_input(frames: Frames, streams: Streams) -> None:
    while (piece := await streams.stdin.read()) is not None:
        await frames.write(Kind.STDIN, piece)
    await frames.write(Kind.STDIN_END)


async def _send_sizes(frames: Frames, sizes: asyncio.Queue[Terminal]) -> None:
    while True:
        size = await sizes.get()
        await frames.write(Kind.RESIZE, encoded({"columns": size.columns, "rows": size.rows}))


def _environment() -> dict[str, str]:
    """What Python needs, and nothing that is the person's own: no variable of theirs is in the process of containers."""
    bounded = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    stacks = {} if bounded else {"RUST_MIN_STACK": str(STACK)}  # of address space, which may be scarce
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": import_path(),
        "MALLOC_ARENA_MAX": "2",  # what is freed can be given back
        **stacks,
    }


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("the container runtime", exc_info=task.exception())
