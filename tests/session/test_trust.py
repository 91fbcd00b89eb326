from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.commands.consent_prompt import ask_author
from runner.labs.library import own_labs
from runner.labs.load import load
from runner.paths import apart
from runner.session.runnable import all_lines, commands_of, visible
from runner.session.trust import (
    Consent,
    NotAgreed,
    agreed_files,
    allow_files,
    allow_folder,
    consent,
    ensure,
    written_here,
)

pytestmark = pytest.mark.unasked

LAB = """
format: 1
title: Mine
summary: A lab
minutes: 5
level: beginner
setup: [echo setup]
steps:
  - id: one
    title: One
    text: "One it is. "
    run: [echo run, {command: echo first, otherwise: echo otherwise}, echo run]
    solution: [echo solution]
    checks: [{command: test -f here, exit_code: 0}]
  - {id: two, title: Two, text: "Two it is. ", run: [echo two]}
cleanup: {title: Away, text: "Away it is. ", run: [echo cleanup]}
"""


def lab(folder: Path):  # type: ignore[no-untyped-def]
    (folder / "mine").mkdir()
    (folder / "mine" / "lab.yaml").write_text(LAB)
    return load(folder / "mine")


def test_a_lab_from_elsewhere_shows_all_that_it_may_run_each_once(tmp_path: Path) -> None:
    assert list(all_lines(lab(tmp_path))) == [
        "echo setup",
        "echo run",
        "echo first",
        "echo otherwise",
        "echo solution",
        "test -f here",
        "echo two",
        "echo cleanup",
    ]


def test_nothing_is_asked_for_a_lab_of_labgates_own() -> None:
    assert consent(load(own_labs() / "kubernetes-basics")) is None


def test_nothing_is_asked_of_who_writes_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "home"))
    mine = lab(tmp_path)
    assert consent(mine) is not None
    written_here(mine.folder)
    (mine.folder / "lab.yaml").write_text(LAB.replace("echo run", "echo something else"))
    assert consent(load(mine.folder)) is None
    (tmp_path / "other").mkdir()
    assert consent(lab(tmp_path / "other")) is not None  # another folder of the same name


def test_judging_alone_runs_the_checks_commands_only(tmp_path: Path) -> None:
    assert list(commands_of(lab(tmp_path), run=False)) == ["test -f here"]


def test_only_some_steps_and_no_clean_up(tmp_path: Path) -> None:
    assert list(commands_of(lab(tmp_path), only=("two",), cleanup=False)) == ["echo setup", "echo two"]


def test_nothing_of_a_command_can_hide() -> None:
    assert visible("echo 하나\n  \x1b[2K\u202e# rm\r") == "echo 하나\n  \\x1b[2K\\u202e# rm\\r"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("runner.session.agreements._now", set())
    return tmp_path / "home"


def asked(folder: Path, *commands: str) -> Consent:
    found = consent(load(folder), commands or None)
    assert found is not None
    return found


def test_a_yes_is_to_what_was_seen_and_kept(tmp_path: Path, home: Path) -> None:
    folder = lab(tmp_path).folder
    assert not asked(folder).given
    asked(folder).give()
    assert asked(folder).given
    assert (home / "trusted.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("echo run,", "echo other,"),
        ("[echo setup]", "[echo setup, echo more]"),
        ("otherwise: echo otherwise", "otherwise: echo else"),
        ("test -f here", "test -f there"),
        ("[echo solution]", "[echo another]"),
        ("[echo cleanup]", "[echo cleanup, 'rm -rf x']"),
        ("run: [echo two]", "run: [{command: echo two, answers: [{expect: x, send: y}]}]"),
        ("run: [echo two]", "run: [{command: echo two, keys: [':!rm x', enter]}]"),
    ],
)
def test_whatever_is_run_otherwise_is_asked_for_again(tmp_path: Path, before: str, after: str) -> None:
    folder = lab(tmp_path).folder
    asked(folder).give()
    assert before in LAB
    (folder / "lab.yaml").write_text(LAB.replace(before, after))
    assert not asked(folder).given
    (folder / "lab.yaml").write_text(LAB)
    assert asked(folder).given


@pytest.mark.parametrize(
    "name", ["lab.yaml", "one.en.md", "notes.txt", "x", "deep/er/y.bin", ".hidden", ".git/hooks/z"]
)
def test_any_other_byte_of_any_file_is_asked_for_again(tmp_path: Path, name: str) -> None:
    folder = lab(tmp_path).folder
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_bytes() if file.exists() else b"touch here\n"
    file.write_bytes(before)
    asked(folder).give()
    assert asked(folder).given
    file.write_bytes(before + b"#")
    assert not asked(folder).given
    file.write_bytes(before)
    assert asked(folder).given
    file.rename(file.with_name(f"{file.name}.en.md")) if name != "lab.yaml" else file.chmod(0o755)
    assert not asked(folder).given


