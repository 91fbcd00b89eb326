"""Pods from their first container to their last one, with what really runs in them."""

from __future__ import annotations

from tests.practice.running.running_pods import RunningPods, container

ENDS_AT_TERM = "trap 'echo ended >> /d/log; exit 0' TERM; while true; do sleep 0.05; done"
SHARED = {"volumes": [{"name": "d", "emptyDir": {}}]}
MOUNT = {"volumeMounts": [{"name": "d", "mountPath": "/d"}]}


async def test_init_containers_in_order_with_a_sidecar_that_ends_after_the_others(pods: RunningPods) -> None:
    init = [
        container("one", "echo one >> /d/log", **MOUNT),
        container("side", f"echo side >> /d/log; {ENDS_AT_TERM}", restartPolicy="Always", **MOUNT),
        container("two", "echo two >> /d/log", **MOUNT),
    ]
    script = "echo main >> /d/log; while ! [ -e /d/go ]; do sleep 0.05; done; cat /d/log"
    pods.create("web", script, container=MOUNT, initContainers=init, restartPolicy="Never", **SHARED)
    await pods.running("web")
    assert await pods.sh("web", "cat /d/log", "side") == "one\nside\ntwo\nmain\n"
    await pods.sh("web", "touch /d/go")
    await pods.phase("web", "Succeeded")
    assert ("Killing", "Stopping container side") in pods.events("web")
    assert pods.state("web", "side")["terminated"]
    assert await pods.log("web") == "one\nside\ntwo\nmain\n"


async def test_an_init_container_that_fails_ends_a_pod_that_restarts_nothing(pods: RunningPods) -> None:
    init = [
        container("side", "sleep 1000", restartPolicy="Always"),
        container("one", "echo why; exit 3"),
    ]
    pods.create("web", initContainers=init, restartPolicy="Never", terminationGracePeriodSeconds=0)
    await pods.phase("web", "Failed")
    assert pods.state("web", "one")["terminated"]["exitCode"] == 3
    assert pods.state("web") == {"waiting": {"reason": "PodInitializing"}}
    assert await pods.log("web", "one") == "why\n"


async def test_the_hook_after_the_start_holds_the_state_back(pods: RunningPods) -> None:
    hook = {
        "exec": {"command": ["sh", "-c", "while ! [ -e /d/go ]; do sleep 0.05; done; echo hook > /d/log"]}
    }
    other = container("other", "sleep 1000", **MOUNT)
    pods.create("web", container={**MOUNT, "lifecycle": {"postStart": hook}}, others=[other], **SHARED)
    await pods.world.until(lambda: ("Started", "Started container main") in pods.events("web"))
    await pods.world.until(lambda: pods.of("web").get("containerID"))
    assert pods.state("web") == {"waiting": {"reason": "ContainerCreating"}}
    # The kubelet starts containers one after the other, each with its hook: a proxy for which applications wait has one.
    assert pods.state("web", "other") == {"waiting": {"reason": "ContainerCreating"}}
    await pods.sh("web", "touch /d/go")
    await pods.running("web", "other")
    await pods.running("web")
    assert await pods.sh("web", "cat /d/log") == "hook\n"


async def test_a_hook_that_fails_restarts_the_container(pods: RunningPods) -> None:
    hook = {"exec": {"command": ["sh", "-c", "exit 3"]}}
    pods.create("web", container={"lifecycle": {"postStart": hook}}, terminationGracePeriodSeconds=0)
    await pods.world.until(lambda: pods.of("web").get("restartCount"))
    events = pods.events("web")
    assert ("FailedPostStartHook", "PostStartHook failed") in events
    assert ("Killing", "FailedPostStartHook") in events


async def test_the_hook_before_the_end(pods: RunningPods) -> None:
    hook = {"exec": {"command": ["sh", "-c", "echo before >> /d/log"]}}
    folder = [{"name": "d", "hostPath": {"path": "/var/ends", "type": "DirectoryOrCreate"}}]
    pods.create("web", ENDS_AT_TERM, container={**MOUNT, "lifecycle": {"preStop": hook}}, volumes=folder)
    pods.create("other", container=MOUNT, volumes=folder)
    await pods.running("web")
    await pods.running("other")
    pods.world.delete("pods", "web")
    await pods.world.until(lambda: pods.world.find("pods", "web") is None)
    assert await pods.sh("other", "cat /d/log") == "before\nended\n"


async def test_a_hook_before_the_end_that_fails(pods: RunningPods) -> None:
    hook = {"exec": {"command": ["nosuch"]}}
    pods.create("web", container={"lifecycle": {"preStop": hook}}, terminationGracePeriodSeconds=1)
    await pods.running("web")
    pods.world.delete("pods", "web")
    await pods.world.until(lambda: pods.world.find("pods", "web") is None)
    assert ("FailedPreStopHook", "PreStopHook failed") in pods.events("web")


async def test_a_pod_past_its_deadline(pods: RunningPods) -> None:
    pods.create("web", activeDeadlineSeconds=20, terminationGracePeriodSeconds=0)
    await pods.phase("web", "Failed")
    assert pods.status("web")["reason"] == "DeadlineExceeded"
    message = "Pod was active on the node longer than the specified deadline"
    assert pods.status("web")["message"] == message
    assert ("DeadlineExceeded", message) in pods.events("web")
    assert "running" not in pods.state("web")


async def test_a_pod_whose_empty_folder_is_too_full_is_evicted(pods: RunningPods) -> None:
    volumes = [{"name": "d", "emptyDir": {"sizeLimit": "10Ki"}}]
    pods.create(
        "web", "head -c 20000 /dev/zero > /d/file; sleep 1000", container=MOUNT, volumes=volumes,
    )  # fmt: skip
    await pods.phase("web", "Failed")
    assert pods.status("web")["reason"] == "Evicted"
    assert pods.status("web")["message"] == 'Usage of EmptyDir volume "d" exceeds the limit "10Ki". '


async def test_a_container_that_must_not_run_as_root_waits(pods: RunningPods) -> None:
    made = pods.create("web", securityContext={"runAsNonRoot": True})
    words = (
        "container has runAsNonRoot and image will run as root"
        f' (pod: "web_default({made["metadata"]["uid"]})", container: main)'
    )
    waits = {"waiting": {"reason": "CreateContainerConfigError", "message": words}}
    await pods.world.until(lambda: pods.state("web") == waits, lambda: pods.status("web"))
    assert ("Failed", f"Error: {words}") in pods.events("web")
    assert pods.of("web")["restartCount"] == 0


async def test_a_program_that_is_not_there(pods: RunningPods) -> None:
    pods.create("web", container={"command": ["nosuch"]}, restartPolicy="Never")
    await pods.phase("web", "Failed")
    ended = pods.state("web")["terminated"]
    assert (ended["exitCode"], ended["reason"], ended["startedAt"]) == (
        128,
        "StartError",
        "1970-01-01T00:00:00Z",
    )
    assert 'exec: "nosuch": executable file not found in $PATH' in ended["message"]
    assert [reason for reason, _ in pods.events("web")][-2:] == ["Created", "Failed"]


async def test_a_sub_path_of_a_variable_that_is_not_set(pods: RunningPods) -> None:
    mount = {"name": "d", "mountPath": "/d", "subPathExpr": "$(NAME)"}
    pods.create("web", container={"volumeMounts": [mount]}, **SHARED)
    waits = {"waiting": {"reason": "CreateContainerConfigError", "message": 'missing value for "NAME"'}}
    await pods.world.until(lambda: pods.state("web") == waits, lambda: pods.status("web"))
