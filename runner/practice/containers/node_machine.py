"""A node as the programs in its containers see it: processors, memory, disk, load, and for how long it has been up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from runner.practice.containers.load_average import PERIODS, LoadAverage, during
from runner.practice.containers.processors import NODE, Processors

PROCESSORS = NODE // 1000
MEMORY = 8_148_356 * 1024
"""Bytes."""
DISK = 102_625_208 * 1024
"""Bytes."""


class Tenant(Protocol):
    """A container that runs there."""

    def usage(self) -> tuple[float, int]:
        """Seconds of a processor so far, and bytes of memory."""
        ...

    def wanted(self) -> list[tuple[float, float]]:
        """(seconds until now, share of a processor that it has used all that time), of what is not over."""
        ...

    @property
    def processes(self) -> Mapping[int, object]: ...

    def tmpfs_sizes(self) -> dict[str, int]:
        """Bytes in the volumes that are in memory, by their ids."""
        ...

    def disk_sizes(self) -> dict[str, int]:
        """Bytes of its own files, and of its volumes on the node's disk, by their ids."""
        ...


class NodeMachine:
    """What its containers share. It was booted when the first of them was about to start."""

    def __init__(self) -> None:
        self.processors = Processors()
        self.load = LoadAverage()
        self.booted = time.time()
        self.tenants: set[Tenant] = set()
        self._past = 0.0
        """Seconds of a processor that containers used that have ended."""

    @property
    def up(self) -> float:
        """Seconds since it was booted."""
        return time.time() - self.booted

    def add(self, tenant: Tenant) -> None:
        self.tenants.add(tenant)

    def remove(self, tenant: Tenant) -> None:
        if tenant in self.tenants:
            self.tenants.remove(tenant)
            self._past += tenant.usage()[0]
            for seconds, share in tenant.wanted():
                self.load.add_past(seconds, share)

    def processor_seconds(self) -> float:
        """That all containers used since the boot."""
        return self._past + sum(each.usage()[0] for each in self.tenants)

    def load_averages(self) -> list[float]:
        """Over 1, 5 and 15 minutes."""
        wanted = [each for tenant in self.tenants for each in tenant.wanted()]
        return [
            value + sum(share * during(seconds, period) for seconds, share in wanted)
            for value, period in zip(self.load.values(), PERIODS, strict=True)
        ]

    def processes(self) -> int:
        return sum(len(each.processes) for each in self.tenants)

    def running(self) -> int:
        """How many of its processes use a whole processor now; the one that asks counts itself."""
        return 1 + sum(share >= 1 for tenant in self.tenants for _, share in tenant.wanted())

    def memory_shared(self) -> int:
        """Bytes of files in memory."""
        return sum({id_: size for each in self.tenants for id_, size in each.tmpfs_sizes().items()}.values())

    def memory_used(self) -> int:
        """Bytes that processes hold."""
        return sum(each.usage()[1] - sum(each.tmpfs_sizes().values()) for each in self.tenants)

    def disk_used(self) -> int:
        """Bytes of the containers' own files and of their volumes."""
        return sum({id_: size for each in self.tenants for id_, size in each.disk_sizes().items()}.values())
