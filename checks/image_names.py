"""Image names as registries read them: `nginx` is `docker.io/library/nginx:latest`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from checks.patterns import compiled

_NAME = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_HOST = r"[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9.-]*[A-Za-z0-9]|localhost|[A-Za-z0-9][A-Za-z0-9-]*(?=:[0-9])"
_REGISTRY = rf"(?:{_HOST})(?::[0-9]{{1,5}})?"
_REFERENCE = re.compile(
    rf"(?:(?P<registry>{_REGISTRY})/)?(?P<path>{_NAME}(?:/{_NAME})*)?(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?"
    r"(?:@(?P<digest>[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}))?"
)
"""After distribution/reference: a registry has a dot or a port, or is localhost; all the rest of the path is the name."""
MOST_NAME = 1000
"""Characters of an image's name; no registry has longer ones."""
DOCKER = "docker.io"
"""The registry that is meant where none is named; its images without a user are in `library`."""


@dataclass(frozen=True, slots=True)
class ImageName:
    """`registry`, `tag` and `digest` are "" if they are not written."""

    registry: str
    path: tuple[str, ...]
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> ImageName | None:
        """None if it is no image's name. A leading slash and a trailing colon only say where the name ends."""
        found = _REFERENCE.fullmatch(text.removeprefix("/").removesuffix(":"))
        if found is None or not (found["path"] or found["tag"] or found["digest"]):
            return None
        registry = found["registry"] or ""
        registry = DOCKER if registry in ("index.docker.io", "registry-1.docker.io") else registry
        path = tuple((found["path"] or "").split("/")) if found["path"] else ()
        if registry == DOCKER and len(path) == 1:
            path = ("library", *path)
        return cls(registry, path, found["tag"] or "", found["digest"] or "")

    def is_in(self, image: ImageName) -> bool:
        """Whether `image` is what this names: the same tag and digest where they are written, the same last parts of
        the path, the same registry where one is written."""
        full = (
            image if image.registry else ImageName(DOCKER, _in_library(image.path), image.tag, image.digest)
        )
        if self.registry and (self.registry, self.path) != (full.registry, full.path):
            return False
        if self.path and full.path[-len(self.path) :] != self.path:
            return False
        tag = image.tag or ("" if image.digest else "latest")
        return self.tag in ("", tag) and self.digest in ("", image.digest)


def _in_library(path: tuple[str, ...]) -> tuple[str, ...]:
    return ("library", *path) if len(path) == 1 else path


@lru_cache(maxsize=256)
def image_fits(wanted: str, image: str) -> bool:
    """Whether an image is the one that a check wants: by its name, or by a regular expression that is found in it."""
    if len(image) > MOST_NAME:
        return wanted == image
    name, there = ImageName.parse(wanted), ImageName.parse(image)
    if name is not None:
        return name.is_in(there) if there is not None else wanted == image
    return compiled(wanted).found_in(image)
