"""A class as JUnit XML: a suite for each learner, a test case for each step."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from runner.grading.grading_texts import STATES
from runner.grading.reports.cases import BONUS
from runner.grading.reports.junit_report import clean
from runner.grading.result import State
from runner.grading.roster.class_model import ClassResult, could_not_be_judged
from runner.grading.roster.class_summary import Standing, cause, cause_in, points, so_far, standing
from runner.words import phrase, translate


def junit_report(result: ClassResult, language: str) -> str:
    """Learners who could not be graded are errors; steps that do not pass are failures, those that count for nothing
    are skipped."""
    root = ET.Element("testsuites", name=clean(result.title))
    totals = [0, 0, 0]
    for each in result.graded:
        suite = ET.SubElement(root, "testsuite", name=clean(f"{each.learner} {each.name}".strip()))
        suite.set("time", f"{each.seconds:.3f}")
        counts = [0, 0, 0]
        for step in each.report["steps"] if each.report is not None else ():
            counts[0] += 1
            case = ET.SubElement(
                suite, "testcase", name=clean(f"{step['id']}: {step['title']}"), time="0.000"
            )
            case.set("classname", clean(f"{result.lab}.{each.learner}"))
            kind = {"failed": "failure", "error": "error"}.get(step["verdict"])
            if kind == "failure" and any(could_not_be_judged(check) for check in step["checks"]):
                kind = "error"  # what could not be judged of it may be the learner's to have
            if kind is not None and not step["counts"]:
                reason = phrase("{why}: {what}", why=BONUS, what=cause_in(step))
                ET.SubElement(case, "skipped", message=clean(translate(reason, language))[:300])
            elif kind is not None:
                counts[1 if kind == "failure" else 2] += 1
                ET.SubElement(case, kind, type=kind, message=clean(cause_in(step))[:300])
            elif step["verdict"] != "passed":
                ET.SubElement(
                    case, "skipped", message=clean(translate(STATES[State(step["verdict"])], language))
                )
        if standing(each) is Standing.NOT_GRADED:
            counts[0] += 1
            counts[2] += 1
            case = ET.SubElement(suite, "testcase", name="graded", classname=clean(result.lab), time="0.000")
            ET.SubElement(case, "error", type="error", message=clean(cause(each))[:300])
        earned = points(each)
        properties = ET.Element("properties")
        ET.SubElement(
            properties, "property", name="points", value=f"{earned[0]}/{earned[1]}" if earned else ""
        )
        if (known := so_far(each)) is not None:
            ET.SubElement(
                properties, "property", name="points so far", value=clean(translate(known, language))
            )
        suite.insert(0, properties)
        for name, value in zip(("tests", "failures", "errors"), counts, strict=True):
            suite.set(name, str(value))
        totals = [one + more for one, more in zip(totals, counts, strict=True)]
    for name, value in zip(("tests", "failures", "errors"), totals, strict=True):
        root.set(name, str(value))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
