"""`labgate status`: how far the learner is, with all labs or step by step with one; its report; and who signed an export."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runner.commands.common import Stop, language, language_option, report
from runner.plain_text import plain
from runner.session.attempt_summary import AttemptSummary, summary
from runner.session.attempt_view import AttemptView
from runner.session.course_progress import here, progress_of
from runner.session.lab_catalogue import Listed, attempts, listed
from runner.session.progress import read_state
from runner.session.session_texts import clock, minutes_of_course, minutes_spent
from runner.session.target import attempt_folder
from runner.words import Phrase, phrase, text, translate

PRINTED = ("markdown", "html", "json")


@click.command()
@click.argument("lab", required=False)
@click.option(
    "--export",
    "format_",
    type=click.Choice(PRINTED),
    help="Print a report of the attempt at LAB in this format.",
)
@click.option(
    "--verify",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Check the signature of an exported JSON file, and show whose it is.",
)
@language_option
def status(lab: str | None, format_: str | None, verify: Path | None) -> int:
    """Show how far you are with the labs, and the time you spent.

    With LAB, each of its steps. A report can be printed, and an exported file's signature checked.
    """
    if verify is not None:
        return _verify(verify)
    if lab is None:
        if format_:
            raise Stop(phrase("--export needs a lab: labgate status LAB --export {format}", format=format_))
        return _all(listed())
    of = _latest(lab)
    if format_ is None:
        return _one(of)
    from runner.grading.exports.export_formats import EXPORTS

    click.echo(EXPORTS[format_].render(of, "", language()), nl=False)
    return 0


def _latest(name: str) -> AttemptSummary:
    """The attempt that was worked on last. Raises Stop where there is none."""
    from runner.commands.grade_command import lab_of
    from runner.session.kept_values import as_left

    chosen = lab_of(name, ())
    been = attempts(chosen.id)
    if not been:
        raise Stop(
            phrase(
                "You have not started {lab} yet. To start it: {command}",
                lab=chosen.id,
                command=f"labgate learn {name}",
            )
        )
    chosen = as_left(chosen, been[0].target)
    state = read_state(attempt_folder(chosen, been[0].target))
    return summary(AttemptView(chosen, state, seconds=state.seconds))


def _all(found: list[Listed]) -> int:
    table = _table(
        phrase("Lab"), phrase("State"), phrase("Steps"), phrase("Time spent"), phrase("Last worked on")
    )
    for each in found:
        if each.lab is None or not each.attempts:
            continue
        latest, lab = each.attempts[0], each.lab
        counted = [step.id for step in lab.steps if not step.optional]
        state = phrase("finished") if each.finished else phrase("at step {number}", number=here(latest, lab))
        table.add_row(
            Text(each.id),
            Text(translate(state, language())),
            Text(f"{sum(step in latest.passed for step in counted)}/{len(counted)}"),
            Text(translate(minutes_spent(sum(a.seconds for a in each.attempts), lab.minutes), language())),
            Text(_moment(latest.at)),
        )
    if table.row_count:
        Console(highlight=False).print(table)
    course = progress_of(found)
    report(
        phrase(
            "Labs finished: {finished} of {labs} · {time}",
            finished=course.finished,
            labs=course.labs,
            time=minutes_of_course(course.seconds, course.minutes - course.minutes_finished),
        )
    )
    return 0


def _one(of: AttemptSummary) -> int:
    from runner.grading.exports.attempt_words import MARKS, facts, help_taken, state

    click.echo(plain(text(of.title, language())))
    for name, value in facts(of, "", language()):
        click.echo(f"  {name}: {plain(value)}")
    table = _table(phrase("Step"), phrase("State"), phrase("Time"), phrase("Help taken"))
    for step in of.steps:
        title = f"{MARKS.get(step.state, '·')} {step.number:>2}  {plain(text(step.title, language()))}"
        table.add_row(
            Text(title),
            Text(translate(state(step), language())),
            Text(clock(step.seconds) if step.seconds >= 1 else ""),
            Text(help_taken(step, language())),
        )
    Console(highlight=False).print(table)
    return 0


def _verify(file: Path) -> int:
    from runner.grading.exports.signing import NotSigned, signer

    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(document, dict):
            raise NotSigned("not an object")
        key = signer(document)
    except (OSError, ValueError) as problem:
        report(
            phrase(
                "{file}: not as it was signed, or not signed at all ({reason}).",
                file=str(file),
                reason=problem,
            )
        )
        return 1
    report(
        phrase(
            "{file}: unchanged since it was exported. Signed by the installation {key}.",
            file=str(file),
            key=key,
        )
    )
    return 0


def _table(*heads: Phrase) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in heads:
        table.add_column(translate(head, language()))
    return table


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
