"""What a command's output explains is reported when the command has ended, and again on the next visit."""

from __future__ import annotations

import shutil

import pytest

from runner.session.events import StepPassed
from tests.session.walking import Learner, lab_of, step, until

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


def reported(learner: Learner) -> list[str] | None:
    """The rules of the findings that stand beside the check now; None before its first look."""
    (outcome,) = learner.run.view.outcomes("one")
    return None if outcome is None else [finding.rule for finding in outcome.findings]


async def test_it_is_reported_at_once_and_on_the_next_visit_and_not_when_it_was_put_right(learn, tmp_path):
    lab = lab_of(tmp_path, step("one", "kubectl create configmap one"))
    learner = await learn(lab)
    await until(lambda: reported(learner) == [])
    await learner.types("kubecttl create configmap one")
    await until(lambda: reported(learner) == ["command-typo"], lambda: learner.reported)
    await learner.leaves()
    learner = await learn(lab)
    await until(lambda: reported(learner) == ["command-typo"], lambda: learner.reported)
    await learner.types("true")
    await learner.types("kubectl create configmap one")
    await learner.hears(StepPassed, step="one")
    await until(lambda: reported(learner) == [], lambda: learner.reported)


async def test_what_was_done_by_other_means_than_the_labs_commands_counts_as_begun(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "kubectl create configmap one"), step("two")))
    await until(lambda: reported(learner) == [])
    assert not learner.run.view.begun("one")
    await learner.types("ls; kubectl get configmaps")
    await learner.sees("kube-root-ca.crt")
    await until(lambda: learner.run.shell.ready)
    assert not learner.run.view.begun("one")
    await learner.types("kubectl -n default create cm another")
    await until(lambda: learner.run.view.begun("one"), lambda: learner.reported)
    assert not learner.run.view.begun("two")


async def test_a_cause_that_came_by_another_terminal_counts_as_begun(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "kubectl create configmap one"), step("onne")))
    await cluster.make("onne")  # a slip of the key
    await until(lambda: reported(learner) == ["misspelled"], lambda: learner.reported)
    assert learner.run.view.begun("one")
