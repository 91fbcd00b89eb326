"""Reads `course.yaml` in a folder of labs, and finds the courses that there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from checks.path_state import is_dir, is_file
from runner.labs import library
from runner.labs.course_model import FILE, Course, CourseFile
from runner.labs.lab_files import read_text
from runner.labs.lab_problems import LabErrors, Problem, add, nearest_name
from runner.labs.languages import Texts
from runner.labs.load import FILE as LAB_FILE
from runner.labs.load import shown
from runner.labs.shape import Shaper
from runner.labs.source import read_nodes
from runner.labs.verdicts import in_words, is_echo, path_of
from runner.labs.yaml_nodes import Mapping, Node, locate
from runner.labs.yaml_nodes import Path as At
from runner.words import Phrase, phrase


def load_course(folder: Path) -> Course:
    """The course in the folder. Raises LabErrors with all that is wrong with its file: also labs that there are not."""
    course, root, file, problems = _read(folder)
    if course is not None:
        for path, message, hint in _wrong(course):
            place = locate(root, path)
            add(problems, Problem(file, place.line, place.col, message, hint, "course"))
    if problems or course is None:
        raise LabErrors(tuple(problems))
    return course


def courses() -> list[Course]:
    """The courses of all folders in which labs are looked for; those that can't be read are left out."""
    found: dict[str, Course] = {}
    for shelf in library.shelves():
        if is_file(shelf / FILE):
            try:
                course = load_course(shelf)
            except LabErrors:
                continue
            found.setdefault(course.id, course)
    return list(found.values())


def course_at(name_or_folder: str) -> Path | None:
    """The folder of a course, by its path or its name; None if there is none."""
    path = Path(name_or_folder).expanduser()
    if is_dir(path) and is_file(path / FILE):
        return path
    if path.name == FILE and is_file(path):
        return path.parent
    known = [shelf for shelf in library.shelves() if is_file(shelf / FILE)]
    return next((each for each in known if each.resolve().name == name_or_folder), None)


def place_in(folder: Path, path: At) -> tuple[Path, int | None, int | None]:
    """The file of the course in the folder, and where in it something is written."""
    file = shown(folder) / FILE
    root = read_nodes((folder / FILE).read_text(encoding="utf-8"), file, [])
    place = locate(root, path) if root is not None else None
    return file, place.line if place else None, place.col if place else None


def _read(folder: Path) -> tuple[Course | None, Node, Path, list[Problem]]:
    file, problems = shown(folder) / FILE, list[Problem]()
    words = read_text(folder / FILE, folder, file, problems)
    root = read_nodes(words, file, problems) if words is not None else None
    if not isinstance(root, Mapping):
        if root is not None:
            message = phrase("a course has the keys format, title, summary and chapters")
            problems.append(Problem(file, root.place.line, root.place.col, message))
        raise LabErrors(tuple(problems))
    shaper = Shaper(file, problems, {}, {})
    data = shaper.model(root, CourseFile)
    Texts(shaper, root, folder).check()
    try:
        return Course(folder, CourseFile.model_validate(data)), root, file, problems
    except ValidationError as error:
        for each in error.errors(include_url=False):
            path = path_of(each["loc"], data)
            if not is_echo(each, path, shaper.broken):
                place = locate(root, path)
                add(problems, Problem(file, place.line, place.col, in_words(each)))
    return None, root, file, problems


def _wrong(course: Course) -> Iterator[tuple[At, Phrase, Phrase | None]]:
    """Labs that there are not, that are in it twice, or that come before what they need."""
    before: list[str] = []
    names = [path.parent.name for path in sorted(course.folder.glob(f"*/{LAB_FILE}"))]
    listed = [lab.lab for _, _, lab in course.labs()]
    for number, chapter in enumerate(course.written.chapters):
        for at, lab in enumerate(chapter.labs):
            path: At = ("chapters", number, "labs", at)
            if not is_file(course.folder / lab.lab / LAB_FILE):
                near = nearest_name(lab.lab, names)
                hint = phrase("did you mean {name}?", name=near) if near else None
                yield path, phrase("unknown lab: {name}", name=lab.lab), hint
            if lab.lab in before:
                yield path, phrase("the lab is in the course twice: {name}", name=lab.lab), None
            for place, needed in enumerate(lab.after or ()):
                if needed not in listed:
                    near = nearest_name(needed, listed)
                    hint = phrase("did you mean {name}?", name=near) if near else None
                    yield (*path, "after", place), phrase("not in the course: {name}", name=needed), hint
                elif needed not in before:
                    message = phrase(
                        "{lab} comes before {needed}, which it needs", lab=lab.lab, needed=needed
                    )
                    yield (*path, "after", place), message, None
            before.append(lab.lab)
