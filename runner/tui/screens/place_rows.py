"""A place in words: what it is, whether it answers, and how far the learner is there."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from runner.labs.model import Lab
from runner.session.lab_catalogue import Attempt
from runner.session.lab_places import Place, Reach
from runner.tui.screens.lab_facts import passed, wanted
from runner.tui.spoken import Spoken
from runner.words import Phrase, phrase


def row(
    place: Place, reach: Reach | None, attempt: Attempt | None, lab: Lab, reader: Spoken, width: int
) -> Content:
    """A place's lines in the list, a long reason cut to `width` cells: the page shows the whole of it."""
    lines = [_name(place, attempt, lab, reader)]
    if place.practice:
        lines.append(Content.styled(reader.translate(_WHAT_IT_IS), "$foreground 75%"))
    else:
        lines.append(Content.styled(place.server or "-", "$foreground 65%"))
    lines += [_state(place, reach, lab, reader).truncate(width, ellipsis=True), Content("")]
    return Content("\n").join(lines)


def has_room(reach: Reach, reader: Spoken, width: int) -> bool:
    """Whether the row shows the whole of why a place can't be used."""
    return reach.problem is None or cell_len(f"✗ {reader.translate(reach.problem)}") <= width


def _name(place: Place, attempt: Attempt | None, lab: Lab, reader: Spoken) -> Content:
    name = reader.translate(phrase("Practice cluster")) if place.practice else place.context
    parts: list[tuple[str, str]] = [(name, "bold")]
    if place.practice and attempt is None:
        parts.append((f"  {reader.translate(phrase('recommended for a first try'))}", "$accent"))
    if place.current:
        parts.append((f"  {reader.translate(phrase('current context'))}", "$secondary"))
    if attempt is not None:
        parts.append((f"  {reader.translate(_been(attempt, lab))}", "$success"))
    return Content.assemble(*parts)


def _been(attempt: Attempt, lab: Lab) -> Phrase:
    if attempt.finished:
        return phrase("✓ finished here")
    return phrase("{done}/{steps} done here", done=passed(attempt, lab), steps=wanted(lab))


def _state(place: Place, reach: Reach | None, lab: Lab, reader: Spoken) -> Content:
    if reach is None:
        return Content.styled(f"… {reader.translate(phrase('being asked'))}", "$foreground 65%")
    if reach.problem:
        return Content.styled(f"✗ {reader.translate(reach.problem)}", "$error")
    version = reach.version or (lab.practice.kubernetes if place.practice and lab.practice else "")
    words = [f"Kubernetes {version}"] if version else []
    words += [reader.translate(reach.note)] if reach.note else []
    return Content.assemble(("✓ " if not reach.note else "· ", "$success"), " · ".join(words))


_WHAT_IT_IS = phrase(
    "A small Kubernetes inside Labgate. It needs no cluster and no network, and nothing can be broken in it."
)
