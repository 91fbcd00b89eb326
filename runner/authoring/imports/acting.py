"""What a learner clicks on, as commands of a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.authoring.draft import DraftCommand
from runner.authoring.imports.logical import commands
from runner.authoring.imports.markup import Action
from runner.authoring.imports.placeholders import Tell
from runner.words import phrase

MOST_COMMAND = 9000
EDITOR = re.compile(
    r"^\s*(?:sudo\s+)?(?:(?:\S+=\S*\s+)*)(?:vi|vim|nvim|nano|emacs|kubectl\s+(?:\S+\s+)*?edit)\b"
)
FORWARDS = re.compile(r"^\s*kubectl\s+(?:\S+\s+)*?(?:port-forward|proxy)\b")
ENDLESS = re.compile(
    r"^\s*(?:sudo\s+)?(?:watch|top|htop|less|more|k9s|man|journalctl\b.*\s-f|tail\s+(?:-\S+\s+)*-[fF]|ping(?!.*\s-c)|"
    r"stern|sleep\s+inf\w*)\b"
    r"|^\s*kubectl\s.*(?:\s--watch(?:-only)?\b|\s-w\b|\s--follow\b|\slogs\b.*\s-f\b|\s-f\b.*\slogs\b|\s-it\b|\s-ti\b|\s-i\s+-t\b)"
)
INTERACTIVE = re.compile(
    r"^\s*(?:ssh|su|sudo\s+(?:-i|su)|docker\s+(?:exec|run)\s.*\s-(?:it|ti)\b)\b|^\s*(?:bash|sh|exit|logout)\s*$"
)
SLOW = re.compile(
    r"\b(?:(?:istioctl|helm|linkerd|cilium|flux|argocd)\s+(?:\S+\s+)*?(?:install|upgrade)|kind\s+create|minikube\s+start"
    r"|k3d\s+cluster\s+create|docker\s+(?:build|pull|push)|kubectl\s+(?:wait|rollout\s+status|drain)|git\s+clone"
    r"|curl\b.*\|\s*.*sh\b|curl\s.*-\S*[LO]|wget|apt(?:-get)?\s+(?:install|update|upgrade)|pip3?\s+install|npm\s+(?:ci|install)"
    r"|mvn|gradlew?)\b"
)
"""What takes minutes: the same that lint asks a timeout of."""

_KEYS = {"^esc": "escape", "^c": "ctrl+c", "^d": "ctrl+d", "^z": "ctrl+z", "^x": "ctrl+x", "^o": "ctrl+o"}


def drafted(line: str) -> DraftCommand:
    """A command, with a timeout where it may be slow."""
    return DraftCommand(line, timeout="10m" if SLOW.search(line) else "")


@dataclass(slots=True)
class Acting:
    """Makes commands of actions."""

    tell: Tell
    run: list[DraftCommand] = field(default_factory=list)
    copied: list[int] = field(default_factory=list)
    editors: list[int] = field(default_factory=list)
    """The lines on which editors are opened."""
    _left_out: bool = False
    """Whether the last command was left out."""

    def take(self, actions: Sequence[Action]) -> list[DraftCommand]:
        """The commands, in their order. What can't be one is told, and stays in the text only."""
        for action in actions:
            if action.executed:
                self._executed(action)
            elif "open" in action.marks:
                what = phrase("a file that the platform opens in its editor: {file}", file=action.text[:200])
                self.tell(action.line, what, phrase("the learner opens it: say so in the text"))
            elif "copy" in action.marks:
                self.copied.append(action.line)
        opened = [each for each in self.run if EDITOR.search(each.command)]
        for command, line in zip(opened, self.editors, strict=True):
            if not command.keys:
                what = phrase("an editor is opened: {command}", command=_one_line(command.command))
                self.tell(line, what, phrase("say what is typed into it: keys: […]"))
        if self.copied:
            self.tell(
                self.copied[0],
                phrase("copied by the learner, not run; lines: {lines}", lines=tuple(self.copied)),
                phrase("put it under run where it is a command that the learner must type"),
            )
        return self.run

    def _executed(self, action: Action) -> None:
        if action.where:
            what = phrase(
                "a second terminal or host ({where}): {command}",
                where=action.where,
                command=_one_line(action.text),
            )
            self.tell(
                action.line, what, phrase("a lab has one terminal: add & to what must go on, or leave it out")
            )
            return
        if self._keys(action):
            return
        if "interrupt" in action.marks and not self._left_out:
            self.tell(
                action.line,
                phrase("ctrl+c is pressed before this: {command}", command=_one_line(action.text)),
                phrase("see that the command before it ends by itself"),
            )
        for each in commands(action.text, action.line):
            self._command(each.text, each.line)

    def _keys(self, action: Action) -> bool:
        """Whether the action types into an editor that is open; its keys are added to the command that opened it."""
        typed = action.marks & {"ctrl-seq", "no-newline"}
        editor = self.run[-1] if self.run and EDITOR.search(self.run[-1].command) else None
        into_editor = editor is not None and (
            typed or (editor.keys and action.text.startswith(":")) or action.text.startswith(":")
        )
        if editor is None or not into_editor:
            if typed:
                what = phrase("keys that are pressed: {keys}", keys=action.text[:100])
                self.tell(action.line, what, phrase("say them in the text, or as keys of the command"))
            return bool(typed)
        if "ctrl-seq" in action.marks:
            editor.keys.append(
                _KEYS.get(action.text.strip().lower(), action.text.strip().lower().replace("^", "ctrl+"))
            )
        else:
            editor.keys += [action.text] if "no-newline" in action.marks else [action.text, "enter"]
        return True

    def _command(self, line: str, number: int) -> None:
        shown, self._left_out = _one_line(line), False
        if len(line) > MOST_COMMAND:
            self.tell(
                number,
                phrase("a command of more than {count} characters is left out", count=MOST_COMMAND),
                None,
            )
        elif FORWARDS.search(line) and not line.rstrip().endswith("&"):
            self.run.append(DraftCommand(f"{line.rstrip()} > /dev/null 2>&1 &"))
            what = phrase(
                "this does not end by itself, and was put into the background: {command}", command=shown
            )
            self.tell(number, what, None)
        elif (ENDLESS.search(line) or INTERACTIVE.search(line)) and not line.rstrip().endswith("&"):
            self._left_out = True
            self.tell(
                number,
                phrase("this does not end by itself: {command}", command=shown),
                phrase("it is left in the text only; run it for a while with timeout, or ask for one look"),
            )
        elif line.strip() not in ("clear", "reset"):
            if EDITOR.search(line):
                self.editors.append(number)
            self.run.append(drafted(line))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:117]}…"
