"""The catalogue of labs as the learner sees it: descriptions, problems, progress."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from checks.base import Text
from runner.labs import library
from runner.labs.course_file import courses
from runner.labs.course_model import Course
from runner.labs.lab_problems import LabErrors, Problem
from runner.labs.load import load
from runner.labs.model import Lab
from runner.labs.sources import kept
from runner.paths import data_folder
from runner.session.progress import RECORD, read_state

_LEVELS = ("beginner", "intermediate", "advanced")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Progress in a lab on one cluster. `target` is the name of its Target."""

    target: str
    server: str
    passed: frozenset[str]
    finished: bool
    at: datetime  # last worked on, local time
    here: str = ""
    """The step that the learner went to last; "" where none was."""
    seconds: float = 0.0
    """Time spent on it, over all visits."""


@dataclass(frozen=True, slots=True)
class InCourse:
    """Where a lab is in a course. `at` counts the labs of all courses, `chapter` the chapters of its own, from 1."""

    course: Course
    at: int
    chapter: int
    title: Text
    after: tuple[str, ...] | None
    """The labs that are to be finished before, where the course says so."""
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A lab of the catalogue; of a broken one there is no `lab`, but its problems. Newest attempt first."""

    id: str
    folder: Path
    lab: Lab | None
    problems: tuple[Problem, ...]
    attempts: tuple[Attempt, ...]
    source: str = ""
    """Where a lab that is not Labgate's own comes from: a source's name and place, or a folder."""
    hides: tuple[str, ...] = ()
    """Other labs of this name, and how they are opened."""
    place: InCourse | None = None
    """Its place in a course; None for a lab by itself."""

    @property
    def after(self) -> tuple[str, ...]:
        """The labs to finish before: those that the course names, else the one whose result it starts from."""
        if self.place is not None and self.place.after is not None:
            return self.place.after
        return (self.lab.after,) if self.lab is not None and self.lab.after else ()

    @property
    def minutes(self) -> int:
        """How long it takes a learner; 0 for one that can't be read."""
        own = self.lab.minutes if self.lab is not None else 0
        return (self.place.minutes if self.place is not None else None) or own

    @property
    def finished(self) -> bool:
        return any(attempt.finished for attempt in self.attempts)


def listed() -> list[Listed]:
    """All labs, the easier and shorter ones first, broken ones last. Reads all their files."""
    sources = {source.name: f"{source.name} ({source.location_text})" for source in kept.known()}
    others = library.hidden()
    places = _places()
    found = []
    for entry in library.available():
        where = "" if entry.built_in else sources.get(entry.source, str(entry.path.parent))
        hides = tuple(
            other.full_name if other.source else str(other.path) for other in others if other.id == entry.id
        )
        place = places.get(entry.path.resolve())
        found.append(replace(_listed(entry), source=where, hides=hides, place=place))
    return sorted(found, key=_order)


def listed_in(course: Course) -> list[Listed]:
    """The labs of a course, in its order."""
    found = []
    for at, (chapter, of, lab) in enumerate(course.labs()):
        entry = library.LabEntry(lab.lab, course.folder / lab.lab, built_in=False)
        place = InCourse(course, at, chapter, of.title, lab.after, lab.minutes)
        found.append(replace(_listed(entry), place=place))
    return found


def _places() -> dict[Path, InCourse]:
    """Where each lab of a course is, by its folder."""
    found: dict[Path, InCourse] = {}
    for course in courses():
        for chapter, of, lab in course.labs():
            folder = (course.folder / lab.lab).resolve()
            place = InCourse(course, len(found), chapter, of.title, lab.after, lab.minutes)
            found.setdefault(folder, place)
    return found


def attempts(lab: str) -> tuple[Attempt, ...]:
    """The attempts at a lab, the newest first."""
    records = (data_folder() / "attempts" / lab).glob(f"*/{RECORD}")
    found = [attempt for record in records for attempt in _attempt(record)]
    return tuple(sorted(found, key=lambda attempt: attempt.at, reverse=True))


def _listed(entry: library.LabEntry) -> Listed:
    try:
        lab = load(entry.path)
    except LabErrors as error:
        return Listed(entry.id, entry.path, None, error.problems, ())
    return Listed(entry.id, entry.path, lab, (), attempts(lab.id))


def _order(each: Listed) -> tuple[int, int, str]:
    if each.lab is None:
        return len(_LEVELS), 0, each.id
    return _LEVELS.index(each.lab.level), each.lab.minutes, each.id


def _attempt(record: Path) -> Iterator[Attempt]:
    """The attempt of a record; none if it can't be read or nothing has begun."""
    try:
        at = datetime.fromtimestamp(record.stat().st_mtime).astimezone()
        state = read_state(record.parent)
    except OSError:
        return
    if state.target:
        yield Attempt(state.target, state.server, state.passed, state.finished, at, state.here, state.seconds)
