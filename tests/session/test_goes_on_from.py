"""A learner who comes to a lab that goes on from another one: on a practice cluster that one's work is done first."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from checks.base import Outcome, Verdict
from runner.labs.model import Lab
from runner.labs.prerequisites import EarlierProblem
from runner.practice import process
from runner.session.events import EarlierLab, EarlierStep, StepPassed
from runner.session.lab_places import practice_place
from runner.session.trust import NotAgreed
from runner.session.visit import Visit
from tests.session.course import a_step, takes_away, write
from tests.session.walking import Cluster, Learner

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


@pytest.fixture
async def two(home: Path, tmp_path: Path) -> AsyncIterator[Lab]:
    write(tmp_path, "one", a_step("box"), a_step("lid"))
    yield write(tmp_path, "two", takes_away("box"), takes_away("lid"), head="after: one")
    await asyncio.to_thread(process.stop, "two")


async def brought(visit: Visit) -> list[tuple[str, bool]]:
    events = [event async for event in visit.bring_earlier()]
    return [(event.lab, event.there) for event in events if isinstance(event, EarlierLab)]


async def test_its_work_is_done_once_and_reported_step_by_step(two: Lab) -> None:
    visit = Visit(two, practice_place(two))
    events = [event async for event in visit.bring_earlier()]
    assert events[:2] == [EarlierStep("one", "box", 1, 2), EarlierStep("one", "lid", 2, 2)]
    assert isinstance(events[2], EarlierLab)
    assert not events[2].there
    await visit.close()
    again = Visit(two, practice_place(two))
    assert await brought(again) == [("one", True)]
    await again.close()


async def test_what_the_lab_itself_took_away_is_not_brought_back(two: Lab) -> None:
    visit = Visit(two, practice_place(two))
    await brought(visit)
    learner = Learner(visit, await visit.enter((80, 24)))
    for step in ("no-box", "no-lid"):
        await learner.run.run_next(step)
        await learner.hears(StepPassed, step=step)
    await learner.leaves()
    again = Visit(two, practice_place(two))
    assert await brought(again) == [("one", True)]
    await again.close()


async def test_on_a_cluster_that_was_made_anew_it_is_done_anew(two: Lab) -> None:
    visit = Visit(two, practice_place(two))
    await brought(visit)
    await visit.give_up_cluster()
    assert await brought(visit) == [("one", False)]
    await visit.close()
    process.reset(two.id)  # by `labgate practice reset`
    again = Visit(two, practice_place(two))
    assert await brought(again) == [("one", False)]
    await again.close()


async def test_who_leaves_in_the_middle_goes_on_there(two: Lab) -> None:
    visit = Visit(two, practice_place(two))

    async def watch(lid: asyncio.Event) -> None:
        async with aclosing(visit.bring_earlier()) as events:
            async for event in events:
                if isinstance(event, EarlierStep) and event.step == "lid":
                    lid.set()

    lid = asyncio.Event()
    watching = asyncio.create_task(watch(lid))
    await lid.wait()
    await visit.close()
    assert watching.done()
    assert process.status(two.id) is None
    again = Visit(two, practice_place(two))
    events = [event async for event in again.bring_earlier()]
    assert isinstance(events[-1], EarlierLab)
    assert [event.step for event in events if isinstance(event, EarlierStep)] in ([], ["lid"])
    await again.close()


async def test_what_fails_is_reported_and_is_tried_again(two: Lab, tmp_path: Path) -> None:
    write(tmp_path, "one", a_step("box", "kubectl create confgmap box"))
    visit = Visit(two, practice_place(two))
    with pytest.raises(EarlierProblem, match=r"two comes after one, .*box: .*"):
        await brought(visit)
    write(tmp_path, "one", a_step("box"))
    assert await brought(visit) == [("one", False)]
    await visit.close()


@pytest.mark.unasked
async def test_nothing_of_it_is_run_without_a_yes(home: Path, tmp_path: Path) -> None:
    write(tmp_path, "strange", a_step("box", "touch ran"), trusted=False)
    three = write(tmp_path, "three", takes_away("box"), head="after: strange")
    visit = Visit(three, practice_place(three))
    with pytest.raises(NotAgreed):
        await brought(visit)
    await visit.close()
    assert not list(home.rglob("ran"))


async def test_on_a_cluster_of_ones_own_what_is_missing_is_reported_with_the_way_on(
    two: Lab, cluster: Cluster
) -> None:
    visit = Visit(two, cluster.place)

    async def looked() -> list[Outcome]:
        return [each async for each in visit.examine()]

    (missing,) = await looked()
    assert missing.verdict is Verdict.PENDING
    assert missing.expected.values["lab"] == "one"
    (finding,) = missing.findings
    assert finding.cause.render().startswith("box: ")
    assert str(finding.remedy.values["command"]).startswith("labgate learn ")
    assert await brought(visit) == []  # it is not ours to change
    await cluster.make("box")
    assert (await looked())[0].findings[0].cause.render().startswith("lid: ")
    await cluster.make("lid")
    assert [each.verdict for each in await looked()] == [Verdict.PASSED]
    await visit.close()
