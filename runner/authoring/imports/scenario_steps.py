"""The pages of a scenario (its intro, its steps, its finish) as the steps of a lab."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath
from typing import Any

from runner.authoring.imports import code_blocks as fences
from runner.authoring.imports import folded, home, scenario_scripts
from runner.authoring.imports import scenario_manifests as manifests
from runner.authoring.imports.acting import Acting, shown_as_run
from runner.authoring.imports.carried import Carrier
from runner.authoring.imports.command_checks import Done, Seen, moved, proposed
from runner.authoring.imports.ids import free
from runner.authoring.imports.language import ours
from runner.authoring.imports.markup import Action, Page, PageReader
from runner.authoring.imports.notes import comment
from runner.authoring.imports.pieces import Fold
from runner.authoring.imports.placeholders import ReportNote
from runner.authoring.imports.positions import At, Document
from runner.authoring.lab_draft import DraftCommand, DraftStep
from runner.words import Phrase, phrase, translate

BACKGROUND, FOREGROUND = ("background", "courseData"), ("foreground", "code")
WHOLE: At = ("details",)
"""Where the page is of a scenario that has none."""
_KNOWN = {"title", "text", "verify", "credits", "answer", "hint", *BACKGROUND, *FOREGROUND}


class StepMaker:
    """Makes the steps of one lab, one after the other.

    `language` is that of the lab, `note_language` that of the notes. `stays`: no command leaves the home folder, so that
    relative paths will do. `marked`: something in the scenario has a mark that says that it is run. What the intro's
    scripts do comes into `setup`.
    """

    def __init__(
        self,
        document: Document,
        carrier: Carrier,
        language: str,
        note_language: str,
        *,
        stays: bool,
        marked: bool,
    ) -> None:
        self.setup: list[DraftCommand] = []
        self.alias = False
        """Whether a command calls kubectl by its alias."""
        self._document, self._carrier, self._notes = document, carrier, carrier.notes
        self._language, self._note_language, self._stays, self._marked = (
            language,
            note_language,
            stays,
            marked,
        )
        self._taken: set[str] = set()
        self._written: dict[str, bytes] = {}
        """Files that commands wrote, by their names without folders."""
        self._folder: PurePosixPath | None = PurePosixPath()

    def make(self, kind: str, at: At, *, apart: bool = True) -> list[DraftStep]:
        """The step of the page at `at`; `kind` is intro, step or finish.

        They are two where the page solves nothing by what it shows, and something must run before the learner is at it
        (`apart`: there is room for that).
        """
        before = len(self._notes.all)
        for key in self._document.keys(*at) if at != WHOLE else ():
            if key not in _KNOWN:
                self._report(at, key, phrase("not imported: {key}", key=key))
        page, acting = self._page(kind, at)
        opened = folded.opened(page, self._carrier.note_taker(self._file(at)), acting)
        self.alias = self.alias or acting.alias or opened.alias
        title = self._title(kind, at, page)
        step = DraftStep(
            self._id(kind, at, title), self._words(title), self._words(self._text(at, page, title))
        )
        step.run, step.solution = acting.run, opened.run
        step.hints = [self._words(each) for each in opened.hints]
        self._put_files(step, at, page)
        self._begin(step, kind, at)
        ahead = self._ahead(step, at, title, apart=apart) if step.solution else []
        self._check(step, at, page)
        if not step.checks and kind != "step":
            step.notes.append("lint: allow step-without-check")
        self._notes.sort(before)
        notes = [comment(note, self._note_language) for note in self._notes.all[before:]]
        step.notes = [*notes, *step.notes]
        return [*ahead, step]

    def _id(self, kind: str, at: At, title: str) -> str:
        number = at[-1] + 1 if isinstance(at[-1], int) else 1
        step_id = free(title if kind == "step" else kind, f"step-{number}", self._taken)
        self._taken.add(step_id)
        return step_id

    def _ahead(self, step: DraftStep, at: At, title: str, *, apart: bool) -> list[DraftStep]:
        """What runs before the learner solves the step: as a step of its own, so that the solution is no command of it."""
        run, step.run = step.run, []
        changing = [each for each in run if not folded.looks(each.command)]
        if not changing:
            if run:
                what = phrase(
                    "the page's commands only read: they are kept in its text, and the solution "
                    "completes the step"
                )
                self._report(at, "text", what)
            return []
        if not apart:
            what = phrase("too many steps: skipped what runs before this step is solved")
            self._report(at, "text", what, phrase("split the lab"))
            return []
        what = phrase(
            "the commands that the page runs became a separate step before the one that "
            "its solution completes"
        )
        self._report(at, "text", what)
        name = translate(phrase("{title}: preparation", title=title), self._language)
        text = translate(
            phrase("These commands prepare the next step. Run them first, then continue."), self._language
        )
        made = DraftStep(self._id("step", at, f"{step.id}-first"), self._words(name), self._words(text), run)
        made.checks = [*self._proposed([each.command for each in run])]
        if not made.checks:
            made.notes.append("lint: allow step-without-check")
        return [made]

    def _value(self, at: At, key: str) -> str:
        """What a page has under `key`. A scenario that has no pages is one, with its description alone."""
        return self._document.string(*at, key) if at != WHOLE else ""

    def _script(self, at: At, key: str) -> str:
        """The name of a script that was read; "" if there is none."""
        name = self._value(at, key)
        return name if name in self._carrier.texts else ""

    def _report(self, at: At, key: str, what: Phrase, to_do: Phrase | None = None) -> None:
        self._notes.report(self._document.shown, self._document.line(*at, key), what, to_do)

    def _file(self, at: At) -> Path:
        """The file of the page's text, as it is shown."""
        return self._carrier.texts.get(self._value(at, "text"), ("", self._document.shown))[1]

    def _page(self, kind: str, at: At) -> tuple[Page, Acting]:
        name, file = self._value(at, "text"), self._file(at)
        report, acting = self._carrier.note_taker(file), Acting(self._carrier.note_taker(file))

        def picture(url: str, line: int) -> str | None:
            return self._carrier.picture(PurePosixPath(name).parent, url, file, line)

        def reader() -> PageReader:
            if self._stays:
                return PageReader(report, picture, word, home.relative, home.relative_prose)
            return PageReader(report, picture, word, home.absolute)

        word = translate(phrase("Picture"), self._language)
        page = reader().read(self._carrier.texts[name][0] if name else "")
        answer = self._value(at, "answer")
        if answer:
            page.folds += reader().read(self._carrier.texts[answer][0], Fold(1, is_answer=True)).folds
        acting.take(self._shown(page, report) if kind != "finish" or self._marked else [])
        if self._value(at, "hint"):
            what = phrase("hints from a script: {name}", name=self._value(at, "hint"))
            self._report(at, "hint", what, phrase("add them under hints"))
        return page, acting

    def _shown(self, page: Page, report: ReportNote) -> list[Action]:
        """The code of the page that is run: what a mark says so of, or its blocks of commands where no mark is anywhere."""
        if self._marked or folded.solves(page):
            return page.actions
        blocks = [
            each
            for each in page.actions
            if each.block and fences.commands_of(each.info, each.text, each.line)
        ]
        if blocks:
            what = phrase(
                "nothing marks the commands to run: the code blocks with commands were used; lines: {lines}",
                lines=tuple(each.line for each in blocks),
            )
            report(blocks[0].line, what, phrase("make sure that all of them are to be run"))
        runs = {id(each) for each in blocks}
        return [shown_as_run(each) if id(each) in runs else each for each in page.actions if each.block]

    def _title(self, kind: str, at: At, page: Page) -> str:
        own = self._value(at, "title")
        if own or (kind == "step" and page.heading):
            return own or page.heading
        number = at[-1] + 1 if isinstance(at[-1], int) else 1
        ours = {"intro": phrase("Introduction"), "finish": phrase("The end")}
        return translate(ours.get(kind) or phrase("Step {number}", number=number), self._language)

    def _text(self, at: At, page: Page, title: str) -> str:
        whole = self._document.string("description") if at == WHOLE else ""
        return f"{page.text or whole or title}\n\n{self._value(at, 'credits')}".strip()

    def _begin(self, step: DraftStep, kind: str, at: At) -> None:
        """The scripts that run as the page is opened: the intro's come before the lab, a step's before its commands."""
        found = []
        for word, key in (
            *(("background", key) for key in BACKGROUND),
            *(("foreground", key) for key in FOREGROUND),
        ):
            name = self._script(at, key)
            if name and kind == "finish":
                what = phrase("skipped a script of the last page: {name}", name=name)
                self._report(at, key, what, phrase("it can go into the lab's cleanup"))
            elif name:
                carried = self._carrier.script(name, f"scripts/{step.id}-{word}", as_check=False)
                found += [DraftCommand(scenario_scripts.setup(*carried), timeout="10m")] if carried else []
                if kind == "step":
                    what = phrase(
                        "this script runs when the step begins: it became the step's first command: {name}",
                        name=name,
                    )
                    self._report(at, key, what)
        if kind == "intro":
            self.setup += found
        else:
            step.run = [*found, *step.run]

    def _put_files(self, step: DraftStep, at: At, page: Page) -> None:
        """Files that a click puts into the editor: files of the lab, and commands that put them there."""
        made = []
        for number, each in enumerate(page.files, start=1):
            name = f"files/{step.id}-{number}"
            line = file_command(each.name, each.target, name)
            if line is None:
                what = phrase("text for the platform's editor: {file}", file=each.name or "?")
                self._notes.report(
                    self._file(at), each.line, what, phrase("explain in the text where it belongs")
                )
                continue
            self._carrier.files[name] = (each.content.rstrip("\n") + "\n").encode()
            made.append(DraftCommand(line))
        step.run = [*made, *step.run]

    def _check(self, step: DraftStep, at: At, page: Page) -> None:
        for number, quiz in enumerate(page.quizzes, start=1):
            if quiz.answerable:
                step.checks.append(quiz.check(f"{step.id}-q{number}"[:63], self._language))
            else:
                what = phrase("a question without a possible answer: {question}", question=quiz.question)
                to_do = phrase("add at least two answers, one of them correct")
                self._notes.report(self._file(at), quiz.line, what, to_do)
        name = self._script(at, "verify")
        verified = self._verify(name, step) if name else None
        if verified:
            step.checks.append(verified)
            step.within = "2m"
        elif not step.checks:
            step.checks += self._proposed([each.command for each in step.run or step.solution])
            return
        for each in step.run or step.solution:
            self._folder = moved(self._folder, each.command)

    def _proposed(self, commands: list[str]) -> list[dict[str, Any]]:
        """Checks for commands; of what they apply, as far as the manifests are the scenario's own."""
        done, seen = [], Seen()
        for command in commands:
            ran_in, self._folder = self._folder, moved(self._folder, command)
            self._written |= manifests.written(command)
            printed = []
            for kind, name, namespace in self._applied(command):
                printed.append(f"{kind.lower()}/{name} created")
                if namespace:
                    seen.namespaces.setdefault(f"{kind}/{name}", set()).add(namespace)
            for kind, name, _ in self._objects(manifests.applied(command, manifests.DELETE)):
                printed.append(f'{kind.lower()} "{name}" deleted')
            done.append(Done(command, printed, folder=ran_in if ran_in == self._folder else None))
        return proposed(done, seen)

    def _applied(self, command: str) -> list[tuple[str, str, str]]:
        return [
            *self._objects(manifests.applied(command)),
            *manifests.objects(manifests.given(command)),
        ]

    def _objects(self, names: list[str]) -> list[tuple[str, str, str]]:
        """The objects of manifests that the scenario brings, or that commands wrote."""
        files = self._carrier.files
        own = [self._written.get(name) or files.get(f"assets/{name}") for name in names]
        return [each for content in own if content for each in manifests.objects(content)]

    def _verify(self, name: str, step: DraftStep) -> dict[str, Any] | None:
        """The check that runs a verify script; None if that would prove nothing."""
        text, file = self._carrier.texts[name]
        carried = self._carrier.script(name, f"scripts/{step.id}-verify", as_check=True)
        if carried is None:
            return None
        if scenario_scripts.never_fails(text):
            what = phrase("this script can't fail, so it checks nothing")
            self._notes.report(file, 1, what, phrase("write a check for the step"))
            del self._carrier.files[carried[0]]
            return None
        if scenario_scripts.prints_nothing(text):
            what = phrase("a learner who fails gets no message")
            to_do = phrase("let the script print what is missing, or use checks that look at the objects")
            self._notes.report(file, 1, what, to_do)
        title = ours(phrase("The task of this step is done"), self._language)
        return {"command": scenario_scripts.call(*carried), "title": title, "timeout": "1m", "once": True}

    def _words(self, text: str) -> dict[str, str]:
        return {self._language: text}


def file_command(name: str, target: str, source: str) -> str | None:
    """The command line that does what the platform's editor does on a click; None if there is nothing to do."""
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
