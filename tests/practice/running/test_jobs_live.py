"""Jobs run their commands, and what these write is in the logs."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.store import Object
from tests.practice.running.running_pods import RunningPods, container


def job(name: str, *containers: Object, **spec: Any) -> Object:
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": list(containers)}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"template": {"spec": pod}, **spec},
    }


async def finished(pods: RunningPods, name: str, kind: str = "Complete") -> Object:
    def status() -> Object:
        found: Object = pods.world.get("jobs.batch", name).get("status") or {}
        return found

    await pods.world.until(
        lambda: any(one["type"] == kind for one in status().get("conditions") or ()), status
    )
    return status()


async def logs(pods: RunningPods, name: str) -> list[str]:
    found = pods.world.pods(**{"batch.kubernetes.io/job-name": name})
    return sorted([await pods.log(pod["metadata"]["name"]) for pod in found])


async def test_each_index_knows_itself(pods: RunningPods) -> None:
    work = container("main", "echo $JOB_COMPLETION_INDEX of $(hostname)")
    pods.world.create("jobs.batch", job("work", work, completions=3, parallelism=2, completionMode="Indexed"))
    status = await finished(pods, "work")
    assert (status["succeeded"], status["completedIndexes"]) == (3, "0-2")
    assert await logs(pods, "work") == [f"{index} of work-{index}\n" for index in range(3)]


async def test_a_job_that_fails_keeps_its_logs(pods: RunningPods) -> None:
    pods.world.create("jobs.batch", job("work", container("main", "echo why; exit 3"), backoffLimit=1))
    status = await finished(pods, "work", "Failed")
    assert (status["failed"], status["conditions"][-1]["reason"]) == (2, "BackoffLimitExceeded")
    assert await logs(pods, "work") == ["why\n", "why\n"]


async def test_pi_and_an_image_that_nothing_is_known_of(pods: RunningPods) -> None:
    command = ["perl", "-Mbignum=bpi", "-wle", "print bpi(30)"]
    pods.world.create("jobs.batch", job("pi", {"name": "main", "image": "perl:5.34.0", "command": command}))
    pods.world.create("jobs.batch", job("other", {"name": "main", "image": "example.org/batch:1"}))
    await finished(pods, "pi")
    assert await logs(pods, "pi") == ["3.14159265358979323846264338328\n"]
    await finished(pods, "other")
