"""What a command that a check runs must end with and print, for a shell on this machine and for one in a container."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import CannotRead, Check, CommandResult, Verdict
from checks.durations import Duration
from checks.patterns import Regex, compiled, excerpt, matches_anything
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, quoted, quoted_pattern

_SUCCEEDS = re.compile(r"(\|\||;|\n|^)\s*(true|:|exit\s+0|(echo|printf)\b[^|&;]*)\s*$")


def always_succeeds(line: str) -> bool:
    """Whether a command line exits with 0 whatever happens in it."""
    return _SUCCEEDS.search(line) is not None


class ChecksResult(Check):
    """A check of a command's exit code and output."""

    exit_code: Annotated[int, Field(ge=0, le=255, description="The exit code it must have.")] = 0
    output: Annotated[
        Regex | None,
        Field(
            description=(
                "A regular expression found in its standard output or error; ^ and $ match at lines. The first 256 "
                "KiB of each output are searched; if there is more and nothing is found, the check can't be judged."
            )
        ),
    ] = None
    contains: Annotated[str | None, Field(min_length=1, description="Text that it must print.")] = None
    not_contains: Annotated[str | None, Field(min_length=1, description="Text that it must not print.")] = (
        None
    )
    timeout: Annotated[Duration, Field(description="How long it may take.")] = 30.0

    @model_validator(mode="after")
    def _can_print_that(self) -> Self:
        if self.contains is not None and self.not_contains is not None and self.not_contains in self.contains:
            raise PydanticCustomError("contradiction", "it can't print contains and not print not_contains")
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """What is looked for in all of the output, also beyond the part that is kept."""
        return tuple(text for text in (self.contains, self.not_contains) if text is not None)

    @property
    def wanted(self) -> tuple[Phrase, ...]:
        """The exit code and the outputs that it must have."""
        wanted = [phrase("exit code {exit_code}", exit_code=self.exit_code)]
        if self.contains is not None:
            wanted.append(phrase("prints: {text}", text=self.contains))
        if self.output is not None:
            wanted.append(phrase("prints something like: {pattern}", pattern=self.output))
        if self.not_contains is not None:
            wanted.append(phrase("does not print: {text}", text=self.not_contains))
        return tuple(wanted)

    def sentence_of(self, command: Phrase) -> Sentence:
        """The same for a learner; `command` is how the command is named."""
        if self.contains is not None or self.output is not None:
            text = quoted(self.contains) if self.contains is not None else quoted_pattern(self.output or "")
            return Sentence(
                phrase("{command} must print {text}", command=command, text=text),
                phrase("{command} prints {text}", command=command, text=text),
            )
        if self.not_contains is not None:
            text = quoted(self.not_contains)
            return Sentence(
                phrase("{command} must not print {text}", command=command, text=text),
                phrase("{command} does not print {text}", command=command, text=text),
            )
        if self.exit_code:
            return Sentence(
                phrase("{command} must end with exit code {code}", command=command, code=self.exit_code),
                phrase("{command} ends with exit code {code}", command=command, code=self.exit_code),
            )
        return Sentence(
            phrase("{command} must succeed", command=command), phrase("{command} succeeds", command=command)
        )

    def passes_whatever(self, line: str) -> Phrase | None:
        """Why the check can't fail with this command line; None if it can."""
        if self.output is not None and matches_anything(self.output):
            return phrase("its pattern matches everything: {pattern}", pattern=self.output)
        if self.exit_code == 0 and not self.texts and self.output is None and always_succeeds(line):
            return phrase("the command always exits with 0: {command}", command=line)
        return None

    def judge(self, result: CommandResult) -> tuple[Verdict, Phrase]:
        """Raises CannotRead if the text may be in output that was not kept."""
        printed = f"{result.stdout}\n{result.stderr}"
        shown = excerpt(printed) or phrase("nothing")
        if result.exit_code is None:
            return Verdict.PENDING, phrase("Still running after {seconds} s", seconds=round(self.timeout))
        if result.exit_code != self.exit_code:
            return Verdict.FAILED, phrase(
                "exit code {exit_code}: {printed}", exit_code=result.exit_code, printed=shown
            )
        if not self._prints_what_it_must(result, printed):
            return Verdict.FAILED, phrase("printed: {printed}", printed=shown)
        return Verdict.PASSED, phrase("exit code {exit_code}", exit_code=result.exit_code)

    def _prints_what_it_must(self, result: CommandResult, printed: str) -> bool:
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
