"""The lists that a lab's checks read: opened when first read, shared, kept right, closed when nobody reads them any more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from checks.base import CannotRead
from runner.words import phrase
from runner.world.api_client import ApiServer
from runner.world.api_discovery import Kind
from runner.world.limits import TooMuch
from runner.world.selected_objects import Place, version
from runner.world.watch_timing import Timing
from runner.world.watched import WatchedList

SHORT = 200
"""Objects up to which a whole list is read where only some of it are asked for.

One list and one watch then serve every check, and an object that does not exist yet needs no watch of its own. In a
longer one (a shared cluster's ConfigMaps) each object, or each selector, is listed and watched by itself.
"""


class Source(NamedTuple):
    """A list's path, and what it is narrowed by: a parameter and its value, "" for none."""

    path: str
    by: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that was read, and a token for what it was. `place` None: the list, by `selector`."""

    source: Source
    place: Place | None
    selector: str
    token: str


class Lists:
    """All lists of one cluster."""

    def __init__(self, server: ApiServer, timing: Timing) -> None:
        self._server, self._timing = server, timing
        self._open: dict[Source, WatchedList] = {}
        self._used_at: dict[Source, float] = {}
        self._waited_for: Counter[Source] = Counter()
        self._long: set[str] = set()
        self._bell = asyncio.Event()
        self._upkeep: list[asyncio.Task[None]] = []
        self._closed = False

    async def close(self) -> None:
        self._closed = True
        lists, self._open = list(self._open.values()), {}
        for task in self._upkeep:
            task.cancel()
        await asyncio.gather(*(watched.close() for watched in lists))
        await asyncio.gather(*self._upkeep, return_exceptions=True)

    def sources(self, path: str, narrowed: Source, *, alone: bool) -> tuple[Source, ...]:
        """Where to read what `narrowed` names, the best first. `alone`: never from the whole list."""
        if alone:
            return (narrowed,)
        whole = Source(path)
        if path in self._long and whole not in self._open:
            return (narrowed,)
        return (whole, narrowed)

    async def read(self, kind: Kind, source: Source, most: int | None) -> WatchedList | None:
        """The list, once there is something to reports it; None if it has more than `most` objects."""
        while True:
            watched = self._open.get(source) or self._begin(kind, source, most)
            with self._waiting_for({source}):
                await watched.ready()
            if not watched.too_long:
                return watched
            self._long.add(source.path)
            await self.drop(source, watched)
            if most is not None:
                return None

    async def drop(self, source: Source, watched: WatchedList) -> None:
        """Close it, unless another has taken its place already."""
        if self._open.get(source) is watched:
            del self._open[source]
            self._used_at.pop(source, None)
            await watched.close()

    def token(self, source: Source, place: Place | None, selector: str) -> str:
        """A fingerprint of the current state of what was read."""
        watched = self._open.get(source)
        if watched is None:
            return "not watched"
        problem = watched.problem()
        if problem is not None:
            return f"unreadable: {problem.reason}"
        if place is not None:
            return version(watched.objects().get(place))
        return f"{watched.id}/{watched.selection(selector).mark}"

    async def changed(self, reads: Iterable[Read]) -> None:
        """Wait until something that was read is no longer what it was."""
        read_now = tuple(reads)
        sources = {read.source for read in read_now}
        with self._waiting_for(sources), ExitStack() as following:
            for source in sources & self._open.keys():
                following.enter_context(self._open[source].followed())
            while all(self.token(read.source, read.place, read.selector) == read.token for read in read_now):
                await self.bell()

    async def bell(self) -> None:
        """Wait until something may have changed in any list."""
        await self._bell.wait()

    def ring(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def problems(self) -> list[CannotRead | None]:
        """Why each of the lists can't be read; None for one that can."""
        return [watched.problem() for watched in self._open.values()]

    @contextmanager
    def _waiting_for(self, sources: set[Source]) -> Iterator[None]:
        self._waited_for.update(sources)
        try:
            yield
        finally:
            self._waited_for.subtract(sources)
            self._used_at |= dict.fromkeys(sources & self._open.keys(), _now())

    def _begin(self, kind: Kind, source: Source, most: int | None) -> WatchedList:
        if self._closed:
            raise CannotRead("no-cluster", phrase("The connection to the cluster was closed."))
        if len(self._open) >= self._server.limits.lists:
            raise TooMuch(
                phrase(
                    "More lists would be open at the same time than the limit ({most}): {server}",
                    most=self._server.limits.lists,
                    server=self._server.access.server,
                )
            )
        if not self._upkeep:
            self._upkeep = [asyncio.create_task(self._sweep()), asyncio.create_task(self._feel_the_pulse())]
        narrowed = {source.by: source.value} if source.by else {}
        watched = WatchedList(self._server, kind, source.path, self._timing, self.ring, narrowed, most)
        self._open[source] = watched
        return watched

    async def _sweep(self) -> None:
        """Close lists that nobody reads: a passing check no longer needs events."""
        while True:
            await asyncio.sleep(self._timing.idle / 4)
            since = _now() - self._timing.idle
            for source, used_at in list(self._used_at.items()):
                if used_at < since and not self._waited_for[source]:
                    await self.drop(source, self._open[source])

    async def _feel_the_pulse(self) -> None:
        """Check whether a silent server is alive. The kernel of a hung or stopped one acknowledges everything: its
        watches would be silent for minutes, and their old data would pass for current."""
        while True:
            silent_for = _now() - self._server.heard_at
            if silent_for < self._timing.pulse or not self._open:
                await asyncio.sleep(
                    max(self._timing.pulse - silent_for, 0.1) if self._open else self._timing.pulse
                )
                continue
            try:
                await self._server.json("/version")
            except CannotRead as error:
                if error.reason in ("unreachable", "timeout"):
                    self._server.cut()
                await asyncio.sleep(self._timing.pulse)


def _now() -> float:
    return asyncio.get_running_loop().time()
