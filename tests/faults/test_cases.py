"""Every fault is found, by the one rule that names it, and is no longer reported when it is gone."""

from __future__ import annotations

import shutil

import pytest

from tests.faults.case import Case
from tests.faults.cases import CASES
from tests.faults.proof import prove
from tests.faults.scene import on_practice

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


def test_every_case_has_a_name_of_its_own():
    names = [case.id for case in CASES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_fault_is_named_and_is_gone_when_it_is_gone(case: Case, tmp_path):
    async with on_practice(tmp_path, case.version) as scene:
        await prove(case, scene)
