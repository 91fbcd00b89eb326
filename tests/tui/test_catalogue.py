from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runner.session import events
from runner.session.progress import Progress
from runner.tui.app import LabgateApp
from runner.tui.screens.catalogue_screen import CatalogueScreen
from runner.tui.screens.places_screen import PlacesScreen
from runner.tui.widgets.choices import Choices
from tests.tui.conftest import shown as on_screen
from tests.tui.conftest import until, until_shown


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of labs beside Labgate's own, with a broken one."""
    shelf = tmp_path / "labs"
    (shelf / "a-broken").mkdir(parents=True)
    (shelf / "a-broken" / "lab.yaml").write_text("format: 1\ntitel: Mine\nsteps: []\n")
    monkeypatch.setenv("LABGATE_LABS", str(shelf))
    monkeypatch.chdir(tmp_path)  # files are reported relative to where one is
    return shelf


def work_on(home: Path, *passed: str, finished: bool = False) -> None:
    progress = Progress(home / "attempts" / "kubernetes-basics" / "practice")
    progress.append(
        events.LabStarted(
            lab="kubernetes-basics",
            target="practice/kubernetes-basics",
            server="",
            version="1.27.0",
            attempt="1",
            resumed=False,
        )
    )
    for step in passed:
        progress.append(events.StepPassed(step, seconds=1.0))
    if finished:
        progress.append(
            events.LabFinished(
                passed=True,
                could_not_judge=False,
                steps_passed=7,
                steps_total=7,
                points=1,
                points_total=1,
                seconds=1.0,
            )
        )
    progress.close()


async def test_the_labs_are_there_with_what_to_press() -> None:
    async with LabgateApp().run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "40 min")
        await until_shown(pilot.app, "Welcome. Choose a lab with")
        await until_shown(pilot.app, "⏎ Choose where to run it")
        await until_shown(pilot.app, "beginner · 25 min · steps: 7")
        await until_shown(pilot.app, "not started")
        await until_shown(pilot.app, "Kubernetes >=1.18")  # what the first one needs


async def test_letters_and_arrows_move_and_enter_opens() -> None:
    async with LabgateApp().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "40 min")
        await pilot.press("j")
        await until_shown(pilot, "Install the Istio service mesh")
        await pilot.press("up", "down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlacesScreen))
        assert pilot.app.screen.lab.id == "istio-install"  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogueScreen))


async def test_a_hangul_letter_is_the_letter_on_its_key() -> None:
    async with LabgateApp().run_test() as pilot:
        await until_shown(pilot, "40 min")
        await pilot.press("ㅓ")
        assert pilot.app.screen.query_one(Choices).highlighted == 1


async def test_a_click_moves_and_a_second_one_opens() -> None:
    async with LabgateApp().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "40 min")
        line = next(
            number
            for number, text in enumerate(on_screen(pilot.app).splitlines())
            if "Install Istio and its consoles"[:20] in text
        )
        await pilot.click(offset=(5, line))
        await until(pilot, lambda: pilot.app.screen.query_one(Choices).highlighted == 1)
        assert isinstance(pilot.app.screen, CatalogueScreen)
        await pilot.click(offset=(5, line))
        await until(pilot, lambda: isinstance(pilot.app.screen, PlacesScreen))


async def test_the_button_below_the_details_opens_too() -> None:
    async with LabgateApp().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "Choose where to run it")
        await pilot.click("#next")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlacesScreen))


async def test_a_broken_lab_shows_what_to_mend_and_does_not_open(shelf: Path) -> None:
    async with LabgateApp().run_test(size=(160, 50), notifications=True) as pilot:
        await until_shown(pilot, "a-broken")
        await pilot.press("end")
        await until_shown(pilot, "lab.yaml:2:1: unknown key: titel")
        assert "⏎ Choose where to run it" not in on_screen(pilot.app)
        await pilot.press("enter")
        await until_shown(pilot, "This lab has errors.")
        assert isinstance(pilot.app.screen, CatalogueScreen)


async def test_a_mended_lab_can_be_read_again(shelf: Path) -> None:
    async with LabgateApp().run_test(size=(160, 50)) as pilot:
        await until_shown(pilot, "a-broken")
        lab = shelf / "a-broken" / "lab.yaml"
        lab.write_text(
            "format: 1\ntitle: Mended at last\nsummary: A lab.\nminutes: 1\nlevel: beginner\n"
            "steps: [{id: one, title: One, text: 'Just read. '}]\n"
        )
        await pilot.press("r")
        await until_shown(pilot, "Mended at last")


async def test_no_labs_at_all_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.labs.library.own_labs", lambda: tmp_path / "none")
    async with LabgateApp().run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "There are no labs here.")
        await until_shown(pilot, "export LABGATE_LABS=")
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, CatalogueScreen)


async def test_progress_is_shown_with_when_and_where(home: Path) -> None:
    work_on(home, "namespace", "deployment")
    async with LabgateApp().run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "today ")
        assert "Welcome" not in on_screen(pilot.app)
        await until_shown(pilot.app, "⏎ Go on with this lab")
        await until_shown(pilot.app, "2/")
        await until_shown(pilot.app, "practice cluster: 2/")


async def test_a_finished_lab_has_its_mark(home: Path) -> None:
    work_on(home, finished=True)
    async with LabgateApp().run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "✓ finished")


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_all_of_it_turns_korean(size: tuple[int, int]) -> None:
    async with LabgateApp().run_test(size=size) as pilot:
        await until_shown(pilot, "Choose where to run it")
        await pilot.press("l")
        await until_shown(pilot, "모니터링 콘솔")
        english = ("Welcome", "not started", "beginner", "Requirements", "Open", "Choose")
        await until(pilot.app, lambda: not any(word in on_screen(pilot.app) for word in english))


def test_nothing_heavy_is_imported_for_the_first_frame() -> None:
    """The page comes up in its time because labs, clusters and their packages come later."""
    program = "import runner.tui.app, runner.tui.screens.catalogue_screen, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"kubernetes", "aiohttp", "pydantic", "yaml", "runner.labs.load"}
