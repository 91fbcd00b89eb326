"""Claims and volumes in use outlive their deletion."""

from __future__ import annotations

from typing import Any

CLAIM = {
    "metadata": {"name": "data", "namespace": "default", "finalizers": ["kubernetes.io/pvc-protection"]},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
POD = {
    "metadata": {"name": "user", "namespace": "default"},
    "spec": {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "c", "image": "nginx:1.25"}],
        "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}],
    },
}


async def test_a_claim_goes_when_its_pod_is_gone(world: Any) -> None:
    world.create("persistentvolumeclaims", CLAIM)
    world.create("pods", POD)
    await world.until(lambda: world.get("pods", "user").get("status", {}).get("phase") == "Running")
    world.delete("persistentvolumeclaims", "data")
    assert "deletionTimestamp" in world.get("persistentvolumeclaims", "data")["metadata"]
    world.delete("pods", "user")
    await world.until(lambda: world.find("persistentvolumeclaims", "data") is None)
    await world.until(lambda: not world.store.list("persistentvolumes"))


async def test_what_nobody_uses_goes_at_once(world: Any) -> None:
    world.create("persistentvolumeclaims", CLAIM)
    await world.until(lambda: world.get("persistentvolumeclaims", "data")["status"].get("phase") == "Bound")
    world.delete("persistentvolumeclaims", "data")
    await world.until(lambda: world.find("persistentvolumeclaims", "data") is None)