def test_what_links_lead_to_is_part_of_it_wherever_it_is(tmp_path: Path) -> None:
    folder, outside = lab(tmp_path).folder, tmp_path / "outside"
    (outside / "bin").mkdir(parents=True)
    (outside / "bin" / "kubectl").write_text("#!/bin/sh\n")
    (outside / "one").write_text("1")
    (folder / "practice").mkdir()
    (folder / "practice" / "bin").symlink_to(outside / "bin")
    (folder / "one").symlink_to(outside / "one")
    (folder / "nowhere").symlink_to(tmp_path / "nowhere")
    (folder / "round").symlink_to(folder)
    assert asked(folder).programs == ("kubectl",)
    for file in (outside / "bin" / "kubectl", outside / "one", tmp_path / "nowhere"):
        asked(folder).give()
        assert asked(folder).given
        file.write_text("other")
        assert not asked(folder).given


def test_a_folder_that_is_too_large_is_asked_about_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lab(tmp_path).folder
    monkeypatch.setattr("runner.session.running_files.MOST_FILES", 0)
    asked(folder).give()
    assert not asked(folder).digest
    monkeypatch.setattr("runner.session.agreements._now", set())  # another process
    assert not asked(folder).given


def test_folders_without_a_file_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lab(tmp_path).folder
    monkeypatch.setattr("runner.session.running_files.MOST_FILES", 50)
    assert asked(folder).digest
    for number in range(40):
        (folder / "empty" / str(number) / "more").mkdir(parents=True)
    assert not asked(folder).digest


def test_programs_of_the_labs_own_are_shown_and_part_of_what_is_agreed_to(tmp_path: Path) -> None:
    folder = lab(tmp_path).folder
    asked(folder).give()
    programs = folder / "practice" / "bin"
    programs.mkdir(parents=True)
    (programs / "kubectl").write_text("#!/bin/sh\nexit 0\n")
    assert asked(folder).programs == ("kubectl",)
    assert not asked(folder).given
    asked(folder).give()
    (programs / "kubectl").write_text("#!/bin/sh\nrm -rf ~\n")
    assert not asked(folder).given


def test_links_and_what_is_not_a_file_are_part_of_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lab(tmp_path).folder
    (folder / "link.md").symlink_to("/bin/sh")
    asked(folder).give()
    assert asked(folder).given
    (folder / "link.md").unlink()
    (folder / "link.md").symlink_to("/bin/bash")
    assert not asked(folder).given
    os.mkfifo(folder / "pipe")
    asked(folder).give()
    monkeypatch.setattr("runner.session.agreements._now", set())  # another process
    assert not asked(folder).given  # nobody can say what comes out of it


def test_a_yes_to_all_is_one_to_every_part_and_one_to_a_part_is_not_one_to_all(tmp_path: Path) -> None:
    folder = lab(tmp_path).folder
    asked(folder, "test -f here").give()
    assert asked(folder, "test -f here").given
    assert not asked(folder).given
    assert not asked(folder, "echo two").given
    asked(folder).give()
    assert asked(folder, "echo two").given


def test_a_lab_that_runs_nothing_is_not_asked_about(tmp_path: Path) -> None:
    assert consent(lab(tmp_path), []) is None


@pytest.mark.parametrize("content", ["", "[]", "{", "null"])
def test_what_is_kept_may_be_spoilt(tmp_path: Path, home: Path, content: str) -> None:
    home.mkdir()
    (home / "trusted.json").write_text(content)
    folder = lab(tmp_path).folder
    assert not asked(folder).given
    asked(folder).give()
    assert asked(folder).given


def test_keys_and_answers_are_shown(tmp_path: Path) -> None:
    typed = (
        "[{command: vi x, keys: [i, ':!rm x', enter]}, {command: ask, answers: [{expect: 'Sure.', send: y}]}]"
    )
    mine = lab(tmp_path)
    (mine.folder / "lab.yaml").write_text(LAB.replace("[echo two]", typed))
    assert "vi x\n↳ ⌨ i :!rm x enter" in all_lines(load(mine.folder))
    assert "ask\n↳ Sure. → y" in all_lines(load(mine.folder))


