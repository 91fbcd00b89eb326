"""Checks that no missing object makes fail: a mistake of the author, unless they find what the lab's work effected."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.base import Outcome, Verdict
from checks.phrase import phrase
from runner.authoring.prove.mutations import faults
from runner.authoring.prove.proof import Proof
from runner.world.everything import Key
from tests.session.walking import lab_of, step

PASSED, FAILED = Verdict.PASSED, Verdict.FAILED
TRACE = {"trace": "web.shop"}
PAGE = {"http": {"url": "http://127.0.0.1:1/"}}


@pytest.mark.parametrize(
    ("check", "at_start", "before", "rules"),
    [
        (TRACE, FAILED, FAILED, []),
        (TRACE, FAILED, PASSED, []),  # an earlier step sent the requests
        (TRACE, PASSED, PASSED, []),  # reported by another rule
        (PAGE, FAILED, FAILED, ["notices-nothing"]),
    ],
)
def test_which_checks_are_blind(
    tmp_path: Path, check: dict[str, object], at_start: Verdict, before: Verdict, rules: list[str]
) -> None:
    proof = Proof.of(lab_of(tmp_path, step("one"), step("two", checks=[check])))
    one, two = proof.steps
    one.made, one.passes, two.passes = (Key("ConfigMap", "default", "one"),), True, True
    (looked,) = two.checks
    looked.at_start, looked.before, looked.after = (
        Outcome(verdict, phrase(""), phrase("")) for verdict in (at_start, before, PASSED)
    )
    looked.notices = ()
    assert [fault.rule for fault in faults(proof)] == rules
