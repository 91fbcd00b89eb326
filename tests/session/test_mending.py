"""Where something of an earlier step is gone, the way leads to the step that makes it, and to who deleted it."""

from __future__ import annotations

import shutil

import pytest

from runner.session.events import StepBroken, StepPassed
from runner.session.mending import belongs_to, step_to_mend
from tests.session.walking import Learner, holds, lab_of, step, until

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")

ROOM = {"namespace": "room"}
INSIDE = {**holds("inside"), "in": "room"}


def mended(learner: Learner, here: str) -> str:
    found = step_to_mend(learner.run.view, here)
    return found.id if found else ""


def rules(learner: Learner, of: str) -> list[str]:
    return [
        finding.rule for outcome in learner.run.view.outcomes(of) if outcome for finding in outcome.findings
    ]


@pytest.mark.parametrize("checks", [[ROOM], [holds("one")]], ids=["checked", "unchecked"])
async def test_a_namespace_that_was_deleted_leads_to_the_step_that_makes_it(learn, tmp_path, checks):
    lab = lab_of(
        tmp_path,
        step("one", "kubectl create ns room; kubectl create configmap one", checks=checks),
        step("two", "kubectl create configmap inside -n room", checks=[INSIDE]),
        step("three"),
    )
    learner = await learn(lab)
    assert mended(learner, "one") == ""  # not made yet: nothing is broken
    await learner.types("kubectl create ns room; kubectl create configmap one")
    await learner.types("kubectl create configmap inside -n room")
    await learner.hears(StepPassed, step="two")
    assert mended(learner, "three") == ""
    await learner.types("k=kubectl; $k delete namespaces/room")
    await learner.hears(StepBroken, step="two")
    await until(lambda: mended(learner, "three") == "one", lambda: learner.reported)
    assert mended(learner, "two") == "one"
    await until(lambda: rules(learner, "two") == ["deleted-by-hand"], lambda: learner.reported)
    await learner.types("kubectl create ns room")
    await until(lambda: mended(learner, "three") == "two", lambda: learner.reported)


async def test_an_object_that_was_deleted_leads_to_its_own_step(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one"), step("two"), step("three")))
    await cluster.make("one", "two")
    await learner.hears(StepPassed, step="two")
    await cluster.take("two")
    await learner.hears(StepBroken, step="two")
    assert mended(learner, "three") == "two"
    await cluster.take("one")
    await learner.hears(StepBroken, step="one")
    assert mended(learner, "three") == "one"


async def test_what_an_earlier_command_left_wrong_is_not_reported_while_a_newer_one_is_at_work(
    learn, tmp_path
):
    learner = await learn(lab_of(tmp_path, step("one", "kubectl create configmap one")))
    await until(lambda: learner.run.view.outcomes("one")[0], lambda: learner.reported)
    await learner.types("kubectl create configmap one -n nowhere")
    await until(lambda: rules(learner, "one"), lambda: learner.reported)
    await learner.types("bash -c 'read x'")
    await until(lambda: rules(learner, "one") == [], lambda: learner.reported)
    learner.run.shell.type(b"\r")
    await until(lambda: rules(learner, "one"), lambda: learner.reported)


async def test_a_cause_belongs_to_the_step_that_makes_what_is_missing(learn, cluster, tmp_path):
    lab = lab_of(
        tmp_path,
        step("one", "kubectl create ns room; kubectl create configmap one", checks=[holds("one")]),
        step("two", checks=[INSIDE, holds("two")]),
    )
    learner = await learn(lab)
    await learner.types("kubectl create ns room; kubectl create configmap one")
    await learner.hears(StepPassed, step="one")
    assert belongs_to(learner.run.view, "two", 0) is None  # its own work, which is not done yet
    await learner.types("kubectl create configmap inside -n room; kubectl delete namespace room")

    def owner(index: int) -> str:
        found = belongs_to(learner.run.view, "two", index)
        return found.id if found else ""

    await until(lambda: owner(0) == "one", lambda: learner.reported)
    assert owner(1) == ""  # the ConfigMap two has nothing to do with the namespace
