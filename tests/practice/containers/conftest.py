from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.practice.containers.container_room import ContainerRoom, container_room


@pytest_asyncio.fixture
async def room() -> AsyncIterator[ContainerRoom]:
    async with container_room() as made:
        yield made
