"""A scenario of Killercoda or Katacoda as a lab.

The format: index.json with title, description, difficulty, time and details (intro, steps, finish, assets), backend and
interface or environment. Killercoda's foreground and background scripts are Katacoda's code and courseData.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from runner.authoring.imports import code_blocks as fences
from runner.authoring.imports import home, machines
from runner.authoring.imports.assets import Assets
from runner.authoring.imports.carried import Carrier
from runner.authoring.imports.command_checks import settle
from runner.authoring.imports.language import foreign, guess
from runner.authoring.imports.markup import Action, PageReader
from runner.authoring.imports.notes import Notes, comment
from runner.authoring.imports.positions import At, BrokenJson, Document
from runner.authoring.imports.scenario_steps import BACKGROUND, FOREGROUND, WHOLE, StepMaker
from runner.authoring.imports.source_files import Reader, Refused
from runner.authoring.lab_draft import Draft, DraftCommand, DraftStep
from runner.labs.lab_problems import Problem
from runner.labs.load import shown
from runner.words import phrase, translate

INDEX = "index.json"
MOST_STEPS = 98
LEVELS = {
    "beginner": "beginner",
    "easy": "beginner",
    "intermediate": "intermediate",
    "medium": "intermediate",
    "advanced": "advanced",
    "hard": "advanced",
    "expert": "advanced",
}
_KNOWN = {
    (): {
        "title",
        "description",
        "difficulty",
        "time",
        "details",
        "backend",
        "pathwayTitle",
        "icon",
        "type",
        "environment",
        "interface",
    },
    ("details",): {"intro", "steps", "finish", "assets"},
}


class Scenario:
    """One scenario's folder. `problems` are the files that can't be read: a lab comes of it only where there are none."""

    def __init__(self, folder: Path, reader: Reader, notes: Notes, problems: list[Problem]) -> None:
        self._folder, self._reader, self._notes, self._problems = folder, reader, notes, problems
        self._shown = shown(folder)
        self._texts: dict[str, tuple[str, Path]] = {}
        self._document = self._index()

    def _index(self) -> Document | None:
        try:
            return Document(self._reader.text(self._folder / INDEX), self._shown / INDEX)
        except BrokenJson as broken:
            self._problems.append(broken.problem)
        except Refused as refused:
            self._problems.append(Problem(self._shown / INDEX, None, None, refused.message))
        return None

    def draft(self, note_language: str, title: str = "", summary: str = "", source: str = "") -> Draft | None:
        """The lab, with notes in the language `note_language`; None if something can't be read.

        `title` and `summary` go before the scenario's own; `source` is its language ("": guessed).
        """
        document = self._document
        if document is None:
            return None
        parts = self._parts(document)
        for _, at in parts:
            self._gather(document, at)
        if self._problems:
            return None
        prose = "\n".join(text for text, file in self._texts.values() if file.suffix != ".sh")
        language = source or guess(f"{document.string('title')} {document.string('description')} {prose}")
        before = len(self._notes.all)
        self._about(document, prose, language)
        carrier = Carrier(self._folder, self._reader, self._notes, self._texts)
        assets = Assets(self._folder, self._reader, self._notes)
        assets.carry(document)
        carrier.files |= assets.files
        code = self._code(document, parts)
        shell = self._shell([each.text for each in code])
        self._notes.sort(before)
        general = self._notes.all[before:]
        stays = not any(home.leaves(each.text) for each in code)
        marked = any(each.executed for each in code)
        maker = StepMaker(document, carrier, language, note_language, stays=stays, marked=marked)
        steps: list[DraftStep] = []
        for number, (kind, at) in enumerate(parts, start=1):
            steps += maker.make(kind, at, apart=len(steps) + 2 + len(parts) - number <= MOST_STEPS + 2)
        settle([step.checks for step in steps])
        title = title or document.string("title") or self._folder.resolve().name
        summary = summary or document.string("description") or _first_words(steps[0].text[language]) or title
        return Draft(
            title={language: title},
            summary={language: summary},
            steps=steps,
            minutes=_minutes(document.string("time"), len(steps)),
            level=LEVELS.get(document.string("difficulty").lower().split(" ", 1)[0], "beginner"),
            setup=[*assets.setup, *shell, *maker.setup],
            more={**_more(steps, carrier.files), **_mode(steps)},
            notes=[
                translate(
                    phrase("Imported from the scenario {folder}", folder=str(self._shown)), note_language
                ),
                *(comment(note, note_language) for note in general),
            ],
            files=carrier.files,
        )

    def _parts(self, document: Document) -> list[tuple[str, At]]:
        """The pages of the scenario: intro, steps, finish."""
        found: list[tuple[str, At]] = []
        if document.keys("details", "intro"):
            found.append(("intro", ("details", "intro")))
        steps = document.items("details", "steps")
        if len(steps) > MOST_STEPS:
            at = document.line("details", "steps")
            message = phrase("too many steps: at most {count}", count=MOST_STEPS)
            self._problems.append(Problem(document.shown, at, None, message))
        found += [("step", ("details", "steps", index)) for index in range(min(len(steps), MOST_STEPS))]
        if document.keys("details", "finish"):
            found.append(("finish", ("details", "finish")))
        return found or [("intro", WHOLE)]

    def _gather(self, document: Document, at: At) -> None:
        """Read the files that a part names; those that can't be read are problems."""
        for key in ("text", "verify", "answer", *BACKGROUND, *FOREGROUND):
            name = document.string(*at, key)
            if not name or name in self._texts:
                continue
            try:
                path = self._reader.place(self._folder, name)
                self._texts[name] = self._reader.text(path), self._shown / name
            except Refused as refused:
                message = phrase("{key}: {name}: {reason}", key=key, name=name[:200], reason=refused.message)
                if key not in ("text", "answer"):  # the lab does without
                    self._notes.report(
                        document.shown, document.line(*at, key), message, phrase("it was skipped")
                    )
                    continue
                self._problems.append(Problem(document.shown, document.line(*at, key), None, message))

    def _code(self, document: Document, parts: list[tuple[str, At]]) -> list[Action]:
        """All code of the pages that is run: what is marked so, and blocks of commands."""
        found = list[Action]()
        for _, at in parts:
            for key in ("text", "answer"):
                name = document.string(*at, key)
                if not name:
                    continue
                page = PageReader(lambda *_: None, lambda *_: None, "").read(self._texts[name][0])
                folds = (each for _, inside in page.folds for part in inside for each in part.code)
                found += [
                    each
                    for each in (*page.actions, *folds)
                    if each.executed or (each.block and fences.commands_of(each.info, each.text, each.line))
                ]
        return found

    def _shell(self, code: list[str]) -> list[DraftCommand]:
        """What the platform's shell has and a learner's has not, as far as it does no harm."""
        found = []
        if any(machines.fitted(each).alias for each in code):
            found.append(DraftCommand("alias k=kubectl"))
            what = phrase(
                "the platform has the alias k for kubectl: the lab's shell has it too, and its "
                "commands use kubectl"
            )
            self._notes.report(self._shown / INDEX, None, what)
        for name in machines.short_words("\n".join(code)):
            value = machines.SHORT_WORDS[name]
            found.append(DraftCommand(f'export {name}="{value}"'))
            what = phrase(
                "the commands use {variable}, which is not set anywhere: the lab's shell sets it",
                variable=f"${name}",
            )
            self._notes.report(self._shown / INDEX, None, what)
        return found

    def _about(self, document: Document, prose: str, language: str) -> None:
        """Notes of the scenario as a whole."""
        report = self._notes.report
        if foreign(prose):
            what = phrase(
                "the texts are in neither English nor Korean; they are treated as {language}",
                language=language,
            )
            report(document.shown, 1, what, phrase("translate them"))
        image = document.string("backend", "imageid")
        if image:
            report(
                document.shown,
                document.line("backend", "imageid"),
                phrase("the scenario uses its own machine: {image}", image=image),
                phrase("a lab runs on the learner's machine and cluster: list what it needs under requires"),
            )
        for path, known in _KNOWN.items():
            for key in document.keys(*path):
                if key not in known:
                    report(
                        document.shown,
                        document.line(*path, key),
                        phrase("not imported: {key}", key=key),
                        None,
                    )
        for key in ("environment", "interface"):
            for name, value in document.keys(key).items():
                if name in ("dashboards", "layout", "uilayout") and value not in ("terminal", [], ""):
                    what = phrase(
                        "the layout of the platform's page is not imported: {key}", key=f"{key}.{name}"
                    )
                    report(document.shown, document.line(key, name), what, None)
        if document.string("type").startswith("challenge"):
            what = phrase("a challenge: its tasks and hints became the lab's steps and hints, in their order")
            report(document.shown, document.line("type"), what, None)


