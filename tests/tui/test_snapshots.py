"""What every page looks like, kept as pictures. After a change that is meant: pytest --snapshot-update, and look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.events import Mount
from textual.pilot import Pilot
from textual.screen import Screen

from checks.base import Outcome, Verdict
from runner.labs.load import load
from runner.session.attempt_summary import summary
from runner.session.lab_places import Place, Reach, Survey
from runner.shell import CommandEnd
from runner.tui.app import LabgateApp
from runner.tui.screens.explain import ExplainScreen
from runner.tui.screens.finished import FinishedScreen
from runner.tui.screens.lab import LabScreen
from runner.tui.screens.places_screen import PlacesScreen
from runner.tui.screens.preflight_screen import PreflightScreen
from runner.words import phrase
from tests.tui.conftest import SIZES, until_shown
from tests.tui.frozen import FOUND, VI, FrozenRun, FrozenShell, still
from tests.tui.learning import SMALL

pytestmark = pytest.mark.xdist_group("snapshots")
each_way = pytest.mark.parametrize(
    ("language", "size"),
    [(language, size) for language in ("en", "ko") for size in SIZES],
    ids=[f"{language}-{width}x{height}" for language in ("en", "ko") for width, height in SIZES],
)
AWAY = phrase("The cluster does not answer.")


class Still(LabgateApp):
    """One page alone, without what moves."""

    def __init__(self, page: Screen[Any], language: str) -> None:
        super().__init__(language=language)
        self.page = page
        self.animation_level = "none"

    async def on_mount(self, event: Mount) -> None:  # type: ignore[override]
        event.prevent_default()
        await self.push_screen(self.page)


def settled(*words: str, press: tuple[str, ...] = ()) -> Any:
    """Runs before the picture: waits for the words, presses the keys, and lets all be drawn."""

    async def run(pilot: Pilot[Any]) -> None:
        for each in words:
            await until_shown(pilot, each)
        if press:
            await pilot.press(*press)
        for input_ in pilot.app.screen.query("Input"):
            input_.cursor_blink = False  # type: ignore[attr-defined]
        last = ""

        async def still() -> bool:
            nonlocal last
            await pilot.pause()
            picture = pilot.app.export_screenshot()
            same, last = picture.split("</style>")[-1] == last, picture.split("</style>")[-1]
            return same

        same = 0
        for _ in range(200):
            same = same + 1 if await still() else 0
            if same >= 4:
                return
            await pilot.pause(0.05)
        raise AssertionError("the page does not come to rest")

    return run


def lab_screen(at: str, shown_step: str = "", **more: Any) -> LabScreen:
    run = FrozenRun(load(SMALL), at, **more)
    screen = LabScreen(SimpleNamespace(), run)  # type: ignore[arg-type]
    if shown_step:
        screen.set_reactive(LabScreen.step_id, shown_step)
    return screen


def drawn(language: str) -> str:
    """The lab's title, as soon as the lab's screen is drawn."""
    return "A small lab" if language == "en" else "작은 실습"


@pytest.fixture(autouse=True)
def own_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shelf has the small lab alone, and it is trusted."""
    monkeypatch.setattr("runner.labs.library.own_labs", lambda: SMALL.parent)


WALKS: dict[str, tuple[str, dict[str, Any]]] = {
    "question": ("fruits", {}),
    "wrong-answer": ("fruits", {"given": {"fruits": ("apple", "stone")}}),
    "text": ("box", {"help": 1}),
    "failing": (
        "web",
        {"judged": {"web": (FOUND,)}, "ran": {"web": (CommandEnd(0, 0.4),)}},
    ),
    "lost": ("box", {"lost": AWAY}),
}


@each_way
@pytest.mark.parametrize("name", WALKS)
def test_lab(snap_compare, name, language, size):
    at, more = WALKS[name]
    app = Still(lab_screen(at, **more), language)
    assert snap_compare(app, terminal_size=size, run_before=settled(drawn(language)))


@each_way
def test_lab_locked(snap_compare, language, size):
    app = Still(lab_screen("box", shown_step="web"), language)
    assert snap_compare(app, terminal_size=size, run_before=settled(drawn(language)))


