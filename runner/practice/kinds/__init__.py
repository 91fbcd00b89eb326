"""The built-in kinds: a file each, `<name>_kind.py`, with one Kind that reads like its page in the API reference.

A file enters itself: `KINDS` has the Kind of every module of that name. What several kinds share is in files of
its own beside them.
"""

from __future__ import annotations

import importlib
import pkgutil

from runner.practice.kinds.api_groups import API_GROUPS
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.served_resources import Registry

SUFFIX = "_kind"


def _entered() -> tuple[Kind, ...]:
    found: dict[Kind, None] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if module.name.endswith(SUFFIX):
            values = vars(importlib.import_module(f"{__name__}.{module.name}")).values()
            found |= dict.fromkeys(value for value in values if isinstance(value, Kind))
    return tuple(found)


KINDS = _entered()
"""Every built-in kind."""

BY_KEY = {kind.key: kind for kind in KINDS}


def registry_of(version: str = "1.32") -> Registry:
    """The resources that a cluster of a Kubernetes version serves."""
    return Registry(version, KINDS, API_GROUPS)
