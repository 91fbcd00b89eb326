"""Folders of scenarios: what can be read is imported, whatever is wrong beside it, and what is not is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner.authoring.imports import course
from runner.authoring.imports.notes import Notes, Unreadable
from runner.commands.import_ import import_
from tests.authoring.imports.scenarios import reported, scenario


def read(folder: Path) -> tuple[course.Imported, list[str]]:
    notes = Notes()
    return course.read(folder, notes, "en"), reported(notes.all)


def listing(folder: Path, *paths: str, **more: object) -> None:
    (folder / "structure.json").write_text(json.dumps({"items": [{"path": path} for path in paths], **more}))


def test_a_scenario_at_the_root_hides_none(tmp_path):
    scenario(tmp_path / "all", "Root.")
    scenario(tmp_path / "all" / "other", "Other.")
    found, _ = read(tmp_path / "all")
    assert (list(found.drafts), found.course) == (["all", "other"], True)


def test_an_entry_that_leads_nowhere_hides_none(tmp_path):
    scenario(tmp_path / "good", "Good.")
    listing(tmp_path, "good", "gone", "../out", "")
    found, notes = read(tmp_path)
    assert list(found.drafts) == ["good"]
    assert any("the folder does not exist: gone" in note for note in notes)
    assert any("the path is outside the folder: ../out" in note for note in notes)


def test_what_no_list_names_is_reported(tmp_path):
    scenario(tmp_path / "good", "Good.")
    scenario(tmp_path / "hidden", "Hidden.")
    listing(tmp_path, "good")
    found, notes = read(tmp_path)
    assert (list(found.drafts), found.left_out) == (["good"], 1)
    assert any("the course does not list this scenario" in note for note in notes)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"items": 3}', '{"items": []}', '{"items": [{"path": "x"}]}']
)
def test_a_list_that_says_nothing_leaves_the_folders(tmp_path, content):
    scenario(tmp_path / "good", "Good.")
    (tmp_path / "structure.json").write_text(content)
    assert list(read(tmp_path)[0].drafts) == ["good"]


def test_courses_within_courses_follow_their_own_lists(tmp_path):
    for name in ("one/b", "one/a", "two/c"):
        scenario(tmp_path / name, "Text.")
    listing(tmp_path, "two", "one")
    listing(tmp_path / "one", "b", "a")
    listing(tmp_path / "two", "c")
    drafts = read(tmp_path)[0].drafts
    assert {name: draft.more.get("after") for name, draft in drafts.items()} == {
        "c": None,
        "b": None,
        "a": "b",
    }


def test_a_scenario_that_can_not_be_read_is_left_out_and_reported(tmp_path):
    scenario(tmp_path / "good", "Good.")
    scenario(tmp_path / "bad", "Bad.")
    (tmp_path / "bad" / "1.md").unlink()
    (tmp_path / "worse").mkdir()
    (tmp_path / "worse" / "index.json").write_text("")
    found, _ = read(tmp_path)
    assert (list(found.drafts), found.left_out) == (["good"], 2)
    assert sorted(problem.file.parent.name for problem in found.unreadable) == ["bad", "worse"]
    with pytest.raises(Unreadable):
        read(tmp_path / "bad")


def test_a_script_that_is_missing_is_reported(tmp_path):
    found, notes = read(scenario(tmp_path / "one", "Text.", verify="gone.sh"))
    assert found.drafts["one"].steps[0].checks == []
    assert any("verify: gone.sh: the file does not exist" in note for note in notes)


def test_hundreds_of_scenarios(tmp_path):
    for number in range(220):
        scenario(tmp_path / f"s{number:03}", "Text.")
    assert len(read(tmp_path)[0].drafts) == 220


def test_too_many_are_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "MOST_SCENARIOS", 3)
    for number in range(5):
        scenario(tmp_path / f"s{number}", "Text.")
    found, notes = read(tmp_path)
    assert (len(found.drafts), found.left_out) == (3, 2)
    assert any("more than 3 scenarios" in note for note in notes)


def test_other_files_of_that_name_are_no_scenarios(tmp_path):
    scenario(tmp_path / "good", "Good.")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.json").write_text(json.dumps({"pages": ["x" * 300]}))
    assert list(read(tmp_path)[0].drafts) == ["good"]


def test_the_command_line_imports_the_rest(tmp_path, monkeypatch):
    scenario(tmp_path / "from" / "good", "`kubectl create ns a`{{exec}}")
    (tmp_path / "from" / "bad").mkdir()
    (tmp_path / "from" / "bad" / "index.json").write_text("{")
    monkeypatch.setenv("LABGATE_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        import_, ["killercoda", str(tmp_path / "from"), "--to", "to"], standalone_mode=False
    )
    assert result.return_value == 0, result.output
    assert (tmp_path / "to" / "good" / "lab.yaml").is_file()
    assert "bad/index.json:1:2: invalid JSON" in result.output
    assert "Skipped 1 of 2 scenarios" in result.output
