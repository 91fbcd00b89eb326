"""Which shapes a field takes, read from its annotation, so that a wrong shape can be reported in plain words."""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic_core import PydanticUndefined

from checks.base import Check

TEXT = (str, dict[str, str])
"""The shapes of a text by language."""


def shapes(annotation: Any, metadata: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """The types that may be written for an annotation, unions taken apart.

    A BeforeValidator that declares what it takes (json_schema_input_type) stands for what is behind it.
    """
    for mark in reversed(metadata):
        if isinstance(mark, BeforeValidator) and mark.json_schema_input_type is not PydanticUndefined:
            return shapes(mark.json_schema_input_type)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        return shapes(inner, tuple(marks))
    if origin in (Union, types.UnionType):
        return tuple(shape for each in get_args(annotation) for shape in shapes(each))
    return (annotation,)


@cache
def keys_of(model: type[BaseModel]) -> dict[str, tuple[str, Any, tuple[Any, ...], bool]]:
    """The keys of a model as they are written: field name, annotation, marks, and whether it is required."""
    return {
        field.alias or name: (name, field.annotation, tuple(field.metadata), field.is_required())
        for name, field in model.model_fields.items()
    }


def models(wanted: tuple[Any, ...]) -> list[type[BaseModel]]:
    return [shape for shape in wanted if isinstance(shape, type) and issubclass(shape, BaseModel)]


def is_check(wanted: tuple[Any, ...]) -> bool:
    """Whether these are the types of a check, distinguished by their subjects."""
    found = models(wanted)
    return bool(found) and all(issubclass(model, Check) for model in found)


def mapping_values(wanted: tuple[Any, ...]) -> Any:
    """The annotation of the values of a mapping with free keys, None if none is wanted."""
    return next((get_args(shape)[1] for shape in wanted if get_origin(shape) is dict), None)


def list_items(wanted: tuple[Any, ...]) -> Any:
    """The annotation of a list's items, None if no list is wanted."""
    return next((get_args(shape)[0] for shape in wanted if get_origin(shape) in (list, tuple)), None)


def literals(wanted: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values that may be chosen from; none if the value is free."""
    return tuple(value for shape in wanted if get_origin(shape) is Literal for value in get_args(shape))
