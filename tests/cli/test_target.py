"""Which cluster: never one that nobody named."""

from __future__ import annotations

import shlex
import subprocess

import pytest
import yaml


def test_no_cluster_says_what_to_do(labgate, lab):
    done = labgate("grade", "letters")
    assert done.returncode == 2
    assert "labgate grade letters --practice" in done.stderr
    assert "--context NAME" in done.stderr


def test_several_clusters_are_listed_with_the_commands_to_type(labgate, lab, kubeconfig):
    done = labgate("grade", "letters", KUBECONFIG=str(kubeconfig("prod", "dev eu")))
    assert done.returncode == 2
    assert "labgate grade letters --context prod" in done.stderr
    assert "labgate grade letters --context 'dev eu'" in done.stderr
    assert "http://127.0.0.1:9" in done.stderr


def test_an_unknown_context_has_a_near_one(labgate, lab, kubeconfig):
    done = labgate("grade", "letters", "--context", "pord", KUBECONFIG=str(kubeconfig("prod", "dev")))
    assert done.returncode == 2
    assert "labgate grade letters --context prod" in done.stderr


@pytest.mark.parametrize("more", [["--context", "prod"], ["--kubeconfig", "x"]])
def test_practice_excludes_the_others(labgate, lab, more):
    assert labgate("grade", "letters", "--practice", *more).returncode == 2


def test_a_kubeconfig_that_is_not_there(labgate, lab):
    done = labgate("grade", "letters", "--kubeconfig", "nowhere.yaml")
    assert done.returncode == 2
    assert "nowhere.yaml" in done.stderr


def test_the_only_cluster_is_named_and_used(labgate, lab, kubeconfig, tmp_path):
    """It does not answer here, so nothing can be judged: the third exit code, at once, and reports all the same."""
    done = labgate("grade", "letters", "--report", "junit=out.xml", KUBECONFIG=str(kubeconfig("only")))
    assert "only" in done.stdout
    assert "http://127.0.0.1:9" in done.stdout
    assert done.returncode == 3
    assert "can't be reached" in done.stdout
    assert "The connection was refused" in done.stdout
    assert (tmp_path / "out.xml").read_text().count("<error") == 3
    assert "very-secret" not in (tmp_path / "out.xml").read_text() + done.stdout + done.stderr


def test_what_no_cluster_can_report_is_not_judged(labgate, lab, kubeconfig, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "letter").write_text("hello\n")
    done = labgate("check", "letters", "look", "--workspace", "here", KUBECONFIG=str(kubeconfig("only")))
    assert done.returncode == 3
    assert "Could not be judged" in done.stdout


ODD_NAMES = (
    "$(touch ran)",
    "`touch ran`",
    "a;touch ran",
    "a b",
    "it's",
    "a\x1b[31mred\x1b[0m",
    "a\nb",
    "a\\b\tc",
    "김철수",
    "-x",
    "한글 \u200b\u202e",
)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_command_that_is_offered_for_an_odd_name_names_it_and_runs_nothing(name, monkeypatch, tmp_path):
    from runner.commands.cluster_option import _again

    monkeypatch.setattr("sys.argv", ["labgate", "check", "letters", "--context=old", "--context", "other"])
    offered = _again("--context", name)
    assert offered.isprintable(), "nothing of it is lost or taken for something else where it is printed"
    shown = subprocess.run(
        ["bash", "-c", f"labgate() {{ printf '%s\\0' \"$@\"; }}; {offered}"],
        capture_output=True,
        cwd=tmp_path,
        check=True,
    )
    assert shown.stdout.decode().split("\0")[:-1] == ["check", "letters", "--context", name]
    assert not (tmp_path / "ran").exists()


def test_odd_names_of_contexts_do_not_reach_the_terminal_as_they_are(labgate, lab, tmp_path):
    names = [name for name in ODD_NAMES if "$" not in name]
    entry = {"cluster": "c", "user": "u"}
    document = {
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": each, "context": entry} for each in names],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
    for more, named in (((), "'a b'"), (("--context", "it"), shlex.quote("it's"))):
        done = labgate("check", "letters", "look", *more, KUBECONFIG=str(tmp_path / "kubeconfig"))
        assert done.returncode == 2
        assert named in done.stderr
        assert not set("\x1b\u202e\u200b") & set(done.stdout + done.stderr)
