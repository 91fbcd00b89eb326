"""The page that explains a check: its causes one after the other, and the object as it is now with the line marked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from checks.base import Finding, ObjectRef, Outcome, Verdict
from checks.file import File
from runner.session.seen import Seen
from runner.session.standing import Standing
from runner.tui.app import LabgateApp
from runner.tui.screens.explain import ExplainScreen
from runner.words import phrase
from tests.tui.conftest import SIZES, shown, until, until_shown

KIALI = ObjectRef("Service", "kiali", "istio-system")
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "kiali", "namespace": "istio-system", "managedFields": [{"manager": "kubectl"}]},
    "spec": {"ports": [{"name": f"p{n}", "port": n} for n in range(30)], "type": "ClusterIP"},
    "status": {"loadBalancer": {}},
}
CHECK = File.model_validate({"file": "x", "message": "No address.", "hint": "Use kubectl edit."})
COMMAND = "kubectl patch svc kiali -n istio-system -p x"
TYPE = Finding(
    "not-exposed",
    phrase("It is not exposed [red]"),
    phrase("Change its type: {command}", command=COMMAND),
    KIALI,
    "ClusterIP\x1b[2J",
    "spec.type",
    others=2,
)
EVENT = Finding(
    "slow",
    phrase("The cloud is slow"),
    phrase("Wait"),
    KIALI,
    "Ensuring load balancer",
    source="event EnsuringLoadBalancer",
)
FAILED = Outcome(Verdict.FAILED, phrase("An address"), phrase("None\x1b[2J"), (TYPE, EVENT))


class Objects:
    """What is seen of the object, told by the test."""

    def __init__(self, *first: Seen) -> None:
        self.reported: asyncio.Queue[Seen] = asyncio.Queue()
        for each in first:
            self.reported.put_nowait(each)

    async def watch(self, about: ObjectRef) -> AsyncIterator[Seen]:
        assert about == KIALI
        while True:
            yield await self.reported.get()


async def opened(
    app: LabgateApp, objects: Objects | None, outcome: Outcome = FAILED
) -> tuple[ExplainScreen, list]:
    page, chosen = ExplainScreen(CHECK, outcome, objects.watch if objects else None), []
    await app.push_screen(page, chosen.append)
    return page, chosen


@pytest.mark.parametrize("size", SIZES)
async def test_the_line_of_the_field_is_marked_and_in_view(size):
    app = LabgateApp()
    async with app.run_test(size=size) as pilot:
        page, _ = await opened(app, Objects(Seen(SERVICE)))
        await until_shown(pilot, "▸   type: ClusterIP")
        assert "managedFields" not in shown(app)
        page.query_one("#words").scroll_home(animate=False)
        for words in ("fails", "No address.", "exposed [red]"):
            await until_shown(app, words)
        await until_shown(app, "$ kubectl get service kiali -n istio-system -o yaml")
        page.query_one("#words").scroll_end(animate=False)
        for words in ("Use kubectl edit.", "An address", "None\\x1b[2J"):
            await until_shown(pilot, words)
        app.language = "ko"
        await until_shown(pilot, "istio-system의 service/kiali 외 2개")


async def test_the_object_is_shown_as_it_changes_goes_and_can_not_be_read():
    app, objects = LabgateApp(), Objects(Seen(SERVICE))
    async with app.run_test(size=(160, 50)) as pilot:
        await opened(app, objects)
        await until_shown(pilot, "▸   type: ClusterIP")
        objects.reported.put_nowait(Seen({**SERVICE, "spec": {"type": "NodePort"}}))
        await until_shown(pilot, "▸   type: NodePort")
        objects.reported.put_nowait(Seen({**SERVICE, "spec": {}}))
        await until_shown(pilot, "no such field now: spec.type")
        objects.reported.put_nowait(Seen(problem=phrase("The API server does not answer")))
        await until_shown(pilot, "can't be read: The API server does not answer")
        objects.reported.put_nowait(Seen())
        await until_shown(pilot, "no longer exists")
        await until_shown(app, "name: kiali")


async def test_an_object_that_was_never_there_is_reported():
    app = LabgateApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, Objects(Seen()))
        await until_shown(pilot, "no longer exists.")
        assert "its last known state" not in shown(app)


@pytest.mark.parametrize("by_mouse", [False, True])
async def test_the_causes_come_one_after_the_other(by_mouse):
    app = LabgateApp()
    async with app.run_test(size=(160, 50)) as pilot:
        await opened(app, Objects(Seen(SERVICE), Seen(SERVICE)))
        await until_shown(pilot, "Cause 1 of 2")
        if by_mouse:
            lines = shown(app).splitlines()
            y = next(at for at, line in enumerate(lines) if "next cause" in line)
            await pilot.click(offset=(lines[y].index("next cause"), y))
        else:
            await pilot.press("n")
        await until_shown(pilot, "Cause 2 of 2")
        assert "event EnsuringLoadBalancer" in shown(app) and "│ Ensuring load balancer" in shown(app)
        assert "▸" not in shown(app)  # an event is no line of the object
        await pilot.press("right")
        await until_shown(pilot, "Cause 1 of 2")


async def test_the_remedys_command_is_copied_and_taken_to_the_prompt():
    app = LabgateApp()
    async with app.run_test(size=(160, 50)) as pilot:
        _, chosen = await opened(app, Objects(Seen(SERVICE)))
        await until_shown(pilot, f"$ {COMMAND}")
        await until_shown(app, "Change its type:")
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == COMMAND)
        await pilot.press("c")
        await until(pilot, lambda: chosen)
        assert chosen == [COMMAND]


async def test_the_page_goes_on_with_the_check():
    app = LabgateApp()
    async with app.run_test(size=(160, 50)) as pilot:
        page, chosen = await opened(app, Objects(Seen(SERVICE)))
        await until_shown(pilot, "Cause 1 of 2")
        page.show(Outcome(Verdict.PENDING, FAILED.expected, phrase("wait"), (EVENT,)))
        await until_shown(pilot, "The cloud is slow")
        assert "Cause 1" not in shown(app)
        page.show(Outcome(Verdict.PASSED, FAILED.expected, phrase("192.0.2.1")))
        await until(pilot, lambda: "192.0.2.1" in shown(app) and "kubectl get" not in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: chosen)
        assert chosen == [""]


async def test_a_finding_about_no_object_has_the_page_to_itself():
    finding = Finding(
        "not-found", phrase("No such program"), phrase("Install it"), None, "bash: x", source="x --version"
    )
    app = LabgateApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, Objects(), Outcome(Verdict.ERROR, phrase("A"), phrase("B"), (finding,)))
        await until_shown(pilot, "│ bash: x")
        assert "could not be judged" in shown(app) and "x --version" in shown(app)
        assert "kubectl get" not in shown(app)


async def test_a_hidden_check_is_explained_by_its_verdict_alone():
    check = File.model_validate({"file": "secret.txt", "hidden": True, "message": "secret", "hint": "secret"})
    hidden = Outcome(Verdict.FAILED, phrase("secret"), phrase("secret"), (TYPE,))
    app = LabgateApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(ExplainScreen(check, hidden, Objects().watch))
        await until_shown(pilot, "fails")
        assert "secret" not in shown(app) and "exposed" not in shown(app)


async def test_a_person_reads_sentence_and_cause_before_what_is_compared():
    check = File.model_validate(
        {"file": "x", "title": "A pod of web that is available", "message": "None is.", "hint": "Look at it."}
    )
    outcome = Outcome(Verdict.FAILED, phrase("status.availableReplicas >= `1`"), phrase("0"), (TYPE,))
    app = LabgateApp()
    async with app.run_test(size=(160, 50)) as pilot:
        await app.push_screen(ExplainScreen(check, outcome))
        await until_shown(pilot, "status.availableReplicas")
        page = shown(app)
        told = [
            "A pod of web",
            "None is.",
            "It is not exposed",
            "Change its type",
            "Look at it.",
            "status.avail",
        ]
        assert sorted(told, key=page.index) == told


async def test_f5_goes_to_the_step_that_the_cause_belongs_to():
    app, went = LabgateApp(), []
    elsewhere = Standing(elsewhere=phrase("The step {step} mends it.", step="A namespace"))
    async with app.run_test(size=(120, 36)) as pilot:
        page = ExplainScreen(CHECK, FAILED, standing=elsewhere, mend=lambda: went.append("there"))
        chosen: list[str | None] = []
        await app.push_screen(page, chosen.append)
        await until_shown(pilot, "The step A namespace mends it.")
        await pilot.press("f5")
        await until(pilot, lambda: went and chosen)
        assert (went, chosen) == (["there"], [""])


async def test_f5_does_nothing_where_the_cause_is_the_steps_own():
    app, went = LabgateApp(), []
    async with app.run_test(size=(120, 36)) as pilot:
        page = ExplainScreen(CHECK, FAILED, mend=lambda: went.append("there"))
        await app.push_screen(page)
        await until_shown(pilot, "No address.")
        await pilot.press("f5", "c")  # c leaves, after F5 had its chance
        await until(pilot, lambda: app.screen is not page)
        assert went == []
