"""A folder with a lab.yaml -> Lab, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checks.quiz import Quiz
from runner.labs import text as texts
from runner.labs.model import Lab, LabFile, Variable
from runner.labs.problems import LabErrors, Problem
from runner.labs.said import problems_of, with_texts_as_written
from runner.labs.source import Path_, Source, read
from runner.labs.variables import values_of
from runner.words import phrase

FILE = "lab.yaml"
_PLAIN = ("variables",)  # where no variable is put in
_VARIABLES = TypeAdapter(dict[str, Variable])


def load(folder: Path, values: Mapping[str, str] | None = None) -> Lab:
    """Read the lab in `folder`, its variables set to `values` or their defaults.

    Raises LabErrors with all that is wrong with the lab, and WrongValue for a value that it doesn't take.
    """
    source = read(folder / FILE)
    if not isinstance(source.data, dict):
        message = phrase("A lab is a mapping: format, title, summary, steps, …")
        raise LabErrors([*source.problems, Problem(source.place(()), message)])
    if "format" not in source.data:
        source.problems.append(
            Problem(source.place(()), phrase("The key format is missing."), phrase("write: format: 1"))
        )
    known = values_of(_variables(source), values or {}, source)
    data = {
        key: value if key in _PLAIN else _put_in(source, value, (key,), known)
        for key, value in source.data.items()
    }
    _read_texts(source, data, folder, known)
    lab = _validated(source, data, folder, known)
    if lab is not None:
        source.problems.extend(_cross_problems(lab, source))
    if source.problems or lab is None:
        raise LabErrors(source.problems)
    return lab


def _variables(source: Source) -> dict[str, Variable]:
    """The lab's variables; none where they are wrong, which the whole file's validation tells."""
    try:
        found = source.data.get("variables") or {}
        data = with_texts_as_written(_VARIABLES.validate_python, found, source, ("variables",))
        return _VARIABLES.validate_python(data)
    except ValidationError:
        return {}


def _put_in(source: Source, value: Any, path: Path_, known: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _put_in(source, part, (*path, key), known) for key, part in value.items()}
    if isinstance(value, list):
        return [_put_in(source, part, (*path, index), known) for index, part in enumerate(value)]
    if not isinstance(value, str):
        return value

    def unknown(name: str, _at: int) -> None:
        source.problems.append(Problem(source.place(path), *texts.unknown_variable(name, known)))

    return texts.put_in(value, known, unknown)


def _read_texts(source: Source, data: dict[str, Any], folder: Path, known: Mapping[str, str]) -> None:
    """Put the files' content where a step's or the clean-up's text names files."""
    for path, holder in _text_holders(data):
        name = holder.get("text")
        if isinstance(name, str) and texts.names_file(name):
            try:
                holder["text"] = texts.read_files(folder, name, source.place((*path, "text")), known)
            except LabErrors as error:
                source.problems.extend(error.problems)
                holder["text"] = "?"  # told already; the rest is still looked at


def _text_holders(data: dict[str, Any]) -> Iterator[tuple[Path_, dict[str, Any]]]:
    steps = data.get("steps")
    for index, step in enumerate(steps if isinstance(steps, list) else []):
        if isinstance(step, dict):
            yield ("steps", index), step
    if isinstance(data.get("cleanup"), dict):
        yield ("cleanup",), data["cleanup"]


def _validated(source: Source, data: dict[str, Any], folder: Path, known: dict[str, str]) -> Lab | None:
    try:
        data = with_texts_as_written(LabFile.model_validate, data, source)
        file = LabFile.model_validate(data)
    except ValidationError as error:
        source.problems.extend(problems_of(error, source, LabFile))
        return None
    fields = {name: getattr(file, name) for name in LabFile.model_fields}
    return Lab.model_construct(**fields, id=folder.resolve().name, folder=folder.resolve(), values=known)


def _cross_problems(lab: Lab, source: Source) -> Iterator[Problem]:
    """What no single field knows."""
    steps: set[str] = set()
    questions: set[str] = set()
    for index, step in enumerate(lab.steps):
        if step.id in steps:
            place = source.place(("steps", index, "id"))
            yield Problem(place, phrase("Another step has this id already: {id}", id=step.id))
        if step.id in ("setup", "cleanup"):
            place = source.place(("steps", index, "id"))
            yield Problem(place, phrase("This id is kept for the lab's own parts: {id}", id=step.id))
        steps.add(step.id)
        for number, check in enumerate(step.checks):
            if not isinstance(check, Quiz):
                continue
            if check.id in questions:
                place = source.place(("steps", index, "checks", number, "id"))
                yield Problem(place, phrase("Another question has this id already: {id}", id=check.id))
            questions.add(check.id)
    if lab.after == lab.id:
        yield Problem(source.place(("after",)), phrase("A lab can't come after itself."))
