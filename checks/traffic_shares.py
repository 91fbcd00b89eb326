"""How much of the traffic: `10%`, all, none, some, or a range of percentages."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.binomial import Answer, enough_for, judge
from checks.phrase import Phrase, phrase

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?) ?%")
_PATTERN = r"^\d{1,3}(\.\d{1,3})? ?%$"


def _fraction(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("percent", "a percentage is written with its sign: 10%")
    found = _PERCENT.fullmatch(value.strip())
    if found is None:
        raise PydanticCustomError("percent", "a percentage is written with its sign: 10%")
    return float(found[1]) / 100


Percent = Annotated[
    float,
    Field(ge=0, le=1),
    BeforeValidator(_fraction, json_schema_input_type=Annotated[str, Field(pattern=_PATTERN)]),
]
"""A percentage as a fraction."""


class Share(BaseModel):
    """A part of the answers, `{min: 5%, max: 20%}`, with both ends included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: Annotated[Percent | None, Field(description="At least this much of them.")] = None
    max: Annotated[Percent | None, Field(description="At most this much of them.")] = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.min is None and self.max is None:
            raise PydanticCustomError("share", "needs min or max")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise PydanticCustomError("range", "max is less than min")
        return self

    @property
    def exactly(self) -> float | None:
        """The share where it is one number."""
        return self.min if self.min == self.max else None

    @property
    def some(self) -> bool:
        """At least one answer, however many there are."""
        return self.min is not None and 0 < self.min <= SOME

    @property
    def wants_presence(self) -> bool:
        """Whether at least one answer must be of this kind."""
        return bool(self.min)

    @property
    def requests(self) -> int:
        """How many requests tell it from another share."""
        return enough_for(self.exactly) if self.exactly is not None else 50

    def judge(self, hits: int, of: int, *, last: bool) -> Answer:
        """Of `of` answers, `hits` are of this kind. `last`: no more requests will be sent."""
        if self.exactly is not None:
            return judge(hits, of, self.exactly, last=last)
        least = hits >= 1 if self.some else hits >= (self.min or 0.0) * of - 1e-9
        most = self.max is None or hits <= self.max * of + 1e-9
        return Answer.YES if least and most else Answer.NO

    def in_words(self) -> Phrase:
        """`10 %`, `all`, `at least 5 %`."""
        if self.exactly in (0.0, 1.0):
            return phrase("all") if self.exactly else phrase("none")
        if self.exactly is not None:
            return phrase("{percent} %", percent=percent(self.exactly))
        if self.some:
            return phrase("some")
        if self.max is None:
            return phrase("at least {percent} %", percent=percent(self.min or 0.0))
        if not self.min:
            return phrase("at most {percent} %", percent=percent(self.max))
        return phrase("{least} to {most} %", least=percent(self.min), most=percent(self.max))


SOME = 1e-6
"""A share that a single answer reaches."""


def percent(fraction: float) -> str:
    """A fraction as a number of percent: `10`, `12.5`."""
    return f"{fraction * 100:.1f}".removesuffix(".0")


def _written(value: object) -> object:
    words = {"all": "100%", "none": "0%"}
    if isinstance(value, str):
        if value == "some":
            return Share.model_construct(min=SOME, max=None)
        exact = words.get(value, value)
        return {"min": exact, "max": exact}
    return value


HowMuch = Annotated[
    Share,
    BeforeValidator(
        _written,
        json_schema_input_type=Annotated[str, Field(pattern=rf"{_PATTERN}|^(all|none|some)$")] | Share,
    ),
]
"""A percentage, all, none, some, or {min, max}."""


def _at_least(value: object) -> object:
    return (
        {"min": value} if isinstance(value, str) and value not in ("none", "some", "all") else _written(value)
    )


AtLeast = Annotated[
    Share,
    BeforeValidator(
        _at_least, json_schema_input_type=Annotated[str, Field(pattern=rf"{_PATTERN}|^all$")] | Share
    ),
]
"""A percentage that must be reached, or {min, max}."""
