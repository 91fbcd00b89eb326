from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from textual.pilot import Pilot
from textual.widgets import Input

from runner.labs.library import own_labs
from runner.labs.load import load
from runner.labs.model import Lab
from runner.practice import process
from runner.session import events
from runner.session.lab_places import Place, Reach, Survey
from runner.session.progress import Progress
from runner.tui.app import LabgateApp
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.places_screen import PlacesScreen
from runner.tui.screens.values import ValuesScreen
from runner.tui.settings import Settings
from runner.tui.widgets.choices import Choices
from runner.words import phrase
from tests.tui.conftest import shown as on_screen
from tests.tui.conftest import until, until_shown

GONE = "https://127.0.0.1:1"


@pytest.fixture
def clusters(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[process.Running]:
    """A kubeconfig with a cluster that answers (a practice cluster under another name) and one that doesn't."""
    running = process.start("school", "1.27", owner=True)
    document = yaml.safe_load(running.kubeconfig.read_text())
    document["contexts"][0]["name"] = "school"
    document["contexts"].append({"name": "gone", "context": {"cluster": "gone", "user": "nobody"}})
    document["clusters"].append({"name": "gone", "cluster": {"server": GONE}})
    document["users"].append({"name": "nobody", "user": {}})
    document["current-context"] = "school"
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(document))
    monkeypatch.setenv("KUBECONFIG", str(file))
    yield running
    process.stop("school")


