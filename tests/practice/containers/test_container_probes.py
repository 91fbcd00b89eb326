"""Probes that the runtime makes: what counts as success, and the kubelet's words for what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from runner.practice.containers import grpc_health
from runner.practice.containers.container_config import ContainerConfig, PodConfig
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import Listener, Request, Response
from runner.practice.containers.probe_messages import ProbeAction, ProbeResult
from runner.practice.containers.runtime import Runtime

POD = PodConfig("uid", "default", "web", "10.244.1.5", host_ip="172.18.0.3")
SEEN: list[Request] = []


async def page(request: Request) -> Response:
    SEEN.append(request)
    if request.path == "/slow":
        await asyncio.sleep(60)
    if request.path == "/moved":
        return Response(302, [("Location", "/ok")])
    if request.path == "/elsewhere":
        return Response(302, [("Location", "http://example.org/")], b"gone there")
    if request.path == "/round":
        return Response(302, [("Location", "/round")])
    return Response(200 if request.path == "/ok" else 500)


async def health(request: Request) -> Response:
    bad = b"bad" in request.body
    return grpc_health.answer("NOT_SERVING" if bad else "SERVING")


async def server(call: Invocation) -> int:
    listen = call.container.pod.listen
    listen(call.container, 8080, Listener(http=page))
    listen(call.container, 8443, Listener(http=page, tls=True))
    listen(call.container, 9000, Listener(http=health))
    listen(call.container, 5353, Listener(udp=True))
    listen(call.container, 9999, Listener(http=page, local=True))
    await call.terminated.wait()
    return 0


@pytest.fixture
async def runtime(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runtime]:
    known = Image(("known",), entrypoint=("server",), programs={"server": server})
    unknown = Image((), entrypoint=("server",), programs={"server": server}, is_stand_in=True)
    monkeypatch.setattr(
        "runner.practice.containers.container.find", lambda name: known if name == "known" else unknown
    )
    made = Runtime(lambda _id, _exit: None)
    await made.start(ContainerConfig("one", "main", POD, "known"), ())
    SEEN.clear()
    yield made
    await made.close()


async def made(runtime: Runtime, kind: Any, timeout: float = 5, **more: Any) -> tuple[str, str]:
    result = await runtime.probe("one", ProbeAction(kind, timeout, **more))
    return result.outcome, result.output


@pytest.mark.parametrize(
    ("path", "outcome", "output"),
    [
        ("/ok", "success", ""),
        ("/moved", "success", ""),
        ("/broken", "failure", "HTTP probe failed with statuscode: 500"),
        ("/elsewhere", "warning", "Probe terminated redirects, Response body: gone there"),
        ("/round", "failure", 'Get "http://10.244.1.5:8080/round": stopped after 10 redirects'),
    ],
)
async def test_http(runtime: Runtime, path: str, outcome: str, output: str) -> None:
    assert await made(runtime, "httpGet", port=8080, path=path) == (outcome, output)


async def test_an_http_probe_is_a_request_of_the_node(runtime: Runtime) -> None:
    headers = [("X-Check", "yes"), ("User-Agent", "kube-probe/1.32")]
    await made(runtime, "httpGet", port=8080, path="/ok?a=1", headers=headers)
    request = SEEN[0]
    assert (request.method, request.target, request.client) == ("GET", "/ok?a=1", "172.18.0.3")
    assert request.header("Host") == "10.244.1.5:8080"
    assert (request.header("X-Check"), request.header("User-Agent")) == ("yes", "kube-probe/1.32")
    await made(runtime, "httpGet", port=8080, path="/ok", headers=[("Host", "shop.example")])
    assert [value for name, value in SEEN[1].headers if name == "Host"] == ["shop.example"]


@pytest.mark.parametrize(
    ("action", "output"),
    [
        ({"port": 81}, 'Get "http://10.244.1.5:81/": dial tcp 10.244.1.5:81: connect: connection refused'),
        ({"port": 9999}, 'Get "http://10.244.1.5:9999/": dial tcp 10.244.1.5:9999: connect: connection refused'),
        (
            {"port": 8080, "path": "/slow", "timeout": 0.05},
            'Get "http://10.244.1.5:8080/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        ),
        (
            {"port": 8080, "scheme": "https"},
            'Get "https://10.244.1.5:8080/": http: server gave HTTP response to HTTPS client',
        ),
        ({"port": 8443}, "HTTP probe failed with statuscode: 400"),
    ],
)  # fmt: skip
async def test_http_that_does_not_come_about(runtime: Runtime, action: dict[str, Any], output: str) -> None:
    assert await made(runtime, "httpGet", **action) == ("failure", output)


async def test_https_answers_over_tls(runtime: Runtime) -> None:
    assert (await made(runtime, "httpGet", port=8443, path="/ok", scheme="https"))[0] == "success"
    assert SEEN[0].scheme == "https"


async def test_tcp(runtime: Runtime) -> None:
    assert await made(runtime, "tcpSocket", port=8080) == ("success", "")
    refused = "dial tcp 10.244.1.5:{}: connect: connection refused"
    assert await made(runtime, "tcpSocket", port=81) == ("failure", refused.format(81))
    assert await made(runtime, "tcpSocket", port=5353) == ("failure", refused.format(5353))


async def test_grpc(runtime: Runtime) -> None:
    assert await made(runtime, "grpc", port=9000) == ("success", "")
    unhealthy = 'service unhealthy (responded with "NOT_SERVING")'
    assert await made(runtime, "grpc", port=9000, service="bad") == ("failure", unhealthy)
    nobody = 'timeout: failed to connect service "10.244.1.5:81" within 1s: context deadline exceeded'
    assert await made(runtime, "grpc", 1, port=81) == ("failure", nobody)
    other = await made(runtime, "grpc", port=8080)
    assert other[0] == "failure"
    assert other[1].startswith("error: this server does not implement the grpc health protocol")


async def test_exec(runtime: Runtime) -> None:
    assert await made(runtime, "exec", command=["true"]) == ("success", "")
    missing = await made(runtime, "exec", command=["cat", "/tmp/healthy"])
    assert missing[0] == "failure"
    assert "/tmp/healthy" in missing[1]
    assert await made(runtime, "exec", command=["sh", "-c", "echo not yet; exit 3"]) == (
        "failure",
        "not yet\n",
    )
    assert await made(runtime, "exec", 0.05, command=["sleep", "60"]) == ("timed out", "")
    outcome, output = await made(runtime, "exec", command=["nope"])
    assert outcome == "error"
    assert (
        output
        == 'unable to start container process: exec: "nope": executable file not found in $PATH: unknown'
    )


async def test_what_stands_in_for_an_unknown_image_is_well(runtime: Runtime) -> None:
    pod = PodConfig("other", "default", "other", "10.244.1.6")
    await runtime.start(ContainerConfig("two", "main", pod, "unknown"), ())

    async def probe(kind: Any, **more: Any) -> ProbeResult:
        return await runtime.probe("two", ProbeAction(kind, 1, **more))

    assert (await probe("exec", command=["mysqladmin", "ping"])).outcome == "success"
    assert (await probe("exec", command=["sh", "-c", "pg_isready -U me"])).outcome == "success"
    assert (await probe("exec", command=["false"])).outcome == "failure"
    assert (await probe("httpGet", port=1234)).outcome == "success"
    assert (await probe("tcpSocket", port=1234)).outcome == "success"
    assert (await probe("grpc", port=1234)).outcome == "success"