def test_files_that_commands_name_are_shown_and_those_that_these_name(tmp_path: Path) -> None:
    folder = lab(tmp_path).folder
    command = 'bash "$LABGATE_LAB_FOLDER"/scripts/first.sh'
    (folder / "lab.yaml").write_text(LAB.replace("[echo two]", f"['{command}']"))
    (folder / "scripts").mkdir()
    (folder / "scripts" / "first.sh").write_text('. "${0%/*}/second.sh"\n\x1b[2Kecho first\n')
    (folder / "scripts" / "second.sh").write_text("echo second\n")
    (folder / "scripts" / "other.sh").write_text("echo other\n")
    assert asked(folder).files == (
        ("scripts/first.sh", '. "${0%/*}/second.sh"\n\\x1b[2Kecho first'),
        ("scripts/second.sh", "echo second"),
    )
    asked(folder).give()
    (folder / "scripts" / "second.sh").write_text("rm -rf ~\n")
    assert not asked(folder).given


def test_a_text_that_a_command_may_run_is_no_text(tmp_path: Path) -> None:
    folder = lab(tmp_path).folder
    (folder / "lab.yaml").write_text(LAB.replace("[echo two]", "['bash $LABGATE_LAB_FOLDER/*.md']"))
    (folder / "one.en.md").write_text("echo one\n")
    asked(folder).give()
    assert asked(folder).given
    (folder / "one.en.md").write_text("rm -rf ~\n")
    assert not asked(folder).given


def test_the_solution_of_a_challenge_is_shown_before_a_run_takes_it(tmp_path: Path) -> None:
    mine = lab(tmp_path)
    (mine.folder / "lab.yaml").write_text(LAB.replace("run: [echo two]", "solution: [echo found]"))
    this = load(mine.folder)
    assert "echo found" in commands_of(this)
    assert "echo found" not in commands_of(this, run=False)
    assert list(all_lines(this)).count("echo found") == 1


TOOLS = """
format: 1
title: Mine
summary: A lab
minutes: 5
level: beginner
requires: {tools: {foo: ">=1.0", bar: "*"}}
steps:
  - id: one
    title: One
    text: "One it is. "
    checks: [{tool: baz, version: ">=1"}, {tool: qux}, {namespace: default}]
"""


def test_tools_that_are_asked_for_their_version_are_run(tmp_path: Path) -> None:
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "lab.yaml").write_text(TOOLS)
    assert list(all_lines(load(folder))) == ["foo --version", "baz --version"]
    assert list(commands_of(load(folder), run=False)) == ["baz --version"]


def test_a_lab_that_only_brings_programs_is_asked_about(tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    (folder / "practice" / "bin").mkdir(parents=True)
    (folder / "lab.yaml").write_text(
        TOOLS.replace('requires: {tools: {foo: ">=1.0", bar: "*"}}', "")
        .replace(", version: '>=1'", "")
        .replace('{tool: baz, version: ">=1"}, ', "")
    )
    assert consent(load(folder)) is None
    (folder / "practice" / "bin" / "kubectl").write_text("#!/bin/sh\necho mine\n")
    found = asked(folder)
    assert (found.lines, found.programs) == ((), ("kubectl",))
    assert found.files == (("practice/bin/kubectl", "#!/bin/sh\necho mine"),)
    with pytest.raises(NotAgreed):
        ensure(load(folder))


def test_nothing_runs_before_a_yes_nor_with_other_files_than_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = lab(tmp_path)
    with pytest.raises(NotAgreed):
        ensure(mine)
    asked(mine.folder, "test -f here").allow()
    ensure(mine)
    (mine.folder / "one.en.md").write_text("between the yes and the start")
    with pytest.raises(NotAgreed):
        ensure(mine)
    asked(mine.folder).give()
    monkeypatch.setattr("runner.session.agreements._now", set())  # another process
    ensure(mine)


def test_another_process_may_run_the_files_that_were_agreed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = lab(tmp_path)
    files = agreed_files(mine)
    (mine.folder / "one.en.md").write_text("other")
    allow_files(mine, files)
    with pytest.raises(NotAgreed):
        ensure(mine)
    allow_files(mine, agreed_files(mine))
    ensure(mine)


def test_who_writes_a_lab_may_run_it_whatever_it_says(tmp_path: Path) -> None:
    mine = lab(tmp_path)
    with pytest.raises(NotAgreed):
        ensure(mine)
    allow_folder(mine.folder)
    ensure(mine)
    (mine.folder / "one.en.md").write_text("other")
    ensure(mine)


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_yes_of_the_author_holds_in_a_preview_too_which_has_a_data_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_before: bool
) -> None:
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    folder = lab(tmp_path).folder
    if asked_before:
        written_here(folder)
    with apart("preview"), pytest.raises(NotAgreed):
        ensure(load(folder))
    ask_author(folder, yes=False)
    with apart("preview"):
        ensure(load(folder))
        (folder / "lab.yaml").write_text(LAB.replace("echo run", "echo other"))
        ensure(load(folder))
