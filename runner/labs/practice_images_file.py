"""Reads `practice/images.yaml` of a lab. What is wrong with it is reported with its line and column."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from runner.labs.lab_files import read_text
from runner.labs.lab_problems import Problem, add
from runner.labs.practice_images import FILE, PracticeImage, PracticeImagesFile
from runner.labs.shape import Shaper
from runner.labs.source import read_nodes
from runner.labs.verdicts import in_words, is_echo, path_of
from runner.labs.yaml_nodes import Mapping, locate
from runner.words import phrase


def read_practice_images(folder: Path, shown: Path, problems: list[Problem]) -> tuple[PracticeImage, ...]:
    """The images of the lab in `folder`; `shown` is the name that problems give the folder."""
    if not (folder / FILE).is_file():
        return ()
    file, found = shown / FILE, list[Problem]()
    words = read_text(folder / FILE, folder, file, found)
    root = read_nodes(words, file, found) if words is not None else None
    images: tuple[PracticeImage, ...] = ()
    if isinstance(root, Mapping):
        images = _shaped(root, file, found)
    elif root is not None:
        place = root.place
        found.append(
            Problem(file, place.line, place.col, phrase("images.yaml has the keys format and images"))
        )
    for problem in found:
        add(problems, problem)
    return images


def _shaped(root: Mapping, file: Path, problems: list[Problem]) -> tuple[PracticeImage, ...]:
    shaper = Shaper(file, problems, {}, {})
    data = shaper.model(root, PracticeImagesFile)
    try:
        read = PracticeImagesFile.model_validate(data)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            path = path_of(each["loc"], data)
            if not is_echo(each, path, shaper.broken):
                place = locate(root, path)
                add(problems, Problem(file, place.line, place.col, in_words(each)))
        return ()
    seen: dict[str, int] = {}
    for at, image in enumerate(read.images):
        if seen.setdefault(image.name, at) != at:
            place = locate(root, ("images", at, "name"))
            add(
                problems,
                Problem(
                    file, place.line, place.col, phrase("the image is there twice: {image}", image=image.name)
                ),
            )
    return read.images
