"""A course: labs in chapters, in the order in which they are done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from checks.base import Text
from runner.labs.model import Id

FILE = "course.yaml"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CourseLab(_Model):
    """A lab of the course. Its name alone says that nothing differs from what its lab.yaml says."""

    lab: Annotated[Id, Field(description="The lab: the name of its folder, beside course.yaml.")]
    after: Annotated[
        tuple[Id, ...] | None,
        Field(
            max_length=50,
            description="The labs of the course that are to be finished before. Default: the one that its lab.yaml names "
            "under `after`, whose result it starts from. [] for none.",
        ),
    ] = None
    minutes: Annotated[
        int | None,
        Field(
            ge=1, le=24 * 60, description="How long it takes in this course. Default: as its lab.yaml says."
        ),
    ] = None


def _name_alone(value: Any) -> Any:
    return {"lab": value} if isinstance(value, str) else value


class Chapter(_Model):
    """A part of the course."""

    title: Annotated[Text, Field(description="The chapter's title.")]
    summary: Annotated[Text | None, Field(description="What it is about, in a sentence or two.")] = None
    labs: Annotated[
        tuple[Annotated[CourseLab, BeforeValidator(_name_alone, json_schema_input_type=Id | CourseLab)], ...],
        Field(min_length=1, max_length=200, description="Its labs, in order."),
    ]


class CourseFile(_Model):
    """A course as it is written in course.yaml."""

    format: Annotated[Literal[1], Field(description="The version of this format.")]
    title: Annotated[Text, Field(description="The course's title.")]
    summary: Annotated[Text, Field(description="What one can do after it, in one or two sentences.")]
    chapters: Annotated[
        tuple[Chapter, ...], Field(min_length=1, max_length=50, description="Its chapters, in order.")
    ]


@dataclass(frozen=True, slots=True)
class Course:
    """A course, and the folder that it is in."""

    folder: Path
    written: CourseFile

    @property
    def id(self) -> str:
        """What it is called: the name of its folder."""
        return self.folder.resolve().name

    def labs(self) -> Iterator[tuple[int, Chapter, CourseLab]]:
        """Its labs in order, each with its chapter and the chapter's number, from 1."""
        for number, chapter in enumerate(self.written.chapters, 1):
            for lab in chapter.labs:
                yield number, chapter, lab
