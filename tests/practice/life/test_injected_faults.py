"""Each fault shows as a real cluster shows it, and is gone when it is cleared."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.controllers.object_helpers import condition, holds, is_ready
from runner.practice.faults.active_faults import UnknownFaultError
from runner.practice.faults.fault_kinds import PULL_ERRORS
from runner.practice.machinery.store import Object


def pod(name: str = "web", image: str = "nginx:1.25", **spec: Any) -> Object:
    container = {"name": name, "image": image, **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"containers": [container], **spec},
    }


def deployment(name: str = "web") -> Object:
    made = pod(name)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": made["spec"]},
        },
    }


def waiting(world: Any, name: str = "web") -> Object:
    listed = world.get("pods", name).get("status", {}).get("containerStatuses") or [{}]
    return listed[0].get("state", {}).get("waiting") or {}


def ready(world: Any, name: str = "web") -> bool:
    return is_ready(world.get("pods", name))


def seen_reasons(world: Any) -> list[str]:
    reasons: list[str] = []

    def look(change: Any) -> None:
        if change.key.resource == "pods":
            for entry in change.object.get("status", {}).get("containerStatuses") or ():
                reason = (entry["state"].get("waiting") or {}).get("reason")
                if reason and reason not in reasons:
                    reasons.append(reason)

    world.store.subscribe(look)
    return reasons


async def test_image_pull(world):
    reasons = seen_reasons(world)
    world.faults.add("image-pull", "web")
    world.create("pods", pod())
    await world.until(lambda: waiting(world).get("reason") == "ImagePullBackOff")
    assert reasons == ["ContainerCreating", "ErrImagePull", "ImagePullBackOff"]
    assert waiting(world)["message"].startswith(
        'Back-off pulling image "nginx:1.25": ErrImagePull: rpc error'
    )
    assert world.get("pods", "web")["status"]["phase"] == "Pending"
    text = world.events("Failed")
    assert any(m.startswith('Failed to pull image "nginx:1.25": rpc error: code = NotFound') for m in text)
    assert {"Error: ErrImagePull", "Error: ImagePullBackOff"} <= set(text)
    assert world.events("BackOff") == ['Back-off pulling image "nginx:1.25"']
    world.faults.clear("image-pull")
    await world.until(lambda: ready(world))


async def test_pull_rate_limit(world):
    world.faults.add("pull-rate-limit", "docker.io/*")
    world.create("pods", pod(image="docker.io/grafana/grafana:7.5.5"))
    await world.until(lambda: waiting(world).get("reason") == "ErrImagePull")
    assert "429 Too Many Requests" in waiting(world)["message"]
    assert "toomanyrequests: You have reached your pull rate limit" in waiting(world)["message"]
    world.create("pods", pod("other", image="quay.io/kiali/kiali:v1.38"))
    await world.until(lambda: ready(world, "other"))
    world.faults.clear()
    await world.until(lambda: ready(world))


async def test_crash_loop(world):
    world.create("pods", pod())
    await world.until(lambda: ready(world))
    world.faults.add("crash-loop", "web")
    await world.until(lambda: waiting(world).get("reason") == "CrashLoopBackOff")
    found = world.get("pods", "web")
    entry = found["status"]["containerStatuses"][0]
    uid = found["metadata"]["uid"]
    assert waiting(world)["message"] == f"back-off 10s restarting failed container=web pod=web_default({uid})"
    assert entry["lastState"]["terminated"]["exitCode"] == 1
    assert entry["lastState"]["terminated"]["reason"] == "Error"
    assert entry["restartCount"] >= 1
    assert found["status"]["phase"] == "Running"
    assert not is_ready(found)
    assert world.events("BackOff") == [f"Back-off restarting failed container web in pod web_default({uid})"]
    await world.until(lambda: world.get("pods", "web")["status"]["containerStatuses"][0]["restartCount"] >= 3)
    world.faults.clear("crash-loop", "web")
    await world.until(lambda: ready(world))
    assert world.get("pods", "web")["status"]["containerStatuses"][0]["restartCount"] >= 3


async def test_unschedulable(world):
    world.faults.add("unschedulable", "default/web", resource="memory")
    world.create("pods", pod())
    await world.until(lambda: world.events("FailedScheduling"))
    found = world.get("pods", "web")
    scheduled = condition(found, "PodScheduled")
    assert (scheduled["status"], scheduled["reason"]) == ("False", "Unschedulable")
    assert scheduled["message"] == (
        "0/2 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint "
        "{node-role.kubernetes.io/control-plane: }. preemption: 0/2 nodes are available: "
        "1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."
    )
    event = next(e for e in world.store.list("events", "default") if e["reason"] == "FailedScheduling")
    assert (event["type"], event["reportingComponent"]) == ("Warning", "default-scheduler")
    world.faults.clear("unschedulable")
    await world.until(lambda: ready(world))
    assert holds(world.get("pods", "web"), "PodScheduled")


async def test_load_balancer_pending(world):
    world.faults.add("load-balancer-pending")
    world.create("services", service())
    await world.until(lambda: world.control_plane.idle)
    assert world.get("services", "web")["status"] == {"loadBalancer": {}}
    assert world.events() == []
    world.faults.add("load-balancer-pending", message="could not find any suitable subnets")
    await world.until(lambda: world.events("SyncLoadBalancerFailed"))
    assert world.events("SyncLoadBalancerFailed") == [
        "Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets"
    ]
    world.faults.clear()
    await world.until(lambda: world.get("services", "web")["status"]["loadBalancer"].get("ingress"))
    world.faults.add("load-balancer-pending", "web")
    await world.until(lambda: world.get("services", "web")["status"] == {"loadBalancer": {}})


async def test_slow_start(world):
    world.faults.add("slow-start", "web", seconds=100_000)
    world.create("pods", pod())
    await world.until(lambda: world.get("pods", "web").get("status", {}).get("phase") == "Running")
    unready = condition(world.get("pods", "web"), "Ready")
    assert unready["reason"] == "ContainersNotReady"
    assert unready["message"] == "containers with unready status: [web]"
    world.faults.add("slow-start", "web", seconds=1)
    await world.until(lambda: ready(world))


async def test_not_ready(world):
    probe = {"httpGet": {"path": "/healthz/ready", "port": 15021}}
    world.faults.add("not-ready", "web")
    world.create("pods", pod(container={"readinessProbe": probe}))
    await world.until(lambda: world.events("Unhealthy"))
    assert world.events("Unhealthy") == ["Readiness probe failed: HTTP probe failed with statuscode: 503"]
    await world.until(lambda: world.get("pods", "web")["status"]["phase"] == "Running")
    assert not is_ready(world.get("pods", "web"))

    def counted() -> int:
        return next(e for e in world.store.list("events", "default") if e["reason"] == "Unhealthy")["count"]

    await world.until(lambda: counted() >= 3)
    world.faults.clear("not-ready")
    await world.until(lambda: ready(world))
    world.faults.add("not-ready", "web")
    await world.until(lambda: not ready(world))


async def test_api_unavailable(world):
    assert world.faults.refusal("get", "pods", "default", "web", "learner") is None
    world.faults.add("api-unavailable")
    refused = world.faults.refusal("get", "", "", "", "learner")
    assert (refused.code, refused.reason) == (503, "ServiceUnavailable")
    assert refused.message == "the server is currently unable to handle the request"
    world.faults.add("api-unavailable", seconds=0.05)
    await world.until(lambda: world.faults.refusal("get", "pods", "default", "web", "learner") is None)
    world.faults.clear()
    assert world.faults.active() == []


async def test_forbidden(world):
    world.faults.add("forbidden", "deployments.apps")
    refused = world.faults.refusal("create", "deployments.apps", "istio-system", "", "learner")
    assert refused.code == 403
    assert refused.message == (
        'deployments.apps is forbidden: User "learner" cannot create resource "deployments" in API group "apps" '
        'in the namespace "istio-system"'
    )
    assert world.faults.refusal("list", "deployments.apps", "", "", "learner") is None
    assert world.faults.refusal("create", "services", "default", "", "learner") is None
    world.faults.add("forbidden", "clusterroles*", verbs=["get"])
    refused = world.faults.refusal("get", "clusterroles.rbac.authorization.k8s.io", "", "kiali", "learner")
    assert refused.message.endswith("at the cluster scope")
    assert world.faults.clear("forbidden") == 2
    assert world.faults.refusal("create", "deployments.apps", "default", "", "learner") is None


async def test_other_words_and_reasons(world):
    world.faults.add("image-pull", "web", message="403 Forbidden")
    world.create("pods", pod())
    await world.until(lambda: waiting(world).get("reason") == "ErrImagePull")
    assert waiting(world)["message"] == "403 Forbidden"
    world.faults.clear()
    world.faults.add("crash-loop", "web", exit_code=137, reason="OOMKilled")
    await world.until(lambda: waiting(world).get("reason") == "CrashLoopBackOff")
    ended = world.get("pods", "web")["status"]["containerStatuses"][0]["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")


async def test_faults_outlive_a_restart(alive, tmp_path):
    async with alive(tmp_path) as world:
        world.faults.add("crash-loop", "web", exit_code=137)
    async with alive(tmp_path) as world:
        (kept,) = world.faults.active()
        assert (kept.kind, kept.target, kept.options) == ("crash-loop", "web", {"exit_code": 137})


async def test_faults_that_an_earlier_release_stored_are_kept(alive, tmp_path):
    async with alive(tmp_path) as world:
        spec = {"kind": "crash-loop", "target": "web", "options": {}}
        world.store.create(
            "troubles.practice.labgate.dev", {"metadata": {"name": "crash-loop:web"}, "spec": spec}
        )
    async with alive(tmp_path) as world:
        assert [(kept.kind, kept.target) for kept in world.faults.active()] == [("crash-loop", "web")]
        assert world.faults.clear("crash-loop", "web") == 1
    async with alive(tmp_path) as world:
        assert not world.faults.active()


async def test_faults_find_the_pods_of_a_workload(world):
    world.faults.add("image-pull", "default/api")
    labels = {"app": "api"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "api", "image": "nginx"}]}}
    world.create(
        "deployments.apps",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "api", "namespace": "default"},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
    )
    await world.until(lambda: "ErrImagePull" in str(world.pods(app="api")))


async def test_an_option_that_a_kind_does_not_have_is_refused(world):
    with pytest.raises(UnknownFaultError, match="its options: because, probe"):
        world.faults.add("not-ready", "web", seconds=3)
    with pytest.raises(UnknownFaultError, match="one of: 503, refused, timeout"):
        world.faults.add("not-ready", "web", because="tired")
    assert world.faults.active() == []


@pytest.mark.parametrize("because", PULL_ERRORS)
async def test_every_reason_of_a_failed_pull_has_its_words(world, because):
    world.faults.add("image-pull", "web", because=because)
    world.create("pods", pod(image="gcr.io/istio-release/pilot:1.11.3"))
    await world.until(lambda: waiting(world).get("reason") == "ErrImagePull")
    words = {
        "not-found": "not found", "denied": "pull access denied", "rate-limit": "toomanyrequests",
        "dns": "no such host", "timeout": "i/o timeout", "retired": "403 Forbidden",
        "platform": "no match for platform in manifest",
    }  # fmt: skip
    assert words[because] in waiting(world)["message"]
    world.faults.clear()
    await world.until(lambda: ready(world))


async def test_what_runs_meets_the_fault_as_after_a_drain(world):
    world.create("deployments.apps", deployment())
    await world.until(lambda: world.get("deployments.apps", "web")["status"].get("readyReplicas") == 1)
    world.faults.add("image-pull", "default/web")
    await world.until(lambda: "ErrImagePull" in str(world.pods(app="web")))
    assert not world.get("deployments.apps", "web")["status"].get("readyReplicas")
    world.faults.clear()
    await world.until(lambda: world.get("deployments.apps", "web")["status"].get("readyReplicas") == 1)


async def test_creation_refused(world):
    world.faults.add("creation-refused", "web")
    world.create("deployments.apps", deployment())
    await world.until(lambda: world.events("FailedCreate"))
    assert 'failed calling webhook "namespace.sidecar-injector.istio.io"' in world.events("FailedCreate")[0]
    world.faults.clear()
    await world.until(lambda: world.get("deployments.apps", "web")["status"].get("readyReplicas") == 1)


async def test_a_liveness_probe_that_fails_has_the_container_killed(world):
    world.create("pods", pod(container={"livenessProbe": {"httpGet": {"path": "/", "port": 80}}}))
    await world.until(lambda: ready(world))
    world.faults.add("not-ready", "web", probe="liveness", because="refused")
    await world.until(lambda: world.get("pods", "web")["status"]["containerStatuses"][0]["restartCount"])
    assert any("Liveness probe failed: Get " in text for text in world.events("Unhealthy"))
    world.faults.clear()
    await world.until(lambda: ready(world))


async def test_a_node_that_is_not_heard_of(world):
    world.create("deployments.apps", deployment())
    await world.until(lambda: world.get("deployments.apps", "web")["status"].get("readyReplicas") == 1)
    world.faults.add("node-not-ready", "practice-worker")
    await world.until(lambda: not world.get("deployments.apps", "web")["status"].get("readyReplicas"))
    node = world.get("nodes", "practice-worker", "")
    assert condition(node, "Ready")["status"] == "Unknown"
    assert {taint["key"] for taint in node["spec"]["taints"]} == {"node.kubernetes.io/unreachable"}
    world.faults.clear()
    await world.until(lambda: world.get("deployments.apps", "web")["status"].get("readyReplicas") == 1)
    node = world.get("nodes", "practice-worker", "")
    assert condition(node, "Ready")["status"] == "True"
    assert not node["spec"].get("taints")


async def test_an_unknown_kind_is_refused(world):
    with pytest.raises(UnknownFaultError):
        world.faults.add("earthquake")


def service(name: str = "web", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 18080, "protocol": "TCP"}], **spec},
    }
