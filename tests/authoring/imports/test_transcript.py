"""Transcripts of terminals as labs."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.authoring.imports.notes import Notes, Unreadable
from runner.authoring.imports.transcript import signs
from runner.authoring.imports.transcript.transcript_lab import read
from runner.authoring.lab_draft import write
from runner.authoring.lint.linter import lint
from runner.labs.load import load
from runner.labs.model import Lab

DATA = Path(__file__).parent / "data"


def imported(file: Path, to: Path) -> tuple[Lab, list[str]]:
    notes = Notes()
    lab = load(write(read(file, notes, "en"), to / "made").parent)
    return lab, [note.render().removeprefix(f"{file.parent}/") for note in notes.all]


def of(text: str, tmp_path: Path) -> tuple[Lab, list[str]]:
    (tmp_path / "t.txt").write_text(text)
    return imported(tmp_path / "t.txt", tmp_path)


def run_of(lab: Lab) -> list[str]:
    return [command.command for step in lab.steps for command in step.run]


def written(check) -> dict:
    return check.model_dump(by_alias=True, exclude_unset=True)


@pytest.mark.parametrize(
    ("line", "command", "folder"),
    [
        ("root@labs-91:/home/project# kubectl get ns", "kubectl get ns", "/home/project"),
        ("[root@labs manifests]# ls -l", "ls -l", "manifests"),
        ("(venv) me@host ~/a % make x", "make x", "~/a"),
        ("user@host:~$ ", "", "~"),
        ("$ ls", "ls", ""),
        ("~/dir$ ls", "ls", "~/dir"),
        ("bash-5.1# whoami", "whoami", ""),
        ("controlplane $ kubectl get nodes", "kubectl get nodes", ""),
        ("➜  ~ kubectl get nodes", "kubectl get nodes", "~"),
        ("mac:~ me$ ls", "ls", "~"),
        ("# kubectl get nodes", "kubectl get nodes", ""),
    ],
)
def test_prompts(line, command, folder):
    found = signs.prompt(line, in_code=False)
    assert found is not None and (found.command, found.folder) == (command, folder)


@pytest.mark.parametrize(
    "line", ["# Install Istio", "Price: 5$ each", "NAME  READY", "a@b.com wrote to me", "100% of it", "- $ab"]
)
def test_what_is_no_prompt(line):
    assert signs.prompt(line, in_code=False) is None


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("This will install Istio. Proceed? (y/N) y", "y"),
        ("Do you want to continue? [Y/n] Y", "Y"),
        ("Are you sure you want to continue connecting (yes/no/[fingerprint])? yes", "yes"),
        ("rm: remove regular file 'x'? y", "y"),
    ],
)
def test_answers_to_questions(line, answer):
    found = signs.question(line)
    assert found is not None and found[1] == answer


@pytest.mark.parametrize("line", ["error: y", "items: no", "ready (1/1) yes-man", "what is it?"])
def test_what_is_no_answer(line):
    assert signs.question(line) is None


def test_a_shop_in_english(tmp_path):
    lab, notes = imported(DATA / "shop.txt", tmp_path)
    assert [step.id for step in lab.steps] == ["run-a-shop", "the-web-server"]
    assert run_of(lab)[:4] == [
        "kubectl create namespace shop",
        "kubectl label ns shop team=blue",
        "mkdir manifests",
        "cd manifests",  # the transcript does not have it, its prompt does
    ]
    assert run_of(lab)[4].startswith("cat <<EOF > web.yaml\napiVersion: v1\n")
    assert "\n  name: web\n" in run_of(lab)[4]
    assert [written(check) for check in lab.steps[1].checks] == [
        {"file": "manifests", "folder": True},
        {"file": "manifests/web.yaml"},
        {"deployment": "web", "in": "shop", "ready": True},
        {"service": "web", "in": "shop"},
        {"pods": {"min": 1}, "in": "shop"},
    ]
    assert lab.cleanup is not None
    assert lab.cleanup.run[0].answers[0].send == "y"
    assert [written(check) for check in lab.cleanup.checks][-1] == {"namespace": "shop", "absent": True}
    assert any("shop.txt:13: the prompt shows another folder: added cd manifests" in note for note in notes)
    assert any("this does not end by itself: kubectl get pods -n shop -w" in note for note in notes)
    assert [
        each.render() for each in lint(lab.folder) if each.rule != "to-do"
    ] == []  # notes are the author's to do


def test_an_editor_in_korean(tmp_path):
    lab, notes = imported(DATA / "service.ko.txt", tmp_path)
    (step,) = lab.steps
    assert step.title == {"ko": "서비스 외부에 공개하기"}
    assert step.run[0].command == "kubectl edit svc web -n shop"
    assert step.run[0].keys == (":%s/ClusterIP/LoadBalancer/g", "enter", ":wq!", "enter")
    assert "기본 타입인 ClusterIP를" in step.text["ko"]
    (check,) = step.checks
    assert (check.service, check.type, check.external) == ("web", "LoadBalancer", True)
    assert [note.split(":", 1)[1].split(" (")[0] for note in notes] == [
        "3: kubecttl was treated as kubectl",
        "8: skipped what the editor showed",
        "23: skipped lines 23 to 31, which were not understood: 🔍 …",
    ]


def test_the_namespace_of_what_was_applied_is_where_it_was_listed_later(tmp_path):
    lab, _ = of(
        "$ kubectl apply -f a\ndeployment.apps/kiali created\nservice/kiali created\n"
        "$ kubectl get all -n istio-system\npod/kiali-fd9f88575-2tvqp  1/1  Running  0  72s\n"
        "service/kiali  ClusterIP  10.0.0.1  <none>  20001/TCP  1m\n",
        tmp_path,
    )
    assert [(each.subject, each.namespace) for each in lab.steps[0].checks] == [
        ("deployment", "istio-system"),
        ("service", "istio-system"),
        ("pods", "istio-system"),
    ]


def test_what_a_later_step_takes_back_is_checked_once(tmp_path):
    lab, _ = of(
        "# One\n\n$ kubectl create ns a\n\n# Two\n\n$ kubectl delete ns a\n\n# Three\n\n$ kubectl create ns b\n",
        tmp_path,
    )
    assert [check.once for step in lab.steps for check in step.checks] == [True, False, False]


def test_the_path_that_an_installer_asks_for_is_set(tmp_path):
    lab, notes = of(
        "u@h:/home/u$ curl -L https://istio.io/downloadIstio | sh -\n"
        "Istio has been successfully downloaded into the istio-1.2 folder on your system.\n"
        '    export PATH="$PATH:/home/u/istio-1.2/bin"\n'
        "u@h:/home/u/istio-1.2$ istioctl version\n",
        tmp_path,
    )
    assert run_of(lab)[1:] == [
        "cd istio-1.2",
        'export PATH="$PATH:$LABGATE_WORKSPACE/istio-1.2/bin"',
        "istioctl version",
    ]
    assert any("never sets the PATH" in note for note in notes)


def test_a_command_written_before_it_is_shown_is_one(tmp_path):
    lab, _ = of("Look\n\nkubectl get ns\n\n```\n$ kubectl get ns\nNAME  STATUS\n```\n", tmp_path)
    assert run_of(lab) == ["kubectl get ns"]


def test_a_secret_is_reported(tmp_path):
    _, notes = of("$ kubectl create ns a\nPassword:\n", tmp_path)
    assert any("2: a secret is requested" in note for note in notes)


@pytest.mark.parametrize("content", [b"", b"only words here\n", b"\xff\xfe$ ls\n"])
def test_what_is_no_transcript(tmp_path, content):
    (tmp_path / "t.txt").write_bytes(content)
    with pytest.raises(Unreadable):
        read(tmp_path / "t.txt", Notes(), "en")
