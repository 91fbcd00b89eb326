"""All faults, a file for each family of them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.faults.case import Case

CASES: tuple[Case, ...] = tuple(
    case
    for module in sorted(iter_modules(__path__), key=lambda found: found.name)
    for case in import_module(f"{__name__}.{module.name}").CASES
)
