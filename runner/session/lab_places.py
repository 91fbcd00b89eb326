"""Where a lab can run: its practice cluster, and every context of the person's kubeconfigs."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from checks.base import CannotRead
from checks.path_state import exists
from runner.labs.model import Lab
from runner.practice import process
from runner.words import Phrase, phrase
from runner.world.kubeconfig_access import Access, AccessProblem, ContextInfo, contexts

if TYPE_CHECKING:
    from runner.world.live_cluster import LiveCluster

PROBED_WITHIN = 3.0
"""Seconds that a cluster may take to return its version."""
_PRACTICE = "practice/"


@dataclass(frozen=True, slots=True)
class Place:
    """One cluster that the lab can run on.

    `name` is the name of its Target. `kubeconfig` None: the person's default one ($KUBECONFIG, all its files).
    A practice cluster that does not run has no server and no context yet.
    """

    name: str
    server: str
    context: str
    kubeconfig: Path | None
    practice: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """The result of probing a place: its version, or why there is none. `note` is information, not a problem."""

    version: str
    problem: Phrase | None = None
    note: Phrase | None = None


@dataclass(slots=True)
class Survey:
    """All places, and the kubeconfigs of which none could be read."""

    places: list[Place] = field(default_factory=list)
    problems: list[Phrase] = field(default_factory=list)


def places(lab: Lab, kubeconfig: Path | None = None) -> list[Place]:
    """Where the lab can run: the practice cluster, the current context, the others by name. Never raises."""
    return survey(lab, kubeconfig).places


def survey(lab: Lab, kubeconfig: Path | None = None) -> Survey:
    """The places, and in words what is wrong with the kubeconfigs that can't be read. Never raises.

    `kubeconfig` None: the person's default one. One broken file doesn't hide the contexts of the others.
    """
    found = Survey([practice_place(lab)])
    try:
        found.places += [place_of(each, kubeconfig) for each in contexts(kubeconfig)]
    except AccessProblem as problem:
        files = [] if kubeconfig else _listed()
        if len(files) < 2:
            found.problems.append(problem.message)
        for file in files if len(files) > 1 else ():
            _add(found, file)
    found.places.sort(key=lambda place: (not place.practice, not place.current))
    return found


def practice_place(lab: Lab) -> Place:
    """The lab's own practice cluster."""
    running = process.status(lab.id)
    server, context = (running.server, running.context) if running else ("", "")
    return Place(f"{_PRACTICE}{lab.id}", server, context, None, practice=True, current=False)


async def probe(place: Place) -> Reach:
    """Ask the cluster for its version, for PROBED_WITHIN at most. Starts nothing, never raises."""
    try:
        if place.practice:
            running = process.status(place.name.removeprefix(_PRACTICE))
            if running is None:
                return Reach("", note=phrase("starts when chosen"))
            access = Access.from_kubeconfig(running.kubeconfig, running.context)
        else:
            access = await asyncio.to_thread(Access.from_kubeconfig, place.kubeconfig, place.context)
        return Reach(await _version(access))
    except AccessProblem as problem:
        return Reach("", problem.message)
    except CannotRead as error:
        return Reach("", error.message)
    except TimeoutError:
        return Reach("", phrase("no answer within {seconds} s", seconds=round(PROBED_WITHIN)))


async def _version(access: Access) -> str:
    from runner.world.api_client import prepare
    from runner.world.live_cluster import LiveCluster

    await prepare()  # which is not the cluster's slowness
    async with LiveCluster(access) as cluster:
        asking = asyncio.create_task(_asked(cluster))
        try:
            done, _ = await asyncio.wait({asking}, timeout=PROBED_WITHIN)
            if done:
                return asking.result()
            plugin = access.user.get("exec") if cluster.signing_in else None
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
    if not isinstance(plugin, dict):
        raise TimeoutError
    raise CannotRead(
        "unauthorized",
        phrase(
            "The credential plugin has not answered in {seconds} s: {command}. It may be waiting for you: "
            "sign in with your provider's tool first.",
            seconds=round(PROBED_WITHIN),
            command=str(plugin.get("command", "")),
        ),
    )


async def _asked(cluster: LiveCluster) -> str:
    version = await cluster.version()
    await cluster.can("get", "namespaces")  # the version is given to strangers, too: are we let in?
    return version


def place_of(context: ContextInfo, kubeconfig: Path | None) -> Place:
    """A context of that kubeconfig (None: the person's default one)."""
    return Place(
        context.name, context.server, context.name, kubeconfig, practice=False, current=context.current
    )


def _listed() -> list[Path]:
    """The files of $KUBECONFIG."""
    parts = os.environ.get("KUBECONFIG", "").split(os.pathsep)
    return [path for part in parts if part and exists(path := Path(part).expanduser())]


def _add(found: Survey, file: Path) -> None:
    """The contexts of one of several files, or why it has none. The first file that has a name wins, as in kubectl."""
    try:
        known = contexts(file)
    except AccessProblem as problem:
        found.problems.append(problem.message)
        return
    names = {place.name for place in found.places}
    found.places += [place_of(each, file) for each in known if each.name not in names]
