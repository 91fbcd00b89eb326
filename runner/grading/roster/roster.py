"""The class: a YAML or CSV file into learners, or into everything that is wrong with it, with line and column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.path_state import is_dir, is_file
from runner.grading.roster.class_model import Learner
from runner.grading.roster.spreadsheet import Row, heading, is_a_document, looks_shortened, rows, text_of
from runner.labs.lab_problems import Place, Problem, first_of, nearest
from runner.labs.model import Lab
from runner.labs.shape import Shaper
from runner.labs.source import read_nodes
from runner.labs.yaml_nodes import List, Mapping, Node, locate
from runner.labs.yaml_nodes import Path as At
from runner.words import Phrase, phrase

MOST_BYTES, MOST_NODES = 20_000_000, 600_000
"""Of a roster; tens of thousands of learners."""
VARIABLE = "var."
"""What the name of a CSV column begins with that gives a variable of the lab."""
_FORMAT_AS_TEXT = phrase("the spreadsheet program has shortened a number: format the column as text")


class Entry(BaseModel):
    """A learner, as the roster has one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_.@-]+$",
            max_length=100,
            description="Names the learner in results: letters, digits and . _ @ -",
        ),
    ]
    name: Annotated[str, Field(max_length=200, description="The learner's name, for people.")] = ""
    kubeconfig: Annotated[
        str, Field(max_length=1000, description="The learner's kubeconfig, beside the roster or absolute.")
    ] = ""
    context: Annotated[
        str, Field(max_length=300, description="The context in it; left out where it has but one.")
    ] = ""
    namespace: Annotated[
        str,
        Field(
            pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$",
            max_length=63,
            description="The learner's namespace: of commands, and the lab's variable `namespace`.",
        ),
    ] = ""
    workspace: Annotated[
        str, Field(max_length=1000, description="The folder that the learner handed in, for checks of files.")
    ] = ""
    variables: Annotated[
        dict[str, Annotated[str, Field(max_length=250)]], Field(description="Values of the lab's variables.")
    ] = {}


class Roster(BaseModel):
    """A class. What `defaults` say holds for every learner who does not say it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    learners: Annotated[tuple[Entry, ...], Field(description="The learners, in the order of the results.")]


class RosterErrors(Exception):
    """Everything that is wrong with a roster."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = first_of(problems)
        super().__init__("\n".join(problem.render() for problem in self.problems))


def read_roster(file: Path, lab: Lab) -> tuple[Learner, ...]:
    """The learners of a class that is to be graded on `lab`. Raises RosterErrors with all problems at once."""
    problems: list[Problem] = []
    text = _text(file, problems)
    if problems:
        raise RosterErrors(problems)
    reader = _of_csv if file.suffix.lower() in (".csv", ".tsv", ".txt") else _of_yaml
    entries = list(reader(text, file, problems))
    if not entries and not problems:
        problems.append(Problem(file, 1, 1, phrase("the roster has no learners")))
    seen: dict[str, Place] = {}
    learners = []
    for entry, place in entries:
        if entry.id in seen:
            message = phrase("two learners have the same id: {id}", id=entry.id)
            hint = phrase("the first one is in line {line}", line=seen[entry.id].line)
            problems.append(Problem(file, place.line, place.col, message, hint))
        seen.setdefault(entry.id, place)
        for message, advice in _unusable(entry, file.parent, lab):
            problems.append(Problem(file, place.line, place.col, message, advice))
        learners.append(_learner(entry, file.parent, lab))
    if problems:
        raise RosterErrors(problems)
    return tuple(learners)


def _text(file: Path, problems: list[Problem]) -> str:
    try:
        with file.open("rb") as stream:  # a pipe may be one: the output of a program
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        problems.append(
            Problem(file, None, None, phrase("can't be read: {reason}", reason=error.strerror or str(error)))
        )
        return ""
    if len(content) > MOST_BYTES:
        problems.append(Problem(file, None, None, phrase("is larger than {most} bytes", most=MOST_BYTES)))
        return ""
    if advice := is_a_document(content):
        problems.append(Problem(file, None, None, phrase("is no roster"), advice))
        return ""
    text = text_of(content)
    if text is None:
        problems.append(Problem(file, None, None, phrase("is not text in UTF-8"), phrase("save it as UTF-8")))
        return ""
    return text


def _of_yaml(text: str, file: Path, problems: list[Problem]) -> Iterator[tuple[Entry, Place]]:
    root: Node | None = read_nodes(text, file, problems, MOST_NODES)
    if isinstance(root, List):  # the learners alone
        root = Mapping(root.place, {"learners": (root.place, root)})
    if root is None:
        return
    if not isinstance(root, Mapping):
        problems.append(
            Problem(file, root.place.line, root.place.col, phrase("a roster is a list of learners"))
        )
        return
    before = len(problems)
    data = Shaper(file, problems, {}, {}).model(root, Roster)
    learners = data.get("learners") if isinstance(data, dict) else None
    for number, each in enumerate(learners if isinstance(learners, list) else ()):
        at: At = ("learners", number)
        try:
            yield Entry.model_validate(each), locate(root, at)
        except ValidationError as error:
            if len(problems) > before:
                continue  # reported already, in better words
            for wrong in error.errors():
                place = locate(root, (*at, *wrong["loc"]))
                problems.append(
                    Problem(file, place.line, place.col, _message(wrong["loc"], wrong["type"], wrong["msg"]))
                )


