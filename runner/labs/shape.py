"""Converts nodes of a lab file to plain data, and compares each value with its field's type.

Every wrong shape, unknown key and unknown variable is reported here, in plain words and with its place; what is left
for the models to judge are values of the right shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel

from checks.base import Check
from checks.registry import CHECKS
from runner.labs.lab_problems import MOST_HINTED, Place, Problem, add, nearest, nearest_name
from runner.labs.model import FromFiles
from runner.labs.scalars import plain_value
from runner.labs.text import substituted, unknown_variables
from runner.labs.wanted import TEXT, is_check, keys_of, list_items, literals, mapping_values, models, shapes
from runner.labs.yaml_nodes import BROKEN, List, Mapping, Node, Path, Scalar
from runner.words import Phrase, phrase

TEMPLATED = frozenset({"title", "summary", "setup", "steps", "debrief", "cleanup"})
"""The parts of a lab in which `{{variables}}` are replaced."""

OTHER_NAMES = {"namespace": "in", "ns": "in", "deadline": "within", "commands": "run", "tests": "checks"}
"""Common wrong keys, and the right ones."""

_MOST_TRIED = 20
"""Keys of a check without a type of which one may be a mistyped type."""

_A_TEXT = phrase("text")
_A_LIST = phrase("a list")
_A_MAPPING = phrase("keys with values")


@dataclass(frozen=True, slots=True)
class TextAt:
    """A lab's text: by language, or one string for all. `from_files`: it may name files."""

    path: Path
    place: Place
    by_language: dict[str, str] | None
    languages: frozenset[str]  # also those whose text is of a wrong kind
    plain: str
    from_files: bool


