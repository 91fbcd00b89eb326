"""pods/<name>/exec and pods/<name>/attach: which container they go to, and what runs there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from runner.practice.containers.container_config import NoSuchContainer, StartError
from runner.practice.containers.standard_streams import Streams
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.write import current_of
from runner.practice.machinery.errors import ApiError, bad_request
from runner.practice.machinery.store import Object, key_of
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.pod_containers import (
    STARTING_SECONDS,
    chosen_container,
    container_spec,
    container_status,
)
from runner.practice.streaming.command_input import StreamOptions, stream_options
from runner.practice.streaming.command_over_spdy import command_over_spdy
from runner.practice.streaming.command_over_websocket import command_over_websocket, is_translated
from runner.practice.streaming.command_result import Object as Status
from runner.practice.streaming.command_result import exited, failed, succeeded
from runner.practice.streaming.upgraded_connections import upgrade_of

NO_CONTAINERS = (
    "this is a practice cluster: its pods are simulated and run no containers, so {what} is not possible here;"
    " on a real cluster the same command works"
)

Work = Callable[[str, Streams], Awaitable[Status]]
"""What is done in the container of that id."""


def exec_handler(runtime: ContainerRuntime) -> Handler:
    """Answers the subresource `exec` of pods."""

    async def answer(backend: Backend, call: Call, request: web.Request) -> web.StreamResponse:
        pod, name = _target(runtime, backend, call, request, "kubectl exec")
        options = stream_options(request.query)
        argv = request.query.getall("command", [])

        async def work(container: str, streams: Streams) -> Status:
            return await _exec(runtime, container, argv, streams, stdin=options.stdin)

        missing = f'container not found ("{name}")'
        return await _answer(backend, request, options, _container_of(backend, pod, name), missing, work)

    return answer


def attach_handler(runtime: ContainerRuntime) -> Handler:
    """Answers the subresource `attach` of pods."""

    async def answer(backend: Backend, call: Call, request: web.Request) -> web.StreamResponse:
        pod, name = _target(runtime, backend, call, request, "kubectl attach")
        asked = stream_options(request.query)
        spec = container_spec(pod, name)
        tty = bool(spec.get("tty"))
        options = StreamOptions(asked.stdin, asked.stdout, asked.stderr and not tty, tty)

        async def work(container: str, streams: Streams) -> Status:
            await runtime.attach(container, streams, stdin=options.stdin)
            return succeeded()

        missing = f"container {name} not found in pod {call.name}_{call.namespace}"
        return await _answer(backend, request, options, _container_of(backend, pod, name), missing, work)

    return answer


def _target(
    runtime: ContainerRuntime, backend: Backend, call: Call, request: web.Request, what: str
) -> tuple[Object, str]:
    """The pod, and the name of its container. Raises ApiError as the API server words it."""
    if not runtime.runs:
        raise ApiError(501, "NotImplemented", NO_CONTAINERS.format(what=what))
    pod = current_of(backend, call)
    name = chosen_container(pod, call, backend.minor)
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {call.name} does not have a host assigned")
    if not upgrade_of(request):
        raise bad_request("Upgrade request required")
    return pod, name


def _container_of(backend: Backend, pod: Object, name: str) -> Callable[[], str | None]:
    """The id of the pod's container as it stands when it is asked for; None where it does not run."""
    meta = pod["metadata"]

    def running() -> str | None:
        now = backend.store.get(key_of("pods", pod))
        status = container_status(now, name) if now and now["metadata"]["uid"] == meta["uid"] else None
        return status.get("containerID") if status and "running" in (status.get("state") or {}) else None

    return running


async def _answer(
    backend: Backend,
    request: web.Request,
    options: StreamOptions,
    container: Callable[[], str | None],
    missing: str,
    work: Work,
) -> web.StreamResponse:
    """Upgrade the connection and do the work in the container, or say as the kubelet does that it does not run."""

    async def run(streams: Streams) -> Status:
        if container() is None:
            return failed(f"unable to upgrade connection: {missing}")
        return await _once_started(container, lambda id_: work(id_, streams), missing)

    if upgrade_of(request) == "websocket":
        if container() is None and not is_translated(request, backend.minor):
            return web.Response(status=500, text=missing)
        return await command_over_websocket(request, options, backend.minor, run)
    if container() is None:
        return web.Response(status=500, text=missing)
    return await command_over_spdy(request, options, run)


async def _once_started(
    container: Callable[[], str | None], work: Callable[[str], Awaitable[Status]], missing: str
) -> Status:
    """Do the work as soon as the runtime has the container."""
    with contextlib.suppress(TimeoutError):
        end = asyncio.get_running_loop().time() + STARTING_SECONDS
        while (id_ := container()) is not None and asyncio.get_running_loop().time() < end:
            try:
                return await work(id_)
            except NoSuchContainer:
                await asyncio.sleep(0.02)
    return failed(f"unable to upgrade connection: {missing}")


async def _exec(
    runtime: ContainerRuntime, container: str, argv: Sequence[str], streams: Streams, *, stdin: bool
) -> Status:
    try:
        return exited(argv, await runtime.exec(container, argv, streams, stdin=stdin))
    except StartError as error:
        return failed(f"error executing command in container: {error.message}")
