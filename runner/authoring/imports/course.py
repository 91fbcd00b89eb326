"""A folder of scenarios as a folder of labs, each after the one before it.

Killercoda's structure.json has items with a path (and a title and a description of their own); without it the folders are
taken by name. Katacoda's NAME-pathway.json lists the folders in NAME as courses with a course_id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from checks.paths import is_dir
from runner.authoring.draft import Draft
from runner.authoring.imports.finish import finished
from runner.authoring.imports.ids import free
from runner.authoring.imports.notes import Notes, Unreadable
from runner.authoring.imports.positions import BrokenJson, Document
from runner.authoring.imports.reading import Reader, Refused
from runner.authoring.imports.scenario import INDEX, Scenario
from runner.labs.load import shown
from runner.labs.problems import Problem
from runner.words import phrase

STRUCTURE = "structure.json"
_PATHWAY = "-pathway.json"
MOST_SCENARIOS = 200
MOST_DEPTH = 5
_SKIPPED = frozenset({"node_modules", "assets"})


@dataclass(slots=True)
class Found:
    """A scenario's folder, and what the course calls it."""

    folder: Path
    title: str = ""
    summary: str = ""


@dataclass(slots=True)
class Imported:
    """What came of a folder: drafts by the names of the labs, in their order. `course`: it was a folder of scenarios."""

    drafts: dict[str, Draft]
    course: bool
    title: str = ""


@dataclass(slots=True)
class _Search:
    """Looks for the scenarios of a folder."""

    reader: Reader
    notes: Notes
    problems: list[Problem]
    found: list[Found] = field(default_factory=list)
    title: str = ""

    def look(self, folder: Path, title: str = "", summary: str = "", depth: int = 0) -> None:
        if depth > MOST_DEPTH:
            self.notes.tell(shown(folder), None, phrase("nested too deeply: left out"), None)
        elif (folder / STRUCTURE).is_file():
            self._listed(folder, folder / STRUCTURE, "items", "path", depth)
        elif (folder / INDEX).is_file():
            self._add(Found(folder, title, summary))
        elif pathways := self._pathways(folder, depth):
            for file, about in pathways:
                self._listed(about, file, "courses", "course_id", depth)
        else:
            self._folders(folder, depth)

    def _add(self, found: Found) -> None:
        if len(self.found) < MOST_SCENARIOS:
            self.found.append(found)
            return
        message = phrase("too many scenarios: at most {count}", count=MOST_SCENARIOS)
        self.problems.append(Problem(shown(found.folder), None, None, message))

    def _pathways(self, folder: Path, depth: int) -> list[tuple[Path, Path]]:
        """Katacoda's lists, and the folders that they are about: those in the folder, and of the first the one beside it."""
        lists = [*islice(sorted(folder.glob(f"*{_PATHWAY}")), MOST_SCENARIOS)]
        inside = [(file, folder / file.name.removesuffix(_PATHWAY)) for file in lists]
        beside = folder.parent / f"{folder.resolve().name}{_PATHWAY}"
        if depth == 0 and beside.is_file():
            return [(beside, folder), *inside]
        return [(file, about) for file, about in inside if about.is_dir()]

    def _listed(self, folder: Path, file: Path, items: str, key: str, depth: int) -> None:
        document = self._document(file)
        if document is None:
            return
        if depth == 0:
            self.title = document.string("title")
        for index in range(len(document.items(items))):
            at = (items, index)
            line, name = document.line(*at, key), document.string(*at, key)
            try:
                inside = self.reader.place(folder, name)
            except Refused as refused:
                self.problems.append(Problem(document.shown, line, None, refused.message))
                continue
            if not name or not inside.is_dir():
                message = phrase("there is no such folder: {folder}", folder=name or "?")
                self.problems.append(Problem(document.shown, line, None, message))
                continue
            if inside.resolve() != folder.resolve():
                self.look(
                    inside, document.string(*at, "title"), document.string(*at, "description"), depth + 1
                )

    def _document(self, file: Path) -> Document | None:
        name = shown(file.parent) / file.name
        try:
            reader = self.reader if file.parent != self.reader.root.parent else Reader(file.parent)
            return Document(reader.text(file), name)
        except BrokenJson as broken:
            self.problems.append(broken.problem)
        except Refused as refused:
            self.problems.append(Problem(name, None, None, refused.message))
        return None

    def _folders(self, folder: Path, depth: int) -> None:
        try:
            inside = sorted(islice(folder.iterdir(), 10_000))
        except OSError as error:
            message = phrase("the folder can't be read: {reason}", reason=error.strerror or str(error))
            self.problems.append(Problem(shown(folder), None, None, message))
            return
        for each in inside:
            if (
                each.is_dir()
                and not each.is_symlink()
                and not each.name.startswith(".")
                and each.name not in _SKIPPED
            ):
                self.look(each, depth=depth + 1)


def read(folder: Path, notes: Notes, told: str, source: str = "") -> Imported:
    """The labs of a scenario's folder, or of a folder of scenarios.

    `told` is the language of the notes, `source` that of the texts ("": guessed). Raises Unreadable with all that
    can't be read; nothing is made then.
    """
    if not is_dir(folder):
        raise Unreadable(phrase("There is no such folder: {folder}", folder=folder), ())
    problems: list[Problem] = []
    reader = Reader(folder)
    search = _Search(reader, notes, problems)
    search.look(folder)
    course = not (folder / INDEX).is_file() or (folder / STRUCTURE).is_file()
    drafts: dict[str, Draft] = {}
    before = ""
    for each in search.found:
        draft = Scenario(each.folder, reader, notes, problems).draft(told, each.title, each.summary, source)
        if draft is None:
            continue
        name = free(each.folder.resolve().name, f"lab-{len(drafts) + 1}", drafts)
        if before:
            draft.more = {**draft.more, "after": before}
        drafts[name] = finished(draft)
        before = name
    if problems:
        raise Unreadable(
            phrase("Nothing was imported: files can't be read ({count})", count=len(problems)), problems
        )
    if not drafts:
        what = phrase("There is no scenario in this folder (no {file}): {folder}", file=INDEX, folder=folder)
        raise Unreadable(what, ())
    return Imported(drafts, course, search.title)
