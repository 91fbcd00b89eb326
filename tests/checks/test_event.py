"""Events: which of them are meant, since when, and what is reported where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fake_world import NAMESPACE, UNREACHABLE, FakeCluster, FakeWorld, make
from pydantic import ValidationError

from checks.base import ObjectRef, Verdict
from checks.event import Event
from checks.registry import look
from runner.practice.cluster import PracticeCluster
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.world import LiveWorld

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(reason="BackOff", kind="Pod", name="web-1", at=NOON, **more):
    stamp = {"lastTimestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ")} if at else {}
    about = {"kind": kind, "name": name}
    text = {"type": "Warning", "message": "Back-off restarting", **stamp, **more}
    return make("Event", f"{name}.{reason}", "shop", reason=reason, involvedObject=about, **text)


def wanted(reason="BackOff", **more):
    return Event.model_validate({"event": reason, "in": "shop", **more})


@pytest.mark.parametrize(
    ("more", "passes"),
    [
        ({}, True),
        ({"kind": "Pod"}, True),
        ({"kind": "Node"}, False),
        ({"name": "web-1"}, True),
        ({"name": "web-"}, False),
        ({"name": "web-*"}, True),
        ({"name": "we-*"}, False),
        ({"type": "Warning"}, True),
        ({"type": "Normal"}, False),
        ({"matches": "^Back-off"}, True),
        ({"matches": "^off"}, False),
        ({"kind": "Pod", "name": "web-1", "type": "Warning", "matches": "restart"}, True),
    ],
)
async def test_all_that_is_reported_of_it_must_fit(more, passes):
    outcome = await look(wanted(**more), FakeWorld(event()))
    assert outcome.verdict is (Verdict.PASSED if passes else Verdict.FAILED)
    if passes:
        assert outcome.found.render() == "Pod web-1: Back-off restarting"
    assert (await look(wanted("Pulled", **more), FakeWorld(event()))).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("seconds", "passes"), [(-3, False), (-2, True), (0, True), (60, True)]
)  # clocks may differ by two
async def test_it_counts_since_the_step_began(seconds, passes):
    world = FakeWorld(event(at=NOON + timedelta(seconds=seconds)))
    world.began = NOON
    outcome = await look(wanted(), world)
    assert outcome.verdict is (Verdict.PASSED if passes else Verdict.FAILED)
    if not passes:
        assert outcome.found.render() == "It was seen before the step began, but not since"
    world.began = None
    assert (await look(wanted(), world)).verdict is Verdict.PASSED


async def test_an_event_seen_again_counts_by_its_last_time():
    again = event(
        at=None, series={"lastObservedTime": "2026-01-01T12:00:05.000000Z"}, eventTime="2026-01-01T09:00:00Z"
    )
    world = FakeWorld(again, event(at=None, name="web-2", lastTimestamp="no time"))
    world.began = NOON
    assert (await look(wanted(name="web-1"), world)).verdict is Verdict.PASSED
    assert (await look(wanted(name="web-2"), world)).verdict is Verdict.PASSED  # one that tells no time


async def test_the_newest_is_reported():
    world = FakeWorld(
        event(message="old"), event(message="new", at=NOON + timedelta(minutes=1)), event(message="old")
    )
    assert (await look(wanted(), world)).found.render().endswith("new")


async def test_what_was_seen_instead_is_reported_of_one_object_only():
    world = FakeWorld(event("Pulled"), event("Started"), event("Killing", name="db-1"))
    assert (
        await look(wanted(name="web-*"), world)
    ).found.render() == "No such event was seen, but: Pulled, Started"
    assert (await look(wanted(), world)).found.render() == "No such event was seen"
    assert (await look(wanted(name="x"), world)).found.render() == "No such event was seen"


async def test_a_namespace_that_is_missing_is_reported():
    assert "namespace does not exist: shop" in (await look(wanted(), FakeWorld(NAMESPACE))).found.render()
    assert (await look(wanted(), FakeWorld(cluster=FakeCluster(error=UNREACHABLE)))).verdict is Verdict.ERROR


async def test_what_holds_up_its_pods_is_reported():
    scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    condition = {**scheduled, "message": "0/1 nodes are available: 1 Insufficient cpu."}
    pod = make("Pod", "web-1", "shop", status={"phase": "Pending", "conditions": [condition]}, spec={})
    rules = {
        name: [
            each.rule
            for each in (await look(wanted("Pulled", kind="Pod", name=name), FakeWorld(pod))).findings
        ]
        for name in ("web-*", "db-*")
    }
    assert rules["web-*"] and not rules["db-*"]


def test_what_it_is_about_and_its_words():
    assert wanted(kind="Deployment", name="web").about() == ObjectRef("Deployment", "web", "shop", "apps/v1")
    assert wanted(kind="Pod", name="web-*").about() is None
    assert wanted(kind="Widget", name="web").about() is None
    assert wanted().once is True
    assert wanted().describe().render() == "Event BackOff (namespace shop)"
    whole = wanted(kind="Pod", name="web-*", type="Warning", matches="x").describe().render()
    assert whole == "Event BackOff (namespace shop): about Pod web-*, type: Warning, message: x"
    for wrong in ({"event": "two words"}, {"event": "A", "name": "*"}, {"event": "A", "matches": "("}):
        with pytest.raises(ValidationError):
            Event.model_validate(wrong)


async def test_on_a_practice_cluster(tmp_path):
    async with (
        PracticeCluster("events", "1.32", folder=tmp_path / "state", speed=20.0) as practice,
        LiveCluster(Access.from_kubeconfig(practice.kubeconfig(tmp_path / "kubeconfig"))) as live,
    ):
        began = {"now": datetime.now(UTC), "later": datetime.now(UTC) + timedelta(hours=1)}
        world = LiveWorld(live, None, None, {}, began)
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "app", "image": "nginx"}]},
                },
            },
        }
        await live._server.json("/apis/apps/v1/namespaces/default/deployments", body=deployment)
        check = Event.model_validate({"event": "ScalingReplicaSet", "kind": "Deployment", "name": "web"})
        while True:
            looked = world.look("now")
            if (await look(check, looked)).verdict is Verdict.PASSED:
                break
            assert looked.watchable
            await world.changed(looked.reads, 20.0)
        assert (await look(check, world.look("later"))).verdict is Verdict.FAILED
