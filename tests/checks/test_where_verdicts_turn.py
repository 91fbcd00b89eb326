"""Numbers, codes and states at which a check's verdict turns, and what goes wrong while a cause is looked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from fake_world import FORBIDDEN, NAMESPACE, FakeWeb, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Check, CommandResult, Finding, Outcome, Reply, Verdict, World
from checks.counts import Between
from checks.log import MOST_LINES
from checks.phrase import Phrase, phrase
from checks.pods import STUCK
from checks.quiz import MOST_ANSWER
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
F, P, N = Verdict.FAILED, Verdict.PASSED, Verdict.PENDING


async def judged(written: dict[str, Any], world: FakeWorld) -> tuple[Verdict, str]:
    outcome = await look(ANY.validate_python(written), world)
    return outcome.verdict, outcome.found.render()


def workload(kind: str, status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    seen = {"observedGeneration": 2}
    return make(kind, "web", "shop", apiVersion="apps/v1", spec=spec, status={**seen, **status})


def deployment(
    total: int, updated: int, available: int, asked: int | None = 2, **status: Any
) -> dict[str, Any]:
    counts = {"replicas": total, "updatedReplicas": updated, "availableReplicas": available, **status}
    return workload("Deployment", counts, **({} if asked is None else {"replicas": asked}))


@pytest.mark.parametrize(
    ("obj", "verdict", "found"),
    [
        (deployment(2, 2, 2), P, "ready replicas: 2 of 2"),
        (deployment(1, 1, 1, None), P, "ready replicas: 1 of 1"),
        (deployment(0, 0, 0, None), N, "updated replicas: 0 of 1"),
        (deployment(2, 1, 2), N, "updated replicas: 1 of 2"),
        (deployment(3, 2, 2), N, "old replicas still to stop: 1"),
        (deployment(2, 2, 1), N, "ready replicas: 1 of 2"),
        (deployment(3, 3, 2), N, "ready replicas: 2 of 3"),
        (deployment(3, 3, 3), N, "old replicas still to stop: 1"),
        (deployment(2, 2, 2, observedGeneration=1), N, "The cluster has not applied the latest change yet"),
        (deployment(2, 2, 2, observedGeneration=3), P, "ready replicas: 2 of 2"),
        (
            deployment(2, 2, 2, observedGeneration=None),
            N,
            "The cluster has not applied the latest change yet",
        ),
        (
            deployment(2, 2, 2, conditions=[{"type": "Progressing", "reason": "NewReplicaSetAvailable"}]),
            P,
            "ready replicas: 2 of 2",
        ),
        (
            deployment(2, 2, 2, conditions=[{"type": "ReplicaFailure", "status": "False"}]),
            P,
            "ready replicas: 2 of 2",
        ),
        (deployment(0, 0, 0, 0), F, "Scaled to 0 replicas"),
    ],
)
async def test_when_a_deployment_is_ready(obj: dict[str, Any], verdict: Verdict, found: str) -> None:
    assert await judged({"deployment": "web", "in": "shop", "ready": True}, FakeWorld(obj)) == (
        verdict,
        found,
    )


def statefulset(
    ready: int,
    *,
    total: int = 2,
    updated: int = 2,
    revision: str = "a",
    asked: int | None = 2,
    available: int | None = None,
    **spec: Any,
) -> dict[str, Any]:
    status = {
        "readyReplicas": ready,
        "replicas": total,
        "updatedReplicas": updated,
        "currentRevision": "a",
        "updateRevision": revision,
    }
    if available is not None:
        status["availableReplicas"] = available
    return workload("StatefulSet", status, **({} if asked is None else {"replicas": asked}), **spec)


def rolling(partition: int) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}


ON_DELETE = "; with updateStrategy OnDelete the others stay until they are deleted"


@pytest.mark.parametrize(
    ("obj", "verdict", "found"),
    [
        (statefulset(2), P, "ready replicas: 2 of 2"),
        (statefulset(1, total=1, asked=None), P, "ready replicas: 1 of 1"),
        (statefulset(1), N, "ready replicas: 1 of 2"),
        (statefulset(3, total=3), N, "old replicas still to stop: 1"),
        (statefulset(2, available=1), P, "ready replicas: 2 of 2"),
        (statefulset(2, available=1, minReadySeconds=5), N, "ready replicas: 1 of 2"),
        (statefulset(2, available=2, minReadySeconds=5), P, "ready replicas: 2 of 2"),
        (statefulset(1, available=2, minReadySeconds=5), N, "ready replicas: 1 of 2"),
        (statefulset(2, minReadySeconds=5), N, "ready replicas: 0 of 2"),
        (statefulset(2, minReadySeconds=0), P, "ready replicas: 2 of 2"),
        (statefulset(2, revision="b", updated=2), N, "updated replicas: 2 of 2"),
        (statefulset(2, revision="b", updated=1, updateStrategy=rolling(1)), P, "ready replicas: 2 of 2"),
        (statefulset(2, revision="b", updated=0, updateStrategy=rolling(1)), N, "updated replicas: 0 of 1"),
        (statefulset(2, revision="b", updated=0, updateStrategy=rolling(2)), P, "ready replicas: 2 of 2"),
        (statefulset(2, revision="b", updated=0, updateStrategy=rolling(3)), P, "ready replicas: 2 of 2"),
        (
            statefulset(2, revision="b", updated=1, updateStrategy={"type": "OnDelete"}),
            F,
            f"updated replicas: 1 of 2{ON_DELETE}",
        ),
        (
            statefulset(2, revision="b", updated=2, updateStrategy={"type": "OnDelete"}),
            P,
            "ready replicas: 2 of 2",
        ),
        (statefulset(0, total=0, asked=0), F, "Scaled to 0 replicas"),
    ],
)
async def test_when_a_statefulset_is_ready(obj: dict[str, Any], verdict: Verdict, found: str) -> None:
    assert await judged({"statefulset": "web", "in": "shop", "ready": True}, FakeWorld(obj)) == (
        verdict,
        found,
    )


def daemonset(desired: int | None, updated: int | None, available: int | None, **spec: Any) -> dict[str, Any]:
    status = {
        "desiredNumberScheduled": desired,
        "updatedNumberScheduled": updated,
        "numberAvailable": available,
    }
    return workload("DaemonSet", {name: value for name, value in status.items() if value is not None}, **spec)


@pytest.mark.parametrize(
    ("obj", "verdict", "found"),
    [
        (daemonset(2, 2, 2), P, "ready replicas: 2 of 2"),
        (daemonset(1, None, None), N, "updated replicas: 0 of 1"),
        (daemonset(1, 1, None), N, "ready replicas: 0 of 1"),
        (daemonset(1, 1, 1), P, "ready replicas: 1 of 1"),
        (daemonset(None, 1, 1), F, "There is no node that it can run on"),
        (daemonset(2, 1, 2, updateStrategy={"type": "OnDelete"}), F, f"updated replicas: 1 of 2{ON_DELETE}"),
        (daemonset(2, 2, 1, updateStrategy={"type": "OnDelete"}), N, "ready replicas: 1 of 2"),
        (daemonset(2, 2, 2, updateStrategy={"type": "OnDelete"}), P, "ready replicas: 2 of 2"),
    ],
)
async def test_when_a_daemonset_is_ready(obj: dict[str, Any], verdict: Verdict, found: str) -> None:
    assert await judged({"daemonset": "web", "in": "shop", "ready": True}, FakeWorld(obj)) == (verdict, found)


def job(kind: str = "", status: str = "True", succeeded: int | None = None, **spec: Any) -> dict[str, Any]:
    conditions = [{"type": kind, "status": status, "reason": "R", "message": "m"}] if kind else []
    done = {} if succeeded is None else {"succeeded": succeeded}
    return make("Job", "web", "shop", spec=spec, status={"conditions": conditions, **done})


@pytest.mark.parametrize(
    ("obj", "verdict", "found"),
    [
        (job("Complete"), P, "completed"),
        (job("Complete", "False"), N, "completions: 0 of 1"),
        (job("Failed"), F, "The Job failed: R: m"),
        (job("Failed", "False"), N, "completions: 0 of 1"),
        (job("Failed", suspend=True), F, "The Job failed: R: m"),
        (job(suspend=True), F, "The Job is suspended"),
        (job(suspend=False), N, "completions: 0 of 1"),
        (job(succeeded=2, completions=3), N, "completions: 2 of 3"),
        (job(completions=0), N, "completions: 0 of 0"),
    ],
)
async def test_when_a_job_is_done(obj: dict[str, Any], verdict: Verdict, found: str) -> None:
    assert await judged({"job": "web", "in": "shop", "ready": True}, FakeWorld(obj)) == (verdict, found)


@pytest.mark.parametrize(
    ("written", "status", "verdict", "found"),
    [
        ({"replicas": 0}, {}, N, "The cluster has not applied the latest change yet"),
        ({"replicas": 2}, {"observedGeneration": 2, "desiredNumberScheduled": 2}, P, "exists"),
        ({"replicas": 3}, {"observedGeneration": 2, "desiredNumberScheduled": 2}, F, "replicas: 2"),
        ({"replicas": 3}, {"observedGeneration": 2}, F, "replicas: none"),
        ({"image": "x"}, {}, F, "image: none"),
    ],
)
async def test_what_a_daemonset_asks_for_is_counted_by_its_controller(
    written: dict[str, Any], status: dict[str, Any], verdict: Verdict, found: str
) -> None:
    world = FakeWorld(make("DaemonSet", "web", "shop", spec={}, status=status))
    assert await judged({"daemonset": "web", "in": "shop", **written}, world) == (verdict, found)


@pytest.mark.parametrize(
    ("least", "most", "words", "within"),
    [
        (1, None, "at least 1", {0: False, 1: True, 9: True}),
        (2, 2, "2", {1: False, 2: True, 3: False}),
        (1, 2, "1 to 2", {2: True, 3: False}),
        (0, 0, "0", {0: True, 1: False}),
    ],
)
def test_how_many(least: int, most: int | None, words: str, within: dict[int, bool]) -> None:
    many = Between(min=least, max=most)
    assert many.in_words().render() == words
    assert {count: count in many for count in within} == within
    assert many.none is (most == 0)


# programs, pages, answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "verdict", "found"),
    [
        (0, P, "/opt/kind: version 1.2.3"),
        (1, P, "/opt/kind: version 1.2.3"),
        (125, P, "/opt/kind: version 1.2.3"),
        (126, F, "/opt/kind does not tell its version: v1.2.3"),
        (127, F, "/opt/kind does not tell its version: v1.2.3"),
        (128, P, "/opt/kind: version 1.2.3"),
        (None, F, "/opt/kind does not tell its version: v1.2.3"),
    ],
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_tool_that_can_be_run_tells_its_version(
    tmp_path: Path, code: int | None, verdict: Verdict, found: str, stream: str
) -> None:
    printed = ("v1.2.3", "") if stream == "stdout" else ("", "v1.2.3")
    asked: list[float] = []

    class Asked(FakeWorkspace):
        async def run(self, command: str, timeout: float, seek: Any = ()) -> CommandResult:
            asked.append(timeout)
            return await super().run(command, timeout, seek)

    workspace = Asked(
        tmp_path, {"kind version": CommandResult(code, *printed, 0.1)}, tools={"kind": Path("/opt/kind")}
    )
    assert await judged({"tool": "kind", "version": ">=1"}, FakeWorld(workspace=workspace)) == (
        verdict,
        found,
    )
    assert asked == [15.0]


@pytest.mark.parametrize(
    ("result", "wanted", "verdict", "found"),
    [
        (CommandResult(127, "", "x", 0), 0, F, "The command was not found: x"),
        (CommandResult(127, "", "x", 0), 1, F, "The command was not found: x"),
        (CommandResult(127, "", "x", 0), 127, P, "exit code 127"),
        (CommandResult(126, "", "x", 0), 0, F, "exit code 126: x"),
        (CommandResult(128, "", "x", 0), 0, F, "exit code 128: x"),
        (CommandResult(None, "", "", 0), 0, N, "Still running after 30 s"),
    ],
)
async def test_how_a_command_ended(
    tmp_path: Path, result: CommandResult, wanted: int, verdict: Verdict, found: str
) -> None:
    world = FakeWorld(workspace=FakeWorkspace(tmp_path, {"x": result}))
    assert await judged({"command": "x", "exit_code": wanted}, world) == (verdict, found)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(500, F), (501, F), (502, N), (503, N), (504, N), (505, F), (404, F), (200, P), (201, F)],
)
async def test_what_a_page_answers(status: int, verdict: Verdict) -> None:
    web = FakeWeb(Reply(status, "x" * 121, "http://a/", "url"))
    got, found = await judged({"http": {"url": "http://a/"}}, FakeWorld(web=web))
    assert got is verdict
    assert found == (
        f"status {status} from http://a/"
        if verdict is P
        else f"status {status} from http://a/: … {'x' * 118}"
    )


async def test_a_page_that_is_empty() -> None:
    web = FakeWeb(Reply(404, "", "http://a/", "url"))
    assert await judged({"http": {"url": "http://a/"}}, FakeWorld(web=web)) == (
        F,
        "status 404 from http://a/: nothing",
    )


@pytest.mark.parametrize("reason", sorted(STUCK))
async def test_pods_that_are_stuck(reason: str) -> None:
    def pod(name: str, why: str) -> dict[str, Any]:
        return make(
            "Pod", name, status={"containerStatuses": [{"state": {"waiting": {"reason": why}}}]}, spec={}
        )

    check = {"pods": 2, "in": "istio-system"}
    waits = pod("a", "ContainerCreating")
    assert (await judged(check, FakeWorld(NAMESPACE, waits, pod("b", reason))))[0] is F
    assert (await judged(check, FakeWorld(NAMESPACE, waits, pod("b", "PodInitializing"))))[0] is N
    assert (await judged({**check, "pods": 3}, FakeWorld(NAMESPACE, waits, waits, pod("b", reason))))[0] is F


@pytest.mark.parametrize(("before", "verdict"), [(MOST_LINES - 1, P), (MOST_LINES, F)])
async def test_the_last_lines_of_a_log_are_looked_at(before: int, verdict: Verdict) -> None:
    spec = {"containers": [{"name": "app"}]}
    pod = make(
        "Pod",
        "web",
        "shop",
        spec=spec,
        status={"containerStatuses": [{"name": "app", "state": {"running": {}}}]},
    )
    world = FakeWorld(pod)
    world.cluster.written = {("web", "app"): "here\n" + "x\n" * before}
    assert (await judged({"log": "here", "in": "shop", "pod": "web"}, world))[0] is verdict


@pytest.mark.parametrize(("length", "told"), [(300, "x" * 300), (301, "… " + "x" * 298)])
async def test_a_message_and_a_line_are_told_up_to_a_length(length: int, told: str) -> None:
    about = {"kind": "Pod", "name": "web"}
    event = make("Event", "e", "shop", reason="BackOff", message="x" * length, involvedObject=about)
    assert await judged({"event": "BackOff", "in": "shop"}, FakeWorld(event)) == (P, f"Pod web: {told}")
    status = {"containerStatuses": [{"name": "app", "state": {"running": {}}}]}
    world = FakeWorld(make("Pod", "web", "shop", spec={"containers": [{"name": "app"}]}, status=status))
    world.cluster.written = {("web", "app"): "x" * length}
    assert await judged({"log": "x", "in": "shop", "pod": "web"}, world) == (P, f"web: {told}")


async def test_some_reasons_are_named_instead_of_an_event() -> None:
    about = {"kind": "Pod", "name": "web"}
    seen = [make("Event", f"e{each}", "shop", reason=f"R{each}", involvedObject=about) for each in range(6)]
    found = (await judged({"event": "BackOff", "in": "shop", "name": "web"}, FakeWorld(*seen)))[1]
    assert found == "No such event was seen, but: R0, R1, R2, R3, R4"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ([" X "], P),
        (["x", "x"], F),
        ([], F),
        (["y"], F),
        (["x" * MOST_ANSWER + "y"], P),
        (["x" * (MOST_ANSWER - 1) + "y"], F),
    ],
)
async def test_what_answers_a_question(answer: list[str], verdict: Verdict) -> None:
    asked = {"quiz": "?", "id": "q", "answer": "x+", "example": "x"}
    assert (await judged(asked, FakeWorld(answers={"q": answer})))[0] is verdict


@pytest.mark.timeout(20)
async def test_of_what_is_no_file_nothing_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    world = FakeWorld(workspace=FakeWorkspace(tmp_path))
    verdict, found = await judged({"file": "pipe", "contains": "x"}, world)
    assert (verdict, "not in the file" in found) == (F, True)
    assert (await judged({"file": "pipe", "folder": False}, world))[0] is P


# what goes wrong while a cause is looked for -------------------------------------------------------------------

CAUSE = Finding("a-rule", phrase("a cause"), phrase("a way out"))


class Looked(Check):
    """Gives the verdict that it was made with."""

    subject = "looked"
    verdict: Verdict
    fails: bool = False

    async def evaluate(self, world: World) -> Outcome:
        return Outcome(self.verdict, phrase("wanted"), phrase("found"))

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        if self.fails:
            await world.cluster.get("v1", "Pod", "a")
            raise ZeroDivisionError("oh")
        return (CAUSE,)

    def describe(self) -> Phrase:
        return phrase("wanted")


@pytest.mark.parametrize(
    ("verdict", "asked"),
    [
        (Verdict.PASSED, False),
        (Verdict.SKIPPED, False),
        (Verdict.ERROR, False),
        (Verdict.PENDING, True),
        (Verdict.FAILED, True),
    ],
)
async def test_a_cause_is_looked_for_where_a_check_fails(verdict: Verdict, asked: bool) -> None:
    outcome = await look(Looked(verdict=verdict), FakeWorld())
    assert (outcome.verdict, outcome.findings) == (verdict, (CAUSE,) if asked else ())
    assert outcome.passed is (verdict is Verdict.PASSED)


@pytest.mark.parametrize("readable", [True, False])
async def test_a_cause_that_cannot_be_found_leaves_the_verdict(
    readable: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world = FakeWorld()
    world.cluster.error = None if readable else FORBIDDEN
    outcome = await look(Looked(verdict=Verdict.FAILED, fails=True), world)
    assert (outcome.verdict, outcome.findings) == (Verdict.FAILED, ())
    assert ("ZeroDivisionError" in caplog.text) is readable
