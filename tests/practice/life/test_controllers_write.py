"""What controllers, kubelets and the scheduler write goes the way of everybody's writes."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.admission.admission_chain import AdmissionChain
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Key

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def deployment(name: str = "web") -> Any:
    labels = {"app": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def claim(name: str = "data", **spec: Any) -> Any:
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": {**CLAIM, **spec}}


async def test_admission_sees_the_updates_of_controllers_and_who_makes_them(
    alive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[str, str, str]] = set()
    check = AdmissionChain.check

    def watched(self: AdmissionChain, request: Request) -> None:
        seen.add((request.operation, request.resource, request.user.name))
        check(self, request)

    monkeypatch.setattr(AdmissionChain, "check", watched)
    async with alive() as world:
        world.create("deployments.apps", deployment())
        account = "system:serviceaccount:kube-system:"
        wanted = {
            ("UPDATE", "deployments.apps", f"{account}deployment-controller"),  # its revision
            ("CREATE", "replicasets.apps", f"{account}deployment-controller"),
            ("CREATE", "pods", f"{account}replicaset-controller"),
        }
        await world.until(lambda: wanted <= seen, lambda: wanted - seen)


async def test_a_controllers_update_is_validated_and_gets_defaults(world: Any) -> None:
    world.create("deployments.apps", deployment())
    context, key = world.control_plane.context, Key("deployments.apps", "default", "web")

    def other(replicas: Any) -> Any:
        return lambda obj: {**obj, "spec": {**obj["spec"], "replicas": replicas}}

    with pytest.raises(ApiError) as refused:
        context.change(key, other(-1))
    assert refused.value.code == 422
    before = world.get("deployments.apps", "web")["metadata"]["generation"]
    context.change(key, other(None))
    found = world.get("deployments.apps", "web")
    assert found["spec"]["replicas"] == 1
    assert found["metadata"]["generation"] == before  # nothing changed
    context.change(key, other(2))
    assert world.get("deployments.apps", "web")["metadata"]["generation"] == before + 1


@pytest.mark.parametrize(("version", "label"), [("1.26", ""), ("1.32", "batch.kubernetes.io/")])
async def test_a_job_has_its_selector_from_the_start(alive: Any, version: str, label: str) -> None:
    async with alive(version=version) as world:
        template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "busybox"}]}}
        job = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": template}}
        made = world.create("jobs.batch", {**job, "metadata": {"name": "once", "namespace": "default"}})
        uid = made["metadata"]["uid"]
        assert made["spec"]["selector"] == {"matchLabels": {f"{label}controller-uid": uid}}
        labels = made["spec"]["template"]["metadata"]["labels"]
        assert (labels[f"{label}job-name"], labels["controller-uid"]) == ("once", uid)
        assert made["metadata"]["labels"] == labels
        foreign = {"matchLabels": {"app": "x"}}
        with pytest.raises(ApiError, match="not auto-generated"):
            world.create(
                "jobs.batch",
                {
                    **job,
                    "metadata": {"name": "two", "namespace": "default"},
                    "spec": {**job["spec"], "selector": foreign},
                },
            )


def classes(world: Any, *names: str) -> None:
    for name in names:
        marked = {"storageclass.kubernetes.io/is-default-class": "true"}
        meta = {"name": name, "annotations": marked}
        found = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "provisioner": "x",
            "metadata": meta,
        }
        world.create("storageclasses.storage.k8s.io", found)


async def test_a_claim_gets_the_default_class_when_it_is_made(world: Any) -> None:
    assert world.create("persistentvolumeclaims", claim())["spec"]["storageClassName"] == "standard"
    none = world.create("persistentvolumeclaims", claim("none", storageClassName=""))
    assert none["spec"]["storageClassName"] == ""


async def test_two_default_classes_are_a_mistake_before_1_26(alive: Any) -> None:
    async with alive(version="1.25") as world:
        classes(world, "second")
        with pytest.raises(ApiError, match="2 default StorageClasses were found"):
            world.create("persistentvolumeclaims", claim())
    async with alive(version="1.26") as world:
        classes(world, "second")
        assert world.create("persistentvolumeclaims", claim())["spec"]["storageClassName"]


@pytest.mark.parametrize(("version", "late"), [("1.25", False), ("1.26", True)])
async def test_a_claim_from_before_there_was_a_default_class(alive: Any, version: str, late: bool) -> None:
    async with alive(version=version) as world:
        world.delete("storageclasses.storage.k8s.io", "standard", "")
        world.create("persistentvolumeclaims", claim())
        await world.until(lambda: world.control_plane.idle)
        classes(world, "later")
        await world.until(lambda: world.control_plane.idle)
        assert world.get("persistentvolumeclaims", "data")["spec"].get("storageClassName") == (
            "later" if late else None
        )
