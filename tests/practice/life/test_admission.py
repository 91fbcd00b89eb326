"""What admission gives to pods and refuses."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.machinery.errors import ApiError

Object = dict[str, Any]


def pod(name: str = "p", resources: Object | None = None, **spec: Any) -> Object:
    container = {"name": "c", "image": "nginx", "resources": resources or {}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"containers": [container], **spec},
    }


def refusal(world: Any, resource: str, obj: Object) -> str:
    with pytest.raises(ApiError) as caught:
        world.create(resource, obj)
    return caught.value.message


def limit_range(world: Any, *items: Object) -> None:
    meta = {"name": "bounds", "namespace": "default"}
    made = {"apiVersion": "v1", "kind": "LimitRange", "metadata": meta, "spec": {"limits": list(items)}}
    world.create("limitranges", made)


async def test_a_limit_range_gives_defaults(world: Any) -> None:
    limit_range(world, {"type": "Container", "default": {"cpu": "500m"}, "max": {"memory": "1Gi"}})
    made = world.create("pods", pod())
    resources = made["spec"]["containers"][0]["resources"]
    assert resources == {
        "limits": {"cpu": "500m", "memory": "1Gi"},
        "requests": {"cpu": "500m", "memory": "1Gi"},
    }
    assert made["status"]["qosClass"] == "Guaranteed"
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c"
    )


async def test_a_limit_range_refuses_what_is_out_of_bounds(world: Any) -> None:
    limit_range(
        world,
        {"type": "Container", "max": {"cpu": "800m"}, "maxLimitRequestRatio": {"cpu": "2"}},
        {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}},
    )
    text = refusal(world, "pods", pod(resources={"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}}))
    assert text == (
        'pods "p" is forbidden: [maximum cpu usage per Container is 800m, but limit is 1, '
        "cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000]"
    )
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "500Mi"}}},
    }
    assert refusal(world, "persistentvolumeclaims", claim).endswith(
        "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi"
    )


def priority_class(world: Any, name: str, value: int, **more: Any) -> None:
    meta = {"name": name}
    kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    world.create("priorityclasses.scheduling.k8s.io", {**kind, "metadata": meta, "value": value, **more})


async def test_a_pod_has_its_class_s_priority(world: Any) -> None:
    priority_class(world, "high", 1000, preemptionPolicy="Never")
    spec = world.create("pods", pod(priorityClassName="high"))["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (1000, "Never")
    assert world.create("pods", pod("q"))["spec"]["priority"] == 0
    text = refusal(world, "pods", pod("r", priorityClassName="nope"))
    assert text == 'pods "r" is forbidden: no PriorityClass with name nope was found'


async def test_there_is_one_default_priority(world: Any) -> None:
    priority_class(world, "usual", 5, globalDefault=True)
    spec = world.create("pods", pod())["spec"]
    assert (spec["priorityClassName"], spec["priority"]) == ("usual", 5)
    with pytest.raises(ApiError, match="PriorityClass usual is already marked as default"):
        priority_class(world, "other", 6, globalDefault=True)


async def test_a_runtime_class_adds_overhead_and_nodes(world: Any) -> None:
    kata = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "kata"},
        "handler": "kata",
        "overhead": {"podFixed": {"cpu": "250m"}},
        "scheduling": {"nodeSelector": {"kata": "true"}},
    }
    world.create("runtimeclasses.node.k8s.io", kata)
    spec = world.create("pods", pod(runtimeClassName="kata"))["spec"]
    assert spec["overhead"] == {"cpu": "250m"}
    assert spec["nodeSelector"] == {"kata": "true"}
    text = refusal(world, "pods", pod("q", runtimeClassName="nope"))
    assert text == 'pods "q" is forbidden: pod rejected: RuntimeClass "nope" not found'


async def test_an_ingress_without_a_class_gets_the_default_one(alive):
    async with alive() as world:
        note = {"ingressclass.kubernetes.io/is-default-class": "true"}
        for name, notes in (("nginx", note), ("other", {})):
            world.create(
                "ingressclasses.networking.k8s.io",
                {
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "IngressClass",
                    "metadata": {"name": name, "annotations": notes},
                    "spec": {"controller": f"example.com/{name}"},
                },
            )

        def made(name: str, **meta: Any) -> Object:
            backend = {"service": {"name": "web", "port": {"number": 80}}}
            return {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": name, "namespace": "default", **meta},
                "spec": {"defaultBackend": backend},
            }

        resource = "ingresses.networking.k8s.io"
        assert world.create(resource, made("plain"))["spec"]["ingressClassName"] == "nginx"
        old = {"kubernetes.io/ingress.class": "traefik"}
        assert "ingressClassName" not in world.create(resource, made("old", annotations=old))["spec"]


@pytest.mark.parametrize("version", ["1.19", "1.20", "1.21", "1.32"])
async def test_a_pod_has_its_account_s_token_and_runs_whatever_the_version(alive, version):
    async with alive(version=version) as world:
        await world.until(lambda: world.get("serviceaccounts", "default").get("secrets") or version > "1.23")
        world.create("pods", pod("web"))
        await world.until(lambda: (world.get("pods", "web").get("status") or {}).get("phase") == "Running")
        (volume,) = world.get("pods", "web")["spec"]["volumes"]
        assert ("secret" in volume) == (version < "1.21")
        assert ("projected" in volume) == (version >= "1.21")
