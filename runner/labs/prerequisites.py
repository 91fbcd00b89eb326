"""The labs that come before a lab (`after:`), found beside it or by their names."""

from __future__ import annotations

from pathlib import Path

from checks.path_state import is_file
from runner.labs.lab_problems import LabErrors, nearest_name
from runner.labs.library import available
from runner.labs.load import FILE, load
from runner.labs.model import Lab
from runner.words import UserError, phrase

MOST = 50
"""Labs that may come one after the other."""


class EarlierProblem(UserError):
    """The labs in `after:` can't be worked through first."""


def folder_of(name: str, beside: Path) -> Path | None:
    """The folder of the lab of that name: beside the lab that is in the folder `beside`, else by its name; None for none."""
    near = beside.resolve().parent / name
    if is_file(near / FILE):
        return near
    return next((each.path for each in available() if each.id == name), None)


def nearest_to(name: str, beside: Path) -> str | None:
    """The lab that a mistyped name probably means."""
    known = [each.id for each in available()]
    known += [path.parent.name for path in sorted(beside.resolve().parent.glob(f"*/{FILE}"))]
    return nearest_name(name, known)


def earlier(lab: Lab) -> list[Lab]:
    """The labs that come before this one, the first of them first, with its values where they have the same variables.

    Raises EarlierProblem if there is no such lab, where it can't be read, or where each comes after the other.
    """
    found: list[Lab] = []
    seen = [lab.folder.resolve()]
    last = lab
    while last.after is not None:
        folder = folder_of(last.after, last.folder)
        if folder is None:
            raise EarlierProblem(
                phrase(
                    "{lab} comes after {earlier}, and there is no such lab.", lab=last.id, earlier=last.after
                )
            )
        if folder.resolve() in seen or len(seen) > MOST:
            names = (*(each.name for each in seen), folder.resolve().name)
            raise EarlierProblem(
                phrase("These labs come after each other in a circle: {labs}", labs=" → ".join(names))
            )
        seen.append(folder.resolve())
        last = _read(folder, lab)
        found.append(last)
    return found[::-1]


def _read(folder: Path, lab: Lab) -> Lab:
    try:
        plain = load(folder)
        values = {
            name: value
            for name, value in lab.values.items()
            if name in plain.variables and plain.variables[name].allows(value)
        }
        return load(folder, values) if values else plain
    except LabErrors as error:
        first = error.problems[0]
        raise EarlierProblem(
            phrase(
                "{earlier} comes before {lab}, and can't be read: {problem}",
                earlier=folder.name,
                lab=lab.id,
                problem=first.render(),
            )
        ) from error
