"""What the runtime is told of the cluster's objects, and how much of it."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.containers.cluster_index import ClusterIndex
from runner.practice.containers.cluster_view import NetworkChange
from runner.practice.machinery.store import Key, Object
from runner.practice.node.network_watcher import NetworkWatcher
from tests.practice.life.conftest import living


class Told:
    """Stands for a runtime that runs."""

    runs = prepared = True

    def __init__(self) -> None:
        self.changes: list[NetworkChange] = []
        self.index = ClusterIndex()

    async def change_network(self, change: NetworkChange) -> None:
        self.changes.append(change)
        self.index.change(change)
        self.index.refresh()


def pod(name: str, **spec: Any) -> Object:
    container = {"name": "c", "image": "nginx", "ports": [{"containerPort": 8080, "name": "http"}]}
    meta = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [container], **spec},
    }


def service(name: str = "web", **spec: Any) -> Object:
    ports = [{"port": 80, "targetPort": "http", "name": "http"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": ports, **spec},
    }


@pytest.mark.parametrize("version", ["1.19", "1.32"])
async def test_services_follow_readiness_and_only_what_changed_is_sent(version):
    async with living(version=version) as world:
        told = Told()
        watcher = NetworkWatcher(world.control_plane.context, told)
        watcher.start("127.0.0.1:6443")
        world.create("services", service())
        world.create("services", service("headless", clusterIP="None", publishNotReadyAddresses=True))
        world.create("pods", pod("a", hostname="a", subdomain="headless"))
        web = ("default", "web")
        await world.until(lambda: web in told.index.services and told.index.services[web].backends)
        (backend,) = told.index.services[web].backends
        assert backend.ports == [(80, 8080, "TCP")] and backend.ready
        await world.until(lambda: told.index.services["default", "headless"].backends)
        assert told.index.services["default", "headless"].backends[0].hostname == "a"
        assert told.index.parts.api_server == "127.0.0.1:6443"
        assert {name for name, _ in told.index.parts.nodes} >= {"practice-worker"}
        await watcher.up_to_date()
        world.store.delete(Key("services", "default", "web"))
        await world.until(lambda: web not in told.index.services)
        last = told.changes[-1]
        assert (last.services_gone, last.parts) == ([web], None)
        assert all(each.name != "headless" for each in last.services)
        assert all(each.name != "a" for each in last.pods)
        world.store.delete(Key("pods", "default", "a"), grace=0)
        await world.until(lambda: all(each.name != "a" for each in told.index.pods.values()))
        watcher.stop()


async def test_endpoints_made_by_hand_are_backends():
    async with living() as world:
        told = Told()
        watcher = NetworkWatcher(world.control_plane.context, told)
        watcher.start("")
        made = service("outside")
        del made["spec"]["selector"]
        world.create("services", made)
        subsets = [{"addresses": [{"ip": "10.244.9.9"}], "ports": [{"name": "http", "port": 9376}]}]
        world.create(
            "endpoints",
            {
                "apiVersion": "v1",
                "kind": "Endpoints",
                "metadata": {"name": "outside", "namespace": "default"},
                "subsets": subsets,
            },
        )
        at = ("default", "outside")
        await world.until(lambda: at in told.index.services and told.index.services[at].backends)
        (backend,) = told.index.services[at].backends
        assert (backend.ip, backend.ports) == ("10.244.9.9", [(80, 9376, "TCP")])
        watcher.stop()
