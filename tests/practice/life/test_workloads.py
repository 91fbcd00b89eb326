"""StatefulSets, DaemonSets, Jobs, CronJobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runner.practice.controllers import cron_schedule as cron
from runner.practice.controllers.object_helpers import condition, going, holds, is_ready
from runner.practice.machinery.store import Key, Object
from tests.practice.edits import edit


def workload(kind: str, name: str = "web", image: str = "nginx:1.25", **spec: Any) -> Object:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
    full = {"selector": {"matchLabels": labels}, "template": template, **spec}
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": full}


def set_image(image: str) -> Any:
    return lambda obj: obj["spec"]["template"]["spec"]["containers"][0].update(image=image)


def images(world: Any) -> list[str]:
    return [pod["spec"]["containers"][0]["image"] for pod in world.pods(app="web") if not going(pod)]


def sts_done(world: Any) -> bool:
    found = world.get("statefulsets.apps", "web")
    status, wanted = found.get("status", {}), found["spec"]["replicas"]
    return (
        status.get("observedGeneration") == found["metadata"]["generation"]
        and status.get("readyReplicas", 0) == status.get("updatedReplicas", 0) == wanted == status["replicas"]
        and status["currentRevision"] == status["updateRevision"]
    )


async def test_stateful_pods_come_in_order_with_their_claims(world):
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    order = []

    def look(change: Any) -> None:
        if change.key.resource == "pods" and change.key.namespace == "default":
            if change.type == "ADDED":
                order.append(("made", change.key.name))
            elif is_ready(change.object) and ("ready", change.key.name) not in order:
                order.append(("ready", change.key.name))

    world.store.subscribe(look)
    made = workload("StatefulSet", replicas=3, serviceName="web", volumeClaimTemplates=[claim])
    world.create("statefulsets.apps", made)
    await world.until(lambda: sts_done(world))
    assert order == [(what, f"web-{n}") for n in range(3) for what in ("made", "ready")]
    first = world.get("pods", "web-0")
    assert (first["spec"]["hostname"], first["spec"]["subdomain"]) == ("web-0", "web")
    assert first["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "0"
    for ordinal in range(3):
        assert world.get("persistentvolumeclaims", f"data-web-{ordinal}")["status"]["phase"] == "Bound"
    assert "create Pod web-0 in StatefulSet web successful" in world.events("SuccessfulCreate")
    assert "create Claim data-web-0 Pod web-0 in StatefulSet web success" in world.events("SuccessfulCreate")
    world.edit("statefulsets.apps", "web", lambda obj: obj["spec"].update(replicas=1))
    await world.until(lambda: sts_done(world) and len(world.pods(app="web")) == 1)
    assert world.find("persistentvolumeclaims", "data-web-2")


async def test_stateful_rollout_goes_down_to_the_partition(world):
    world.create("statefulsets.apps", workload("StatefulSet", replicas=3, serviceName="web"))
    await world.until(lambda: sts_done(world))
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    world.edit("statefulsets.apps", "web", lambda obj: obj["spec"].update(updateStrategy=rolling))
    world.edit("statefulsets.apps", "web", set_image("nginx:1.26"))
    await world.until(lambda: images(world) == ["nginx:1.25", "nginx:1.25", "nginx:1.26"])
    world.edit(
        "statefulsets.apps", "web", lambda obj: obj["spec"].update(updateStrategy={"type": "RollingUpdate"})
    )
    await world.until(lambda: sts_done(world) and set(images(world)) == {"nginx:1.26"})
    revisions = world.store.list("controllerrevisions.apps", "default")
    assert sorted(r["revision"] for r in revisions) == [1, 2]
    world.edit("statefulsets.apps", "web", set_image("nginx:1.25"))
    await world.until(lambda: sts_done(world) and set(images(world)) == {"nginx:1.25"})
    revisions = world.store.list("controllerrevisions.apps", "default")
    assert sorted(r["revision"] for r in revisions) == [2, 3]


async def test_a_daemon_on_every_node_that_takes_it(world):
    world.create("daemonsets.apps", workload("DaemonSet"))
    await world.until(lambda: world.get("daemonsets.apps", "web").get("status", {}).get("numberReady") == 1)
    (pod,) = world.pods(app="web")
    assert pod["spec"]["nodeName"] == "practice-worker"
    tolerations = [{"operator": "Exists"}]
    world.edit(
        "daemonsets.apps", "web", lambda obj: obj["spec"]["template"]["spec"].update(tolerations=tolerations)
    )
    await world.until(lambda: world.get("daemonsets.apps", "web")["status"].get("numberAvailable") == 2)
    status = world.get("daemonsets.apps", "web")["status"]
    assert status["desiredNumberScheduled"] == status["updatedNumberScheduled"] == 2
    assert status["numberMisscheduled"] == 0
    world.edit("daemonsets.apps", "web", set_image("nginx:1.26"))
    await world.until(
        lambda: (
            images(world) == ["nginx:1.26"] * 2
            and world.get("daemonsets.apps", "web")["status"].get("numberAvailable") == 2
        )
    )


def job(name: str = "once", command: list[str] | None = None, policy: str = "Never", **spec: Any) -> Object:
    container: Object = {"name": "main", "image": "busybox:1.36"}
    container |= {"command": command} if command else {}
    template = {"spec": {"containers": [container], "restartPolicy": policy}}
    meta = {"name": name, "namespace": "default"}
    full = {"completions": 1, "parallelism": 1, "template": template, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": full}


async def test_a_job_completes(world):
    world.create("jobs.batch", job(command=["echo", "hello"], completions=3, parallelism=2))
    await world.until(lambda: holds(world.get("jobs.batch", "once"), "Complete"))
    found = world.get("jobs.batch", "once")
    assert found["status"]["succeeded"] == 3
    assert found["status"]["completionTime"]
    assert [c["type"] for c in found["status"]["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    pods = world.pods(**{"batch.kubernetes.io/job-name": "once"})
    assert {pod["status"]["phase"] for pod in pods} == {"Succeeded"}
    assert condition(pods[0], "Ready")["reason"] == "PodCompleted"
    assert world.events("Completed") == ["Job completed"]


async def test_a_failing_job_gives_up(world):
    world.create("jobs.batch", job(command=["sh", "-c", "exit 3"], backoffLimit=1))
    await world.until(lambda: holds(world.get("jobs.batch", "once"), "Failed"))
    found = world.get("jobs.batch", "once")
    assert found["status"]["failed"] == 2
    assert condition(found, "Failed")["reason"] == "BackoffLimitExceeded"
    assert condition(found, "Failed")["message"] == "Job has reached the specified backoff limit"
    pod = world.pods()[0]
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 3


async def test_indexed_jobs_take_every_index(world):
    world.create("jobs.batch", job(completions=3, parallelism=3, completionMode="Indexed"))
    await world.until(lambda: holds(world.get("jobs.batch", "once"), "Complete"))
    label = "batch.kubernetes.io/job-completion-index"
    assert sorted(pod["metadata"]["annotations"][label] for pod in world.pods()) == ["0", "1", "2"]


async def test_a_cron_job_starts_jobs_and_keeps_a_few(world):
    template = {"spec": job(command=["date"])["spec"]}
    spec = {"schedule": "* * * * *", "jobTemplate": template, "successfulJobsHistoryLimit": 1}
    meta = {"name": "tick", "namespace": "default"}
    world.create(
        "cronjobs.batch", {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": spec}
    )

    def long_ago(obj: Object) -> Object:
        obj["status"] = {"lastScheduleTime": "2026-01-01T00:00:00Z"}
        return obj

    edit(world.store, Key("cronjobs.batch", "default", "tick"), long_ago, status=True)
    await world.until(lambda: world.events("SawCompletedJob"))
    (name,) = [made["metadata"]["name"] for made in world.store.list("jobs.batch", "default")]
    assert name.removeprefix("tick-").isdigit()
    assert world.events("SawCompletedJob") == [f"Saw completed job: {name}, condition: Complete"]
    status = world.get("cronjobs.batch", "tick")["status"]
    assert "active" not in status
    assert status["lastScheduleTime"] > "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("* * * * *", "2026-11-22T10:00:30", "2026-11-22T10:01:00"),
        ("*/15 * * * *", "2026-11-22T10:46:00", "2026-11-22T11:00:00"),
        ("0 3 * * mon", "2026-11-22T10:00:00", "2026-11-23T03:00:00"),
        ("30 4 1,15 * 5", "2026-11-22T10:00:00", "2026-11-27T04:30:00"),
        ("@yearly", "2026-11-22T10:00:00", "2027-01-01T00:00:00"),
        ("0 0 29 2 *", "2026-11-22T10:00:00", "2028-02-29T00:00:00"),
    ],
)
def test_schedules(expression, moment, expected):
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert cron.parse(expression).after(at) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("expression", ["", "* * * *", "61 * * * *", "a * * * *", "*/0 * * * *"])
def test_schedules_that_cannot_be_read(expression):
    with pytest.raises(ValueError):
        cron.parse(expression)


def test_a_day_that_never_comes():
    assert cron.parse("0 0 31 2 *").after(datetime(2026, 1, 1, tzinfo=UTC)) is None
