"""Opens a lab on a cluster, to be judged or worked through, and closes everything afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from checks.base import CannotRead, LooksAt, Ran
from runner.labs.model import Lab
from runner.session.attempt_files import KUBECONFIG, end_of, forget, set_aside
from runner.session.attempt_kubeconfig import with_own_kubeconfig
from runner.session.attempt_state import AttemptState
from runner.session.cluster_session import ClusterSession
from runner.session.judge import Judge
from runner.session.lab_environment import lab_environment, state_beside, uses_of
from runner.session.lab_runner import LabRunner
from runner.session.live_record import LiveAnswers, LiveBegan
from runner.session.progress import Progress, read_state
from runner.session.target import Target, attempt_folder
from runner.session.trust import ensure
from runner.shell import SavedState, Shell, read_history
from runner.words import Phrase, phrase
from runner.world.kubeconfig_access import Access
from runner.world.limits import Limits
from runner.world.live_cluster import LiveCluster
from runner.world.web_requests import Web
from runner.world.workspace import Workspace, places_of
from runner.world.world import LiveWorld


@asynccontextmanager
async def open_judge(
    lab: Lab,
    target: Target,
    *,
    workspace: Path | None = None,
    folder: Path | None = None,
    unjudged: Mapping[LooksAt, Phrase] | None = None,
    settle_budget: float | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Judge]:
    """A judge of the lab on `target`, which runs and records nothing.

    `folder` has the attempt whose answers and shell state count (default: the learner's of this lab on this cluster);
    `workspace` is the learner's folder (default: the attempt's own). `unjudged` and `settle_budget` are a Judge's.
    `limits`: limits.STRICT for a cluster that somebody hands in. Raises NotAgreed.
    """
    await asyncio.to_thread(ensure, lab)
    folder = folder or attempt_folder(lab, target.name)
    root = workspace or folder / "workspace"
    if (folder / KUBECONFIG).exists():  # an attempt's commands are judged where it works
        target = with_own_kubeconfig(target, folder)
    environment = lab_environment(lab, target) | places_of(root, lab.folder)
    if limits is not None:  # what that cluster says of itself is not for the kubectl of tomorrow
        environment["KUBECACHEDIR"] = str(folder / "kubectl")
    state = read_state(folder)
    at = _Workplace(root, state_beside(folder, root, environment), lambda: read_history(folder / "shell"))
    async with _cluster_session(lab, target, at, lambda: state, limits) as session:
        yield Judge(lab, session, lambda: state, unjudged, settle_budget)


@asynccontextmanager
async def open_runner(
    lab: Lab,
    target: Target,
    *,
    fresh: bool = False,
    workspace: Path | None = None,
    size: tuple[int, int] = (120, 40),
    keep_finished: bool = False,
    folder: Path | None = None,
    prompt: str = "",
) -> AsyncIterator[LabRunner]:
    """The lab on `target` with a shell and the record.

    `workspace` is the learner's folder (default: one of the attempt's own), `size` the shell's columns and rows.
    `fresh` begins a new attempt. One that was finished on the practice cluster is set aside and a new one begun, unless
    `keep_finished`; on another cluster only where it was cleaned up, too: else what is still right is verified, and the
    rest worked through again. `folder` keeps the attempt (default: the learner's of this lab on this cluster).
    `prompt`: whose the shell shows (see Shell). Raises AttemptInUse, NotAgreed, ShellProblem.
    """
    await asyncio.to_thread(ensure, lab)
    folder = folder or attempt_folder(lab, target.name)
    root = workspace or folder / "workspace"
    async with AsyncExitStack() as stack:
        progress = Progress(folder)
        stack.callback(progress.close)
        own = root if workspace is None else None
        remarks = _begin(lab, target, progress, own, fresh=fresh, keep_finished=keep_finished)
        root.mkdir(parents=True, exist_ok=True)
        target = with_own_kubeconfig(target, folder)
        transcript = folder / "transcript.txt"
        before = end_of(transcript)
        environment = lab_environment(lab, target) | places_of(root, lab.folder)
        shell = Shell(root, environment, folder / "shell", transcript, size, uses=uses_of(lab), prompt=prompt)
        await shell.start()
        stack.push_async_callback(shell.close)
        at = _Workplace(root, lambda: shell.saved, lambda: shell.history, lambda: shell.foreground_line)
        session = await stack.enter_async_context(
            _cluster_session(lab, target, at, lambda: progress.state, None)
        )
        judge = Judge(lab, session, lambda: progress.state)
        yield LabRunner(judge, shell, progress, remarks, before, practice=target.practice)


def _begin(
    lab: Lab,
    target: Target,
    progress: Progress,
    workspace: Path | None,
    *,
    fresh: bool,
    keep_finished: bool,
) -> list[Phrase]:
    """Restart the attempt if required; returns remarks about that. `workspace`: the attempt's own."""
    finished = progress.state.whole(lab)
    if fresh:
        progress.begin_again()
        forget(progress.folder, workspace)
        return []
    if not finished or keep_finished:
        return []
    if target.practice or progress.state.cleaned:
        kept = progress.begin_again()
        set_aside(progress.folder, workspace, kept)
        remark = phrase(
            "This lab was finished here before: it is run from the beginning. The earlier record: {file}",
            file=kept,
        )
    else:
        remark = phrase(
            "This lab was finished on this cluster before: what still passes is only verified. To run everything "
            "again, clean up first: {command}",
            command=f"labgate learn {lab.id}",
        )
    return [remark]


@dataclass(frozen=True, slots=True)
class _Workplace:
    """Where and with what commands are judged."""

    root: Path
    saved: Callable[[], SavedState]
    history: Callable[[], Sequence[Ran]]
    running: Callable[[], str] = str


@asynccontextmanager
async def _cluster_session(
    lab: Lab,
    target: Target,
    at: _Workplace,
    state: Callable[[], AttemptState],
    limits: Limits | None,
) -> AsyncIterator[ClusterSession]:
    access = Access.from_kubeconfig(target.kubeconfig, target.context)
    async with LiveCluster(access, limits=limits) as cluster:
        seconds = cluster.limits.command
        workspace = Workspace(
            at.root, at.saved, at.history, target.kubeconfig, lab.folder, seconds, at.running
        )
        world = LiveWorld(cluster, workspace, Web(cluster), LiveAnswers(state), LiveBegan(state))
        version, unreached = "", None
        try:
            version = await cluster.version()
        except CannotRead as error:
            unreached = error
        yield ClusterSession(target, cluster, world, version, unreached)
