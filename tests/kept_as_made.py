"""The classes of a package that hold data, for the tests that they can't be changed once they are made."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from pydantic import BaseModel


def classes(package: ModuleType) -> dict[str, type]:
    """The dataclasses and models of all its modules, by their full names."""
    return {
        f"{each.__module__}.{each.__qualname__}": each
        for module in _modules(package)
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__
        if dataclasses.is_dataclass(each) or issubclass(each, BaseModel)
    }


def keeps(made: type) -> bool:
    """Whether what it holds can't be set anew, and nothing can be added."""
    if issubclass(made, BaseModel):
        return (made.model_config.get("frozen"), made.model_config.get("extra")) == (True, "forbid")
    frozen: bool = made.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return frozen and "__slots__" in vars(made)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)
