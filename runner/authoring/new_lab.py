"""A new lab to begin with: small, working, in both languages, proved."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from runner.authoring.json_schemas import written
from runner.labs.load import FILE
from runner.words import UserError, phrase

TEMPLATE = Path(__file__).with_name("template")
SCHEMA = "lab.schema.json"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")


class CannotBegin(UserError):
    """The lab's folder can't be made; `message` says why and what to do."""


def new(folder: Path) -> Path:
    """Make a lab in `folder`, which must not be there yet, named as its last part. Returns its lab.yaml.

    Raises CannotBegin.
    """
    check_name(folder.name)
    make_folder(folder)
    shutil.copytree(TEMPLATE / "text", folder / "text")
    own = (TEMPLATE / FILE).read_text().replace("default: NAME", f"default: {folder.name}")
    (folder / FILE).write_text(own)
    (folder / SCHEMA).write_text(written())
    return folder / FILE


def check_name(name: str) -> None:
    """Raises CannotBegin if no lab can be named so."""
    if not _NAME.fullmatch(name):
        raise CannotBegin(
            phrase(
                "A lab's name consists of at most 40 lowercase letters, digits and dashes, and is "
                "also the folder's name: {name}",
                name=name,
            )
        )


def make_folder(folder: Path) -> None:
    """Raises CannotBegin if it is there already, or can't be made."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise CannotBegin(
            phrase("This folder already exists: {folder}. Choose another name.", folder=folder)
        ) from None
    except OSError as error:
        raise CannotBegin(
            phrase(
                "Can't create folder {folder}: {reason}",
                folder=folder,
                reason=error.strerror or str(error),
            )
        ) from error