def _more(steps: list[DraftStep], files: dict[str, bytes]) -> dict[str, Any]:
    """What the lab requires, judging by its commands."""
    lines = "\n".join(each.command for step in steps for each in (*step.run, *step.solution))
    if re.search(r"\bkubectl\b", lines) or any(b"kubectl" in content for content in files.values()):
        return {"requires": {"tools": {"kubectl": "*"}}}
    return {}


def _mode(steps: list[DraftStep]) -> dict[str, Any]:
    """Where the learner is to find out commands by themselves, they type the others, too."""
    return {"mode": "by-hand"} if any(step.solution for step in steps) else {}


def _first_words(text: str) -> str:
    """The first sentence or two of a text, without its headings."""
    for paragraph in text.split("\n\n"):
        words = " ".join(paragraph.split())
        if words and not words.startswith(("#", "```", "|", "-", "*", ">")):
            return words[:300]
    return ""


def _minutes(time: str, steps: int) -> int:
    """The minutes that a text like `10-15 minutes` or `1 hour` means; a guess by the number of steps without one."""
    numbers = [int(each) for each in re.findall(r"\d{1,4}", time)]
    if not numbers:
        return min(600, 5 + 5 * steps)
    minutes = max(numbers[:2]) * (60 if re.search(r"hour|시간|\bh\b", time) else 1)
    return max(1, min(24 * 60, minutes))
