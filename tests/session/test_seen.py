"""One object followed: told when it differs, when it goes, and when it can't be read."""

from __future__ import annotations

import asyncio
from typing import Any

from checks.base import CannotRead, ObjectRef
from runner.session.seen import AGAIN, Seen, watch
from runner.words import phrase

BOX = ObjectRef("ConfigMap", "box", "default")


class World:
    """Gives what the test puts in, one at each look."""

    reads: frozenset[object] = frozenset({"box"})

    def __init__(self, *given: Any) -> None:
        self.given, self.asked = list(given), []
        self.waited: list[float | None] = []
        self.cluster = self

    def look(self, step: str = "") -> Any:
        return self

    async def get(self, *asked: str | None) -> Any:
        self.asked.append(asked)
        now = self.given.pop(0)
        if isinstance(now, Exception):
            raise now
        return now

    async def changed(self, reads: frozenset[object], timeout: float | None) -> bool:
        assert reads == self.reads
        self.waited.append(timeout)
        if not self.given:
            await asyncio.Event().wait()
        return True


async def test_an_object_is_reported_when_it_differs_goes_and_comes_back():
    why = phrase("The API server does not answer")
    red, blue = {"data": {"color": "red"}}, {"data": {"color": "blue"}}
    world = World(red, dict(red), blue, None, CannotRead("unreachable", why), red)
    message = []
    async for seen in watch(world, BOX):  # type: ignore[arg-type]
        message.append(seen)
        if len(message) == 5:
            break
    assert message == [Seen(red), Seen(blue), Seen(), Seen(problem=why), Seen(red)]
    assert world.waited == [None, None, None, None, AGAIN]
    assert set(world.asked) == {("v1", "ConfigMap", "box", "default")}
