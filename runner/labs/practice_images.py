"""A lab's own images for the practice cluster: `practice/images.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FILE = "practice/images.yaml"

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86400)]
Port = Annotated[int, Field(ge=1, le=65535)]
Line = Annotated[str, Field(max_length=2000)]
MARKS = "{{hostname}}, {{ip}}, {{env.NAME}}, {{request.path}} and the like stand for what they are then"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageAnswer(_Model):
    """What requests are answered with."""

    path: Annotated[
        str,
        Field(pattern="^/", max_length=500, description="The path, and all below it where it ends with /."),
    ] = "/"
    method: Annotated[
        str | None, Field(pattern="^[A-Z]+$", max_length=20, description="The method; default: any.")
    ] = None
    status: Annotated[int, Field(ge=200, le=599, description="The HTTP status.")] = 200
    headers: Annotated[dict[str, Line], Field(max_length=50, description="Headers of the answer.")] = {}
    body: Annotated[str, Field(max_length=100_000, description=f"The body; {MARKS}.")] = ""
    delay: Annotated[Seconds, Field(description="Seconds until the answer comes.")] = 0
    failures: Annotated[
        Share, Field(description="The share of requests that get a 500 instead: 0.1 is one of ten.")
    ] = 0


class PracticeImage(_Model):
    """An image that the lab's manifests name, and what its containers do."""

    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9._:/-]*$",
            max_length=250,
            description="As manifests name it, without a tag: shop/cart.",
        ),
    ]
    tags: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[\w][\w.-]{0,127}$")], ...],
        Field(max_length=50, description="The tags that exist; another one is not found. Default: all do."),
    ] = ()
    starts_in: Annotated[Seconds, Field(description="Seconds from its start until it listens.")] = 0
    listens: Annotated[
        tuple[Port, ...], Field(max_length=20, description="The ports on which it answers HTTP.")
    ] = ()
    answers: Annotated[
        tuple[ImageAnswer, ...],
        Field(
            max_length=100,
            description="What it answers; the first entry that fits, the longest path first. Else 404.",
        ),
    ] = ()
    logs: Annotated[
        tuple[Line, ...], Field(max_length=1000, description=f"Lines that it writes at its start; {MARKS}.")
    ] = ()
    unhealthy_after: Annotated[
        Seconds | None, Field(description="Seconds from its start after which every answer is a 500.")
    ] = None
    exits_after: Annotated[
        Seconds | None, Field(description="Seconds after which it ends; default: it stays.")
    ] = None
    exit_code: Annotated[int, Field(ge=0, le=255, description="Its exit code then.")] = 0
    memory: Annotated[int, Field(ge=1, le=65536, description="Mebibytes of memory that it holds.")] = 16
    cpu_per_request: Annotated[
        float, Field(ge=0, le=60, description="Seconds of a processor that a request takes: 0.01.")
    ] = 0.001


class PracticeImagesFile(_Model):
    """The file, as it is written."""

    format: Annotated[Literal[1], Field(description="The version of this format.")]
    images: Annotated[
        tuple[PracticeImage, ...], Field(min_length=1, max_length=100, description="The images.")
    ]
