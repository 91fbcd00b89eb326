"""The values of a lab's variables that an attempt was begun with: who goes on with it goes on with those."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import Lab
from runner.paths import write_private
from runner.session.target import attempt_folder

FILE = "values.json"
_log = logging.getLogger(__name__)


def keep_values(lab: Lab, target: str) -> None:
    """Keep the values that the lab is worked on with there. Never raises: without them the next visit has the defaults."""
    try:
        write_private(attempt_folder(lab, target) / FILE, json.dumps(lab.values))
    except OSError as problem:
        _log.warning("the lab's values are not kept: %s", problem)


def as_left(lab: Lab, target: str) -> Lab:
    """The lab with the values of the attempt on that cluster; what was given this time (is no default) stays as it is."""
    kept = _kept(attempt_folder(lab, target) / FILE)
    if not kept or not lab.variables:
        return lab
    try:
        plain = load(lab.folder).values
        given = {name: value for name, value in lab.values.items() if plain.get(name) != value}
        known = {
            name: value
            for name, value in kept.items()
            if name in lab.variables and lab.variables[name].allows(value)
        }
        values = {**known, **given}
        return lab if values == lab.values else load(lab.folder, values)
    except LabErrors:
        return lab


def _kept(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    texts = kept.items() if isinstance(kept, dict) else ()
    return {name: value for name, value in texts if isinstance(value, str)}
