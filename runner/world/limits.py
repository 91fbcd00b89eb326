"""How much a cluster may tell. One's own is believed to mean well; one that somebody hands in may send anything forever."""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import CannotRead
from runner.words import Phrase, phrase

_KB, _MB, _GB = 1024, 1024**2, 1024**3


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read of one cluster at most. Sizes are bytes, after decompression; times are seconds.

    The defaults are for one's own cluster: far beyond what any cluster of a lab has, and short of what would take
    the machine down.
    """

    answer: int = 512 * _MB
    """One answer of the API server."""
    memory: int = 4 * _GB
    """All that is being read and kept of the cluster at one time, by an estimate that is rather too high."""
    seconds: float = 60.0
    """One answer from its beginning to its end, of which something has to come all the time."""
    listing: float = 600.0
    """All pages of one list."""
    items: int = 500_000
    """Objects of one list. A page without any counts as one."""
    event: int = 64 * _MB
    """One line of a watch; etcd keeps no object of more than a few MB."""
    events: int = 2_000_000
    """Lines of one watch; it is begun again every few minutes."""
    depth: int = 300
    """Objects and lists within each other."""
    lists: int = 2000
    """Lists that are open at one time."""
    command: int = 0
    """Memory of each program that a `command` check runs; 0: as much as it likes. (Not held on macOS.)"""
    unwatched: float = 0.0
    """Seconds for which a list that was just read is good enough. After that whoever reads it has it listed anew, and
    only where somebody goes on waiting for a change is it watched: where a cluster is looked at once, most watches (and
    their connections) would be for nothing."""
    requests: int = 1000
    """Requests that are on their way at one time, watches not counted. Each has a connection of its own, and between
    machines to set one up takes longer than a short answer; hundreds of clusters take hundreds of times as many files."""
    anywhere: bool = True
    """Whether pages are asked for at whatever address the cluster names. Else it may be no nearer to this machine
    than the API server is: a cluster out there names no address of this network, one of this network none of this
    machine."""


STRICT = Limits(
    answer=16 * _MB,
    memory=128 * _MB,
    seconds=20.0,
    listing=60.0,
    items=10_000,
    event=4 * _MB,
    events=20_000,
    depth=100,
    lists=200,
    command=2 * _GB,
    unwatched=2.0,
    requests=2,
    anywhere=False,
)
"""For a cluster that somebody hands in: some dozens are graded at one time, and none may cost the others anything."""


class TooMuch(CannotRead):
    """A limit was exceeded. Asking again would not help."""

    def __init__(self, message: Phrase) -> None:
        super().__init__("limit", message)


def in_words(size: int) -> str:
    """A number of bytes for people: `16 MB`."""
    for unit, name in ((_GB, "GB"), (_MB, "MB"), (_KB, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


def too_large(server: str, most: int) -> TooMuch:
    """For an answer that does not end in time."""
    return TooMuch(
        phrase(
            "The API server's response is larger than the limit ({most}): {server}",
            most=in_words(most),
            server=server,
        )
    )


class Budget:
    """The memory that one cluster's answers take, by who holds it."""

    def __init__(self, most: int, server: str) -> None:
        self._most, self._server = most, server
        self._held: dict[object, int] = {}
        self._sum = 0

    @property
    def used(self) -> int:
        return self._sum

    def hold(self, holder: object, size: int) -> None:
        """`holder` has so much now, whatever it had before. Raises TooMuch, and then it has what it had."""
        rest = self._sum - self._held.get(holder, 0)
        if size and rest + size > self._most:
            raise TooMuch(
                phrase(
                    "The cluster has more data than the limit ({most}): {server}",
                    most=in_words(self._most),
                    server=self._server,
                )
            )
        self._sum = rest + size
        if size:
            self._held[holder] = size
        else:
            self._held.pop(holder, None)
