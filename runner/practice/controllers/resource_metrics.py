"""What a metrics server knows: the processor and memory that containers and nodes use, as of its last look at the kubelets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """`cpu` in processors, `memory` in bytes."""

    cpu: float
    memory: int

    def __add__(self, other: Figure) -> Figure:
        return Figure(self.cpu + other.cpu, self.memory + other.memory)


NOTHING = Figure(0.0, 0)


@dataclass(frozen=True, slots=True)
class Measured:
    """A pod's figures by container, or a node's under the name ""; an average over `window` seconds before `moment`."""

    moment: datetime
    window: float
    figures: Mapping[str, Figure]

    @property
    def total(self) -> Figure:
        return sum(self.figures.values(), NOTHING)


@dataclass(slots=True)
class ResourceMetrics:
    """`served`: whether there is a metrics API. `available`: whether a metrics server answers it."""

    served: bool = False
    available: bool = False
    pods: dict[tuple[str, str], Measured] = field(default_factory=dict)
    """By namespace and name."""
    nodes: dict[str, Measured] = field(default_factory=dict)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while a metrics server runs."""

    def set_available(self, *, available: bool) -> None:
        self.available = available
        if available:
            self.wanted.set()
        else:
            self.wanted.clear()
            self.pods.clear()
            self.nodes.clear()
