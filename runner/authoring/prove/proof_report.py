"""A proof for other programs: JSON with all that was seen, JUnit XML with a test case for each thing to be proved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from checks.base import Outcome
from runner.authoring.prove.proof import CheckProof, Fault, Proof, StepProof
from runner.authoring.prove.proof_schema import (
    CheckProofShape,
    FaultShape,
    ObjectShape,
    ProofReport,
    StepProofShape,
    VerdictShape,
)
from runner.grading.reports.junit_report import clean
from runner.labs.lab_problems import Problem
from runner.session.session_texts import description
from runner.words import phrase, translate
from runner.world.everything import Key


def json_report(proof: Proof, problems: Sequence[Problem], language: str) -> str:
    """`problems` are the proof's faults with their places, in their order."""
    report: ProofReport = {
        "labgate_proof": 1,
        "language": language,
        "lab": proof.lab.id,
        "verdict": proof.ending.value,
        "exit_code": proof.ending.exit_code,
        "cluster": {"name": proof.target, "version": proof.version},
        "seconds": round(proof.seconds, 3),
        "earlier": list(proof.earlier),
        "solutions": proof.solutions,
        "problem": translate(proof.problem, language) if proof.problem else None,
        "faults": [_fault(*each, language) for each in zip(proof.faults, problems, strict=True)],
        "steps": [_step(proof, step, language) for step in proof.steps],
    }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _fault(fault: Fault, problem: Problem, language: str) -> FaultShape:
    return {
        "rule": fault.rule,
        "grave": fault.grave,
        "because": fault.because or None,
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.col,
        "path": list(fault.path),
        "message": translate(fault.message, language),
        "hint": translate(fault.hint, language) if fault.hint else None,
    }


def _step(proof: Proof, step: StepProof, language: str) -> StepProofShape:
    return {
        "id": step.id,
        "reached": step.reached,
        "holds": step.passes,
        "seconds": round(step.seconds, 3),
        "made": [_object(proof, key) for key in step.made],
        "changed": [_object(proof, key) for key in step.changed],
        "checks": [_check(each, language) for each in step.checks],
    }


def _object(proof: Proof, key: Key) -> ObjectShape:
    return {
        "kind": key.kind,
        "group": key.group,
        "namespace": key.namespace or None,
        "name": key.name,
        "noticed_by": proof.notice(key),
    }


def _check(each: CheckProof, language: str) -> CheckProofShape:
    return {
        "description": description(each.check, language),
        "given": each.check.given,
        "at_start": _verdict(each.at_start),
        "before": _verdict(each.before),
        "after": _verdict(each.after),
        "notices": None if each.notices is None else [str(key) for key in each.notices],
    }


def _verdict(outcome: Outcome | None) -> VerdictShape:
    return outcome.verdict.value if outcome else None


def junit_report(proof: Proof, problems: Sequence[Problem], language: str) -> str:
    """A suite for each step with a case for each check, and one for what concerns the lab as a whole."""
    placed = list(zip(proof.faults, problems, strict=True))
    root = ET.Element("testsuites", name=clean(proof.lab.id))
    of_steps: set[int] = set()
    for step in proof.steps:
        suite = ET.SubElement(root, "testsuite", name=clean(step.id), time=f"{step.seconds:.3f}")
        for number, each in enumerate(step.checks, 1):
            mine = [i for i, (fault, _) in enumerate(placed) if fault.path[:4] == each.path and fault.grave]
            of_steps |= set(mine)
            _case(
                suite,
                f"{number}. {description(each.check, language)}",
                [placed[i][1] for i in mine],
                language,
            )
            if not step.reached:
                ET.SubElement(suite[-1], "skipped", message=translate(phrase("not reached"), language))
        mine = [
            i
            for i, (fault, _) in enumerate(placed)
            if i not in of_steps and fault.path[:2] == step.path and fault.grave
        ]
        of_steps |= set(mine)
        _case(
            suite, translate(phrase("the step as a whole"), language), [placed[i][1] for i in mine], language
        )
        _count([suite])
    suite = ET.SubElement(root, "testsuite", name=clean(proof.lab.id), time="0.000")
    rest = [problem for i, (fault, problem) in enumerate(placed) if i not in of_steps and fault.grave]
    _case(suite, translate(phrase("the lab as a whole"), language), rest, language)
    if proof.problem is not None:
        case = ET.SubElement(suite, "testcase", name=translate(phrase("the cluster"), language))
        ET.SubElement(case, "error", message=clean(translate(proof.problem, language)))
    _count([suite])
    _count([root], root.findall("testsuite"))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, name: str, faults: Sequence[Problem], language: str) -> None:
    case = ET.SubElement(suite, "testcase", name=clean(name), classname=suite.get("name", ""))
    for fault in faults:
        failure = ET.SubElement(
            case, "failure", message=clean(translate(fault.message, language)), type=fault.rule
        )
        failure.text = clean(fault.render(language))


def _count(elements: Iterable[ET.Element], within: Sequence[ET.Element] = ()) -> None:
    for element in elements:
        cases = element.findall("testcase") or [case for suite in within for case in suite]
        element.set("tests", str(len(cases)))
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            if kind != "skipped" or element.tag == "testsuite":
                element.set(name, str(sum(case.find(kind) is not None for case in cases)))
