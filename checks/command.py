"""Checks that a command succeeds, and what it prints."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Finding, LooksAt, Outcome, Verdict, World
from checks.checked_result import ChecksResult
from checks.diagnosis.folders import folder_gone
from checks.diagnosis.programs import unusable
from checks.patterns import excerpt
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, short

NOT_FOUND = 127
"""bash's exit code for a command that it can't find (bash(1), EXIT STATUS)."""


class Command(ChecksResult):
    """A command line, run beside the learner's shell in its folder and environment, has the expected result."""

    subject: ClassVar[str] = "command"
    interval: ClassVar[float | None] = 2.0
    examples: ClassVar[str] = """
- {command: kubectl auth can-i list pods --as dev, contains: "yes"}
- {command: 'kubectl get deployment web -o jsonpath="{.spec.replicas}"', output: '^[3-9]$'}
"""

    command: Annotated[
        str, Field(min_length=1, max_length=10_000, pattern=r"\S", description="A bash command line.")
    ]

    def describe(self) -> Phrase:
        return phrase("{command}: {wanted}", command=self.command, wanted=self.wanted)

    def sentence(self, *, under_place: bool = False) -> Sentence:
        return self.sentence_of(phrase("`{command}`", command=short(self.command)))

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.COMMAND

    def never_fails(self) -> Phrase | None:
        return self.passes_whatever(self.command)

    async def evaluate(self, world: World) -> Outcome:
        result = await world.workspace.run(self.command, self.timeout, list(self.texts))
        if result.exit_code == NOT_FOUND != self.exit_code:
            printed = excerpt(f"{result.stdout}\n{result.stderr}")
            message = phrase("The command was not found: {printed}", printed=printed)
            return Outcome(Verdict.FAILED, self.describe(), message)
        verdict, found = self.judge(result)
        return Outcome(verdict, self.describe(), found)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        program = self.command.split()[0]
        named = re.fullmatch(r"[\w.+-]+", program)
        finding = (unusable(world, program) if named else None) or folder_gone(world)
        return (finding,) if finding else ()
