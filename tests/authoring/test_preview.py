"""What the preview reads of a lab's files, and when it is reported that they were saved."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from runner.authoring.preview import file_watcher
from runner.authoring.preview.file_watcher import saves, stamps
from runner.authoring.preview.lab_snapshot import LAB, read
from runner.session.session_texts import description

TEXT = """\
format: 1
title: {en: Mine, ko: 내 것}
summary: {en: A lab., ko: 실습.}
minutes: 5
level: beginner
steps:
  - id: one
    title: {en: One, ko: 하나}
    text: text/first
    run: [kubectl create namespace shop]
    checks:
      - {namespace: shop, hidden: true}
      - {namespace: shop, hidden: true, title: {en: The shop, ko: 가게}}
    hints: [{en: One, ko: 하나}]
  - id: two
    title: {en: Two, ko: 둘}
    text: {en: Two it is., ko: 둘입니다.}
    run: [kubectl run web --image=nginx]
    checks: [{namespace: default}]
cleanup:
  title: {en: Away, ko: 정리}
  text: {en: Away., ko: 정리.}
  run: [kubectl run again --image=nginx]
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "text").mkdir(parents=True)
    for language in ("en", "ko"):
        (folder / "text" / f"first.{language}.md").write_text("The same in both languages, word for word.\n")
    (folder / "lab.yaml").write_text(TEXT)
    return folder


def test_hidden_checks_are_in_sight_and_reported_to_be_hidden(lab: Path):
    found = read(lab, {}).lab
    assert found is not None
    words = [description(check, language) for language in ("en", "ko") for check in found.steps[0].checks]
    assert words[0] == "hidden: Namespace shop: exists"
    assert words[1] == "hidden: The shop"
    assert words[2].startswith("숨김: ")
    assert words[3] == "숨김: 가게"


def test_advice_goes_to_the_step_that_it_is_about(lab: Path):
    (lab / "text" / "left-over.txt").write_text("x")
    advice = read(lab, {}).advice
    rules = {step: {each.rule for each in message} for step, message in advice.items()}
    assert "check-cannot-fail" in rules["two"]
    assert "unpinned-image" in rules["two"]
    assert "unpinned-image" in rules[LAB]  # of the clean-up
    assert rules["one"] == {"hint-says-nothing", "not-translated"}  # its text is in a file of its own
    assert "stray-file" in rules[LAB]
    assert {str(each.file) for each in advice["two"]} == {"lab.yaml"}


def test_errors_name_files_as_the_lab_does(lab: Path):
    (lab / "text" / "first.ko.md").unlink()
    found = read(lab, {})
    assert found.lab is None
    assert [each.render() for each in found.problems] == [
        "lab.yaml:9:11: there is no such file: text/first.ko.md"
    ]


def test_no_folder_is_an_error_like_others(tmp_path: Path):
    assert read(tmp_path / "gone", {}).problems


async def shown_after(folder: Path, change: object, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a change is reported; a later one that surely is ends the waiting."""
    monkeypatch.setattr(file_watcher, "PAUSE", 0.01)
    before = stamps(folder)
    change()  # type: ignore[operator]
    now = stamps(folder)
    if now == before:
        return False
    async for seen in saves(folder, before):
        return seen == now
    return False


@pytest.mark.parametrize("name", ["lab.yaml", "text/first.ko.md", "practice/pages/pages.yaml"])
async def test_saving_is_reported_however_it_is_done(lab: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    file = lab / name

    def write() -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("changed")

    def put_in_place() -> None:
        known = file.stat()
        new = file.with_name(".new")
        new.write_text("changex")
        os.utime(new, ns=(known.st_atime_ns, known.st_mtime_ns))  # same size and time
        new.replace(file)

    for change in (write, put_in_place, file.unlink):
        async with asyncio.timeout(60):
            assert await shown_after(lab, change, monkeypatch), change


@pytest.mark.parametrize("name", [".lab.yaml.swp", "lab.yaml~", ".git/index", "4913~"])
def test_what_editors_keep_beside_it_is_no_saving(lab: Path, name: str):
    before = stamps(lab)
    (lab / name).parent.mkdir(exist_ok=True)
    (lab / name).write_text("x")
    assert stamps(lab) == before


def test_a_very_large_folder_is_looked_at_in_part(lab: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(file_watcher, "MOST_FILES", 10)
    for number in range(30):
        (lab / f"a{number}").write_text("x")
    assert len(stamps(lab)) == 10
    assert stamps(lab / "gone") == frozenset()
