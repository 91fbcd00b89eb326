"""A variable of the learner's shell."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Check, Finding, LooksAt, Outcome, Verdict, World
from checks.diagnosis.variable_causes import not_exported, wrong_on_path
from checks.patterns import Regex, compiled, excerpt, matches_anything
from checks.phrase import Phrase, phrase
from checks.schema_rules import never
from checks.sentences import Sentence, as_asked, quoted

ALWAYS_SET = frozenset({"HOME", "KUBECONFIG", "LOGNAME", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "USER"})
"""Variables that every shell of a lab has."""


class Environment(Check):
    """A variable is set in the learner's shell, with the expected value."""

    model_config = ConfigDict(json_schema_extra=never(("equals", "contains"), ("equals", "matches")))

    subject: ClassVar[str] = "environment"
    examples: ClassVar[str] = """
- {environment: MODE, equals: test}
- {environment: ISTIO_VERSION, matches: '^1\\.(2[0-9])\\.[0-9]+$'}
- {environment: PATH, contains: istio-1.11.3/bin}
"""
    interval: ClassVar[float | None] = 0.5  # the saved environment is a small file

    environment: Annotated[
        str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=255, description="The variable's name.")
    ]
    contains: Annotated[str | None, Field(min_length=1, description="Text in its value.")] = None
    equals: Annotated[str | None, Field(description="Its whole value.")] = None
    matches: Annotated[Regex | None, Field(description="A regular expression found in its value.")] = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.equals is not None and (self.contains is not None or self.matches is not None):
            raise PydanticCustomError(
                "equals_alone", "equals is the whole value: contains and matches beside it say nothing more"
            )
        return self

    def describe(self) -> Phrase:
        wanted = []
        if self.contains is not None:
            wanted.append(phrase("contains: {text}", text=self.contains))
        if self.equals is not None:
            wanted.append(phrase("is: {text}", text=self.equals))
        if self.matches is not None:
            wanted.append(phrase("matches: {pattern}", pattern=self.matches))
        return phrase(
            "Environment variable {name}: {wanted}",
            name=self.environment,
            wanted=tuple(wanted or [phrase("is set")]),
        )

    def sentence(self, *, under_place: bool = False) -> Sentence:
        what = phrase("The variable {name}", name=self.environment)
        if self.equals is not None:
            return Sentence(
                phrase("{what} must be {text}", what=what, text=quoted(self.equals)),
                phrase("{what} is {text}", what=what, text=quoted(self.equals)),
            )
        if self.contains is not None:
            return Sentence(
                phrase("{what} must contain {text}", what=what, text=quoted(self.contains)),
                phrase("{what} contains {text}", what=what, text=quoted(self.contains)),
            )
        if self.matches is not None:
            return as_asked(what)
        return Sentence(phrase("{what} must be set", what=what), phrase("{what} is set", what=what))

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.MACHINE

    def never_fails(self) -> Phrase | None:
        if self.matches is not None and matches_anything(self.matches):
            return phrase("its pattern matches everything: {pattern}", pattern=self.matches)
        only_set = self.contains is None and self.equals is None and self.matches is None
        if only_set and self.environment in ALWAYS_SET:
            return phrase("every shell has this variable: {name}", name=self.environment)
        return None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        value = world.workspace.environment.get(self.environment)
        if not value and not (value == "" and self.equals == ""):
            return Outcome(Verdict.FAILED, expected, phrase("Not set: {name}", name=self.environment))
        found = phrase("{name}={value}", name=self.environment, value=excerpt(value))
        return Outcome(Verdict.PASSED if self._passes(value) else Verdict.FAILED, expected, found)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        name = self.environment
        path = wrong_on_path(world, self.contains) if name == "PATH" and self.contains else None
        finding = path or not_exported(world, name)
        return (finding,) if finding else ()

    def _passes(self, value: str) -> bool:
        if self.contains is not None and self.contains not in value:
            return False
        if self.equals is not None and self.equals != value:
            return False
        return self.matches is None or compiled(self.matches).found_in(value)