def _of_csv(text: str, file: Path, problems: list[Problem]) -> Iterator[tuple[Entry, Place]]:
    line = 1
    table: list[Row] = []
    try:
        for row in rows(text):
            line = row.line
            if not row.is_empty:
                table.append(row)
    except csv.Error as error:
        problems.append(Problem(file, line, 1, phrase("is not CSV: {reason}", reason=str(error))))
        return
    head = table[0] if table else Row(1, ())
    columns = _columns(head, table[1:])
    if _columns_wrong(columns, head.line, file, problems):
        return
    for row in table[1:]:
        place = Place(row.line, 1)
        extra = next((at for at, each in enumerate(row.cells) if at >= len(columns) and each), None)
        if extra is not None:
            message = phrase(
                "has {cells} cells, and there are {columns} columns", cells=extra + 1, columns=len(columns)
            )
            problems.append(Problem(file, row.line, extra + 1, message))
            continue
        entry = _row(dict(zip(columns, row.cells, strict=False)), file, place, problems)
        if entry is not None:
            yield entry, place


def _columns(head: Row, body: Sequence[Row]) -> list[str]:
    """What each column is; "" for one that has no heading and nothing in it, as spreadsheets leave them."""
    known = tuple(name for name in Entry.model_fields if name != "variables")
    columns = [heading(each, known, VARIABLE) for each in head.cells]
    while columns and not columns[-1]:
        columns.pop()
    return [
        name or ("-" if any("".join(row.cells[at : at + 1]) for row in body) else "")
        for at, name in enumerate(columns)
    ]


def _columns_wrong(columns: Sequence[str], line: int, file: Path, problems: list[Problem]) -> bool:
    before = len(problems)
    known = [name for name in Entry.model_fields if name != "variables"]
    for number, name in enumerate(columns):
        if not name:
            continue
        if name not in known and not (name.startswith(VARIABLE) and len(name) > len(VARIABLE)):
            message = phrase("unknown column: {name}", name=name)
            hint = nearest(name, known) or phrase("there are: {names}", names=(*known, f"{VARIABLE}NAME"))
            problems.append(Problem(file, line, number + 1, message, hint))
        if name in columns[:number]:
            problems.append(
                Problem(file, line, number + 1, phrase("a column is there twice: {name}", name=name))
            )
    if "id" not in columns:
        problems.append(
            Problem(file, line, 1, phrase("the first line must name the columns, {id} among them", id="id"))
        )
    return len(problems) > before


def _row(cells: dict[str, str], file: Path, place: Place, problems: list[Problem]) -> Entry | None:
    data: dict[str, object] = {
        name: cell for name, cell in cells.items() if name and not name.startswith(VARIABLE)
    }
    data["variables"] = {
        name.removeprefix(VARIABLE): cell
        for name, cell in cells.items()
        if name.startswith(VARIABLE) and cell
    }
    try:
        return Entry.model_validate(data)
    except ValidationError as error:
        for wrong in error.errors():
            column = list(cells).index(str(wrong["loc"][0])) + 1 if wrong["loc"][0] in cells else 1
            hint = _FORMAT_AS_TEXT if looks_shortened(str(wrong["input"])) else None
            message = _message(wrong["loc"], wrong["type"], wrong["msg"])
            problems.append(Problem(file, place.line, column, message, hint))
        return None


def _message(loc: tuple[int | str, ...], kind: str, message: str) -> Phrase:
    name = ".".join(str(part) for part in loc)
    if kind == "missing":
        return phrase("{name} is missing", name=name)
    if kind == "string_pattern_mismatch" and loc[-1:] == ("id",):
        return phrase("an id has letters, digits and . _ @ - only")
    if kind == "string_pattern_mismatch" and loc[-1:] == ("namespace",):
        return phrase("a namespace has small letters, digits and dashes only")
    return phrase("{name}: {message}", name=name, message=message)


def _unusable(entry: Entry, folder: Path, lab: Lab) -> Iterator[tuple[Phrase, Phrase | None]]:
    if not entry.kubeconfig:
        yield phrase("{name} is missing", name="kubeconfig"), phrase("the path of the learner's kubeconfig")
    elif not is_file(folder / Path(entry.kubeconfig).expanduser()):
        yield phrase("there is no such file: {file}", file=folder / entry.kubeconfig), None
    if entry.workspace and not is_dir(folder / Path(entry.workspace).expanduser()):
        yield phrase("the folder does not exist: {folder}", folder=folder / entry.workspace), None
    for name, value in entry.variables.items():
        variable = lab.variables.get(name)
        if variable is None:
            known = phrase("it has these: {names}", names=tuple(lab.variables) or "-")
            yield phrase("the lab has no variable {name}", name=name), nearest(name, lab.variables) or known
        elif not variable.allows(value):
            yield phrase("the variable {name} can't be {value}", name=name, value=value), None


def _learner(entry: Entry, folder: Path, lab: Lab) -> Learner:
    variables = dict(entry.variables)
    if entry.namespace and "namespace" in lab.variables:
        variables.setdefault("namespace", entry.namespace)
    beside = (folder / Path(entry.kubeconfig).expanduser()).absolute()
    return Learner(
        id=entry.id,
        kubeconfig=str(beside),
        name=entry.name,
        context=entry.context,
        namespace=entry.namespace,
        workspace=str((folder / Path(entry.workspace).expanduser()).absolute()) if entry.workspace else "",
        variables=variables,
    )
