"""The pages of a scenario (its intro, its steps, its finish) as the steps of a lab."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath
from typing import Any

from runner.authoring.draft import DraftCommand, DraftStep
from runner.authoring.imports import home, manifests, scripts
from runner.authoring.imports.acting import Acting
from runner.authoring.imports.carried import Carrier
from runner.authoring.imports.ids import free
from runner.authoring.imports.language import ours
from runner.authoring.imports.markup import Page, PageReader, only_code
from runner.authoring.imports.notes import comment
from runner.authoring.imports.positions import At, Document
from runner.authoring.imports.proposals import Done, Seen, moved, proposed
from runner.words import Phrase, phrase, say

BACKGROUND, FOREGROUND = ("background", "courseData"), ("foreground", "code")
WHOLE: At = ("details",)
"""Where the page is of a scenario that has none."""
_KNOWN = {"title", "text", "verify", "credits", "answer", "hint", *BACKGROUND, *FOREGROUND}


class StepMaker:
    """Makes the steps of one lab, one after the other.

    `language` is that of the lab, `told` that of the notes. `stays`: no command leaves the home folder, so that
    relative paths will do. What the intro's scripts do comes into `setup`.
    """

    def __init__(
        self, document: Document, carrier: Carrier, language: str, told: str, *, stays: bool
    ) -> None:
        self.setup: list[DraftCommand] = []
        self.by_hand = False
        """Whether the learner had to find out commands that the lab has."""
        self._document, self._carrier, self._notes = document, carrier, carrier.notes
        self._language, self._told, self._stays = language, told, stays
        self._taken: set[str] = set()
        self._folder: PurePosixPath | None = PurePosixPath()

    def make(self, kind: str, at: At) -> DraftStep:
        """The step of the page at `at`; `kind` is intro, step or finish."""
        before = len(self._notes.all)
        for key in self._document.keys(*at) if at != WHOLE else ():
            if key not in _KNOWN:
                self._tell(at, key, phrase("not carried over: {key}", key=key))
        page, acting = self._page(at)
        title = self._title(kind, at, page)
        number = at[-1] + 1 if isinstance(at[-1], int) else 1
        step_id = free(title if kind == "step" else kind, f"step-{number}", self._taken)
        self._taken.add(step_id)
        step = DraftStep(step_id, self._words(title), self._words(self._text(at, page, title)), acting.run)
        told = [each for each in page.solution if not (page.solving and only_code(each))]
        step.hints = [self._words(each) for each in (*page.hints, *told)]
        self._put_files(step, at, page)
        self._begin(step, kind, at)
        if page.solving:
            self._solve(step, at, page)
        self._check(step, at, page)
        if not step.checks and kind != "step":
            step.notes.append("lint: allow step-without-check")
        self._notes.sort(before)
        step.notes = [*(comment(note, self._told) for note in self._notes.all[before:]), *step.notes]
        return step

    def _solve(self, step: DraftStep, at: At, page: Page) -> None:
        """What solves the step is among its commands: a lab is tried and proved by them."""
        solving = [each for each in page.solving if each.executed]
        run = Acting(self._carrier.teller(self._file(at))).take(solving)
        if run:
            step.run += run
            self.by_hand = True
            what = phrase(
                "a solution that is folded away: its commands are the step's, shown as it is worked by hand"
            )
            to_do = phrase("leave mode: by-hand, or see that the learner is not told too early")
            self._notes.tell(self._file(at), solving[0].line, what, to_do)

    def _said(self, at: At, key: str) -> str:
        """What a page has under `key`. A scenario that has no pages is one, with its description alone."""
        return self._document.string(*at, key) if at != WHOLE else ""

    def _tell(self, at: At, key: str, what: Phrase, to_do: Phrase | None = None) -> None:
        self._notes.tell(self._document.shown, self._document.line(*at, key), what, to_do)

    def _file(self, at: At) -> Path:
        """The file of the page's text, as it is shown."""
        return self._carrier.texts.get(self._said(at, "text"), ("", self._document.shown))[1]

    def _page(self, at: At) -> tuple[Page, Acting]:
        name, file = self._said(at, "text"), self._file(at)
        tell, acting = self._carrier.teller(file), Acting(self._carrier.teller(file))

        def picture(url: str, line: int) -> str | None:
            return self._carrier.picture(PurePosixPath(name).parent, url, file, line)

        def reader() -> PageReader:
            if self._stays:
                return PageReader(tell, picture, word, home.relative, home.relative_prose)
            return PageReader(tell, picture, word, home.absolute)

        word = say(phrase("Picture"), self._language)
        page = reader().read(self._carrier.texts[name][0] if name else "")
        acting.take(page.actions)
        answer = self._said(at, "answer")
        if answer:
            answered = reader().read(self._carrier.texts[answer][0])
            page.solution.append(answered.text)
            page.solving += answered.actions
        if self._said(at, "hint"):
            what = phrase("hints that a script gives: {name}", name=self._said(at, "hint"))
            self._tell(at, "hint", what, phrase("write them under hints"))
        return page, acting

    def _title(self, kind: str, at: At, page: Page) -> str:
        own = self._said(at, "title")
        if own or (kind == "step" and page.heading):
            return own or page.heading
        number = at[-1] + 1 if isinstance(at[-1], int) else 1
        ours = {"intro": phrase("Introduction"), "finish": phrase("The end")}
        return say(ours.get(kind) or phrase("Step {number}", number=number), self._language)

    def _text(self, at: At, page: Page, title: str) -> str:
        whole = self._document.string("description") if at == WHOLE else ""
        return f"{page.text or whole or title}\n\n{self._said(at, 'credits')}".strip()

    def _begin(self, step: DraftStep, kind: str, at: At) -> None:
        """The scripts that run as the page is opened: the intro's come before the lab, a step's before its commands."""
        found = []
        for word, key in (
            *(("background", key) for key in BACKGROUND),
            *(("foreground", key) for key in FOREGROUND),
        ):
            name = self._said(at, key)
            if name and kind == "finish":
                what = phrase("a script of the last page is left out: {name}", name=name)
                self._tell(at, key, what, phrase("a lab's cleanup may have it"))
            elif name:
                carried = self._carrier.script(name, f"scripts/{step.id}-{word}", as_check=False)
                found += [DraftCommand(scripts.setup(*carried), timeout="10m")] if carried else []
                if kind == "step":
                    what = phrase(
                        "this script runs as the step begins: it is the first of its commands: {name}",
                        name=name,
                    )
                    self._tell(at, key, what)
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
                self._notes.tell(self._file(at), each.line, what, phrase("say in the text where it belongs"))
                continue
            self._carrier.files[name] = (each.content.rstrip("\n") + "\n").encode()
            made.append(DraftCommand(line))
        step.run = [*made, *step.run]

    def _check(self, step: DraftStep, at: At, page: Page) -> None:
        for number, quiz in enumerate(page.quizzes, start=1):
            if quiz.answerable:
                step.checks.append(quiz.check(f"{step.id}-q{number}"[:63], self._language))
            else:
                what = phrase("a question that can't be answered: {question}", question=quiz.question)
                to_do = phrase("give it two answers or more, one of them right")
                self._notes.tell(self._file(at), quiz.line, what, to_do)
        name = self._said(at, "verify")
        verified = self._verify(name, step) if name else None
        if verified:
            step.checks.append(verified)
            step.within = "2m"
        elif not step.checks:
            step.checks += self._proposed([each.command for each in step.run])
            return
        for each in step.run:
            self._folder = moved(self._folder, each.command)

    def _proposed(self, commands: list[str]) -> list[dict[str, Any]]:
        """Checks for commands; of what they apply, as far as the manifests are the scenario's own."""
        done, seen = [], Seen()
        for command in commands:
            ran_in, self._folder = self._folder, moved(self._folder, command)
            printed = []
            for kind, name, namespace in self._applied(command):
                printed.append(f"{kind.lower()}/{name} created")
                if namespace:
                    seen.namespaces.setdefault(f"{kind}/{name}", set()).add(namespace)
            done.append(Done(command, printed, folder=ran_in if ran_in == self._folder else None))
        return proposed(done, seen)

    def _applied(self, command: str) -> list[tuple[str, str, str]]:
        files = self._carrier.files
        own = [files.get(f"assets/{name}") for name in manifests.applied(command)]
        return [each for content in own if content for each in manifests.objects(content)]

    def _verify(self, name: str, step: DraftStep) -> dict[str, Any] | None:
        """The check that runs a verify script; None where that would prove nothing."""
        text, file = self._carrier.texts[name]
        carried = self._carrier.script(name, f"scripts/{step.id}-verify", as_check=True)
        if carried is None:
            return None
        if scripts.never_fails(text):
            what = phrase("this script can't fail: it checks nothing")
            self._notes.tell(file, 1, what, phrase("write a check for the step"))
            del self._carrier.files[carried[0]]
            return None
        if scripts.prints_nothing(text):
            what = phrase("a learner who fails is told nothing")
            to_do = phrase("let the script print what is missing, or use checks that look at the objects")
            self._notes.tell(file, 1, what, to_do)
        title = ours(phrase("What this step asks for is done"), self._language)
        return {"command": scripts.call(*carried), "title": title, "timeout": "1m", "once": True}

    def _words(self, text: str) -> dict[str, str]:
        return {self._language: text}


def file_command(name: str, target: str, source: str) -> str | None:
    """The command line that does what the platform's editor does on a click; None where there is nothing to do."""
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
