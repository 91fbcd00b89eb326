"""Who reaches whom: Services, nodes, pods, loopback, and how it fails."""

from __future__ import annotations

import time

import pytest

from runner.practice.containers.cluster_view import Backend, PodPort, ServicePort
from runner.practice.containers.lab_pages import Page, as_plain
from runner.practice.containers.network_messages import ConnectError, Request, ResolveError
from runner.practice.containers.pod_sandbox import AddressInUse, PodSandbox
from tests.practice.network.small_cluster import SmallCluster


@pytest.fixture
def cluster() -> SmallCluster:
    return SmallCluster()


async def failure(cluster: SmallCluster, source: PodSandbox | None, host: str, port: int = 80) -> str:
    with pytest.raises(ConnectError) as error:
        await cluster.get(source, host, port)
    return error.value.failure


async def test_a_service_is_reached_by_every_form_of_its_name_and_balances(cluster):
    client, first, second = cluster.pod("client"), cluster.pod("first"), cluster.pod("second")
    for pod in (first, second):
        cluster.serve(pod, 8080)
    cluster.service("web", first, second)
    for name in ("web", "web.default", "web.default.svc", "web.default.svc.cluster.local.", "10.96.1.1"):
        assert (await cluster.get(client, name)).endswith(client.config.ip)
    seen = {await cluster.get(client, "web") for _ in range(60)}
    assert seen == {f"first {client.config.ip}", f"second {client.config.ip}"}


async def test_what_does_not_answer_fails_as_it_would(cluster):
    client, web = cluster.pod("client"), cluster.pod("web")
    cluster.serve(web, 8080)
    cluster.service("web", web)
    cluster.service("empty")
    cluster.service("wrong", web, target=9999)
    assert await failure(cluster, client, "nowhere") == "unknown host"
    assert await failure(cluster, client, "example.com") == "unknown host"
    assert await failure(cluster, client, "empty") == "refused"
    assert await failure(cluster, client, "wrong") == "refused"
    assert await failure(cluster, client, "web", 81) == "timed out"  # no rule takes the packet
    assert await failure(cluster, client, web.config.ip, 81) == "refused"
    assert await failure(cluster, client, "8.8.8.8", 53) == "timed out"
    del cluster.pods[web.config.uid]
    assert (
        await failure(cluster, client, web.config.ip, 8080) == "timed out"
    )  # sooner than "no route" is known
    with pytest.raises(ConnectError) as error:
        await cluster.network.request(client, "web", 80, Request("GET", "/"), timeout=9)
    assert error.value.failure == "no route" and error.value.address == "10.96.1.1"


async def test_loopback_is_the_pods_own_and_local_listeners_stay_there(cluster):
    pod, other = cluster.pod("pod"), cluster.pod("other")
    cluster.serve(pod, 8080)
    cluster.serve(pod, 3306, local=True)
    assert await cluster.get(pod, "localhost", 8080) == "pod 127.0.0.1"
    assert await cluster.get(pod, "127.0.0.1", 3306) == "pod 127.0.0.1"
    assert await cluster.get(pod, "pod", 8080) == f"pod {pod.config.ip}"
    assert await failure(cluster, other, "localhost", 8080) == "refused"
    assert await failure(cluster, other, pod.config.ip, 3306) == "refused"


async def test_nodes_answer_node_ports_host_ports_and_what_listens_in_their_network(cluster):
    client, web = cluster.pod("client"), cluster.pod("web")
    agent = cluster.pod("agent", node="worker2", host_network=True)
    mapped = cluster.pod("mapped", ports=(PodPort(8080, host_port=8888),))
    for pod, port in ((web, 8080), (agent, 9100), (mapped, 8080)):
        cluster.serve(pod, port)
    cluster.service("web", web, node_port=30080)
    for node in ("172.18.0.2", "172.18.0.3", "172.18.0.4"):
        assert (await cluster.get(client, node, 30080)).startswith("web")
    assert (await cluster.get(client, "172.18.0.3", 8888)).startswith("mapped")
    assert await failure(cluster, client, "172.18.0.4", 8888) == "refused"
    assert (await cluster.get(client, "172.18.0.4", 9100)).startswith("agent")
    assert await failure(cluster, client, "172.18.0.3", 9100) == "refused"
    with pytest.raises(AddressInUse):
        cluster.serve(cluster.pod("agent2", node="worker2", host_network=True), 9100)


async def test_traffic_policies_keep_to_the_node(cluster):
    here, there = cluster.pod("here", node="worker"), cluster.pod("there", node="worker2")
    web = cluster.pod("web", node="worker")
    cluster.serve(web, 8080)
    cluster.service("web", web, internal_local=True)
    cluster.service("out", web, external_local=True, node_port=30080)
    assert (await cluster.get(here, "web")).startswith("web")
    assert await failure(cluster, there, "web") == "timed out"
    assert (await cluster.get(there, "172.18.0.4", 30080)).startswith("web")  # pods reach all endpoints
    assert await failure(cluster, None, "172.18.0.4", 30080) == "timed out"
    assert (await cluster.get(None, "172.18.0.3", 30080)).startswith("web")


