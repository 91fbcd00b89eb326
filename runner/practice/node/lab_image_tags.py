"""The images of labs on the kubelet's side: their names in full, and the tags that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.containers.lab_images import LabAnswer, LabImage
from runner.practice.node import images

Plain = Mapping[str, Any]


def of_labs(given: Sequence[Plain]) -> list[LabImage]:
    """What the runtime is told of them."""
    return [
        LabImage(
            repository=_repository(each),
            **{key: value for key, value in each.items() if key not in ("name", "tags", "answers")},
            answers=[LabAnswer(**answer) for answer in each.get("answers", ())],
        )
        for each in given
    ]


def tags_of(given: Sequence[Plain], image: images.Image) -> Sequence[str] | None:
    """The tags of an image of a lab, none where all exist; None: no lab has it."""
    return next((each.get("tags", ()) for each in given if _repository(each) == image.repository), None)


def _repository(plain: Plain) -> str:
    parsed = images.parse(str(plain["name"]))
    return parsed.repository if parsed else str(plain["name"])