@dataclass(slots=True)
class Shaper:
    """Makes data of nodes. `values` are the variables'; None while they are not known yet."""

    file: FilePath
    problems: list[Problem]
    known: MappingOf[str, object]
    values: MappingOf[str, str]
    broken: set[Path] = field(default_factory=set)
    texts: list[TextAt] = field(default_factory=list)

    def model(self, node: Node, model: type[BaseModel], path: Path = ()) -> Any:
        """The data of a mapping that must be like `model`."""
        return self._shape(node, (model,), path, ())

    def _shape(self, node: Node, wanted: tuple[Any, ...], path: Path, marks: tuple[Any, ...]) -> Any:
        if isinstance(node, Scalar) and node.value is BROKEN:
            return self._broken(path)
        if Any in wanted:
            return self._free(node, path)
        if wanted[: len(TEXT)] == TEXT:
            self._note_text(node, path, any(isinstance(mark, FromFiles) for mark in marks))
        if isinstance(node, Mapping):
            return self._mapping(node, wanted, path)
        if isinstance(node, List):
            return self._list(node, wanted, path)
        return self._scalar(node, wanted, path)

    def _mapping(self, node: Mapping, wanted: tuple[Any, ...], path: Path) -> Any:
        if is_check(wanted):
            model = self._type_of_check(node, path)
            return self._fields(node, model, path) if model else self._broken(path)
        if found := models(wanted):
            return self._fields(node, found[0], path)
        annotation = mapping_values(wanted)
        if annotation is None:
            return self._wrong(node.place, path, wanted, _A_MAPPING, _maybe_text(wanted))
        for key, (place, _) in node.entries.items():
            if "{{" in key:
                self._report(place, phrase("variables can't be used in keys: {key}", key=key))
        return {
            key: self._shape(value, shapes(annotation), (*path, key), ())
            for key, (_, value) in node.entries.items()
        }

    def _fields(self, node: Mapping, model: type[BaseModel], path: Path) -> dict[str, Any]:
        keys = keys_of(model)
        data: dict[str, Any] = {}
        for key, (place, value) in node.entries.items():
            if key not in keys:
                meant = None if self._full else _meant_key(key, node, keys)
                self._report(place, phrase("unknown key: {key}", key=key), _key_hint(key, meant, keys))
                continue
            _, annotation, marks, _ = keys[key]
            data[key] = self._shape(value, shapes(annotation, marks), (*path, key), marks)
        for key, (_, _, _, required) in keys.items():
            if required and key not in node.entries:
                self.broken.add((*path, key))
                self._report(node.place, phrase("the key is missing: {key}", key=key))
        return data

    def _type_of_check(self, node: Mapping, path: Path) -> type[Check] | None:
        subjects = [key for key in node.entries if key in CHECKS]
        if len(subjects) == 1:
            return CHECKS[subjects[0]]
        if subjects:
            message = phrase(
                "a check has one type, and this one names several: {types}", types=tuple(subjects)
            )
            hint = phrase("the namespace of an object is: in") if "namespace" in subjects else None
            self._report(node.entries[subjects[1]][0], message, hint)
            return None
        tried = {} if self._full else dict(islice(node.entries.items(), _MOST_TRIED))
        near = ((place, nearest(key, CHECKS)) for key, (place, _) in tried.items())
        place, hint = next(((place, hint) for place, hint in near if hint), (node.place, None))
        self._report(
            place, phrase("not a known type of check"), hint or phrase("one of: {known}", known=tuple(CHECKS))
        )
        return None

    def _list(self, node: List, wanted: tuple[Any, ...], path: Path) -> Any:
        annotation = list_items(wanted)
        if annotation is None:
            return self._wrong(node.place, path, wanted, _A_LIST)
        items = shapes(annotation)
        return [self._shape(item, items, (*path, index), ()) for index, item in enumerate(node.items)]

    def _scalar(self, node: Scalar, wanted: tuple[Any, ...], path: Path) -> Any:
        value = self._substituted(node, path)
        if value is BROKEN:
            return self._broken(path)
        if choices := literals(wanted):
            return (
                value
                if value in choices and type(value) in map(type, choices)
                else self._unknown(node, path, choices)
            )
        if isinstance(value, str) and str not in wanted and value != node.text:
            value = plain_value(value)  # a number by way of a variable
        if _fits(value, wanted):
            return value
        if str in wanted and isinstance(value, int | float) and not isinstance(value, bool):
            return node.text  # 1.20 as it was written, where a text is wanted
        hint = _scalar_hint(value, node.text, wanted)
        if value is None and " " in str(path[-1]):  # {en: First this, then that.} has a key "then that."
            hint = phrase("within braces, a text with a comma in it must be in quotes")
        return self._wrong(node.place, path, wanted, _found(value), hint)

    def _substituted(self, node: Scalar, path: Path) -> object:
        """The scalar with its variables replaced."""
        if not isinstance(node.value, str) or "{{" not in node.value or path[:1][0] not in TEMPLATED:
            return node.value
        for _, name in unknown_variables(node.value, self.known):
            self.unknown_variable(node.place, name)
        if any(unknown_variables(node.value, self.values)):
            return BROKEN  # reported here, or where the variable is declared
        return substituted(node.value, self.values)

    def unknown_variable(self, place: Place, name: str, file: FilePath | None = None) -> None:
        """Report a variable that nobody declared."""
        braces = "{{" + name + "}}"
        hint = (None if self._full else nearest(name, self.known)) or phrase(
            "declare it under variables, or write {escaped} if braces are meant", escaped="\\" + braces
        )
        message = phrase("unknown variable: {variable}", variable=braces)
        add(self.problems, Problem(file or self.file, place.line, place.col, message, hint))

    @property
    def _full(self) -> bool:
        """So many problems that what was meant is not looked for any more: each time all known names are compared."""
        return len(self.problems) >= MOST_HINTED

    def _free(self, node: Node, path: Path) -> Any:
        if isinstance(node, Mapping):
            return {key: self._free(value, (*path, key)) for key, (_, value) in node.entries.items()}
        if isinstance(node, List):
            return [self._free(item, (*path, index)) for index, item in enumerate(node.items)]
        value = node.value if node.value is BROKEN else self._substituted(node, path)
        return self._broken(path) if value is BROKEN else value

    def _note_text(self, node: Node, path: Path, from_files: bool) -> None:
        if isinstance(node, Mapping):
            shown = {
                language: str(value.value)
                for language, (_, value) in node.entries.items()
                if isinstance(value, Scalar) and value.value is not None
            }
            self.texts.append(TextAt(path, node.place, shown, frozenset(node.entries), "", from_files))
        elif isinstance(node, Scalar) and node.value is not None:
            self.texts.append(TextAt(path, node.place, None, frozenset(), node.text, from_files))

    def _unknown(self, node: Scalar, path: Path, choices: tuple[Any, ...]) -> object:
        if path == ("format",):
            message = phrase(
                "this Labgate reads labs of format {known}, not {format}", known=1, format=node.text
            )
            self._report(node.place, message, phrase("a newer Labgate may"))
            return self._broken(path)
        known = [str(choice) for choice in choices]
        hint = nearest(node.text, known) or phrase("one of: {known}", known=tuple(known))
        if node.value is None:
            self._report(node.place, phrase("nothing is written here"), hint)
        else:
            self._report(node.place, phrase("unknown value: {value}", value=node.text), hint)
        return self._broken(path)

    def _wrong(
        self,
        place: Place,
        path: Path,
        wanted: tuple[Any, ...],
        found: Phrase | None,
        hint: Phrase | None = None,
    ) -> object:
        wish = _wish(wanted)
        if found is None:
            self._report(place, phrase("nothing is written here; wanted: {wanted}", wanted=wish), hint)
        else:
            self._report(
                place, phrase("this must be {wanted}, but is {found}", wanted=wish, found=found), hint
            )
        return self._broken(path)

    def _broken(self, path: Path) -> object:
        self.broken.add(path)
        return BROKEN

    def _report(self, place: Place, message: Phrase, hint: Phrase | None = None) -> None:
        add(self.problems, Problem(self.file, place.line, place.col, message, hint))


