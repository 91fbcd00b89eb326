"""Whatever is done to workloads in whatever order, they end up as asked, and leave nothing behind."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.practice.controllers.object_helpers import controller_of, going, is_ready
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Key, Object

NAMES = ("one", "two")
IMAGES = ("nginx:1.25", "nginx:1.26", "nginx:1.999")
KINDS = {
    "deployments.apps": "Deployment",
    "statefulsets.apps": "StatefulSet",
    "replicasets.apps": "ReplicaSet",
}

names = st.sampled_from(NAMES)
resources = st.sampled_from(sorted(KINDS))
sizes = st.integers(0, 4)
steps = st.one_of(
    st.tuples(st.just("create"), resources, names, sizes, st.sampled_from(IMAGES)),
    st.tuples(st.just("scale"), resources, names, sizes, st.none()),
    st.tuples(st.just("image"), resources, names, st.none(), st.sampled_from(IMAGES)),
    st.tuples(st.just("delete"), resources, names, st.none(), st.sampled_from(["Background", "Foreground"])),
    st.tuples(st.just("pause"), st.just("deployments.apps"), names, st.booleans(), st.none()),
    st.tuples(st.just("kill"), resources, names, st.none(), st.none()),
    st.tuples(st.just("wait"), resources, names, st.integers(0, 10), st.none()),
)


def workload(resource: str, name: str, replicas: int, image: str) -> Object:
    labels = {"app": name, "kind": KINDS[resource].lower()}
    container = {"name": "main", "image": image}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    meta = {"name": name, "namespace": "default", "labels": labels}
    return {"apiVersion": "apps/v1", "kind": KINDS[resource], "metadata": meta, "spec": spec}


def image_of(obj: Object) -> str:
    spec = obj["spec"].get("template", obj)["spec"]
    return str(spec["containers"][0]["image"])


async def do(world: Any, step: Any) -> None:
    what, resource, name, value, more = step
    key = Key(resource, "default", name)
    if what == "create":
        if world.store.get(key) is None:
            world.create(resource, workload(resource, name, value, more))
        return
    if what == "wait":
        await asyncio.sleep(value / 1000)
        return
    if world.store.get(key) is None:
        return
    if what == "delete":
        world.store.delete(key, propagation=more)
    elif what == "scale":
        world.edit(resource, name, lambda obj: obj["spec"].update(replicas=value))
    elif what == "image":
        world.edit(
            resource, name, lambda obj: obj["spec"]["template"]["spec"]["containers"][0].update(image=more)
        )
    elif what == "pause":
        world.edit(resource, name, lambda obj: obj["spec"].update(paused=value))
    elif what == "kill":
        labels = world.get(resource, name)["spec"]["selector"]["matchLabels"]
        for pod in world.pods(**labels)[:1]:
            try:
                world.delete("pods", pod["metadata"]["name"])
            except ApiError as error:
                assert error.code == 404


def problems(world: Any) -> list[str]:
    """Why the store is not yet (or never) as its workloads ask."""
    store = world.store
    live = {obj["metadata"]["uid"] for kind in store.resources() for obj in store.list(kind)}
    found: list[str] = []
    for resource in ("pods", "replicasets.apps", "controllerrevisions.apps"):
        for obj in store.list(resource, "default"):
            owner = controller_of(obj)
            if owner and owner["uid"] not in live:
                found.append(f"orphan {resource} {obj['metadata']['name']}")
            if going(obj):
                found.append(f"still going {resource} {obj['metadata']['name']}")
            if resource == "pods" and owner is None:
                found.append(f"a pod of nobody {obj['metadata']['name']}")
    for resource in KINDS:
        for owner in store.list(resource, "default"):
            found += wrong_pods(world, resource, owner)
    return found


def wrong_pods(world: Any, resource: str, owner: Object) -> list[str]:
    name = f"{resource} {owner['metadata']['name']}"
    if going(owner):
        return [f"still going {name}"]
    if controller_of(owner):
        return []
    wanted = owner["spec"]["replicas"]
    pods = world.pods(**owner["spec"]["selector"]["matchLabels"])
    broken = "1.999" in image_of(owner) or any("1.999" in image_of(pod) for pod in pods)
    status = owner.get("status", {})
    found = []
    if status.get("observedGeneration", 0) != owner["metadata"]["generation"]:
        found.append(f"{name}: generation not observed")
    if status.get("replicas", 0) != len(pods):
        found.append(f"{name}: says {status.get('replicas')}, has {len(pods)}")
    if status.get("readyReplicas", 0) != sum(map(is_ready, pods)):
        found.append(f"{name}: ready counted wrong")
    if broken or owner["spec"].get("paused"):
        return found + ([f"{name}: too many"] if len(pods) > wanted + 1 else [])
    if len(pods) != wanted or not all(map(is_ready, pods)):
        found.append(f"{name}: {len(pods)} pods of {wanted}, ready {sum(map(is_ready, pods))}")
    if resource != "replicasets.apps" and {image_of(pod) for pod in pods} - {image_of(owner)}:
        found.append(f"{name}: pods of an old template")
    return found


@given(script=st.lists(steps, max_size=14))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_workloads_converge(alive, script):
    async def play() -> None:
        async with alive(speed=5000.0, balancers=False) as world:
            for step in script:
                await do(world, step)
            await world.until(
                lambda: world.control_plane.idle and not problems(world), lambda: problems(world)
            )
            addresses = [
                pod["status"]["podIP"]
                for pod in world.store.list("pods")
                if not pod["spec"].get("hostNetwork") and pod["status"].get("podIP")
            ]
            assert len(addresses) == len(set(addresses))

    asyncio.run(play())


@given(script=st.lists(steps, min_size=3, max_size=8), cut=st.integers(0, 8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_restart_at_any_moment_changes_nothing(alive, tmp_path_factory, script, cut):
    folder = tmp_path_factory.mktemp("cluster")

    async def play(part: list[Any], *, last: bool) -> None:
        async with alive(folder, speed=5000.0, balancers=False) as world:
            for step in part:
                await do(world, step)
            if last:
                await world.until(
                    lambda: world.control_plane.idle and not problems(world), lambda: problems(world)
                )

    asyncio.run(play(script[:cut], last=False))
    asyncio.run(play(script[cut:], last=True))
