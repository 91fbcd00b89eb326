"""`labgate learn` and plain `labgate` where there is no terminal; what they refuse."""

from __future__ import annotations

import pytest

from runner.commands import learn


def test_without_a_terminal_the_commands_are_reported(labgate):
    done = labgate()
    assert done.returncode == 2
    assert "labgate learn istio-install --practice" in done.stdout


def test_without_a_terminal_a_lab_is_worked_through(labgate):
    done = labgate("learn", "kubernetes-basics", "--practice")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "without a screen" in done.stdout
    assert "Passed. Steps: 7 of 7" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["learn", "no-such-lab"], "There is no lab of this name"),
        (["learn", "istio-install", "--practice", "--context", "x"], "Remove --context"),
        (["learn", "istio-install", "--context", "no-such-context"], "no-such-context"),
        (["learn", "istio-install", "--practice", "--set", "hub=;rm"], "--set"),
    ],
)
def test_what_can_not_be_is_refused_in_words(labgate, arguments, words):
    done = labgate(*arguments)
    assert done.returncode == 2
    assert words in done.stdout + done.stderr


@pytest.mark.parametrize(("term", "there"), [("xterm-256color", True), ("dumb", False), ("", False)])
def test_a_screen_is_a_terminal_that_can_show_pages(monkeypatch, term, there):
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert learn.on_a_screen() is there
