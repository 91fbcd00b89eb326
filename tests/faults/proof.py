"""Proof of a case: the fault is not reported before it comes, is reported by one rule, and no longer once it is gone."""

from __future__ import annotations

import time
from dataclasses import dataclass

from checks.base import Finding, Outcome
from tests.faults.case import Case
from tests.faults.scene import Scene, check


@dataclass
class Proof:
    """How far a case came; filled in on the way, so that it reports one that failed, too."""

    findings: tuple[Finding, ...] = ()
    """What was found while the fault was there."""
    seconds: float | None = None
    """From when all that brings it was done until it was found."""
    gone: bool = False
    """Whether it was reported no longer, and the check held, once the fault was gone."""


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings]


async def prove(case: Case, scene: Scene, proof: Proof | None = None) -> Proof:
    """Bring it, see it, clear it, see it gone. Raises AssertionError where something is otherwise."""
    proof = proof or Proof()
    of = check(case.check)
    await case.before(scene)
    assert not rules(await scene.look(of)), "told before it came"
    await case.bring(scene)
    brought = time.monotonic()
    outcome = await scene.until(of, lambda seen: bool(seen.findings))
    proof.findings, proof.seconds = outcome.findings, time.monotonic() - brought
    assert rules(outcome) == [case.rule], f"found {rules(outcome)}"
    (finding,) = outcome.findings
    assert finding.evidence, "nothing is quoted"
    assert case.evidence in finding.evidence, f"quoted: {finding.evidence}"
    assert case.about in finding.object, f"named: {finding.object}"
    assert finding.field or finding.source, "where it was read is not told"
    await case.clear(scene)
    await scene.until(of, lambda seen: seen.passed if case.passes else not seen.findings)
    proof.gone = True
    return proof
