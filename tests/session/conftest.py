from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from runner.labs.model import Lab
from runner.practice.cluster import PracticeCluster
from tests.session.walking import Cluster, Learner


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a home of the test's own."""
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "labgate"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABGATE_LANGUAGE", "en")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    return tmp_path / "labgate"


@pytest.fixture
async def cluster(home: Path, tmp_path: Path) -> AsyncIterator[Cluster]:
    async with PracticeCluster("test", "1.32", folder=tmp_path / "state", speed=50) as practice:
        yield Cluster(practice, practice.kubeconfig(tmp_path / "kubeconfig"))


@pytest.fixture
async def learn(cluster: Cluster) -> AsyncIterator[Callable[[Lab], Awaitable[Learner]]]:
    """Go to a lab on the cluster; all is left at the end."""
    learners: list[Learner] = []

    async def go(lab: Lab, *, fresh: bool = False) -> Learner:
        learners.append(await Learner.at(lab, cluster.place, fresh=fresh))
        return learners[-1]

    yield go
    for learner in learners:
        await learner.leaves()
