"""A lab in words, for the catalogue: its row in the list, and all there is to know before it is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from textual.content import Content

from runner.labs.model import Lab, Step
from runner.session.course_progress import Course, Group, here, spent
from runner.session.lab_catalogue import Attempt, Listed
from runner.session.session_texts import (
    LEVELS,
    bonus_tag,
    minutes_of_course,
    minutes_spent_short,
)
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.rows import BLANK, Block, Fitting, OneLine, Row
from runner.words import Phrase, count_phrase, phrase

DIM = "$foreground 65%"
GROUPS = {
    Group.CONTINUE: phrase("Continue"),
    Group.NEXT: phrase("Next"),
    Group.LATER: phrase("Later"),
    Group.FINISHED: phrase("Finished"),
    Group.BROKEN: phrase("With errors"),
}
_MARKS = {
    Group.CONTINUE: ("▶ ", "bold $accent"),
    Group.NEXT: ("○ ", "$accent"),
    Group.LATER: ("· ", "$foreground 50%"),
    Group.FINISHED: ("✓ ", "$success"),
    Group.BROKEN: ("✗ ", "bold $error"),
}


def row(listed: Listed, group: Group, reader: Spoken) -> tuple[Block, ...]:
    """The lab's row in the list: its title, and what is to be done with it."""
    lab, mark = listed.lab, Content.assemble(_MARKS[group])
    title = reader.text(lab.title) if lab else listed.id
    return Row(Content.styled(safe(title), "bold"), mark), *_below(listed, group, reader)


def _below(listed: Listed, group: Group, reader: Spoken) -> Iterator[Block]:
    lab = listed.lab
    if lab is None:
        broken = count_phrase("{count} error", "{count} errors", count=len(listed.problems))
        yield _line(Content.styled(reader.translate(broken), "$error"))
    elif group is Group.CONTINUE:
        latest = listed.attempts[0]
        when = reader.translate(worked_on(latest.at, datetime.now().astimezone()))
        words = Content.styled(reader.translate(go_on(listed)), "bold $accent")
        yield _line(words + Content.styled(f" · {when}", DIM), words)
        done = bar(passed(latest, lab), wanted(lab))
        yield _line(done + Content.styled(f" · {_short_time(listed, lab, reader)}", DIM), done)
    elif group is Group.FINISHED:
        yield _line(Content.styled(_short_time(listed, lab, reader), DIM))
    elif group is Group.LATER:
        words = Content.styled(reader.translate(phrase("after {labs}", labs=listed.after)), DIM)
        yield _line(words + Content.styled(f" · {reader.translate(size(lab))}", DIM), words)
    else:
        level = f"{reader.translate(LEVELS[lab.level])} · "
        words = Content.styled(reader.translate(size(lab)), DIM)
        yield _line(Content.styled(level, DIM) + words, words)


def _line(*wordings: Content) -> Fitting:
    return Fitting(wordings, Content("  "))


Section = tuple[Group, None] | tuple[None, tuple[Path, int]]
"""A group of the catalogue, or a chapter of a course: the course's folder, and the chapter's number."""


def section(listed: Listed, group: Group) -> Section:
    """Under which heading a lab is: its chapter, unless it is being worked on or can't be read."""
    if listed.place is None or group in (Group.CONTINUE, Group.BROKEN):
        return group, None
    return None, (listed.place.course.folder, listed.place.chapter)


def heading(of: Section, labs: Sequence[Listed], reader: Spoken, *, first: bool) -> tuple[Block, ...]:
    """The line above the labs of a group, or of a chapter: with how many of its labs are finished."""
    group, chapter = of
    if group is not None:
        line = Content.styled(reader.translate(GROUPS[group]), "bold $secondary")
    else:
        mine = [
            each for each in labs if each.place and (each.place.course.folder, each.place.chapter) == chapter
        ]
        title = safe(reader.text(mine[0].place.title)) if mine and mine[0].place else ""
        number = chapter[1] if chapter is not None else 0
        done = f" {sum(each.finished for each in mine)}/{len(mine)}"
        line = Content.assemble((f"{number} {title}", "bold $secondary"), (done, DIM))
    row = OneLine(line)
    return (row,) if first else (BLANK, row)


