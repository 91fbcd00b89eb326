"""How many: a number, or a range."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.phrase import Phrase, phrase


class Between(BaseModel):
    """A range, `{min: 1, max: 3}`, with both ends included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: Annotated[int, Field(ge=0, le=10_000, strict=True, description="At least this many.")] = 1
    max: Annotated[int | None, Field(ge=0, le=10_000, strict=True, description="At most this many.")] = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise PydanticCustomError("range", "max is less than min")
        if self.min == 0 and self.max != 0:  # it would pass before the learner has done anything
            raise PydanticCustomError(
                "range", "a range that holds for none as well as for some checks nothing"
            )
        return self

    def __contains__(self, count: int) -> bool:
        return self.min <= count and (self.max is None or count <= self.max)

    @property
    def none(self) -> bool:
        """Whether it means none at all."""
        return self.max == 0

    def in_words(self) -> Phrase:
        """`7`, `1 to 3`, `at least 1`."""
        if self.max is None:
            return phrase("at least {least}", least=self.min)
        if self.max == self.min:
            return phrase("{exactly}", exactly=self.min)
        return phrase("{least} to {most}", least=self.min, most=self.max)


def _exactly(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"min": value, "max": value}
    return value


HowMany = Annotated[
    Between,
    BeforeValidator(_exactly, json_schema_input_type=Annotated[int, Field(ge=0, le=10_000)] | Between),
]
"""A number, or {min, max}."""
