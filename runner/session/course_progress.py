"""The labs in the order in which a learner meets them: what they are in, what is next, and how far they are with all."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from runner.labs.model import Lab
from runner.session.lab_catalogue import Attempt, InCourse, Listed


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
        minutes=sum(each.minutes for each, _ in labs),
        minutes_finished=sum(each.minutes for each, _ in labs if each.finished),
        seconds=sum(spent(each) for each, _ in labs),
    )


def spent(listed: Listed) -> float:
    """Seconds spent on a lab, on all clusters."""
    return sum(attempt.seconds for attempt in listed.attempts)


def grouped(found: Sequence[Listed]) -> list[tuple[Group, Listed]]:
    """The labs, what was worked on last first; then those of courses in their order, chapter by chapter, and after them the
    others: what is next, first of all what goes on from a finished one."""
    by_id = {each.id: each for each in found}
    made = [(_group(each, by_id), at, each) for at, each in enumerate(found)]

    def place(entry: tuple[Group, int, Listed]) -> tuple[float, ...]:
        group, at, each = entry
        if group is Group.CONTINUE:
            return -2, -each.attempts[0].at.timestamp()
        if each.place is not None and group is not Group.BROKEN:
            return -1, 0.0, each.place.at
        goes_on = group is Group.NEXT and any(name in by_id for name in each.after)
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
    left = [
        (group, each)
        for group, each in grouped(found)
        if each.lab and not each.finished and each.id != lab_id
    ]
    done = next((each.place for each in found if each.id == lab_id), None)
    if done is not None:  # the next one of its course that waits for nothing
        course = [each for group, each in left if group is not Group.LATER and _follows(each, done)]
        if course:
            return course[0]
    return next((each for _, each in left if lab_id in each.after), left[0][1] if left else None)


def next_of(found: Sequence[Listed]) -> Listed | None:
    """What to do now: what was begun, else the first that waits for nothing; None where all are finished."""
    left = [(group, each) for group, each in grouped(found) if each.lab and not each.finished]
    ready = [each for group, each in left if group is not Group.LATER]
    return ready[0] if ready else left[0][1] if left else None


def waits_for(listed: Listed, found: Sequence[Listed]) -> tuple[str, ...]:
    """The labs that are to be finished before this one, and are not."""
    finished = {each.id: each.finished for each in found}
    return tuple(name for name in listed.after if not finished.get(name, True))


def _follows(each: Listed, place: InCourse) -> bool:
    return (
        each.place is not None
        and each.place.course.folder == place.course.folder
        and each.place.at > place.at
    )


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
    earlier = [by_id[name] for name in each.after if name in by_id]
    return Group.NEXT if all(one.finished for one in earlier) else Group.LATER


def _depth(each: Listed, by_id: Mapping[str, Listed]) -> int:
    """How many labs come before it, one after the other."""
    depth, seen = 0, {each.id}
    while each.after and (earlier := by_id.get(each.after[0])) and earlier.id not in seen:
        seen.add(earlier.id)
        depth, each = depth + 1, earlier
    return depth
