"""JSON Schemas (draft 2020-12): of lab.yaml for editors, of the JSON reports for programs. `python -m
runner.authoring.json_schemas` writes them into docs/."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from runner.authoring.as_written import as_written
from runner.authoring.prove.proof_schema import ProofReport
from runner.grading.reports.report_schema import Report
from runner.grading.roster.reports.class_schema import ClassReport
from runner.labs.course_model import CourseFile
from runner.labs.glossary import GlossaryFile
from runner.labs.model import LabFile
from runner.labs.practice_images import PracticeImagesFile

DOCS = Path(__file__).resolve().parents[2] / "docs"


def lab_schema() -> dict[str, Any]:
    """From the models that the loader uses."""
    return _headed(
        "lab", "A Labgate lab", as_written(LabFile.model_json_schema(mode="validation", by_alias=True))
    )


def glossary_schema() -> dict[str, Any]:
    """Of a glossary.yaml, for editors."""
    return _headed(
        "glossary", "A glossary of Labgate labs", GlossaryFile.model_json_schema(mode="validation")
    )


def course_schema() -> dict[str, Any]:
    """Of a course.yaml, for editors."""
    return _headed("course", "A course of Labgate labs", CourseFile.model_json_schema(mode="validation"))


def images_schema() -> dict[str, Any]:
    """Of a practice/images.yaml, for editors."""
    return _headed(
        "images",
        "A Labgate lab's images for the practice cluster",
        PracticeImagesFile.model_json_schema(mode="validation"),
    )


def report_schema() -> dict[str, Any]:
    """Of `labgate grade LAB --report json=FILE`."""
    return _headed("report", "A run of labgate grade", TypeAdapter(Report).json_schema())


def class_schema() -> dict[str, Any]:
    """Of the same with `--roster`."""
    return _headed("class", "A class that labgate graded", TypeAdapter(ClassReport).json_schema())


def proof_schema() -> dict[str, Any]:
    """Of `labgate prove LAB --report json=FILE`."""
    return _headed("proof", "A run of labgate prove", TypeAdapter(ProofReport).json_schema())


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "lab": lab_schema,
    "glossary": glossary_schema,
    "course": course_schema,
    "images": images_schema,
    "report": report_schema,
    "class": class_schema,
    "proof": proof_schema,
}


def _headed(name: str, title: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:labgate:{name}:1",
        **schema,
        "title": title,
    }


def file(name: str) -> Path:
    """Where a schema is committed."""
    return DOCS / f"{name}.schema.json"


def written(name: str = "lab") -> str:
    """The schema as the file has it."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in SCHEMAS:
        file(each).write_text(written(each))
