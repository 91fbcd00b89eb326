"""Logs: whose, since when, and what is reported where a container has not written what is wanted, or can't have yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fake_world import NAMESPACE, UNREACHABLE, FakeCluster, FakeWorld, make
from pydantic import ValidationError

from checks.base import ObjectRef, Verdict
from checks.log import MOST_PODS, Log
from checks.registry import look
from runner.practice.cluster import PracticeCluster
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.world import LiveWorld

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RUNS = {"state": {"running": {}}}


def pod(name="web-0", *containers, created=0, labels=None, annotations=None, **more):
    """Containers: (name, status); a status of None: not created yet."""
    containers = containers or (("app", RUNS),)
    made = make(
        "Pod",
        name,
        "shop",
        labels=labels or {"app": "web"},
        spec={"containers": [{"name": each} for each, _ in containers], **more.pop("spec", {})},
        status={
            "phase": "Running",
            "containerStatuses": [
                {"name": each, **status} for each, status in containers if status is not None
            ],
            **more.pop("status", {}),
        },
        **more,
    )
    made["metadata"] |= {
        "creationTimestamp": f"2026-01-01T11:00:{created:02}Z",
        "annotations": annotations or {},
    }
    return made


def world(*objects, **written):
    made = FakeWorld(NAMESPACE, make("Namespace", "shop", None), *objects)
    made.cluster.written = {tuple(key.split("/")): text for key, text in written.items()}
    return made


def log(pattern="GET /.* 200", **more):
    where = {} if "selector" in more else {"pod": "web-0"}
    return Log.model_validate({"log": pattern, "in": "shop", **where, **more})


async def test_the_last_line_that_fits_is_reported():
    made = world(pod(), **{"web-0/app": "GET /a 200\nGET /b 200\nPOST /c 200\n"})
    outcome = await look(log(), made)
    assert (outcome.verdict, outcome.found.render()) == (Verdict.PASSED, "web-0: GET /b 200")
    assert (await look(log("GET.*500"), made)).found.render() == "No such line in the log of: web-0"
    assert (await look(log("200\\nPOST"), made)).verdict is Verdict.FAILED  # lines are looked at one by one


@pytest.mark.parametrize("began", [None, NOON])
async def test_what_is_asked_for_is_since_the_step_began(began):
    made = world(pod(), **{"web-0/app": "x\n"})
    made.began = began
    await look(log("x"), made)
    assert made.cluster.written_since == [began and began - timedelta(seconds=2)]


@pytest.mark.parametrize(
    ("asked", "annotation", "container"),
    [
        (None, "", "app"),
        (None, "side", "side"),
        (None, "gone", "app"),
        ("side", "", "side"),
        ("side", "app", "side"),
        ("first", "", "first"),
        ("gone", "", ""),
    ],
)
async def test_the_container_is_the_one_that_kubectl_takes(asked, annotation, container):
    made = world(
        pod(
            "web-0",
            ("app", RUNS),
            ("side", RUNS),
            annotations={"kubectl.kubernetes.io/default-container": annotation},
            spec={
                "containers": [{"name": "app"}, {"name": "side"}],
                "initContainers": [{"name": "first"}],
            },
            status={
                "containerStatuses": [{"name": "app", **RUNS}, {"name": "side", **RUNS}],
                "initContainerStatuses": [{"name": "first", "state": {"terminated": {"exitCode": 0}}}],
            },
        ),
        **{f"web-0/{each}": f"{each} says\n" for each in ("app", "side", "first")},
    )
    outcome = await look(log("says", **({"container": asked} if asked else {})), made)
    if container:
        assert outcome.found.render() == f"web-0: {container} says"
    else:
        assert outcome.found.render() == "The pod has no such container: gone"
        assert outcome.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("status", "previous", "verdict", "message"),
    [
        (None, False, Verdict.PENDING, "web-0 (Running)"),
        (
            {"state": {"waiting": {"reason": "ContainerCreating"}}},
            False,
            Verdict.PENDING,
            "web-0 (ContainerCreating)",
        ),
        (
            {"state": {"waiting": {"reason": "ErrImageNeverPull"}}},
            False,
            Verdict.FAILED,
            "web-0 (ErrImageNeverPull)",
        ),
        ({"state": {"terminated": {"exitCode": 1}}}, False, Verdict.PASSED, "x"),
        (
            {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 1},
            False,
            Verdict.PASSED,
            "x",
        ),
        (
            {"state": {"waiting": {}}, "lastState": {"terminated": {"exitCode": 1}}},
            False,
            Verdict.PASSED,
            "x",
        ),
        (RUNS, True, Verdict.PENDING, "It has not been restarted yet"),
        ({**RUNS, "restartCount": 0}, True, Verdict.PENDING, "It has not been restarted yet"),
        ({**RUNS, "restartCount": 1}, True, Verdict.PASSED, "x"),
        (None, True, Verdict.PENDING, "Nothing logged yet"),
    ],
)
async def test_a_container_that_cannot_have_written_yet_is_waited_for(status, previous, verdict, message):
    made = world(pod("web-0", ("app", status)), **{"web-0/app": "x\n"})
    outcome = await look(log("x", previous=previous), made)
    assert outcome.verdict is verdict
    assert message in outcome.found.render()


async def test_any_pod_with_the_labels_will_do_and_the_newest_come_first():
    pods = [pod(f"web-{each}", created=each) for each in range(MOST_PODS + 2)]
    pods += [pod("other", labels={"app": "db"}), pod("gone", going=True)]
    lines = {f"web-{each}/app": f"line of {each}\n" for each in range(MOST_PODS + 2)}
    made = world(*pods, **lines, **{"other/app": "strange\n", "gone/app": "strange\n"})
    assert (await look(log("line", selector="app=web"), made)).found.render() == "web-11: line of 11"
    assert (await look(log("line of 2$", selector="app=web"), made)).verdict is Verdict.PASSED
    assert (await look(log("line of 1$", selector="app=web"), made)).verdict is Verdict.FAILED  # the eleventh
    assert (await look(log("strange", selector="app=web"), made)).verdict is Verdict.FAILED


async def test_what_is_not_there_is_reported():
    assert "Does not exist: Pod web-0" in (await look(log(), world())).found.render()
    assert (await look(log(selector="app=x"), world())).found.render() == "No pod has these labels: app=x"
    elsewhere = Log.model_validate({"log": "x", "in": "nowhere", "selector": "a=b"})
    assert "namespace does not exist: nowhere" in (await look(elsewhere, world())).found.render()
    assert (await look(log(), FakeWorld(cluster=FakeCluster(error=UNREACHABLE)))).verdict is Verdict.ERROR


async def test_what_holds_up_the_pod_is_reported():
    status = {
        "state": {"waiting": {"reason": "ErrImagePull", "message": "not found: manifest unknown"}},
        "image": "x:1",
    }
    outcome = await look(log(), world(pod("web-0", ("app", status))))
    assert outcome.findings


def test_its_words_and_what_it_is_about():
    assert log().describe().render() == "Log of web-0 (namespace shop): GET /.* 200"
    before = log("x", container="app", previous=True).describe().render()
    assert before == "Log of web-0/app before its restart (namespace shop): x"
    assert log().about() == ObjectRef("Pod", "web-0", "shop")
    assert log(selector="a=b").about() == ObjectRef("Pod", "", "shop")
    assert log(".*").never_fails() is not None and log().never_fails() is None
    assert log().once is True
    for wrong in ({}, {"pod": "a", "selector": "a=b"}, {"pod": "a", "log": "("}, {"pod": "a", "log": ""}):
        with pytest.raises(ValidationError):
            Log.model_validate({"log": "x", **wrong})


async def test_on_a_practice_cluster(tmp_path):
    async with (
        PracticeCluster("logs", "1.32", folder=tmp_path / "state", speed=20.0) as practice,
        LiveCluster(Access.from_kubeconfig(practice.kubeconfig(tmp_path / "kubeconfig"))) as live,
    ):
        world = LiveWorld(live, None, None, {}, {"now": datetime.now(UTC)})
        made = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "nginx"}]},
        }
        await live._server.json("/api/v1/namespaces/default/pods", body=made)
        check = Log.model_validate({"log": "GET", "selector": "app=web"})
        while True:
            looked = world.look("now")
            outcome = await look(check, looked)
            assert not looked.watchable
            if outcome.verdict is Verdict.FAILED:
                break
            assert outcome.verdict is Verdict.PENDING
            await world.changed(looked.reads, 1.0)
        assert outcome.found.render() == "No such line in the log of: web"
