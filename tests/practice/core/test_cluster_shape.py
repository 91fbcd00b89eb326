"""Nodes and the range of the Services' addresses."""

from __future__ import annotations

import json
from ipaddress import IPv4Network

import pytest

from runner.practice import process
from runner.practice.cluster import PracticeCluster
from runner.practice.cluster_shape import (
    Shape,
    ShapeError,
    ShapeOptions,
    read_nodes,
    read_service_cidr,
    read_version,
)
from runner.practice.kinds.service_addresses import allocate
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Key

SMALL = IPv4Network("10.0.0.0/28")


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (0, []),
        (1, ["practice-control-plane"]),
        (4, ["practice-control-plane", "practice-worker", "practice-worker2", "practice-worker3"]),
    ],
)
async def test_nodes(count, names):
    async with PracticeCluster("shape", speed=50, nodes=count, service_cidr="10.0.0.0/24") as cluster:
        nodes = cluster.store.list("nodes")
        assert [node["metadata"]["name"] for node in nodes] == names
        tainted = [node["metadata"]["name"] for node in nodes if node["spec"].get("taints")]
        assert tainted == (names[:1] if count > 1 else [])
        service = cluster.store.get(Key("services", "default", "kubernetes"))
        assert service["spec"]["clusterIP"] == "10.0.0.1"
        assert bool(cluster.store.list("deployments.apps")) is (count > 0)


async def test_addresses_are_given_until_the_range_is_full():
    async with PracticeCluster("shape", speed=50, nodes=0, service_cidr=str(SMALL)) as cluster:
        for number in range(13):  # 14 addresses, one of which the Service kubernetes has
            wanted = {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": f"s{number}", "namespace": "default"},
                "spec": {"type": "ClusterIP"},
            }
            cluster.store.create("services", allocate(cluster.store.list, wanted, None, addresses=SMALL))
        given = {service["spec"]["clusterIP"] for service in cluster.store.list("services")}
        assert given == {str(address) for address in SMALL.hosts()}
        with pytest.raises(ApiError, match="failed to allocate a serviceIP: range is full"):
            allocate(cluster.store.list, {**wanted, "metadata": {"name": "more"}}, None, addresses=SMALL)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path))
    yield tmp_path
    process.stop("old")


def test_a_cluster_keeps_what_it_was_made_as(home):
    process.start("old", "1.32", owner=True, options=ShapeOptions("1.22", 0, "10.0.0.0/24"))
    made = Shape("1.22", 0, "10.0.0.0/24")
    assert process.shape_of("old") == made
    process.start("old", "1.32", options=ShapeOptions("1.22"))  # as it is
    with pytest.raises(process.PracticeError, match=r"reset old --kubernetes 1\.30 --nodes 1"):
        process.start("old", options=ShapeOptions("1.30", 1))
    process.stop("old")
    with pytest.raises(process.PracticeError, match="exists already"):
        process.start("old", options=ShapeOptions(service_cidr="10.0.0.0/25"))
    assert process.shape_of("old") == made

    process.reset("old", ShapeOptions(nodes=1))
    assert process.shape_of("old") == Shape("1.22", 1, "10.0.0.0/24")
    process.start("old", "1.32", owner=True)  # a lab's version does not go before a person's
    assert process.shape_of("old").version == "1.22"
    assert process.status("old").version == "1.22"


def test_a_cluster_of_an_earlier_release_goes_on(home):
    folder = process.folder_of("old")
    folder.mkdir(parents=True)
    (folder / process.SETTINGS).write_text(json.dumps({"version": "1.27", "pages": None}))
    assert process.shape_of("old") == Shape("1.27")


@pytest.mark.parametrize("given", ["1.18", "1.99", "latest", "2.30", "", "1.30.x", "1.2.3.4"])
def test_versions_that_no_cluster_has(given):
    with pytest.raises(ShapeError, match=r"1\.19 to 1\."):
        read_version(given)


@pytest.mark.parametrize(("given", "read"), [("v1.28", "1.28"), ("1.28.0", "1.28"), ("1.20.2", "1.20.2")])
def test_versions(given, read):
    assert read_version(given) == read


def test_numbers_of_nodes():
    assert [read_nodes(given) for given in (0, 50)] == [0, 50]
    for given in (-1, 51):
        with pytest.raises(ShapeError, match="0 to 50"):
            read_nodes(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("10.0.0.1", "not a range of IPv4 addresses"),
        ("fd00::/108", "not a range of IPv4 addresses"),
        ("10.0.0.0/33", "not a range of IPv4 addresses"),
        ("10.0.0.0/11", "from /12 to /28"),
        ("10.0.0.0/29", "from /12 to /28"),
        ("10.244.0.0/24", "the pods have 10.244.0.0/16"),
    ],
)
def test_ranges_that_no_services_have(given, message):
    with pytest.raises(ShapeError, match=message):
        read_service_cidr(given)


def test_a_range_is_known_by_its_network():
    assert read_service_cidr("10.0.0.7/24") == "10.0.0.0/24"


def test_a_lab_or_a_person_may_want_a_metrics_server(home):
    process.start("old", "1.32", metrics_server=True, owner=True)
    assert process.shape_of("old").metrics_server
    with pytest.raises(process.PracticeError, match=r"reset old --no-metrics-server"):
        process.start("old", options=ShapeOptions(metrics_server=False))
    process.stop("old")
    assert Shape.of({"version": "1.32"}).metrics_server is False
    assert "metrics server" in str(process.shape_of("old").summary())
