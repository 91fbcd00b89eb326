"""Images: what is in a container at its start, and which program it runs. One file each (or family) under `images/`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from runner.practice.containers import images
from runner.practice.containers.container_image import Image
from runner.practice.containers.unknown_image import UNKNOWN


def find(reference: str) -> Image:
    """What stands in for an image given in full; `unknown` where nothing is known of it."""
    repository, tag = split(reference)
    for name, image in _by_name():
        if name == repository or (name.endswith("*") and repository.startswith(name[:-1])):
            return image.for_tag(tag) if image.for_tag else image
    return UNKNOWN


def split(reference: str) -> tuple[str, str]:
    """(repository, tag) of docker.io/library/nginx:1.25@sha256:…; the tag "" where there is only a digest."""
    name, _, _digest = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, ""
    return repository, tag


@cache
def _by_name() -> tuple[tuple[str, Image], ...]:
    """All of them, exact names before patterns."""
    found = [
        (name, image)
        for module in pkgutil.iter_modules(images.__path__, f"{images.__name__}.")
        for image in importlib.import_module(module.name).IMAGES
        for name in image.names
    ]
    return tuple(sorted(found, key=lambda entry: (entry[0].endswith("*"), -len(entry[0]))))
