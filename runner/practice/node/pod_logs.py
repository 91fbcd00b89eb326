"""pods/<name>/log: which container's log it is, and what of it is shown, line by line as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from aiohttp import web

from runner.practice.containers.container_config import LogLine, NoSuchContainer
from runner.practice.faults.active_faults import Faults
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.write import current_of
from runner.practice.machinery.errors import bad_request
from runner.practice.machinery.store import Object, key_of
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.fault_messages import last_words
from runner.practice.node.log_options import LogOptions, log_options
from runner.practice.node.pod_containers import STARTING_SECONDS, chosen_container, container_status
from runner.practice.node.simulated_log import simulated_log

NOT_KEPT = "This is a practice cluster: what this container wrote before the cluster was stopped is not kept."


def log_handler(faults: Faults, runtime: ContainerRuntime) -> Handler:
    """Answers the subresource `log` of pods. Raises ApiError (400, 422) as the real server words it."""

    async def answer(backend: Backend, call: Call, request: web.Request) -> web.StreamResponse:
        options = log_options(call)
        pod = current_of(backend, call)
        name = chosen_container(pod, call, backend.minor)
        if not pod["spec"].get("nodeName"):
            return web.Response()  # nobody can be asked for it: pkg/registry/core/pod/strategy.go LogLocation
        container = logged_container(pod, name, previous=options.previous)
        if not runtime.runs:
            return web.Response(text=simulated_log(faults, pod, name, options))
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        fault = faults.of_pod("crash-loop", pod)
        added = last_words(fault).splitlines() if fault else []
        lines = _lines(backend, runtime, pod, name, container, options, added)
        with contextlib.suppress(ConnectionError):
            async for text in shown(lines, options):
                await response.write(text)
            await response.write_eof()
        return response

    return answer


def logged_container(pod: Object, name: str, *, previous: bool) -> str:
    """The id of the container whose log is meant: the one that runs or ran last, or the one before it.

    Raises ApiError (400) as the kubelet words it (kubelet_pods.go, validateContainerLogStatus).
    """
    where = f'container "{name}" in pod "{pod["metadata"]["name"]}"'
    status = container_status(pod, name)
    if status is None:
        raise bad_request(f"{where} is not available")
    state = status.get("state") or {}
    ended = (status.get("lastState") or {}).get("terminated") or {}
    if previous:
        if not ended.get("containerID"):
            raise bad_request(f"previous terminated {where} not found")
        return str(ended["containerID"])
    if "running" in state:
        return str(status.get("containerID", ""))
    found = (state.get("terminated") or {}).get("containerID") or ended.get("containerID")
    if found:
        return str(found)
    if "terminated" in state or ended:
        raise bad_request(f"{where} is terminated")
    reason = (state.get("waiting") or {}).get("reason") or "ContainerCreating"
    why = {
        "ErrImagePull": "image can't be pulled",
        "ImagePullBackOff": "trying and failing to pull image",
    }.get(reason, reason)
    raise bad_request(f"{where} is waiting to start: {why}")


async def _lines(
    backend: Backend,
    runtime: ContainerRuntime,
    pod: Object,
    name: str,
    container: str,
    options: LogOptions,
    added: Sequence[str],
) -> AsyncIterator[Sequence[LogLine]]:
    """The container's lines, as many at once as there are, and those that a fault adds; at most the last ones asked for."""
    tail = None if options.tail is None else max(0, options.tail - len(added))
    end = asyncio.get_running_loop().time() + STARTING_SECONDS
    while True:
        try:
            async for lines in runtime.logs(container, follow=options.follow, tail=tail):
                yield lines
        except NoSuchContainer:
            now = container_status(backend.store.get(key_of("pods", pod)) or {}, name) or {}
            runs = "running" in (now.get("state") or {}) and now.get("containerID") == container
            if runs and asyncio.get_running_loop().time() < end:  # it is being started again
                await asyncio.sleep(0.02)
                continue
            yield [LogLine(time.time(), NOT_KEPT)]
        break
    added = added if options.tail is None else added[max(0, len(added) - options.tail) :]
    yield [LogLine(time.time(), text) for text in added]


async def shown(pieces: AsyncIterator[Sequence[LogLine]], options: LogOptions) -> AsyncIterator[bytes]:
    """The bytes of those lines that the options let pass (kubelet, kuberuntime/logs)."""
    left = options.limit_bytes
    since = options.since.timestamp() if options.since else 0.0
    begins = True
    async for lines in pieces:
        texts = []
        for line in lines:
            if line.time >= since:
                if options.timestamps and begins:
                    texts.append(f"{_timestamp(line.time)} ")
                texts.append(line.text + ("\n" if line.complete else ""))
                begins = line.complete
        data = "".join(texts).encode()[:left]
        if data:
            yield data
        if left is not None:
            left -= len(data)
            if left == 0:
                return


def _timestamp(seconds: float) -> str:
    """RFC 3339 with nine digits, in UTC."""
    whole, nanoseconds = divmod(round(seconds * 1_000_000_000), 1_000_000_000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
