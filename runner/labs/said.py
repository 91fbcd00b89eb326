"""What pydantic found wrong, in words for a teacher, each with its place in the file."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from checks.registry import CHECKS
from checks.base import Check
from runner.labs.problems import Problem
from runner.labs.source import Path_, Source
from runner.words import Phrase, phrase


def with_texts_as_written(
    validate: Callable[[Any], object], data: Any, source: Source, at: Path_ = ()
) -> Any:
    """`data`, which stands `at` this path of the file, with the text that was written where a text is wanted.

    YAML makes a number of an unquoted 1.20; where the model wants a text, it is `1.20` again.
    """
    try:
        validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path = _path(detail["loc"], data)
            written = source.written.get((*at, *path))
            if detail["type"] == "string_type" and written is not None:
                data = _replaced(data, path, written)
    return data


def problems_of(error: ValidationError, source: Source, model: type[BaseModel]) -> Iterator[Problem]:
    """Every error of a validation, in words."""
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"], source.data)
        if detail["type"] == "extra_forbidden":
            yield _unknown_key(detail, path, source, model)
        elif detail["type"] == "missing":
            key = str(detail["loc"][-1])
            yield Problem(source.place(path), phrase("The key {key} is missing.", key=key))
        else:
            yield Problem(source.place(path), _words(detail))


def _unknown_key(detail: ErrorDetails, path: Path_, source: Source, model: type[BaseModel]) -> Problem:
    key = str(detail["loc"][-1])
    known = sorted(_keys_at(model, detail["loc"][:-1]))
    near = get_close_matches(key, known, 1)
    nearest = phrase("did you mean {nearest}?", nearest=near[0]) if near else None
    place = source.keys.get(path) or source.place(path)
    return Problem(
        place,
        phrase("Unknown key: {key}", key=key),
        nearest or phrase("known here: {known}", known=tuple(known)),
    )


def _words(detail: ErrorDetails) -> Phrase:
    """One error in plain words; what our own validators say is plain already."""
    given, limits = _shown(detail["input"]), detail.get("ctx", {})
    words: dict[str, Phrase] = {
        "string_type": phrase("This should be text, and is: {given}", given=given),
        "int_type": phrase("This should be a whole number, and is: {given}", given=given),
        "int_parsing": phrase("This should be a whole number, and is: {given}", given=given),
        "int_from_float": phrase("This should be a whole number, and is: {given}", given=given),
        "float_type": phrase("This should be a number, and is: {given}", given=given),
        "float_parsing": phrase("This should be a number, and is: {given}", given=given),
        "bool_type": phrase("This should be true or false, and is: {given}", given=given),
        "bool_parsing": phrase("This should be true or false, and is: {given}", given=given),
        "tuple_type": phrase("This should be a list, and is: {given}", given=given),
        "list_type": phrase("This should be a list, and is: {given}", given=given),
        "dict_type": phrase("This should be a mapping, and is: {given}", given=given),
        "model_type": phrase("This should be a mapping, and is: {given}", given=given),
        "literal_error": phrase(
            "{given} is not possible here. Possible: {expected}", given=given, **_only(limits, "expected")
        ),
        "string_pattern_mismatch": phrase(
            "{given} does not match {pattern}", given=given, **_only(limits, "pattern")
        ),
        "string_too_short": phrase("This must not be empty."),
        "too_short": phrase("This list must not be empty."),
        "greater_than": phrase("{given} is too small: more than {gt}", given=given, **_only(limits, "gt")),
        "greater_than_equal": phrase(
            "{given} is too small: at least {ge}", given=given, **_only(limits, "ge")
        ),
        "less_than_equal": phrase("{given} is too large: at most {le}", given=given, **_only(limits, "le")),
        "union_tag_not_found": phrase("This is no check: {given}", given=given),
    }
    return words.get(detail["type"], phrase("{reason}", reason=detail["msg"]))


def _only(limits: Mapping[str, object], name: str) -> dict[str, object]:
    return {name: limits.get(name, "?")}


def _shown(value: object) -> object:
    """A value of the file, short enough for a line."""
    if value is None:
        return phrase("nothing")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return phrase("a mapping")
    if isinstance(value, list | tuple):
        return phrase("a list")
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _path(loc: tuple[int | str, ...], data: Any) -> Path_:
    """The part of pydantic's location that is in the file: names of check types and the like are left out."""
    path: list[int | str] = []
    for index, part in enumerate(loc):
        key_of = isinstance(data, dict) and part in data and not _is_tag(part, loc, index)
        if key_of or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            path.append(part)
        elif index == len(loc) - 1 and isinstance(part, str) and isinstance(data, dict):
            break  # a missing key: the place is that of the mapping
    return tuple(path)


def _is_tag(part: int | str, loc: tuple[int | str, ...], index: int) -> bool:
    """Whether this part names the type of a check (`…, "checks", 2, "deployment", …`), not a key."""
    return part in CHECKS and index >= 2 and loc[index - 2] == "checks" and isinstance(loc[index - 1], int)


def _replaced(data: Any, path: Path_, value: str) -> Any:
    if not path:
        return value
    first, *rest = path
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[first] = _replaced(data[first], tuple(rest), value)  # type: ignore[index]
    return copy


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    """The keys that are known at a location of a model."""
    here: Any = model
    for index, part in enumerate(loc):
        if isinstance(part, str) and _is_tag(part, loc, index):
            here = CHECKS[part]
        elif isinstance(here, type) and issubclass(here, BaseModel):
            field = next((f for name, f in here.model_fields.items() if part in (name, f.alias)), None)
            if field is None:
                continue  # a validator's own part of the location
            here = _inner(field.annotation)
        else:
            here = _inner(here)
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return set()
    return {field.alias or name for name, field in here.model_fields.items()}


def _inner(annotation: Any) -> Any:
    """The model inside `tuple[Model, ...] | None`, `dict[str, Model]` and the like."""
    if get_origin(annotation) is Annotated:
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        checks = [
            part for part in parts if isinstance(_inner(part), type) and issubclass(_inner(part), Check)
        ]
        return annotation if checks and len(checks) > 1 else _inner(parts[0])
    if get_origin(annotation) in (tuple, list):
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) is dict:
        return _inner(get_args(annotation)[1])
    return annotation
