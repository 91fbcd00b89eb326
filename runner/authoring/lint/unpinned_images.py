"""Images and downloads that change over time: in commands, here-documents and the lab's own manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checks.path_state import beginning, inside
from runner.authoring.lint.bash_syntax import here_documents, kubectl, statements
from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.load import FILE
from runner.words import phrase

_OPTION = re.compile(r"--image[= ]['\"]?([^\s'\";|&]+)")
_JSON = re.compile(r"[\"']image[\"']\s*:\s*[\"']([^\"'\s]+)[\"']")
_YAML = re.compile(r"(?m)^(?![ \t]*#).*?(?<![\w.-])image:[ \t]+[\"']?([^\s\"',{}\[\]#]+)")
_MOVING = re.compile(
    r"https?://\S*(?:/(?:latest|master|main|HEAD|develop|trunk)/|[?&]ref=(?:master|main|HEAD|develop|trunk)\b)\S*"
)
_CHART = re.compile(r"\bhelm\s+(install|upgrade)\b(?!.*--version)(?!.*\s\.?\.?/)")
_PIPED = re.compile(
    r"\b(?:curl|wget)\b[^|;&\n]*\|\s*(?:sudo\s+)?(?:\w+=\S*\s+)*(?:sudo\s+)?(?:ba|z|da)?sh\b"
    r"|\b(?:ba|z|da)?sh\s+(?:-c\s+)?[\"']?(?:<|\$)\(\s*(?:curl|wget)\b[^)]*\)"
)
_PINNED = re.compile(r"\d+\.\d+|VERSION=|\{\{|[0-9a-f]{20,}")
_MOVES = frozenset(
    """
    latest stable main master edge nightly dev devel develop mainline head canary current lts rolling testing unstable
    alpine slim bookworm bullseye trixie jammy noble
    """.split()  # noqa: SIM905  # a list of twenty quoted words reads worse
)
"""Tags that mean another image from time to time. One that is none of them may be wrong on purpose: that is a lesson, too."""
_MANIFESTS, _SCRIPTS = (".yaml", ".yml", ".json"), (".sh", ".bash")
MOST_FILES, MOST_READ = 500, 200_000
_PIN = phrase("pin the version, so that the lab stays the same")


def pinned(image: str) -> bool:
    """Whether an image's name has a tag that stays what it is, or a digest."""
    if "@" in image or "$" in image or "{{" in image or "<" in image:
        return True
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag != "" and tag.casefold() not in _MOVES


def unpinned_image(draft: Draft) -> Iterator[Advice]:
    """An image without a tag, or with a moving one, changes over time."""
    for path, command in draft.commands():
        for image in dict.fromkeys(_in_command(command.command)):
            if not pinned(image):
                yield Advice(path, phrase("the image has no fixed version: {image}", image=image), _PIN)
    for file, text in _files(draft.folder):
        for number, image in _in_file(file, text):
            if not pinned(image):
                yield Advice(
                    (), phrase("the image has no fixed version: {image}", image=image), _PIN, file, number
                )


def _in_command(command: str) -> Iterator[str]:
    text, documents = here_documents(command)
    yield from (found[1] for found in _OPTION.finditer(text))
    yield from (found[1] for found in _JSON.finditer(text))
    for document in documents:
        yield from (found[1] for pattern in (_YAML, _JSON) for found in pattern.finditer(document.body))
    for each in statements(text):
        call = kubectl(each)
        if call is not None and call.words[:2] == ("set", "image"):
            pairs = [word for word in call.words[2:] if "=" in word]
            yield from (word.partition("=")[2] for word in pairs)


def _in_file(file: Path, text: str) -> Iterator[tuple[int, str]]:
    """The images of a manifest or script, with their lines."""
    if file.suffix in _SCRIPTS:
        for image in dict.fromkeys(_in_command(text)):
            at = re.search(rf"(?<![\w./-]){re.escape(image)}(?![\w./:-])", text)
            yield text.count("\n", 0, at.start() if at else 0) + 1, image
        return
    for pattern in (_YAML, _JSON) if file.suffix != ".json" else (_JSON,):
        yield from ((text.count("\n", 0, found.start(1)) + 1, found[1]) for found in pattern.finditer(text))


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """The lab's own manifests and scripts; not what stands in for the world on a practice cluster."""
    for path in inside(folder, MOST_FILES):
        below = path.relative_to(folder)
        if path.suffix not in (*_MANIFESTS, *_SCRIPTS) or below.parts[0] in ("practice", ".git"):
            continue
        if path.name in (FILE, "lab.schema.json") or not path.is_file():
            continue
        try:
            yield path, beginning(path, MOST_READ).decode(errors="replace")
        except OSError:
            continue


def unpinned_download(draft: Draft) -> Iterator[Advice]:
    """A branch, the newest release, or a script that is run unseen."""
    for path, command in draft.commands():
        line = command.command
        piped = next(
            (found for found in _PIPED.finditer(line) if not _PINNED.search(_around(line, found))), None
        )
        if match := _MOVING.search(line):
            yield Advice(path, phrase("this download changes over time: {url}", url=match[0]), _PIN)
        elif _CHART.search(line):
            yield Advice(path, phrase("the chart has no fixed version (--version)"), _PIN)
        elif piped:
            yield Advice(
                path,
                phrase(
                    "a downloaded script is run without review: {command}", command=" ".join(piped[0].split())
                ),
                phrase(
                    "pin its version, or put the script into the lab's folder: {example}",
                    example='bash "$LABGATE_LAB_FOLDER"/install.sh',
                ),
            )


def _around(line: str, found: re.Match[str]) -> str:
    """The line of a command that a match is in."""
    start = line.rfind("\n", 0, found.start()) + 1
    end = line.find("\n", found.end())
    return line[start : len(line) if end < 0 else end]
