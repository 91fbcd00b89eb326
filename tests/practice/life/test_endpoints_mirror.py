"""Endpoints made by hand are seen as EndpointSlices, and slices made by hand stay as they are."""

from __future__ import annotations

from typing import Any

SLICES = "endpointslices.discovery.k8s.io"


def service(**spec: Any) -> dict[str, Any]:
    ports = [{"name": "db", "port": 5432, "targetPort": 5432, "protocol": "TCP"}]
    meta = {"name": "db", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": ports, **spec}}


def endpoints(*ips: str, **meta: Any) -> dict[str, Any]:
    subset = {"addresses": [{"ip": ip} for ip in ips], "ports": [{"name": "db", "port": 5432}]}
    message = {"name": "db", "namespace": "default", **meta}
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": message, "subsets": [subset]}


def mirrored(world: Any) -> list[dict[str, Any]]:
    found = []
    for each in world.store.list(SLICES, "default"):
        labels = each["metadata"].get("labels") or {}
        if labels.get("kubernetes.io/service-name") == "db":
            found.append(each)
    return found


def addresses(found: list[dict[str, Any]]) -> list[str]:
    return [ip for each in found for one in each["endpoints"] or () for ip in one["addresses"]]


async def test_endpoints_made_by_hand_are_mirrored_as_they_change(world):
    world.create("services", service())
    world.create("endpoints", endpoints("10.1.0.7", labels={"app": "db"}))
    await world.until(lambda: addresses(mirrored(world)) == ["10.1.0.7"])
    (made,) = mirrored(world)
    meta = made["metadata"]
    assert meta["name"].startswith("db-")
    assert meta["labels"] == {
        "app": "db",
        "kubernetes.io/service-name": "db",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    }
    assert [(one["kind"], one["name"]) for one in meta["ownerReferences"]] == [("Endpoints", "db")]
    assert made["ports"] == [{"name": "db", "port": 5432, "protocol": "TCP"}]
    assert made["addressType"] == "IPv4"
    assert made["endpoints"][0]["conditions"] == {"ready": True}

    def another(obj: dict[str, Any]) -> None:
        obj["subsets"][0]["notReadyAddresses"] = [{"ip": "10.1.0.8"}]

    world.edit("endpoints", "db", another)
    await world.until(lambda: addresses(mirrored(world)) == ["10.1.0.7", "10.1.0.8"])
    (changed,) = mirrored(world)
    assert changed["metadata"]["uid"] == meta["uid"]
    assert changed["endpoints"][1]["conditions"] == {"ready": False}
    world.delete(SLICES, meta["name"])
    await world.until(lambda: len(addresses(mirrored(world))) == 2)
    world.delete("endpoints", "db")
    await world.until(lambda: mirrored(world) == [])


async def test_what_is_not_mirrored(world):
    world.create("services", service(selector={"app": "db"}))
    await world.until(lambda: len(mirrored(world)) == 1)
    world.create(
        "endpoints",
        endpoints("10.1.0.9", name="lone", labels={"endpointslice.kubernetes.io/skip-mirror": "true"}),
    )
    world.create("services", {**service(), "metadata": {"name": "lone", "namespace": "default"}})
    await world.until(lambda: world.control_plane.idle)
    managers = {
        (each["metadata"].get("labels") or {}).get("endpointslice.kubernetes.io/managed-by")
        for each in world.store.list(SLICES)
    }
    assert "endpointslicemirroring-controller.k8s.io" not in managers


async def test_slices_made_by_hand_need_no_endpoints_and_stay(world):
    world.create("services", service())
    made = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "by-hand",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "db"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.1.0.7"]}],
        "ports": [{"name": "db", "port": 5432}],
    }
    world.create(SLICES, made)
    await world.until(lambda: world.control_plane.idle)
    assert addresses(mirrored(world)) == ["10.1.0.7"]
    assert world.find("endpoints", "db") is None
