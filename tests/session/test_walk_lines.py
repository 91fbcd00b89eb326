"""Commands of several lines, typed or pasted by the learner, count as the lab's: bash's history joins their lines."""

from __future__ import annotations

import shutil

import pytest

from runner.session.events import CommandFinished
from tests.session.walking import lab_of, step, until

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")

COMMANDS = [
    "for each in a b; do\n  echo $each\ndone",
    "echo one \\\n  two",
    "cat <<EOF\nkind: ConfigMap\n  name: x\nEOF",
    "if true; then\n  echo x\nfi",
    "echo 'a\n  b'",
]


@pytest.mark.parametrize("by", ["typed", "inserted"])
async def test_each_counts(learn, tmp_path, by):
    learner = await learn(lab_of(tmp_path, step("one", *COMMANDS)))
    for index, command in enumerate(COMMANDS):
        if by == "typed":
            await learner.types(command.replace("\n", "\r"))
        else:
            await until(lambda: learner.run.shell.ready)
            learner.run.insert("one", index)
            learner.run.shell.type(b"\r")
        await learner.hears(CommandFinished, step="one", index=index, by="learner", exit_code=0)
    assert learner.run.view.next_command("one") is None


async def test_what_only_resembles_one_does_not(learn, tmp_path):
    learner = await learn(
        lab_of(tmp_path, step("one", "export A=1; true", "for each in a; do\n  true\ndone"))
    )
    await learner.types("export A=1 true")
    await learner.types("for each in b; do true; done")
    await learner.types("for each in a; do true; done")
    await learner.hears(CommandFinished, step="one", index=1, by="learner")
    assert len(learner.heard(CommandFinished)) == 1