@each_way
def test_lab_editor(snap_compare, language, size):
    app = Still(lab_screen("box", shell=FrozenShell(on_screen=VI)), language)
    assert snap_compare(app, terminal_size=size, run_before=settled(drawn(language), press=("f6",)))


@pytest.mark.parametrize("size", SIZES)
def test_lab_checks_of_a_narrow_screen(snap_compare, size):
    _, more = WALKS["failing"]
    screen = lab_screen("web", **more)

    async def run(pilot: Pilot[Any]) -> None:
        await until_shown(pilot, drawn("en"))
        screen.pane = "checks"
        await settled()(pilot)

    assert snap_compare(Still(screen, "en"), terminal_size=size, run_before=run)


@each_way
def test_explain(snap_compare, language, size):
    check = load(SMALL).step("web").checks[0]
    app = Still(ExplainScreen(check, FOUND, still), language)
    assert snap_compare(app, terminal_size=size, run_before=settled("▸"))


@each_way
def test_explain_beside_the_cluster(snap_compare, language, size):
    """A cause that is no object's: a program that is not there."""
    finding = replace(FOUND.findings[0], about=None, field="", source="command -v istioctl", others=0)
    outcome = replace(FOUND, findings=(finding,))
    app = Still(ExplainScreen(load(SMALL).step("web").checks[0], outcome, still), language)
    assert snap_compare(app, terminal_size=size, run_before=settled("Esc"))


@each_way
def test_help(snap_compare, language, size):
    app = Still(lab_screen("box"), language)
    assert snap_compare(app, terminal_size=size, run_before=settled(drawn(language), press=("f1",)))


@each_way
def test_finished(snap_compare, language, size):
    run = FrozenRun(load(SMALL), "more")
    app = Still(FinishedScreen(summary(run.view)), language)
    assert snap_compare(app, terminal_size=size, run_before=settled("Esc"))


@each_way
def test_catalogue(snap_compare, language, size):
    app = LabgateApp(language=language)
    title = "A small lab" if language == "en" else "작은 실습"
    assert snap_compare(app, terminal_size=size, run_before=settled(title))


@each_way
def test_places(snap_compare, monkeypatch, language, size):
    practice = Place("practice/small", "", "", None, True, False)
    kind = Place("kind-home", "https://127.0.0.1:6443", "kind-home", None, False, True)
    away = Place("office", "https://203.0.113.9:6443", "office", None, False, False)
    reached = {
        "practice/small": Reach("1.32"),
        "kind-home": Reach("1.30.2"),
        "office": Reach("", AWAY),
    }

    async def probe(place: Place) -> Reach:
        return reached[place.name]

    monkeypatch.setattr(
        "runner.tui.screens.places_screen.survey", lambda _lab: Survey([practice, kind, away])
    )
    monkeypatch.setattr("runner.tui.screens.places_screen.probe", probe)
    app = Still(PlacesScreen(load(SMALL)), language)
    assert snap_compare(app, terminal_size=size, run_before=settled("office", press=("end",)))


class Examined:
    """A visit whose cluster and machine are always the same."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.lab = load(SMALL)
        self.place = Place("kind-home", "https://127.0.0.1:6443", "kind-home", Path("config"), False, True)
        self._outcomes = outcomes

    async def arrive(self) -> Any:
        return SimpleNamespace(name="kind-home", server="https://127.0.0.1:6443")

    async def examine(self) -> Any:
        for outcome in self._outcomes:
            yield outcome

    async def bring_earlier(self) -> Any:
        for event in ():
            yield event

    async def close(self) -> None: ...


WARNS = replace(FOUND, verdict=Verdict.PENDING)
HELD = Outcome(
    Verdict.PASSED,
    phrase("Kubernetes version of the cluster: {wanted}", wanted=">=1.18"),
    phrase("version {version}", version="1.30.2"),
)


@each_way
@pytest.mark.parametrize("name", ["warns", "fails"])
def test_preflight(snap_compare, name, language, size):
    visit = Examined(HELD, WARNS if name == "warns" else FOUND)
    app = Still(PreflightScreen(visit), language)  # type: ignore[arg-type]
    assert snap_compare(app, terminal_size=size, run_before=settled("1.30.2"))
