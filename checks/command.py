"""Checks that a command succeeds, and what it prints."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import CannotRead, Check, CommandResult, Finding, LooksAt, Outcome, Verdict, World
from checks.diagnosis.folders import folder_gone
from checks.diagnosis.programs import unusable
from checks.durations import Duration
from checks.patterns import Regex, compiled, excerpt, matches_anything
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, quoted, quoted_pattern, short

NOT_FOUND = 127
"""bash's exit code for a command that it can't find (bash(1), EXIT STATUS)."""

_SUCCEEDS = re.compile(r"(\|\||;|\n|^)\s*(true|:|exit\s+0|(echo|printf)\b[^|&;]*)\s*$")


def always_succeeds(line: str) -> bool:
    """Whether a command line exits with 0 whatever happens in it."""
    return _SUCCEEDS.search(line) is not None


class Command(Check):
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
    exit_code: Annotated[int, Field(ge=0, le=255, description="The exit code it must have.")] = 0
    output: Annotated[
        Regex | None,
        Field(
            description=(
                "A regular expression found in its standard output or error; ^ and $ match "
                "at lines. The first 256 KiB of each output are searched; if there is more "
                "and nothing is found, the check can't be judged."
            )
        ),
    ] = None
    contains: Annotated[str | None, Field(min_length=1, description="Text that it must print.")] = None
    not_contains: Annotated[str | None, Field(min_length=1, description="Text that it must not print.")] = (
        None
    )
    timeout: Annotated[Duration, Field(description="How long it may take.")] = 30.0

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.contains is not None and self.not_contains is not None and self.not_contains in self.contains:
            raise PydanticCustomError("contradiction", "it can't print contains and not print not_contains")
        return self

    def describe(self) -> Phrase:
        wanted = [phrase("exit code {exit_code}", exit_code=self.exit_code)]
        if self.contains is not None:
            wanted.append(phrase("prints: {text}", text=self.contains))
        if self.output is not None:
            wanted.append(phrase("prints something like: {pattern}", pattern=self.output))
        if self.not_contains is not None:
            wanted.append(phrase("does not print: {text}", text=self.not_contains))
        return phrase("{command}: {wanted}", command=self.command, wanted=tuple(wanted))

    def sentence(self, *, under_place: bool = False) -> Sentence:
        line = phrase("`{command}`", command=short(self.command))
        if self.contains is not None or self.output is not None:
            text = quoted(self.contains) if self.contains is not None else quoted_pattern(self.output or "")
            return Sentence(
                phrase("{command} must print {text}", command=line, text=text),
                phrase("{command} prints {text}", command=line, text=text),
            )
        if self.not_contains is not None:
            text = quoted(self.not_contains)
            return Sentence(
                phrase("{command} must not print {text}", command=line, text=text),
                phrase("{command} does not print {text}", command=line, text=text),
            )
        if self.exit_code:
            return Sentence(
                phrase("{command} must end with exit code {code}", command=line, code=self.exit_code),
                phrase("{command} ends with exit code {code}", command=line, code=self.exit_code),
            )
        return Sentence(
            phrase("{command} must succeed", command=line), phrase("{command} succeeds", command=line)
        )

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.COMMAND

    def never_fails(self) -> Phrase | None:
        if self.output is not None and matches_anything(self.output):
            return phrase("its pattern matches everything: {pattern}", pattern=self.output)
        judges_words = self.contains is not None or self.output is not None or self.not_contains is not None
        if self.exit_code == 0 and not judges_words and always_succeeds(self.command):
            return phrase("the command always exits with 0: {command}", command=self.command)
        return None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        texts = [text for text in (self.contains, self.not_contains) if text is not None]
        result = await world.workspace.run(self.command, self.timeout, texts)
        verdict, found = self._judge(result)
        return Outcome(verdict, expected, found)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        program = self.command.split()[0]
        named = re.fullmatch(r"[\w.+-]+", program)
        finding = (unusable(world, program) if named else None) or folder_gone(world)
        return (finding,) if finding else ()

    def _judge(self, result: CommandResult) -> tuple[Verdict, Phrase]:
        printed = f"{result.stdout}\n{result.stderr}"
        if result.exit_code is None:
            return Verdict.PENDING, phrase("Still running after {seconds} s", seconds=round(self.timeout))
        if result.exit_code == NOT_FOUND != self.exit_code:
            return Verdict.FAILED, phrase("The command was not found: {printed}", printed=excerpt(printed))
        if result.exit_code != self.exit_code:
            return Verdict.FAILED, phrase(
                "exit code {exit_code}: {printed}", exit_code=result.exit_code, printed=excerpt(printed)
            )
        if not self._prints_what_it_must(result, printed):
            return Verdict.FAILED, phrase("printed: {printed}", printed=excerpt(printed) or phrase("nothing"))
        return Verdict.PASSED, phrase("exit code {exit_code}", exit_code=result.exit_code)

    def _prints_what_it_must(self, result: CommandResult, printed: str) -> bool:
        """Raises CannotRead if that is unknown: the text may be in output that was not kept."""
        if self.contains is not None and self.contains not in result.printed:
            return False
        if self.not_contains is not None and self.not_contains in result.printed:
            return False
        if self.output is None or compiled(self.output, lines=True).found_in(printed):
            return True
        if result.cut:
            raise CannotRead(
                "limit",
                phrase(
                    "The output is longer than the check reads, and the part that was "
                    "read does not contain it."
                ),
            )
        return False