async def test_session_affinity_stays_with_one_pod(cluster):
    client = cluster.pod("client")
    pods = [cluster.pod(f"web{number}") for number in range(4)]
    for pod in pods:
        cluster.serve(pod, 8080)
    cluster.service("web", *pods, session_affinity=True)
    assert len({await cluster.get(client, "web") for _ in range(30)}) == 1


async def test_an_endpoint_that_ends_is_taken_where_none_is_ready(cluster):
    client, old, new = cluster.pod("client"), cluster.pod("old"), cluster.pod("new")
    cluster.serve(old, 8080)
    cluster.serve(new, 8080)
    ports = ((80, 8080, "TCP"),)
    ending = Backend(old.config.ip, ports, ready=False)
    cluster.service("web", backends=(ending,))
    cluster.service("both", backends=(ending, Backend(new.config.ip, ports)))
    assert (await cluster.get(client, "web")).startswith("old")
    assert {(await cluster.get(client, "both"))[:3] for _ in range(20)} == {"new"}


async def test_load_balancers_answer_pods_too(cluster):
    client, web = cluster.pod("client"), cluster.pod("web")
    cluster.serve(web, 8080)
    cluster.service("web", web, external_ips=("127.70.1.9",))
    assert (await cluster.get(client, "127.70.1.9")).startswith("web")
    assert await cluster.get(None, "127.70.1.9") == "web "


async def test_names_time_out_where_no_dns_pod_is_ready(cluster):
    client, web = cluster.pod("client"), cluster.pod("web")
    cluster.serve(web, 8080)
    cluster.service("web", web)
    dns = cluster.network.index.services["kube-system", "kube-dns"]
    cluster._services[0] = type(dns)(dns.namespace, dns.name, dns.cluster_ip, dns.ports, ())
    cluster.show()
    with pytest.raises(ResolveError) as error:
        await cluster.network.resolve(client, "web", timeout=0.01)
    assert error.value.failure == "timed out"
    assert (await cluster.get(client, "10.96.1.1")).startswith("web")


async def test_a_pods_resolv_conf_and_hosts_decide(cluster):
    alone = cluster.pod("alone", resolv_conf="nameserver 10.96.0.10\noptions ndots:1\n")
    aliased = cluster.pod("aliased", host_aliases={"10.1.2.3": ["foo.local", "bar"]})
    web = cluster.pod("web")
    cluster.service("web", web)
    assert await failure(cluster, alone, "web") == "unknown host"
    assert await cluster.network.resolve(alone, "web.default.svc.cluster.local") == ["10.96.1.1"]
    assert await cluster.network.resolve(aliased, "bar") == ["10.1.2.3"]
    outside = cluster.pod("outside", resolv_conf="nameserver 172.18.0.1\n")
    assert await failure(cluster, outside, "web") == "unknown host"


async def test_udp_and_tcp_are_ports_of_their_own(cluster):
    client, web = cluster.pod("client"), cluster.pod("web")
    cluster.serve(web, 53, udp=True)
    cluster.service(
        "udp", ports=(ServicePort(53, "dns", "UDP"),), backends=(Backend(web.config.ip, ((53, 53, "UDP"),)),)
    )
    found = await cluster.network.connect(client, "udp", 53, udp=True)
    assert found.listener.udp
    assert await failure(cluster, client, web.config.ip, 53) == "refused"


async def test_a_connection_is_cheap(cluster):
    client = cluster.pod("client")
    pods = [cluster.pod(f"web{number}") for number in range(200)]
    for pod in pods:
        cluster.serve(pod, 8080)
    cluster.service("web", *pods[:3])
    cluster.policy(podSelector={"matchLabels": {"app": "web0"}}, ingress=[{}])
    await cluster.get(client, "web")
    began = time.process_time()
    for _ in range(2000):
        await cluster.get(client, "web")
    assert time.process_time() - began < 1.0  # half a millisecond each would be too much for siege -c20


async def test_a_lab_s_page_answers_for_its_service(cluster, tmp_path):
    client, kiali = cluster.pod("client"), cluster.pod("kiali")
    cluster.service("kiali", kiali, port=20001)
    (tmp_path / "kiali.html").write_text("<h1>Kiali</h1>", encoding="utf-8")
    cluster.pages = [as_plain(Page("kiali", path="/kiali", file=tmp_path / "kiali.html"))]
    cluster.show()
    asked = Request("GET", "/kiali/console")
    answer = await cluster.network.request(client, "kiali", 20001, asked, timeout=0.01)
    assert (answer.status, answer.body) == (200, b"<h1>Kiali</h1>")
    assert answer.header("X-Labgate-Practice") == "stand-in"
    other = await cluster.network.request(client, "kiali", 20001, Request("GET", "/x"), timeout=0.01)
    assert other.status == 404
