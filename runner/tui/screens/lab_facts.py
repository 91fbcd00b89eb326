"""A lab in words, for the catalogue: a row of the list, and all there is to know before it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from textual.content import Content

from runner.labs.model import Lab
from runner.session.lab_catalogue import Attempt, Listed
from runner.session.session_texts import LEVELS
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.words import Phrase, count_phrase, phrase

_BAR = 8


def row(listed: Listed, reader: Spoken) -> Content:
    """The lab's row in the list: its title, what it takes, how far the learner is."""
    lab = listed.lab
    if lab is None:
        broken = count_phrase("broken: {count} error", "broken: {count} errors", count=len(listed.problems))
        return _lines((listed.id, "bold"), (f"✗ {reader.translate(broken)}", "$error"), "")
    return _lines(
        (reader.text(lab.title), "bold"),
        (reader.translate(_size(lab)), "$foreground 65%"),
        _progress(listed, lab, reader),
        "",
    )


def details(listed: Listed, reader: Spoken) -> Content:
    """All about the lab, of a broken one everything that is wrong with it."""
    if listed.lab is None:
        return _broken(listed, reader)
    lab = listed.lab
    lines: list[Content | str | tuple[str, str]] = [
        (reader.text(lab.title), "bold $primary"),
        (reader.translate(_size(lab)), "$foreground 65%"),
        "",
        reader.text(lab.summary),
        *_origin(listed, reader),
    ]
    if listed.attempts:
        lines += ["", _heading(phrase("Your attempts"), reader)]
        lines += [_been(attempt, lab, reader) for attempt in listed.attempts]
    needs = list(_needs(lab, reader))
    if needs:
        lines += ["", _heading(phrase("Requirements"), reader), *needs]
    lines += ["", _heading(phrase("Steps"), reader), *_steps(listed, lab, reader)]
    return _lines(*lines)


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


def _size(lab: Lab) -> Phrase:
    return phrase(
        "{level} · {minutes} min · steps: {steps}",
        level=LEVELS[lab.level],
        minutes=lab.minutes,
        steps=len(lab.steps),
    )


def _progress(listed: Listed, lab: Lab, reader: Spoken) -> Content:
    if listed.finished:
        return Content.styled(f"✓ {reader.translate(phrase('finished'))}", "$success")
    if not listed.attempts:
        return Content.styled(reader.translate(phrase("not started")), "$foreground 45%")
    latest = listed.attempts[0]
    when = reader.translate(worked_on(latest.at, datetime.now().astimezone()))
    return Content.assemble(bar(passed(latest, lab), wanted(lab)), (f"  {when}", "$foreground 65%"))


def bar(done: int, of: int) -> Content:
    """`━━━━━━━━ 4/13`"""
    filled = round(_BAR * done / of)
    return Content.assemble(
        ("━" * filled, "$success"), ("━" * (_BAR - filled), "$foreground 20%"), f" {done}/{of}"
    )


def _been(attempt: Attempt, lab: Lab, reader: Spoken) -> Content:
    done = (
        phrase("finished")
        if attempt.finished
        else phrase("{done}/{steps} done", done=passed(attempt, lab), steps=wanted(lab))
    )
    mark = ("✓ ", "$success") if attempt.finished else ("◐ ", "$warning")
    when = reader.translate(worked_on(attempt.at, datetime.now().astimezone()))
    return Content.assemble(
        mark, f"{where(attempt.target, reader)}: {reader.translate(done)}", (f"  {when}", "$foreground 65%")
    )


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


def _steps(listed: Listed, lab: Lab, reader: Spoken) -> Iterator[Content]:
    done = listed.attempts[0].passed if listed.attempts else frozenset[str]()
    for number, step in enumerate(lab.steps, 1):
        mark = ("✓", "$success") if step.id in done else ("·", "$foreground 45%")
        bonus = f"  ({reader.translate(phrase('bonus'))})" if step.optional else ""
        yield Content.assemble(mark, f" {number:>2}  {reader.text(step.title)}", (bonus, "$foreground 65%"))


def _broken(listed: Listed, reader: Spoken) -> Content:
    fix = phrase("Fix the lab's files, then press r.")
    problems = [f"✗ {problem.render(reader.language)}" for problem in listed.problems]
    return _lines(
        (listed.id, "bold $error"), "", reader.translate(fix), "", *problems, *_origin(listed, reader)
    )


def _origin(listed: Listed, reader: Spoken) -> Iterator[tuple[str, str]]:
    """Where a lab of somebody else's comes from, and which others have its name."""
    style = "$foreground 65%"
    if listed.source or listed.hides:
        yield "", style
    if listed.source:
        yield safe(reader.translate(phrase("From {source}", source=listed.source))), style
    if listed.hides:
        words = phrase(
            "Other labs have the same name. Open them with: {names}",
            names=[f"labgate learn {each}" for each in listed.hides],
        )
        yield safe(reader.translate(words)), style


def _heading(words: Phrase, reader: Spoken) -> tuple[str, str]:
    return reader.translate(words), "bold $secondary"


def _lines(*lines: Content | str | tuple[str, str]) -> Content:
    made = [line if isinstance(line, Content) else Content.assemble(line) for line in lines]
    return Content("\n").join(made)
