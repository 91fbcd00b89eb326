"""Cluster IPs, node ports, endpoints."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from runner.practice.cluster_shape import DEFAULT_ADDRESSES as CLUSTER_IPS
from runner.practice.kinds.service_addresses import NODE_PORTS, allocate
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Key, Object, Store


def service(name: str = "web", **spec: Any) -> Object:
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}]
    full = {"type": "ClusterIP", "ports": ports, **spec}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": full,
    }


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_cluster_ip_of_the_range(store):
    spec = allocate(store.list, service(), None)["spec"]
    assert ipaddress.ip_address(spec["clusterIP"]) in CLUSTER_IPS
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")


def test_old_clusters_report_no_families(store):
    assert "ipFamilies" not in allocate(store.list, service(), None, families=False)["spec"]


def test_headless_stays_headless(store):
    assert allocate(store.list, service(clusterIP="None"), None)["spec"]["clusterIPs"] == ["None"]


def test_the_input_is_left_alone(store):
    given = service(type="NodePort")
    allocate(store.list, given, None)
    assert "clusterIP" not in given["spec"]
    assert "nodePort" not in given["spec"]["ports"][0]


def test_a_taken_ip_is_refused(store):
    store.create("services", allocate(store.list, service(clusterIP="10.96.7.7"), None))
    with pytest.raises(ApiError) as caught:
        allocate(store.list, service("other", clusterIP="10.96.7.7"), None)
    assert caught.value.message == (
        'Service "other" is invalid: spec.clusterIPs: Invalid value: []string{"10.96.7.7"}: '
        "failed to allocate IP 10.96.7.7: provided IP is already allocated"
    )


def test_node_ports_come_stay_and_go(store):
    first = store.create("services", allocate(store.list, service(), None))
    node = {**first, "spec": {**first["spec"], "type": "NodePort"}}
    given = allocate(store.list, node, first)["spec"]
    port = given["ports"][0]["nodePort"]
    assert port in NODE_PORTS
    assert given["clusterIP"] == first["spec"]["clusterIP"]
    stored = store.update("services", {**first, "spec": given})
    # A client that applies its own manifest again sends neither of the two.
    again = allocate(store.list, service(type="NodePort"), stored)["spec"]
    assert (again["ports"][0]["nodePort"], again["clusterIP"]) == (port, first["spec"]["clusterIP"])
    back = allocate(store.list, {**stored, "spec": {**given, "type": "ClusterIP"}}, stored)["spec"]
    assert "nodePort" not in back["ports"][0]


def test_a_taken_or_odd_node_port_is_refused(store):
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30080}]
    store.create("services", allocate(store.list, service(type="NodePort", ports=ports), None))
    with pytest.raises(ApiError, match="30080: provided port is already allocated"):
        allocate(store.list, service("other", type="NodePort", ports=ports), None)
    odd = [{"port": 80, "nodePort": 80}]
    with pytest.raises(ApiError, match="The range of valid ports is 30000-32767"):
        allocate(store.list, service("other", type="NodePort", ports=odd), None)


def test_external_names_have_no_ip(store):
    first = store.create("services", allocate(store.list, service(), None))
    named = {**first, "spec": {**first["spec"], "type": "ExternalName", "externalName": "example.org"}}
    assert "clusterIP" not in allocate(store.list, named, first)["spec"]


def pod(name: str, **more: Any) -> Object:
    container = {"name": "web", "image": "nginx", "ports": [{"name": "web", "containerPort": 8080}]}
    meta = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container], **more}}


async def test_endpoints_follow_readiness(world):
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "web"}]
    world.faults.add("not-ready", "late")
    world.create("services", service(ports=ports, selector={"app": "web"}))
    world.create("pods", pod("early"))
    world.create("pods", pod("late"))

    def subsets() -> Any:
        return (world.find("endpoints", "web") or {}).get("subsets") or [{}]

    await world.until(lambda: subsets()[0].get("addresses") and subsets()[0].get("notReadyAddresses"))
    (subset,) = subsets()
    assert subset["addresses"][0]["targetRef"]["name"] == "early"
    assert subset["notReadyAddresses"][0]["targetRef"]["name"] == "late"
    assert subset["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    (found,) = world.store.list("endpointslices.discovery.k8s.io", "default")[1:]
    assert [e["conditions"]["ready"] for e in found["endpoints"]] == [True, False]
    assert found["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert found["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    world.faults.clear()
    await world.until(lambda: len(subsets()[0].get("addresses") or ()) == 2)
    world.delete("pods", "early")
    await world.until(lambda: len(subsets()[0].get("addresses") or ()) == 1)


async def test_endpoints_go_with_their_service(world):
    world.create("services", service(selector={"app": "web"}))
    await world.until(lambda: world.find("endpoints", "web"))
    assert "subsets" not in world.get("endpoints", "web")
    world.delete("services", "web")

    def left() -> list[str]:
        slices = world.store.list("endpointslices.discovery.k8s.io", "default")
        return [s["metadata"]["name"] for s in slices if s["metadata"]["name"] != "kubernetes"]

    await world.until(lambda: world.find("endpoints", "web") is None and not left())


async def test_no_selector_leaves_endpoints_to_people(world):
    world.create("services", service())
    await world.until(lambda: world.control_plane.idle)
    assert world.find("endpoints", "web") is None


async def test_a_deleted_endpoints_object_comes_back(world):
    world.create("services", service(selector={"app": "web"}))
    first = await world.until(lambda: world.find("endpoints", "web"))
    world.store.delete(Key("endpoints", "default", "web"))
    await world.until(
        lambda: (world.find("endpoints", "web") or first)["metadata"]["uid"] != first["metadata"]["uid"]
    )
