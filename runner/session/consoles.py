"""The web consoles that steps open: where they are, or a port-forward kept open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runner.labs.model import Console
from runner.session.target import Target
from runner.words import Phrase, phrase
from runner.world.cluster import LiveCluster
from runner.world.web import external_url


@dataclass(frozen=True, slots=True)
class ConsoleState:
    """`url` "" where there is none: then `why`. `via`: "external" or "forward"."""

    url: str = ""
    via: str = ""
    why: Phrase | None = None
    forwardable: bool = False


class Consoles:
    def __init__(self, cluster: LiveCluster, target: Target, environment: Mapping[str, str]) -> None:
        self._cluster = cluster

    async def state(self, console: Console) -> ConsoleState:
        """Where the console is. Raises CannotRead."""
        service = await self._cluster.get("v1", "Service", console.service, console.namespace)
        url = external_url(service, console.port) if service else None
        if url is None:
            return ConsoleState(why=phrase("It has no external address yet."))
        return ConsoleState(url + console.path, "external")

    async def forward(self, console: Console) -> ConsoleState:
        return await self.state(console)

    async def close(self) -> None:
        pass
