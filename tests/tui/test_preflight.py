from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from textual.events import Mount

from checks.base import Outcome, Verdict
from runner.labs.library import own_labs
from runner.labs.load import load
from runner.labs.model import Lab
from runner.practice import process
from runner.session.cluster_targets import practice_target
from runner.session.events import EarlierLab, EarlierStep
from runner.session.lab_environment import lab_environment
from runner.session.lab_places import practice_place
from runner.session.requirements import examine
from runner.session.target import Target
from runner.shell import SavedState
from runner.tui.app import LabgateApp
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.preflight_screen import PreflightScreen
from runner.words import phrase
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.workspace import Workspace
from runner.world.world import LiveWorld
from tests.tui.conftest import shown as on_screen
from tests.tui.conftest import until, until_shown

LAB = """
format: 1
title: Mine
summary: A lab.
minutes: 5
level: beginner
{requires}
steps:
  - {{id: one, title: One, text: "Just read. ", run: [echo the-first-command]}}
"""


class Looking:
    """The way to a lab up to its requirements, on a real practice cluster; what comes after is only noted."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.place = practice_place(lab)
        self.closed = False
        self.earlier: tuple[EarlierStep | EarlierLab, ...] = ()
        self._stack = AsyncExitStack()
        self._target: Target | None = None

    async def arrive(self) -> Target:
        self._target = self._target or await self._stack.enter_async_context(practice_target(self.lab))
        return self._target

    async def examine(self) -> AsyncIterator[Outcome]:
        target = await self.arrive()
        async with LiveCluster(Access.from_kubeconfig(target.kubeconfig, target.context)) as cluster:
            saved = SavedState(Path.cwd(), lab_environment(self.lab, target))
            world = LiveWorld(cluster, Workspace(Path.cwd(), lambda: saved), Web(cluster), {})
            async for outcome in examine(self.lab, world.look(), cluster.can):
                yield outcome

    async def bring_earlier(self) -> AsyncIterator[EarlierStep | EarlierLab]:
        for event in self.earlier:
            yield event

    async def close(self) -> None:
        self.closed = True
        await self._stack.aclose()


@pytest.fixture
async def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Looking]]:
    """Makes the visit of a lab with these requirements; `own`: the lab counts as Labgate's own."""
    made: list[Looking] = []

    def visit(requires: str = "", *, own: bool = True) -> Looking:
        folder = tmp_path / "shelf" / "mine"
        folder.mkdir(parents=True)
        (folder / "lab.yaml").write_text(LAB.format(requires=requires and f"requires: {requires}"))
        if own:
            monkeypatch.setattr("runner.labs.library.own_labs", lambda: folder.parent)
        made.append(Looking(load(folder)))
        return made[-1]

    yield visit
    for each in made:
        await each.close()


class Preflight(LabgateApp):
    """Opens this page alone, and notes when the lab would start."""

    def __init__(self, visit: Any, *, language: str = "en", elsewhere: bool = False) -> None:
        super().__init__(language=language)
        self.page = PreflightScreen(visit, elsewhere=elsewhere)
        self.left: list[str | None] = []
        self.started: list[object] = []

    async def on_mount(self, event: Mount) -> None:  # type: ignore[override]
        event.prevent_default()  # no catalogue above it
        await self.push_screen(self.page, self.left.append)

    async def start_lab(self, visit: Any) -> None:
        self.started.append(visit)


ALL = "{kubernetes: '>=1.18', tools: {bash: '*'}, access: [{verb: create, resource: namespaces}], capacity: {cpu: 200m}}"


async def test_a_lab_that_could_not_be_begun_can_be_begun_again(visit: Callable[..., Looking]) -> None:
    app = Preflight(visit(ALL))  # whose start_lab comes back, as where a message says why it can't be
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "⏎ Everything is there. Start the lab")

        def held(*words: str) -> int:
            lines = (line for line in on_screen(app).splitlines() if "✓" in line)
            return sum(all(word in line for word in words) for line in lines)

        await until(pilot, lambda: held() == 5)  # the cluster itself, and four requirements
        assert held("Kubernetes version of the cluster: >=1.18", "version 1.32")
        assert held("Permission: create namespaces", "allowed")
        assert held("Free CPU on the nodes: 200m", "free")
        assert len(app.started) == 1
        await pilot.press("enter")
        await until(pilot, lambda: len(app.started) == 2)


async def test_where_everything_holds_there_is_no_page(visit: Callable[..., Looking]) -> None:
    app = Preflight(visit(ALL))
    frames: list[str] = []
    async with app.run_test() as pilot:
        await until(pilot, lambda: frames.append(on_screen(app)) or app.started)
        assert not any("Before the lab starts" in frame for frame in frames[:-1])


async def test_another_cluster_can_be_chosen_where_this_one_will_not_do(
    visit: Callable[..., Looking],
) -> None:
    looking = visit("{kubernetes: '>=1.18,<1.20'}")
    app = Preflight(looking, elsewhere=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "p Another cluster")
        await pilot.press("p")
        await until(pilot, lambda: app.left == ["elsewhere"])
        assert looking.closed


