"""What the cluster says of who may do what, and since when a step is worked on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.base import AccessRequest, CannotRead
from runner.practice.cluster import PracticeCluster
from runner.session.attempt_state import AttemptState
from runner.session.events import StepReached, StepReset, StepStarted, StepUnlocked
from runner.session.live_record import LiveBegan
from runner.session.reducer import reduce
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.world import LiveWorld

ADMIN = ("admin", ("system:masters",))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def live(tmp_path):
    async with PracticeCluster("decisions", "1.32", folder=tmp_path / "state") as practice:
        access = Access.from_kubeconfig(practice.kubeconfig(tmp_path / "kubeconfig"))
        async with LiveCluster(access) as cluster:
            yield cluster


async def test_a_decision_is_the_api_servers(live):
    looked = LiveWorld(live, None, None, {}).look()
    allowed = await looked.cluster.decide(AccessRequest(*ADMIN, "delete", "deployments", "default"))
    assert allowed.allowed
    assert not (await looked.cluster.decide(AccessRequest("eve", (), "get", "pods", "default"))).allowed
    assert not looked.watchable  # no watch tells that a role was changed


@pytest.mark.parametrize("resource", ["deployment", "deployments.app", "widgets", "po"])
async def test_a_resource_that_the_cluster_does_not_have_is_reported(live, resource):
    with pytest.raises(CannotRead) as message:
        await live.decide(AccessRequest("eve", (), "get", resource, "default"))
    assert message.value.reason == "unknown-kind"


async def test_resources_are_found_in_their_group(live):
    found = [await live._discovery.group_of(each) for each in ("pods", "deployments", "networkpolicies")]
    assert found == ["", "apps", "networking.k8s.io"]
    assert await live._discovery.group_of("ingresses", "networking.k8s.io") == "networking.k8s.io"


async def test_verbs_of_no_served_resource_are_asked_as_they_are(live):
    assert (await live.decide(AccessRequest(*ADMIN, "impersonate", "users", "", "eve"))).allowed
    assert (await live.decide(AccessRequest(*ADMIN, "get", path="/metrics"))).allowed


def test_a_step_began_as_it_was_unlocked_and_again_as_it_was_run_again():
    state = AttemptState()
    began = LiveBegan(lambda: state)
    for minutes, event in enumerate([StepUnlocked("a"), StepReached("a"), StepUnlocked("b")]):
        state = reduce(state, event, NOON + timedelta(minutes=minutes))
    assert dict(began) == {"a": NOON, "b": NOON + timedelta(minutes=2)}
    state = reduce(state, StepReset("a"), NOON + timedelta(minutes=5))
    state = reduce(state, StepStarted("b"), NOON + timedelta(minutes=6))
    assert dict(began) == {"a": NOON + timedelta(minutes=5), "b": NOON + timedelta(minutes=6)}
    looked = LiveWorld(None, None, None, {}, began)
    assert looked.look("a").began == NOON + timedelta(minutes=5)
    assert looked.look("c").began is None
