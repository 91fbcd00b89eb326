"""A folder of scenarios as a folder of labs, each after the one before it in the same list.

Killercoda's structure.json has items with a path (and a title and a description of their own); without it the folders are
taken by name. Katacoda's NAME-pathway.json lists the folders in NAME as courses with a course_id. Wherever an index.json is,
the folders beside and below it are looked at, too. What a list names and is not there, what no list names, and what can't be
read is reported, and the others are imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from checks.path_state import is_dir
from runner.authoring.imports.finish import finished
from runner.authoring.imports.ids import free
from runner.authoring.imports.notes import Notes, Unreadable
from runner.authoring.imports.positions import BrokenJson, Document
from runner.authoring.imports.scenario import INDEX, Scenario
from runner.authoring.imports.source_files import MOST_TEXT, Reader, Refused
from runner.authoring.lab_draft import Draft
from runner.labs.lab_problems import Problem
from runner.labs.load import shown
from runner.words import count_phrase, phrase

STRUCTURE = "structure.json"
_PATHWAY = "-pathway.json"
MOST_SCENARIOS = 1000
"""Scenarios of one import: the rest is reported and left out."""
MOST_COURSE = 300 * 1024 * 1024
"""Bytes of all scenarios together."""
MOST_DEPTH = 5
_SKIPPED = frozenset({"node_modules", "assets"})


@dataclass(slots=True)
class Found:
    """A scenario's folder, and what the course calls it."""

    folder: Path
    title: str = ""
    summary: str = ""
    listed: Path | None = None
    """The folder whose list has it."""


@dataclass(slots=True)
class Imported:
    """The result for a folder: drafts by lab name, in order. `course`: it was a folder of scenarios.

    `unreadable`: why scenarios of a course were left out, and `left_out`: how many.
    """

    drafts: dict[str, Draft]
    course: bool
    title: str = ""
    unreadable: list[Problem] = field(default_factory=list)
    left_out: int = 0


@dataclass(slots=True)
class _Search:
    """Looks for the scenarios of a folder."""

    reader: Reader
    notes: Notes
    left_out: int = 0
    found: list[Found] = field(default_factory=list)
    title: str = ""

    def look(
        self, folder: Path, title: str = "", summary: str = "", depth: int = 0, listed: Path | None = None
    ) -> None:
        """Find the scenarios of a folder. `listed`: the folder whose list names it."""
        if depth > MOST_DEPTH:
            self.notes.report(shown(folder), None, phrase("skipped: nested too deeply"), None)
            return
        before = len(self.found)
        if (folder / STRUCTURE).is_file():
            self._listed(folder, folder / STRUCTURE, "items", "path", depth)
        if len(self.found) > before:
            self._unlisted(folder, before)
            return
        if is_scenario(folder):
            self._add(Found(folder, title, summary, listed))
            if listed is not None:
                return
        for file, about in (found := self._pathways(folder, depth)):
            self._listed(about, file, "courses", "course_id", depth)
        if found and len(self.found) > before:
            self._unlisted(folder, before)
        else:
            self._folders(folder, depth)

    def _add(self, found: Found) -> None:
        if any(each.folder.resolve() == found.folder.resolve() for each in self.found):
            return
        if len(self.found) < MOST_SCENARIOS:
            self.found.append(found)
            return
        self.left_out += 1
        if self.left_out == 1:
            message = phrase(
                "more than {count} scenarios: skipped this one and the following ones", count=MOST_SCENARIOS
            )
            to_do = phrase("import the folders of the course one by one")
            self.notes.report(shown(found.folder), None, message, to_do)

    def _unlisted(self, folder: Path, before: int) -> None:
        """Report scenarios that no list names: the platform does not show them."""
        known = {each.folder.resolve() for each in self.found[before:]}
        for each in scenarios_below(folder):
            if each.resolve() not in known:
                self.left_out += 1
                what = phrase("skipped: the course does not list this scenario")
                self.notes.report(shown(each), None, what, phrase("import its folder separately"))

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
                self.notes.report(document.shown, line, refused.message, None)
                continue
            if not name or not inside.is_dir():
                message = phrase("the folder does not exist: {folder}", folder=name or "?")
                self.notes.report(document.shown, line, message, phrase("the others are imported"))
                self.left_out += 1
                continue
            before = len(self.found)
            if inside.resolve() != folder.resolve():
                title, summary = document.string(*at, "title"), document.string(*at, "description")
                self.look(inside, title, summary, depth + 1, folder)
            elif is_scenario(folder):
                self._add(Found(folder, listed=folder))
            if len(self.found) == before:
                self.notes.report(
                    document.shown, line, phrase("this folder has no scenario: {folder}", folder=name), None
                )

    def _document(self, file: Path) -> Document | None:
        name = shown(file.parent) / file.name
        try:
            reader = self.reader if file.parent != self.reader.root.parent else Reader(file.parent)
            return Document(reader.text(file), name)
        except BrokenJson as broken:
            problem = broken.problem
        except Refused as refused:
            problem = Problem(name, None, None, refused.message)
        to_do = phrase("the folders are used, in the order of their names")
        self.notes.report(problem.file, problem.line, problem.message, to_do)
        return None

    def _folders(self, folder: Path, depth: int) -> None:
        try:
            inside = folders_of(folder)
        except OSError as error:
            message = phrase("the folder can't be read: {reason}", reason=error.strerror or str(error))
            self.notes.report(shown(folder), None, message, None)
            return
        for each in inside:
            self.look(each, depth=depth + 1)


