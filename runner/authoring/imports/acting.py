"""Turns the code in a text into commands of a step.

What is run has its order from the text. Code that is no command is a file's content where an editor was opened for it just
before, or where a command after it applies a file that nobody has written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.authoring.imports import code_blocks as fences
from runner.authoring.imports import machines
from runner.authoring.imports.logical import Logical, commands
from runner.authoring.imports.markup import EXECUTED, Action
from runner.authoring.imports.placeholders import ReportNote
from runner.authoring.imports.unfilled import unfilled
from runner.authoring.imports.written_files import WRITES, file_of, wanted_file, write_command, written
from runner.authoring.lab_draft import DraftCommand
from runner.words import Phrase, phrase

MOST_COMMAND = 9000
EDITOR = re.compile(
    r"^\s*(?:sudo\s+)?(?:(?:\S+=\S*\s+)*)(?:vi|vim|nvim|nano|emacs|code|kubectl\s+(?:\S+\s+)*?edit)\b"
)
FORWARDS = re.compile(r"^\s*kubectl\s+(?:\S+\s+)*?(?:port-forward|proxy)\b")
ENDLESS = re.compile(
    r"^\s*(?:sudo\s+)?(?:watch|top|htop|less|more|k9s|man|journalctl\b.*\s-f|tail\s+(?:-\S+\s+)*-[fF]|ping(?!.*\s-c)|"
    r"stern|sleep\s+inf\w*)\b"
    r"|^\s*kubectl\s.*(?:\s--watch(?:-only)?\b|\s-w\b|\s--follow\b|\slogs\b.*\s-f\b|\s-f\b.*\slogs\b)"
)
_TERMINAL = (
    r"(?:\s-(?:it|ti|itd)\b|\s-i\s+(?:-t|--tty)\b|\s-t\s+(?:-i|--stdin)\b"
    r"|\s--stdin\b.*\s--tty\b|\s--tty\b.*\s--stdin\b)"
)
INTERACTIVE = re.compile(
    r"^\s*(?:ssh|su|sudo\s+(?:-i|su)|docker\s+(?:exec|run)\b.*\s-(?:it|ti|itd)\b)\b|^\s*(?:bash|sh|exit|logout|/bin/(?:ba)?sh)\s*$"
)
CONTAINER = re.compile(rf"^\s*kubectl\s+(?:\S+\s+)*?(?:exec|run|attach|debug)\b.*{_TERMINAL}", re.DOTALL)
_ASKS_SHELL = re.compile(
    r"(?:^|\s)(?:/usr)?(?:/local)?(?:/bin/)?(?:ba|a|z)?sh\s*$|\s(?:python3?|mysql|psql|redis-cli|mongo|mongosh)\s*$"
)
SLOW = re.compile(
    r"\b(?:(?:istioctl|helm|linkerd|cilium|flux|argocd)\s+(?:\S+\s+)*?(?:install|upgrade)|kind\s+create|minikube\s+start"
    r"|k3d\s+cluster\s+create|docker\s+(?:build|pull|push)|kubectl\s+(?:wait|rollout\s+status|drain)|git\s+clone"
    r"|curl\b.*\|\s*.*sh\b|curl\s.*-\S*[LO]|wget|apt(?:-get)?\s+(?:install|update|upgrade)|pip3?\s+install|npm\s+(?:ci|install)"
    r"|mvn|gradlew?)\b"
)
"""Commands that take minutes: the same for which lint wants a timeout."""

_KEYS = {"^esc": "escape", "^c": "ctrl+c", "^d": "ctrl+d", "^z": "ctrl+z", "^x": "ctrl+x", "^o": "ctrl+o"}


def drafted(line: str) -> DraftCommand:
    """A command, with a timeout where it may be slow."""
    return DraftCommand(line, timeout="10m" if SLOW.search(line) else "")


def interactive(command: str) -> bool:
    """Whether a command waits for input: a shell on another machine, or a terminal in a container."""
    if INTERACTIVE.search(command):
        return True
    inside = CONTAINER.search(command)
    if not inside:
        return False
    after = re.split(r"\s--(?:\s|$)", command, maxsplit=1)
    return len(after) < 2 or not after[1].strip() or bool(_ASKS_SHELL.search(after[1]))


@dataclass(slots=True)
class _Editor:
    """An editor (or `cat > FILE`) that was opened and into which nothing was typed yet."""

    command: str
    line: int
    file: str
    action: Action


@dataclass(slots=True)
class Acting:
    """Makes commands of actions."""

    report: ReportNote
    run: list[DraftCommand] = field(default_factory=list)
    copied: list[int] = field(default_factory=list)
    used: list[Action] = field(default_factory=list)
    """Actions that became commands, or files that commands write."""
    partly: list[Action] = field(default_factory=list)
    """Actions of which something was left out."""
    alias: bool = False
    """Whether kubectl was called by its alias `k`."""
    files: set[str] = field(default_factory=set)
    """The files that commands wrote."""
    _editor: _Editor | None = None
    _left_out: bool = False
    """Whether the last command was left out."""
    _elsewhere: str | Phrase = ""
    """Where commands currently run: a machine's name, a container; "" for the learner's own machine."""

    def take(self, actions: Sequence[Action]) -> list[DraftCommand]:
        """The commands in order. Code that can't be one is reported and stays in the text only."""
        for index, action in enumerate(actions):
            if action.executed:
                self.used.append(action)
                self._executed(action)
            elif self._content(action, actions[index + 1 :]):
                continue
            elif "open" in action.marks:
                what = phrase("a file that the platform opens in its editor: {file}", file=action.text[:200])
                self.report(action.line, what, phrase("the learner opens it: mention it in the text"))
            elif "copy" in action.marks:
                self.copied.append(action.line)
        self._close_editor()
        if self.copied:
            self.report(
                self.copied[0],
                phrase("to be copied by the learner, not run; lines: {lines}", lines=tuple(self.copied)),
                phrase("if the learner has to type it, add it under run"),
            )
        return self.run

    @property
    def whole(self) -> set[int]:
        """The ids of the actions of which nothing was left out."""
        return {id(each) for each in self.used} - {id(each) for each in self.partly}

    def _executed(self, action: Action) -> None:
        if action.where:
            what = phrase(
                "a second terminal or host ({where}): {command}",
                where=action.where,
                command=one_line(action.text),
            )
            self._leave_out(
                action,
                action.line,
                what,
                phrase("a lab has one terminal: add & to keep the command running, or remove it"),
            )
            return
        if self._keys(action):
            return
        if "interrupt" in action.marks and not self._left_out:
            self.report(
                action.line,
                phrase("ctrl+c is pressed before this: {command}", command=one_line(action.text)),
                phrase("make sure that the command before it ends by itself"),
            )
        for each in self._commands(action):
            self._command(each.text, each.line, action)

    def _commands(self, action: Action) -> list[Logical]:
        """What is clicked on is run as it stands, what is only shown is looked at."""
        found = fences.commands_of(action.info or "bash", action.text, action.line) if action.block else []
        return found or list(commands(action.text, action.line))

    def _keys(self, action: Action) -> bool:
        """Whether the action types into an editor that is open; its keys are added to the command that opened it."""
        typed = action.marks & {"ctrl-seq", "no-newline"}
        editor = self.run[-1] if self.run and EDITOR.search(self.run[-1].command) else None
        into_editor = self._editor is not None or editor is not None
        if not into_editor or not (typed or action.text.startswith(":")):
            if typed:
                what = phrase("keys that are pressed: {keys}", keys=action.text[:100])
                self._leave_out(
                    action,
                    action.line,
                    what,
                    phrase("name them in the text, or add them as keys of the command"),
                )
            return bool(typed)
        if self._editor is not None:
            editor = drafted(self._editor.command)
            self.run.append(editor)
            self._editor = None
        assert editor is not None
        if "ctrl-seq" in action.marks:
            editor.keys.append(
                _KEYS.get(action.text.strip().lower(), action.text.strip().lower().replace("^", "ctrl+"))
            )
        else:
            editor.keys += [action.text] if "no-newline" in action.marks else [action.text, "enter"]
        return True

    def _command(self, line: str, number: int, action: Action) -> None:
        shown, self._left_out = one_line(line), False
        self._close_editor()
        if self._away(line, number, action, shown):
            return
        here = machines.fitted(line)
        for why in here.why:
            self.report(
                number,
                phrase("{why}: {command}", why=why, command=shown),
                None if here.command else _TEXT_ONLY,
            )
        if here.command is None:
            self._left_out = True
            self.partly.append(action)
            return
        line, self.alias = here.command, self.alias or here.alias
        placeholder = unfilled(line)
        if len(line) > MOST_COMMAND:
            what = phrase("skipped a command of more than {count} characters", count=MOST_COMMAND)
            self._leave_out(action, number, what)
        elif placeholder:
            what = phrase(
                "the learner has to replace {placeholder}: {command}",
                placeholder=placeholder,
                command=shown,
            )
            self._leave_out(action, number, what, _TEXT_ONLY)
        elif FORWARDS.search(line) and not line.rstrip().endswith("&"):
            self.run.append(DraftCommand(f"{line.rstrip()} > /dev/null 2>&1 &"))
            what = phrase(
                "this does not end by itself, so it was moved to the background: {command}", command=shown
            )
            self.report(number, what, None)
        elif (ENDLESS.search(line) or interactive(line)) and not line.rstrip().endswith("&"):
            self._leave_out(
                action,
                number,
                phrase("this does not end by itself: {command}", command=shown),
                phrase("kept in the text only; limit it with timeout, or print the state once"),
            )
            if CONTAINER.search(line) and not line.rstrip().endswith("&"):
                self._elsewhere = _CONTAINER
        elif EDITOR.search(line) or WRITES.match(line):
            self._editor = _Editor(line, number, file_of(line), action)
        elif not fences.runnable(line):
            self._leave_out(
                action, number, phrase("this is not a command: {command}", command=shown), _TEXT_ONLY
            )
        elif line.strip() in ("clear", "reset"):
            self.partly.append(action)
        else:
            self.run.append(drafted(line))
            self.files |= written(line)

    def _away(self, line: str, number: int, action: Action, shown: str) -> bool:
        """Whether the command runs on another machine, or in a container: those are left out, up to the way back."""
        if self._elsewhere and re.fullmatch(r"\s*(?:exit|logout)\s*(?:\d+)?\s*", line):
            self._elsewhere = ""
            return True
        ssh = machines.SSH.match(line)
        if self._elsewhere and not ssh:
            if self._elsewhere is _CONTAINER and re.match(r"\s*(?:kubectl|k|helm|istioctl)\s", line):
                self._elsewhere = ""  # these don't exist there: the shell is back on the learner's machine
                return False
            what = phrase("this runs on {where}: {command}", where=self._elsewhere, command=shown)
            self._leave_out(action, number, what, _TEXT_ONLY)
            return True
        if ssh is None:
            return False
        words = [word for word in ssh["words"].split() if not word.startswith("-")]
        what = phrase(
            "this connects to another machine, but a lab has only the learner's own: {command}", command=shown
        )
        self._leave_out(action, number, what, _TEXT_ONLY)
        if len(words) == 1:
            host = words[0].rpartition("@")[2]
            self._elsewhere = "" if host in machines.OWN_HOSTS else host
        return True

    def _content(self, action: Action, following: Sequence[Action]) -> bool:
        """Whether this is a file's content; the command that writes it is added then."""
        if not action.block or not action.text.strip() or "open" in action.marks:
            return False
        editor = self._editor
        whole = fences.manifest(action.text)
        if editor is not None:
            commands_here = fences.commands_of(action.info, action.text, action.line)
            if commands_here or not editor.file:
                return False
            known = editor.file in self.files
            if (editor.file.endswith((".yaml", ".yml")) and not whole and known) or not action.text.strip():
                return False
            name, at = editor.file, editor.line
            self._editor = None
            what = phrase(
                "text is pasted into an editor: a command writes the file {file} instead",
                file=name,
            )
        elif whole:
            wanted = wanted_file(following)
            if wanted is None or wanted in self.files:
                return False
            name, at = wanted, action.line
            what = phrase("this file is applied later: a command writes it: {file}", file=name)
        else:
            return False
        command = write_command(name, action.text)
        if len(command) > MOST_COMMAND:
            self._leave_out(
                action,
                at,
                phrase("skipped a command of more than {count} characters", count=MOST_COMMAND),
            )
            return True
        self.run.append(DraftCommand(command))
        self.used.append(action)
        self.files.add(name)
        self.report(at, what, None)
        return True

    def _close_editor(self) -> None:
        """What was typed into it is unknown: run like that, it would wait until its timeout."""
        editor, self._editor = self._editor, None
        if editor is None:
            return
        what = phrase(
            "an editor is opened, and what is typed into it is unknown: {command}",
            command=one_line(editor.command),
        )
        self._leave_out(
            editor.action,
            editor.line,
            what,
            phrase(
                "kept in the text only; add it with its keys (keys: […]), or write the file with a command"
            ),
        )

    def _leave_out(self, action: Action, line: int, what: Phrase, to_do: Phrase | None = None) -> None:
        self._left_out = True
        self.partly.append(action)
        self.report(line, what, to_do)


_CONTAINER = phrase("a container")
_TEXT_ONLY = phrase("kept in the text only")


def shown_as_run(action: Action) -> Action:
    """The action as if a click ran it."""
    return Action(action.text, action.line, action.marks | EXECUTED, action.where, action.info, action.block)


def one_line(text: str) -> str:
    """The command as shown in notes."""
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:117]}…"
