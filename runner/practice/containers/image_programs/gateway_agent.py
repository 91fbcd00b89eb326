"""What a Gateway's proxy is given by its controller, and the proxy that asks for it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.gateway_plan import Backend, PlannedListener, Rule
from runner.practice.containers.image_programs.gateway_provisioning import HEALTH_PORT
from runner.practice.containers.image_programs.gateway_proxy import GatewayProxy
from runner.practice.containers.network_messages import ConnectError, Listener, Request, Response

LOOK_SECONDS = 0.5
Certificates = Mapping[tuple[str, str], bytes]


def configuration_of(listeners: Sequence[PlannedListener], certificates: Certificates) -> bytes:
    """As JSON."""
    kept = {
        f"{namespace}/{name}": base64.b64encode(each).decode()
        for (namespace, name), each in certificates.items()
    }
    return json.dumps({"listeners": [asdict(each) for each in listeners], "certificates": kept}).encode()


def from_configuration(data: bytes) -> tuple[list[PlannedListener], Certificates]:
    """What `configuration_of` wrote."""
    found = json.loads(data)
    listeners = []
    for each in found["listeners"]:
        rules = [
            Rule(tuple(rule["hostnames"]), rule["match"], rule["filters"],
                 [Backend(**backend) for backend in rule["backends"]], (rule["age"][0], rule["age"][1]))
            for rule in each["rules"]
        ]  # fmt: skip
        pairs = {key: tuple(each[key]) if each[key] else None for key in ("secret", "problem")}
        listeners.append(PlannedListener(**{**each, **pairs, "rules": rules}))
    certificates = {}
    for key, value in found["certificates"].items():
        namespace, _, name = key.partition("/")
        certificates[namespace, name] = base64.b64decode(value)
    return listeners, certificates


async def healthy(_request: Request) -> Response:
    return Response(200)


async def gateway_proxy(call: Invocation) -> int:
    """The proxy of one Gateway, which its environment names (AGENT_ADDRESS: the controller, GATEWAY: namespace/name)."""
    proxy, address = GatewayProxy(call), call.env.get("AGENT_ADDRESS", "")
    pod, last = call.container.pod, b""
    if address:
        pod.listen(call.container, HEALTH_PORT, Listener(http=healthy))
    while address and not call.terminated.is_set():
        asked = Request(
            "GET", f"/gateways/{call.env.get('GATEWAY', '')}", [("Host", address)], scheme="https"
        )
        try:
            answer = await pod.network.request(pod, address, 443, asked, timeout=5)
        except ConnectError as error:
            await call.error(f"agent: {error}\n")
        else:
            if answer.status == 200 and answer.body != last:
                last = answer.body
                proxy.configure(*from_configuration(last))
                await call.error("agent: new configuration applied\n")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await call.terminated.wait()
    await call.terminated.wait()
    proxy.close()
    return 0