def _fits(value: object, wanted: tuple[Any, ...]) -> bool:
    if isinstance(value, bool):
        return bool in wanted
    if isinstance(value, int):
        return int in wanted or float in wanted
    return type(value) in wanted and value is not None


def _wish(wanted: tuple[Any, ...]) -> Phrase:
    if wanted[: len(TEXT)] == TEXT:
        return phrase("text, or text by language ({languages})", languages="en: …, ko: …")
    if list_items(wanted) is not None:
        return _A_LIST
    if is_check(wanted):
        return phrase("a check")
    if str in wanted and int not in wanted:
        return phrase("text or a number") if float in wanted else _A_TEXT
    if models(wanted) or mapping_values(wanted) is not None:
        return phrase("a number, or a range") if int in wanted else _A_MAPPING
    if bool in wanted:
        return phrase("true or false")
    return phrase("a whole number") if int in wanted else phrase("a number")


def _found(value: object) -> Phrase | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return phrase("true") if value else phrase("false")
    if isinstance(value, str):
        return _A_TEXT
    return phrase("a whole number") if isinstance(value, int) else phrase("a number with a fraction")


def _scalar_hint(value: object, text: str, wanted: tuple[Any, ...]) -> Phrase | None:
    if str in wanted and float not in wanted and int not in wanted and text:
        return phrase("put it in quotes")
    if value is not None and list_items(wanted) is not None:
        return phrase("write each of them on a line of its own, with - before it")
    if isinstance(value, str) and not isinstance(plain_value(value), str):
        return phrase("leave the quotes out")
    return None


def _maybe_text(wanted: tuple[Any, ...]) -> Phrase | None:
    if str in wanted:
        return phrase("text with a colon and a space in it must be in quotes")
    if list_items(wanted) is not None:
        return phrase("write each of them on a line of its own, with - before it")
    return None


def _meant_key(key: str, node: Mapping, known: Iterable[str]) -> str | None:
    """The key that an unknown one probably stands for."""
    free = [each for each in known if each not in node.entries]
    other = OTHER_NAMES.get(key)
    return other if other in free else nearest_name(key, free)


def _key_hint(key: str, meant: str | None, known: Iterable[str]) -> Phrase:
    if meant:
        return phrase("did you mean {name}?", name=meant)
    if " " in key:
        return phrase("text with a colon and a space in it must be in quotes")
    return phrase("one of: {known}", known=tuple(known))
