"""The README's picture: `make picture` works through the Istio lab and draws what the terminal shows, as SVG."""

from __future__ import annotations

import asyncio
import io
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from checks.base import Verdict
from runner.grading.grade import Job, grade
from runner.grading.live import LiveView
from runner.grading.result import Result
from runner.grading.summary import print_summary
from runner.labs import library
from runner.labs.load import load
from runner.session.events import CheckUpdated, Event
from runner.session.open import practice_target
from runner.words import Phrase

FILE = Path(__file__).with_name("istio-lab.svg")
STEP = "ready"
"""The step in whose middle the first half of the picture is taken."""


def console() -> Console:
    return Console(
        record=True,
        width=100,
        height=40,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )


class Camera(LiveView):
    """The live view, with one frame kept: a moment when some checks hold and some do not yet."""

    def __init__(self, picture: Console) -> None:
        super().__init__(console(), "en")
        self._picture, self._taken = picture, False

    def show(self, event: Event, result: Result) -> None:
        super().show(event, result)
        if isinstance(event, CheckUpdated) and event.step == STEP and not self._taken:
            outcomes = [each.outcome for each in result.find(STEP).checks if each.outcome]  # type: ignore[union-attr]
            if any(o.passed for o in outcomes) and any(o.verdict is Verdict.PENDING for o in outcomes):
                self._taken = len(outcomes) == len(result.find(STEP).checks)  # type: ignore[union-attr]
            if self._taken:
                self._picture.print(self)


def told(error: Exception) -> Phrase:
    raise error


async def main() -> None:
    picture = console()
    picture.print("[bold green]$[/] labgate grade istio-install --run --practice\n")
    lab = load(library.find("istio-install"))
    job, result = Job(lab, run=True), Result.of(lab, datetime.now(UTC))
    await grade(job, lambda: practice_target(lab), Camera(picture), result, told)
    print_summary(picture, result, "en")
    svg = picture.export_svg(title="Labgate")
    FILE.write_text(
        re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    )  # no fonts from somebody's server


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["LABGATE_HOME"] = home
        asyncio.run(main())
