"""Bringing a run together: the cluster, the shell, the record, and taking them apart again."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from checks.base import CannotRead
from checks.paths import is_dir
from runner.labs.model import Lab
from runner.paths import data_folder
from runner.practice import process
from runner.session.progress import Progress, read_state
from runner.session.session import Session
from runner.session.target import Target, attempt_folder, practice_wants
from runner.session.trust import ensure
from runner.shell import SavedState, Shell, read_history, read_saved_state
from runner.words import Phrase
from runner.world.access import Access, pinned_kubeconfig
from runner.world.cluster import LiveCluster
from runner.world.limits import Limits
from runner.world.web import Web
from runner.world.workspace import Workspace, places_of
from runner.world.world import LiveWorld


@asynccontextmanager
async def practice_target(lab: Lab, *, fresh: bool = False) -> AsyncIterator[Target]:
    """The lab's practice cluster, started if it isn't running (and then ended with this program).

    `fresh` brings it back to new first. Raises process.PracticeError in words.
    """
    if fresh:
        await asyncio.to_thread(process.reset, lab.id)
    found = process.status(lab.id)
    running = found
    if running is None:
        running = await asyncio.to_thread(process.start, lab.id, *practice_wants(lab), owner=True)
    try:
        yield Target(f"practice/{lab.id}", running.server, running.kubeconfig, running.context, practice=True)
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
    beyond: Mapping[str, Phrase] | None = None,
    leisure: float | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Session]:
    """A session on `target`. With `run` it has a shell and keeps the record; else it only judges.

    `workspace` is the learner's folder (default: one of the attempt's own), `size` the shell's columns and rows.
    An attempt that was finished is set aside and a new one begun, unless `keep_finished`. `folder` keeps the
    attempt (default: the learner's of this lab on this cluster). `beyond` and `leisure` are a Session's. `limits`:
    limits.STRICT for a cluster that somebody hands in. Raises AttemptInUse, NotAgreed.
    """
    await asyncio.to_thread(ensure, lab)
    folder = folder or attempt_folder(lab, target.name)
    async with AsyncExitStack() as stack:
        progress = shell = None
        before = ""
        root = workspace or folder / "workspace"
        environment = lab_environment(lab, target) | places_of(root, lab.folder)
        if limits is not None:  # what that cluster says of itself is not for the kubectl of tomorrow
            environment["KUBECACHEDIR"] = str(folder / "kubectl")
        if run:
            progress = Progress(folder)
            stack.callback(progress.close)
            if fresh or (progress.state.finished and not keep_finished):
                progress.begin_again()
                shutil.rmtree(folder / "shell", ignore_errors=True)
                (folder / "transcript.txt").unlink(missing_ok=True)
            if fresh and workspace is None:
                shutil.rmtree(root, ignore_errors=True)
            root.mkdir(parents=True, exist_ok=True)
            before = _end_of(folder / "transcript.txt")
            shell = Shell(root, environment, folder / "shell", folder / "transcript.txt", size)
            await shell.start()
            stack.push_async_callback(shell.close)
        saved = (lambda: shell.saved) if shell else _state_beside(folder, root, environment)
        history = (lambda: shell.history) if shell else (lambda: read_history(folder / "shell"))
        cluster = await stack.enter_async_context(
            LiveCluster(Access.from_kubeconfig(target.kubeconfig, target.context), limits=limits)
        )
        answers = (progress.state if progress else read_state(folder)).answers
        running = (lambda: shell.foreground_line) if shell else str
        workspace_view = Workspace(
            root, saved, history, target.kubeconfig, lab.folder, cluster.limits.command, running
        )
        world = LiveWorld(cluster, workspace_view, Web(cluster), answers)
        version, unreached = "", None
        try:
            version = await cluster.version()
        except CannotRead as error:
            unreached = error
        yield Session(
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


def _end_of(transcript: Path, most: int = 200_000) -> str:
    """What the terminal showed last on earlier visits; the beginning of a long one is left out."""
    try:
        with transcript.open("rb") as file:
            file.seek(max(0, transcript.stat().st_size - most))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def lab_environment(lab: Lab, target: Target) -> dict[str, str]:
    """What the learner's shell has besides its own environment."""
    return environment_on(target, lab.folder / "practice")


def environment_on(target: Target, standins: Path) -> dict[str, str]:
    """The environment of a shell on that cluster; `standins` are a lab's, which need not be there.

    vi is kubectl's editor unless the learner chose another: the labs' keystrokes are vi's.
    """
    environment = dict(os.environ)
    environment["KUBECONFIG"] = str(target.kubeconfig)
    environment.setdefault("KUBE_EDITOR", "vi")
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
