"""Parses a transcript into headings, prose, commands with their output, and unknown lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runner.authoring.imports.acting import EDITOR
from runner.authoring.imports.logical import State
from runner.authoring.imports.placeholders import ReportNote
from runner.authoring.imports.transcript import signs
from runner.authoring.imports.written_files import file_of
from runner.words import phrase

MOST_OUTPUT = 2000
"""Lines of one command's output that are looked at."""


@dataclass(slots=True)
class Heading:
    title: str
    line: int


@dataclass(slots=True)
class Words:
    """What somebody wrote around the commands; `code`: as a block of its own."""

    text: str
    line: int
    code: bool = False


@dataclass(slots=True)
class Ran:
    """A command, and what it printed. `folder` is the prompt's, `announced`: it has no prompt and no output."""

    command: str
    line: int
    folder: str = ""
    output: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    announced: bool = False
    pasted: str = ""
    """What was written into the editor that the command opened."""
    sign: str = ""
    """The prompt without its folder."""


Item = Heading | Words | Ran


class Parser:
    """Reads one transcript. `tell` takes what was not understood, and what was guessed."""

    def __init__(self, text: str, report: ReportNote) -> None:
        text = text.replace("\u00a0", " ").replace("\u200b", "")
        self._lines = text.expandtabs(1).split("\n") if "\t" not in text else text.split("\n")
        self.title = ""
        """What the settings at its top call it."""
        self._report = report
        self._at = 0
        self._items: list[Item] = []
        self._unknown: list[tuple[int, str]] = []
        self._in_code = False
        self._code: list[str] = []
        self._code_line = 0
        self._listening = False
        """Whether lines without a prompt are what the last command printed."""

    def parse(self) -> list[Item]:
        """All that is in the transcript, in its order."""
        self._front_matter()
        while self._at < len(self._lines):
            self._line(self._lines[self._at])
            self._at += 1
        self._end_code()
        self._end_unknown()
        return self._items

    def _front_matter(self) -> None:
        """The settings at the top of a page of Jekyll, Hugo and others: the title is a heading, the rest is no text."""
        mark = self._lines[0].strip() if self._lines else ""
        if mark not in ("---", "+++"):
            return
        ends = next((at for at, line in enumerate(self._lines[1:200], 1) if line.strip() in (mark, "...")), 0)
        inside = self._lines[1:ends]
        if not ends or not any(re.match(r"\w[\w-]*\s*[:=]", line) for line in inside):
            return
        for line in inside:
            title = re.match(r"title\s*[:=]\s*(.+)$", line)
            if title and not self.title:
                self.title = title[1].strip().strip("\"'").strip()
        self._report(1, phrase("skipped settings of the page; lines: {lines}", lines=(1, ends + 1)), None)
        self._at = ends + 1

    @property
    def _last(self) -> Ran | None:
        """The last command, where no heading came after it."""
        for item in reversed(self._items):
            if isinstance(item, Ran):
                return item
            if isinstance(item, Heading):
                return None
        return None

    def _line(self, line: str) -> None:
        stripped = line.strip()
        if stripped.startswith(("```", "~~~")):
            self._fence()
            return
        quoted = stripped[2:] if stripped.startswith("> ") and not self._in_code else line
        found = signs.prompt(quoted, in_code=self._in_code)
        if found is not None:
            self._command(found)
        elif self._typed(line):
            return
        elif self._in_code:
            self._within_code(line)
        elif not stripped:
            self._empty()
        else:
            self._outside(line, stripped)

    def _fence(self) -> None:
        if self._in_code:
            self._end_code()
        else:
            self._end_unknown()
            self._code_line = self._at + 1
        self._in_code, self._listening = not self._in_code, False

    def _command(self, prompt: signs.Prompt) -> None:
        """A line with a prompt, and the lines in which its command goes on."""
        self._end_code()
        self._end_unknown()
        if not prompt.command:
            self._listening = False
            return
        begun = self._at + 1
        whole = self._whole(prompt.command)
        ran = Ran(self._spelt(whole, begun), begun, prompt.folder, sign=prompt.sign)
        self._drop_announcement(ran)
        self._items.append(ran)
        self._listening = True

    def _whole(self, command: str) -> str:
        """A command with the lines in which it goes on: behind a backslash, in a here-document, within quotes."""
        state = State()
        state.feed(command)
        kept, begun = [command], self._at
        while state.open and self._at + 1 < len(self._lines) and len(kept) < 500:
            following = self._lines[self._at + 1]
            if following.strip().startswith("```") or (
                not state.heredocs and signs.prompt(following, in_code=False)
            ):
                break
            self._at += 1
            more = signs.continued(following)
            kept.append(more)
            state.feed(more)
        if state.open and (state.quote or state.depth) and len(kept) > 1 and not state.heredocs:
            self._at = begun  # a sign that nothing closes: the lines after it are not the command's
            return command
        return "\n".join(kept)

    def _spelt(self, command: str, line: int) -> str:
        spelt = signs.spelt(command)
        if spelt != command:
            what = phrase("{written} was treated as kubectl", written=command.split(" ", 1)[0])
            self._report(line, what, None)
        return spelt

    def _drop_announcement(self, ran: Ran) -> None:
        """A command that was written without a prompt first is the same one."""
        for index in range(len(self._items) - 1, max(-1, len(self._items) - 4), -1):
            item = self._items[index]
            if isinstance(item, Heading):
                return
            if isinstance(item, Ran):
                if item.announced and item.command.split() == ran.command.split():
                    self._items.pop(index)
                return

    def _typed(self, line: str) -> bool:
        """Whether the line is what is typed into the editor that the last command opened."""
        last, found = self._last, signs.keys(line)
        if last is None or found is None or not EDITOR.search(last.command):
            return False
        keys, rest = found
        if not all(key in last.keys for key in keys):
            last.keys += keys
        if rest:
            self._items.append(Words(rest, self._at + 1))
        self._code.clear()
        return True

    def _within_code(self, line: str) -> None:
        bare = signs.bare_command(line, in_code=True)
        if self._listening:
            self._heard(line)
        elif bare and not self._code:
            self._announce(*bare)
        else:
            self._code.append(line)

    def _announce(self, command: str, rest: str) -> None:
        self._end_unknown()
        begun = self._at + 1
        whole = command if rest else self._whole(command)
        self._items.append(Ran(self._spelt(whole, begun), begun, announced=True))
        if rest:
            self._items.append(Words(rest, begun))
        self._listening = False

    def _heard(self, line: str) -> None:
        last = self._last
        if last is None:
            return
        asked = signs.question(line)
        if asked:
            last.answers.append(asked)
        elif signs.asks_secret(line):
            what = phrase(
                "a secret is requested, and the transcript does not contain it: {line}",
                line=line.strip()[-60:],
            )
            self._report(
                self._at + 1,
                what,
                phrase("explain how the learner gets it, or use a command that does not ask"),
            )
        if len(last.output) < MOST_OUTPUT:
            last.output.append(line.rstrip())

    def _end_code(self) -> None:
        """What stood in a block of code and is no command: the last command's editor, its output, or somebody's text."""
        code, self._code = "\n".join(self._code).strip("\n"), []
        if not code.strip():
            return
        last, line = self._last, self._code_line
        if (
            last is not None
            and file_of(last.command)
            and EDITOR.search(last.command)
            and not last.keys
            and not last.pasted
        ):
            last.pasted = code
        elif last is not None and EDITOR.search(last.command):
            self._report(line, phrase("skipped what the editor showed"), None)
        elif last is not None and not last.output and (signs.table_head(code) or last.announced):
            last.output = code.split("\n")
        else:
            self._items.append(Words(code, line, code=True))

    def _empty(self) -> None:
        following = next((each for each in self._lines[self._at + 1 : self._at + 3] if each.strip()), "")
        if self._listening and (signs.prose(following) or signs.heading(following, "", "")):
            self._listening = False
        elif self._listening:
            self._heard("")

    def _outside(self, line: str, stripped: str) -> None:
        before = self._lines[self._at - 1] if self._at else ""
        after = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        last, bare = self._last, signs.bare_command(line)
        if self._listening and not stripped.startswith("#"):
            self._heard(line)
        elif bare:
            self._announce(*bare)
        elif last is not None and (
            signs.table_head(line) or (last.output and signs.table_row(line) and "\t" in line)
        ):
            last.output.append(stripped.replace("\t", "  "))
        elif (title := signs.heading(line, before, after)) and self._begins():
            self._end_unknown()
            self._items.append(Heading(title, self._at + 1))
        elif signs.prose(line) or signs.informs(line) or (not self._items and not self._unknown):
            self._end_unknown()
            self._items.append(Words(line.rstrip(), self._at + 1))
        else:
            self._unknown.append((self._at + 1, stripped))

    def _begins(self) -> bool:
        """Whether something follows that a heading could stand above: a page that was pasted is full of titles."""
        if self._lines[self._at].lstrip().startswith("#"):
            return True
        following = [each for each in self._lines[self._at + 1 : self._at + 6] if each.strip()]
        return bool(following) and signs.begins_something(following[0])

    def _end_unknown(self) -> None:
        """Lines that are neither words nor commands: a few are kept as words, many are reported and left out."""
        unknown, self._unknown = self._unknown, []
        if not unknown:
            return
        if len(unknown) < 3:
            self._items += [Words(text, line) for line, text in unknown]
            return
        first, last = unknown[0], unknown[-1]
        what = phrase(
            "skipped lines {first} to {last}, which were not understood: {text} …",
            first=first[0],
            last=last[0],
            text=first[1][:60],
        )
        self._report(first[0], what, phrase("describe in the text what is shown there"))
