"""Commands beside the learner's shell: their folder, their environment, and nothing left behind."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.base import WorkspaceView
from runner.world.workspace import MOST_OUTPUT, Workspace


@dataclass
class State:
    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"]})


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path, state: State) -> Workspace:
    return Workspace(tmp_path, lambda: state)


def gone(pid: int) -> bool:
    """Whether the process ends; a killed one does so in its own time."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


async def test_runs_bash_in_the_learners_folder_and_environment(workspace: Workspace, state: State) -> None:
    view: WorkspaceView = workspace
    state.folder = view.root / "istio-1.11.3"
    state.folder.mkdir()
    state.environment["GREETING"] = "안녕"
    result = await view.run('echo "$GREETING"; [[ -d . ]] && pwd; echo wrong >&2; exit 3', 10)
    assert result.stdout == f"안녕\n{state.folder}\n"
    assert (result.exit_code, result.stderr) == (3, "wrong\n")
    assert result.seconds > 0
    assert "HOME" not in view.environment  # nothing of this program's own environment comes in


async def test_a_change_of_the_shell_is_seen_at_the_next_look(workspace: Workspace, state: State) -> None:
    state.environment = {"PATH": "/usr/bin:/bin", "X": "1"}
    assert (await workspace.run("echo $X", 10)).stdout == "1\n"
    state.environment = {"PATH": "/usr/bin:/bin", "X": "2"}
    assert (await workspace.run("echo $X", 10)).stdout == "2\n"


async def test_time_out_kills_the_whole_group(workspace: Workspace, tmp_path: Path) -> None:
    began = time.monotonic()
    result = await workspace.run("sleep 1000 & echo $! > pid; echo so far; trap '' TERM; sleep 1000", 0.3)
    assert result.exit_code is None
    assert result.stdout == "so far\n"
    assert time.monotonic() - began < 30
    assert gone(int((tmp_path / "pid").read_text()))


async def test_a_job_left_behind_ends_with_the_command(workspace: Workspace, tmp_path: Path) -> None:
    result = await workspace.run("sleep 1000 & echo $! > pid; echo done", 20)
    assert (result.exit_code, result.stdout) == (0, "done\n")
    assert gone(int((tmp_path / "pid").read_text()))


async def test_a_job_that_left_the_group_does_not_hold_the_look_up(
    workspace: Workspace, tmp_path: Path
) -> None:
    result = await workspace.run("setsid sleep 1000 & echo $! > pid; echo done", 20)
    assert (result.exit_code, result.stdout) == (0, "done\n")
    os.kill(int((tmp_path / "pid").read_text()), 9)


async def test_output_is_bounded_and_the_command_still_ends(workspace: Workspace) -> None:
    result = await workspace.run("seq 1 300000; seq 1 300000 >&2", 30)
    assert result.exit_code == 0
    assert len(result.stdout) == len(result.stderr) == MOST_OUTPUT
    assert result.stdout.startswith("1\n2\n")


@pytest.mark.parametrize("stream", ["", " >&2"])
async def test_a_text_is_found_wherever_it_was_printed(workspace: Workspace, stream: str) -> None:
    long = f"head -c {2 * MOST_OUTPUT} /dev/zero | tr '\\0' x; printf Err; sleep 0.2; printf 'or: 한글'"
    result = await workspace.run(f"({long}){stream}", 20, ["Error: 한글", "xxErr", "other"])
    assert (result.printed, result.cut) == ({"Error: 한글", "xxErr"}, True)
    assert max(len(result.stdout), len(result.stderr)) == MOST_OUTPUT


async def test_what_is_kept_whole_is_not_cut(workspace: Workspace) -> None:
    result = await workspace.run(f"head -c {MOST_OUTPUT} /dev/zero | tr '\\0' x", 20, ["x", "y"])
    assert (result.printed, result.cut, len(result.stdout)) == ({"x"}, False, MOST_OUTPUT)
    assert (await workspace.run("echo a", 20)).printed == frozenset()


async def test_nothing_to_read_and_no_terminal(workspace: Workspace) -> None:
    result = await workspace.run("read -r line; echo $?; (: < /dev/tty) 2> /dev/null || echo no terminal", 10)
    assert result.stdout == "1\nno terminal\n"


async def test_ended_by_a_signal_as_bash_counts_it(workspace: Workspace) -> None:
    assert (await workspace.run("kill -TERM $$", 10)).exit_code == 143
    assert (await workspace.run("no-such-program-here", 10)).exit_code == 127


async def test_a_lost_path_is_the_learners_problem_and_not_a_failed_start(
    workspace: Workspace, state: State
) -> None:
    state.environment = {"PATH": "/nowhere"}
    result = await workspace.run("ls", 10)
    assert result.exit_code == 127
    assert "ls" in result.stderr


async def test_a_folder_that_was_removed(workspace: Workspace, state: State, tmp_path: Path) -> None:
    state.folder = tmp_path / "gone" / "deeper"
    assert workspace.folder == tmp_path
    assert (await workspace.run("pwd", 10)).stdout == f"{tmp_path}\n"


def test_which_follows_the_learners_path(workspace: Workspace, state: State, tmp_path: Path) -> None:
    program = tmp_path / "istio-1.11.3" / "bin" / "istioctl"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    state.environment = {"PATH": "/usr/bin:/bin"}
    assert workspace.which("istioctl") is None
    state.environment = {"PATH": f"/usr/bin:/bin:{program.parent}"}
    assert workspace.which("istioctl") is None  # not executable yet
    program.chmod(0o755)
    assert workspace.which("istioctl") == program
    state.folder = program.parent.parent
    state.environment = {"PATH": "bin"}
    assert workspace.which("istioctl") == program
    assert workspace.which("bin/istioctl") == program
    assert workspace.which("istioctl-2") is None
    state.environment = {"PATH": f"/{'no' * 500}:{program.parent}"}  # a folder that can't even be asked for
    assert workspace.which("istioctl") == program
