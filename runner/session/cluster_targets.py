"""The cluster that a lab is run or judged on: its practice cluster, or a context of a kubeconfig."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runner.labs.model import Lab
from runner.paths import data_folder
from runner.practice import process
from runner.session.progress import ensure_free, read_state
from runner.session.target import Target, attempt_folder, practice_wants
from runner.world.kubeconfig_access import pinned_kubeconfig


@asynccontextmanager
async def practice_target(lab: Lab, *, fresh: bool = False, again: bool = False) -> AsyncIterator[Target]:
    """The lab's practice cluster, started if it isn't running (and stopped with this program).

    `fresh` resets it first; `again` does so if the lab was finished on it: what it left would be in the way of the
    same commands. Raises AttemptInUse and process.PracticeError, before anything is changed.
    """
    name = f"practice/{lab.id}"
    attempt = attempt_folder(lab, name)
    if fresh or (again and read_state(attempt).whole(lab)):
        ensure_free(attempt)  # another Labgate may be using the cluster
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

    Raises access.AccessProblem if there is no such context, or several and none was named.
    """
    folder = data_folder() / "clusters"
    folder.mkdir(exist_ok=True, mode=0o700)
    pinned = pinned_kubeconfig(kubeconfig, context, folder)
    return Target(pinned.name, pinned.server, pinned.path, pinned.name, practice=False)
