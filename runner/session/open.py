"""Bringing a run together: the cluster, the shell, the record, and taking them apart again."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from checks.base import CannotRead, LooksAt
from checks.diagnosis.command_lines import parts
from checks.path_state import is_dir
from checks.tool import Tool
from runner.labs.model import Command, Lab
from runner.paths import data_folder
from runner.practice import process
from runner.session.progress import Progress, ensure_free, read_state
from runner.session.session import Session
from runner.session.target import Target, attempt_folder, practice_wants
from runner.session.trust import ensure
from runner.shell import SavedState, Shell, Uses, read_history, read_saved_state
from runner.words import Phrase, phrase
from runner.world.kubeconfig_access import Access, pinned_kubeconfig
from runner.world.limits import Limits
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.workspace import Workspace, places_of
from runner.world.world import LiveWorld

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


@asynccontextmanager
async def practice_target(lab: Lab, *, fresh: bool = False, again: bool = False) -> AsyncIterator[Target]:
    """The lab's practice cluster, started if it isn't running (and then ended with this program).

    `fresh` brings it back to new first; `again`, where the lab was finished on it: what it left would be in the way of
    the same commands. Raises AttemptInUse and process.PracticeError, in words and before anything is changed.
    """
    name = f"practice/{lab.id}"
    attempt = attempt_folder(lab, name)
    if fresh or (again and read_state(attempt).whole(lab)):
        ensure_free(attempt)  # a cluster is not taken from under another Labgate's feet
        await asyncio.to_thread(process.reset, lab.id)
    with process.used(lab.id):
        found = process.status(lab.id)
        running = found
        if running is None:
            running = await asyncio.to_thread(process.start, lab.id, *practice_wants(lab), owner=True)
        try:
            yield Target(name, running.server, running.kubeconfig, running.context, practice=True)
        finally:
            if found is None:
                await asyncio.to_thread(process.stop, lab.id)


def context_target(context: str | None, kubeconfig: Path | None) -> Target:
    """The named context of a kubeconfig, pinned: a file of its own with that context alone.

    Raises access.AccessProblem where there is no such context, or several and none was named.
    """
    folder = data_folder() / "clusters"
    folder.mkdir(exist_ok=True, mode=0o700)
    pinned = pinned_kubeconfig(kubeconfig, context, folder)
    return Target(pinned.name, pinned.server, pinned.path, pinned.name, practice=False)


@asynccontextmanager
async def open_session(
    lab: Lab,
    target: Target,
    *,
    run: bool,
    fresh: bool = False,
    workspace: Path | None = None,
    size: tuple[int, int] = (120, 40),
    keep_finished: bool = False,
    folder: Path | None = None,
    beyond: Mapping[LooksAt, Phrase] | None = None,
    leisure: float | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Session]:
    """A session on `target`. With `run` it has a shell and keeps the record; else it only judges.

    `workspace` is the learner's folder (default: one of the attempt's own), `size` the shell's columns and rows.
    An attempt that was finished on the practice cluster is set aside and a new one begun, unless `keep_finished`; on
    another cluster only where it was cleaned up, too: else what still holds is verified, and the rest worked through
    again. `folder` keeps the attempt (default: the learner's of this lab on this cluster). `beyond` and `leisure` are a
    Session's. `limits`: limits.STRICT for a cluster that somebody hands in. Raises AttemptInUse, NotAgreed.
    """
    await asyncio.to_thread(ensure, lab)
    folder = folder or attempt_folder(lab, target.name)
    async with AsyncExitStack() as stack:
        progress = shell = None
        remarks: list[Phrase] = []
        before = ""
        root = workspace or folder / "workspace"
        environment = lab_environment(lab, target) | places_of(root, lab.folder)
        if limits is not None:  # what that cluster says of itself is not for the kubectl of tomorrow
            environment["KUBECACHEDIR"] = str(folder / "kubectl")
        if run:
            progress = Progress(folder)
            stack.callback(progress.close)
            finished = progress.state.whole(lab)
            if fresh:
                progress.begin_again()
                _forget(folder, root if workspace is None else None)
            elif finished and not keep_finished and (target.practice or progress.state.cleaned):
                kept = progress.begin_again()
                _set_aside(folder, root if workspace is None else None, kept)
                remarks.append(
                    phrase(
                        "This lab was finished here before: it is run from the beginning. The earlier record: {file}",
                        file=kept,
                    )
                )
            elif finished and not keep_finished:
                remarks.append(
                    phrase(
                        "This lab was finished on this cluster before: what still holds is only verified. To run everything "
                        "again, clean up first: {command}",
                        command=f"labgate learn {lab.id}",
                    )
                )
            root.mkdir(parents=True, exist_ok=True)
            before = _end_of(folder / "transcript.txt")
            shell = Shell(
                root, environment, folder / "shell", folder / "transcript.txt", size, uses=uses_of(lab)
            )
            await shell.start()
            stack.push_async_callback(shell.close)
        saved = (lambda: shell.saved) if shell else _state_beside(folder, root, environment)
        history = (lambda: shell.history) if shell else (lambda: read_history(folder / "shell"))
        cluster = await stack.enter_async_context(
            LiveCluster(Access.from_kubeconfig(target.kubeconfig, target.context), limits=limits)
        )
        state = progress.state if progress else read_state(folder)
        answers = state.answers
        running = (lambda: shell.foreground_line) if shell else str
        workspace_view = Workspace(
            root, saved, history, target.kubeconfig, lab.folder, cluster.limits.command, running
        )
        world = LiveWorld(cluster, workspace_view, Web(cluster), answers, state.began)
        version, unreached = "", None
        try:
            version = await cluster.version()
        except CannotRead as error:
            unreached = error
        session = Session(
            *(
                lab,
                target,
                world,
                answers,
                shell,
                progress,
                version,
                cluster,
                before,
                beyond,
                leisure,
                unreached,
            )
        )
        session.remarks = tuple(remarks)
        yield session


def _forget(folder: Path, workspace: Path | None) -> None:
    """Take away what an attempt left beside its record."""
    shutil.rmtree(folder / "shell", ignore_errors=True)
    (folder / "transcript.txt").unlink(missing_ok=True)
    if workspace is not None:
        shutil.rmtree(workspace, ignore_errors=True)


def _set_aside(folder: Path, workspace: Path | None, record: Path | None) -> None:
    """Keep what a finished attempt left: its transcript beside its record, and the files of the last one."""
    transcript = folder / "transcript.txt"
    if record is not None and transcript.exists():
        transcript.replace(
            record.with_name(record.name.replace("record-", "transcript-")).with_suffix(".txt")
        )
    if workspace is not None and workspace.exists():
        earlier = workspace.with_name("workspace-earlier")
        shutil.rmtree(earlier, ignore_errors=True)
        workspace.replace(earlier)
    _forget(folder, workspace)


def _end_of(transcript: Path, most: int = 200_000) -> str:
    """What the terminal showed last on earlier visits; the beginning of a long one is left out."""
    try:
        with transcript.open("rb") as file:
            file.seek(max(0, transcript.stat().st_size - most))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def lab_environment(lab: Lab, target: Target) -> dict[str, str]:
    """The environment of the learner's shell. A lab that types into an editor has the one that its keys are for."""
    environment = environment_on(target, lab.folder / "practice")
    if any(command.keys for command in _commands(lab)):
        environment["KUBE_EDITOR"] = "vi"
    return environment


def uses_of(lab: Lab) -> Uses:
    """The programs that the lab requires, checks, and types."""
    checks = [check for step in lab.steps for check in step.checks]
    typed = {
        part.name
        for command in _commands(lab)
        for line in command.command.splitlines()
        for part in parts(line)
    }
    programs = {*lab.requires.tools, *(check.tool for check in checks if isinstance(check, Tool))}
    return Uses(frozenset(programs), frozenset(name for name in typed if _NAME.fullmatch(name)))


def _commands(lab: Lab) -> list[Command]:
    runs = [lab.setup, *(run for step in lab.steps for run in (step.run, step.solution or ()))]
    return [command for run in (*runs, lab.cleanup.run if lab.cleanup else ()) for command in run]


def environment_on(target: Target, standins: Path) -> dict[str, str]:
    """The environment of a shell on that cluster; `standins` are a lab's, which need not be there.

    vi is kubectl's editor unless the learner chose another: the labs' keystrokes are vi's. Preferences of theirs
    (~/.kube/kuberc: other defaults, a delete that asks) are not for a lab's commands.
    """
    environment = dict(os.environ)
    environment["KUBECONFIG"] = str(target.kubeconfig)
    environment.setdefault("KUBE_EDITOR", "vi")
    environment["KUBERC"] = "off"  # kubectl 1.34 and newer
    if target.practice and standins.is_dir():
        environment["LABGATE_STANDINS"] = str(standins)
        environment["LABGATE_PYTHON"] = sys.executable
        environment["PATH"] = f"{standins / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def _state_beside(folder: Path, root: Path, environment: Mapping[str, str]) -> Callable[[], SavedState]:
    """Where and with which environment commands are judged when no shell is open.

    The attempt's own saved state where there was one, else the folder and environment of this very program.
    """
    saved = read_saved_state(folder / "shell")
    if saved is None:
        saved = SavedState(root if is_dir(root) else Path.cwd(), environment)
    return lambda: saved