def folders_of(folder: Path) -> list[Path]:
    """The folders in which scenarios may be, by their names. Raises OSError."""
    return [
        each
        for each in sorted(islice(folder.iterdir(), 10_000))
        if each.is_dir()
        and not each.is_symlink()
        and not each.name.startswith(".")
        and each.name not in _SKIPPED
    ]


def scenarios_below(folder: Path, depth: int = 0) -> Iterator[Path]:
    """The folders with a scenario in a folder and in the folders in it, itself not."""
    if depth > MOST_DEPTH:
        return
    try:
        inside = folders_of(folder)
    except OSError:
        return
    for each in inside:
        if is_scenario(each):
            yield each
        yield from scenarios_below(each, depth + 1)


def is_scenario(folder: Path) -> bool:
    """Whether a folder's index.json is a scenario's, as far as can be seen: web pages and programs have files of that name."""
    index = folder / INDEX
    if not index.is_file():
        return False
    try:
        with index.open("rb") as stream:
            content = stream.read(MOST_TEXT)
    except OSError:
        return True  # it is reported when it is read
    return any(key in content for key in (b'"details"', b'"title"', b'"steps"')) or len(content) < 200


def read(folder: Path, notes: Notes, note_language: str, source: str = "") -> Imported:
    """The labs of a scenario's folder, or of a folder of scenarios.

    `note_language` is the language of the notes, `source` that of the texts ("": guessed). Raises Unreadable with all that
    can't be read where no lab came of it.
    """
    if not is_dir(folder):
        raise Unreadable(phrase("The folder does not exist: {folder}", folder=folder), ())
    reader = Reader(folder)
    search = _Search(reader, notes)
    search.look(folder)
    if not search.found and (folder / INDEX).is_file():
        search.found.append(Found(folder))
    alone = len(search.found) == 1 and search.found[0].folder.resolve() == folder.resolve()
    drafts: dict[str, Draft] = {}
    unreadable: list[Problem] = []
    before: dict[Path | None, str] = {}
    total = 0
    for each in search.found:
        if total > MOST_COURSE:
            what = phrase("skipped this scenario: the course is too large")
            notes.report(shown(each.folder), None, what, phrase("import its folder separately"))
            search.left_out += 1
            continue
        problems: list[Problem] = []
        own = reader if alone else Reader(folder)
        draft = Scenario(each.folder, own, notes, problems).draft(
            note_language, each.title, each.summary, source
        )
        unreadable += problems
        total += own.read
        if draft is None:
            search.left_out += 1
            continue
        name = free(each.folder.resolve().name, f"lab-{len(drafts) + 1}", drafts)
        if each.listed in before:
            draft.more = {**draft.more, "after": before[each.listed]}
        drafts[name] = finished(draft)
        before[each.listed] = name
    if unreadable and not drafts:
        raise Unreadable(
            count_phrase(
                "Nothing was imported: {count} file can't be read",
                "Nothing was imported: {count} files can't be read",
                count=len(unreadable),
            ),
            unreadable,
        )
    if not drafts:
        what = phrase("This folder has no scenario (no {file}): {folder}", file=INDEX, folder=folder)
        raise Unreadable(what, ())
    return Imported(drafts, not alone, search.title, unreadable, search.left_out)
