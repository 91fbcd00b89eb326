"""A learner and the line under their terminal: what a failed line teaches, and help in the editor that they opened."""

from __future__ import annotations

import shutil

import pytest

from runner.session.coaching import Coaching, CoachingKind
from runner.session.events import CommandFinished
from tests.session.walking import Learner, holds, lab_of, step, until

pytestmark = [
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH"),
    pytest.mark.skipif(shutil.which("vi") is None, reason="no vi on the PATH"),
]


async def line(learner: Learner, kind: CoachingKind, of: str = "one") -> Coaching:
    """Wait until the line is of that kind."""
    found: list[Coaching | None] = [None]

    def now() -> bool:
        found[0] = learner.run.coaching(of, "en")
        return found[0] is not None and found[0].kind is kind

    await until(now, lambda: (found, bytes(learner.shown)))
    assert found[0] is not None
    return found[0]


async def test_what_a_line_teaches_goes_with_the_next(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", "kubectl create configmap one")))
    assert (await line(learner, CoachingKind.NEXT)).command == "kubectl create configmap one"
    await learner.types("kubctl get pods")
    taught = await line(learner, CoachingKind.TEACHING)
    assert taught.command == "kubectl get pods"
    learner.run.insert_line(taught.command)
    learner.run.shell.type(b"\r")
    await line(learner, CoachingKind.NEXT)
    await learner.types("kubctl get pods")
    await line(learner, CoachingKind.TEACHING)
    learner.run.go_to("one")  # the learner comes to a step: what was before is past
    await line(learner, CoachingKind.NEXT)
    await learner.types("sleep 30")
    assert "sleep 30" in (await line(learner, CoachingKind.RUNNING)).words.render()
    learner.run.shell.type(b"\x03")
    await learner.types("kubectl create configmap one")
    await line(learner, CoachingKind.DONE)


async def test_in_the_editor_that_the_learner_opened_the_keys_are_typed_for_them(
    learn, tmp_path, monkeypatch
):
    monkeypatch.setenv("KUBE_EDITOR", "vi")
    edit = {"command": "kubectl edit cm one", "keys": [":%s/red/blue/", "enter", ":wq!", "enter"]}
    wanted = holds("one", matches={"data": {"colour": "blue"}})
    lab = lab_of(tmp_path, step("one", edit, checks=[wanted]))
    learner = await learn(lab)
    await learner.types("kubectl create configmap one --from-literal=colour=red")
    await until(
        lambda: learner.run.shell.ready and "created" in learner.shown.decode(), lambda: learner.shown
    )
    await learner.types("kubectl edit configmap/one")
    assert (await line(learner, CoachingKind.EDITOR)).words.values[
        "keys"
    ] == ":%s/red/blue/ Enter  :wq! Enter"
    learner.run.shell.type(b":%s/r")
    await until(lambda: learner.run.shell.typed_into_program == ":%s/r")
    assert (await line(learner, CoachingKind.EDITOR)).words.values[
        "keys"
    ] == "Esc  :%s/red/blue/ Enter  :wq! Enter"
    await learner.run.run_next("one")
    await line(learner, CoachingKind.DONE)
    assert not learner.heard(
        CommandFinished, by="learner"
    )  # another line than the lab's; the check has seen it
