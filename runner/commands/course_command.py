"""`labgate course`: the chapters of a course, how far the learner is with it, what is next and what waits for what."""

from __future__ import annotations

import click

from runner.commands.common import Stop, language, language_option, report
from runner.commands.failure import report_problems
from runner.labs.course_file import course_at, courses, load_course
from runner.labs.course_model import FILE, Course
from runner.labs.lab_problems import LabErrors
from runner.plain_text import plain
from runner.session.course_progress import Group, grouped, next_of, progress_of, waits_for
from runner.session.lab_catalogue import Listed, listed_in
from runner.session.session_texts import minutes_of_course
from runner.words import phrase, text, translate

MARKS = {
    Group.CONTINUE: "▶",
    Group.NEXT: "○",
    Group.LATER: "·",
    Group.FINISHED: "✓",
    Group.BROKEN: "✗",
}


@click.command()
@click.argument("course", required=False)
@language_option
def course(course: str | None) -> int:
    """Show the chapters of a course, and what is next.

    COURSE is the name of a course, or a folder with a course.yaml. `labgate labs add PATH|URL` adds a course of your own:
    a folder or a git repository. Exits with 2 if the course has errors.
    """
    try:
        chosen = _chosen(course)
    except LabErrors as error:
        report_problems(error.problems)
        return 2
    for number, each in enumerate(chosen):
        if number:
            click.echo()
        _show(each)
    return 0


def _chosen(name: str | None) -> list[Course]:
    """The course of that name, or all that there are. Raises Stop, LabErrors."""
    if name is None:
        found = courses()
        if not found:
            raise Stop(
                phrase(
                    "There is no course here. A course is a folder of labs with a {file}; to add one: {command}",
                    file=FILE,
                    command="labgate labs add PATH|URL",
                )
            )
        return found
    folder = course_at(name)
    if folder is None:
        raise Stop(
            phrase(
                "There is no course of this name, and no folder with a {file}: {name}", file=FILE, name=name
            )
        )
    return [load_course(folder)]


def _show(course: Course) -> None:
    labs = listed_in(course)
    groups = {each.id: group for group, each in grouped(labs)}
    click.echo(plain(text(course.written.title, language())))
    click.echo(plain(text(course.written.summary, language())))
    by_id = {each.id: each for each in labs}
    last = 0
    for number, chapter, lab in course.labs():
        if number != last:
            click.echo(f"\n{number}. {plain(text(chapter.title, language()))}")
        last = number
        click.echo(_line(by_id[lab.lab], groups[lab.lab], labs))
    progress = progress_of(labs)
    click.echo()
    report(
        phrase(
            "Labs finished: {finished} of {labs} · {time}",
            finished=progress.finished,
            labs=progress.labs,
            time=minutes_of_course(progress.seconds, progress.minutes - progress.minutes_finished),
        )
    )
    following = next_of(labs)
    if following is not None:
        report(phrase("Next: {command}", command=f"labgate learn {following.id}"))


def _line(each: Listed, group: Group, labs: list[Listed]) -> str:
    title = plain(text(each.lab.title, language())) if each.lab is not None else "-"
    words = [f"  {MARKS[group]} {each.id}", title]
    if each.lab is None:
        words.append(
            translate(phrase("has errors: {command}", command=f"labgate lint {each.folder}"), language())
        )
    else:
        words.append(translate(phrase("{minutes} min", minutes=each.minutes), language()))
    waits = waits_for(each, labs)
    if group is Group.LATER and waits:
        words.append(translate(phrase("after {labs}", labs=waits), language()))
    return "  ".join(words)