async def test_a_cluster_of_another_version_stops_it_with_the_way_out(visit: Callable[..., Looking]) -> None:
    app = Preflight(visit("{kubernetes: '>=1.18,<1.20'}"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "The lab can't start yet.")
        await until_shown(app, "✗  Kubernetes version of the cluster: >=1.18,<1.20")
        await until_shown(app, "→ Use a cluster of such a version")
        await pilot.press("enter")
        await pilot.pause()
        assert not app.started


async def test_a_program_that_is_missing_can_be_installed_and_looked_for_again(
    visit: Callable[..., Looking], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "bash").symlink_to("/bin/bash")
    monkeypatch.setenv("PATH", str(tools))
    app = Preflight(visit("{tools: {curl: '*'}}"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "The lab can't start yet.")
        await until_shown(pilot, "→ Install curl")
        (tools / "curl").write_text("#!/bin/bash\necho curl 8.0.0\n")
        (tools / "curl").chmod(0o755)
        await pilot.press("r")
        await until_shown(pilot, "⏎ Everything is there.")


async def test_too_little_room_is_a_warning_and_the_lab_can_start(visit: Callable[..., Looking]) -> None:
    app = Preflight(visit("{capacity: {memory: 900Gi}}"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "Start the lab anyway")
        await until_shown(app, "!  Free memory on the nodes: 900Gi")
        assert not app.started  # not by itself
        await pilot.press("enter")
        await until(pilot, lambda: app.started)


async def test_a_practice_cluster_that_does_not_start_is_reported_and_tried_again(
    visit: Callable[..., Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = visit()
    arrive = looking.arrive

    async def fails() -> Target:
        raise process.PracticeError(phrase("The practice cluster did not start: no space left on device"))

    monkeypatch.setattr(looking, "arrive", fails)
    app = Preflight(looking)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "did not start: no space left on device")
        await until_shown(pilot, "The lab can't start yet.")
        monkeypatch.setattr(looking, "arrive", arrive)
        await pilot.press("r")
        await until_shown(pilot, "⏎ Everything is there.")


async def test_what_happens_is_shown_while_it_happens_and_escape_leaves(
    visit: Callable[..., Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = visit()

    async def slow() -> Target:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(looking, "arrive", slow)
    app = Preflight(looking)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "Starting the practice cluster…")
        await until_shown(app, "Esc: back")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not app.page)
        assert looking.closed


async def test_a_lab_from_elsewhere_shows_its_commands_before_anything_runs(
    visit: Callable[..., Looking],
) -> None:
    app = Preflight(visit(own=False))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await until_shown(pilot, "$ echo the-first-command")
        assert process.status("mine") is None
        await pilot.press("y")
        await until_shown(pilot, "⏎ Everything is there.")


async def test_a_lab_that_is_not_trusted_is_left(visit: Callable[..., Looking]) -> None:
    app = Preflight(visit(own=False))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not app.page and not isinstance(app.screen, ConfirmScreen))
        assert process.status("mine") is None


async def test_a_yes_is_remembered_until_the_commands_change(
    visit: Callable[..., Looking], tmp_path: Path
) -> None:
    looking = visit(own=False)
    async with Preflight(looking).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "$ echo the-first-command")
        await pilot.press("y")
        await until_shown(pilot, "⏎ Everything is there.")
    async with Preflight(looking).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "⏎ Everything is there.")
    file = looking.lab.folder / "lab.yaml"
    file.write_text(file.read_text().replace("the-first-command", "another-command"))
    looking.lab = load(looking.lab.folder)
    (looking.lab.folder / "practice" / "bin").mkdir(parents=True)
    (looking.lab.folder / "practice" / "bin" / "kubectl").write_text("#!/bin/sh\n")
    async with Preflight(looking).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "$ echo another-command")
        await until_shown(pilot.app, "own programs")
        await until_shown(pilot.app, "kubectl")
        await pilot.press("n")


async def test_a_click_starts(visit: Callable[..., Looking]) -> None:
    app = Preflight(visit())
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "⏎ Everything is there.")
        await pilot.click("#next")
        await until(pilot, lambda: len(app.started) == 2)


async def test_what_was_found_is_reported_again_in_korean(visit: Callable[..., Looking]) -> None:
    app = Preflight(visit("{kubernetes: '<1.20', capacity: {cpu: 900}}"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "The lab can't start yet.")
        await pilot.press("l")
        await until_shown(pilot, "연습용 클러스터")
        english = ("Before", "Free", "Practice", "version", "start", "Look", "Some pods")
        await until(app, lambda: not any(word in on_screen(app) for word in english))


def test_labgates_own_labs_hold_on_their_practice_cluster() -> None:
    """What a first-time user meets: nothing of the shipped labs may fail on the cluster that they bring."""

    async def unmet(name: str) -> list[str]:
        looking = Looking(load(own_labs() / name))
        try:
            return [
                each.expected.render()
                async for each in looking.examine()
                if each.verdict is not Verdict.PASSED
            ]
        finally:
            await looking.close()

    for name in sorted(each for each in os.listdir(own_labs()) if (own_labs() / each / "lab.yaml").is_file()):  # noqa: PTH208
        assert asyncio.run(unmet(name)) == []
