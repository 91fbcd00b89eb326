"""One object of the session's cluster, as it is and as it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from checks.base import CannotRead, Object, ObjectRef
from runner.session.verify import WatchedWorld
from runner.words import Phrase

AGAIN = 2.0
"""Seconds after which what could not be read is asked for again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`object` None: it does not exist, or (`problem`) can't be read."""

    object: Object | None = None
    problem: Phrase | None = None


async def watch(world: WatchedWorld, about: ObjectRef) -> AsyncIterator[Seen]:
    """The object now, and again whenever it differs from what was given last; never ends by itself."""
    given: Seen | None = None
    while True:
        look = world.look()
        try:
            found = await look.cluster.get(about.api_version, about.kind, about.name, about.namespace or None)
            now = Seen(found)
        except CannotRead as error:
            now = Seen(problem=error.message)
        if now != given:
            given = now
            yield now
        await world.changed(look.reads, AGAIN if now.problem else None)
