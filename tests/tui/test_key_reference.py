"""docs/keys.md is what the bindings are, and the other documents name no key that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.screen import Screen

import runner.tui
from checks.phrase import LANGUAGES
from runner.tui import key_reference
from runner.tui.app import LabgateApp
from runner.tui.key_help import bindings, listed
from runner.tui.key_labels import shown
from runner.tui.screens.lab import LabScreen
from runner.tui.widgets.step_commands import StepCommands
from tests.tui.test_names import nodes

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("README.md", "README.ko.md", "docs/first-lab.md", "docs/first-lab.ko.md")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keys_are_fresh(language: str) -> None:
    assert key_reference.file(language).read_text() == key_reference.written(language), "run: make docs"


def test_every_part_of_the_lab_with_keys_is_there() -> None:
    own = {
        kind
        for kind in nodes(runner.tui)
        if "PART" in kind.__dict__
        and kind.__module__.startswith(("runner.tui.widgets", "runner.tui.terminal"))
    }
    elsewhere = {"Choices", "LabList", "LabSearch"}  # of other pages, or what others are made of
    assert {kind.__name__ for kind in own - set(key_reference.OF_THE_LAB)} == elsewhere


def test_every_page_with_keys_is_there() -> None:
    """But boxes that are read or answered, whose keys are all on the key bar, and the pages of a preview."""
    own = {kind for kind in nodes(runner.tui) if issubclass(kind, Screen) and "BINDINGS" in kind.__dict__}
    there = {LabScreen, *(page for _, page in key_reference.PAGES)}
    assert there <= own
    assert {kind.__name__ for kind in own - there} == {
        "ConfirmScreen", "HelpScreen", "PreviewScreen", "TourScreen", "UnreadableScreen", "WidePage",
    }  # fmt: skip


def test_a_key_of_the_help_is_one_that_can_be_typed() -> None:
    assert shown("less_than_sign") == "<"
    keys = {each for names, _ in listed([LabScreen, StepCommands]) for each in names.split()}
    assert {"F2", "F12", "<", ">", "q"} <= keys
    assert not [each for each in keys if "_" in each]


@pytest.mark.parametrize("name", TABLES)
def test_no_table_names_a_key_that_the_lab_does_not_have(name: str) -> None:
    """Of rows such as `| F2, q | … |`."""
    pages: list[type[Screen]] = [LabScreen, LabgateApp]  # type: ignore[type-arg, list-item]
    works = {shown(key) for page in pages for each in bindings(page) for key in each.key.split(",")}
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", (ROOT / name).read_text(), re.MULTILINE)
    named = {key for row in rows for key in re.findall(r"(?<!\S)(F\d+|[a-z<>/?:])(?=[,\s]|$)", row)}
    assert named <= works, named - works
    assert named or "README" not in name
