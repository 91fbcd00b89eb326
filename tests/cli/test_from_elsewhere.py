"""Whatever is done with a lab from elsewhere: nothing of it runs before somebody has said yes."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runner.commands.serve import _commands
from tests.cli.conftest import PROGRAM, Labgate

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")

PROGRAMS = ("kubectl", "foo", "bash", "sh", "git", "vi", "curl", "python3", "istioctl")

EVIL = """\
format: 1
title: Evil
summary: It runs what it likes.
minutes: 1
level: beginner
requires: {kubernetes: ">=1.20", tools: {foo: ">=1.0", kubectl: ">=1.18"}}
setup: [touch MARKED]
steps:
  - id: one
    title: One
    text: text/one
    run: [touch MARKED, "sh $LABGATE_LAB_FOLDER/text/one.en.md"]
    solution: [touch MARKED]
    checks:
      - {tool: foo, version: ">=1"}
      - {command: touch MARKED}
      - {http: {service: web, port: 80}}
      - {namespace: default}
    within: 5s
cleanup: {title: Away, text: "It goes away.", run: [touch MARKED]}
"""
ONLY_PROGRAMS = """\
format: 1
title: Evil
summary: It brings programs.
minutes: 1
level: beginner
steps:
  - {id: one, title: One, text: "Look around.", checks: [{namespace: default}, {http: {service: web, port: 80}}]}
"""
ONLY_PROBES = """\
format: 1
title: Evil
summary: Its tools tell their versions.
minutes: 1
level: beginner
requires: {tools: {foo: ">=1.0"}}
steps:
  - {id: one, title: One, text: "Look around.", checks: [{tool: foo, version: ">=1"}]}
"""


@pytest.fixture(params=[EVIL, ONLY_PROGRAMS, ONLY_PROBES], ids=["all", "programs", "probes"])
def evil(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A lab of which everything that can run leaves a mark."""
    marked = str(tmp_path / "marked")
    folder = tmp_path / "labs" / "evil"
    (folder / "practice" / "bin").mkdir(parents=True)
    (folder / "text").mkdir()
    (folder / "lab.yaml").write_text(request.param.replace("MARKED", marked))
    (folder / "text" / "one.en.md").write_text(f"touch {marked}\n")
    for name in PROGRAMS:
        program = folder / "practice" / "bin" / name
        program.write_text(f"#!/bin/sh\n/bin/echo $0 $* >> {marked}\n/bin/echo 1.2.3\n")
        program.chmod(0o755)
    return folder


@pytest.fixture
def files(tmp_path: Path, kubeconfig: Callable[..., Path]) -> None:
    """What some of the commands want."""
    kubeconfig("one")
    (tmp_path / "roster.yaml").write_text("- {id: one, name: One, kubeconfig: kubeconfig}\n")
    (tmp_path / "lines").write_text("kubectl get ns\nfoo\n")
    (tmp_path / "typed.txt").write_text("$ kubectl get ns\nNAME STATUS AGE\ndefault Active 1d\n")


VERBS: Sequence[Sequence[str]] = (
    ("--version",),
    ("doctor",),
    ("labs",),
    ("labs", "add", "labs/evil"),
    ("labs", "update"),
    ("docs",),
    ("schema",),
    ("lint", "evil"),
    ("lint", "labs/evil"),
    ("learn", "evil", "--practice"),
    ("grade", "evil", "--practice"),
    ("grade", "evil", "--practice", "--run"),
    ("grade", "evil", "--practice", "--run", "--fresh", "--cleanup"),
    ("grade", "evil", "--kubeconfig", "kubeconfig"),
    ("grade", "evil", "--roster", "roster.yaml"),
    ("check", "evil", "one", "--practice"),
    ("preview", "evil"),
    ("prove", "evil"),
    ("record", "made", "--practice", "--lab", "evil", "--from", "lines"),
    ("import", "transcript", "typed.txt", "--to", "typed", "--lab", "evil"),
    ("practice", "start", "evil"),
    ("practice", "status", "evil"),
    ("practice", "stop", "evil"),
    ("practice", "class", "class", "--lab", "evil"),
)


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("files")
def test_no_command_runs_anything_of_it_unasked(labgate: Labgate, evil: Path, tmp_path: Path) -> None:
    for verb in VERBS:
        done = labgate(*verb)
        assert not (tmp_path / "marked").exists(), (verb, (tmp_path / "marked").read_text())
        assert "Traceback" not in done.stderr, verb
    assert not (tmp_path / "made").exists(), "made of its stand-ins without having been asked"


def on_a_terminal(command: Sequence[str], environment: dict[str, str], folder: Path, keys: bytes) -> str:
    """What a program shows on a terminal that types `keys` once it has shown the question, until it asks or ends."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *command],
        env={**environment, "LINES": "40"},
        cwd=folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    output, deadline, typed = "", time.monotonic() + 90, False
    try:
        while time.monotonic() < deadline:
            try:
                output += os.read(controller, 65536).decode(errors="replace")
            except OSError:
                break
            if not typed and ("Do you trust it?" in output or "Run them?" in output):
                os.write(controller, keys)
                typed = True
                if keys == b"":
                    break
        assert typed, output[-2000:]
        return output
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(controller)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("verb", [("learn", "evil", "--practice"), ("preview", "evil"), ("prove", "evil")])
def test_on_a_terminal_it_is_asked_first(
    verb: Sequence[str], evil: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    on_a_terminal(verb, environment, tmp_path, b"")
    assert not (tmp_path / "marked").exists()


@pytest.mark.timeout(200)
def test_with_a_yes_it_is_run_and_what_it_would_run_was_shown(
    labgate: Labgate, evil: Path, tmp_path: Path
) -> None:
    done = labgate("grade", "evil", "--practice", "--run", "--yes")
    assert "It includes programs for the practice cluster: bash, curl, foo" in done.stdout
    if "foo" in (evil / "lab.yaml").read_text():
        assert "$ foo --version" in done.stdout
        assert (tmp_path / "marked").exists()
    else:
        assert "When a command of this name is entered" in done.stdout


MODULES = ("runner/__init__.py", "yaml.py", "asyncio.py", "sitecustomize.py", "textual/__init__.py")


@pytest.fixture
def looking_inside(tmp_path: Path) -> Path:
    """A lab that runs nothing, with modules beside its lab.yaml that Python would take for the program's own."""
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "lab.yaml").write_text(
        "format: 1\ntitle: In\nsummary: It has modules.\nminutes: 1\nlevel: beginner\nsteps:\n"
        '  - {id: one, title: One, text: "Look around.", checks: [{namespace: default}]}\n'
    )
    for name in MODULES:
        module = folder / name
        module.parent.mkdir(exist_ok=True)
        module.write_text(f"open({str(tmp_path / 'marked')!r}, 'a').write({name!r})\n")
    return folder


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("looking_inside")
def test_no_module_of_the_folder_in_which_it_is_called_is_run(
    environment: dict[str, str], looking_inside: Path, tmp_path: Path
) -> None:
    """The processes that it starts (a practice cluster, a page's program) import nothing of the working folder."""
    called = [sys.executable, "-P", "-m", "runner"]
    page = next(_commands(None, [], fresh=False))
    for command in ([*called, "check", ".", "one", "--practice"], [*page, "--version"]):
        done = subprocess.run(
            command,
            cwd=looking_inside,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not (tmp_path / "marked").exists(), (command, (tmp_path / "marked").read_text())
        assert done.returncode == 0, done.stdout + done.stderr
