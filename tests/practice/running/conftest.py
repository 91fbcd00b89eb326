"""A store with everything that lives in it, and containers that run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runner.practice.authentication.authority import Authority
from tests.practice.life.conftest import living
from tests.practice.running.running_pods import RunningPods

SPEED = 20.0


@pytest.fixture
async def pods(tmp_path: Path) -> AsyncIterator[RunningPods]:
    """Times of the cluster are a twentieth of the real ones; those of what runs in containers are not."""
    authority = Authority.of(tmp_path)
    async with living(
        tmp_path / "state", speed=SPEED, containers=True, volumes=tmp_path / "volumes", authority=authority
    ) as world:
        yield RunningPods(world)
