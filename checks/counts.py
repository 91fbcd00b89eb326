"""How many: a number, or a range."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.words import Phrase, phrase


class Between(BaseModel):
    """`{min: 1, max: 3}`, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Not 0: a range that holds where there is nothing would pass before the learner has done anything.
    min: Annotated[int, Field(ge=1, description="At least so many.")] = 1
    max: Annotated[int | None, Field(ge=1, description="At most so many.")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise PydanticCustomError("range", "max is less than min")
        return self


Exactly = Annotated[int, Field(ge=0, le=10_000, strict=True)]
HowMany = Exactly | Between


def limits(count: int | Between) -> tuple[int, int | None]:
    """The least and the most, None for no upper limit."""
    return (count, count) if isinstance(count, int) else (count.min, count.max)


def in_words(count: int | Between) -> Phrase:
    """`7`, `1 to 3`, `at least 1`."""
    least, most = limits(count)
    if most is None:
        return phrase("at least {least}", least=least)
    if least == most:
        return phrase("{exactly}", exactly=least)
    return phrase("{least} to {most}", least=least, most=most)
