"""A transcript as a lab: a step for each stretch of it, with checks for what its commands brought about."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from checks.registry import takes_time
from runner.authoring.imports import home, machines
from runner.authoring.imports.acting import EDITOR, MOST_COMMAND, Acting, drafted, interactive, one_line
from runner.authoring.imports.command_checks import Done, Seen, look, moved, proposed, settle
from runner.authoring.imports.finish import finished, plain
from runner.authoring.imports.generated import generated
from runner.authoring.imports.ids import free
from runner.authoring.imports.language import guess
from runner.authoring.imports.markup import Action
from runner.authoring.imports.notes import Notes, Unreadable, comment
from runner.authoring.imports.source_files import Reader, Refused
from runner.authoring.imports.transcript.outcome import complaint, elsewhere
from runner.authoring.imports.transcript.parse import Heading, Item, Parser, Ran, Words
from runner.authoring.imports.unfilled import unfilled
from runner.authoring.imports.written_files import file_of, write_command
from runner.authoring.lab_draft import Draft, DraftCommand, DraftStep, as_written
from runner.labs.lab_problems import Problem
from runner.labs.load import shown
from runner.labs.text import escaped
from runner.words import Phrase, phrase, translate

MOST_STEPS = 98
MOST_TOGETHER = 6
"""Commands of one step without prose between them."""
_LOOKS = re.compile(
    r"^\s*(?:sudo\s+)?(?:kubectl\s+(?:\S+\s+)*?(?:get|describe|logs|explain|top|version|cluster-info|api-resources|config\s+view)\b"
    r"|(?:ls|cat|pwd|echo|which|env|whoami|hostname|uname|head|tail|tree|ps|curl\s+-[sI]*I)\b|\S+\s+(?:version|--version|--help|list|status)\b)"
)
_NEEDED = ("kubectl", "curl", "wget", "tar", "git", "helm", "docker", "unzip", "jq")
_PATH = re.compile(r"export\s+PATH=\"?\$PATH:(?P<folder>/[^\"\s]+)\"?")


@dataclass(slots=True)
class Stretch:
    """The content of one step."""

    title: str
    line: int
    items: list[Words | Ran] = field(default_factory=list)

    @property
    def ran(self) -> list[Ran]:
        return [item for item in self.items if isinstance(item, Ran)]

    @property
    def changes(self) -> bool:
        """Whether one of its commands does more than look."""
        return any(not _LOOKS.search(each.command) for each in self.ran)


def read(file: Path, notes: Notes, note_language: str, source: str = "") -> Draft:
    """The lab of a transcript; `note_language` is the language of the notes, `source` that of the text ("": guessed).

    Raises Unreadable.
    """
    name = shown(file.parent) / file.name
    try:
        text = Reader(file.parent).text(file)
    except Refused as refused:
        problem = Problem(name, None, None, refused.message)
        raise Unreadable(phrase("Nothing was imported: the transcript can't be read"), (problem,)) from None

    def report(line: int, what: Phrase, to_do: Phrase | None) -> None:
        notes.report(name, line, what, to_do)

    parser = Parser(text, report)
    items = parser.parse()
    prose = "\n".join(
        each.title if isinstance(each, Heading) else each.text for each in items if not isinstance(each, Ran)
    )
    language = source or guess(f"{parser.title}\n{prose}")
    if not any(isinstance(item, Ran) for item in items):
        problem = Problem(
            name,
            None,
            None,
            phrase("it contains no command"),
            phrase("a command follows a prompt, for example: {example}", example="$ kubectl get pods"),
        )
        raise Unreadable(phrase("Nothing was imported: this is not a terminal transcript"), (problem,))
    return _Making(items, notes, name, language, note_language, report).draft(file.stem, parser.title)


class _Making:
    def __init__(
        self, items: list[Item], notes: Notes, name: Path, language: str, note_language: str, report: Any
    ) -> None:
        self._items, self._notes, self._name = items, notes, name
        self._language, self._note_language, self._report = language, note_language, report
        self._ran = [item for item in items if isinstance(item, Ran)]
        self._elsewhere = elsewhere(items)
        self._seen: Seen = look(_done(each) for each in self._ran)
        self._named = {
            name
            for each in self._ran
            for name in re.findall(
                r"(?:\brun|\bcreate\s+\w+|--name[= ])\s*([a-z0-9][a-z0-9.-]*)", each.command
            )
        }
        self._home = next((each.folder for each in self._ran if each.folder), "")
        self._folder = self._home
        self._path = self._shown_path()
        self._taken: set[str] = set()
        self._from_workspace: PurePosixPath | None = PurePosixPath()

    def draft(self, stem: str, title: str = "") -> Draft:
        """The lab; `title` is what the page calls itself."""
        stretches = _stretches(self._items)
        if len(stretches) > MOST_STEPS:
            what = phrase("more than {count} sections: skipped the rest", count=MOST_STEPS)
            self._report(stretches[MOST_STEPS].line, what, phrase("split the transcript"))
        steps = [self._step(each) for each in stretches[:MOST_STEPS]]
        self._left_over(steps)
        cleanup, files = self._cleanup(steps)
        settle([step.checks for step in steps])
        title = title or next(
            (_unnumbered(item.title) for item in self._items if isinstance(item, Heading)), stem
        )
        first = next((item.text for item in self._items if isinstance(item, Words) and not item.code), title)
        draft = Draft(
            title={self._language: title},
            summary={self._language: " ".join(first.lstrip("-*• ").split())[:300] or title},
            steps=steps,
            minutes=min(600, 5 + 5 * len(steps)),
            more={**self._requires(), **cleanup},
            files=files,
            notes=[
                translate(
                    phrase("Imported from the transcript {file}", file=str(self._name)), self._note_language
                ),
                *(comment(note, self._note_language) for note in self._general),
            ],
        )
        return finished(draft)

    def _cleanup(self, steps: list[DraftStep]) -> tuple[dict[str, Any], dict[str, bytes]]:
        """The lab's cleanup and its text, if the last step only removes things; it is no step then."""
        if (
            len(steps) < 2
            or not steps[-1].checks
            or not all(check.get("absent") for check in steps[-1].checks)
        ):
            return {}, {}
        last = steps.pop()
        self._general += [note for note in self._notes.all if (note.line or 0) >= self._begun[-1]]
        run: list[Any] = [as_written(each) for each in last.run]
        cleanup = {"title": dict(last.title), "text": "text/cleanup", "run": run, "checks": last.checks}
        text = escaped(last.text[self._language])
        return {"cleanup": plain(cleanup)}, {f"text/cleanup.{self._language}.md": f"{text}\n".encode()}

    def _left_over(self, steps: list[DraftStep]) -> None:
        """Put each note above the step whose lines it is about; those before the first step above the lab."""
        self._general = []
        self._notes.sort(0)
        for note in self._notes.all:
            at = [index for index, first in enumerate(self._begun) if first <= (note.line or 0)]
            if at and steps:
                steps[min(at[-1], len(steps) - 1)].notes.insert(0, comment(note, self._note_language))
            else:
                self._general.append(note)

    _begun: list[int]
    _general: list[Problem]

    def _step(self, stretch: Stretch) -> DraftStep:
        self._begun = [*getattr(self, "_begun", []), stretch.line]
        step_id = free(stretch.title, f"step-{len(self._taken) + 1}", self._taken)
        self._taken.add(step_id)
        run, done = list[DraftCommand](), list[Done]()
        for ran in stretch.ran:
            if self._left_out(ran):
                continue
            went, commands = self._went(ran), self._commands(ran)
            for each in (*(Done(each.command) for each in went), _done(ran)):
                before, self._from_workspace = self._from_workspace, moved(self._from_workspace, each.command)
                each.folder = before if before == self._from_workspace else None
                done.append(each)
            if ran.pasted and commands:
                done[-1].command = commands[-1].command
            run += [*went, *commands]
        text = _text(stretch) or stretch.title
        step = DraftStep(step_id, {self._language: stretch.title}, {self._language: text}, run)
        step.checks = [*proposed(done, self._seen)]
        if any(takes_time(check) for check in step.checks):
            step.within = "5m"
        if not stretch.ran:
            what = phrase("this section has no command: {title}", title=stretch.title)
            to_do = phrase("keep it as reading, ask a question (quiz), or add a console to the step")
            self._report(stretch.line, what, to_do)
            step.notes.append("lint: allow step-without-check")
        return step

    def _left_out(self, ran: Ran) -> bool:
        """Whether a command can't be run again, or failed even there: that is reported, and it proves nothing."""
        shown, where = one_line(ran.command), self._elsewhere.get(id(ran))
        if where is not None:
            what = phrase(
                "this runs inside another command ({where}): {command}",
                where=one_line(where),
                command=shown,
            )
        elif failed := complaint(ran):
            what = phrase("skipped: {command} (it failed: {reason})", command=shown, reason=one_line(failed))
        elif placeholder := unfilled(ran.command):
            what = phrase(
                "the learner has to replace {placeholder}: {command}",
                placeholder=placeholder,
                command=shown,
            )
        elif name := generated(ran.command, self._named):
            what = phrase(
                "this name was generated by a controller and is different each time: {name}: {command}",
                name=name,
                command=shown,
            )
        elif interactive(ran.command) or machines.SSH.match(ran.command):
            what = phrase("this waits for input and does not end by itself: {command}", command=shown)
        else:
            here = machines.fitted(ran.command)
            if here.command is not None:
                return False
            what = phrase("{why}: {command}", why=here.why[0], command=shown)
        self._report(ran.line, what, phrase("kept in the text only"))
        return True

    def _commands(self, ran: Ran) -> list[DraftCommand]:
        if ran.pasted and len(ran.pasted) < MOST_COMMAND - 200:
            name = file_of(ran.command)
            what = phrase(
                "text is pasted into an editor: a command writes the file {file} instead",
                file=name,
            )
            self._report(ran.line, what, None)
            return [DraftCommand(write_command(name, ran.pasted))]
        acting = Acting(self._report)
        if EDITOR.search(ran.command) and ran.keys:
            command = drafted(ran.command)
            command.keys = _closed(ran.keys)
            return [command]
        acting.take([Action(ran.command, ran.line, frozenset({"exec"}))])
        for command in acting.run:
            if ran.answers:
                command.answers = list(dict.fromkeys(ran.answers))
        return acting.run

    def _went(self, ran: Ran) -> list[DraftCommand]:
        """What must have been typed before this command although the transcript does not have it."""
        found = []
        if ran.folder and ran.folder != self._folder:
            where = self._relative(ran.folder)
            found.append(DraftCommand(f"cd {where}"))
            what = phrase("the prompt shows another folder: added {command}", command=f"cd {where}")
            self._report(ran.line, what, None)
            self._folder = ran.folder
        cd = re.fullmatch(r"\s*cd(?:\s+(\S+))?\s*", ran.command)
        if cd and self._folder:
            self._folder = posixpath.normpath(
                posixpath.join(self._folder, (cd[1] or self._home).replace("~", self._home, 1))
            )
        if self._path and re.match(rf"\s*(?:{'|'.join(_BROUGHT)})\b", ran.command):
            line = f'export PATH="$PATH:{self._path}"'
            what = phrase(
                "the transcript never sets the PATH that its output asks for: added {command}", command=line
            )
            self._report(ran.line, what, None)
            found.append(DraftCommand(line))
            self._path = ""
        return found

    def _relative(self, folder: str) -> str:
        if folder.startswith(f"{self._home}/") and self._folder == self._home:
            return folder[len(self._home) + 1 :]
        return self._in_workspace(folder)

    def _in_workspace(self, folder: str) -> str:
        if self._home and (folder == self._home or folder.startswith(f"{self._home}/")):
            return f'"${home.WORKSPACE}"{folder[len(self._home) :]}'
        return folder

    def _shown_path(self) -> str:
        """A folder that an installer says to put on the PATH, where nobody did."""
        if any(re.match(r"\s*export\s+PATH=", each.command) for each in self._ran):
            return ""
        for each in self._ran:
            for line in each.output:
                found = _PATH.search(line)
                if found:
                    return self._in_workspace(found["folder"]).replace('"', "")
        return ""

    def _requires(self) -> dict[str, Any]:
        first = {
            word
            for each in self._ran
            for word in re.findall(r"(?:^|[|;&]\s*)(?:sudo\s+)?([\w.-]+)", each.command)
        }
        tools = {name: "*" for name in _NEEDED if name in first}
        return {"requires": {"tools": tools}} if tools else {}


