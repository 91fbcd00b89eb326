"""NetworkPolicies: what they drop times out."""

from __future__ import annotations

import pytest

from runner.practice.containers.cluster_view import PodPort
from runner.practice.containers.network_messages import ConnectError
from runner.practice.containers.pod_sandbox import PodSandbox
from tests.practice.network.small_cluster import SmallCluster


class Room(SmallCluster):
    def __init__(self) -> None:
        super().__init__()
        self.web = self.pod("web", ports=(PodPort(8080, "http"),))
        self.friend, self.other = self.pod("friend"), self.pod("other")
        self.away = self.pod("away", namespace="other")
        for port in (8080, 9090):
            self.serve(self.web, port)
        self.service("web", self.web)

    async def passes(self, source: PodSandbox, port: int = 8080) -> bool:
        try:
            await self.get(source, self.web.config.ip, port)
        except ConnectError as error:
            assert error.failure == "timed out"
            return False
        return True


@pytest.fixture
def room() -> Room:
    return Room()


async def test_the_default_deny_drops_and_one_more_policy_lets_in(room):
    room.policy(podSelector={}, policyTypes=["Ingress"])
    assert not await room.passes(room.friend)
    with pytest.raises(ConnectError, match="timed out"):
        await room.get(room.friend, "web")
    allowed = {"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}]}
    room.policy(podSelector={"matchLabels": {"app": "web"}}, ingress=[allowed])
    assert await room.passes(room.friend) and not await room.passes(room.other)
    assert not await room.passes(room.away)
    assert await room.passes(room.web)  # itself


async def test_peers_of_other_namespaces_blocks_and_both_selectors_at_once(room):
    blue = {
        "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "In", "values": ["blue"]}]}
    }
    room.policy(podSelector={"matchLabels": {"app": "web"}}, ingress=[{"from": [blue]}])
    assert await room.passes(room.away) and not await room.passes(room.friend)
    both = {**blue, "podSelector": {"matchLabels": {"app": "nobody"}}}
    room._policies.clear()
    room.policy(podSelector={}, ingress=[{"from": [both]}])
    assert not await room.passes(room.away)
    block = {"ipBlock": {"cidr": "10.244.0.0/16", "except": [f"{room.other.config.ip}/32"]}}
    room._policies.clear()
    room.policy(podSelector={}, ingress=[{"from": [block]}])
    assert await room.passes(room.friend) and not await room.passes(room.other)


@pytest.mark.parametrize(
    ("port", "open_ports"),
    [
        ({"port": 8080}, {8080}),
        ({"port": "http"}, {8080}),
        ({"port": 8000, "endPort": 9000}, {8080}),
        ({"protocol": "UDP", "port": 8080}, set()),
        ({"protocol": "TCP"}, {8080, 9090}),
    ],
)
async def test_ports(room, port, open_ports):
    room.policy(podSelector={}, ingress=[{"ports": [port]}])
    assert {number for number in (8080, 9090) if await room.passes(room.friend, number)} == open_ports


async def test_egress_needs_the_way_to_the_name_server_too(room):
    web = {"to": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
    room.policy(podSelector={"matchLabels": {"app": "friend"}}, policyTypes=["Egress"], egress=[web])
    assert await room.passes(room.friend) and await room.passes(room.other)
    assert (await room.get(room.friend, "10.96.1.1")).startswith("web")
    with pytest.raises(ConnectError, match="timed out"):
        await room.get(room.friend, "web")
    room.policy(podSelector={}, policyTypes=["Egress"], egress=[{"ports": [{"protocol": "UDP", "port": 53}]}])
    assert (await room.get(room.friend, "web")).startswith("web")


async def test_the_node_of_a_pod_always_comes_in(room):
    agent = room.pod("agent", host_network=True)
    far = room.pod("far", node="worker2", host_network=True)
    room.policy(podSelector={}, policyTypes=["Ingress"])
    assert await room.passes(agent) and not await room.passes(far)