def details(listed: Listed, group: Group, reader: Spoken, waits: tuple[str, ...] = ()) -> Iterator[Block]:
    """All about the lab, of a broken one everything that is wrong with it. `waits`: the labs to finish before it."""
    lab = listed.lab
    if lab is None:
        yield from _broken(listed, reader)
        return
    level = reader.translate(LEVELS[lab.level])
    yield Row(Content.styled(f"{level} · {reader.translate(size(lab))}", DIM))
    yield BLANK
    yield Row(Content(safe(reader.text(lab.summary))))
    yield from _origin(listed, reader)
    if group is Group.LATER:
        yield BLANK
        yield Row(Content.styled(reader.translate(_first(lab, waits)), "$warning"))
    if listed.attempts:
        yield from _headed(phrase("Your attempts"), reader)
        for attempt in listed.attempts:
            yield _been(attempt, lab, reader)
    needs = list(_needs(lab, reader))
    if needs:
        yield from _headed(phrase("Requirements"), reader)
        yield from (Row(Content(safe(each)), Content.styled("· ", DIM)) for each in needs)
    yield from _headed(phrase("Steps"), reader)
    yield from _steps(listed, lab, reader)


def passed(attempt: Attempt, lab: Lab) -> int:
    """How many of the steps that the lab waits for have passed in the attempt."""
    return sum(step.id in attempt.passed for step in lab.steps if not step.optional)


def wanted(lab: Lab) -> int:
    """How many steps the lab waits for."""
    return sum(not step.optional for step in lab.steps)


def worked_on(at: datetime, now: datetime) -> Phrase:
    """When something was last worked on, in the learner's own time."""
    time = f"{at:%H:%M}"
    if at.date() == now.date():
        return phrase("today {time}", time=time)
    if (now.date() - at.date()).days == 1:
        return phrase("yesterday {time}", time=time)
    return phrase("on {date}", date=f"{at:%Y-%m-%d}")


def size(lab: Lab) -> Phrase:
    """How long it takes, and its steps: bonus steps apart, for they are in no count of what is done."""
    counted = wanted(lab)
    if counted == len(lab.steps):
        return phrase("{minutes} min · steps: {steps}", minutes=lab.minutes, steps=counted)
    return phrase(
        "{minutes} min · steps: {steps} + {bonus} bonus",
        minutes=lab.minutes,
        steps=counted,
        bonus=len(lab.steps) - counted,
    )


def go_on(listed: Listed) -> Phrase:
    """What Enter does with a lab that can be read."""
    if not listed.attempts or listed.lab is None:
        return phrase("Start the lab")
    if listed.finished:
        return phrase("Open it again")
    return phrase("Continue (step {number})", number=here(listed.attempts[0], listed.lab))


def at_step(listed: Listed) -> Step | None:
    """The step that is gone on with; None of a lab that was not begun, or is finished."""
    if listed.lab is None or not listed.attempts or listed.finished:
        return None
    return listed.lab.steps[here(listed.attempts[0], listed.lab) - 1]


def bonus(step: Step, reader: Spoken) -> Content:
    """That a step is a bonus, behind its title."""
    tag = bonus_tag(step.title, step.optional, reader.language)
    return Content.styled(f"  ({tag})" if tag else "", DIM)


def of_all(course: Course, reader: Spoken, cells: int = 8) -> Content:
    """How far one is with all labs, in a line; `cells` for the bar."""
    words = phrase("labs: {finished}/{labs}", finished=course.finished, labs=course.labs)
    done = bar(course.finished, course.labs, counted=False, cells=cells)
    return Content.assemble(done, f" {reader.translate(words)}")


def time_of_all(course: Course, reader: Spoken) -> str:
    """The time spent on all labs, and what is left by their authors' reckoning."""
    words = minutes_of_course(course.seconds, course.minutes - course.minutes_finished)
    return reader.translate(words)


def bar(done: int, of: int, *, counted: bool = True, cells: int = 8) -> Content:
    """`━━━━━━━━ 4/13`"""
    filled = round(cells * done / of) if of else 0
    return Content.assemble(
        ("━" * filled, "$success"),
        ("━" * (cells - filled), "$foreground 20%"),
        f" {done}/{of}" if counted else "",
    )


