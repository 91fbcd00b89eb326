"""YAML as plain data, with the place of every key and value, and without YAML's surprises.

Only what a lab needs is read: mappings, lists, texts, whole and decimal numbers, true, false and null.
What readers of YAML disagree about (`yes`, `010`, tags, merge keys, doubled keys) is refused in words;
everything else that is not quoted is the text that stands there (`12:30`, `1.11.3`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runner.labs.problems import LabErrors, Place, Problem, shown
from runner.words import Phrase, phrase

MOST_BYTES = 1024 * 1024
MOST_NODES = 20_000
"""Values in one file, those that aliases repeat counted again."""
DEEPEST = 40

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_OTHER_NUMBER = re.compile(r"[-+]?(0[0-9_]+|0o[0-7]+|0x[0-9a-fA-F]+|0b[01]+|\.inf|\.nan)", re.IGNORECASE)
_YES_NO = frozenset({"yes", "no", "on", "off"})
_NULL = frozenset({"", "~", "null"})

Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Source:
    """A file's data; `values` and `keys` give places by path, as in `("steps", 0, "id")`.

    `written` has the numbers as they were written: 1.20 is a version to some.
    """

    file: str
    data: Any = None
    values: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    written: dict[Path_, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path_) -> Place:
        """The place of what `path` names, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            found = self.values.get(path[:length])
            if found is not None:
                return found
        return Place(self.file, 1, 1)


def read(path: Path) -> Source:
    """Read a file. Raises LabErrors where it isn't YAML at all; lesser problems are in the source's list."""
    source = Source(shown(path))
    text = _text(path, source)
    loader = yaml.CSafeLoader(text) if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise LabErrors([_yaml_problem(source, error)]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        message = phrase("This is not YAML: {reason}", reason=str(error).splitlines()[0])
        raise LabErrors([Problem(Place(source.file, 1, 1), message)]) from None
    finally:
        loader.dispose()
    if root is None:
        raise LabErrors([Problem(Place(source.file, 1, 1), phrase("The file is empty."))])
    source.data = _Reader(source).value(root, (), 0)
    return source


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """A UTF-8 text file, of at most so many bytes. Raises LabErrors."""
    here = Place(shown(path), 1, 1)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        message = phrase("The file can't be read: {reason}", reason=error.strerror or str(error))
        raise LabErrors([Problem(here, message)]) from None
    if len(content) > most:
        message = phrase("The file is larger than {most} KiB.", most=most // 1024)
        raise LabErrors([Problem(here, message)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        place = Place(here.file, line, error.start - (before.rfind(b"\n") + 1) + 1)
        message = phrase("This is not UTF-8 text.")
        raise LabErrors([Problem(place, message, phrase("save the file as UTF-8"))]) from None


def _text(path: Path, source: Source) -> str:
    text = read_text(path)
    for number, line in enumerate(text.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            place = Place(source.file, number, indent.index("\t") + 1)
            message = phrase("YAML is not indented with tabs.")
            raise LabErrors([Problem(place, message, phrase("use spaces"))])
    return text


def _yaml_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(source.file, mark.line + 1, mark.column + 1) if mark else Place(source.file, 1, 1)
    if "expected a single document" in str(error.context or ""):
        return Problem(place, phrase("A lab is one YAML document, and here a second one begins (---)."))
    if "undefined alias" in str(error.problem or ""):
        return Problem(place, phrase("There is no anchor for this alias."))
    reason = ", ".join(part for part in (error.context, error.problem) if part)
    return Problem(place, phrase("This is not YAML: {reason}", reason=reason))


class _Reader:
    """Nodes to data, noting places; counts what aliases repeat, so that a small file can't become a huge one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._nodes = 0

    def value(self, node: yaml.Node, path: Path_, depth: int) -> Any:
        place = self._place(node)
        self._source.values[path] = place
        self._nodes += 1
        if self._nodes > MOST_NODES:
            message = phrase("More than {most} values, with those that aliases repeat.", most=MOST_NODES)
            raise LabErrors([*self._source.problems, Problem(place, message)])
        if depth > DEEPEST:
            message = phrase("Nested more than {deepest} levels deep.", deepest=DEEPEST)
            raise LabErrors([*self._source.problems, Problem(place, message)])
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(part, (*path, index), depth + 1) for index, part in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path_, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(place, phrase("A key is a word, not a list or a mapping."))
                continue
            key = str(key_node.value)
            if key == "<<" and not key_node.style:
                self._problem(place, phrase("Merge keys (<<) are not read."), phrase("write the values out"))
            elif key in data:
                first = self._source.keys[*path, key]
                message = phrase(
                    "The key {key} is here twice; first in line {line}.", key=key, line=first.line
                )
                self._problem(place, message)
            else:
                self._source.keys[*path, key] = place
                data[key] = self.value(value_node, (*path, key), depth + 1)
        return data

    def _scalar(self, node: yaml.ScalarNode, path: Path_) -> Any:
        text, place = node.value, self._place(node)
        if node.style:  # quoted, or a block
            if not _standard(node.tag):
                self._problem(place, phrase("YAML tags are not read: {tag}", tag=node.tag))
            return text
        if not _standard(node.tag):
            self._problem(place, phrase("YAML tags are not read: {tag}", tag=node.tag))
            return text
        if text in ("true", "false"):
            return text == "true"
        if text.lower() in _NULL:
            return None
        return self._plain(text, path, place)

    def _plain(self, text: str, path: Path_, place: Place) -> Any:
        if text.lower() in _YES_NO:
            self._problem(
                place,
                phrase("Readers of YAML disagree whether {text} is a word or true/false.", text=text),
                phrase("write true or false, or put the word into quotes"),
            )
        elif _OTHER_NUMBER.fullmatch(text):
            self._problem(
                place,
                phrase("Readers of YAML disagree about the number {text}.", text=text),
                phrase("write it as a plain number, or put it into quotes"),
            )
        elif _INTEGER.fullmatch(text) and len(text) < 19:
            self._source.written[path] = text
            return int(text)
        elif _DECIMAL.fullmatch(text):
            self._source.written[path] = text
            return float(text)
        return text

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._source.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _problem(self, place: Place, message: Phrase, hint: Phrase | None = None) -> None:
        self._source.problems.append(Problem(place, message, hint))


def _standard(tag: str) -> bool:
    """Whether a tag is one that YAML finds by itself; what was resolved by YAML 1.1's rules is read anew here."""
    return tag in _RESOLVED


_RESOLVED = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("null", "bool", "int", "float", "str", "timestamp", "value", "merge", "yaml")
)
