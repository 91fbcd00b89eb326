"""Names as CoreDNS serves them."""

from __future__ import annotations

import pytest

from runner.practice.containers.cluster_dns import Answer
from runner.practice.containers.cluster_view import Backend, ServicePort
from tests.practice.network.small_cluster import SmallCluster


@pytest.fixture
def cluster() -> SmallCluster:
    made = SmallCluster()
    made.service("web")
    ports = ((80, 8080, "TCP"),)
    backends = (
        Backend("10.244.1.7", ports, hostname="db-0"),
        Backend("10.244.1.8", ports),
        Backend("10.244.1.9", ports, ready=False),
    )
    made.service("db", cluster_ip="None", backends=backends)
    made.service("nobody", cluster_ip="None")
    made.service("alias", cluster_ip="", external_name="web.default.svc.cluster.local")
    made.service("away", cluster_ip="", external_name="www.example.com")
    made.service("a", cluster_ip="", external_name="b.default.svc.cluster.local")
    made.service("b", cluster_ip="", external_name="a.default.svc.cluster.local")
    return made


def ask(cluster: SmallCluster, name: str, type_: str = "A") -> Answer:
    return cluster.network.dns.query(name, type_)


@pytest.mark.parametrize(
    ("name", "code", "addresses"),
    [
        ("web.default.svc.cluster.local", "NOERROR", {"10.96.1.1"}),
        ("WEB.default.svc.cluster.local.", "NOERROR", {"10.96.1.1"}),
        ("db.default.svc.cluster.local", "NOERROR", {"10.244.1.7", "10.244.1.8"}),
        ("db-0.db.default.svc.cluster.local", "NOERROR", {"10.244.1.7"}),
        ("10-244-1-8.db.default.svc.cluster.local", "NOERROR", {"10.244.1.8"}),
        ("db-1.db.default.svc.cluster.local", "NXDOMAIN", set()),
        ("nobody.default.svc.cluster.local", "NXDOMAIN", set()),
        ("missing.default.svc.cluster.local", "NXDOMAIN", set()),
        ("default.svc.cluster.local", "NOERROR", set()),
        ("svc.cluster.local", "NOERROR", set()),
        ("10-244-1-200.default.pod.cluster.local", "NOERROR", {"10.244.1.200"}),
        ("10-244-1-200.nowhere.pod.cluster.local", "NXDOMAIN", set()),
        ("web.default.svc.cluster.local.default.svc.cluster.local", "NXDOMAIN", set()),
        ("alias.default.svc.cluster.local", "NOERROR", {"10.96.1.1"}),
        ("www.example.com", "NXDOMAIN", set()),
    ],
)
def test_addresses(cluster, name, code, addresses):
    answer = ask(cluster, name)
    assert (answer.code, set(answer.addresses)) == (code, addresses)


def test_other_types(cluster):
    assert ask(cluster, "web.default.svc.cluster.local", "AAAA") == Answer(
        "web.default.svc.cluster.local", "NOERROR"
    )
    away = ask(cluster, "away.default.svc.cluster.local")
    assert [(each.type, each.data) for each in away.records] == [("CNAME", "www.example.com.")]
    named = ask(cluster, "_http._tcp.db.default.svc.cluster.local", "SRV")
    assert {each.data for each in named.records} == {
        "0 50 8080 db-0.db.default.svc.cluster.local.",
        "0 50 8080 10-244-1-8.db.default.svc.cluster.local.",
    }
    (found,) = ask(cluster, "1.1.96.10.in-addr.arpa", "PTR").records
    assert found.data == "web.default.svc.cluster.local."
    (found,) = ask(cluster, "7.1.244.10.in-addr.arpa", "PTR").records
    assert found.data == "db-0.db.default.svc.cluster.local."


def test_aliases_that_lead_to_each_other_end(cluster):
    answer = ask(cluster, "a.default.svc.cluster.local")
    assert not answer.addresses and len(answer.records) <= 8


def test_a_service_port_has_the_protocol_of_its_name(cluster):
    cluster.service("two", cluster_ip="10.96.9.9", ports=(ServicePort(53, "dns", "UDP"),))
    assert ask(cluster, "_dns._udp.two.default.svc.cluster.local", "SRV").records
    assert ask(cluster, "_dns._tcp.two.default.svc.cluster.local", "SRV").code == "NXDOMAIN"
