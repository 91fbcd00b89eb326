"""The labs in the order in which a learner meets them: what they are in, what is next, and how far they are with all."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from runner.labs.model import Lab
from runner.session.lab_catalogue import Attempt, Listed


class Group(IntEnum):
    """In which part of the catalogue a lab is, the first part first."""

    CONTINUE = 0  # begun, and not finished
    NEXT = 1  # what it goes on from (`after:`) is finished, or it goes on from none
    LATER = 2  # another lab comes first
    FINISHED = 3
    BROKEN = 4  # can't be read


@dataclass(frozen=True, slots=True)
class Course:
    """How far the learner is with all labs that can be read. `minutes` are those that their authors reckon with."""

    labs: int
    finished: int
    minutes: int
    minutes_finished: int
    seconds: float
    """Spent on all of them."""


def progress_of(found: Sequence[Listed]) -> Course:
    """All labs taken together."""
    labs = [(each, each.lab) for each in found if each.lab is not None]
    return Course(
        labs=len(labs),
        finished=sum(each.finished for each, _ in labs),
        minutes=sum(lab.minutes for _, lab in labs),
        minutes_finished=sum(lab.minutes for each, lab in labs if each.finished),
        seconds=sum(spent(each) for each, _ in labs),
    )


def spent(listed: Listed) -> float:
    """Seconds spent on a lab, on all clusters."""
    return sum(attempt.seconds for attempt in listed.attempts)


def grouped(found: Sequence[Listed]) -> list[tuple[Group, Listed]]:
    """The labs, what was worked on last first, then what is next: first of all what goes on from a finished one."""
    by_id = {each.id: each for each in found}
    made = [(_group(each, by_id), at, each) for at, each in enumerate(found)]

    def place(entry: tuple[Group, int, Listed]) -> tuple[float, ...]:
        group, at, each = entry
        if group is Group.CONTINUE:
            return group, -each.attempts[0].at.timestamp()
        goes_on = group is Group.NEXT and each.lab is not None and each.lab.after in by_id
        return group, not goes_on, _depth(each, by_id) if group is Group.LATER else 0, at

    return [(group, each) for group, _, each in sorted(made, key=place)]


def matches(listed: Listed, looked_for: str) -> bool:
    """Whether each word that is looked for is in the lab's name, title or summary, in any of their languages."""
    texts = [listed.id]
    if listed.lab is not None:
        texts += [*listed.lab.title.values(), *listed.lab.summary.values()]
    text = _plain(" ".join(texts))
    return all(word in text for word in _plain(looked_for).split())


def here(attempt: Attempt, lab: Lab) -> int:
    """The number, from one, of the step that an attempt goes on with."""
    ids = [step.id for step in lab.steps]
    if attempt.here in ids:
        return ids.index(attempt.here) + 1
    return next((at for at, step in enumerate(ids, 1) if step not in attempt.passed), len(ids))


def next_after(lab_id: str, found: Sequence[Listed]) -> Listed | None:
    """What to do after that lab: what goes on from it, else the next one that was not finished; None where all are."""
    left = [each for _, each in grouped(found) if each.lab and not each.finished and each.id != lab_id]
    return next((each for each in left if each.lab and each.lab.after == lab_id), left[0] if left else None)


def _plain(text: str) -> str:
    """Without case, and Hangul composed: a Mac's input method may give single letters."""
    return unicodedata.normalize("NFC", text).casefold()


def _group(each: Listed, by_id: Mapping[str, Listed]) -> Group:
    if each.lab is None:
        return Group.BROKEN
    if each.finished:
        return Group.FINISHED
    if each.attempts:
        return Group.CONTINUE
    earlier = by_id.get(each.lab.after or "")
    return Group.NEXT if earlier is None or earlier.finished else Group.LATER


def _depth(each: Listed, by_id: Mapping[str, Listed]) -> int:
    """How many labs come before it, one after the other."""
    depth, seen = 0, {each.id}
    while each.lab is not None and (earlier := by_id.get(each.lab.after or "")) and earlier.id not in seen:
        seen.add(earlier.id)
        depth, each = depth + 1, earlier
    return depth
