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
from runner.tui.screens.preflight_screen import PreflightScreen
from runner.tui.widgets.lab_list import LabList
from tests.tui.conftest import shown as on_screen
from tests.tui.conftest import until, until_shown
from tests.two_labs import only_two_labs


@pytest.fixture(autouse=True)
def two_labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_two_labs(tmp_path / "own", monkeypatch)


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
        await until_shown(pilot.app, "⏎ Start the lab")
        await until_shown(pilot.app, "beginner · 25 min · steps: 7")
        await until_shown(pilot.app, "steps: 13 + 2 bonus")
        await until_shown(pilot.app, "labs: 0/2")
        await until_shown(pilot.app, "Kubernetes >=1.18")  # what the first one needs


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What was opened, and whether the place was to be chosen, instead of the way in."""
    noted: list[tuple[str, bool]] = []
    monkeypatch.setattr(LabgateApp, "open_lab", lambda _app, lab, *, choose: noted.append((lab.id, choose)))
    return noted


async def test_letters_and_arrows_move_and_enter_opens(opened: list[tuple[str, bool]]) -> None:
    async with LabgateApp().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "40 min")
        await pilot.press("j")
        await until_shown(pilot, "Install the Istio service mesh")
        await pilot.press("up", "down", "enter")
        await until(pilot, lambda: opened == [("istio-install", False)])
        await pilot.press("p")
        await until(pilot, lambda: opened == [("istio-install", False), ("istio-install", True)])


async def test_a_hangul_letter_is_the_letter_on_its_key() -> None:
    async with LabgateApp().run_test() as pilot:
        await until_shown(pilot, "40 min")
        await pilot.press("ㅓ")
        assert pilot.app.screen.query_one(LabList).highlighted == 1


async def test_a_click_moves_and_a_second_one_opens(opened: list[tuple[str, bool]]) -> None:
    async with LabgateApp().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "40 min")
        line = next(
            number
            for number, text in enumerate(on_screen(pilot.app).splitlines())
            if "Install Istio and its consoles"[:20] in text
        )
        await pilot.click(offset=(5, line))
        await until(pilot, lambda: pilot.app.screen.query_one(LabList).highlighted == 1)
        assert not opened
        await pilot.click(offset=(5, line))
        await until(pilot, lambda: opened == [("istio-install", False)])


async def test_the_button_below_the_details_opens_too(opened: list[tuple[str, bool]]) -> None:
    async with LabgateApp().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "Start the lab")
        await pilot.click("#next")
        await until(pilot, lambda: opened == [("kubernetes-basics", False)])


async def test_a_broken_lab_shows_what_to_mend_and_does_not_open(shelf: Path) -> None:
    async with LabgateApp().run_test(size=(160, 50), notifications=True) as pilot:
        await until_shown(pilot, "a-broken")
        await pilot.press("end")
        await until_shown(pilot, "lab.yaml:2:1: unknown key: titel")
        assert "⏎ Start the lab" not in on_screen(pilot.app)
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
        await until_shown(pilot.app, "⏎ Continue (step 3): Three instead of one")
        await until_shown(pilot.app, "2/7 · under 1/25 min")
        await until_shown(pilot.app, "practice cluster: 2/7 done · under 1/25 min")


async def test_a_finished_lab_has_its_mark_and_the_next_one_is_first(home: Path) -> None:
    work_on(home, finished=True)
    async with LabgateApp().run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "Next")
        await until_shown(pilot, "✓ Kubernetes basics")
        await until_shown(pilot, "labs: 1/2")
        await until_shown(pilot, "about 40 min to go")
        assert pilot.app.screen.query_one(LabList).chosen == "istio-install"


async def test_what_was_begun_is_first_and_at_hand(home: Path) -> None:
    work_on(home, "namespace")
    attempt = home / "attempts" / "kubernetes-basics"
    attempt.rename(attempt.with_name("istio-install"))
    async with LabgateApp().run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "Continue (step 1)")
        assert pilot.app.screen.query_one(LabList).chosen == "istio-install"
        shown = on_screen(pilot.app)
        assert shown.index("Install Istio") < shown.index("Kubernetes basics")


async def test_the_search_filters_while_one_types_in_both_languages(opened: list[tuple[str, bool]]) -> None:
    async with LabgateApp().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "Kubernetes basics")
        await pilot.press("slash", *"모니터링")
        await until(pilot, lambda: "Kubernetes basics" not in on_screen(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: opened == [("istio-install", False)])
        await pilot.press("escape")
        await until_shown(pilot, "Kubernetes basics")
        await pilot.press("slash", *"no such lab")
        await until_shown(pilot, "No lab matches.")
        await pilot.press("enter")
        assert len(opened) == 1


async def test_where_there_is_one_place_enter_leads_straight_into_the_lab() -> None:
    from runner.tui.screens.lab import LabScreen

    pages: list[object] = []
    app = LabgateApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "Start the lab")
        await pilot.press("enter")
        await until(pilot, lambda: pages.append(type(app.screen)) or isinstance(app.screen, LabScreen))
        assert PlacesScreen not in pages
        assert set(pages) <= {CatalogueScreen, PreflightScreen, LabScreen}


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_all_of_it_turns_korean(size: tuple[int, int]) -> None:
    async with LabgateApp().run_test(size=size) as pilot:
        await until_shown(pilot, "Start the lab")
        await pilot.press("l")
        await until_shown(pilot, "모니터링 콘솔")
        english = ("Welcome", "not started", "beginner", "Requirements", "Open", "Choose")
        await until(pilot.app, lambda: not any(word in on_screen(pilot.app) for word in english))


def test_nothing_heavy_is_imported_for_the_first_frame() -> None:
    """The page comes up in its time because labs, clusters and their packages come later."""
    program = (
        "import runner.cli, runner.commands.learn, runner.tui.app, runner.tui.screens.catalogue_screen, sys; "
        "import runner.tui.drivers.terminal_driver; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"kubernetes", "aiohttp", "pydantic", "yaml", "runner.labs.load"}


async def test_a_telephone_shows_the_labs_and_what_is_said_of_one_below_each_other():
    app = LabgateApp()
    async with app.run_test(size=(48, 36)) as pilot:
        await until_shown(app, "Kubernetes basics")
        labs, about = app.screen.query_one("#left").region, app.screen.query_one("#about").region
        assert labs.width == about.width == 48
        assert labs.bottom <= about.y
        await pilot.resize_terminal(48, 20)
        await until(pilot, lambda: not app.screen.query_one("#about").region)
        await pilot.resize_terminal(100, 36)
        await until(pilot, lambda: app.screen.query_one("#about").region.x > 0)
