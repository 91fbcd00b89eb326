"""Who reaches a gateway's proxy: pods, load balancers and node ports, and whoever forwards a port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.cluster_view import Backend, NetworkView, ServicePort, ServiceView
from runner.practice.containers.mesh.envoy_process import installed_envoy
from runner.practice.containers.network_messages import ConnectError, Place
from runner.practice.containers.network_programs.byte_connection import converse
from tests.practice.containers.container_room import NAMES, Started
from tests.practice.mesh.mesh_room import MeshRoom, mesh_room
from tests.practice.mesh.small_mesh import change, gateway

pytestmark = [
    pytest.mark.skipif(installed_envoy() is None, reason="Envoy (labgate[mesh]) is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
NODE_PORT = 31380


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room() -> AsyncIterator[MeshRoom]:
    async with mesh_room() as made:
        web = await made.run("hashicorp/http-echo", "-text=hello", name="web")
        client = await made.run("curlimages/curl", "sleep", "100000", name="client")
        entry = await made.run(
            "istio/proxyv2:1.11.3", "proxy", "router", name="istio-ingressgateway", ports=[8080]
        )
        await made.sidecar(web)
        service = ServiceView(
            "istio-system",
            "istio-ingressgateway",
            "10.96.3.1",
            [ServicePort(80, "http2", node_port=NODE_PORT)],
            [Backend(entry.ip, [(80, 8080, "TCP")], pod=entry.id)],
        )
        made.runtime.network.set_view(
            NetworkView(services=[NAMES, service], nodes=[("worker", "172.18.0.3")])
        )
        await made.configure(change("10.244.1.99", {web.ip: 5678}, {web.ip: 100}), web)
        await made.configure(gateway(entry.ip, 8080, web.ip, 5678), entry)
        made.pods = {"web": web, "client": client, "gateway": entry}
        yield made


async def _through(room: MeshRoom, place: Place) -> bytes:
    """What is answered to a request that comes in as bytes."""
    found = await room.runtime.dial(place)
    source, heard = Pipe(), bytearray()

    async def hear(data: bytes) -> None:
        heard.extend(data)

    await source.write(b"GET / HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n")
    await converse(found, source, hear)
    return bytes(heard)


async def test_pods_reach_it_by_its_service(room: MeshRoom) -> None:
    client: Started = room.pods["client"]
    code, out = await room.exec(client, "curl", "-s", "istio-ingressgateway.istio-system")
    assert (code, out.strip()) == (0, "hello")


async def test_load_balancers_node_ports_and_forwarded_ports_reach_it(room: MeshRoom) -> None:
    uid = room.pods["gateway"].id
    for place in (
        Place("service", "istio-ingressgateway", 80, namespace="istio-system"),
        Place("node", "worker", NODE_PORT),
        Place("pod", "istio-ingressgateway", 8080, uid=uid),
    ):
        answer = await _through(room, place)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert answer.endswith(b"hello\n")


async def test_a_forwarded_port_goes_past_a_sidecar(room: MeshRoom) -> None:
    """Mutual TLS is not asked of it: it arrives at the pod's own loopback."""
    web: Started = room.pods["web"]
    assert b"200 OK" in await _through(room, Place("pod", "web", 5678, uid=web.id))


async def test_a_port_without_a_gateway_is_refused(room: MeshRoom) -> None:
    with pytest.raises(ConnectError, match="refused"):
        await room.runtime.dial(Place("pod", "istio-ingressgateway", 8443, uid=room.pods["gateway"].id))
