"""Bringing a recording together: the journal, the cluster, the shell."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.authoring.record.recorder import Recorder
from runner.authoring.record.recording import Beginning
from runner.authoring.record.recording_journal import Journal
from runner.labs.model import Lab
from runner.paths import data_folder
from runner.practice import process
from runner.session.earlier_work import bring_all
from runner.session.lab_environment import environment_on
from runner.session.target import PracticeWants, Target, practice_wants
from runner.session.trust import ensure
from runner.shell import Shell
from runner.words import UserError, phrase
from runner.world.everything import Everything
from runner.world.kubeconfig_access import Access
from runner.world.workspace import places_of

REST = 1.0
"""Seconds between two looks at whether the cluster has come to rest."""
OpenTarget = Callable[[bool], AbstractAsyncContextManager[Target]]
"""Opens the cluster; True: as it was left."""


class BegunElsewhere(UserError):
    """The recording was begun on another cluster."""


@dataclass(slots=True)
class Open:
    """A recording that goes on."""

    shell: Shell
    recorder: Recorder
    journal: Journal
    target: Target
    resumed: bool


def folder_of(lab: Path) -> Path:
    """Where the recording of a lab that is to be in that folder is kept."""
    digest = hashlib.sha256(str(lab.absolute()).encode()).hexdigest()[:8]
    return data_folder() / "recordings" / f"{lab.name}-{digest}"


@asynccontextmanager
async def open_recording(
    folder: Path,
    open_target: OpenTarget,
    lab: Lab | None,
    size: tuple[int, int],
    *,
    fresh: bool,
    before: Sequence[Lab] = (),
) -> AsyncIterator[Open]:
    """The recording in `folder`, begun again where there is none (or with `fresh`).

    `lab` is the one whose stand-ins are used; the work of those in `before` is brought first. Raises EarlierProblem,
    RecordingInUse, BegunElsewhere, ShellProblem, CannotRead, PracticeError, NotAgreed.
    """
    if lab is not None:
        ensure(lab)
    async with AsyncExitStack() as stack:
        journal = Journal(folder)
        stack.callback(journal.close)
        if fresh or (journal.recording and journal.recording.written):
            journal.recording = None
        resumed = journal.recording is not None
        root = folder / "workspace"
        if not resumed:
            for name in ("workspace", "shell"):
                shutil.rmtree(folder / name, ignore_errors=True)
            (folder / "transcript.txt").unlink(missing_ok=True)
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = await stack.enter_async_context(open_target(resumed))
        if journal.recording is not None and journal.recording.beginning.target != target.name:
            raise BegunElsewhere(
                phrase(
                    "This recording was started on {begun}, but the current cluster is {target}. "
                    "Resume it there, or start over: {fresh}",
                    begun=journal.recording.beginning.target,
                    target=target.name,
                    fresh="--fresh",
                )
            )
        if not resumed:
            async for _ in bring_all(before, folder.name, target, folder / "before", fresh=True):
                pass
        standins = (lab.folder if lab else folder) / "practice"
        environment = environment_on(target, standins) | places_of(root, lab.folder if lab else folder)
        shell = Shell(root, environment, folder / "shell", folder / "transcript.txt", size, revives=False)
        await shell.start()
        stack.push_async_callback(shell.close)
        access = Access.from_kubeconfig(target.kubeconfig, target.context)
        first = journal.recording.moments[0].places.environment.get("PATH", "") if journal.recording else ""
        path = first or shell.saved.environment.get("PATH", os.defpath)
        recorder = Recorder(shell, access, journal, root, path)
        stack.push_async_callback(recorder.end)  # also where it is given up: what was done is known by then
        version = await _version(access)
        await recorder.begin(
            Beginning(
                root,
                target.practice,
                target.name,
                version,
                str(lab.folder) if lab else "",
                before[-1].id if before else "",
            )
        )
        yield Open(shell, recorder, journal, target, resumed)


def forget(folder: Path) -> None:
    """Remove what only the shell and its practice cluster needed: their state may have secrets in it."""
    shutil.rmtree(folder / "shell", ignore_errors=True)
    shutil.rmtree(process.folder_of(practice_name(folder)), ignore_errors=True)


def practice_name(folder: Path) -> str:
    """The practice cluster of the recording in that folder."""
    return f"record-{folder.name}"


@asynccontextmanager
async def practice(name: str, lab: Lab | None, kept: bool) -> AsyncIterator[Target]:
    """A practice cluster for this recording alone; `kept`: with all that it had."""
    wants = practice_wants(lab) if lab else PracticeWants()
    if not kept:
        await asyncio.to_thread(process.reset, name)
        await asyncio.to_thread(process.stop, name)  # it is this program's own from its start on
    with process.used(name):
        running = await asyncio.to_thread(process.start, name, *wants, owner=True)
        try:
            yield Target(
                f"practice/{name}", running.server, running.kubeconfig, running.context, practice=True
            )
        finally:
            await asyncio.to_thread(process.stop, name)


async def rest(open_: Open, seconds: float) -> None:
    """Wait until what was made is ready and no longer becomes otherwise, and note that."""
    recording = open_.journal.recording
    assert recording is not None
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    last: Everything | None = None
    while True:
        now = await open_.recorder.now()
        if now is not None:
            calm = last is not None and _versions(last) == _versions(now)
            last = now
            if calm and not waiting(recording.moments[0].cluster, now):
                break
        if loop.time() >= deadline:
            break
        await asyncio.sleep(REST)
    if last is not None:
        open_.journal.later(last)


def waiting(first: Everything, now: Everything) -> list[str]:
    """Which objects are not what they are to become: pods that are not ready, addresses that have not come."""
    return [
        str(key)
        for key, obj in now.objects.items()
        if first.objects.get(key) != obj
        and not _there(key.kind, obj.get("spec") or {}, obj.get("status") or {})
    ]


def _there(kind: str, spec: dict[str, object], status: dict[str, object]) -> bool:
    if kind in ("Deployment", "StatefulSet"):
        return status.get("readyReplicas", 0) == spec.get("replicas", 1)
    if kind == "DaemonSet":
        return status.get("numberReady", 0) == status.get("desiredNumberScheduled", 0)
    if kind == "Service" and spec.get("type") == "LoadBalancer":
        balancer = status.get("loadBalancer")
        return isinstance(balancer, dict) and bool(balancer.get("ingress"))
    if kind == "Pod":
        return status.get("phase") in ("Running", "Succeeded", "Failed")
    return kind != "Namespace" or status.get("phase") != "Terminating"


def _versions(state: Everything) -> set[tuple[object, object]]:
    return {(key, (obj.get("metadata") or {}).get("resourceVersion")) for key, obj in state.objects.items()}


async def _version(access: Access) -> str:
    from runner.world.live_cluster import LiveCluster

    async with LiveCluster(access) as cluster:
        return await cluster.version()
