"""Nothing is reported a cause where nothing is wrong: in the middle of rollouts, at any moment, of any kind."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.base import Object, Verdict
from checks.registry import look
from tests.checks.fake_world import FakeWorld, make
from tests.faults.healthy import healthy_rollouts
from tests.faults.scene import check


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
def test_a_healthy_cluster_in_the_middle_of_its_rollouts():
    tally = healthy_rollouts(25)
    assert tally.alarms == []
    assert tally.states == 25
    assert tally.verdicts == {Verdict.FAILED, Verdict.PENDING, Verdict.PASSED}


WAITING = ("ContainerCreating", "PodInitializing")
USUAL = (
    ("Normal", "Scheduled", "Successfully assigned shop/web to node-1"),
    ("Normal", "Pulling", 'Pulling image "nginx:1.21"'),
    ("Normal", "Killing", "Stopping container web"),
    ("Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
    ("Warning", "Unhealthy", "Startup probe failed: connection refused"),
    (
        "Warning",
        "FailedScheduling",
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
    ),
    (
        "Warning",
        "FailedMount",
        'MountVolume.SetUp failed for volume "settings" : configmap "settings" not found',
    ),
)
"""What every cluster tells now and then while pods come up; the ConfigMap has come meanwhile."""


@st.composite
def pods(draw: Any) -> list[Object]:
    """A pod on its way, and events about it of the first seconds."""
    kind = draw(st.sampled_from(("new", "waiting", "starting", "restarted")))
    status: Object = {"phase": "Pending"}
    if kind == "waiting":
        status["containerStatuses"] = [
            {
                "name": "web",
                "image": "nginx:1.21",
                "state": {"waiting": {"reason": draw(st.sampled_from(WAITING))}},
            }
        ]
    if kind in ("starting", "restarted"):
        running = {"running": {"startedAt": "2026-01-01T00:00:10Z"}}
        container = {"name": "web", "image": "nginx:1.21", "ready": False, "state": running}
        if kind == "restarted":
            container |= {
                "restartCount": 1,
                "lastState": {"terminated": {"exitCode": 0, "reason": "Completed"}},
            }
        ready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:09Z"}
        status = {"phase": "Running", "containerStatuses": [container], "conditions": [ready]}
    pod = make(
        "Pod", "web-1", "shop", labels={"app": "web"}, status=status, spec={"containers": [{"name": "web"}]}
    )
    events = [
        make("Event", f"e{number}", "shop", type=text[0], reason=text[1], message=text[2], count=draw(st.integers(1, 2)),
             lastTimestamp=f"2026-01-01T00:00:1{draw(st.integers(0, 9))}Z",
             involvedObject={"kind": "Pod", "name": "web-1"})
        for number, text in enumerate(draw(st.lists(st.sampled_from(USUAL), max_size=4)))
    ]  # fmt: skip
    return [pod, *events, make("ConfigMap", "settings", "shop")]


@given(pods())
def test_a_pod_on_its_way(objects: list[Object]) -> None:
    of = check({"pods": 1, "in": "shop", "selector": "app=web"})
    outcome = asyncio.run(look(of, FakeWorld(*objects)))  # type: ignore[arg-type]
    assert not outcome.passed
    assert outcome.findings == ()
