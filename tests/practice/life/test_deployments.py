"""Deployments and ReplicaSets, as kubectl rollout reads them."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.controllers.object_helpers import condition, going, holds, is_ready


def deployment(
    name: str = "web", replicas: int = 1, image: str = "nginx:1.25", **spec: Any
) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"containers": [{"name": name, "image": image}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            **spec,
        },
    }


def set_image(image: str) -> Any:
    return lambda obj: obj["spec"]["template"]["spec"]["containers"][0].update(image=image)


def complete(world: Any, name: str = "web") -> bool:
    """What `kubectl rollout status` waits for."""
    found = world.get("deployments.apps", name)
    status, wanted = found.get("status", {}), found["spec"]["replicas"]
    return (
        status.get("observedGeneration", 0) >= found["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
    )


def progressing(world: Any) -> str:
    """Why the Deployment is where it is."""
    return (condition(world.get("deployments.apps", "web"), "Progressing") or {"reason": ""})["reason"]


def images(world: Any) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in world.pods(app="web") if not going(pod)}


def revisions(world: Any) -> dict[str, str]:
    """Image by revision, as `kubectl rollout history` finds it."""
    return {
        rs["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: rs["spec"]["template"]["spec"][
            "containers"
        ][0]["image"]
        for rs in world.store.list("replicasets.apps", "default")
    }


async def test_a_new_deployment_becomes_ready_and_says_so(world):
    world.create("deployments.apps", deployment(replicas=2))
    await world.until(lambda: complete(world))
    found = world.get("deployments.apps", "web")
    assert [c["type"] for c in found["status"]["conditions"]] == ["Available", "Progressing"]
    assert condition(found, "Available")["reason"] == "MinimumReplicasAvailable"
    progressing = condition(found, "Progressing")
    assert progressing["reason"] == "NewReplicaSetAvailable"
    rs = world.store.list("replicasets.apps", "default")[0]["metadata"]["name"]
    assert progressing["message"] == f'ReplicaSet "{rs}" has successfully progressed.'
    assert re.fullmatch(r"web-[bcdfghjklmnpqrstvwxz2456789]{9,10}", rs)
    for pod in world.pods(app="web"):
        assert re.fullmatch(rf"{rs}-[bcdfghjklmnpqrstvwxz2456789]{{5}}", pod["metadata"]["name"])
        assert pod["metadata"]["labels"]["pod-template-hash"] == rs.removeprefix("web-")
    assert world.events("ScalingReplicaSet") == [f"Scaled up replica set {rs} from 0 to 2"]
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"


async def test_a_rollout_keeps_to_surge_and_unavailable(world):
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    world.create("deployments.apps", deployment(replicas=4, strategy=rolling))
    await world.until(lambda: complete(world))
    seen: list[tuple[int, int]] = []

    def look(change: Any) -> None:
        if change.key.resource == "pods" and change.key.namespace == "default":
            live = [pod for pod in world.pods(app="web") if not going(pod)]
            seen.append((len(live), sum(is_ready(pod) for pod in live)))

    world.store.subscribe(look)
    world.edit("deployments.apps", "web", set_image("nginx:1.26"))
    await world.until(lambda: complete(world) and images(world) == {"nginx:1.26"})
    assert max(total for total, _ in seen) == 5
    assert min(ready for _, ready in seen) >= 4
    assert revisions(world) == {"1": "nginx:1.25", "2": "nginx:1.26"}


async def test_undo_takes_the_old_replica_set_as_a_new_revision(world):
    world.create("deployments.apps", deployment(replicas=2))
    await world.until(lambda: complete(world))
    world.edit("deployments.apps", "web", set_image("nginx:1.26"))
    await world.until(lambda: complete(world) and images(world) == {"nginx:1.26"})
    world.edit("deployments.apps", "web", set_image("nginx:1.25"))
    await world.until(lambda: complete(world) and images(world) == {"nginx:1.25"})
    assert revisions(world) == {"2": "nginx:1.26", "3": "nginx:1.25"}
    again = next(
        rs
        for rs in world.store.list("replicasets.apps", "default")
        if rs["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    )
    assert again["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


async def test_recreate_lets_the_old_pods_go_first(world):
    world.create("deployments.apps", deployment(replicas=3, strategy={"type": "Recreate"}))
    await world.until(lambda: complete(world))
    mixed = []

    def look(change: Any) -> None:
        if change.key.resource == "pods":
            mixed.append({pod["spec"]["containers"][0]["image"] for pod in world.pods(app="web")})

    world.store.subscribe(look)
    world.edit("deployments.apps", "web", set_image("nginx:1.26"))
    await world.until(lambda: complete(world) and images(world) == {"nginx:1.26"})
    assert {"nginx:1.25", "nginx:1.26"} not in mixed


async def test_a_paused_deployment_waits_but_still_scales(world):
    world.create("deployments.apps", deployment(replicas=1))
    await world.until(lambda: complete(world))
    world.edit("deployments.apps", "web", lambda obj: obj["spec"].update(paused=True))
    await world.until(lambda: progressing(world) == "DeploymentPaused")
    world.edit("deployments.apps", "web", set_image("nginx:1.26"))
    world.edit("deployments.apps", "web", lambda obj: obj["spec"].update(replicas=3))
    await world.until(lambda: len(world.pods(app="web")) == 3)
    assert images(world) == {"nginx:1.25"}
    world.edit("deployments.apps", "web", lambda obj: obj["spec"].pop("paused"))
    await world.until(lambda: complete(world) and images(world) == {"nginx:1.26"})


async def test_a_broken_image_stops_the_rollout_at_its_limits(world):
    world.create("deployments.apps", deployment(replicas=4))
    await world.until(lambda: complete(world))
    world.edit("deployments.apps", "web", set_image("nginx:1.999"))
    await world.until(lambda: "ImagePullBackOff" in str(world.pods(app="web")))
    found = world.get("deployments.apps", "web")
    assert found["status"]["availableReplicas"] == 3
    assert holds(found, "Available")
    world.edit("deployments.apps", "web", set_image("nginx:1.25"))
    await world.until(lambda: complete(world) and images(world) == {"nginx:1.25"})


async def test_no_progress_within_the_deadline_is_reported(world):
    world.create("deployments.apps", deployment(image="nginx:broken", progressDeadlineSeconds=1))
    await world.until(lambda: progressing(world) == "ProgressDeadlineExceeded")
    message = condition(world.get("deployments.apps", "web"), "Progressing")
    assert message["status"] == "False"
    assert message["message"].endswith("has timed out progressing.")


async def test_deleting_a_deployment_takes_everything_with_it(world):
    world.create("deployments.apps", deployment(replicas=3))
    await world.until(lambda: complete(world))
    world.delete("deployments.apps", "web")
    await world.until(lambda: not world.pods(app="web"))
    assert not world.store.list("replicasets.apps", "default")


async def test_orphans_stay_and_are_taken_in_again(world):
    world.create("deployments.apps", deployment(replicas=2))
    await world.until(lambda: complete(world))
    before = {pod["metadata"]["uid"] for pod in world.pods(app="web")}
    world.delete("deployments.apps", "web", propagation="Orphan")
    await world.until(lambda: world.find("deployments.apps", "web") is None)
    rs = world.store.list("replicasets.apps", "default")[0]
    assert "ownerReferences" not in rs["metadata"]
    world.create("deployments.apps", deployment(replicas=2))
    await world.until(lambda: complete(world))
    assert {pod["metadata"]["uid"] for pod in world.pods(app="web")} == before


async def test_foreground_deletion_ends_with_the_owner(world):
    world.create("deployments.apps", deployment(replicas=2))
    await world.until(lambda: complete(world))
    order = []

    def look(change: Any) -> None:
        if change.type == "DELETED" and change.key.namespace == "default":
            order.append(change.key.resource)

    world.store.subscribe(look)
    world.delete("deployments.apps", "web", propagation="Foreground")
    await world.until(lambda: world.find("deployments.apps", "web") is None)
    gone = [resource for resource in order if resource != "events"]
    assert gone == ["pods", "pods", "replicasets.apps", "deployments.apps"]


async def test_a_deleted_pod_comes_back(world):
    world.create("deployments.apps", deployment(replicas=1))
    await world.until(lambda: complete(world))
    first = world.pods(app="web")[0]["metadata"]["name"]
    world.delete("pods", first)
    await world.until(lambda: world.find("pods", first) is None and complete(world))
    assert len(world.pods(app="web")) == 1


async def test_old_words_of_scaling_in_old_versions(alive):
    async with alive(version="1.22") as world:
        world.create("deployments.apps", deployment(replicas=2))
        await world.until(lambda: complete(world))
        rs = world.store.list("replicasets.apps", "default")[0]["metadata"]["name"]
        assert world.events("ScalingReplicaSet") == [f"Scaled up replica set {rs} to 2"]


async def test_a_service_account_that_is_missing_is_reported(world):
    made = deployment()
    made["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    world.create("deployments.apps", made)
    await world.until(lambda: condition(world.get("deployments.apps", "web"), "ReplicaFailure"))
    assert 'serviceaccount "nobody" not found' in world.events("FailedCreate")[0]
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "nobody", "namespace": "default"},
    }
    world.create("serviceaccounts", account)
    await world.until(lambda: complete(world))
    assert condition(world.get("deployments.apps", "web"), "ReplicaFailure") is None
