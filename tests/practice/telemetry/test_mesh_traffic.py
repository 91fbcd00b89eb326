"""From a line of Envoy's access log to Istio's labels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.practice.containers.cluster_view import (
    Backend,
    NetworkView,
    PodView,
    ServicePort,
    ServiceView,
)
from runner.practice.containers.mesh.access_log_entry import AccessLogEntry
from runner.practice.containers.telemetry.mesh_traffic import proxied_request, record_access, workload_name
from runner.practice.containers.telemetry.proxied_request import NOBODY, ProxiedRequest
from tests.practice.containers.container_room import ContainerRoom, container_room


def test_the_name_of_a_workload() -> None:
    def named(name: str, **labels: str) -> str:
        pairs = [(key.replace("_", "-"), value) for key, value in labels.items()]
        return workload_name(PodView("u", "default", name, "10.244.1.1", labels=pairs))

    assert named("reviews-v1-5b9c-x7k2p", pod_template_hash="5b9c") == "reviews-v1"
    assert named("db-0", controller_revision_hash="db-7d") == "db"
    assert named("once-abcde", job_name="once") == "once"
    assert named("alone") == "alone"


async def _room(room: ContainerRoom) -> None:
    siege = await room.run("busybox", "sleep", "1000", name="siege")
    order = await room.run("busybox", "sleep", "1000", name="order-6f-abc")
    pods = [
        PodView(siege.id, "default", "siege", siege.ip, labels=[("run", "siege")]),
        PodView(
            order.id,
            "default",
            "order-6f-abc",
            order.ip,
            labels=[("app", "order"), ("version", "v1"), ("pod-template-hash", "6f")],
        ),
    ]
    backends = [Backend(order.ip, [(80, 8080, "TCP")], pod=order.id)]
    services = [
        ServiceView("default", name, ports=[ServicePort(80)], backends=backends)
        for name in ("order", "alias")
    ]
    room.runtime.network.set_view(NetworkView(services=services, pods=pods))


OUT = AccessLogEntry(
    "siege.default",
    "outbound",
    proxy_address="10.244.1.1",
    protocol="HTTP/1.1",
    method="GET",
    path="/orders",
    authority="order:80",
    code=200,
    upstream="10.244.1.2:8080",
    cluster="outbound|80||order.default.svc.cluster.local",
    upstream_principal="spiffe://cluster.local/ns/default/sa/order",
)
IN = AccessLogEntry(
    "order-6f-abc.default",
    "inbound",
    proxy_address="10.244.1.2",
    protocol="HTTP/1.1",
    method="GET",
    authority="alias:80",
    code=200,
    cluster="inbound|8080||",
    upstream="10.244.1.2:8080",
    source="10.244.1.1:40000",
    principal="spiffe://cluster.local/ns/default/sa/default",
    peer="siege.default",
    peer_address="10.244.1.1",
)


async def _made(entry: AccessLogEntry) -> ProxiedRequest:
    async with container_room() as room:
        await _room(room)
        found = proxied_request(room.runtime.network, entry)
        assert found is not None
        return found


async def test_both_proxies_report() -> None:
    client = await _made(OUT)
    assert (client.reporter, client.source.workload, client.destination.workload) == (
        "source",
        "siege",
        "order",
    )
    assert (client.destination.app, client.destination.version) == ("order", "v1")
    assert (client.service, client.service_name, client.service_namespace) == (
        "order.default.svc.cluster.local",
        "order",
        "default",
    )
    assert client.destination.principal == "spiffe://cluster.local/ns/default/sa/order"
    server = await _made(IN)
    assert (server.reporter, server.source.workload, server.mutual_tls) == ("destination", "siege", True)
    assert server.source.canonical_service == "siege"
    assert server.service_name == "alias"  # the Service that the client named, of those with this endpoint
    assert (await _made(replace(IN, authority="10.244.1.2:8080"))).service_name == "alias"


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (
            replace(OUT, cluster="PassthroughCluster", upstream="1.2.3.4:80", authority="example.com"),
            "PassthroughCluster",
        ),
        (replace(OUT, cluster="BlackHoleCluster", upstream="", code=502), "BlackHoleCluster"),
        (replace(OUT, cluster="", upstream="", flags="NR", code=404), "unknown"),
        (replace(OUT, cluster="outbound|443||api.example.com", upstream="1.2.3.4:443"), "api.example.com"),
    ],
)
async def test_what_is_no_service_of_the_cluster(entry: AccessLogEntry, name: str) -> None:
    made = await _made(entry)
    assert (made.service_name, made.destination) == (
        name,
        replace(NOBODY, principal=made.destination.principal),
    )


async def test_a_client_without_a_proxy_is_unknown() -> None:
    made = await _made(replace(IN, principal="", peer="", peer_address=""))
    assert (made.source, made.mutual_tls) == (NOBODY, False)
    assert (await _made(replace(OUT, method="", protocol=""))).protocol == "tcp"
    assert (await _made(replace(OUT, content_type="application/grpc+proto"))).protocol == "grpc"


async def test_reports_that_are_alike_are_counted_together() -> None:
    async with container_room() as room:
        await _room(room)
        network = room.runtime.network
        for entry in (OUT, replace(OUT, path="/other", duration=7), replace(OUT, code=503), IN):
            record_access(network, entry)
        text = network.proxy_metrics.text(next(pod for pod in network.index.pods if pod.startswith("siege")))
        totals = [
            line.rpartition(" ")[2] for line in text.splitlines() if line.startswith("istio_requests_total")
        ]
        assert totals == ["2", "1"]
        network.index.pods.clear()  # what is known of the ends changes with the cluster
        network.index.generation += 1
        record_access(network, OUT)
        assert 'source_workload="unknown"' in network.proxy_metrics.text(
            network.pod_at("10.244.1.1").config.uid
        )  # type: ignore[union-attr]
