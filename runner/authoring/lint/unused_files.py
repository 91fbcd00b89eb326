"""Files in a lab's folder that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks.path_state import inside
from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.glossary import FILE as GLOSSARY
from runner.labs.load import FILE
from runner.words import LANGUAGES, phrase

OWN = (
    FILE,
    GLOSSARY,
    "lab.schema.json",
    "README.md",
    "README.ko.md",
    "LICENSE",
    ".gitignore",
    ".gitattributes",
)
MOST_LOOKED_AT = 5000


def stray_file(draft: Draft) -> Iterator[Advice]:
    """Files that no text, command or check names: leftovers, or forgotten."""
    named = _all_words(draft)
    texts = {f"{text.plain}.{code}.md" for text in draft.texts if text.from_files for code in LANGUAGES}
    for path in inside(draft.folder, MOST_LOOKED_AT):
        name = path.relative_to(draft.folder).as_posix()
        if path.is_dir() or name in OWN or name in texts or name.startswith(("practice/", ".git/")):
            continue
        if not any(part in named for part in _names(name)):
            yield Advice((), phrase("nothing in the lab uses this file"), file=path)


def _names(name: str) -> Iterator[str]:
    """The file, and the folders it is in: `kubectl apply -f manifests` uses all that is in there."""
    yield name
    for folder in Path(name).parents:
        if folder.name:
            yield f"{folder.as_posix()}"


def _all_words(draft: Draft) -> str:
    lab = draft.lab
    parts = [command.command for _, command in draft.commands()]
    parts += [check.model_dump_json() for _, check in draft.checks()]
    for step in lab.steps:
        parts += [*step.text.values(), *(words for hint in step.hints for words in hint.values())]
    parts += (lab.debrief or {}).values()
    if lab.cleanup:
        parts += lab.cleanup.text.values()
    return "\n".join(parts)
