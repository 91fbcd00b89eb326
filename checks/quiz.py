"""A question to the learner."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Check, LooksAt, Outcome, Text, Verdict, World
from checks.patterns import Regex, compiled, matches_anything
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence

Id = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$", max_length=63)]


MOST_ANSWER = 10_000
"""Characters of a written answer that are looked at."""


class Choice(BaseModel):
    """One of the answers to choose from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[Id, Field(description="A short name for it, in the record and in reports.")]
    text: Annotated[Text, Field(description="What the learner reads.")]
    correct: Annotated[bool, Field(description="Whether it belongs to the right answer.")] = False


class Quiz(Check):
    """The learner answers a question: chooses one or more of several answers, or writes a short one."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["choices"], "not": {"required": ["example"]}},
                {"required": ["answer"], "not": {"required": ["choices"]}},
            ]
        }
    )

    subject: ClassVar[str] = "quiz"
    examples: ClassVar[str] = """
- quiz: {en: "How does the Service know its pods?", ko: "서비스는 자기 파드를 어떻게 알까요?"}
  id: selector
  choices:
    - {id: names, text: {en: By their names, ko: 이름으로}}
    - {id: labels, correct: true, text: {en: By their labels, ko: 레이블로}}
- quiz: {en: "Which port does the Service listen on?", ko: "서비스는 몇 번 포트에서 기다리나요?"}
  id: port
  answer: '80(/TCP)?'
  example: "80"
"""
    interval: ClassVar[float | None] = 0.3  # answers are in memory

    quiz: Annotated[Text, Field(description="The question.")]
    id: Annotated[
        Id, Field(description=("Identifies the question within the lab, in the record and in reports."))
    ]
    choices: Annotated[
        tuple[Choice, ...], Field(max_length=20, description="The answers to choose from.")
    ] = ()
    answer: Annotated[
        Regex | None,
        Field(
            description=(
                "For a written answer: a regular expression for the whole answer; case does not matter."
            )
        ),
    ] = None
    example: Annotated[
        str | None,
        Field(description=("A correct written answer, for the solution. Not needed if `answer` is literal.")),
    ] = None
    explain: Annotated[Text | None, Field(description="Shown after answering.")] = None
    tell_count: Annotated[
        bool,
        Field(
            description="Whether a wrong answer to a question with several right choices is told how many are right."
        ),
    ] = False

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if bool(self.choices) == (self.answer is not None):
            raise PydanticCustomError("quiz_answer", "a quiz has either choices or an answer")
        if self.choices and self.example is not None:
            raise PydanticCustomError(
                "quiz_example", "an example is for a written answer (answer: …), not for choices"
            )
        if self.choices:
            if not any(choice.correct for choice in self.choices) or len(self.choices) < 2:
                raise PydanticCustomError(
                    "quiz_choices", "a quiz has two choices or more, at least one of them correct"
                )
            if len({choice.id for choice in self.choices}) < len(self.choices):
                raise PydanticCustomError("quiz_choices", "two choices have the same id")
        elif not self._right(self.solution()):
            raise PydanticCustomError("quiz_example", "the example is not a right answer (example: …)")
        return self

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.ANSWERS

    def never_fails(self) -> Phrase | None:
        if self.choices and all(choice.correct for choice in self.choices):
            return phrase("every choice is correct")
        if self.answer is not None and matches_anything(self.answer):
            return phrase("its pattern matches everything: {pattern}", pattern=self.answer)
        return None

    @property
    def several(self) -> bool:
        """Whether more than one choice is correct, so that the learner must choose them all."""
        return sum(1 for choice in self.choices if choice.correct) > 1

    def solution(self) -> tuple[str, ...]:
        """The right answer: ids of choices, or one text."""
        if self.choices:
            return tuple(choice.id for choice in self.choices if choice.correct)
        return (self.example or self.answer or "",)

    def describe(self) -> Phrase:
        return phrase("Question {question}: answered", question=self.id)

    def sentence(self, *, under_place: bool = False) -> Sentence:
        return Sentence(phrase("The question must be answered"), phrase("The question is answered"))

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        given = tuple(world.answers.get(self.id) or ())
        if not given:
            return Outcome(Verdict.FAILED, expected, phrase("Not answered yet"))
        if self._right(given):
            return Outcome(Verdict.PASSED, expected, phrase("Answered: {answer}", answer=given))
        return Outcome(Verdict.FAILED, expected, phrase("Not the right answer: {answer}", answer=given))

    def _right(self, given: tuple[str, ...]) -> bool:
        if self.choices:
            return set(given) == set(self.solution())
        assert self.answer is not None
        return len(given) == 1 and compiled(self.answer, ignore_case=True).fits(
            given[0].strip()[:MOST_ANSWER]
        )
