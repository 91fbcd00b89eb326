"""Scenarios and courses of Killercoda and Katacoda as labs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from runner.authoring.imports import course
from runner.authoring.imports.notes import Notes, Unreadable
from runner.authoring.lab_draft import write
from runner.authoring.lint.linter import lint
from runner.labs.load import load
from runner.labs.model import Lab

DATA = Path(__file__).parent / "data"


def imported(folder: Path, to: Path, **options: str) -> tuple[dict[str, Lab], list[str]]:
    """The labs as they are read back, and the notes without the folder."""
    notes = Notes()
    drafts = course.read(folder, notes, "en", **options).drafts
    labs = {name: load(write(draft, to / name).parent) for name, draft in drafts.items()}
    return labs, [note.render().replace(f"{note.file.parent}/", "") for note in notes.all]


@pytest.fixture
def scenario(tmp_path):
    """Makes a scenario of one step: its text, and further files."""

    def make(text: str, files: dict[str, str] | None = None, **step: str) -> Path:
        folder = tmp_path / "source"
        folder.mkdir()
        index = {"title": "A scenario", "details": {"steps": [{"title": "One", "text": "one.md", **step}]}}
        (folder / "index.json").write_text(json.dumps(index))
        (folder / "one.md").write_text(text)
        for name, content in (files or {}).items():
            (folder / name).write_text(content)
        return folder

    return make


def only(folder: Path, to: Path) -> tuple[Lab, list[str]]:
    labs, notes = imported(folder, to)
    (lab,) = labs.values()
    return lab, notes


def run_of(lab: Lab, step: int = 0) -> list[str]:
    return [command.command for command in lab.steps[step].run]


def test_a_course_becomes_labs_that_follow_each_other_and_lint(tmp_path):
    labs, _ = imported(DATA / "course", tmp_path)
    assert list(labs) == ["first-pod", "services"]
    assert labs["services"].after == "first-pod"
    assert labs["services"].title == {"en": "Services for Pods"}  # the course's own
    rest = [
        each for name in labs for each in lint(tmp_path / name) if each.rule != "to-do"
    ]  # notes to the author
    assert [problem.render() for problem in rest] == []


def test_intro_steps_and_finish_are_steps(tmp_path):
    lab = imported(DATA / "course", tmp_path)[0]["first-pod"]
    assert [step.id for step in lab.steps] == [
        "intro",
        "create-the-namespace",
        "run-a-pod",
        "what-did-you-see",
        "finish",
    ]
    assert (lab.minutes, lab.level, lab.mode) == (15, "beginner", "by-hand")
    assert lab.steps[2].title == {"en": "Run a Pod"}  # its own title is left out: the heading is one
    assert "Use `Tab` for completion" in lab.steps[0].text["en"]
    assert "<" not in lab.steps[0].text["en"]


def test_what_is_clicked_on_is_run_and_what_never_ends_is_not(tmp_path):
    lab = imported(DATA / "course", tmp_path)[0]["first-pod"]
    assert run_of(lab, 2) == [
        "kubectl run lion --image=nginx:1.27 \\\n  --namespace zoo",
        "kubectl get pods -n zoo -o go-template='{{range .items}}{{.metadata.name}}{{end}}'",
        "kubectl get pod lion -n zoo -o name > ./lion.txt",
    ]
    assert "kubectl get pods -n zoo -w" in lab.steps[2].text["en"]


def test_verify_scripts_are_files_of_the_lab_that_run_in_its_workspace(tmp_path):
    lab = imported(DATA / "course", tmp_path)[0]["first-pod"]
    (check,) = lab.steps[2].checks
    assert (
        check.command == 'cd "$LABGATE_WORKSPACE" && bash "$LABGATE_LAB_FOLDER"/scripts/run-a-pod-verify.sh'
    )
    assert check.once  # as there: looked at once
    script = (lab.folder / "scripts" / "run-a-pod-verify.sh").read_text()
    assert 'grep -q lion "$LABGATE_WORKSPACE"/lion.txt' in script


def test_setup_scripts_and_assets_come_before_the_first_step(tmp_path):
    labs, _ = imported(DATA / "course", tmp_path)
    assert [each.command for each in labs["first-pod"].setup] == [
        'bash "$LABGATE_LAB_FOLDER"/scripts/intro-background.sh',
        'bash "$LABGATE_LAB_FOLDER"/scripts/intro-foreground.sh',
    ]
    assert [each.command for each in labs["services"].setup] == [
        'cp "$LABGATE_LAB_FOLDER"/assets/web.yaml ./ && chmod +r web.yaml'
    ]
    assert (labs["services"].folder / "assets" / "web.yaml").is_file()


def test_a_step_without_a_script_has_checks_of_what_its_commands_bring(tmp_path):
    lab = imported(DATA / "course", tmp_path)[0]["services"]
    assert [check.subject for check in lab.steps[0].checks] == ["resource", "service"]


def test_questions(tmp_path):
    lab = imported(DATA / "course", tmp_path)[0]["first-pod"]
    choice, written = lab.steps[3].checks
    assert choice.solution() == ("a2",)
    assert written.solution() == ("lion",)


def test_hints_and_solutions_that_are_folded_away(tmp_path):
    lab, _ = imported(DATA / "course", tmp_path)[0]["first-pod"], None
    step = lab.steps[1]
    assert step.hints == ({"en": "`kubectl create -h` lists all that can be created."},)
    assert run_of(lab, 1) == []  # what is run is shown: the answer would be
    assert [each.command for each in step.solution] == ["kubectl create namespace zoo"]
    assert "kubectl create namespace zoo" not in step.text["en"]


@pytest.mark.parametrize(
    "note",
    [
        "index.json:24: the scenario uses its own machine: kubernetes-kubeadm-2nodes",
        "index.json:11: files for another host: host02",
        "index.json:16: the layout of the platform's page is not imported: interface.layout",
        "intro.md:8: a picture: ./pod.png",
        "intro.md:10: a link within the scenario: ../README.md",
        "text.md:16: a collapsed solution",
        "step2.md:9: this does not end by itself: kubectl get pods -n zoo -w",
        "step2.md:13: a second terminal or host (T2): kubectl proxy",
        "step2.md:13: a page of the scenario's host, port 8001: replaced by http://localhost:8001",
        "verify2.sh:3: the scenario's home folder was replaced by the lab's working folder",
        "text.md:7: to be copied by the learner, not run",
    ],
)
def test_what_can_not_be_carried_over_is_reported_with_its_line(tmp_path, note):
    _, notes = imported(DATA / "course", tmp_path)
    assert any(each.startswith(note) for each in notes), notes


def test_the_notes_stand_in_the_lab(tmp_path):
    imported(DATA / "course", tmp_path)
    written = (tmp_path / "first-pod" / "lab.yaml").read_text()
    assert "step2.md:13: a second terminal or host (T2): kubectl proxy" in written


def test_katacodas_older_words(tmp_path):
    lab, notes = only(DATA / "katacoda-scenario", tmp_path)
    assert (lab.minutes, lab.level) == (60, "intermediate")
    assert [each.command for each in lab.setup] == [
        'mkdir -p data && cp "$LABGATE_LAB_FOLDER"/assets/one.txt data/',
        'bash "$LABGATE_LAB_FOLDER"/scripts/intro-background.sh > /dev/null 2>&1 &',  # it never ends
        'source "$LABGATE_LAB_FOLDER"/scripts/intro-foreground.sh',  # its export is for the learner
    ]
    assert "Written for the tests." in lab.steps[0].text["en"]
    first, step = lab.steps[1:3]
    assert [first.id, step.id] == ["write-it-first", "write-it"]
    assert run_of(lab, 1) == ['cp "$LABGATE_LAB_FOLDER"/files/write-it-1 app.yaml', "vi app.yaml"]
    assert first.run[1].keys == ("i", "escape", ":q!", "enter")
    assert (step.run, [each.command for each in step.solution]) == ((), ["kubectl apply -f app.yaml"])
    assert step.checks[0].solution() == ("a1", "a3")
    assert "http://localhost:8080/ui" in step.text["en"]
    assert any("the address of another host: [[HOST2_IP]]" in note for note in notes)
    assert not any("say what is typed" in note for note in notes)


def test_a_pathway_is_a_course(tmp_path):
    shutil.copytree(DATA / "course", tmp_path / "source")
    (tmp_path / "source" / "structure.json").unlink()
    lists = {"courses": [{"course_id": "services"}, {"course_id": "first-pod", "title": "Later"}]}
    (tmp_path / "source-pathway.json").write_text(json.dumps(lists))
    labs, _ = imported(tmp_path / "source", tmp_path / "to")
    assert [(name, lab.after) for name, lab in labs.items()] == [
        ("services", None),
        ("first-pod", "services"),
    ]
    assert labs["first-pod"].title == {"en": "Later"}


def test_folders_without_a_list_are_taken_by_name(tmp_path):
    shutil.copytree(DATA / "course", tmp_path / "source")
    (tmp_path / "source" / "structure.json").unlink()
    assert list(imported(tmp_path / "source", tmp_path / "to")[0]) == ["first-pod", "services"]


def test_the_smallest_scenario(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "index.json").write_text('{"title": "Bare", "backend": {"imageid": "ubuntu"}}')
    lab, _ = only(tmp_path / "source", tmp_path / "to")
    assert [step.id for step in lab.steps] == ["intro"]


def test_korean_is_seen_and_asked_for(tmp_path, scenario):
    folder = scenario(
        "네임스페이스를 하나 만들어 봅시다. 이름은 아무거나 좋습니다. `kubectl create ns a`{{exec}}"
    )
    assert only(folder, tmp_path / "guessed")[0].title == {"ko": "A scenario"}
    labs, _ = imported(folder, tmp_path / "asked", source="en")
    assert labs["source"].title == {"en": "A scenario"}


def test_braces_that_are_no_variables_stay(tmp_path, scenario):
    text = "`helm template --set a={{ name }}`{{exec}} and {{site}} and `\\{{x}}`"
    lab, _ = only(scenario(text), tmp_path / "to")
    assert run_of(lab) == ["helm template --set a={{ name }}"]
    assert "{{site}} and `\\{{x}}`" in lab.steps[0].text["en"]


def test_a_script_that_checks_nothing_is_not_a_check(tmp_path, scenario):
    folder = scenario(
        "`kubectl create ns a`{{exec}}", {"v.sh": "#!/bin/bash\necho fine\nexit 0\n"}, verify="v.sh"
    )
    lab, notes = only(folder, tmp_path / "to")
    assert [check.subject for check in lab.steps[0].checks] == ["namespace"]
    assert any("v.sh:1: this script can't fail" in note for note in notes)
    assert not (lab.folder / "scripts").exists()


def test_a_check_that_changes_something_is_reported(tmp_path, scenario):
    folder = scenario("Do it.", {"v.sh": "#!/bin/bash\nkubectl delete pod x\n"}, verify="v.sh")
    _, notes = only(folder, tmp_path / "to")
    assert any("v.sh:2: a check runs repeatedly" in note for note in notes)


@pytest.mark.parametrize(
    ("index", "reported"),
    [
        ("{", "index.json:1:2: invalid JSON"),
        ('{"title": "x",\n "details": {,}}', "index.json:2:14: invalid JSON"),
        ("[]", "index.json:1:1: expected a JSON object"),
        ("[" * 100_000, "index.json: nested too deeply"),
        ('{"details": {"steps": [{"text": "a.md"}]}}', "index.json:1: text: a.md: the file does not exist"),
        ('{"details": {"steps":\n [{"text": "../x"}]}}', "index.json:2: text: ../x: the path is outside"),
        (
            '{"details": {"steps": [{"text": "/etc/passwd"}]}}',
            "the path is outside the folder: /etc/passwd",
        ),
        ('{"details": {"steps": [{"text": "link.md"}]}}', "the path is outside the folder: link.md"),
        ('{"details": {"steps": [{"text": "pipe"}]}}', "this is not a file"),
        ('{"details": {"steps": [{"text": "large.md"}]}}', "the file is too large: at most 128 KiB"),
        ('{"details": {"steps": [{"text": "latin.md"}]}}', "not UTF-8 (line 2)"),
    ],
)
def test_what_can_not_be_read_is_reported_and_nothing_is_made(tmp_path, index, reported):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "index.json").write_text(index)
    (folder / "link.md").symlink_to("/etc/hosts")
    os.mkfifo(folder / "pipe")
    (folder / "large.md").write_text("x" * 300_000)
    (folder / "latin.md").write_bytes(b"a\ncaf\xe9\n")
    with pytest.raises(Unreadable) as caught:
        course.read(folder, Notes(), "en")
    assert any(reported in problem.render() for problem in caught.value.problems), caught.value.problems


def test_assets_do_not_leave_their_folder(tmp_path, scenario):
    folder = scenario("Do it.")
    (tmp_path / "secret").write_text("x")
    (folder / "assets").mkdir()
    (folder / "assets" / "out").symlink_to(tmp_path / "secret")
    index = json.loads((folder / "index.json").read_text())
    names = ["../../secret", "out", "/etc/passwd"]
    index["details"]["assets"] = {"host01": [{"file": name, "target": "~"} for name in names]}
    (folder / "index.json").write_text(json.dumps(index))
    lab, notes = only(folder, tmp_path / "to")
    assert lab.setup == ()
    assert sum("the path is outside the folder" in note for note in notes) == 3


def test_a_hostile_text_takes_no_time_and_no_marks(tmp_path, scenario):
    text = (
        "<details>\nfirst\n<summary>Solution</summary>\nthen\n</details>\n"
        + "<img " * 2000
        + "`" * 3000
        + "[" * 3000
        + "<a>" * 2000
        + ">>" * 2000
        + "\x1b[31m\u202e\x00 {{a}}{{"
    )
    lab, _ = only(scenario(text), tmp_path / "to")
    assert "\x1b" not in lab.steps[0].text["en"] and "\u202e" not in lab.steps[0].text["en"]
