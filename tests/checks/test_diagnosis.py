"""Why it does not hold: the messages are those of kubelet, registries, scheduler and controllers."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import CommandResult, Verdict
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
IN = {"in": "istio-system"}


async def diagnosed(check, *objects, **world):
    outcome = await look(ANY.validate_python(check), FakeWorld(*objects, **world))
    assert outcome.verdict in (Verdict.FAILED, Verdict.PENDING), outcome
    return outcome.findings


def waiting(reason, message="", image="docker.io/istio/pilot:1.11.3", **status):
    state = {"waiting": {"reason": reason, "message": message}}
    container = {"name": "discovery", "image": image, "state": state, **status}
    return make(
        "Pod",
        "istiod-1",
        labels={"app": "istiod"},
        status={"phase": "Pending", "containerStatuses": [container]},
    )


def event(kind, name, reason, message, when="2026-01-01T00:00:00Z"):
    return make(
        "Event",
        f"{name}.{reason}.{when}",
        type="Warning",
        reason=reason,
        message=message,
        lastTimestamp=when,
        involvedObject={"kind": kind, "name": name},
    )


PULL = 'Failed to pull image "x": rpc error: code = {code}'


@pytest.mark.parametrize(
    ("reason", "message", "image", "cause"),
    [
        ("ErrImagePull", "toomanyrequests: You have reached your pull rate limit", "nginx", "pull limit"),
        ("ErrImagePull", "403 Forbidden", "gcr.io/istio-release/pilot:1.11.3", "being shut down"),
        ("ErrImagePull", "manifest for nginx:1.999 not found", "nginx:1.999", "does not have this image"),
        (
            "ErrImagePull",
            "pull access denied, repository may require login: denied",
            "a/b",
            "denies access",
        ),
        ("ErrImagePull", "dial tcp: lookup registry-1.docker.io: no such host", "nginx", "can't reach"),
        ("ErrImagePull", "something new", "nginx", "can't be pulled: nginx"),
        ("InvalidImageName", "couldn't parse image reference", "Nginx:", "not an image name: Nginx:"),
    ],
)
async def test_images(reason, message, image, cause):
    (finding,) = await diagnosed({"pods": 1, **IN}, waiting(reason, message, image))
    assert cause in finding.cause.render()
    assert finding.object == "pod/istiod-1 in istio-system"
    assert message.split()[-1] in finding.evidence


async def test_while_kubelet_waits_the_error_is_read_from_its_events():
    pod = waiting("ImagePullBackOff", 'Back-off pulling image "docker.io/istio/pilot:1.11.3"')
    events = [
        event("Pod", "istiod-1", "Failed", "Error: ImagePullBackOff", "2026-01-01T00:00:02Z"),
        event("Pod", "istiod-1", "Failed", "Failed to pull image: toomanyrequests", "2026-01-01T00:00:01Z"),
        event("Pod", "another", "Failed", "Failed to pull image: not found", "2026-01-01T00:00:09Z"),
    ]
    (finding,) = await diagnosed({"pods": 1, **IN}, pod, *events)
    assert "pull limit" in finding.cause.render()


async def test_events_that_cannot_be_read_cost_no_verdict():
    pod = waiting("ImagePullBackOff", "Back-off pulling image")
    (finding,) = await diagnosed({"pods": 1, **IN}, cluster=FakeCluster([pod], Event=FORBIDDEN))
    assert "can't be pulled" in finding.cause.render()


@pytest.mark.parametrize(
    ("ended", "cause"),
    [
        ({"reason": "OOMKilled", "exitCode": 137}, "exceeds its memory limit: discovery"),
        ({"reason": "Error", "exitCode": 1}, "keeps exiting: discovery (exit code 1)"),
        (None, "exit code unknown"),
    ],
)
async def test_crashes(ended, cause):
    pod = waiting("CrashLoopBackOff", "back-off 10s", lastState={"terminated": ended} if ended else {})
    (finding,) = await diagnosed({"pods": 1, **IN}, pod)
    assert cause in finding.cause.render()


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("0/2 nodes are available: 2 Insufficient cpu.", "enough free CPU"),
        ("0/1 nodes are available: 1 Too many pods.", "maximum number of pods"),
        (
            "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
            "is in use",
        ),
        ("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", "has the labels"),
        (
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
            "not ready",
        ),
        ("0/2 nodes are available: 2 node(s) had volume node affinity conflict.", "volume is on a node"),
        ("0/1 nodes are available: 1 something new.", "No node accepts the pod"),
    ],
)
async def test_scheduling(message, cause):
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    pod = make("Pod", "istiod-1", status={"phase": "Pending", "conditions": [condition]})
    (finding,) = await diagnosed({"pods": 1, **IN}, pod)
    assert cause in finding.cause.render()
    assert finding.evidence == message


async def test_a_secret_that_is_missing_and_a_probe_that_fails():
    missing = waiting("CreateContainerConfigError", 'secret "kiali" not found')
    assert await diagnosed({"pods": 1, **IN}, missing) == (), "it may come with the same apply"
    missing["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z"
    (finding,) = await diagnosed({"pods": 1, **IN}, missing)
    assert finding.evidence == 'secret "kiali" not found'
    assert "kubectl get secrets" in finding.remedy.render()


def unhealthy(message, count=1, when="2026-01-01T00:00:30Z"):
    return {**event("Pod", "gw", "Unhealthy", message, when), "count": count}


def running(started="2026-01-01T00:00:00Z", ready_since="2026-01-01T00:00:00Z", **container):
    status = {"name": "gw", "state": {"running": {"startedAt": started}}, **container}
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": ready_since}
    return make(
        "Pod", "gw", status={"phase": "Running", "containerStatuses": [status], "conditions": [ready]}
    )


READINESS = "Readiness probe failed: HTTP probe failed with statuscode: 503"


@pytest.mark.parametrize(
    ("pod", "reported"),
    [
        (running(), ()),
        (running(), (unhealthy(READINESS, 2),)),  # it may still be starting
        (running(started="2026-01-01T00:01:00Z"), (unhealthy(READINESS, 9),)),  # of the run before this one
    ],
)
async def test_a_probe_that_fails_during_the_start_is_no_fault(pod, reported):
    assert await diagnosed({"pods": 1, **IN}, pod, *reported) == ()


@pytest.mark.parametrize(
    ("pod", "message", "count", "rule", "how"),
    [
        (running(), READINESS, 3, "probe-fails", "HTTP status 503"),
        (running(ready_since="2026-01-01T00:00:20Z"), READINESS, 1, "probe-fails", "HTTP status 503"),
        (running(), "Readiness probe failed: dial tcp 10.0.0.1:80: connect: connection refused", 3, "probe-fails", "listens"),
        (running(), 'Readiness probe failed: Get "http://10.0.0.1/": context deadline exceeded', 3, "probe-fails", "in time"),
        (running(), "Readiness probe failed: cat: can't open '/tmp/ready'", 3, "probe-fails", "unexpected response"),
        (running(restartCount=2), "Liveness probe failed: HTTP probe failed with statuscode: 500", 3, "liveness-fails", "500"),
    ],
)  # fmt: skip
async def test_a_probe_that_keeps_failing(pod, message, count, rule, how):
    (finding,) = await diagnosed({"pods": 1, **IN}, pod, unhealthy(message, count))
    assert finding.rule == rule
    assert how in finding.cause.render()
    assert finding.source == "event Unhealthy"


async def test_one_cause_is_reported_once_and_three_at_most():
    same = [
        waiting("ErrImagePull", "not found") | {"metadata": {"name": f"p{n}", "namespace": "istio-system"}}
        for n in range(5)
    ]
    assert len(await diagnosed({"pods": 9, **IN}, *same)) == 1
    others = [
        {
            **waiting("ErrImagePull", "not found", f"image-{n}"),
            "metadata": {"name": f"q{n}", "namespace": "istio-system"},
        }
        for n in range(5)
    ]
    assert len(await diagnosed({"pods": 9, **IN}, *others)) == 3


def deployment(*conditions):
    return make(
        "Deployment",
        "istiod",
        spec={"replicas": 1, "selector": {"matchLabels": {"app": "istiod"}}},
        status={"observedGeneration": 2, "conditions": list(conditions)},
    )


async def test_a_deployment_is_diagnosed_by_its_pods():
    check = {"deployment": "istiod", "ready": True, **IN}
    (finding,) = await diagnosed(check, deployment(), waiting("ErrImagePull", "toomanyrequests"))
    assert "pull limit" in finding.cause.render()
    assert await diagnosed(check) == ()


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ('failed calling webhook "namespace.sidecar-injector.istio.io": timeout', "Istio's own namespace"),
        ('failed calling webhook "other": timeout', "webhook does not respond"),
        ('pods "x" is forbidden: exceeded quota: small', "quota is exhausted"),
        ('error looking up service account shop/x: serviceaccount "x" not found', "ServiceAccount"),
        ("pods is forbidden: violates PodSecurity", "Pod Security"),
        ("something new", "refuses to create"),
    ],
)
async def test_pods_that_are_not_created(message, cause):
    failure = {"type": "ReplicaFailure", "status": "True", "message": message}
    (finding,) = await diagnosed({"deployment": "istiod", "ready": True, **IN}, deployment(failure))
    assert cause in finding.cause.render()
    other = make("StatefulSet", "db", spec={"replicas": 1})
    reported = event("StatefulSet", "db", "FailedCreate", message)
    (finding,) = await diagnosed({"statefulset": "db", "ready": True, **IN}, other, reported)
    assert cause in finding.cause.render()


def balanced():
    ports = [{"port": 80}]
    return make(
        "Service", "kiali", spec={"type": "LoadBalancer", "ports": ports, "selector": {"app": "istiod"}}
    )


async def test_a_service_and_a_page_are_diagnosed_by_the_pods_behind():
    objects = [
        balanced(),
        waiting("ErrImagePull", "429"),
    ]
    for check in (
        {"service": "kiali", "endpoints": True, **IN},
        {"http": {"service": "kiali", "port": 80, **IN}},
    ):
        (finding,) = await diagnosed(check, *objects)
        assert "pull limit" in finding.cause.render()


async def test_a_namespace_that_does_not_go():
    stuck = {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "Some content: x in 1"}
    namespace = make("Namespace", "shop", None, going=True, status={"conditions": [stuck]})
    (finding,) = await diagnosed({"namespace": "shop", "absent": True}, namespace)
    assert finding.evidence == "Some content: x in 1"
    assert await diagnosed({"namespace": "shop"}) == ()


async def test_programs_and_files_that_are_somewhere_else(tmp_path):
    tool = tmp_path / "istio-1.12.0" / "bin" / "istioctl"
    tool.parent.mkdir(parents=True)
    tool.write_text("")
    tool.chmod(0o755)
    workspace = FakeWorkspace(tmp_path, {"istioctl version": CommandResult(127, "", "not found", 0)})
    for check in ({"tool": "istioctl"}, {"command": "istioctl version"}):
        (finding,) = await diagnosed(check, workspace=workspace)
        assert f"export PATH={tool.parent}:$PATH" in finding.remedy.render()
    (finding,) = await diagnosed({"file": "istio-1.11.3", "folder": True}, workspace=workspace)
    assert "istio-1.12.0" in finding.cause.render()
    assert await diagnosed({"file": "elsewhere"}, workspace=workspace) == ()
    assert await diagnosed({"tool": "helm"}, workspace=workspace) == ()


async def test_a_fault_in_a_diagnosis_changes_no_verdict(monkeypatch, caplog):
    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("checks.pods.unready_pods", broken)
    assert await diagnosed({"pods": 1, **IN}) == ()
    assert "ZeroDivisionError" in caplog.text
