"""A scenario of Killercoda or Katacoda as a lab.

The format: index.json with title, description, difficulty, time and details (intro, steps, finish, assets), backend and
interface or environment. Killercoda's foreground and background scripts are Katacoda's code and courseData.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

from runner.authoring.draft import Draft, DraftCommand, DraftStep
from runner.authoring.imports import home, scripts
from runner.authoring.imports.acting import Acting
from runner.authoring.imports.assets import Assets
from runner.authoring.imports.ids import free
from runner.authoring.imports.language import foreign, guess, ours
from runner.authoring.imports.markup import Page, PageReader, only_code
from runner.authoring.imports.notes import Notes, comment
from runner.authoring.imports.positions import At, BrokenJson, Document
from runner.authoring.imports.proposals import checks_of
from runner.authoring.imports.reading import Reader, Refused
from runner.labs.load import shown
from runner.labs.problems import Problem
from runner.words import Phrase, phrase, say

INDEX = "index.json"
MOST_STEPS = 98
BACKGROUND, FOREGROUND = ("background", "courseData"), ("foreground", "code")
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
_KNOWN_PART = {"title", "text", "verify", "credits", "answer", "hint", *BACKGROUND, *FOREGROUND}


class Scenario:
    """One scenario's folder. `problems` are the files that can't be read: a lab comes of it only where there are none."""

    def __init__(self, folder: Path, reader: Reader, notes: Notes, problems: list[Problem]) -> None:
        self._folder, self._reader, self._notes, self._problems = folder, reader, notes, problems
        self._shown = shown(folder)
        self._texts: dict[str, tuple[str, Path]] = {}
        self._document = self._index()
        self._files: dict[str, bytes] = {}
        self._taken: set[str] = set()
        self._stays = True

    def _index(self) -> Document | None:
        try:
            return Document(self._reader.text(self._folder / INDEX), self._shown / INDEX)
        except BrokenJson as broken:
            self._problems.append(broken.problem)
        except Refused as refused:
            self._problems.append(Problem(self._shown / INDEX, None, None, refused.message))
        return None

    def draft(self, told: str, title: str = "", summary: str = "", source: str = "") -> Draft | None:
        """The lab, told to the author in the language `told`; None where something can't be read.

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
        self._language = source or guess(
            f"{document.string('title')} {document.string('description')} {prose}"
        )
        self._told = told
        before = len(self._notes.all)
        self._stays = not any(home.leaves(each) for each in self._commands(document, parts))
        self._about(document, prose)
        assets = Assets(self._folder, self._reader, self._notes)
        assets.carry(document)
        self._files |= assets.files
        setup = [*assets.setup]
        general = len(self._notes.all)
        steps = [self._step(document, kind, at, setup) for kind, at in parts]
        title = title or document.string("title") or self._folder.resolve().name
        intro = next((step.text[self._language] for step in steps), "")
        draft = Draft(
            title=self._words(title),
            summary=self._words(summary or document.string("description") or _first_words(intro) or title),
            steps=steps,
            minutes=_minutes(document.string("time"), len(steps)),
            level=LEVELS.get(document.string("difficulty").lower().split(" ")[0], "beginner"),
            setup=setup,
            more=self._more(steps),
            files=self._files,
        )
        draft.notes = [
            say(phrase("Imported from the scenario {folder}", folder=str(self._shown)), told),
            *(comment(note, told) for note in self._notes.all[before:general]),
        ]
        return draft

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
        return found or [("intro", ("details",))]

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
                self._problems.append(Problem(document.shown, document.line(*at, key), None, message))

    def _commands(self, document: Document, parts: list[tuple[str, At]]) -> list[str]:
        found = []
        for _, at in parts:
            name = document.string(*at, "text")
            page = (
                PageReader(lambda *_: None, lambda *_: None, "").read(self._texts[name][0])
                if name
                else Page()
            )
            found += [action.text for action in (*page.actions, *page.solving) if action.executed]
        return found

    def _about(self, document: Document, prose: str) -> None:
        """Notes of the scenario as a whole."""
        tell = self._notes.tell
        if foreign(prose):
            what = phrase(
                "the texts are in neither English nor Korean, and are taken for {language}",
                language=self._language,
            )
            tell(document.shown, 1, what, phrase("translate them"))
        image = document.string("backend", "imageid")
        if image:
            tell(
                document.shown,
                document.line("backend", "imageid"),
                phrase("the scenario has a machine of its own: {image}", image=image),
                phrase("a lab runs on the learner's machine and cluster: name what it needs under requires"),
            )
        for path, known in _KNOWN.items():
            for key in document.keys(*path):
                if key not in known:
                    tell(
                        document.shown,
                        document.line(*path, key),
                        phrase("not carried over: {key}", key=key),
                        None,
                    )
        for key in ("environment", "interface"):
            for name, value in document.keys(key).items():
                if name in ("dashboards", "layout", "uilayout") and value not in ("terminal", [], ""):
                    what = phrase(
                        "the layout of the platform's page is not carried over: {key}", key=f"{key}.{name}"
                    )
                    tell(document.shown, document.line(key, name), what, None)
        if document.string("type").startswith("challenge"):
            what = phrase(
                "a challenge: its own order of tasks and hints is the lab's order of steps and hints"
            )
            tell(document.shown, document.line("type"), what, None)

    def _step(self, document: Document, kind: str, at: At, setup: list[DraftCommand]) -> DraftStep:
        before = len(self._notes.all)
        for key in document.keys(*at) if at != ("details",) else ():
            if key not in _KNOWN_PART:
                self._notes.tell(
                    document.shown, document.line(*at, key), phrase("not carried over: {key}", key=key), None
                )
        page, acting = self._page(document, at)
        title = self._title(document, kind, at, page)
        number = sum(1 for each in self._taken if each.startswith("step-")) + 1
        step_id = free(title if kind == "step" else kind, f"step-{number}", self._taken)
        self._taken.add(step_id)
        run = acting.run
        scripted = self._scripts(document, kind, at, step_id)
        if kind == "intro":
            setup += scripted
        else:
            run = [*scripted, *run]
        step = DraftStep(step_id, self._words(title), self._words(self._text(document, at, page, title)), run)
        told = [each for each in page.solution if not (page.solving and only_code(each))]
        step.hints = [self._words(each) for each in (*page.hints, *told)]
        self._solve(step, page)
        self._put_files(step, page, step_id)
        self._check(document, at, step, page)
        if not step.checks and kind != "step":
            step.notes.append("lint: allow step-without-check")
        self._notes.sort(before)
        step.notes = [*(comment(note, self._told) for note in self._notes.all[before:]), *step.notes]
        return step

    def _page(self, document: Document, at: At) -> tuple[Page, Acting]:
        name = document.string(*at, "text")
        text, file = self._texts.get(name, ("", document.shown))

        def tell(line: int, what: Phrase, to_do: Phrase | None) -> None:
            self._notes.tell(file, line, what, to_do)

        def picture(url: str, line: int) -> str | None:
            return self._picture(PurePosixPath(name).parent, url, file, line)

        word = say(phrase("Picture"), self._language)
        if self._stays:
            reader = PageReader(tell, picture, word, home.relative, home.relative_prose)
        else:
            reader = PageReader(tell, picture, word, home.absolute)
        page, acting = reader.read(text), Acting(tell)
        acting.take(page.actions)
        answer = document.string(*at, "answer")
        if answer:
            answered = PageReader(tell, picture, word).read(self._texts[answer][0])
            page.solution.append(answered.text)
            page.solving += answered.actions
        if document.string(*at, "hint"):
            what = phrase("hints that a script gives: {name}", name=document.string(*at, "hint"))
            self._notes.tell(
                document.shown, document.line(*at, "hint"), what, phrase("write them under hints")
            )
        return page, acting

    def _picture(self, folder: PurePosixPath, url: str, file: Path, line: int) -> str | None:
        inside = url.partition("?")[0].partition("#")[0]
        try:
            path = self._reader.place(self._folder / folder, inside)
            name = f"pictures/{PurePosixPath(inside).name}"
            self._files.setdefault(name, self._reader.data(path))
        except Refused as refused:
            what = phrase("the picture {name} is left out: {reason}", name=url[:200], reason=refused.message)
            self._notes.tell(file, line, what, None)
            return None
        return name

    def _title(self, document: Document, kind: str, at: At, page: Page) -> str:
        own = document.string(*at, "title") if at != ("details",) else ""
        if own:
            return own
        if kind == "intro":
            return say(phrase("Introduction"), self._language)
        if kind == "finish":
            return say(phrase("The end"), self._language)
        return page.heading or say(
            phrase("Step {number}", number=at[-1] + 1 if isinstance(at[-1], int) else 1), self._language
        )

    def _text(self, document: Document, at: At, page: Page, title: str) -> str:
        text = page.text or (document.string("description") if at == ("details",) else "") or title
        credits_ = document.string(*at, "credits") if at != ("details",) else ""
        return f"{text}\n\n{credits_}" if credits_ else text

    def _scripts(self, document: Document, kind: str, at: At, step_id: str) -> list[DraftCommand]:
        """The foreground and background scripts of a part, as commands."""
        found = []
        for word, keys in (("background", BACKGROUND), ("foreground", FOREGROUND)):
            for key in keys:
                name = document.string(*at, key)
                if not name:
                    continue
                if kind == "finish":
                    what = phrase("a script of the last page is left out: {name}", name=name)
                    self._notes.tell(
                        document.shown, document.line(*at, key), what, phrase("a lab's cleanup may have it")
                    )
                    continue
                carried = self._carry(name, f"scripts/{step_id}-{word}", as_check=False)
                if carried is None:
                    continue
                found.append(DraftCommand(scripts.setup(*carried), timeout="10m"))
                if kind == "step":
                    what = phrase(
                        "a script that runs as the step begins is the first of its commands: {name}",
                        name=name,
                    )
                    self._notes.tell(document.shown, document.line(*at, key), what, None)
        return found

    def _carry(self, name: str, target: str, *, as_check: bool) -> tuple[str, str] | None:
        """A script as a file of the lab: its name there and its text."""
        text, file = self._texts[name]
        if scripts.interpreter(text) is None:
            self._notes.tell(
                file,
                1,
                phrase(
                    "a script for an interpreter that is not known: {line}", line=text.split("\n")[0][:80]
                ),
                None,
            )
            return None
        changed = scripts.rewritten(text)
        for line, why in scripts.remarks(changed, as_check=as_check):
            self._notes.tell(file, line, why, None)
        for number, (old, new) in enumerate(zip(text.split("\n"), changed.split("\n"), strict=True), start=1):
            if old != new:
                what = phrase(
                    "the scenario's home folder is the lab's workspace here: {line}",
                    line=" ".join(new.split())[:100],
                )
                self._notes.tell(file, number, what, None)
        suffix = PurePosixPath(name).suffix or ".sh"
        self._files[f"{target}{suffix}"] = changed.encode()
        return f"{target}{suffix}", changed

    def _solve(self, step: DraftStep, page: Page) -> None:
        if page.solving:
            name = Path(self._shown)
            acting = Acting(lambda line, what, to_do: self._notes.tell(name, line, what, to_do))
            step.solution = [*step.run, *acting.take([each for each in page.solving if each.executed])]

    def _put_files(self, step: DraftStep, page: Page, step_id: str) -> None:
        """Files that a click puts into the editor: files of the lab, and commands that put them there."""
        for number, each in enumerate(page.files, start=1):
            line = file_command(each.name, each.target, f"files/{step_id}-{number}")
            if line is None:
                continue
            self._files[f"files/{step_id}-{number}"] = (each.content.rstrip("\n") + "\n").encode()
            step.run.insert(number - 1, DraftCommand(line))

    def _check(self, document: Document, at: At, step: DraftStep, page: Page) -> None:
        for number, quiz in enumerate(page.quizzes, start=1):
            if quiz.answerable:
                step.checks.append(quiz.check(f"{step.id}-q{number}"[:63], self._language))
            else:
                name = self._texts[document.string(*at, "text")][1]
                what = phrase("a question that can't be answered: {question}", question=quiz.question)
                self._notes.tell(
                    name, quiz.line, what, phrase("give it two answers or more, one of them right")
                )
        name = document.string(*at, "verify")
        if name:
            self._verify(name, step)
        elif not step.checks and (step.solution or step.run):
            step.checks += checks_of([each.command for each in (step.solution or step.run)])

    def _verify(self, name: str, step: DraftStep) -> None:
        text, file = self._texts[name]
        carried = self._carry(name, f"scripts/{step.id}-verify", as_check=True)
        if carried is None:
            return
        if scripts.never_fails(text):
            self._notes.tell(
                file,
                1,
                phrase("this script can't fail: it checks nothing"),
                phrase("write a check for the step"),
            )
            step.checks += checks_of([each.command for each in (step.solution or step.run)])
            return
        if scripts.prints_nothing(text):
            self._notes.tell(
                file,
                1,
                phrase("a learner who fails is told nothing"),
                phrase("let the script print what is missing, or use checks that look at the objects"),
            )
        step.checks.append(
            {
                "command": scripts.call(*carried),
                "title": ours(phrase("What this step asks for is done"), self._language),
                "timeout": "1m",
                "once": True,
            }
        )
        step.within = "2m"

    def _words(self, text: str) -> dict[str, str]:
        return {self._language: text}

    def _more(self, steps: list[DraftStep]) -> dict[str, Any]:
        lines = "\n".join(each.command for step in steps for each in (*step.run, *step.solution))
        if re.search(r"\bkubectl\b", lines) or any(b"kubectl" in content for content in self._files.values()):
            return {"requires": {"tools": {"kubectl": "*"}}}
        return {}


def file_command(name: str, target: str, source: str) -> str | None:
    """The command line that does what the platform's editor does on a click; None where there is nothing to do."""
    import shlex

    inside = PurePosixPath(name.removeprefix("./"))
    own = home.target(name)
    if own is not None and name.startswith(("~", "/root", "$HOME", "/home/scrapbook")):
        inside = own
    if not name or inside.is_absolute() or ".." in inside.parts:
        return None
    where, lab = shlex.quote(inside.as_posix()), f'"${home.LAB}"/{source}'
    folder = inside.parent.as_posix()
    made = "" if folder == "." else f"mkdir -p {shlex.quote(folder)} && "
    return f"{made}cp {lab} {where}" if target == "replace" else f"{made}cat {lab} >> {where}"


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
