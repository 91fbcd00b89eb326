"""Faults that a control plane without kubelets can have, on a real API server: its own words, the same findings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.faults.cases import CASES
from tests.faults.scene import Scene, check

REAL = [case for case in CASES if case.real]
LEFT = "deployments,jobs,pods,services,configmaps,resourcequotas,persistentvolumeclaims,serviceaccounts"


@pytest.fixture
async def scene(real: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    """The real cluster; what the case left is taken away again."""
    made = Scene(real, tmp_path, None)
    before = await _namespaces(made)
    async with made.cluster:
        yield made
        await made.close()
    await made.kubectl("delete", LEFT, "--all", "-n", "default", "--wait=false")
    for name in await _namespaces(made) - before:
        await made.kubectl("delete", "namespace", name, "--ignore-not-found", "--timeout=120s")


async def _namespaces(scene: Scene) -> set[str]:
    return set((await scene.kubectl("get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}")).split())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("case", REAL, ids=lambda case: case.id)
async def test_a_real_fault_is_named_and_is_gone_when_it_is_gone(case: Case, scene: Scene) -> None:
    of = check(case.check)
    await case.before(scene)
    assert not (await scene.look(of)).findings, "told before it came"
    await case.bring(scene)
    # A real namespace is reported as being deleted until its controller has found what holds it up.
    outcome = await scene.until(of, lambda seen: case.rule in [finding.rule for finding in seen.findings])
    assert [finding.rule for finding in outcome.findings] == [case.rule]
    assert case.evidence in outcome.findings[0].evidence
    assert case.about in outcome.findings[0].object
    await case.clear(scene)
    await scene.until(of, lambda seen: case.rule not in [finding.rule for finding in seen.findings])
