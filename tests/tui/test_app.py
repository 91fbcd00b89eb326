"""The program around the pages: language, themes, help, what is remembered."""

from __future__ import annotations

import json

import pytest
from textual.widgets import Input

from runner.tui.app import LabgateApp
from runner.tui.browser import has_browser
from runner.tui.key_labels import key
from runner.tui.settings import Settings, load_settings
from runner.words import phrase
from tests.tui.conftest import SIZES, shown, until, until_shown


@pytest.mark.parametrize("size", SIZES)
async def test_one_key_switches_the_language_of_everything(size):
    app = LabgateApp()
    async with app.run_test(size=size) as pilot:
        await until_shown(pilot, "Kubernetes basics")
        await pilot.press("f9")
        await until(pilot, lambda: "Kubernetes 기초" in shown(app) and "도움말" in shown(app))
        assert "Kubernetes basics" not in shown(app)
        await pilot.press("l")
        await until_shown(pilot, "Kubernetes basics")


async def test_with_hangul_switched_on_the_letters_do_the_same():
    app = LabgateApp()
    async with app.run_test() as pilot:
        await until_shown(pilot, "Kubernetes basics")
        await pilot.press("ㅣ")  # the key of l
        await until_shown(pilot, "Kubernetes 기초")


async def test_language_and_theme_are_there_again_next_time():
    async with LabgateApp().run_test() as pilot:
        await pilot.press("f9")
        pilot.app.theme = "labgate-light"
        await pilot.pause()
    again = LabgateApp()
    async with again.run_test() as pilot:
        await until_shown(pilot, "Kubernetes 기초")
        assert again.theme == "labgate-light"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"language": "xx", "theme": 3, "by_hand": "no", "more": 1}']
)
def test_settings_that_make_no_sense_are_left_out(home, content):
    home.mkdir()
    (home / "settings.json").write_text(content)
    assert load_settings() == Settings()


def test_settings_are_the_persons_own(home):
    Settings(language="ko", by_hand=True).save()
    assert json.loads((home / "settings.json").read_text())["language"] == "ko"
    assert (home / "settings.json").stat().st_mode & 0o077 == 0
    assert load_settings() == Settings(language="ko", by_hand=True)


@pytest.mark.parametrize("size", SIZES)
async def test_help_has_every_key_of_the_page(size):
    app = LabgateApp(language="ko")
    async with app.run_test(size=size) as pilot:
        await until_shown(pilot, "Kubernetes 기초")
        await pilot.press("f1")
        await until_shown(pilot, "실습은 이렇게 진행합니다")
        await pilot.press("end")
        await until_shown(pilot, "F9")
        await pilot.press("escape")
        await until(pilot, lambda: "실습은 이렇게" not in shown(app))


async def test_the_command_palette_speaks_the_language():
    app = LabgateApp(language="ko")
    async with app.run_test() as pilot:
        await until_shown(pilot, "Kubernetes 기초")
        await pilot.press("colon")
        await until(pilot, lambda: app.screen.query(Input))
        await pilot.press(*"고대비")
        await until_shown(pilot, "고대비 화면")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "labgate-contrast")
        await pilot.press("colon")
        await until(pilot, lambda: app.screen.query(Input))
        await pilot.press(*"테마")
        await until_shown(pilot, "밝은 화면")
        await pilot.press(*"없다")
        await until_shown(pilot, "찾는 것이 없습니다")
        await pilot.press("enter")
        await until(pilot, lambda: "찾는 것이 없습니다" not in shown(app))


def test_a_key_shows_its_first_name_and_takes_the_hangul_letter():
    binding = key("f2,r", "run_next", phrase("Run"))
    assert binding.key == "f2,r,ㄱ"
    assert binding.key_display == "F2"


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, "darwin", False),
        ({}, "darwin", True),
        ({"BROWSER": "firefox"}, "linux", True),
    ],
)
def test_a_browser_is_looked_for_where_there_is_a_desktop(monkeypatch, environment, platform, there):
    monkeypatch.setattr("webbrowser.get", lambda *_: object())
    assert has_browser(environment, platform) is there