_BROUGHT = ("istioctl", "linkerd", "helm", "kind", "cilium", "argocd")


def _done(ran: Ran) -> Done:
    return Done(ran.command, ran.output, ran.keys)


def _closed(keys: list[str]) -> list[str]:
    """Keys that leave the editor and keep what was changed."""
    return keys if any(key.startswith((":wq", ":x")) for key in keys) else [*keys, ":wq", "enter"]


def _stretches(items: list[Item]) -> list[Stretch]:
    """The steps: one for each heading, and within it one for each command that changes something and has words before it."""
    found = [Stretch("", 1)]
    words: list[Words] = []
    for item in items:
        if isinstance(item, Heading):
            found[-1].items += words
            words = []
            found.append(Stretch(_unnumbered(item.title), item.line))
        elif isinstance(item, Words):
            words.append(item)
        else:
            changes = not _LOOKS.search(item.command)
            if changes and found[-1].changes and (words or len(found[-1].ran) >= MOST_TOGETHER):
                begins = words[0].line if words else item.line
                found.append(Stretch(_called(item.command), begins))
            found[-1].items += [*words, item]
            words = []
    found[-1].items += words
    found = [each for each in found if each.items or each.title]
    for number, each in enumerate(found):
        if not each.title:
            each.title = _called(each.ran[0].command) if each.ran else f"{number + 1}"
    return found


