"""Commands that asked for confirmation and were not answered with yes."""

from __future__ import annotations

import re
import shlex

from checks.base import Finding
from checks.diagnosis.command_lines import Part
from checks.diagnosis.question import Question, quoted
from checks.phrase import phrase

_ASKED = r"\(y/N\)"
_DECLINED = r"^(.*\(y/N\)\s*.*)?(Cancelled\.|Aborted!?|aborted)\s*$"


async def declined(question: Question) -> Finding | None:
    """istioctl prints `Cancelled.` for everything but y and yes, including an empty line and the end of its input."""
    change = await question.change()
    if change is None:
        return None
    ran, part = change
    last = quoted(ran.output, _DECLINED)
    asked = quoted(ran.output, _ASKED)
    if ran.exit_code == 0 or not asked or (not last and ran.exit_code != 130):
        return None
    if await question.found() is not None:
        return None
    given = re.sub(r"\s+", " ", ran.line.strip())
    answered = phrase("The question was not answered with y, so nothing was done")
    if last == "" or ran.exit_code == 130:
        answered = phrase("The command was interrupted at its question, so nothing was done")
    elif "</dev/null" in given.replace(" ", "") or "|" in given:
        answered = phrase("The input ended before the question was answered, so nothing was done")
    plain = given if "|" not in given and "<" not in given else _by_itself(part)
    return Finding(
        "answered-no",
        answered,
        phrase(
            "Enter alone means no: answer y, or use the option that skips the question: {command}",
            command=plain if part.option("-y") or "-y" in part.arguments else f"{plain} -y",
        ),
        evidence=asked if not last or last == asked else f"{asked} {last}",
        source=ran.line,
    )


def _by_itself(part: Part) -> str:
    """The command without what its input was read from and its output went to."""
    kept = [part.program]
    redirected = False
    for word in part.arguments:
        if redirected:
            redirected = False
        elif re.fullmatch(r"[<>&|]+", word):
            redirected = True
            kept = kept[:-1] if kept[-1].isdigit() else kept  # 2>
        else:
            kept.append(word)
    return shlex.join(kept)
