"""Commands in containers: in which of them, what is expected, and what can't have run yet."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, NAMESPACE, UNREACHABLE, FakeCluster, FakeWorld, make
from pydantic import ValidationError

from checks.base import CommandResult, ObjectRef, Verdict
from checks.exec import MOST_PODS, Exec
from checks.registry import look

RUNS = {"state": {"running": {}}}


def pod(name="db-0", status=None, **more):
    made = make(
        "Pod",
        name,
        "shop",
        labels={"app": "db"},
        spec={"containers": [{"name": "app", "image": "db:1"}, {"name": "side", "image": "side:1"}]},
        status={"phase": "Running", "containerStatuses": [{"name": "app", **(status or RUNS)}]},
        **more,
    )
    made["metadata"]["creationTimestamp"] = "2026-01-01T11:00:00Z"
    return made


def world(*objects, **prints):
    made = FakeWorld(NAMESPACE, make("Namespace", "shop", None), *objects)
    made.cluster.prints = {
        name.replace("_", "-"): CommandResult(each[0], *each[1:], 0.1) if isinstance(each, tuple) else each
        for name, each in prints.items()
    }
    return made


def check(command="cat /x", **more):
    where = {} if "selector" in more else {"pod": "db-0"}
    return Exec.model_validate({"exec": command, "in": "shop", **where, **more})


@pytest.mark.parametrize(
    ("asked", "result", "verdict", "found"),
    [
        ({}, (0, "", ""), Verdict.PASSED, "exit code 0"),
        ({}, (1, "", "cat: /x: none"), Verdict.FAILED, "exit code 1: cat: /x: none"),
        ({"exit_code": 1}, (0, "", ""), Verdict.FAILED, "exit code 0: nothing"),
        ({"exit_code": 7}, (7, "", ""), Verdict.PASSED, "exit code 7"),
        ({"contains": "mode"}, (0, "a mode", ""), Verdict.PASSED, "exit code 0"),
        ({"contains": "mode"}, (0, "", "mode"), Verdict.PASSED, "exit code 0"),
        ({"contains": "mode"}, (0, "", ""), Verdict.FAILED, "printed: nothing"),
        ({"output": "^b$"}, (0, "a\nb\n", ""), Verdict.PASSED, "exit code 0"),
        ({"output": "^a b$"}, (0, "a\nb\n", ""), Verdict.FAILED, "printed: a b"),
        ({"not_contains": "b"}, (0, "a b", ""), Verdict.FAILED, "printed: a b"),
        ({}, (None, "", ""), Verdict.PENDING, "Still running after 10 s"),
        ({}, UNREACHABLE, Verdict.ERROR, "The API server can't be reached"),
        ({}, FORBIDDEN, Verdict.ERROR, "The API server does not allow it"),
    ],
)
async def test_how_it_must_end_and_what_it_must_print(asked, result, verdict, found):
    outcome = await look(check(**asked), world(pod(), db_0=result))
    assert (outcome.verdict, outcome.found.render()) == (verdict, found)


async def test_of_output_that_was_not_kept_nothing_is_said():
    cut = CommandResult(0, "a", "", 0.1, cut=True)
    made = world(pod(), db_0=cut)
    assert (await look(check(output="needle"), made)).verdict is Verdict.ERROR
    assert (await look(check(output="a"), made)).passed


async def test_every_pod_with_the_labels_must_have_the_result():
    right, wrong = (0, "v2", ""), (0, "v1", "")
    pods = [pod("db-0"), pod("db-1"), pod("gone", going=True), make("Pod", "other", "shop", labels={})]
    asked = check(selector="app=db", contains="v2")
    outcome = await look(asked, world(*pods, db_0=right, db_1=right))
    assert (outcome.verdict, outcome.found.render()) == (Verdict.PASSED, "as expected in: db-0, db-1")
    outcome = await look(asked, world(*pods, db_0=right, db_1=wrong))
    assert (outcome.verdict, outcome.found.render()) == (Verdict.FAILED, "db-1: printed: v1")
    many = world(*(pod(f"p{each}") for each in range(MOST_PODS + 2)))
    await look(asked, many)
    assert len(many.cluster.executed) == MOST_PODS + 1  # and once more for the diagnosis
    done = pod("done")
    done["status"]["phase"] = "Succeeded"
    assert (await look(asked, world(done))).found.render() == "No pod has these labels: app=db"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({"state": {"waiting": {"reason": "ContainerCreating"}}}, Verdict.PENDING),
        ({"state": {"waiting": {"reason": "CrashLoopBackOff"}}}, Verdict.FAILED),
        ({"state": {"terminated": {"exitCode": 1}}}, Verdict.PENDING),
    ],
)
async def test_nothing_is_run_where_the_container_does_not_run(status, verdict):
    made = world(pod(status=status), db_0=(0, "", ""))
    outcome = await look(check(), made)
    assert outcome.verdict is verdict and not made.cluster.executed


async def test_what_is_not_there_is_reported():
    assert "Does not exist: Pod db-0" in (await look(check(), world())).found.render()
    assert (
        await look(check(container="no"), world(pod()))
    ).found.render() == "The pod has no such container: no"
    nowhere = Exec.model_validate({"exec": "x", "in": "nowhere", "selector": "a=b"})
    assert "namespace does not exist: nowhere" in (await look(nowhere, world())).found.render()
    assert (await look(check(), FakeWorld(cluster=FakeCluster(error=UNREACHABLE)))).verdict is Verdict.ERROR


async def test_a_program_that_the_image_does_not_have():
    missing = (127, "", "sh: curl: not found")
    outcome = await look(check("curl x"), world(pod(), db_0=missing))
    [finding] = outcome.findings
    assert finding.rule == "no-program-in-image" and "db:1" in finding.cause.render()
    assert finding.evidence == "sh: curl: not found"
    assert not (await look(check("curl x", exit_code=127, contains="y"), world(pod(), db_0=missing))).findings


def test_its_words_and_what_can_not_fail():
    assert check().describe().render() == "cat /x in db-0 (namespace shop): exit code 0"
    assert check(["ls", "/a"], container="app").describe().render().startswith("ls /a in db-0/app (")
    assert check().sentence().wanted.render() == "`cat /x` in Pod db-0 in shop must succeed"
    assert check(contains="v2").sentence(under_place=True).so.render() == "`cat /x` in Pod db-0 prints “v2”"
    assert check().about() == ObjectRef("Pod", "db-0", "shop")
    assert check("cat /x || true").never_fails() and check("cat", output=".*").never_fails()
    assert not check("cat /x || true", contains="a").never_fails() and not check().never_fails()
    for wrong in (
        {"exec": " "},
        {"exec": []},
        {"exec": [""]},
        {"exec": "a", "timeout": 500},
        {"exec": "a", "pod": None},
    ):
        with pytest.raises(ValidationError):
            Exec.model_validate({"exec": "a", "pod": "p", **wrong})