def _unnumbered(title: str) -> str:
    """A heading as a title: steps have their number anyway, and nothing comes behind a colon."""
    return re.sub(r"^\d{1,2}(?:[.-]\d{1,2})*[.)]\s+(?=\S)", "", title).rstrip(": ") or title


def _called(command: str) -> str:
    """A title for a command: its program and what it does."""
    words = [
        word for word in command.split("|", 1)[0].split() if not word.startswith("-") and "=" not in word
    ]
    return " ".join(words[:4])[:60] or command[:40]


def _text(stretch: Stretch) -> str:
    """The step's text: the words around its commands, and the commands as code."""
    prose: list[str] = []
    rows: list[str] = []
    for item in [*stretch.items, None]:
        if isinstance(item, Words) and "\t" in item.text and not item.code:
            rows.append(item.text)
            continue
        if rows:
            prose.append(_table(rows))
            rows = []
        if isinstance(item, Ran):
            keys = [key for key in item.keys if key != "enter"]
            prose.append("\n```\n" + "\n".join([item.command, *keys]) + "\n```\n")
            if item.pasted:
                prose.append("\n```\n" + item.pasted + "\n```\n")
        elif isinstance(item, Words):
            prose.append(f"\n```\n{item.text}\n```\n" if item.code else item.text.strip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(prose)).strip("\n")


def _table(rows: list[str]) -> str:
    """Rows that were pasted, their cells apart by tabs, as a table of Markdown."""
    cells = [[cell.strip().replace("|", "\\|") for cell in row.split("\t")] for row in rows]
    width = max(len(row) for row in cells)
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in cells]
    return "\n".join(["", lines[0], "|" + "---|" * width, *lines[1:], ""])