def _short_time(listed: Listed, lab: Lab, reader: Spoken) -> str:
    return reader.translate(minutes_spent_short(spent(listed), lab.minutes))


def _first(lab: Lab, waits: tuple[str, ...]) -> Phrase:
    if lab.after is None or (waits and lab.after not in waits):
        return phrase(
            "In this course it comes after {labs}, which you have not finished. You can open it all the same.",
            labs=waits,
        )
    return phrase(
        "It continues {lab}, which you have not finished. On the practice cluster, that lab is done for you.",
        lab=lab.after,
    )


def _been(attempt: Attempt, lab: Lab, reader: Spoken) -> Row:
    done = (
        phrase("finished")
        if attempt.finished
        else phrase("{done}/{steps} done", done=passed(attempt, lab), steps=wanted(lab))
    )
    mark = ("✓ ", "$success") if attempt.finished else ("◐ ", "$warning")
    when = reader.translate(worked_on(attempt.at, datetime.now().astimezone()))
    took = reader.translate(minutes_spent_short(attempt.seconds, lab.minutes))
    words = f"{safe(where(attempt.target, reader))}: {reader.translate(done)}"
    return Row(Content.assemble(words, (f" · {took} · {when}", DIM)), Content.assemble(mark))


def where(target: str, reader: Spoken) -> str:
    """The cluster of a target, as a person would name it."""
    return reader.translate(phrase("practice cluster")) if target.startswith("practice/") else target


def _needs(lab: Lab, reader: Spoken) -> Iterator[str]:
    needed = lab.requires
    if needed.kubernetes:
        yield reader.translate(phrase("Kubernetes {versions}", versions=needed.kubernetes))
    if needed.tools:
        tools = [name if versions == "*" else f"{name} {versions}" for name, versions in needed.tools.items()]
        yield reader.translate(phrase("Programs: {programs}", programs=tools))
    if needed.capacity:
        amounts = [
            f"{amount} {reader.translate(name)}"
            for name, amount in (
                (phrase("CPU"), needed.capacity.cpu),
                (phrase("memory"), needed.capacity.memory),
            )
            if amount
        ]
        yield reader.translate(phrase("Free on the nodes: {amounts}", amounts=amounts))
    if needed.access:
        yield reader.translate(
            phrase(
                "Permissions on the cluster: {count}, checked before the lab starts", count=len(needed.access)
            )
        )
    if lab.after:
        yield reader.translate(phrase("Prerequisites: {lab}", lab=lab.after))


def _steps(listed: Listed, lab: Lab, reader: Spoken) -> Iterator[Row]:
    done = listed.attempts[0].passed if listed.attempts else frozenset[str]()
    at = at_step(listed)
    for number, step in enumerate(lab.steps, 1):
        mark = ("✓", "$success") if step.id in done else ("·", "$foreground 45%")
        if step is at:
            mark = ("▶", "bold $accent")
        title = Content.styled(safe(reader.text(step.title)), "bold" if step is at else "")
        yield Row(title + bonus(step, reader), Content.assemble(mark, f" {number:>2}  "))


def _broken(listed: Listed, reader: Spoken) -> Iterator[Row]:
    yield Row(Content(reader.translate(phrase("Fix the lab's files, then press r."))))
    yield BLANK
    for problem in listed.problems:
        yield Row(Content(safe(problem.render(reader.language))), Content.styled("✗ ", "$error"))
    yield from _origin(listed, reader)


def _origin(listed: Listed, reader: Spoken) -> Iterator[Row]:
    """Where a lab of somebody else's comes from, and which others have its name."""
    if listed.source or listed.hides:
        yield BLANK
    if listed.source:
        words = safe(reader.translate(phrase("From {source}", source=listed.source)))
        yield Row(Content.styled(words, DIM))
    if listed.hides:
        others = phrase(
            "Other labs have the same name. Open them with: {names}",
            names=[f"labgate learn {each}" for each in listed.hides],
        )
        yield Row(Content.styled(safe(reader.translate(others)), DIM))


def _headed(words: Phrase, reader: Spoken) -> Iterator[Row]:
    yield BLANK
    yield Row(Content.styled(reader.translate(words), "bold $secondary"))
