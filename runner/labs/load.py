"""Loads a lab's folder into a Lab, or reports everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runner.labs.glossary_file import read_glossary
from runner.labs.lab_files import read_text
from runner.labs.lab_problems import LabErrors, Problem, add
from runner.labs.lab_rules import broken_rules
from runner.labs.lab_variables import values_of
from runner.labs.languages import Texts, put_in
from runner.labs.model import Lab, LabFile, Variable
from runner.labs.practice_images_file import read_practice_images
from runner.labs.shape import Shaper
from runner.labs.source import read_nodes
from runner.labs.verdicts import in_words, is_echo, path_of
from runner.labs.yaml_nodes import Mapping, Node, locate
from runner.words import Phrase, phrase

FILE = "lab.yaml"
NO_VALUES: MappingOf[str, str] = {}
_FOLDER = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def load(folder: Path, values: MappingOf[str, str] = NO_VALUES) -> Lab:
    """The lab in `folder`, its variables replaced by `values`, the machine's, or their defaults.

    Raises LabErrors with all problems at once; nothing of a lab that has one is used.
    """
    file = shown(folder) / FILE
    problems: list[Problem] = []
    lab_id = folder.resolve().name
    if not _FOLDER.fullmatch(lab_id):
        message = phrase("a lab's folder is named with small letters, digits and dashes: {name}", name=lab_id)
        problems.append(Problem(file.parent, None, None, message))
    text = read_text(folder / FILE, folder, file, problems)
    root = read_nodes(text, file, problems) if text is not None else None
    if not isinstance(root, Mapping):
        if root is not None:
            message = phrase("a lab has keys with values: format, title, summary, steps, …")
            problems.append(Problem(file, root.place.line, root.place.col, message))
        raise LabErrors(problems)
    lab = _Reading(folder, file, root, problems).lab(lab_id, values)
    if problems or lab is None:
        raise LabErrors(problems)
    return lab


class _Reading:
    """One lab on its way from nodes to a Lab."""

    def __init__(self, folder: Path, file: Path, root: Mapping, problems: list[Problem]) -> None:
        self._folder = folder
        self._file = file
        self._root = root
        self._problems = problems

    def lab(self, lab_id: str, given: MappingOf[str, str]) -> Lab | None:
        declared, variables = self._variables()
        values = values_of(variables, given, self._root, self._file, self._problems, declared)
        shaper = Shaper(self._file, self._problems, declared, values)
        data = shaper.model(self._root, LabFile)
        texts = Texts(shaper, self._root, self._folder)
        texts.check()
        put_in(data, texts.read_files())
        glossary = read_glossary(self._folder, self._file.parent, tuple(texts.languages), self._problems)
        images = read_practice_images(self._folder, self._file.parent, self._problems)
        for path, message in broken_rules(data, lab_id):
            _report(self._problems, self._file, self._root, path, message)
        try:
            return Lab.model_validate(
                {
                    **data,
                    "id": lab_id,
                    "folder": self._folder.resolve(),
                    "values": values,
                    "glossary": glossary,
                    "images": images,
                }
            )
        except ValidationError as error:
            self._take(error, data, shaper)
            return None

    def _variables(self) -> tuple[dict[str, object], dict[str, Variable]]:
        """The names that are declared, and the variables of which the declaration can be read."""
        _, node = self._root.entries.get("variables", (None, None))
        if not isinstance(node, Mapping):
            return {}, {}
        shaper = Shaper(self._file, [], {}, {})  # its problems are reported when all is read
        found = {}
        for name, (_, declaration) in node.entries.items():
            data = shaper.model(declaration, Variable, ("variables", name))
            try:
                found[name] = Variable.model_validate(data)
            except ValidationError:
                continue
        return dict.fromkeys(node.entries), found

    def _take(self, error: ValidationError, data: Any, shaper: Shaper) -> None:
        """Add what the models say to the problems, but for echoes of what was reported already."""
        for each in error.errors(include_url=False):
            path = path_of(each["loc"], data)
            if not is_echo(each, path, shaper.broken):
                _report(self._problems, self._file, self._root, path, in_words(each))
        if not self._problems:  # a lab must never be refused without a message
            _report(
                self._problems,
                self._file,
                self._root,
                (),
                phrase("not as it must be: {reason}", reason=str(error)),
            )


def _report(
    problems: list[Problem], file: Path, root: Node, path: tuple[str | int, ...], message: Phrase
) -> None:
    place = locate(root, path)
    add(problems, Problem(file, place.line, place.col, message))


def shown(folder: Path) -> Path:
    """The folder as a person would name it: relative to where they are, if it is below."""
    try:
        return folder.absolute().relative_to(Path.cwd())
    except (ValueError, OSError):
        return folder