@pytest.fixture(autouse=True)
def visits(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """What was chosen, instead of the requirements' page."""
    chosen: list[SimpleNamespace] = []

    def go(self: PlacesScreen, place: object) -> None:
        chosen.append(SimpleNamespace(lab=self.lab, place=place))

    monkeypatch.setattr(PlacesScreen, "_go", go)
    return chosen


class Places(LabgateApp):
    """Begins with the page of places, also where there is one alone."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab

    async def begin(self) -> None:
        await self.push_screen(PlacesScreen(self.lab))


def app(lab: str = "kubernetes-basics") -> LabgateApp:
    return Places(load(own_labs() / lab))


async def to(pilot: Pilot[object], index: int) -> None:
    pilot.app.screen.query_one(Choices).highlighted = index
    await pilot.pause()


async def test_the_practice_cluster_is_recommended_and_chosen_with_enter(
    visits: list[SimpleNamespace],
) -> None:
    async with app().run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "starts when chosen")
        await until_shown(pilot.app, "Practice cluster  recommended for a first try")
        await pilot.press("enter")
        await until(pilot, lambda: visits)
        assert visits[0].place.practice
        assert process.status("kubernetes-basics") is None  # nothing was started by looking


async def test_each_cluster_reports_whether_it_answers(clusters: process.Running) -> None:
    async with app().run_test(size=(160, 50)) as pilot:
        await until_shown(pilot, "Kubernetes 1.27")
        await until_shown(pilot, f"can't be reached: {GONE}")
        await until_shown(pilot.app, "school  current context")
        await until_shown(pilot.app, clusters.server)


async def test_ones_own_cluster_is_named_and_asked_for_once_more(
    clusters: process.Running, visits: list[SimpleNamespace]
) -> None:
    async with app().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "Kubernetes 1.27")
        await to(pilot, 1)
        await pilot.press("enter")
        await until_shown(pilot, "Run the lab on the cluster school?")

        def message() -> str:
            return " ".join(on_screen(pilot.app).split())

        await until(
            pilot, lambda: clusters.server in message() and "create, change and delete things" in message()
        )
        await pilot.press("enter")  # Enter alone is a no
        await until(pilot, lambda: isinstance(pilot.app.screen, PlacesScreen))
        assert not visits
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: visits)
        assert visits[0].place.context == "school"


async def test_a_cluster_that_does_not_answer_is_not_opened_and_reports_all_of_why(
    clusters: process.Running, visits: list[SimpleNamespace]
) -> None:
    async with app().run_test(size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "✗ ")
        await to(pilot, 2)
        await until_shown(pilot, "new kubeconfig.")  # of the sentence that the row has no room for
        await pilot.press("enter")
        await until_shown(pilot, "This cluster can't be used now.")
        assert isinstance(pilot.app.screen, PlacesScreen)
        assert not visits


async def test_a_reason_that_its_row_has_room_for_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def probe(_place: Place) -> Reach:
        return Reach("", phrase("It does not answer."))

    place = Place("office", "https://203.0.113.9:6443", "office", None, True, False)
    monkeypatch.setattr("runner.tui.screens.places_screen.survey", lambda _lab: Survey([place]))
    monkeypatch.setattr("runner.tui.screens.places_screen.probe", probe)
    async with app().run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "✗ It does not answer.")
        await to(pilot, 0)
        assert on_screen(pilot.app).count("It does not answer.") == 1


async def test_a_cluster_that_came_up_is_found_by_looking_again(
    tmp_path: Path, clusters: process.Running
) -> None:
    async with app().run_test(size=(160, 50)) as pilot:
        await until_shown(pilot, f"can't be reached: {GONE}")
        file = tmp_path / "kubeconfig"
        file.write_text(file.read_text().replace(GONE, clusters.server))
        await pilot.press("r")
        await until(pilot, lambda: f"can't be reached: {GONE}" not in on_screen(pilot.app))


async def test_a_kubeconfig_that_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad").write_text("contexts: [")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "bad"))
    async with app().run_test(size=(160, 50)) as pilot:
        await until_shown(pilot, "! The kubeconfig is not YAML:")
        await until_shown(pilot, "starts when chosen")


async def test_where_one_has_been_is_marked_and_at_hand(home: Path, clusters: process.Running) -> None:
    progress = Progress(home / "attempts" / "kubernetes-basics" / "school")
    progress.append(events.LabStarted("kubernetes-basics", "school", "", "1.27.0", "1", False))
    progress.append(events.StepPassed("namespace", seconds=1.0))
    progress.close()
    async with app().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "1/7 done here")
        await until(pilot, lambda: pilot.app.screen.query_one(Choices).highlighted == 1)


async def test_the_place_that_was_used_last_is_at_hand_also_for_another_lab(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def probe(_place: Place) -> Reach:
        return Reach("1.30")

    names = ["practice/kubernetes-basics", "office", "school"]
    places = [Place(name, "", name, None, name.startswith("practice/"), False) for name in names]
    monkeypatch.setattr("runner.tui.screens.places_screen.survey", lambda _lab: Survey(places))
    monkeypatch.setattr("runner.tui.screens.places_screen.probe", probe)
    for last, at in (("school", 2), ("practice/", 0), ("gone", 0)):
        Settings(place=last).save()
        async with app().run_test(size=(80, 24)) as pilot:
            await until_shown(pilot, "school")
            await until(pilot, lambda at=at: pilot.app.screen.query_one(Choices).highlighted == at)


async def test_clicks_choose(visits: list[SimpleNamespace]) -> None:
    async with app().run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "starts when chosen")
        await pilot.click("#places", offset=(5, 1))
        await until(pilot, lambda: visits)


async def test_it_turns_korean() -> None:
    async with app("istio-install").run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "starts when chosen")
        await pilot.press("l")
        await until_shown(pilot, "연습용 클러스터")
        english = ("Where", "recommended", "starts", "changes", "Look", "Run it")
        await until(pilot.app, lambda: not any(word in on_screen(pilot.app) for word in english))


# values


async def test_values_are_chosen_and_the_lab_is_read_with_them(visits: list[SimpleNamespace]) -> None:
    async with app("istio-install").run_test(size=(100, 40)) as pilot:
        await until_shown(pilot, "istio_version 1.11.3")
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, ValuesScreen))
        pilot.app.screen.query_one("#value-istio_version", Input).value = "1.11.4"
        await pilot.press("ctrl+s")
        await until_shown(pilot, "istio_version 1.11.4")
        await pilot.press("enter")
        await until(pilot, lambda: visits)
        assert visits[0].lab.values["istio_version"] == "1.11.4"


async def test_a_value_that_is_not_allowed_is_reported_and_not_taken() -> None:
    async with app("istio-install").run_test(size=(100, 40)) as pilot:
        await until_shown(pilot, "istio_version 1.11.3")
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, ValuesScreen))
        pilot.app.screen.query_one("#value-istio_version", Input).value = "9; rm -rf ~"
        await until_shown(pilot, "not allowed: it must match")
        await pilot.press("ctrl+s")
        assert isinstance(pilot.app.screen, ValuesScreen)
        await pilot.press("escape")
        await until_shown(pilot, "istio_version 1.11.3")


async def test_a_lab_without_values_does_not_speak_of_them(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "lab.yaml").write_text(
        "format: 1\ntitle: Plain\nsummary: A lab.\nminutes: 1\nlevel: beginner\n"
        "steps: [{id: one, title: One, text: 'Just read. '}]\n"
    )
    async with Places(load(tmp_path / "plain")).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "starts when chosen")
        await pilot.press("v")
        assert isinstance(pilot.app.screen, PlacesScreen)
        assert "values" not in on_screen(pilot.app).lower()
