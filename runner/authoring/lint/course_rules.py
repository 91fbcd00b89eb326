"""What could be better about a course."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runner.labs.course_file import load_course, place_in
from runner.labs.course_model import Course
from runner.labs.lab_problems import LabErrors, Problem
from runner.labs.load import FILE, load
from runner.labs.model import Lab
from runner.labs.yaml_nodes import Path as At
from runner.words import Phrase, phrase

LEFT_OUT = "not-in-course"


def lint_course(folder: Path) -> list[Problem]:
    """What could be better. Raises LabErrors if the course is wrong: also if a lab comes before the one it continues."""
    course = load_course(folder)
    labs = dict(_labs(course))
    found = [
        _placed(course, path, message, "course") for path, message in _before_what_they_continue(course, labs)
    ]
    if found:
        raise LabErrors(found)
    listed = {lab.lab for _, _, lab in course.labs()}
    left_out = [
        each.parent.name for each in sorted(folder.glob(f"*/{FILE}")) if each.parent.name not in listed
    ]
    if left_out:
        message = phrase("labs in this folder that are not in the course: {labs}", labs=tuple(left_out))
        found.append(_placed(course, ("chapters",), message, LEFT_OUT))
    return found


def _labs(course: Course) -> Iterator[tuple[str, Lab]]:
    """The labs that can be read; what is wrong with others is reported of themselves."""
    for _, _, lab in course.labs():
        try:
            yield lab.lab, load(course.folder / lab.lab)
        except LabErrors:
            continue


def _before_what_they_continue(course: Course, labs: dict[str, Lab]) -> Iterator[tuple[At, Phrase]]:
    before: list[str] = []
    listed = [lab.lab for _, _, lab in course.labs()]
    for number, chapter in enumerate(course.written.chapters):
        for at, entry in enumerate(chapter.labs):
            own = labs[entry.lab].after if entry.lab in labs else None
            if own in listed and own not in before:
                yield (
                    ("chapters", number, "labs", at),
                    phrase(
                        "{lab} comes before {needed}, whose result it starts from", lab=entry.lab, needed=own
                    ),
                )
            before.append(entry.lab)


def _placed(course: Course, path: At, message: Phrase, rule: str) -> Problem:
    return Problem(*place_in(course.folder, path), message, None, rule)
