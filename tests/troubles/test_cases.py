"""Every trouble is found, by the one rule that names it, and is no longer told when it is gone."""

from __future__ import annotations

import shutil

import pytest

from checks.base import Outcome
from tests.troubles.case import Case
from tests.troubles.cases import CASES
from tests.troubles.scene import check, on_practice

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings]


def test_every_case_has_a_name_of_its_own():
    names = [case.id for case in CASES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_trouble_is_named_and_is_gone_when_it_is_gone(case: Case, tmp_path):
    of = check(case.check)
    async with on_practice(tmp_path, case.version) as scene:
        await case.before(scene)
        assert not rules(await scene.look(of)), "told before it came"
        await case.bring(scene)
        outcome = await scene.until(of, lambda seen: bool(seen.findings))
        assert rules(outcome) == [case.rule]
        (finding,) = outcome.findings
        assert finding.evidence
        assert case.evidence in finding.evidence
        assert case.about in finding.object
        assert finding.field or finding.source, "where it was read is not told"
        await case.clear(scene)
        await scene.until(of, lambda seen: seen.passed if case.passes else not seen.findings)
