"""The namespace that a learner chose is there again when they come back to the lab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runner.labs.model import Lab
from runner.practice import process
from runner.session.lab_places import Place, practice_place
from tests.session.walking import Cluster, Learner, lab_of, step

NAMESPACE = "kubectl config view --minify -o jsonpath='<{..namespace}>'"


@pytest.fixture
async def practice_ended(home: Path) -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(process.stop, "small")


async def at(lab: Lab, place: Place, expected: str, *lines: str, fresh: bool = False) -> None:
    learner = await Learner.at(lab, place, fresh=fresh)
    await learner.types(NAMESPACE)
    await learner.sees(f"<{expected}>")
    for line in lines:
        await learner.types(f"{line} && echo d''one")
        await learner.sees("done")
    await learner.leaves()


SHOP = "kubectl config set-context --current --namespace=shop"


async def test_on_a_practice_cluster_that_was_stopped_meanwhile(tmp_path: Path, practice_ended: None) -> None:
    lab = lab_of(tmp_path, step("one"))
    await at(lab, practice_place(lab), "default", SHOP)
    await asyncio.to_thread(process.stop, lab.id)
    await at(lab, practice_place(lab), "shop")
    await at(lab, practice_place(lab), "default", fresh=True)


async def test_on_a_context_of_the_learners_for_this_lab_only(tmp_path: Path, cluster: Cluster) -> None:
    before = cluster.kubeconfig.read_text()
    lab, other = lab_of(tmp_path, step("one")), lab_of(tmp_path, step("one"), id="other")
    await at(lab, cluster.place, "default", SHOP)
    await at(lab, cluster.place, "shop")
    await at(other, cluster.place, "default")
    await at(lab, cluster.place, "default", fresh=True)
    assert cluster.kubeconfig.read_text() == before
