"""`labgate lint`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from runner.authoring.lint.course_rules import lint_course
from runner.authoring.lint.linter import ERRORS, RULES
from runner.authoring.lint.linter import lint as lint_lab
from runner.commands.common import USAGE, language, language_option, report, report_line
from runner.labs import library
from runner.labs.course_file import course_at
from runner.labs.course_model import FILE as COURSE
from runner.labs.lab_problems import LabErrors, Problem
from runner.labs.load import FILE
from runner.words import phrase

NOT_CLEAN = 1


@click.command(
    epilog=f"Rules: {', '.join(RULES)}. A comment '# lint: allow RULE' in lab.yaml turns a rule off."
)
@click.argument("labs", nargs=-1, metavar="[LAB]…")
@language_option
def lint(labs: Sequence[str]) -> int:
    """Find errors in labs, and suggest improvements.

    Each finding has its file, line and column. LAB is a lab's name or folder, or a course: then its labs are checked,
    too. Without LAB, checks the lab in the current folder, or all labs that `labgate labs` lists, and their courses.
    Exits with 0 if there are no findings, 1 if there are warnings, 2 if a lab can't be read.
    """
    courses = [course for name in labs if (course := course_at(name))]
    folders = [library.find(name) for name in labs if course_at(name) is None]
    folders += [path.parent for course in courses for path in sorted(course.glob(f"*/{FILE}"))]
    if not labs:
        folders = _here() or [each.path for each in library.available()]
        courses = [] if _here() else [shelf for shelf in library.shelves() if (shelf / COURSE).is_file()]
    broken: list[Problem] = []
    advice: list[Problem] = []
    for rules, folder in [
        *((lint_course, each) for each in courses),
        *((lint_lab, each) for each in folders),
    ]:
        try:
            found = rules(folder)
            broken += (each for each in found if each.rule in ERRORS)
            advice += (each for each in found if each.rule not in ERRORS)
        except LabErrors as error:
            broken += error.problems
    for problem in (*broken, *advice):
        report_line(problem.render(language()))
    report(
        phrase(
            "Labs: {labs}, errors: {errors}, warnings: {advice}",
            labs=len(folders),
            errors=len(broken),
            advice=len(advice),
        )
    )
    return USAGE if broken else NOT_CLEAN if advice else 0


def _here() -> list[Path]:
    return [Path()] if Path(FILE).is_file() else []
