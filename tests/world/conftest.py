from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import yaml

# The tests are not packages (importlib mode): helpers beside them are found by name.
sys.path.insert(0, str(Path(__file__).parent))

from fake_api import FakeApi

from runner.world.kubeconfig_access import Access


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    fake = FakeApi()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def access_to(tmp_path: Path) -> Callable[..., Access]:
    def access(fake: FakeApi, user: dict[str, object] | None = None) -> Access:
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(fake.kubeconfig(user)))
        return Access.from_kubeconfig(path)

    return access
